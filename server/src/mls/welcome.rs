//! Welcome (RFC 9420, section 12.4.3.1): for whom it is.

use std::collections::HashSet;

use super::{KeyPackageRef, MLS10, MlsError, Suite, reader::Reader};

/// What a Welcome says in the clear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WelcomeFacts {
    /// The suite of the group, and so of each recipient's key package.
    pub suite: Suite,
    /// The key packages that it welcomes, each once, in the order given; at least one.
    pub recipients: Vec<KeyPackageRef>,
}

/// Reads a Welcome, bare or in an MLSMessage.
///
/// # Errors
/// Bytes that are anything else or more, unsupported suites, no recipients, recipients named twice.
pub fn welcome(bytes: &[u8]) -> Result<WelcomeFacts, MlsError> {
    let mut reader = Reader::new(bytes);
    if is_message(bytes) {
        (reader.u16()?, reader.u16()?);
    }
    let suite = Suite::from_id(reader.u16()?)?;
    let mut secrets = reader.vector()?;
    let mut recipients = Vec::new();
    while !secrets.is_empty() {
        recipients.push(KeyPackageRef::from(secrets.opaque()?.to_vec()));
        let _kem_output = secrets.opaque()?;
        let _ciphertext = secrets.opaque()?;
    }
    let _encrypted_group_info = reader.opaque()?;
    reader.finish()?;
    let distinct: HashSet<_> = recipients.iter().collect();
    if recipients.is_empty() || distinct.len() != recipients.len() {
        return Err(MlsError::InvalidRecipients);
    }
    Ok(WelcomeFacts { suite, recipients })
}

/// Whether the bytes open with an MLSMessage's header for a Welcome. A bare Welcome of suite 1 that opened so would have
/// an empty list of recipients.
fn is_message(bytes: &[u8]) -> bool {
    let header = [MLS10, 3].map(u16::to_be_bytes);
    bytes.starts_with(header.as_flattened())
}

//! Welcome (RFC 9420, section 12.4.3.1): for whom it is.

use std::collections::HashSet;

use super::{KeyPackageRef, MlsError, Suite, reader::Reader};

/// How an MLSMessage opens that holds a Welcome: version and wire format. A bare Welcome of suite 1 that opened so would
/// have no recipients.
const MESSAGE: [u8; 4] = [0, 1, 0, 3];

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
    let mut reader = Reader::unwrap_message(bytes, &MESSAGE);
    let suite = Suite::from_id(reader.u16()?)?;
    let mut secrets = reader.vector()?;
    let mut recipients = Vec::new();
    while !secrets.is_empty() {
        let reference = secrets.opaque()?;
        if reference.len() != suite.hash_length() {
            return Err(secrets.malformed());
        }
        recipients.push(KeyPackageRef::from(reference.to_vec()));
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

//! Whose an MLS credential is: the identity is an account's DID, or that of one of its devices.

use std::fmt;

use uuid::Uuid;

/// An MLS client of a user. Displays in canonical form: the DID, or `<did>#<device id in lower case>`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DeviceIdentity {
    /// The account's DID.
    pub user_did: String,
    /// The registered device; `None` for a client that never registered one.
    pub device_id: Option<Uuid>,
}

impl fmt::Display for DeviceIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.user_did)?;
        match self.device_id {
            Some(id) => write!(f, "#{id}"),
            None => Ok(()),
        }
    }
}

/// Reads a credential's identity as that of `user_did`, a bare DID; `None` when it is anybody else's.
///
/// The DID must match byte for byte: DIDs are compared so, and case can matter in them. After `#` comes a UUID in its
/// hyphenated form; its digits may be in either case, since some platforms print them in capitals, and mean one device.
pub fn identity_belongs_to(identity: &str, user_did: &str) -> Option<DeviceIdentity> {
    if !user_did.starts_with("did:") || user_did.contains('#') {
        return None;
    }
    let rest = identity.strip_prefix(user_did)?;
    let device_id = match rest.strip_prefix('#') {
        None if rest.is_empty() => None,
        None => return None,
        Some(id) => Some(parse_hyphenated(id)?),
    };
    Some(DeviceIdentity { user_did: user_did.to_owned(), device_id })
}

/// The parser also takes the simple, braced and URN forms; only the hyphenated one has this length.
fn parse_hyphenated(text: &str) -> Option<Uuid> {
    match text.len() {
        36 => Uuid::try_parse(text).ok(),
        _ => None,
    }
}

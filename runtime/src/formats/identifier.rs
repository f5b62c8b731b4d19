//! The `at-identifier` format.

use std::str::FromStr;

use super::{Did, FormatError, Handle, own_format};

/// An account, by DID or by handle.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum AtIdentifier {
    /// By its DID.
    Did(Did),
    /// By its handle.
    Handle(Handle),
}

own_format!(AtIdentifier);

impl AtIdentifier {
    /// The DID or handle as text.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Did(did) => did.as_str(),
            Self::Handle(handle) => handle.as_str(),
        }
    }
}

impl From<Did> for AtIdentifier {
    fn from(did: Did) -> Self {
        Self::Did(did)
    }
}

impl From<Handle> for AtIdentifier {
    fn from(handle: Handle) -> Self {
        Self::Handle(handle)
    }
}

impl FromStr for AtIdentifier {
    type Err = FormatError;

    fn from_str(text: &str) -> Result<Self, FormatError> {
        if let Ok(did) = text.parse() {
            return Ok(Self::Did(did));
        }
        text.parse().map(Self::Handle).map_err(|_| FormatError::new("a DID or a handle"))
    }
}

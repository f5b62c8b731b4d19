//! Errors that a lexicon declares.

use std::borrow::Cow;
use std::fmt;

/// What a client is told about an error beside its name. Empty says that there is nothing to add.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ErrorMessage(Cow<'static, str>);

impl ErrorMessage {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&'static str> for ErrorMessage {
    fn from(text: &'static str) -> Self {
        Self(Cow::Borrowed(text))
    }
}

impl From<String> for ErrorMessage {
    fn from(text: String) -> Self {
        Self(Cow::Owned(text))
    }
}

impl fmt::Display for ErrorMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An enum of exactly the errors that a method's lexicon declares.
pub trait DeclaredError: std::error::Error + Send + Sync + Sized + 'static {
    /// The names of all errors, in the lexicon's order.
    const NAMES: &'static [&'static str];

    /// The name of this error.
    fn name(&self) -> &'static str;

    /// What the client is told beside the name.
    fn message(&self) -> &str;

    /// The error that a response names; `None` when the method doesn't declare it.
    fn from_wire(name: &str, message: String) -> Option<Self>;
}

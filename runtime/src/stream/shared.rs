//! What goes out on many streams, written once.

use std::fmt;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;

use crate::error::Refusal;

/// An event or a message that may go out on many streams. The first of them that sends it writes and checks it; the others
/// send the same bytes. Clones share it.
pub struct Shared<T>(Arc<Inner<T>>);

struct Inner<T> {
    value: T,
    written: OnceLock<Result<Bytes, String>>,
}

impl<T> Shared<T> {
    /// Shares a value.
    pub fn new(value: T) -> Self {
        Self(Arc::new(Inner { value, written: OnceLock::new() }))
    }

    /// What is shared.
    pub fn value(&self) -> &T {
        &self.0.value
    }

    /// The bytes, made by `write` unless they are there already. What can't be written is so for all streams.
    pub(super) fn written(&self, write: impl FnOnce(&T) -> Result<Vec<u8>, String>) -> Result<Bytes, Refusal> {
        let written = self.0.written.get_or_init(|| write(&self.0.value).map(Bytes::from));
        written.clone().map_err(Refusal::internal)
    }
}

impl<T> Clone for Shared<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T: fmt::Debug> fmt::Debug for Shared<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.value.fmt(f)
    }
}

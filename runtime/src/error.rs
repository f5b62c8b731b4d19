//! How a method fails, and the only place that turns a failure into a status and a body.
//!
//! A handler returns a [`Failure`]: an error that its lexicon declares, or a [`Refusal`] that any method may give. What a client
//! reads and what the log says are different things: a refusal carries both, and only its public message leaves the server.

mod declared;
mod refusal;
mod response;

pub use declared::{DeclaredError, ErrorMessage};
pub use refusal::{RateLimit, Refusal, RefusalKind};
pub use response::ErrorName;
pub(crate) use response::{ErrorBody, log_internal};

/// Why a method didn't give its output.
#[derive(Debug)]
pub enum Failure<E> {
    /// An error that the method's lexicon declares: status 400 under its own name.
    Declared(E),
    /// A reason that isn't particular to the method.
    Refused(Refusal),
}

impl<E: DeclaredError> From<E> for Failure<E> {
    fn from(error: E) -> Self {
        Self::Declared(error)
    }
}

impl<E> From<Refusal> for Failure<E> {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

//! Requests to hosts that strangers choose: DID documents, and repositories on the users' servers.
//!
//! `address` says where such a request may go, `fetch` how much it may take.

mod address;
mod fetch;

pub(crate) use address::{Destinations, Lookup, system_lookup};
#[cfg(test)]
pub(crate) use address::{Refused, is_public};
pub use fetch::FetchLimits;
pub(crate) use fetch::{FetchError, Fetcher};

/// An error of somebody else's making, kept as a source.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

//! The server.
pub mod keyed_hash;
pub mod mls;
pub mod store;

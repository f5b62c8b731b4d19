//! The server.
pub mod keyed_hash;
pub mod store;

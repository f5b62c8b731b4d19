//! The server.
pub mod clock;
pub mod jobs;
pub mod keyed_hash;
pub mod log;
pub mod mls;
pub mod store;

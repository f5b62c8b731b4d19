//! One test program, so that all tests share one PostgreSQL and are linked once.

mod auth;
mod changes;
mod demo;
mod devices;
mod epochs;
mod errors;
mod gaps;
mod groups;
mod handshakes;
mod history;
mod idempotency;
mod key_packages;
mod log;
mod paging;
mod pending;
mod policies;
mod privacy;
mod reactions;
mod read_state;
mod reports;
mod retention;
mod roles;
mod text;
mod welcomes;
mod wire;
mod writer;

//! One test program, so that all tests share one PostgreSQL and are linked once.

mod changes;
mod demo;
mod devices;
mod epochs;
mod gaps;
mod groups;
mod handshakes;
mod history;
mod idempotency;
mod key_packages;
mod log;
mod paging;
mod privacy;
mod retention;
mod text;
mod welcomes;
mod writer;

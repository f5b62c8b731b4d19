//! One test program, so that all tests share one PostgreSQL and are linked once.

mod auth;
mod epochs;
mod errors;
mod groups;
mod handshakes;
mod history;
mod key_packages;
mod log;
mod paging;
mod retention;
mod wire;

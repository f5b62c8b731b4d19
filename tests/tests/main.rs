//! One test program, so that all tests share one PostgreSQL and are linked once.

mod groups;
mod handshakes;
mod history;
mod log;
mod paging;
mod retention;

//! One test program, so that all tests share one PostgreSQL and are linked once.

mod demo;
mod groups;

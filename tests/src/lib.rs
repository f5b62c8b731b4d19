//! End-to-end tests.
pub mod mls;

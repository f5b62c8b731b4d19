//! Work that no request waits for.

pub mod key_packages;
pub mod retention;

//! From the resolved set to Rust.

use crate::{output::Output, resolve::Resolved};

/// Writes the crate of a set.
pub fn emit(set: &Resolved) -> Output {
    let _ = set;
    Output::default()
}

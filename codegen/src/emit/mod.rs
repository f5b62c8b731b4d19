//! From the resolved set to Rust: one module per NSID, one per namespace, and the crate root over them.
//!
//! Everything is written from the [`Resolved`] set alone, in its order, so that equal sets give equal bytes. Generated
//! code imports nothing but `lexicon_runtime::codegen`.

mod checks;
mod client;
mod defs;
mod docs;
mod errors;
pub(crate) mod limits;
mod method;
mod module;
mod namespace;
pub mod naming;
mod object;
mod params;
mod print;
mod strings;
mod tree;
mod types;
mod unions;

use crate::{
    diagnostics::{Finding, Findings},
    output::Output,
    resolve::Resolved,
};

/// Writes the crate of a set: `src/lib.rs` and a file for each module.
///
/// # Errors
/// What can't be said in Rust: names that fall together after conversion to Rust's case. All of them, each with both
/// places.
pub fn emit(set: &Resolved) -> Result<Output, Findings> {
    let mut findings = Findings::default();
    let mut output = Output::in_folder("src");
    tree::Node::of(set, &mut findings).write(set, &mut output, &mut findings);
    if findings.is_empty() { Ok(output) } else { Err(findings) }
}

/// The advice for every clash of names.
fn rename(finding: Finding) -> Finding {
    finding.hint("rename one of them, so that they differ in more than case and punctuation")
}

//! `lexicon diff`: what it finds, how it judges, and how it says so.

mod catalogue;
mod command;
#[path = "../support/corpus.rs"]
mod corpus;
#[path = "../support/edit.rs"]
mod edit;
mod edits;
mod history;
mod judgements;
mod laws;
mod mutations;
#[path = "../support/random.rs"]
mod random;
#[path = "../support/sites.rs"]
mod sites;

use std::path::PathBuf;

use lexicon_codegen::{compile, resolve::Resolved, source::Sources};

fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

#[track_caller]
fn compiled(sources: &Sources) -> Resolved {
    compile(sources).unwrap_or_else(|findings| panic!("{}", findings.render(sources)))
}

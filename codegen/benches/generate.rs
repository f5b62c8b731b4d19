//! How long the compiler takes for 85 lexicons: those of this repository, and of the corpus what is missing.
//!
//! `make bench-generate` prints what `lexicon generate --timings` says in the fastest of many runs, so that a busy machine
//! shifts it little. All files are written anew in each.

#[expect(dead_code, reason = "the tests need all of it")]
#[path = "../tests/support/corpus.rs"]
mod corpus;
#[expect(dead_code, reason = "the tests need all of it")]
#[path = "../tests/support/edit.rs"]
mod edit;

use std::{fs, path::Path, process::Command};

use lexicon_codegen::source::Sources;

const LEXICONS: usize = 85;
const RUNS: usize = 50;

fn main() {
    let own = Sources::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../lexicon")).expect("the API is readable");
    let mut lexicons = edit::set(&own);
    let more = LEXICONS.checked_sub(lexicons.len()).expect("the API has grown beyond what is measured");
    lexicons.extend(corpus::corpus().into_iter().take(more));
    let folder = tempfile::tempdir().expect("temporary folder");
    for source in edit::sources(&lexicons).files() {
        let path = folder.path().join("lexicon").join(source.file.as_path());
        fs::create_dir_all(path.parent().expect("a folder")).expect("folder is made");
        fs::write(path, &source.text).expect("file is written");
    }
    let (total, timings) = (0..RUNS).map(|_| run(folder.path())).min_by(|a, b| a.0.total_cmp(&b.0)).expect("runs");
    println!("{timings}{} lexicons in {total} ms, the fastest of {RUNS} runs", lexicons.len());
}

/// Writes all code anew; the milliseconds of it, and what the command says of each stage.
fn run(folder: &Path) -> (f64, String) {
    let out = folder.join("generated");
    if out.exists() {
        fs::remove_dir_all(&out).expect("folder is deleted");
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_lexicon"));
    command.args(["generate", "--timings"]).arg("--lexicon").arg(folder.join("lexicon")).arg("--out").arg(out);
    let done = command.output().expect("the command runs");
    let timings = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(done.status.success(), "{timings}");
    let total = timings.lines().last().and_then(|last| last.split("(total").nth(1)?.split_whitespace().next());
    (total.and_then(|total| total.parse().ok()).expect("the last line has the total"), timings)
}

//! `lexicon generate`: writes the Rust crate of a folder of lexicons.

use std::{
    collections::BTreeMap,
    error::Error,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use clap::Args;
use lexicon_codegen::{
    disk::{self, Difference},
    emit,
    output::Output,
    parse, resolve,
};

use super::read;

#[derive(Args)]
pub(super) struct Generate {
    /// The folder that lexicons are read from, `com.example.getThing` from `com/example/getThing.json`.
    #[arg(long, default_value = "lexicon", value_name = "FOLDER")]
    lexicon: PathBuf,
    /// The crate that is written: its `src` is generated, its Cargo.toml is not.
    #[arg(long, default_value = "generated", value_name = "FOLDER")]
    out: PathBuf,
    /// Write nothing; name each file that is not up to date.
    #[arg(long)]
    check: bool,
    /// Print how long each stage took.
    #[arg(long)]
    timings: bool,
}

/// Runs the command; says whether all is well.
pub(super) fn generate(arguments: &Generate) -> Result<bool, Box<dyn Error>> {
    let mut clock = Clock::start(arguments.timings);
    let sources = read(&arguments.lexicon)?;
    clock.stage("read", sources.len());
    let parsed = parse::parse(&sources);
    clock.stage("parse", parsed.documents.len());
    let set = match resolve::resolve(parsed) {
        Ok(set) => set,
        Err(findings) => {
            eprint!("{}", findings.render(&sources));
            return Ok(false);
        }
    };
    clock.stage("resolve", set.defs().count());
    let output = match emit::emit(&set) {
        Ok(output) => output,
        Err(findings) => {
            eprint!("{}", findings.render(&sources));
            return Ok(false);
        }
    };
    clock.stage("emit", output.len());
    let differences = disk::compare(&output, &arguments.out)?;
    clock.stage("compare", differences.len());
    if arguments.check {
        let (lexicon, out) = (arguments.lexicon.display(), arguments.out.display());
        let remedy = format!("lexicon generate --lexicon {lexicon} --out {out}");
        return Ok(report_check(&arguments.out, &output, &differences, &remedy));
    }
    disk::write(&output, &arguments.out, &differences)?;
    clock.stage("write", differences.len());
    Ok(report_write(&arguments.out, &output, &differences))
}

/// Says what a check found; whether all is well.
pub(super) fn report_check(
    out: &Path,
    output: &Output,
    differences: &BTreeMap<PathBuf, Difference>,
    remedy: &str,
) -> bool {
    if differences.is_empty() {
        println!("{} files in {} are up to date", output.len(), out.display());
        return true;
    }
    for (path, difference) in differences {
        eprintln!("{difference}: {}", out.join(path).display());
    }
    report_foreign(out, differences);
    if differences.values().any(|difference| *difference != Difference::Foreign) {
        eprintln!("bring it up to date with: {remedy}");
    }
    false
}

/// Says what was written; whether all is well.
pub(super) fn report_write(out: &Path, output: &Output, differences: &BTreeMap<PathBuf, Difference>) -> bool {
    let count = |kinds: &[Difference]| differences.values().filter(|kind| kinds.contains(kind)).count();
    let written = count(&[Difference::Missing, Difference::Stale]);
    let (deleted, same) = (count(&[Difference::Orphaned]), output.len() - written);
    println!("{}: {written} files written, {deleted} deleted, {same} unchanged", out.display());
    !report_foreign(out, differences)
}

/// Names files of unknown origin among the generated ones; says whether there are any.
fn report_foreign(out: &Path, differences: &BTreeMap<PathBuf, Difference>) -> bool {
    let foreign = differences.iter().filter(|(_, kind)| **kind == Difference::Foreign);
    let mut found = false;
    for (path, _) in foreign {
        found = true;
        let path = out.join(path);
        eprintln!("error: {} was not generated and stands among generated files; move it elsewhere", path.display());
    }
    found
}

/// Times the stages of a run.
struct Clock {
    shown: bool,
    started: Instant,
    stage: Instant,
}

impl Clock {
    fn start(shown: bool) -> Self {
        let now = Instant::now();
        Self { shown, started: now, stage: now }
    }

    fn stage(&mut self, name: &str, count: usize) {
        let now = Instant::now();
        if self.shown {
            let (stage, total) = (milliseconds(now - self.stage), milliseconds(now - self.started));
            eprintln!("{name:>8} {stage:9.2} ms (total {total:9.2} ms) {count:6} items");
        }
        self.stage = now;
    }
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

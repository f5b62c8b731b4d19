//! The command line. Exit codes: 0 when all is well, 1 when the lexicon has mistakes, breaks its peers or the output is
//! not up to date, 2 when the command can't do its work (wrong arguments, unreadable files).

mod diff;
mod docs;
mod generate;
mod lint;

use std::{
    error::Error,
    io::{self, Write as _},
    path::Path,
    process::ExitCode,
};

use clap::{Parser, Subcommand};
use lexicon_codegen::source::Sources;

const MISTAKES: u8 = 1;
const UNABLE: u8 = 2;

/// Compiles AT Protocol lexicons.
#[derive(Parser)]
#[command(name = "lexicon", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Writes the Rust crate of a folder of lexicons, or checks that it is up to date.
    Generate(generate::Generate),
    /// Writes the API reference of a folder of lexicons as HTML, or checks that it is up to date.
    Docs(docs::Docs),
    /// Names what is wrong with lexicons, and what could be better.
    Lint(lint::Lint),
    /// Says what a change of lexicons does to those who use them.
    Diff(diff::Diff),
}

/// Runs the command that the arguments ask for.
pub fn run() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Generate(arguments) => generate::generate(&arguments),
        Command::Docs(arguments) => docs::docs(&arguments),
        Command::Lint(arguments) => lint::lint(&arguments),
        Command::Diff(arguments) => diff::diff(&arguments),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(MISTAKES),
        Err(error) => {
            eprintln!("error: {}", chain(&*error));
            ExitCode::from(UNABLE)
        }
    }
}

fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        text.push_str(&format!(": {inner}"));
        source = inner.source();
    }
    text
}

/// Prints a report. Whoever reads it may stop before its end, as `head` does.
fn show(report: &str) -> io::Result<()> {
    match io::stdout().write_all(report.as_bytes()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        done => done,
    }
}

/// The lexicons of a folder, at least one: an empty set would delete everything generated so far, or pass every check,
/// and is nearly always a wrong path.
fn read(folder: &Path) -> Result<Sources, Box<dyn Error>> {
    let sources = Sources::read(folder)?;
    if sources.is_empty() {
        return Err(format!("there is no lexicon (.json) under {}", folder.display()).into());
    }
    Ok(sources)
}

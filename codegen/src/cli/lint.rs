//! `lexicon lint`: names what is wrong with lexicons, and what could be better.

use std::{error::Error, path::PathBuf};

use clap::{Args, ValueEnum};
use lexicon_codegen::lint::{self, Allowances};

use super::{read, show};

#[derive(Args)]
pub(super) struct Lint {
    /// The folder that lexicons are read from, `com.example.getThing` from `com/example/getThing.json`.
    #[arg(default_value = "lexicon", value_name = "FOLDER")]
    lexicon: PathBuf,
    /// What is allowed in spite of a rule, each with a reason.
    #[arg(long, default_value = "lexicon.lint.toml", value_name = "FILE")]
    allowances: PathBuf,
    /// What is printed.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Fail because of warnings too.
    #[arg(long)]
    strict: bool,
}

#[derive(Clone, Copy, Default, ValueEnum)]
enum Format {
    /// For people.
    #[default]
    Text,
    /// For programs.
    Json,
    /// Annotations of pull requests.
    Github,
}

/// Runs the command; says whether all is well.
pub(super) fn lint(arguments: &Lint) -> Result<bool, Box<dyn Error>> {
    let mut sources = read(&arguments.lexicon)?;
    let allowances = Allowances::read(&arguments.allowances)?;
    let (findings, allowed) = allowances.apply(lint::lint(&sources), &mut sources);
    let text = match arguments.format {
        Format::Text => lint::text(&findings, allowed, &sources),
        Format::Json => lint::json(&findings, allowed, &sources),
        Format::Github => lint::github(&findings, &sources),
    };
    show(&text)?;
    let (errors, warnings) = lint::count(&findings);
    Ok(errors == 0 && !(arguments.strict && warnings > 0))
}

//! `lexicon diff`: says what a change of lexicons does to those who use them.

use std::{
    error::Error,
    path::{Path, PathBuf},
};

use clap::{Args, ValueEnum};
use lexicon_codegen::{
    compile,
    diff::{self, Approvals, Count, render::Report},
    resolve::Resolved,
    revision,
    source::Sources,
};

use super::{read, show};

#[derive(Args)]
pub(super) struct Diff {
    /// A folder of lexicons, or a git revision such as `main` or `v1.2`. What is both is taken for the folder;
    /// `git:main` is the revision in any case.
    #[arg(value_name = "OLD")]
    old: String,
    /// The same for the new side; without it, what is in the folder of lexicons now.
    #[arg(value_name = "NEW")]
    new: Option<String>,
    /// The folder of lexicons, in revisions too.
    #[arg(long, default_value = "lexicon", value_name = "FOLDER")]
    lexicon: PathBuf,
    /// Changes that are approved, each with a reason.
    #[arg(long, default_value = "lexicon.approvals.toml", value_name = "FILE")]
    approvals: PathBuf,
    /// What is printed.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Fail when a change that is not approved breaks this much.
    #[arg(long, value_enum, default_value_t, value_name = "TIER")]
    fail_on: FailOn,
}

#[derive(Clone, Copy, Default, ValueEnum)]
enum Format {
    /// For people.
    #[default]
    Text,
    /// For programs.
    Json,
    /// For the description of a pull request.
    Markdown,
    /// Annotations of pull requests.
    Github,
}

#[derive(Clone, Copy, Default, ValueEnum)]
enum FailOn {
    /// Deployed peers, or client code that is generated anew.
    #[default]
    Source,
    /// Deployed peers.
    Wire,
    /// Never.
    Nothing,
}

/// Runs the command; says whether nothing breaks that isn't approved.
pub(super) fn diff(arguments: &Diff) -> Result<bool, Box<dyn Error>> {
    let (old_name, old_sources) = side(&arguments.old, &arguments.lexicon)?;
    let (new_name, new_sources) = match &arguments.new {
        Some(new) => side(new, &arguments.lexicon)?,
        None => (arguments.lexicon.display().to_string(), read(&arguments.lexicon)?),
    };
    let (old, new) = (compiled(&old_name, &old_sources)?, compiled(&new_name, &new_sources)?);
    let mut changes = diff::diff(&old, &new);
    for fingerprint in Approvals::read(&arguments.approvals)?.apply(&mut changes) {
        eprintln!("note: {} approves {fingerprint}, which is no change here", arguments.approvals.display());
    }
    let (old_name, new_name) = (old_name.as_str(), new_name.as_str());
    let report = Report { changes: &changes, old: &old_sources, new: &new_sources, old_name, new_name };
    let text = match arguments.format {
        Format::Text => report.text(),
        Format::Json => report.json(),
        Format::Markdown => report.markdown(),
        Format::Github => report.github(),
    };
    show(&text)?;
    let count = Count::of(&changes);
    Ok(match arguments.fail_on {
        FailOn::Source => count.wire + count.source == 0,
        FailOn::Wire => count.wire == 0,
        FailOn::Nothing => true,
    })
}

/// The lexicons of a folder or a revision, and what to call them.
fn side(name: &str, lexicon: &Path) -> Result<(String, Sources), Box<dyn Error>> {
    match name.strip_prefix("git:") {
        Some(revision) => Ok((revision.to_owned(), revision::read(revision, lexicon)?)),
        None if Path::new(name).is_dir() => Ok((name.to_owned(), read(Path::new(name))?)),
        None => Ok((name.to_owned(), revision::read(name, lexicon)?)),
    }
}

fn compiled(name: &str, sources: &Sources) -> Result<Resolved, Box<dyn Error>> {
    compile(sources).map_err(|findings| {
        let mistakes = findings.render(sources);
        format!("the lexicons of {name} can't be compared, since they have mistakes\n\n{mistakes}").into()
    })
}

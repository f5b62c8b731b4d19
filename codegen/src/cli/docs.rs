//! `lexicon docs`.

use std::{error::Error, fs, path::PathBuf};

use clap::Args;
use lexicon_codegen::{
    compile, disk,
    reference::{Settings, reference},
};

use super::{
    generate::{report_check, report_write},
    read,
};

#[derive(Args)]
pub(super) struct Docs {
    /// The folder that lexicons are read from, `com.example.getThing` from `com/example/getThing.json`.
    #[arg(long, default_value = "lexicon", value_name = "FOLDER")]
    lexicon: PathBuf,
    /// The folder that the pages are written to. Nothing else belongs into it.
    #[arg(long, default_value = "generated/reference", value_name = "FOLDER")]
    out: PathBuf,
    /// What stands on the first page, in Markdown. Its first heading is the title of the reference.
    #[arg(long, value_name = "FILE")]
    introduction: Option<PathBuf>,
    /// Server, headers, groups and example values, in JSON.
    #[arg(long, value_name = "FILE")]
    settings: Option<PathBuf>,
    /// Write nothing; name each file that is not up to date.
    #[arg(long)]
    check: bool,
}

impl Docs {
    fn introduction(&self) -> Result<String, Box<dyn Error>> {
        self.introduction.as_ref().map_or(Ok(String::new()), text_of)
    }

    fn settings(&self) -> Result<Settings, Box<dyn Error>> {
        let Some(path) = &self.settings else {
            return Ok(Settings::default());
        };
        Settings::parse(&text_of(path)?).map_err(|error| format!("{}: {error}", path.display()).into())
    }

    /// The command that writes what a check found missing.
    fn remedy(&self) -> String {
        let mut command = format!("lexicon docs --lexicon {} --out {}", self.lexicon.display(), self.out.display());
        for (option, file) in [("introduction", &self.introduction), ("settings", &self.settings)] {
            if let Some(file) = file {
                command.push_str(&format!(" --{option} {}", file.display()));
            }
        }
        command
    }
}

fn text_of(path: &PathBuf) -> Result<String, Box<dyn Error>> {
    fs::read_to_string(path).map_err(|error| format!("cannot read {}: {error}", path.display()).into())
}

/// Writes the reference, or checks it; says whether all is well.
pub(super) fn docs(arguments: &Docs) -> Result<bool, Box<dyn Error>> {
    let sources = read(&arguments.lexicon)?;
    let set = match compile(&sources) {
        Ok(set) => set,
        Err(findings) => {
            eprint!("{}", findings.render(&sources));
            return Ok(false);
        }
    };
    let output = match reference(&set, &arguments.introduction()?, &arguments.settings()?) {
        Ok(output) => output,
        Err(mistakes) => {
            mistakes.iter().for_each(|mistake| eprintln!("error: {mistake}"));
            return Ok(false);
        }
    };
    let differences = disk::compare(&output, &arguments.out)?;
    if arguments.check {
        return Ok(report_check(&arguments.out, &output, &differences, &arguments.remedy()));
    }
    disk::write(&output, &arguments.out, &differences)?;
    Ok(report_write(&arguments.out, &output, &differences))
}

//! The reference page of all settings, made from their definition.

use std::fmt::Write;

use clap::{Arg, Args, Command};

use super::Config;

const INTRODUCTION: &str = "\
# Configuration

Every setting is an environment variable and a flag of `catbird-server`; the flag wins. A start with bad values names all
of them and ends. Durations are written like `500ms`, `30s`, `10m`, `12h`, `30d` or `1h30m`, sizes like `8192`, `512KiB` or
`10MiB`, switches as `true` or `false`.

Nothing needs to be set to try the server: it then runs a private PostgreSQL under `./data`. In production set
`DATABASE_URL`, `SERVER_SECRET` and `PUBLIC_URL`, and leave everything marked as development alone. `PG_BIN` names the folder
of the PostgreSQL programs for the private one, when they are not in a usual place.

This page is made from the server's own definition by `make settings-page`.
";

/// The page `docs/configuration.md`.
pub fn settings_page() -> String {
    let command = Config::augment_args(Command::new("catbird-server"));
    let mut page = INTRODUCTION.to_owned();
    let mut heading = None;
    for arg in command.get_arguments() {
        if arg.get_help_heading() != heading {
            heading = arg.get_help_heading();
            let title = heading.unwrap_or("Other");
            write!(page, "\n## {title}\n\n| Variable | Flag | Default | Meaning |\n|---|---|---|---|\n")
                .expect(INFALLIBLE);
        }
        writeln!(page, "{}", row(arg)).expect(INFALLIBLE);
    }
    page
}

const INFALLIBLE: &str = "writing to a string cannot fail";

fn row(arg: &Arg) -> String {
    let variable = arg.get_env().unwrap_or_default().to_string_lossy();
    let flag = arg.get_long().unwrap_or_default();
    let default = match arg.get_default_values() {
        [] => String::new(),
        values => format!("`{}`", values.iter().map(|value| value.to_string_lossy()).collect::<Vec<_>>().join(",")),
    };
    let help = arg.get_long_help().or(arg.get_help()).map(ToString::to_string).unwrap_or_default();
    let help = help.replace('\n', " ").replace('|', "\\|");
    let stop = if help.ends_with('.') { "" } else { "." };
    format!("| `{variable}` | `--{flag}` | {default} | {help}{stop} |")
}

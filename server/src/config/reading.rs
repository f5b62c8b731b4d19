//! Reading the configuration, and telling everything that is wrong with it at once.

use std::{ffi::OsString, fmt};

use clap::{
    Arg, ArgMatches, Command,
    builder::ValueParser,
    error::{ContextKind, ContextValue, ErrorKind},
};

use super::Config;

/// All that is wrong with a configuration, one line each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problems(pub Vec<String>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the configuration is wrong:")?;
        self.0.iter().try_for_each(|problem| write!(f, "\n  {problem}"))
    }
}

impl std::error::Error for Problems {}

/// Reads the command line `words` of `command` (whose settings are a [`Config`]) and the environment.
///
/// The parser gives up at the first bad value. To name them all, each bad one is noted, its setting made to accept
/// anything, and the whole read again.
///
/// # Errors
/// [`Problems`] with every bad value. For `--help`, unknown flags and the like the process ends, as is usual.
pub fn parse(command: Command, words: &[OsString]) -> Result<ArgMatches, Problems> {
    // The flags of all settings may stand before or after the subcommand.
    let mut command = command.mut_args(|arg| if arg.get_env().is_some() { arg.global(true) } else { arg });
    let mut problems = Vec::new();
    loop {
        match command.clone().try_get_matches_from(words) {
            Ok(matches) if problems.is_empty() => return Ok(matches),
            Ok(_) => return Err(Problems(problems)),
            Err(error) => {
                let Some(wrong) = wrong_setting(&command, &error) else { error.exit() };
                problems.push(describe(wrong, &error));
                let id = wrong.get_id().clone();
                command = command.mut_arg(id, |arg| arg.value_parser(ValueParser::os_string()));
            }
        }
    }
}

/// The checks that concern several settings, for after [`parse`].
pub fn check(config: &Config) -> Result<(), Problems> {
    let found = config.contradictions();
    if found.is_empty() { Ok(()) } else { Err(Problems(found)) }
}

/// The setting whose value the parser stumbled over; `None` when it stumbled over something else.
fn wrong_setting<'a>(command: &'a Command, error: &clap::Error) -> Option<&'a Arg> {
    if !matches!(error.kind(), ErrorKind::ValueValidation | ErrorKind::InvalidValue | ErrorKind::InvalidUtf8) {
        return None;
    }
    let ContextValue::String(shown) = error.get(ContextKind::InvalidArg)? else { return None };
    command.get_arguments().find(|arg| arg.get_env().is_some() && arg.to_string() == *shown)
}

/// `LISTEN=nonsense (or --listen): must be ...`, without the value when it is a secret.
fn describe(arg: &Arg, error: &clap::Error) -> String {
    let variable = arg.get_env().unwrap_or_default().to_string_lossy();
    let value = match error.get(ContextKind::InvalidValue) {
        Some(ContextValue::String(_)) if arg.is_hide_env_values_set() => "=(hidden)".to_owned(),
        Some(ContextValue::String(value)) => format!("={value}"),
        _ => String::new(),
    };
    let reason = match (error.kind(), error.get(ContextKind::ValidValue)) {
        (_, Some(ContextValue::Strings(allowed))) if !allowed.is_empty() => {
            format!("must be one of {}", allowed.join(", "))
        }
        (ErrorKind::InvalidUtf8, _) => "must be UTF-8 text".to_owned(),
        _ => std::error::Error::source(error).map_or_else(|| "must have a value".to_owned(), ToString::to_string),
    };
    let flag = arg.get_long().unwrap_or_default();
    format!("{variable}{value} (or --{flag}): {reason}")
}

//! Reading the configuration, and telling everything that is wrong with it at once.

use std::{ffi::OsString, fmt};

use clap::{
    Arg, ArgMatches, Args, Command, FromArgMatches, Id,
    builder::{Resettable, ValueParser},
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

/// One setting, as far as messages about it go.
struct Setting {
    id: Id,
    flag: String,
    variable: String,
    secret: bool,
}

impl Setting {
    fn of(arg: &Arg) -> Option<Self> {
        let variable = arg.get_env()?.to_string_lossy().into_owned();
        let flag = format!("--{}", arg.get_long()?);
        Some(Self { id: arg.get_id().clone(), flag, variable, secret: arg.is_hide_env_values_set() })
    }

    /// Whether `word` is this flag, alone or with its value.
    fn is_named_by(&self, word: &str) -> bool {
        word.strip_prefix(&self.flag).is_some_and(|rest| rest.is_empty() || rest.starts_with(['=', ' ', '[']))
    }
}

/// Reads the command line `words` of `command` (whose settings are a [`Config`]) and the environment.
///
/// The parser gives up at the first bad value. To name them all, each bad one is noted, its setting made to accept
/// anything, and the whole read again.
///
/// # Errors
/// [`Problems`] with every bad value. For `--help`, unknown flags and the like the process ends, as is usual.
pub fn parse(command: Command, words: &[OsString]) -> Result<ArgMatches, Problems> {
    let settings: Vec<Setting> = command.get_arguments().filter_map(Setting::of).collect();
    let mut command = settings.iter().fold(command, |command, setting| place(command, setting, words));
    let mut problems = Vec::new();
    loop {
        match command.clone().try_get_matches_from(words) {
            Ok(matches) if problems.is_empty() => return Ok(matches),
            Ok(_) => return Err(Problems(problems)),
            Err(error) => {
                let Some(wrong) = wrong_setting(&settings, &error) else { error.exit() };
                problems.push(describe(wrong, &error));
                command = command.mut_arg(&wrong.id, |arg| arg.value_parser(ValueParser::os_string()));
            }
        }
    }
}

/// Lets the flag of a setting stand before or after the subcommand, and win over its variable even when the variable's
/// value is wrong.
fn place(command: Command, setting: &Setting, words: &[OsString]) -> Command {
    let given = words.iter().any(|word| setting.is_named_by(&word.to_string_lossy()));
    command.mut_arg(&setting.id, |arg| {
        let arg = arg.global(true);
        if given { arg.env(Resettable::Reset) } else { arg }
    })
}

/// A configuration from flags such as `--listen=127.0.0.1:0` and the environment, for programs other than the server.
///
/// # Errors
/// [`Problems`] with everything that is wrong.
pub fn from_flags(flags: impl IntoIterator<Item = impl Into<OsString>>) -> Result<Config, Problems> {
    let name = OsString::from("catbird-server");
    let words: Vec<OsString> = std::iter::once(name).chain(flags.into_iter().map(Into::into)).collect();
    let mut matches = parse(Config::augment_args(Command::new("catbird-server")), &words)?;
    let config = Config::from_arg_matches_mut(&mut matches).map_err(|error| Problems(vec![error.to_string()]))?;
    check(&config)?;
    Ok(config)
}

/// The checks that concern several settings, for after [`parse`].
pub fn check(config: &Config) -> Result<(), Problems> {
    let found = config.contradictions();
    if found.is_empty() { Ok(()) } else { Err(Problems(found)) }
}

/// The setting whose value the parser stumbled over; `None` when it stumbled over something else.
fn wrong_setting<'a>(settings: &'a [Setting], error: &clap::Error) -> Option<&'a Setting> {
    if !matches!(error.kind(), ErrorKind::ValueValidation | ErrorKind::InvalidValue | ErrorKind::InvalidUtf8) {
        return None;
    }
    let ContextValue::String(shown) = error.get(ContextKind::InvalidArg)? else { return None };
    settings.iter().find(|setting| setting.is_named_by(shown))
}

/// `LISTEN=nonsense (or --listen): must be ...`, without the value when it is a secret.
fn describe(setting: &Setting, error: &clap::Error) -> String {
    let value = match error.get(ContextKind::InvalidValue) {
        Some(ContextValue::String(_)) if setting.secret => "=(hidden)".to_owned(),
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
    format!("{}{value} (or {}): {reason}", setting.variable, setting.flag)
}

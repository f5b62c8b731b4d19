//! What is allowed in spite of a rule: a file of exceptions, each for one lexicon file and with a reason.

use std::{
    error::Error,
    fmt, fs, io,
    path::{Path, PathBuf},
};

use serde::Deserialize;
use toml::Spanned;

use crate::{
    diagnostics::{Code, Finding, Findings},
    source::{Source, Sources},
};

/// One exception.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Allowance {
    /// The name of the rule.
    pub rule: Spanned<String>,
    /// The lexicon file, relative to the folder of lexicons.
    pub file: String,
    /// JSON pointer of the part of it that is allowed, with all in it; the whole file when absent.
    #[serde(default)]
    pub at: String,
    /// Why.
    pub reason: String,
}

/// All exceptions, and the file they stand in.
#[derive(Clone, Debug, Default)]
pub struct Allowances {
    path: PathBuf,
    text: String,
    list: Vec<(Code, Allowance)>,
}

/// A file of exceptions that can't be used.
#[derive(Debug)]
pub enum AllowancesError {
    /// It can't be read.
    Unreadable(PathBuf, io::Error),
    /// It says something it can't say.
    Invalid(PathBuf, String),
}

impl fmt::Display for AllowancesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(path, _) => write!(f, "cannot read {}", path.display()),
            Self::Invalid(path, why) => write!(f, "{}: {why}", path.display()),
        }
    }
}

impl Error for AllowancesError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Unreadable(_, error) => Some(error),
            Self::Invalid(..) => None,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    allow: Vec<Allowance>,
}

impl Allowances {
    /// The exceptions in a file; none when there is no such file.
    ///
    /// # Errors
    /// When it can't be read, or allows what can't be allowed.
    pub fn read(path: &Path) -> Result<Self, AllowancesError> {
        match fs::read_to_string(path) {
            Ok(text) => Self::parse(path, text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(AllowancesError::Unreadable(path.to_owned(), error)),
        }
    }

    fn parse(path: &Path, text: String) -> Result<Self, AllowancesError> {
        let invalid = |why: String| AllowancesError::Invalid(path.to_owned(), why);
        let file: File = toml::from_str(&text).map_err(|error| invalid(error.to_string()))?;
        let mut list = Vec::new();
        for allowance in file.allow {
            let rule = allowance.rule.as_ref();
            let code = Code::of_name(rule).ok_or_else(|| invalid(format!("there is no rule `{rule}`")))?;
            if code.is_language() {
                return Err(invalid(format!("`{rule}` can't be allowed: the compiler itself refuses it")));
            }
            if allowance.reason.trim().is_empty() {
                return Err(invalid(format!("`{rule}` in {} is allowed without a reason", allowance.file)));
            }
            list.push((code, allowance));
        }
        Ok(Self { path: path.to_owned(), text, list })
    }

    /// Takes away what is allowed and adds a warning for each exception that allows nothing; with it the number of
    /// findings taken away.
    pub fn apply(&self, findings: Findings, sources: &mut Sources) -> (Findings, usize) {
        let (mut kept, mut allowed) = (Findings::default(), 0);
        let mut used = vec![false; self.list.len()];
        for finding in findings {
            match self.list.iter().position(|(code, allowance)| allows(*code, allowance, &finding)) {
                Some(index) => {
                    used[index] = true;
                    allowed += 1;
                }
                None => kept.add(finding),
            }
        }
        let source = Source::new(&self.path, self.text.as_bytes());
        for ((code, allowance), _) in self.list.iter().zip(used).filter(|(_, used)| !used) {
            let place = source.place(allowance.rule.span().start, "");
            let message = format!("`{code}` isn't broken at {}{}", allowance.file, allowance.at);
            kept.add(Finding::new(Code::UnusedAllowance, place, message).hint("take the exception out"));
        }
        sources.add_beside(source);
        (kept, allowed)
    }
}

fn allows(code: Code, allowance: &Allowance, finding: &Finding) -> bool {
    let below = finding.place.pointer.strip_prefix(allowance.at.as_str());
    code == finding.code
        && finding.place.file.as_path() == Path::new(&allowance.file)
        && below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

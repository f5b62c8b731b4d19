//! Changes that somebody decided to make although they break something: a file of fingerprints, each with a reason.

use std::{
    collections::{BTreeMap, BTreeSet},
    error::Error,
    fmt, fs, io,
    path::{Path, PathBuf},
};

use serde::Deserialize;

use super::Change;

/// One approved change.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Approval {
    fingerprint: String,
    /// What it is, for people: the fingerprint alone decides.
    #[serde(default, rename = "change")]
    _change: String,
    reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    approved: Vec<Approval>,
}

/// Approved changes: fingerprint to reason.
#[derive(Clone, Debug, Default)]
pub struct Approvals(BTreeMap<String, String>);

/// A file of approvals that can't be used.
#[derive(Debug)]
pub enum ApprovalsError {
    /// It can't be read.
    Unreadable(PathBuf, io::Error),
    /// It says something it can't say.
    Invalid(PathBuf, String),
}

impl fmt::Display for ApprovalsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(path, _) => write!(f, "cannot read {}", path.display()),
            Self::Invalid(path, why) => write!(f, "{}: {why}", path.display()),
        }
    }
}

impl Error for ApprovalsError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Unreadable(_, error) => Some(error),
            Self::Invalid(..) => None,
        }
    }
}

impl Approvals {
    /// The approvals in a file; none when there is no such file.
    ///
    /// # Errors
    /// When it can't be read, or approves something without a reason.
    pub fn read(path: &Path) -> Result<Self, ApprovalsError> {
        match fs::read_to_string(path) {
            Ok(text) => Self::parse(&text).map_err(|why| ApprovalsError::Invalid(path.to_owned(), why)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(ApprovalsError::Unreadable(path.to_owned(), error)),
        }
    }

    fn parse(text: &str) -> Result<Self, String> {
        let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
        let mut approved = BTreeMap::new();
        for approval in file.approved {
            let fingerprint = approval.fingerprint;
            if approval.reason.trim().is_empty() {
                return Err(format!("{fingerprint} is approved without a reason"));
            }
            if approved.insert(fingerprint.clone(), approval.reason).is_some() {
                return Err(format!("{fingerprint} is approved twice"));
            }
        }
        Ok(Self(approved))
    }

    /// Marks what is approved, and returns the fingerprints that fit no change.
    pub fn apply(&self, changes: &mut [Change]) -> Vec<String> {
        let mut unused: BTreeSet<&String> = self.0.keys().collect();
        for change in changes {
            if let Some((fingerprint, reason)) = self.0.get_key_value(&change.fingerprint()) {
                unused.remove(fingerprint);
                change.approved = Some(reason.clone());
            }
        }
        unused.into_iter().cloned().collect()
    }
}

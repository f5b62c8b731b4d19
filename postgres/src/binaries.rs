//! Finding the PostgreSQL programs of this machine.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::error::{Error, Result};

/// The oldest major version whose SQL this project relies on.
pub const OLDEST_MAJOR: u32 = 14;

/// Folders that hold one `<version>/bin` each: Debian's layout, then the one of the PGDG packages for Red Hat.
const VERSIONED: [(&str, &str); 2] = [("/usr/lib/postgresql", ""), ("/usr", "pgsql-")];

/// A folder that holds `postgres` and `initdb`, and their major version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binaries {
    /// The folder.
    pub directory: PathBuf,
    /// Major version, such as 15.
    pub major: u32,
}

impl Binaries {
    /// Finds the programs: `$PG_BIN` alone when it is set, else the newest installed version, else those on `PATH`.
    ///
    /// A data directory can be opened by its own major version only, so when `existing` names the version that made it,
    /// that version is preferred to the newest.
    ///
    /// # Errors
    /// [`Error::NoBinaries`], or [`Error::TooOld`] when what was found is older than [`OLDEST_MAJOR`].
    pub fn find(existing: Option<u32>) -> Result<Self> {
        if let Some(chosen) = env::var_os("PG_BIN").filter(|value| !value.is_empty()) {
            let directory = PathBuf::from(chosen);
            let looked_in = format!("PG_BIN={}", directory.display());
            return Self::at(&directory).ok_or(Error::NoBinaries { looked_in })?.new_enough();
        }
        let mut installed = installed();
        installed.sort_by_key(|found| std::cmp::Reverse(found.major));
        let preferred = installed.iter().find(|found| Some(found.major) == existing);
        let looked_in = || "/usr/lib/postgresql/*/bin, /usr/pgsql-*/bin and PATH".to_owned();
        preferred
            .or(installed.first())
            .cloned()
            .or_else(on_path)
            .ok_or_else(|| Error::NoBinaries { looked_in: looked_in() })?
            .new_enough()
    }

    /// The path of one program.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    fn new_enough(self) -> Result<Self> {
        if self.major < OLDEST_MAJOR {
            return Err(Error::TooOld { directory: self.directory, found: self.major, oldest: OLDEST_MAJOR });
        }
        Ok(self)
    }

    /// The programs in `directory`, when both are there and tell their version.
    fn at(directory: &Path) -> Option<Self> {
        if !directory.join("initdb").is_file() {
            return None;
        }
        let output = Command::new(directory.join("postgres")).arg("--version").output().ok()?;
        let major = major_of(&String::from_utf8_lossy(&output.stdout))?;
        Some(Self { directory: directory.to_owned(), major })
    }
}

/// Reads `postgres (PostgreSQL) 15.18 (Debian ...)`; also betas such as `18beta1`.
fn major_of(version_line: &str) -> Option<u32> {
    let version = version_line.split_once("(PostgreSQL) ")?.1;
    let digits: String = version.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

/// Every version in the usual folders.
fn installed() -> Vec<Binaries> {
    let mut found = Vec::new();
    for (parent, prefix) in VERSIONED {
        let Ok(entries) = fs::read_dir(parent) else {
            continue;
        };
        let versions = entries.flatten().filter(|entry| {
            let name = entry.file_name();
            let version = name.to_str().and_then(|name| name.strip_prefix(prefix));
            version.is_some_and(|version| version.starts_with(|first: char| first.is_ascii_digit()))
        });
        found.extend(versions.filter_map(|entry| Binaries::at(&entry.path().join("bin"))));
    }
    found
}

fn on_path() -> Option<Binaries> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).find_map(|directory| Binaries::at(&directory))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn major_versions_are_read_from_the_version_line() {
        assert_eq!(major_of("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n"), Some(15));
        assert_eq!(major_of("postgres (PostgreSQL) 18beta1\n"), Some(18));
        assert_eq!(major_of("something else\n"), None);
    }
}

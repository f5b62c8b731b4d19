//! What can keep a private PostgreSQL from running, each with what the operator can do about it.

use std::{io, path::PathBuf};

/// A `Result` with this crate's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a cluster could not be made, started, reached or stopped.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No usable PostgreSQL programs were found.
    #[error(
        "no PostgreSQL programs found (looked in {looked_in}); install them with `apt-get install postgresql`, or set PG_BIN to the folder that holds `postgres` and `initdb`"
    )]
    NoBinaries {
        /// The places that were searched.
        looked_in: String,
    },
    /// The programs found cannot open a data directory of this version.
    #[error("{directory} was made by PostgreSQL {made_by}, but the programs found are version {found}; install version {made_by} (or set PG_BIN to it), or move the data with pg_upgrade", directory = directory.display())]
    OtherVersion {
        /// The data directory.
        directory: PathBuf,
        /// Its major version.
        made_by: u32,
        /// Major version of the programs found.
        found: u32,
    },
    /// The programs are older than the SQL of this project.
    #[error("PostgreSQL {found} in {directory} is too old; {oldest} or newer is needed", directory = directory.display())]
    TooOld {
        /// The folder with the programs.
        directory: PathBuf,
        /// Their major version.
        found: u32,
        /// The oldest one that works.
        oldest: u32,
    },
    /// Another process holds the lock of this directory.
    #[error("{directory} is in use by another server{holder}; stop it, or choose another data directory", directory = directory.display())]
    InUse {
        /// The locked directory.
        directory: PathBuf,
        /// ` (process 123)`, or empty when unknown.
        holder: String,
    },
    /// Processes of an earlier run are still in the directory and do not go away.
    #[error("PostgreSQL processes {pids} of an earlier run still use {directory} and did not stop within {seconds} s; stop them and start again", directory = directory.display())]
    Leftovers {
        /// The data directory.
        directory: PathBuf,
        /// Their process ids.
        pids: String,
        /// How long was waited, in seconds.
        seconds: u64,
    },
    /// As root, no way was found to run PostgreSQL under an unprivileged identity.
    #[error("running as root, and PostgreSQL refuses to: neither `unshare --user` nor `setpriv --reuid` could run it with access to {directory}; start the server as an ordinary user, or choose a data directory below folders that everybody may enter", directory = directory.display())]
    NoUnprivilegedIdentity {
        /// The directory it needs access to.
        directory: PathBuf,
    },
    /// A helper program failed.
    #[error("{program} failed ({status}):\n{output}")]
    Program {
        /// What was run.
        program: String,
        /// How it ended.
        status: String,
        /// What it printed, or the end of its log.
        output: String,
    },
    /// PostgreSQL was not ready in time.
    #[error("PostgreSQL was not ready after {seconds} s; the end of its log:\n{log}")]
    NotReady {
        /// How long was waited, in seconds.
        seconds: u64,
        /// The end of its log.
        log: String,
    },
    /// A file operation failed.
    #[error("cannot {action} {path}", path = path.display())]
    File {
        /// What was tried.
        action: &'static str,
        /// On which file.
        path: PathBuf,
        /// Why it failed.
        #[source]
        source: io::Error,
    },
    /// A process or thread could not be started.
    #[error("cannot start {program}")]
    Spawn {
        /// What was to be started.
        program: String,
        /// Why it failed.
        #[source]
        source: io::Error,
    },
    /// The running cluster refused a statement.
    #[error("cannot {action}")]
    Sql {
        /// What was tried.
        action: String,
        /// Why it failed.
        #[source]
        source: sqlx::Error,
    },
}

impl Error {
    /// For `map_err` around a file operation.
    pub(crate) fn file(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Error {
        let path = path.into();
        move |source| Error::File { action, path, source }
    }

    /// For `map_err` around starting a program.
    pub(crate) fn spawn(program: impl Into<String>) -> impl FnOnce(io::Error) -> Error {
        let program = program.into();
        move |source| Error::Spawn { program, source }
    }
}

//! Where a cluster lives and how it is tuned.

use std::{path::PathBuf, time::Duration};

/// What a cluster is for, which decides between durability and speed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// Keeps every acknowledged transaction, also through power loss. For servers.
    Durable,
    /// Writes nothing through to the disk and is deleted at the end. For tests.
    ThrowAway,
}

/// How to start a [`Cluster`](crate::Cluster).
#[derive(Clone, Debug)]
pub struct Options {
    pub(crate) profile: Profile,
    pub(crate) directory: Option<PathBuf>,
    pub(crate) start_timeout: Duration,
    pub(crate) stop_timeout: Duration,
    pub(crate) restart: bool,
    settings: Vec<(String, String)>,
}

impl Options {
    /// A durable cluster in `directory` (made when missing, mode 0700), restarted when it dies unasked.
    ///
    /// A start may have to replay minutes of log after a crash, hence the long limit of ten minutes.
    pub fn durable(directory: impl Into<PathBuf>) -> Self {
        Self {
            profile: Profile::Durable,
            directory: Some(directory.into()),
            start_timeout: Duration::from_secs(600),
            stop_timeout: Duration::from_secs(60),
            restart: true,
            settings: Vec::new(),
        }
    }

    /// A cluster for tests in a directory of its own under the system's temporary folder, deleted with its owner.
    pub fn throw_away() -> Self {
        Self {
            profile: Profile::ThrowAway,
            directory: None,
            start_timeout: Duration::from_secs(60),
            stop_timeout: Duration::from_secs(20),
            restart: false,
            settings: Vec::new(),
        }
    }

    /// Sets one server parameter, over the profile's own (`postgres -c name=value`).
    pub fn setting(mut self, name: impl Into<String>, value: impl ToString) -> Self {
        self.settings.push((name.into(), value.to_string()));
        self
    }

    /// Whether to start PostgreSQL again when it dies without having been asked to.
    pub fn restart(mut self, restart: bool) -> Self {
        self.restart = restart;
        self
    }

    /// How long a start, including recovery after a crash, may take.
    pub fn start_timeout(mut self, limit: Duration) -> Self {
        self.start_timeout = limit;
        self
    }

    /// All server parameters, later ones winning.
    pub(crate) fn settings(&self) -> impl Iterator<Item = (&str, &str)> {
        let profile: &[(&str, &str)] = match self.profile {
            Profile::Durable => &DURABLE,
            Profile::ThrowAway => &THROW_AWAY,
        };
        let own = self.settings.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        COMMON.iter().chain(profile).copied().chain(own)
    }
}

/// Reached by socket only, and tuned for many short transactions on few cores.
const COMMON: [(&str, &str); 10] = [
    ("listen_addresses", ""),
    ("port", "5432"),
    ("unix_socket_permissions", "0700"),
    ("timezone", "UTC"),
    ("log_timezone", "UTC"),
    // The log is this process's standard error, which goes to the log file of the cluster's directory.
    ("logging_collector", "off"),
    // Compiling a statement to machine code costs more than any statement of ours takes.
    ("jit", "off"),
    // Parallel workers help reports, not short transactions, and need shared memory that containers often lack.
    ("max_parallel_workers_per_gather", "0"),
    ("random_page_cost", "1.1"),
    ("max_connections", "100"),
];

const DURABLE: [(&str, &str); 16] = [
    ("fsync", "on"),
    ("synchronous_commit", "on"),
    ("full_page_writes", "on"),
    ("shared_buffers", "256MB"),
    ("effective_cache_size", "1GB"),
    ("work_mem", "8MB"),
    ("maintenance_work_mem", "64MB"),
    ("wal_buffers", "16MB"),
    ("min_wal_size", "128MB"),
    ("max_wal_size", "2GB"),
    ("checkpoint_timeout", "15min"),
    // A log of messages grows at its end: vacuum sooner than after a fifth of a big table has changed.
    ("autovacuum_vacuum_scale_factor", "0.05"),
    ("log_min_messages", "warning"),
    // DETAIL lines and statement texts carry key values, and the log must name no user and no conversation.
    ("log_error_verbosity", "terse"),
    ("log_min_error_statement", "panic"),
    ("idle_in_transaction_session_timeout", "5min"),
];

const THROW_AWAY: [(&str, &str); 8] = [
    ("fsync", "off"),
    ("synchronous_commit", "off"),
    ("full_page_writes", "off"),
    ("wal_level", "minimal"),
    ("max_wal_senders", "0"),
    ("shared_buffers", "64MB"),
    ("max_wal_size", "512MB"),
    // Test harnesses run many databases with a pool each.
    ("max_connections", "300"),
];

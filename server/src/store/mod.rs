//! SQL, one module per aggregate.
//!
//! Each function is one statement and takes the connection, so the caller owns the transaction. Nothing here knows HTTP
//! or JSON. Time is always an argument.

pub mod audit;
pub mod blocks;
pub mod conversations;
pub mod device_additions;
pub mod device_state;
pub mod devices;
pub mod events;
pub mod gaps;
pub mod group_infos;
pub mod idempotency;
pub mod key_package_alerts;
pub mod key_package_stock;
pub mod key_package_use;
pub mod key_packages;
pub mod lost_commits;
pub mod member_devices;
pub mod members;
pub mod messages;
mod occurrences;
pub mod pages;
pub mod pending;
pub mod places;
pub mod policies;
pub mod reactions;
pub mod read_state;
pub mod rejoin_requests;
pub mod reports;
pub mod retention;
pub mod standings;
pub mod stream;
pub mod tickets;
pub mod unopposed;
pub mod used_jti;
pub mod welcome_checks;
pub mod welcomes;

use std::time::Duration;

/// A moment in UTC, as the database keeps it.
pub type Timestamp = chrono::DateTime<chrono::Utc>;

/// Why the store could not answer. Never a refusal of the request itself: those are the caller's to name.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The driver or the database failed.
    #[error("a database query failed")]
    Database(#[from] sqlx::Error),
    /// The database holds what this server never writes.
    #[error("the database holds impossible data: {0}")]
    Impossible(String),
}

impl StoreError {
    /// How long a client should wait when the database is unreachable or overloaded; nothing when waiting won't help.
    pub fn retry_after(&self) -> Option<Duration> {
        let Self::Database(error) = self else {
            return None;
        };
        let passing = match error {
            sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::Io(_) | sqlx::Error::WorkerCrashed => {
                true
            }
            // Connection exceptions, insufficient resources, operator intervention, lost races that a retry wins, and a
            // database that has become read-only or has given up on us.
            sqlx::Error::Database(error) => error.code().is_some_and(|code| {
                ["08", "53", "57", "40", "55P03", "25006", "25P03"].iter().any(|class| code.starts_with(class))
            }),
            _ => false,
        };
        passing.then_some(Duration::from_secs(1))
    }

    /// Whether the connection broke before the answer came, so that nobody knows whether the statement took effect.
    pub fn is_connection_lost(&self) -> bool {
        match self {
            Self::Database(sqlx::Error::Io(_) | sqlx::Error::WorkerCrashed) => true,
            // Connection exceptions; and a server that ends or has just started.
            Self::Database(sqlx::Error::Database(error)) => {
                error.code().is_some_and(|code| code.starts_with("08") || code.starts_with("57P"))
            }
            _ => false,
        }
    }

    /// Whether a lock was not to be had in time. Nothing took effect.
    pub fn is_lock_timeout(&self) -> bool {
        let Self::Database(sqlx::Error::Database(error)) = self else { return false };
        error.code().is_some_and(|code| code == "55P03")
    }

    /// Whether somebody else wrote or locked the same rows at the same time. Nothing took effect.
    pub fn is_lost_race(&self) -> bool {
        let Self::Database(sqlx::Error::Database(error)) = self else { return false };
        // Serialization failure, deadlock, a lock that was not to be had, a key that was taken meanwhile.
        error.code().is_some_and(|code| ["40001", "40P01", "55P03", "23505"].contains(&code.as_ref()))
    }
}

/// One value of each item, for a parameter that is an array.
fn column<'a, S, T>(items: &'a [S], of: impl Fn(&'a S) -> T) -> Vec<T> {
    items.iter().map(of).collect()
}

/// The kind of a log entry, as stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    App,
    Proposal,
    Commit,
}

impl EntryKind {
    /// The name in the database and on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::App => "app",
            Self::Proposal => "proposal",
            Self::Commit => "commit",
        }
    }

    fn from_stored(name: &str) -> Result<Self, StoreError> {
        match name {
            "app" => Ok(Self::App),
            "proposal" => Ok(Self::Proposal),
            "commit" => Ok(Self::Commit),
            other => Err(StoreError::Impossible(format!("a log entry of kind {other}"))),
        }
    }
}

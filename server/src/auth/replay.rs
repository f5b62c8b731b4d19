//! The memory of used tokens.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use atrium_api::types::string::Did;
use chrono::{DateTime, Utc};
use futures::future::{BoxFuture, FutureExt, ready};

use crate::clock::Clock;
use crate::outbound::BoxError;

/// Remembers which tokens were used. With several replicas, all must share one memory.
pub trait ReplayGuard: Send + Sync + 'static {
    /// Whether this is the first use of `jti` by `issuer`. Of concurrent calls with the same pair,
    /// exactly one may answer true. The pair may be forgotten after `expires_at`, when the token
    /// is refused for its age anyway.
    ///
    /// # Errors
    /// When the memory can't be asked. The token is then not accepted.
    fn first_use<'a>(
        &'a self,
        issuer: &'a Did,
        jti: &'a str,
        expires_at: DateTime<Utc>,
    ) -> BoxFuture<'a, Result<bool, BoxError>>;
}

/// A memory inside the process, for tests and for a single replica that may forget on restart.
pub struct InMemoryReplay {
    clock: Arc<dyn Clock>,
    used: Mutex<Used>,
}

#[derive(Default)]
struct Used {
    until: HashMap<(String, String), DateTime<Utc>>,
    sweep_at: usize,
}

/// Below this size sweeping isn't worth it.
const SMALLEST_SWEEP: usize = 1024;

impl InMemoryReplay {
    /// An empty memory that forgets by the given clock.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, used: Mutex::default() }
    }

    fn remember(&self, issuer: &Did, jti: &str, expires_at: DateTime<Utc>) -> bool {
        let now = self.clock.now();
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        used.sweep(now);
        let used_until = used.until.get(&key(issuer, jti));
        let first = used_until.is_none_or(|until| *until <= now);
        if first {
            used.until.insert(key(issuer, jti), expires_at);
        }
        first
    }
}

impl Used {
    /// Drops what has expired each time the map has doubled, so that a use costs constant time.
    fn sweep(&mut self, now: DateTime<Utc>) {
        if self.until.len() >= self.sweep_at.max(SMALLEST_SWEEP) {
            self.until.retain(|_, until| *until > now);
            self.sweep_at = self.until.len() * 2;
        }
    }
}

impl ReplayGuard for InMemoryReplay {
    fn first_use<'a>(
        &'a self,
        issuer: &'a Did,
        jti: &'a str,
        expires_at: DateTime<Utc>,
    ) -> BoxFuture<'a, Result<bool, BoxError>> {
        ready(Ok(self.remember(issuer, jti, expires_at))).boxed()
    }
}

fn key(issuer: &Did, jti: &str) -> (String, String) {
    (issuer.as_str().to_owned(), jti.to_owned())
}

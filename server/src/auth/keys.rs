//! Remembers the keys of issuers.
//!
//! A key is used without asking for minutes; after that for hours while it is fetched again in the
//! background, so that a slow directory slows nobody down; beyond that, requests wait for the
//! fetch. One fetch per DID runs at a time, and whoever needs the DID meanwhile waits for it, as far
//! as [`Lookups`] allows.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use atrium_api::types::string::Did;
use chrono::{DateTime, TimeDelta, Utc};
use moka::future::Cache;

use super::config::DocumentCachePolicy;
use super::lookups::{Lookups, Turn};
use super::resolver::{DocumentSource, LookupError};
use super::signing_key::SigningKey;
use crate::clock::Clock;
use crate::keyed_hash::HashKey;
use crate::telemetry::Pseudonym;

/// The keys of issuers, cached. A clone shares the cache.
#[derive(Clone)]
pub(super) struct KeyCache {
    source: Arc<dyn DocumentSource>,
    clock: Arc<dyn Clock>,
    policy: DocumentCachePolicy,
    /// Of the names that issuers have in the log.
    hashes: HashKey,
    entries: Cache<String, Arc<Entry>>,
    lookups: Arc<Lookups>,
}

/// What is known of an issuer.
struct Entry {
    outcome: Result<SigningKey, LookupError>,
    /// From here on a newer one is fetched in the background.
    refresh_at: DateTime<Utc>,
    /// From here on it is not used.
    expires_at: DateTime<Utc>,
    /// When a bad signature last caused a fetch.
    forced_at: Option<DateTime<Utc>>,
    /// Whether a background fetch is under way.
    refreshing: AtomicBool,
}

/// A key, and what is needed to ask for a newer one.
pub(super) struct Found {
    pub key: SigningKey,
    entry: Arc<Entry>,
    fetched_for_this: bool,
}

impl KeyCache {
    pub fn new(
        source: Arc<dyn DocumentSource>,
        clock: Arc<dyn Clock>,
        policy: DocumentCachePolicy,
        hashes: HashKey,
    ) -> Self {
        // Whether an entry may be used is decided by the clock that we are given; the cache's own
        // time only frees memory.
        let entries = Cache::builder().max_capacity(policy.capacity).time_to_live(policy.stale_for).build();
        Self { source, clock, policy, hashes, entries, lookups: Arc::default() }
    }

    /// The key of an issuer, perhaps a stale one.
    pub async fn find(&self, did: &Did) -> Result<Found, LookupError> {
        let now = self.clock.now();
        let known = self.entries.get(did.as_str()).await.filter(|entry| now < entry.expires_at);
        let (entry, fetched_for_this) = match known {
            Some(entry) => (entry, false),
            None => {
                let _turn = self.begin_lookup(did)?;
                let selector = self.entries.entry_by_ref(did.as_str());
                let slot = selector.or_insert_with_if(self.load(did, None), |entry| now >= entry.expires_at).await;
                let is_fresh = slot.is_fresh();
                (slot.into_value(), is_fresh)
            }
        };
        if now >= entry.refresh_at && entry.outcome.is_ok() {
            self.refresh_in_background(did, &entry);
        }
        let key = entry.outcome.clone()?;
        Ok(Found { key, entry, fetched_for_this })
    }

    /// A key fetched after a signature did not fit `found`; none when there is nothing newer to be
    /// had. At most one fetch per DID and [`DocumentCachePolicy::refetch_interval`].
    pub async fn find_newer(&self, did: &Did, found: &Found) -> Option<SigningKey> {
        let now = self.clock.now();
        let interval = time_delta(self.policy.refetch_interval);
        let recently = found.entry.forced_at.is_some_and(|forced_at| now < forced_at + interval);
        if found.fetched_for_this || recently {
            return None;
        }
        let _turn = self.begin_lookup(did).ok()?;
        let selector = self.entries.entry_by_ref(did.as_str());
        let load = self.load(did, Some(&found.entry));
        // Whoever comes second finds what the first has fetched.
        let slot = selector.or_insert_with_if(load, |entry| Arc::ptr_eq(entry, &found.entry)).await;
        slot.into_value().outcome.clone().ok().filter(|key| *key != found.key)
    }

    /// Fetches, for the first time or because a signature did not fit what was `seen`.
    async fn load(&self, did: &Did, seen: Option<&Arc<Entry>>) -> Arc<Entry> {
        let outcome = self.fetch(did).await;
        let now = self.clock.now();
        let forced_at = seen.map(|_| now);
        Arc::new(match (outcome, seen) {
            // A directory that is down says nothing against the key that we have.
            (Err(LookupError::Unavailable(_)), Some(seen)) => self.kept(seen, forced_at, now),
            (outcome, _) => self.entry(outcome, forced_at, now),
        })
    }

    fn begin_lookup(&self, did: &Did) -> Result<Turn, LookupError> {
        self.lookups.begin(did).ok_or_else(|| LookupError::Unavailable("too many look-ups are under way".to_owned()))
    }

    fn refresh_in_background(&self, did: &Did, stale: &Arc<Entry>) {
        if stale.refreshing.load(Ordering::Acquire) {
            return;
        }
        // Without a turn, whoever comes next tries again.
        let Ok(turn) = self.begin_lookup(did) else { return };
        if stale.refreshing.swap(true, Ordering::AcqRel) {
            return;
        }
        let (cache, did, stale) = (self.clone(), did.clone(), Arc::clone(stale));
        tokio::spawn(async move {
            let _turn = turn;
            cache.refresh(&did, &stale).await;
        });
    }

    async fn refresh(&self, did: &Did, stale: &Arc<Entry>) {
        let outcome = self.fetch(did).await;
        let now = self.clock.now();
        let entry = Arc::new(match outcome {
            Err(LookupError::Unavailable(_)) => self.kept(stale, stale.forced_at, now),
            outcome => self.entry(outcome, stale.forced_at, now),
        });
        // Only in place of what it was fetched for: a forced fetch may have brought something newer.
        let selector = self.entries.entry_by_ref(did.as_str());
        selector.or_insert_with_if(std::future::ready(entry), |current| Arc::ptr_eq(current, stale)).await;
    }

    async fn fetch(&self, did: &Did) -> Result<SigningKey, LookupError> {
        let document = self.source.document(did).await;
        let key = document
            .and_then(|document| SigningKey::of(did, &document).map_err(|reason| LookupError::Unusable(reason.into())));
        let issuer = Pseudonym::of_did(&self.hashes, did.as_str());
        match &key {
            Err(LookupError::Unavailable(reason)) => {
                tracing::warn!(%issuer, reason, "a DID document could not be fetched");
            }
            Err(error) => tracing::debug!(%issuer, %error, "a DID document is of no use"),
            Ok(_) => tracing::trace!(%issuer, "a DID document was fetched"),
        }
        key
    }

    fn entry(
        &self,
        outcome: Result<SigningKey, LookupError>,
        forced_at: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> Entry {
        let (refresh_in, expires_in) = match &outcome {
            Ok(_) => (self.policy.fresh_for, self.policy.stale_for),
            Err(LookupError::Unavailable(_)) => (self.policy.unavailable_for, self.policy.unavailable_for),
            Err(_) => (self.policy.missing_for, self.policy.missing_for),
        };
        Entry {
            outcome,
            refresh_at: now + time_delta(refresh_in),
            expires_at: now + time_delta(expires_in),
            forced_at,
            refreshing: AtomicBool::new(false),
        }
    }

    /// The same key as before, to be tried again soon. It does not live longer for that.
    fn kept(&self, old: &Entry, forced_at: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Entry {
        Entry {
            outcome: old.outcome.clone(),
            refresh_at: old.refresh_at.max(now + time_delta(self.policy.unavailable_for)),
            expires_at: old.expires_at,
            forced_at,
            refreshing: AtomicBool::new(false),
        }
    }
}

/// Longer than a century is a century: the sum with a date stays in range.
fn time_delta(duration: Duration) -> TimeDelta {
    let century = TimeDelta::days(36_525);
    TimeDelta::from_std(duration).map_or(century, |delta| delta.min(century))
}

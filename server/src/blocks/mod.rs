//! Who blocks whom: the `app.bsky.graph.block` records in the users' own repositories, on the servers that their DID
//! documents name. A block counts from the repository of whoever made it, and from nowhere else.
//!
//! `reader` reads one repository, `page` takes a server's answer apart. Here is remembered what was read, and how many
//! repositories are read at once. Whoever asks waits for a limited time; a reading goes on without them, so that who asks
//! again finds its outcome. Nothing here is called inside a transaction but [`Blocks::remembered`], which asks nobody.

mod page;
mod reader;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use chrono::TimeDelta;
use futures::{
    FutureExt, StreamExt,
    future::{BoxFuture, Shared},
    stream,
};
use moka::future::Cache;
use tokio::{
    sync::Semaphore,
    time::{Instant, timeout_at},
};

use crate::{auth::DocumentSource, clock::Clock, outbound::BoxError, store::Timestamp};
use reader::Reader;

pub use page::COLLECTION;

/// How long a failure is remembered, so that a dead server isn't asked again and again.
const FAILURES_FOR: TimeDelta = TimeDelta::seconds(30);

/// What was good when a request began to look may be used until it ends.
const GRACE: TimeDelta = TimeDelta::minutes(1);

/// Repositories that are read at once.
const READINGS: usize = 64;

/// Readings under way, those included that wait for their turn. More are refused.
const MOST_UNDER_WAY: usize = 2048;

/// How many repositories one request waits for at once.
const AT_ONCE: usize = 32;

/// Bytes that are remembered, about.
const MEMORY: u64 = 64 << 20;

/// A block, by its record.
#[derive(Clone, Debug)]
pub struct Block {
    /// The record's key in the blocker's repository.
    pub rkey: String,
    /// As the record says.
    pub created_at: Timestamp,
}

/// The blocks that one user made, by whom they are against.
pub type Made = BTreeMap<String, Block>;

/// A user who blocks another one.
#[derive(Clone, Debug)]
pub struct Relation {
    pub blocker: String,
    pub blocked: String,
    pub block: Block,
}

/// Nobody knows what is in a repository. The reason is for the log.
#[derive(Clone, Debug, thiserror::Error)]
#[error("a repository can't be read: {0}")]
pub struct Unreadable(String);

impl Unreadable {
    fn new(reason: impl fmt::Display) -> Self {
        Self(reason.to_string())
    }
}

/// A repository as it was read.
#[derive(Debug)]
pub struct Reading {
    pub made: Made,
    /// When the reading began.
    pub read_at: Timestamp,
}

/// What is known of the blocks among some users.
#[derive(Debug, Default)]
pub struct Findings {
    /// Sorted by blocker, then blocked; no more than were asked for.
    pub relations: Vec<Relation>,
    /// Whose repositories can't be read.
    pub unread: Vec<String>,
    /// When the reading began that is the oldest.
    pub read_at: Option<Timestamp>,
}

/// How blocks are looked up.
#[derive(Clone, Copy, Debug)]
pub struct BlocksConfig {
    /// Development: servers on loopback may be asked, by plain http too.
    pub allow_loopback_http: bool,
    /// How long a repository is remembered.
    pub remember_for: Duration,
    /// Records of one repository that are read at most.
    pub most_records: usize,
}

/// What was read of the users' repositories. A clone shares it.
#[derive(Clone)]
pub struct Blocks {
    reader: Arc<Reader>,
    clock: Arc<dyn Clock>,
    remember_for: TimeDelta,
    memory: Cache<String, Arc<Memory>>,
    turns: Arc<Semaphore>,
    under_way: Arc<Mutex<HashMap<String, UnderWay>>>,
}

/// A reading that several may wait for.
type UnderWay = Shared<BoxFuture<'static, Arc<Memory>>>;

/// The outcome of a reading.
struct Memory {
    outcome: Result<Arc<Reading>, Unreadable>,
    began: Instant,
    expires_at: Timestamp,
}

impl Blocks {
    /// Remembers nothing so far.
    ///
    /// # Errors
    /// When the HTTP client can't be built, which depends on nothing but the build.
    pub fn new(
        documents: Arc<dyn DocumentSource>,
        clock: Arc<dyn Clock>,
        config: BlocksConfig,
    ) -> Result<Self, BoxError> {
        let reader = Reader::new(documents, config.allow_loopback_http, config.most_records)?;
        let memory = Cache::builder()
            .max_capacity(MEMORY)
            .weigher(|_, memory: &Arc<Memory>| memory.weight())
            // Whether it may be used is decided by the clock that we are given; this only frees memory.
            .time_to_live(config.remember_for * 2)
            .build();
        Ok(Self {
            reader: Arc::new(reader),
            clock,
            remember_for: TimeDelta::from_std(config.remember_for)?,
            memory,
            turns: Arc::new(Semaphore::new(READINGS)),
            under_way: Arc::default(),
        })
    }

    /// The blocks among users, read where they aren't remembered. Whom nobody got to within `patience` counts as unread.
    pub async fn among(&self, users: &BTreeSet<String>, most: usize, patience: Duration) -> Findings {
        let until = Instant::now() + patience;
        let mut readings = stream::iter(users.clone()).map(|user| self.made_by(user, users, until)).buffered(AT_ONCE);
        let mut all = Findings::default();
        while let Some(one) = readings.next().await {
            all = all.with(one, most);
        }
        all
    }

    async fn made_by(&self, user: String, users: &BTreeSet<String>, until: Instant) -> Findings {
        let memory = timeout_at(until, self.look_up(&user, None)).await.ok();
        Findings::of(&user, memory.as_deref(), users, &|_, _| true)
    }

    /// The blocks among users that concern at least one of `newcomers`, from memory alone.
    pub async fn remembered(&self, users: &BTreeSet<String>, newcomers: &BTreeSet<String>) -> Findings {
        let concerns = |blocker: &str, blocked: &str| newcomers.contains(blocker) || newcomers.contains(blocked);
        let oldest = self.clock.now() - GRACE;
        let mut all = Findings::default();
        for user in users {
            let memory = self.memory.get(user).await.filter(|memory| oldest < memory.expires_at);
            all = all.with(Findings::of(user, memory.as_deref(), users, &concerns), 1);
        }
        all
    }

    /// How long something may be used after it was read.
    pub fn memory_span(&self) -> TimeDelta {
        self.remember_for + GRACE
    }

    /// Reads a repository past the memory, which then has what was found.
    ///
    /// # Errors
    /// When it can't be read, or not within `patience`.
    pub async fn read_anew(&self, user: &str, patience: Duration) -> Result<Arc<Reading>, Unreadable> {
        let now = Instant::now();
        match timeout_at(now + patience, self.look_up(user, Some(now))).await {
            Ok(memory) => memory.outcome.clone(),
            Err(_) => Err(Unreadable::new("reading it takes too long")),
        }
    }

    /// What is remembered or read; with `not_before`, by a reading that began then or later.
    async fn look_up(&self, user: &str, not_before: Option<Instant>) -> Arc<Memory> {
        if let (Some(memory), None) = (self.good(user).await, not_before) {
            return memory;
        }
        loop {
            let memory = self.read_together(user).await;
            if not_before.is_none_or(|moment| memory.began >= moment) {
                return memory;
            }
            // It had begun before; the next one begins after.
        }
    }

    async fn good(&self, user: &str) -> Option<Arc<Memory>> {
        self.memory.get(user).await.filter(|memory| self.clock.now() < memory.expires_at)
    }

    /// The outcome of the reading that is under way, or of a new one. It goes on when nobody waits for it any more.
    fn read_together(&self, user: &str) -> UnderWay {
        let mut under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(reading) = under_way.get(user) {
            return reading.clone();
        }
        if under_way.len() >= MOST_UNDER_WAY {
            let busy = Err(Unreadable::new("too many repositories are being read"));
            return std::future::ready(Arc::new(self.memory_of(busy, Instant::now()))).boxed().shared();
        }
        let (blocks, owner) = (self.clone(), user.to_owned());
        let task = tokio::spawn(async move { blocks.read_in_turn(owner).await });
        let blocks = self.clone();
        let reading = task.map(move |outcome| {
            outcome.unwrap_or_else(|error| Arc::new(blocks.memory_of(Err(Unreadable::new(error)), Instant::now())))
        });
        let reading = reading.boxed().shared();
        under_way.insert(user.to_owned(), reading.clone());
        reading
    }

    async fn read_in_turn(&self, user: String) -> Arc<Memory> {
        // Also when the reading panics: else nobody could ever read this one again.
        let _leave = Leave { blocks: self, user: &user };
        let _turn = self.turns.acquire().await;
        let (began, read_at) = (Instant::now(), self.clock.now());
        let outcome = self.reader.read(&user).await.map(|made| Arc::new(Reading { made, read_at }));
        match &outcome {
            Ok(_) => tracing::trace!("a repository was read for blocks"),
            Err(error) => tracing::debug!(reason = error.0, "a repository can't be read for blocks"),
        }
        let memory = Arc::new(self.memory_of(outcome, began));
        // A server that is down says nothing against what is remembered.
        if memory.outcome.is_ok() || self.good(&user).await.is_none() {
            self.memory.insert(user.clone(), Arc::clone(&memory)).await;
        }
        memory
    }

    fn memory_of(&self, outcome: Result<Arc<Reading>, Unreadable>, began: Instant) -> Memory {
        let life = if outcome.is_ok() { self.remember_for } else { FAILURES_FOR.min(self.remember_for) };
        Memory { outcome, began, expires_at: self.clock.now() + life }
    }
}

/// Ends a reading's being under way.
struct Leave<'a> {
    blocks: &'a Blocks,
    user: &'a str,
}

impl Drop for Leave<'_> {
    fn drop(&mut self) {
        self.blocks.under_way.lock().unwrap_or_else(PoisonError::into_inner).remove(self.user);
    }
}

impl Memory {
    /// Its bytes, about.
    fn weight(&self) -> u32 {
        let records = self.outcome.as_ref().map_or(0, |reading| reading.made.len());
        u32::try_from(256 + records * 160).unwrap_or(u32::MAX)
    }
}

impl Findings {
    /// What one user's repository says of the others.
    fn of(
        user: &str,
        memory: Option<&Memory>,
        users: &BTreeSet<String>,
        concerns: &(dyn Fn(&str, &str) -> bool + Sync),
    ) -> Self {
        let Some(reading) = memory.and_then(|memory| memory.outcome.as_ref().ok()) else {
            return Self { unread: vec![user.to_owned()], ..Self::default() };
        };
        let blocked = users.iter().filter(|other| *other != user && concerns(user, other));
        let found = blocked.filter_map(|other| Some((other, reading.made.get(other)?)));
        let relation = |(other, block): (&String, &Block)| Relation {
            blocker: user.to_owned(),
            blocked: other.clone(),
            block: block.clone(),
        };
        Self { relations: found.map(relation).collect(), unread: Vec::new(), read_at: Some(reading.read_at) }
    }

    fn with(mut self, other: Self, most: usize) -> Self {
        let room = most.saturating_sub(self.relations.len());
        self.relations.extend(other.relations.into_iter().take(room));
        self.unread.extend(other.unread);
        self.read_at = [self.read_at, other.read_at].into_iter().flatten().min();
        self
    }
}

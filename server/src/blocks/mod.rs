//! Who blocks whom: the `app.bsky.graph.block` records in the users' own repositories, on the servers that their DID
//! documents name. A block counts from the repository of whoever made it, and from nowhere else.
//!
//! `reader` reads one repository, `page` takes a server's answer apart, `desk` says whose turn it is. Here is remembered what
//! was read. Whoever asks waits for a limited time; a reading goes on without them, so that who asks again finds its outcome.
//! Nothing here is called inside a transaction but [`Blocks::remembered`], which asks nobody.

mod desk;
mod page;
mod reader;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::Arc,
    time::Duration,
};

use chrono::TimeDelta;
use futures::{StreamExt, stream};
use moka::future::Cache;
use tokio::time::{Instant, timeout_at};

use crate::{auth::DocumentSource, clock::Clock, outbound::BoxError, store::Timestamp};
use desk::{Desk, UnderWay};
use reader::Reader;

pub use desk::{Asker, MOST_READINGS, Purpose};
pub use page::COLLECTION;

/// How long a failure is remembered, so that a dead server isn't asked again and again.
const FAILURES_FOR: TimeDelta = TimeDelta::seconds(30);

/// What was good when a request began to look may be used until it ends.
const GRACE: TimeDelta = TimeDelta::minutes(1);

/// How many repositories one request waits for at once.
const AT_ONCE: usize = 32;

/// Bytes that are remembered.
const MEMORY: u64 = 64 << 20;

/// What a record takes beside its texts, about: their places, its time, and its part of the tree.
const RECORD_OVERHEAD: usize = 128;

/// A block, by its record.
#[derive(Clone, Debug)]
pub struct Block {
    /// The record's key in the blocker's repository.
    pub rkey: String,
    /// As the record says.
    pub created_at: Timestamp,
}

impl Block {
    /// Its bytes, with the name of whom it is against.
    fn weight(&self, subject: &str) -> usize {
        subject.len() + self.rkey.len() + RECORD_OVERHEAD
    }
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
    /// Whether their servers weren't even asked, since too much else is being read.
    pub is_unasked: bool,
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
    desk: Arc<Desk<Arc<Memory>>>,
}

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
            desk: Arc::default(),
        })
    }

    /// The blocks among users, read where they aren't remembered. Whom nobody got to within `patience` counts as unread.
    pub async fn among(&self, asker: Asker<'_>, users: &BTreeSet<String>, most: usize, patience: Duration) -> Findings {
        let until = Instant::now() + patience;
        let made_by = |user| self.made_by(asker, user, users, until);
        let mut readings = stream::iter(users.clone()).map(made_by).buffered(AT_ONCE);
        let mut all = Findings::default();
        while let Some(one) = readings.next().await {
            all = all.with(one, most);
        }
        all
    }

    async fn made_by(&self, asker: Asker<'_>, user: String, users: &BTreeSet<String>, until: Instant) -> Findings {
        if let Some(memory) = self.good(&user).await {
            return Findings::of(&user, Some(&memory), users);
        }
        let Some(reading) = self.read_together(asker, &user, false) else {
            return Findings { is_unasked: true, ..Findings::of(&user, None, users) };
        };
        let memory = timeout_at(until, reading.outcome()).await.ok().flatten();
        let is_unasked = memory.is_none() && !reading.has_begun();
        Findings { is_unasked, ..Findings::of(&user, memory.as_deref(), users) }
    }

    /// The blocks among users that concern at least one of `newcomers`, from memory alone; of several, the first one.
    pub async fn remembered(&self, users: &BTreeSet<String>, newcomers: &BTreeSet<String>) -> Findings {
        let oldest = self.clock.now() - GRACE;
        let mut all = Findings::default();
        for user in users {
            let memory = self.memory.get(user).await.filter(|memory| oldest < memory.expires_at);
            let others = if newcomers.contains(user) { users } else { newcomers };
            all = all.with(Findings::of(user, memory.as_deref(), others), 1);
            if !all.relations.is_empty() {
                break;
            }
            // Looking through long lists takes its time; others may go in between.
            tokio::task::yield_now().await;
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
    pub async fn read_anew(
        &self,
        asker: Asker<'_>,
        user: &str,
        patience: Duration,
    ) -> Result<Arc<Reading>, Unreadable> {
        let now = Instant::now();
        match timeout_at(now + patience, self.look_up_anew(asker, user, now)).await {
            Ok(outcome) => outcome,
            Err(_) => Err(Unreadable::new("reading it takes too long")),
        }
    }

    /// What a reading found that began at this moment or later.
    async fn look_up_anew(&self, asker: Asker<'_>, user: &str, moment: Instant) -> Result<Arc<Reading>, Unreadable> {
        loop {
            let Some(reading) = self.read_together(asker, user, true) else {
                return Err(Unreadable::new("too many repositories are being read"));
            };
            let Some(memory) = reading.outcome().await else {
                return Err(Unreadable::new("reading it panicked"));
            };
            if memory.began >= moment {
                return memory.outcome.clone();
            }
            // It had begun before; the next one begins after.
        }
    }

    async fn good(&self, user: &str) -> Option<Arc<Memory>> {
        self.memory.get(user).await.filter(|memory| self.clock.now() < memory.expires_at)
    }

    /// The reading of a repository that is under way, or a new one; nothing when the asker has too many. It goes on when
    /// nobody waits for it any more.
    fn read_together(&self, asker: Asker<'_>, user: &str, is_anew: bool) -> Option<UnderWay<Arc<Memory>>> {
        let (blocks, owner) = (self.clone(), user.to_owned());
        self.desk.join(asker, user, is_anew, async move {
            // Somebody else may have had it read while this waited.
            let remembered = if is_anew { None } else { blocks.good(&owner).await };
            match remembered {
                Some(memory) => memory,
                None => blocks.read(&owner).await,
            }
        })
    }

    async fn read(&self, user: &str) -> Arc<Memory> {
        let (began, read_at) = (Instant::now(), self.clock.now());
        let outcome = self.reader.read(user).await.map(|made| Arc::new(Reading { made, read_at }));
        match &outcome {
            Ok(_) => tracing::trace!("a repository was read for blocks"),
            Err(error) => tracing::debug!(reason = error.0, "a repository can't be read for blocks"),
        }
        let memory = Arc::new(self.memory_of(outcome, began));
        // A server that is down says nothing against what is remembered.
        if memory.outcome.is_ok() || self.good(user).await.is_none() {
            self.memory.insert(user.to_owned(), Arc::clone(&memory)).await;
        }
        memory
    }

    fn memory_of(&self, outcome: Result<Arc<Reading>, Unreadable>, began: Instant) -> Memory {
        let life = if outcome.is_ok() { self.remember_for } else { FAILURES_FOR.min(self.remember_for) };
        Memory { outcome, began, expires_at: self.clock.now() + life }
    }
}

impl Memory {
    /// Its bytes, about.
    fn weight(&self) -> u32 {
        let made = self.outcome.iter().flat_map(|reading| &reading.made);
        let bytes: usize = made.map(|(subject, block)| block.weight(subject)).sum();
        u32::try_from(256 + bytes).unwrap_or(u32::MAX)
    }
}

impl Findings {
    /// What one user's repository says of the others.
    fn of(user: &str, memory: Option<&Memory>, others: &BTreeSet<String>) -> Self {
        let Some(reading) = memory.and_then(|memory| memory.outcome.as_ref().ok()) else {
            return Self { unread: vec![user.to_owned()], ..Self::default() };
        };
        // Both are in the same order, so it is enough to walk through the shorter one.
        let found: Vec<(&String, &Block)> = if reading.made.len() < others.len() {
            reading.made.iter().filter(|(other, _)| *other != user && others.contains(*other)).collect()
        } else {
            let blocked = others.iter().filter(|other| *other != user);
            blocked.filter_map(|other| Some((other, reading.made.get(other)?))).collect()
        };
        let relation = |(other, block): (&String, &Block)| Relation {
            blocker: user.to_owned(),
            blocked: other.clone(),
            block: block.clone(),
        };
        let relations = found.into_iter().map(relation).collect();
        Self { relations, read_at: Some(reading.read_at), ..Self::default() }
    }

    fn with(mut self, other: Self, most: usize) -> Self {
        let room = most.saturating_sub(self.relations.len());
        self.relations.extend(other.relations.into_iter().take(room));
        self.unread.extend(other.unread);
        self.is_unasked |= other.is_unasked;
        self.read_at = [self.read_at, other.read_at].into_iter().flatten().min();
        self
    }
}

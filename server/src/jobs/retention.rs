//! Removes what has expired.
//!
//! Reads never show expired rows, so that when this runs matters to disk space alone. It may run on every replica:
//! a conversation's own lock keeps two from purging it at once, and what one removed the other doesn't find.

use std::time::Duration;

use sqlx::PgPool;

use crate::store::{StoreError, Timestamp, conversations, retention};

/// Entries removed in one transaction: enough to be quick, few enough that senders hardly wait for the lock.
const BATCH: i64 = 500;

/// Conversations looked at in one round.
const ROUND: i64 = 100;

/// How long what is not a log entry is kept.
#[derive(Clone, Copy, Debug)]
pub struct Keep {
    /// Events in the stream.
    pub events: Duration,
    /// Answers by idempotency key: as long as a client may still repeat its request.
    pub answers: Duration,
    /// Key packages after the end of their lifetime, for statistics.
    pub spent_key_packages: Duration,
}

impl Default for Keep {
    fn default() -> Self {
        const DAY: Duration = Duration::from_secs(24 * 60 * 60);
        Self { events: 30 * DAY, answers: 7 * DAY, spent_key_packages: 30 * DAY }
    }
}

/// Removes everything that has expired by now; returns how many log entries that were.
pub async fn purge(db: &PgPool, keep: Keep, now: Timestamp) -> Result<i64, StoreError> {
    let mut removed = 0;
    loop {
        let due = retention::due_conversations(&mut *db.acquire().await?, now, ROUND).await?;
        for convo_id in &due {
            removed += purge_conversation(db, convo_id, now).await?;
        }
        if due.is_empty() {
            break;
        }
    }
    let horizons = retention::Horizons {
        now,
        events: now - keep.events,
        answers: now - keep.answers,
        spent_key_packages: now - keep.spent_key_packages,
    };
    retention::purge_short_lived(&mut *db.acquire().await?, horizons).await?;
    Ok(removed)
}

async fn purge_conversation(db: &PgPool, convo_id: &str, now: Timestamp) -> Result<i64, StoreError> {
    let mut removed = 0;
    loop {
        let mut tx = db.begin().await?;
        if conversations::lock(&mut tx, convo_id).await?.is_none() {
            return Ok(removed);
        }
        let batch = retention::purge_entries(&mut tx, convo_id, now, BATCH).await?;
        tx.commit().await?;
        removed += batch;
        if batch < BATCH {
            return Ok(removed);
        }
    }
}

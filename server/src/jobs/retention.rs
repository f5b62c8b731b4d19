//! Removes what has expired, and what is left of deleted conversations.
//!
//! Reads never show expired entries, so that when this runs matters to disk space alone. It may run on every replica at
//! once: a conversation that somebody else works on is come back to later, and what one replica removed the others don't
//! find. A conversation that can't be purged keeps nobody from the others.

use std::{error::Error, time::Duration};

use sqlx::PgPool;

use crate::{
    keyed_hash::HashKey,
    store::{
        StoreError, Timestamp,
        retention::{self, Batch, Due, Purged, ShortLived},
    },
    telemetry::Pseudonym,
};

/// What is removed in one transaction: enough to be quick, little enough that senders hardly wait for the lock.
const BATCH: Batch = Batch { rows: 500, bytes: 8 << 20 };

/// The same for rows that nobody waits for.
const SHORT_LIVED_BATCH: Batch = Batch { rows: 5000, bytes: 64 << 20 };

/// Conversations asked for at once.
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
    /// Welcomes: as long as commits, since they are of no use without those that came after them.
    pub welcomes: Duration,
    /// Reports after they were decided on: as long as somebody may ask why.
    pub reports: Duration,
    /// The audit log.
    pub audit: Duration,
}

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

impl Default for Keep {
    fn default() -> Self {
        Self {
            events: 30 * DAY,
            answers: 7 * DAY,
            spent_key_packages: 30 * DAY,
            welcomes: 90 * DAY,
            reports: 180 * DAY,
            audit: 730 * DAY,
        }
    }
}

/// Removes everything that has expired by now; returns how many log entries that were. A failure that concerns one
/// conversation or one kind of rows is logged, with a pseudonym under the key `hashes`, and the rest goes on.
///
/// # Errors
/// When the database can't be reached or has no connection to spare.
pub async fn purge(db: &PgPool, hashes: &HashKey, keep: Keep, now: Timestamp) -> Result<i64, StoreError> {
    let mut removed = 0;
    let mut busy = Vec::new();
    let mut last: Option<Due> = None;
    loop {
        let due = retention::due_conversations(&mut *db.acquire().await?, now, last.as_ref(), ROUND).await?;
        let Some(end) = due.last() else { break };
        last = Some(end.clone());
        for Due { convo_id, .. } in due {
            if !purge_conversation(db, hashes, &convo_id, now, &mut removed).await? {
                busy.push(convo_id);
            }
        }
    }
    // Whoever was at work on these is done by now, or sees to them; if not, the next run does.
    for convo_id in busy {
        purge_conversation(db, hashes, &convo_id, now, &mut removed).await?;
    }
    for (kind, before) in [
        (ShortLived::Events, now - keep.events),
        (ShortLived::Answers, now - keep.answers),
        (ShortLived::UsedJti, now),
        (ShortLived::Tickets, now),
        (ShortLived::KeyPackages, now - keep.spent_key_packages),
        (ShortLived::WithdrawnKeyPackages, now - keep.spent_key_packages),
        (ShortLived::Welcomes, now - keep.welcomes),
        (ShortLived::Reports, now - keep.reports),
        (ShortLived::Audit, now - keep.audit),
    ] {
        if let Err(error) = purge_short_lived(db, kind, before).await {
            let error = local(error)?;
            tracing::warn!(?kind, error = &error as &dyn Error, "could not remove old rows");
        }
    }
    Ok(removed)
}

/// Purges a conversation batch by batch; false when somebody else works on it.
async fn purge_conversation(
    db: &PgPool,
    hashes: &HashKey,
    convo_id: &str,
    now: Timestamp,
    removed: &mut i64,
) -> Result<bool, StoreError> {
    loop {
        match purge_batch(db, convo_id, now).await {
            Ok(Purged::Some(entries)) => *removed += entries,
            Ok(Purged::Done) => return Ok(true),
            Ok(Purged::Busy) => return Ok(false),
            Err(error) => {
                let (error, convo) = (local(error)?, Pseudonym::of_convo(hashes, convo_id));
                tracing::warn!(%convo, error = &error as &dyn Error, "could not purge a conversation");
                return Ok(true);
            }
        }
    }
}

async fn purge_batch(db: &PgPool, convo_id: &str, now: Timestamp) -> Result<Purged, StoreError> {
    let mut tx = db.begin().await?;
    let purged = retention::purge_conversation(&mut tx, convo_id, now, BATCH).await?;
    tx.commit().await?;
    Ok(purged)
}

async fn purge_short_lived(db: &PgPool, kind: ShortLived, before: Timestamp) -> Result<(), StoreError> {
    while retention::purge_short_lived(&mut *db.acquire().await?, kind, before, SHORT_LIVED_BATCH).await? > 0 {}
    Ok(())
}

/// Lets a failure pass that the database itself reported of one statement; returns others, which would meet the next
/// statement too.
fn local(error: StoreError) -> Result<StoreError, StoreError> {
    let is_local = match &error {
        StoreError::Database(sqlx::Error::Database(_)) => !error.is_connection_lost(),
        StoreError::Database(_) => false,
        StoreError::Impossible(_) => true,
    };
    if is_local { Ok(error) } else { Err(error) }
}

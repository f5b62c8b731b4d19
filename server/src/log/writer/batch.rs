//! Writing one batch: by one statement, tried again when the connection is lost, halved when an entry spoils it.

use std::{collections::HashSet, io, panic::AssertUnwindSafe, time::Duration};

use futures::future::FutureExt;
use sqlx::{Connection, PgConnection, PgPool};
use tokio::time::{Instant, sleep, timeout};

use super::{Job, members::Members};
use crate::{
    store::{
        StoreError,
        messages::{self, Candidate, Verdict},
    },
    stream::Waker,
};

/// Most entries in one batch. Larger batches cost each of their entries more time than they save.
pub const BATCH_ENTRIES: usize = 256;

/// Most bytes of ciphertext in one batch, unless a single entry has more.
const BATCH_BYTES: usize = 4 * 1024 * 1024;

/// How often a batch is tried again when the connection is lost, and the first pause between the tries.
const RETRIES: u32 = 4;
const RETRY_PAUSE: Duration = Duration::from_millis(100);

/// How long connecting and one statement may take. The database ends a statement before that; this is for a database that
/// can't be reached any more and says nothing.
const CONNECT_PATIENCE: Duration = Duration::from_secs(5);
const STATEMENT_PATIENCE: Duration = Duration::from_secs(40);

/// How long a statement that is not to wait for a conversation does wait for one that is locked under its hands.
const LOCK_TIMEOUT: &str = "20ms";

/// A connection that was idle for longer is asked whether it still works, and for how long it may think.
const TRUSTED_IDLE: Duration = Duration::from_secs(10);
const PING_PATIENCE: Duration = Duration::from_secs(1);

/// Takes the next batch out of what waits: as many as fit, at least one, and no message id twice. A second one with the same
/// id has to see what became of the first; others needn't wait for that.
pub fn next(jobs: &mut Vec<Job>) -> Vec<Job> {
    let (mut ids, mut bytes, mut is_full) = (HashSet::new(), 0, false);
    let all = std::mem::take(jobs);
    let (batch, rest) = all.into_iter().partition(|Job { candidate, .. }| {
        let length = candidate.ciphertext.len();
        is_full |= ids.len() == BATCH_ENTRIES || (!ids.is_empty() && bytes + length > BATCH_BYTES);
        let fits = !is_full && ids.insert((candidate.convo_id.clone(), candidate.msg_id.clone()));
        bytes += if fits { length } else { 0 };
        fits
    });
    *jobs = rest;
    batch
}

/// Where a statement gets its connection, and whether it waits for locks.
pub struct Statement {
    db: PgPool,
    /// Told of what was appended.
    waker: Waker,
    /// Kept from batch to batch beside the pool: under load a batch must not queue behind reads.
    own: Option<(PgConnection, Instant)>,
    /// Of one that never waits for locks.
    members: Option<Members>,
}

/// Why a batch has no verdicts.
enum BatchError {
    /// Nobody's fault in the batch: the database is not there.
    Database(StoreError),
    /// The conversation stayed locked for as long as a statement may wait.
    Locked,
    /// Perhaps an entry's fault.
    Entry(StoreError),
}

impl Statement {
    /// Never waits: entries of locked conversations come back as busy.
    pub fn at_once(db: PgPool, waker: Waker) -> Self {
        Self { db, waker, own: None, members: Some(Members::default()) }
    }

    /// Waits for a lock, for a short time.
    pub fn in_turn(db: PgPool, waker: Waker) -> Self {
        Self { db, waker, own: None, members: None }
    }

    /// Writes a batch and answers its jobs; returns those whose conversations are locked. A batch that fails as a whole
    /// is halved until the entry at fault stands alone.
    pub async fn write(&mut self, batch: Vec<Job>) -> Vec<Job> {
        let mut busy = Vec::new();
        let mut batches = vec![batch];
        while let Some(mut batch) = batches.pop() {
            match self.append(&batch).await {
                Ok(verdicts) => {
                    // An earlier one may be of a try whose answer was lost, which nobody was told of.
                    let is_there = |verdict: &_| matches!(verdict, Verdict::Appended { .. } | Verdict::Earlier { .. });
                    if verdicts.iter().any(is_there) {
                        self.waker.wake();
                    }
                    for (job, verdict) in batch.into_iter().zip(verdicts) {
                        match verdict {
                            Verdict::Busy => busy.push(job),
                            verdict => job.answer(Ok(verdict)),
                        }
                    }
                }
                Err(BatchError::Locked) => busy.append(&mut batch),
                Err(BatchError::Entry(_)) if batch.len() > 1 => {
                    let rest = batch.split_off(batch.len() / 2);
                    batches.extend([rest, batch]);
                }
                Err(BatchError::Entry(error) | BatchError::Database(error)) => {
                    let error = super::WriteError::from(error);
                    batch.into_iter().for_each(|job| job.answer(Err(error.clone())));
                }
            }
        }
        self.learn().await;
        busy
    }

    /// Remembers who sent what was just answered. Failing at that costs nothing but time.
    async fn learn(&mut self) {
        let (Some(members), Some((conn, _))) = (&mut self.members, &mut self.own) else { return };
        if let Err(error) = in_time(STATEMENT_PATIENCE, members.learn(conn)).await {
            tracing::debug!(error = &error as &dyn std::error::Error, "members can't be read");
            self.own = None;
        }
    }

    /// One statement. When the connection is lost nobody knows whether it was committed; trying again is safe, since
    /// entries that are there already are found by their message ids.
    async fn append(&mut self, batch: &[Job]) -> Result<Vec<Verdict>, BatchError> {
        let candidates: Vec<_> = batch.iter().map(|job| &job.candidate).collect();
        let mut tries = 0;
        loop {
            match self.try_append(&candidates).await {
                Err(BatchError::Database(error)) if error.is_connection_lost() && tries < RETRIES => {
                    sleep(RETRY_PAUSE * 2_u32.pow(tries)).await;
                    tries += 1;
                }
                result => return result,
            }
        }
    }

    async fn try_append(&mut self, candidates: &[&Candidate]) -> Result<Vec<Verdict>, BatchError> {
        let mut conn = self.connection().await.map_err(BatchError::Database)?;
        let may_wait = self.members.is_none();
        let appending = in_time(STATEMENT_PATIENCE, async {
            match &mut self.members {
                Some(members) => members.append(&mut conn, candidates).await,
                None => messages::append_all(&mut conn, candidates, true).await,
            }
        });
        // Perhaps an entry's fault too. Whether anything was committed is unknown then, which trying again finds out.
        let panicked = |_| Err(StoreError::Impossible("a panic while a batch was written".to_owned()));
        match AssertUnwindSafe(appending).catch_unwind().await.unwrap_or_else(panicked) {
            Ok(verdicts) => {
                self.own = Some((conn, Instant::now()));
                Ok(verdicts)
            }
            Err(error) if may_wait && error.is_lock_timeout() => {
                self.own = Some((conn, Instant::now()));
                Err(BatchError::Locked)
            }
            // The connection may be the fault: it is not used again.
            Err(error) if error.retry_after().is_some() => Err(BatchError::Database(error)),
            Err(error) => Err(BatchError::Entry(error)),
        }
    }

    async fn connection(&mut self) -> Result<PgConnection, StoreError> {
        if let Some((mut conn, used)) = self.own.take()
            && (used.elapsed() < TRUSTED_IDLE || in_time(PING_PATIENCE, conn.ping()).await.is_ok())
        {
            return Ok(conn);
        }
        // Perhaps the database is not in the state that it was in.
        self.members.iter_mut().for_each(Members::forget);
        let options = (*self.db.connect_options()).clone().options([("lock_timeout", LOCK_TIMEOUT)]);
        in_time(CONNECT_PATIENCE, PgConnection::connect_with(&options)).await
    }
}

/// What takes too long counts as a lost connection.
async fn in_time<T, E>(limit: Duration, work: impl Future<Output = Result<T, E>>) -> Result<T, StoreError>
where
    StoreError: From<E>,
{
    match timeout(limit, work).await {
        Ok(result) => Ok(result?),
        Err(_) => Err(sqlx::Error::Io(io::ErrorKind::TimedOut.into()).into()),
    }
}

//! Group commit: what arrives while one batch is being written becomes the next batch.
//!
//! A writer takes all that waits, writes it in one statement that is one transaction, and answers after its commit. So one
//! flush to disk, one round trip and, for a hot conversation, one row lock serve as many messages as are there, and an idle
//! server adds no delay: there is no timer. Entries of one conversation always go to the same writer.
//!
//! A writer never waits for a conversation that somebody else has locked (a commit, another replica): its entries are set
//! aside and written by a statement that may wait, while the writer goes on.

use std::{
    collections::{HashMap, HashSet},
    hash::{BuildHasher, BuildHasherDefault, DefaultHasher},
    sync::Arc,
    time::Duration,
};

use sqlx::{Connection, PgConnection, PgPool};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot},
    time::sleep,
};

use crate::store::{
    StoreError,
    messages::{self, Candidate, Verdict},
};

/// Writers at work at the same time: while one waits for the disk, another's statement can run.
const WRITERS: usize = 2;

/// Most entries in one batch. Larger batches cost each of their entries more time than they save.
const BATCH_ENTRIES: usize = 256;

/// Most bytes of ciphertext in one batch, unless a single entry has more.
const BATCH_BYTES: usize = 4 * 1024 * 1024;

/// Entries that may wait for one writer.
const QUEUE_ENTRIES: usize = 4096;

/// Bytes of ciphertext that may wait or be in work, in all.
const QUEUE_BYTES: usize = 64 * 1024 * 1024;

/// Statements that may wait for locked conversations at once, so that they leave connections for others.
const WAITING_STATEMENTS: usize = 3;

/// How often a batch is tried again when the connection is lost, and the first pause between the tries.
const RETRIES: u32 = 4;
const RETRY_PAUSE: Duration = Duration::from_millis(100);

/// Why an entry has no verdict.
#[derive(Clone, Debug, thiserror::Error)]
pub enum WriteError {
    /// More waits than the server can write soon. Nothing was stored.
    #[error("too many messages are waiting to be written")]
    Full,
    /// The database failed. Whether the entry was stored is unknown when the connection broke; its message id makes
    /// another try safe.
    #[error(transparent)]
    Store(Arc<StoreError>),
}

/// The writers of a server. Clones share them; they end when the last clone is gone and all that waited is written.
#[derive(Clone, Debug)]
pub struct Writers {
    queues: Arc<[mpsc::Sender<Job>]>,
    room: Arc<Semaphore>,
}

#[derive(Debug)]
struct Job {
    candidate: Candidate,
    reply: oneshot::Sender<Result<Verdict, WriteError>>,
    _room: OwnedSemaphorePermit,
}

impl Writers {
    /// Starts the writers. Must be called in a tokio runtime.
    pub fn start(db: &PgPool) -> Self {
        let waiting = Arc::new(Semaphore::new(WAITING_STATEMENTS));
        let queues = (0..WRITERS).map(|_| {
            let (queue, jobs) = mpsc::channel(QUEUE_ENTRIES);
            let writer = Writer { db: db.clone(), own: None, waiting: Arc::clone(&waiting) };
            tokio::spawn(writer.run(jobs));
            queue
        });
        Self { queues: queues.collect(), room: Arc::new(Semaphore::new(QUEUE_BYTES)) }
    }

    /// Writes an entry and returns once it is durable, or refused. A caller who stops waiting changes nothing: the entry
    /// is written all the same.
    pub async fn write(&self, candidate: Candidate) -> Result<Verdict, WriteError> {
        let bytes = u32::try_from(candidate.ciphertext.len().min(QUEUE_BYTES)).unwrap_or(u32::MAX);
        let room = Arc::clone(&self.room).try_acquire_many_owned(bytes).map_err(|_| WriteError::Full)?;
        let (reply, verdict) = oneshot::channel();
        let queue = &self.queues[self.queue_of(&candidate.convo_id)];
        queue.try_send(Job { candidate, reply, _room: room }).map_err(|_| WriteError::Full)?;
        verdict.await.unwrap_or_else(|_| Err(failure("the writer ended before it answered")))
    }

    fn queue_of(&self, convo_id: &str) -> usize {
        let hash = BuildHasherDefault::<DefaultHasher>::new().hash_one(convo_id);
        (hash % self.queues.len() as u64) as usize
    }
}

fn failure(text: &str) -> WriteError {
    WriteError::Store(Arc::new(StoreError::Impossible(text.to_owned())))
}

struct Writer {
    db: PgPool,
    /// A connection beside the pool, kept from batch to batch: a pool would ask the database twice per batch whether
    /// the connection still works, and under load a batch would queue behind reads.
    own: Option<PgConnection>,
    waiting: Arc<Semaphore>,
}

impl Writer {
    async fn run(mut self, mut jobs: mpsc::Receiver<Job>) {
        let mut arrived = Vec::with_capacity(BATCH_ENTRIES);
        while jobs.recv_many(&mut arrived, BATCH_ENTRIES).await > 0 {
            while !arrived.is_empty() {
                let batch: Vec<_> = arrived.drain(..batch_length(&arrived)).collect();
                let busy = self.write(batch, false).await;
                self.set_aside(busy);
            }
        }
    }

    /// Writes what belongs to conversations that are locked now, each by a statement that may wait for its lock.
    fn set_aside(&self, busy: Vec<Job>) {
        let mut by_convo: HashMap<String, Vec<Job>> = HashMap::new();
        for job in busy {
            by_convo.entry(job.candidate.convo_id.clone()).or_default().push(job);
        }
        for jobs in by_convo.into_values() {
            let mut writer = Self { db: self.db.clone(), own: None, waiting: Arc::clone(&self.waiting) };
            tokio::spawn(async move {
                let waiting = Arc::clone(&writer.waiting);
                // The semaphore is never closed.
                let _turn = waiting.acquire().await;
                for job in writer.write(jobs, true).await {
                    let _ = job.reply.send(Err(failure("a statement that may wait left an entry waiting")));
                }
            });
        }
    }

    /// Writes a batch and answers its jobs; returns those that are to be written later. A batch that fails as a whole is
    /// halved until the entry at fault stands alone.
    async fn write(&mut self, batch: Vec<Job>, may_wait: bool) -> Vec<Job> {
        let mut busy = Vec::new();
        let mut batches = vec![batch];
        while let Some(mut batch) = batches.pop() {
            match self.append(&batch, may_wait).await {
                Ok(verdicts) => {
                    for (job, verdict) in batch.into_iter().zip(verdicts) {
                        match verdict {
                            Verdict::Busy => busy.push(job),
                            // Nobody listens when the request was given up; the entry is written all the same.
                            verdict => drop(job.reply.send(Ok(verdict))),
                        }
                    }
                }
                Err(error) if batch.len() > 1 && error.retry_after().is_none() => {
                    let rest = batch.split_off(batch.len() / 2);
                    batches.extend([rest, batch]);
                }
                Err(error) => {
                    let error = WriteError::Store(Arc::new(error));
                    for job in batch {
                        let _ = job.reply.send(Err(error.clone()));
                    }
                }
            }
        }
        busy
    }

    /// One statement. When the connection is lost nobody knows whether it was committed; trying again is safe, since
    /// entries that are there already are found by their message ids.
    async fn append(&mut self, batch: &[Job], may_wait: bool) -> Result<Vec<Verdict>, StoreError> {
        let candidates: Vec<_> = batch.iter().map(|job| &job.candidate).collect();
        let mut tries = 0;
        loop {
            let result = match may_wait {
                false => self.append_at_once(&candidates).await,
                true => self.append_in_turn(&candidates).await,
            };
            match result {
                Err(error) if error.is_connection_lost() && tries < RETRIES => {
                    sleep(RETRY_PAUSE * 2_u32.pow(tries)).await;
                    tries += 1;
                }
                result => return result,
            }
        }
    }

    async fn append_at_once(&mut self, candidates: &[&Candidate]) -> Result<Vec<Verdict>, StoreError> {
        let mut conn = match self.own.take() {
            Some(conn) => conn,
            None => PgConnection::connect_with(&self.db.connect_options()).await?,
        };
        let result = messages::append_all(&mut conn, candidates, false).await;
        // A connection that failed is not used again.
        self.own = result.is_ok().then_some(conn);
        result
    }

    async fn append_in_turn(&self, candidates: &[&Candidate]) -> Result<Vec<Verdict>, StoreError> {
        let mut conn = self.db.acquire().await?;
        messages::append_all(&mut conn, candidates, true).await
    }
}

/// How many of the jobs make the next batch: as many as fit, at least one, and no message id twice. A second one with the
/// same id has to see what became of the first.
fn batch_length(jobs: &[Job]) -> usize {
    let mut ids = HashSet::new();
    let mut bytes = 0;
    let fitting = jobs.iter().take_while(|Job { candidate, .. }| {
        bytes += candidate.ciphertext.len();
        bytes <= BATCH_BYTES && ids.insert((candidate.convo_id.as_str(), candidate.msg_id.as_str()))
    });
    fitting.count().max(1)
}

//! Group commit: what arrives while one batch is being written becomes the next batch.
//!
//! A writer takes all that waits, writes it in one statement that is one transaction, and answers after its commit. So one
//! flush to disk, one round trip and, for a hot conversation, one row lock serve as many messages as are there, and an idle
//! server adds no delay: there is no timer. Entries of one conversation always go to the same writer.
//!
//! A writer never waits for a conversation that somebody else has locked (a commit, another replica): its entries are set
//! aside ([`aside`]) while the writer goes on with the others.

mod aside;
mod batch;
mod members;

use std::{
    hash::{BuildHasher, BuildHasherDefault, DefaultHasher},
    num::NonZero,
    panic::AssertUnwindSafe,
    sync::Arc,
    thread,
};

use futures::future::FutureExt;
use sqlx::PgPool;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot},
    time::Instant,
};

use self::{
    aside::{Aside, Slots},
    batch::{BATCH_ENTRIES, Statement},
};
use crate::{
    store::{
        StoreError,
        messages::{Candidate, Verdict},
    },
    stream::Waker,
};

/// Most writers at work at the same time.
const MOST_WRITERS: usize = 4;

/// Entries that may wait for one writer to look at them.
const QUEUE_ENTRIES: usize = 4096;

/// Bytes that may wait or be in work, in all, and what an entry takes beside its ciphertext.
const QUEUE_BYTES: usize = 64 * 1024 * 1024;
const ENTRY_BYTES: usize = 1024;

/// Why an entry has no verdict.
#[derive(Clone, Debug, thiserror::Error)]
pub enum WriteError {
    /// More waits than the server can write soon. Nothing was stored.
    #[error("too many messages are waiting to be written")]
    Full,
    /// The conversation was locked by others for too long.
    #[error("the conversation is locked")]
    Locked,
    /// The database failed. Whether the entry was stored is unknown when the connection broke; its message id makes
    /// another try safe.
    #[error(transparent)]
    Store(Arc<StoreError>),
}

impl From<StoreError> for WriteError {
    fn from(error: StoreError) -> Self {
        Self::Store(Arc::new(error))
    }
}

/// The writers of a server. Clones share them; they end when the last clone is gone and all that waited is written.
#[derive(Clone, Debug)]
pub struct Writers {
    queues: Arc<[mpsc::Sender<Job>]>,
    room: Arc<Semaphore>,
}

/// An entry on its way, and who waits for the verdict on it.
#[derive(Debug)]
struct Job {
    candidate: Candidate,
    arrived: Instant,
    reply: oneshot::Sender<Result<Verdict, WriteError>>,
    /// Held until the entry is answered.
    _room: OwnedSemaphorePermit,
}

impl Job {
    /// Nobody listens when the request was given up; what was decided stays so all the same.
    fn answer(self, verdict: Result<Verdict, WriteError>) {
        let _ = self.reply.send(verdict);
    }
}

impl Writers {
    /// Starts the writers, which wake whoever follows the log. Must be called in a tokio runtime.
    pub fn start(db: &PgPool, waker: &Waker) -> Self {
        let slots = Arc::new(Slots::new(db.clone(), waker.clone()));
        let queues = (0..writers()).map(|_| {
            let (queue, jobs) = mpsc::channel(QUEUE_ENTRIES);
            tokio::spawn(supervise(Arc::clone(&slots), jobs));
            queue
        });
        Self { queues: queues.collect(), room: Arc::new(Semaphore::new(QUEUE_BYTES)) }
    }

    /// Writes an entry and returns once it is durable, or refused. A caller who stops waiting changes nothing: the entry
    /// is written all the same.
    pub async fn write(&self, candidate: Candidate) -> Result<Verdict, WriteError> {
        let bytes = (candidate.ciphertext.len() + ENTRY_BYTES).min(QUEUE_BYTES);
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        let room = Arc::clone(&self.room).try_acquire_many_owned(bytes).map_err(|_| WriteError::Full)?;
        let (reply, verdict) = oneshot::channel();
        let queue = &self.queues[self.queue_of(&candidate.convo_id)];
        let job = Job { candidate, arrived: Instant::now(), reply, _room: room };
        match queue.try_send(job) {
            Ok(()) => {}
            Err(mpsc::error::TrySendError::Full(_)) => return Err(WriteError::Full),
            Err(mpsc::error::TrySendError::Closed(_)) => return Err(gone()),
        }
        verdict.await.unwrap_or_else(|_| Err(gone()))
    }

    fn queue_of(&self, convo_id: &str) -> usize {
        let hash = BuildHasherDefault::<DefaultHasher>::new().hash_one(convo_id);
        (hash % self.queues.len() as u64) as usize
    }
}

/// A writer for every two cores: each keeps a process of PostgreSQL busy, which often shares the machine, and the more there are
/// the smaller are their batches.
fn writers() -> usize {
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    (cores / 2).clamp(1, MOST_WRITERS)
}

fn gone() -> WriteError {
    StoreError::Impossible("a writer has ended".to_owned()).into()
}

/// One writer, until nobody can send any more. After a panic it begins anew: whoever waited for what it had taken has an
/// error, and a repetition finds out what became of that.
async fn supervise(slots: Arc<Slots>, mut jobs: mpsc::Receiver<Job>) {
    loop {
        let writing = run(slots.at_once(), Aside::new(Arc::clone(&slots)), &mut jobs);
        match AssertUnwindSafe(writing).catch_unwind().await {
            Ok(()) => return,
            Err(_) => tracing::error!("a writer has panicked and begins anew"),
        }
    }
}

async fn run(mut statement: Statement, mut aside: Aside, jobs: &mut mpsc::Receiver<Job>) {
    let mut arrived = Vec::with_capacity(BATCH_ENTRIES);
    loop {
        tokio::select! {
            biased;
            true = aside.proceed() => {}
            count = jobs.recv_many(&mut arrived, BATCH_ENTRIES) => {
                if count == 0 {
                    break;
                }
                // What belongs to a conversation that is waited for lines up behind what waits.
                let mut others = aside.keep(&mut arrived);
                while !others.is_empty() {
                    aside.set(statement.write(batch::next(&mut others)).await);
                }
            }
        }
    }
    while aside.proceed().await {}
}

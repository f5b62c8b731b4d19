//! Entries of conversations that somebody else has locked.
//!
//! Each such conversation has a line. While one statement waits for its lock, with the entries that were first in line,
//! newcomers line up; when it is done, the line is the next batch. So two servers that share a hot conversation take turns
//! with whole batches. A statement waits for a short time only and then goes to the back, so that a few conversations
//! that stay locked don't keep others from their turn.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use sqlx::PgPool;
use tokio::{sync::Semaphore, task::JoinSet};

use super::{
    Job, WriteError,
    batch::{self, Statement},
};
use crate::{store::StoreError, stream::Waker};

/// Statements that may wait for locks at once, over all writers. Each has a connection.
const WAITING_STATEMENTS: usize = 4;

/// An entry whose conversation is locked still when it has waited for so long is given up at its next turn.
const PATIENCE: Duration = Duration::from_secs(10);

/// Turns at waiting, shared by all writers, and the statements that whoever has a turn uses.
pub struct Slots {
    turns: Semaphore,
    idle: Mutex<Vec<Statement>>,
    db: PgPool,
    waker: Waker,
}

impl Slots {
    /// All turns are free, and nothing is connected yet.
    pub fn new(db: PgPool, waker: Waker) -> Self {
        Self { turns: Semaphore::new(WAITING_STATEMENTS), idle: Mutex::default(), db, waker }
    }

    /// Writes a batch when its turn has come. Who has to wait for its turn holds no connection.
    async fn write(&self, jobs: Vec<Job>) -> Vec<Job> {
        // The semaphore is never closed. It is fair: who comes back goes to the end.
        let _turn = self.turns.acquire().await;
        let idle = self.idle().pop();
        let mut statement = idle.unwrap_or_else(|| Statement::in_turn(self.db.clone(), self.waker.clone()));
        let still_locked = statement.write(jobs).await;
        self.idle().push(statement);
        still_locked
    }

    /// Never held across an await.
    fn idle(&self) -> MutexGuard<'_, Vec<Statement>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The lines of one writer.
pub struct Aside {
    slots: Arc<Slots>,
    /// By conversation; a line is there exactly while a statement waits for its conversation.
    lines: HashMap<String, Vec<Job>>,
    waiting: JoinSet<Waited>,
}

/// What a waiting statement comes back with.
struct Waited {
    convo_id: String,
    still_locked: Vec<Job>,
}

impl Aside {
    /// No lines yet. `slots` is shared by all writers.
    pub fn new(slots: Arc<Slots>) -> Self {
        Self { slots, lines: HashMap::new(), waiting: JoinSet::new() }
    }

    /// Lines up those of the arrived entries whose conversations have a line, and returns the others.
    pub fn keep(&mut self, arrived: &mut Vec<Job>) -> Vec<Job> {
        if self.lines.is_empty() {
            return std::mem::take(arrived);
        }
        let mut others = Vec::with_capacity(arrived.len());
        for job in arrived.drain(..) {
            match self.lines.get_mut(&job.candidate.convo_id) {
                Some(line) => line.push(job),
                None => others.push(job),
            }
        }
        others
    }

    /// Sets entries of locked conversations aside, and has statements wait for those.
    pub fn set(&mut self, busy: Vec<Job>) {
        let mut by_convo: HashMap<String, Vec<Job>> = HashMap::new();
        for job in busy {
            by_convo.entry(job.candidate.convo_id.clone()).or_default().push(job);
        }
        for (convo_id, mut jobs) in by_convo {
            match self.lines.get_mut(&convo_id) {
                Some(line) => line.append(&mut jobs),
                None => self.wait(convo_id, jobs),
            }
        }
    }

    /// Waits until a statement that waits is done, and sees to its line; false when none waits. Nothing is lost when this
    /// is dropped before its end.
    pub async fn proceed(&mut self) -> bool {
        match self.waiting.join_next().await {
            None => return false,
            Some(Ok(waited)) => self.resume(waited),
            Some(Err(error)) => self.give_up(&error),
        }
        true
    }

    fn wait(&mut self, convo_id: String, mut jobs: Vec<Job>) {
        let first = batch::next(&mut jobs);
        self.lines.insert(convo_id.clone(), jobs);
        let slots = Arc::clone(&self.slots);
        self.waiting.spawn(async move { Waited { convo_id, still_locked: slots.write(first).await } });
    }

    fn resume(&mut self, Waited { convo_id, still_locked }: Waited) {
        // Behind entries that were written just now the line has nothing to give up for.
        let is_free = still_locked.is_empty();
        let line = self.lines.remove(&convo_id).unwrap_or_default();
        let (patient, late): (Vec<_>, Vec<_>) =
            still_locked.into_iter().chain(line).partition(|job| is_free || job.arrived.elapsed() < PATIENCE);
        late.into_iter().for_each(|job| job.answer(Err(WriteError::Locked)));
        if !patient.is_empty() {
            self.wait(convo_id, patient);
        }
    }

    /// A statement that panicked has taken its entries along, and nobody knows which line was its. All are answered: their
    /// clients try again.
    fn give_up(&mut self, error: &tokio::task::JoinError) {
        tracing::error!(error = error as &dyn std::error::Error, "a statement that waited has failed");
        for (_, line) in self.lines.drain() {
            let error = WriteError::from(StoreError::Impossible("a waiting statement has failed".to_owned()));
            line.into_iter().for_each(|job| job.answer(Err(error.clone())));
        }
    }
}

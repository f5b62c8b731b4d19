//! Entries of conversations that somebody else has locked.
//!
//! All of them that wait go together: when there is a turn for a statement that may wait for locks, it takes the entries of
//! all conversations that were found locked until then, so that two servers that share many hot conversations take turns
//! with whole batches. Newcomers to a conversation that is being waited for line up and go with a later turn.
//!
//! A statement waits for a short time only. When it has waited in vain, each of its conversations is waited for alone, and
//! goes to the back each time, so that a few that stay locked don't keep others from their turn.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use sqlx::PgPool;
use tokio::{
    sync::{AcquireError, OwnedSemaphorePermit, Semaphore},
    task::JoinSet,
};

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
    turns: Arc<Semaphore>,
    idle: Mutex<Vec<Statement>>,
    db: PgPool,
    waker: Waker,
}

/// The right to have one statement wait for locks.
type Turn = Result<OwnedSemaphorePermit, AcquireError>;

impl Slots {
    /// All turns are free, and nothing is connected yet.
    pub fn new(db: PgPool, waker: Waker) -> Self {
        Self { turns: Arc::new(Semaphore::new(WAITING_STATEMENTS)), idle: Mutex::default(), db, waker }
    }

    /// For a writer: never waits for locks.
    pub fn at_once(&self) -> Statement {
        Statement::at_once(self.db.clone(), self.waker.clone())
    }

    /// Waits for a turn; who waits holds no connection. The semaphore is never closed. It is fair: who comes back goes to the
    /// end.
    async fn turn(&self) -> Turn {
        Arc::clone(&self.turns).acquire_owned().await
    }

    /// Writes a batch in its turn; returns what is still locked.
    async fn write(&self, _turn: Turn, jobs: Vec<Job>) -> Vec<Job> {
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

/// What one writer has set aside.
pub struct Aside {
    slots: Arc<Slots>,
    /// What goes with the next turn, and the conversations in it. A turn is asked for exactly while there is any.
    next: Vec<Job>,
    next_convos: HashSet<String>,
    /// Newcomers by conversation; a line is there exactly while entries of its conversation are with a statement.
    lines: HashMap<String, Vec<Job>>,
    waiting: JoinSet<Event>,
}

/// What is waited for.
enum Event {
    /// There is a turn for what goes next.
    Turn(Turn),
    /// A statement is done with the entries of these conversations.
    Done { convos: HashSet<String>, still_locked: Vec<Job> },
}

impl Aside {
    /// Nothing yet. `slots` is shared by all writers.
    pub fn new(slots: Arc<Slots>) -> Self {
        Self { slots, next: Vec::new(), next_convos: HashSet::new(), lines: HashMap::new(), waiting: JoinSet::new() }
    }

    /// Takes those of the arrived entries whose conversations are waited for, and returns the others.
    pub fn keep(&mut self, arrived: &mut Vec<Job>) -> Vec<Job> {
        if self.lines.is_empty() && self.next.is_empty() {
            return std::mem::take(arrived);
        }
        arrived.drain(..).filter_map(|job| self.line_up(job)).collect()
    }

    /// Sets entries of locked conversations aside.
    pub fn set(&mut self, busy: Vec<Job>) {
        if busy.is_empty() {
            return;
        }
        tracing::debug!(entries = busy.len(), "set aside what belongs to locked conversations");
        for job in busy {
            if let Some(job) = self.line_up(job) {
                self.go_next(job);
            }
        }
    }

    /// Waits until there is a turn or a statement is done, and goes on from there; false when nothing is set aside. Nothing
    /// is lost when this is dropped before its end.
    pub async fn proceed(&mut self) -> bool {
        match self.waiting.join_next().await {
            None => return false,
            Some(Ok(Event::Turn(turn))) => self.write_next(turn),
            Some(Ok(Event::Done { convos, still_locked })) => self.resume(convos, still_locked),
            Some(Err(error)) => self.give_up(&error),
        }
        true
    }

    /// Puts an entry to others of its conversation; gives it back when there are none.
    fn line_up(&mut self, job: Job) -> Option<Job> {
        if let Some(line) = self.lines.get_mut(&job.candidate.convo_id) {
            line.push(job);
        } else if self.next_convos.contains(&job.candidate.convo_id) {
            self.next.push(job);
        } else {
            return Some(job);
        }
        None
    }

    fn go_next(&mut self, job: Job) {
        if self.next.is_empty() {
            self.ask_for_turn();
        }
        self.next_convos.insert(job.candidate.convo_id.clone());
        self.next.push(job);
    }

    fn ask_for_turn(&mut self) {
        let slots = Arc::clone(&self.slots);
        self.waiting.spawn(async move { Event::Turn(slots.turn().await) });
    }

    fn write_next(&mut self, turn: Turn) {
        self.next_convos.clear();
        let mut rest = std::mem::take(&mut self.next);
        let batch = batch::next(&mut rest);
        let convos = self.open_lines(&batch);
        // What had no place goes with another turn, or behind what is in this one.
        self.set(rest);
        let slots = Arc::clone(&self.slots);
        self.waiting.spawn(async move { Event::Done { convos, still_locked: slots.write(turn, batch).await } });
    }

    /// Waits for a conversation that stays locked.
    fn wait_alone(&mut self, mut jobs: Vec<Job>) {
        let first = batch::next(&mut jobs);
        let convos = self.open_lines(&first);
        self.set(jobs);
        let slots = Arc::clone(&self.slots);
        self.waiting.spawn(async move {
            let turn = slots.turn().await;
            Event::Done { convos, still_locked: slots.write(turn, first).await }
        });
    }

    fn open_lines(&mut self, batch: &[Job]) -> HashSet<String> {
        let convos: HashSet<_> = batch.iter().map(|job| job.candidate.convo_id.clone()).collect();
        self.lines.extend(convos.iter().map(|convo_id| (convo_id.clone(), Vec::new())));
        convos
    }

    fn resume(&mut self, convos: HashSet<String>, still_locked: Vec<Job>) {
        let mut locked: HashMap<String, Vec<Job>> = HashMap::new();
        for job in still_locked {
            locked.entry(job.candidate.convo_id.clone()).or_default().push(job);
        }
        for convo_id in convos {
            let line = self.lines.remove(&convo_id).unwrap_or_default();
            match locked.remove(&convo_id) {
                // Behind entries that were written just now the line has nothing to give up for.
                None => line.into_iter().for_each(|job| self.go_next(job)),
                Some(jobs) => self.try_again(jobs.into_iter().chain(line)),
            }
        }
    }

    fn try_again(&mut self, jobs: impl Iterator<Item = Job>) {
        let (patient, late): (Vec<_>, Vec<_>) = jobs.partition(|job| job.arrived.elapsed() < PATIENCE);
        late.into_iter().for_each(|job| job.answer(Err(WriteError::Locked)));
        if !patient.is_empty() {
            self.wait_alone(patient);
        }
    }

    /// A statement that panicked has taken its entries along, and nobody knows which lines were its. All are answered: their
    /// clients try again.
    fn give_up(&mut self, error: &tokio::task::JoinError) {
        tracing::error!(error = error as &dyn std::error::Error, "a statement that waited has failed");
        for (_, line) in self.lines.drain() {
            let error = WriteError::from(StoreError::Impossible("a waiting statement has failed".to_owned()));
            line.into_iter().for_each(|job| job.answer(Err(error.clone())));
        }
    }
}

//! Whose turn it is to have a repository read.
//!
//! Servers that take their time are easily had, and whoever asks for many of them must keep nobody else waiting. So the
//! readings that one caller asks for wait for each other, and those for people who are to be added don't wait for those that
//! somebody merely asks for. A reading that has begun is shared by all who want it.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use futures::{
    FutureExt,
    future::{BoxFuture, Shared},
};
use tokio::sync::Semaphore;

/// Repositories that are read at once for one purpose.
const READINGS: usize = 64;

/// Repositories that are read at once.
pub const MOST_READINGS: usize = 2 * READINGS;

/// Repositories that are read at once for one caller and purpose.
const READINGS_OF_ONE: usize = 16;

/// Readings of one caller that wait for their turn: as many as there are users in a conversation.
const MOST_WAITING: usize = 1000;

/// What a reading is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// Somebody is to be added.
    Adding,
    /// Somebody wants to know.
    Asking,
}

/// Who wants a reading.
#[derive(Clone, Copy, Debug)]
pub struct Asker<'a> {
    pub caller: &'a str,
    pub purpose: Purpose,
}

/// The readings under way, each with an outcome of type `T`.
pub(super) struct Desk<T> {
    adding: Semaphore,
    asking: Semaphore,
    state: Mutex<State<T>>,
}

struct State<T> {
    queues: HashMap<(Purpose, String), Queue<T>>,
    running: HashMap<String, UnderWay<T>>,
}

struct Queue<T> {
    turns: Arc<Semaphore>,
    /// By user, and whether what is remembered won't do.
    waiting: HashMap<(String, bool), UnderWay<T>>,
    /// Those that wait, and those that have their turn.
    readings: usize,
}

/// A reading that several may wait for.
#[derive(Clone)]
pub(super) struct UnderWay<T> {
    outcome: Shared<BoxFuture<'static, Option<T>>>,
    has_begun: Arc<AtomicBool>,
}

impl<T: Clone> UnderWay<T> {
    /// What came of it; nothing when it panicked.
    pub async fn outcome(&self) -> Option<T> {
        self.outcome.clone().await
    }

    /// Whether it has its turn.
    pub fn has_begun(&self) -> bool {
        self.has_begun.load(Ordering::Acquire)
    }
}

impl<T> Default for Desk<T> {
    fn default() -> Self {
        let state = State { queues: HashMap::new(), running: HashMap::new() };
        Self { adding: Semaphore::new(READINGS), asking: Semaphore::new(READINGS), state: Mutex::new(state) }
    }
}

impl<T: Clone + Send + Sync + 'static> Desk<T> {
    /// The reading of a user's repository that has begun, else the asker's own, which is begun in its turn; nothing when
    /// too many of theirs wait already. It goes on when nobody waits for it any more.
    pub fn join(
        self: &Arc<Self>,
        asker: Asker<'_>,
        user: &str,
        is_anew: bool,
        reading: impl Future<Output = T> + Send + 'static,
    ) -> Option<UnderWay<T>> {
        let mut state = self.lock();
        if let Some(running) = state.running.get(user) {
            return Some(running.clone());
        }
        let (queue_key, key) = ((asker.purpose, asker.caller.to_owned()), (user.to_owned(), is_anew));
        let queue = state.queues.entry(queue_key.clone()).or_default();
        if let Some(waiting) = queue.waiting.get(&key) {
            return Some(waiting.clone());
        }
        if queue.waiting.len() >= MOST_WAITING {
            return None;
        }
        queue.readings += 1;
        let has_begun = Arc::new(AtomicBool::new(false));
        let stay = Stay {
            desk: Arc::clone(self),
            queue: queue_key,
            key: key.clone(),
            has_begun: Arc::clone(&has_begun),
            is_running: false,
        };
        let task = tokio::spawn(read_in_turn(stay, Arc::clone(&queue.turns), reading));
        let under_way = UnderWay { outcome: task.map(Result::ok).boxed().shared(), has_begun };
        queue.waiting.insert(key, under_way.clone());
        Some(under_way)
    }
}

impl<T> Desk<T> {
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Default for Queue<T> {
    fn default() -> Self {
        Self { turns: Arc::new(Semaphore::new(READINGS_OF_ONE)), waiting: HashMap::new(), readings: 0 }
    }
}

async fn read_in_turn<T: Clone>(mut stay: Stay<T>, turns: Arc<Semaphore>, reading: impl Future<Output = T>) -> T {
    let desk = Arc::clone(&stay.desk);
    let _own = turns.acquire().await;
    let _turn = match stay.queue.0 {
        Purpose::Adding => desk.adding.acquire().await,
        Purpose::Asking => desk.asking.acquire().await,
    };
    if let Some(running) = stay.begin()
        && let Some(outcome) = running.outcome().await
    {
        return outcome;
    }
    reading.await
}

/// A reading's being under way, until it is dropped, also by a panic: else nobody could ever read this one again.
struct Stay<T> {
    desk: Arc<Desk<T>>,
    queue: (Purpose, String),
    key: (String, bool),
    has_begun: Arc<AtomicBool>,
    is_running: bool,
}

impl<T: Clone> Stay<T> {
    /// Takes the turn. Gives the reading of the same repository that has begun meanwhile, if there is one.
    fn begin(&mut self) -> Option<UnderWay<T>> {
        let mut state = self.desk.lock();
        self.has_begun.store(true, Ordering::Release);
        let own = state.queues.get_mut(&self.queue)?.waiting.remove(&self.key)?;
        if let Some(running) = state.running.get(&self.key.0) {
            return Some(running.clone());
        }
        state.running.insert(self.key.0.clone(), own);
        self.is_running = true;
        None
    }
}

impl<T> Drop for Stay<T> {
    fn drop(&mut self) {
        let mut state = self.desk.lock();
        if self.is_running {
            state.running.remove(&self.key.0);
        }
        let Some(queue) = state.queues.get_mut(&self.queue) else { return };
        if !self.has_begun.load(Ordering::Acquire) {
            queue.waiting.remove(&self.key);
        }
        queue.readings -= 1;
        if queue.readings == 0 {
            state.queues.remove(&self.queue);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{future::pending, sync::Arc, time::Duration};

    use tokio::time::{sleep, timeout};

    use super::{Asker, Desk, MOST_WAITING, Purpose, READINGS_OF_ONE};

    const MALLORY: Asker<'_> = Asker { caller: "mallory", purpose: Purpose::Adding };
    const BOB: Asker<'_> = Asker { caller: "bob", purpose: Purpose::Adding };

    #[tokio::test]
    async fn who_asks_for_many_waits_for_themselves() {
        let desk = Arc::new(Desk::<u32>::default());
        let slow = |number: usize| desk.join(MALLORY, &number.to_string(), false, pending()).unwrap();
        let readings: Vec<_> = (0..=READINGS_OF_ONE).map(slow).collect();
        sleep(Duration::from_millis(20)).await;
        assert!(readings[..READINGS_OF_ONE].iter().all(|reading| reading.has_begun()));
        assert!(!readings[READINGS_OF_ONE].has_begun());
        // What waits for her doesn't for others.
        let victim = desk.join(MALLORY, "victim", false, async { 1 }).unwrap();
        let found = desk.join(BOB, "victim", false, async { 2 }).unwrap();
        assert_eq!(timeout(Duration::from_secs(5), found.outcome()).await.unwrap(), Some(2));
        assert!(!victim.has_begun());
        // What has begun is shared.
        assert!(desk.join(BOB, "0", false, async { 3 }).unwrap().has_begun());
        for number in 0..2 * MOST_WAITING {
            desk.join(MALLORY, &format!("more {number}"), false, pending());
        }
        assert!(desk.join(MALLORY, "too many", false, pending()).is_none());
        assert!(desk.join(BOB, "too many", false, async { 4 }).is_some());
    }

    #[tokio::test]
    async fn nothing_is_left_of_what_is_over() {
        let desk = Arc::new(Desk::<u32>::default());
        let panicked = desk.join(BOB, "alice", false, async { panic!("on purpose") }).unwrap();
        assert_eq!(panicked.outcome().await, None);
        let (one, other) = (desk.join(BOB, "alice", false, async { 1 }), desk.join(BOB, "alice", false, async { 2 }));
        assert_eq!((one.unwrap().outcome().await, other.unwrap().outcome().await), (Some(1), Some(1)));
        assert!(desk.lock().running.is_empty() && desk.lock().queues.is_empty());
    }
}

//! What one caller may take of the server: requests in a time, requests at once, and memory for what they send.
//!
//! Counted after the token was verified: nobody can use up somebody else's share. A caller who asks for more at once than
//! their share allows waits for themselves, and holds nothing meanwhile that others need. Each replica counts for itself,
//! so an operator with several sets the share of one.

use std::{
    num::NonZeroU32,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use dashmap::DashMap;
use governor::{DefaultDirectRateLimiter, Quota, clock::Clock as _};
use lexicon_runtime::error::{RateLimit, Refusal};
use tokio::{sync::Semaphore, time::Instant};

/// How long a caller waits before they try again what the server is too busy for.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// Below this many callers it isn't worth looking for those who are gone.
const SMALLEST_SWEEP: usize = 1024;

/// Memory for bodies is counted in pieces of so many bytes.
const PIECE: usize = 1024;

/// One caller can have this part of the memory for bodies.
const PART_OF_MEMORY: usize = 8;

/// How often something may be done.
#[derive(Clone, Copy, Debug)]
pub struct Rate {
    /// On average; 0 for any number.
    pub per_second: u32,
    /// At once after a pause.
    pub burst: u32,
}

/// How much there is to share, and how much of it one caller may take.
#[derive(Clone, Copy, Debug)]
pub struct Shares {
    /// Requests in progress, of all callers together.
    pub requests: usize,
    /// Requests in progress of one caller.
    pub requests_of_one: usize,
    /// Bytes of long bodies that are being read or worked on, of all callers together.
    pub body_memory: usize,
    /// The longest body, for which one caller's part of that always suffices.
    pub longest_body: usize,
    /// Requests of one caller.
    pub rate: Rate,
    /// What one caller shows that is not kept.
    pub ephemeral_rate: Rate,
}

/// The callers of late.
pub struct Callers {
    known: DashMap<String, Arc<Share>>,
    /// How many callers there may be before those who are gone are forgotten.
    sweep_at: Mutex<usize>,
    started: Instant,
    shares: Shares,
    common: Arc<Common>,
}

/// What all callers take from.
struct Common {
    places: Semaphore,
    bodies: Semaphore,
}

/// What one caller takes from.
pub struct Share {
    common: Arc<Common>,
    rate: Limiter,
    ephemeral_rate: Limiter,
    places: Semaphore,
    waiting: AtomicUsize,
    most_waiting: usize,
    /// For what only one of their requests does at a time.
    turn: Semaphore,
    bodies: Semaphore,
    body_pieces: u32,
    /// In seconds since the start.
    used_at: AtomicU64,
}

/// The right of one request to be in progress, and what else it has taken; all given back when dropped.
pub struct Place {
    share: Arc<Share>,
    has_turn: AtomicBool,
    body_pieces: AtomicU32,
}

impl Callers {
    /// Nobody has called yet.
    pub fn new(shares: Shares) -> Self {
        let common =
            Common { places: Semaphore::new(shares.requests), bodies: Semaphore::new(shares.body_memory / PIECE) };
        Self {
            known: DashMap::new(),
            sweep_at: Mutex::new(SMALLEST_SWEEP),
            started: Instant::now(),
            shares,
            common: Arc::new(common),
        }
    }

    /// The share of a caller who has proven who they are.
    pub fn share(&self, caller: &str) -> Arc<Share> {
        self.share_at(caller, self.started.elapsed().as_secs())
    }

    fn share_at(&self, caller: &str, now: u64) -> Arc<Share> {
        if let Some(share) = self.known.get(caller) {
            share.used_at.store(now, Ordering::Relaxed);
            return Arc::clone(&share);
        }
        self.sweep(now);
        let share = self.known.entry(caller.to_owned()).or_insert_with(|| Arc::new(self.new_share(now)));
        Arc::clone(&share)
    }

    fn new_share(&self, now: u64) -> Share {
        let Shares { requests_of_one, body_memory, longest_body, rate, ephemeral_rate, .. } = self.shares;
        let body_pieces = (body_memory / PART_OF_MEMORY).max(longest_body).div_ceil(PIECE);
        Share {
            common: Arc::clone(&self.common),
            rate: Limiter::new(rate),
            ephemeral_rate: Limiter::new(ephemeral_rate),
            places: Semaphore::new(requests_of_one),
            waiting: AtomicUsize::new(0),
            most_waiting: rate.burst as usize,
            turn: Semaphore::new(1),
            bodies: Semaphore::new(body_pieces),
            body_pieces: u32::try_from(body_pieces).unwrap_or(u32::MAX),
            used_at: AtomicU64::new(now),
        }
    }

    /// Forgets callers who are gone, each time that their number has doubled, so that a call costs constant time.
    fn sweep(&self, now: u64) {
        let Ok(mut sweep_at) = self.sweep_at.try_lock() else { return };
        if self.known.len() < *sweep_at {
            return;
        }
        // Whoever was away for so long may call as often as somebody new.
        let refill = self.shares.rate.refill().max(self.shares.ephemeral_rate.refill());
        self.known
            .retain(|_, share| Arc::strong_count(share) > 1 || now <= share.used_at.load(Ordering::Relaxed) + refill);
        *sweep_at = SMALLEST_SWEEP.max(self.known.len() * 2);
    }
}

impl Rate {
    /// After how many seconds of silence all of the burst is there again.
    fn refill(self) -> u64 {
        u64::from(self.burst.checked_div(self.per_second).unwrap_or(0)) + 1
    }
}

impl Share {
    /// Counts `items` that a request asks for: requests, or what takes about as much work.
    ///
    /// # Errors
    /// 429 when there were too many, with the time after which so many are allowed.
    pub fn charge(&self, items: usize) -> Result<(), Refusal> {
        self.rate.charge(items)
    }

    /// Counts something that is shown and not kept.
    ///
    /// # Errors
    /// As [`Share::charge`].
    pub fn charge_ephemeral(&self) -> Result<(), Refusal> {
        self.ephemeral_rate.charge(1)
    }

    /// A place for a request, as soon as the caller's other requests leave one.
    ///
    /// # Errors
    /// 429 when too many of their requests wait already, 503 when all callers together have too many in progress.
    pub async fn enter(self: Arc<Self>) -> Result<Place, Refusal> {
        let own = match self.places.try_acquire() {
            Ok(own) => own,
            Err(_) => self.wait().await?,
        };
        let Ok(place) = self.common.places.try_acquire() else {
            return Err(Refusal::unavailable("the server is busy", RETRY_AFTER));
        };
        own.forget();
        place.forget();
        Ok(Place { share: self, has_turn: AtomicBool::new(false), body_pieces: AtomicU32::new(0) })
    }

    async fn wait(&self) -> Result<tokio::sync::SemaphorePermit<'_>, Refusal> {
        let _waiting = Waiting::begin(&self.waiting, self.most_waiting)?;
        Ok(self.places.acquire().await.expect(NEVER_CLOSED))
    }
}

const NEVER_CLOSED: &str = "nobody closes it";

/// Counts a request among those that wait.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn begin(count: &'a AtomicUsize, most: usize) -> Result<Self, Refusal> {
        let waiting = Self(count);
        if count.fetch_add(1, Ordering::Relaxed) >= most {
            let limit = RateLimit { limit: most as u64, remaining: 0, reset: RETRY_AFTER };
            return Err(Refusal::rate_limited("Too many requests at once.", limit));
        }
        Ok(waiting)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Place {
    /// The caller's share, to charge it for more than a request.
    pub fn share(&self) -> &Share {
        &self.share
    }

    /// Waits until this is the only one of the caller's requests that has the turn. Asked for before a connection to the
    /// database, so that a caller who waits for themselves keeps none.
    pub async fn take_turn(&self) {
        if !self.has_turn.load(Ordering::Relaxed) {
            self.share.turn.acquire().await.expect(NEVER_CLOSED).forget();
            self.has_turn.store(true, Ordering::Relaxed);
        }
    }

    /// Sets memory aside for a long body, as soon as the caller's other requests leave enough of their part.
    ///
    /// # Errors
    /// 503 when all callers together have too much.
    pub async fn make_room(&self, bytes: usize) -> Result<(), Refusal> {
        let pieces = u32::try_from(bytes.div_ceil(PIECE)).unwrap_or(u32::MAX).min(self.share.body_pieces);
        let own = self.share.bodies.acquire_many(pieces).await.expect(NEVER_CLOSED);
        let Ok(room) = self.share.common.bodies.try_acquire_many(pieces) else {
            return Err(Refusal::unavailable("the server is busy with long requests", RETRY_AFTER));
        };
        own.forget();
        room.forget();
        self.body_pieces.fetch_add(pieces, Ordering::Relaxed);
        Ok(())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Share { common, places, turn, bodies, .. } = &*self.share;
        let body = *self.body_pieces.get_mut() as usize;
        if body > 0 {
            common.bodies.add_permits(body);
            bodies.add_permits(body);
        }
        if *self.has_turn.get_mut() {
            turn.add_permits(1);
        }
        common.places.add_permits(1);
        places.add_permits(1);
    }
}

/// Counts what is done in a time; nothing when any number is allowed.
struct Limiter(Option<(DefaultDirectRateLimiter, NonZeroU32)>);

impl Limiter {
    fn new(rate: Rate) -> Self {
        let rate = NonZeroU32::new(rate.per_second).zip(NonZeroU32::new(rate.burst));
        Self(rate.map(|(per_second, burst)| {
            (DefaultDirectRateLimiter::direct(Quota::per_second(per_second).allow_burst(burst)), burst)
        }))
    }

    fn charge(&self, items: usize) -> Result<(), Refusal> {
        let Some((limiter, burst)) = &self.0 else { return Ok(()) };
        // What is more than a whole burst takes a whole burst.
        let items = u32::try_from(items).ok().and_then(NonZeroU32::new).map_or(*burst, |items| items.min(*burst));
        let Ok(Err(until)) = limiter.check_n(items) else { return Ok(()) };
        // Whole seconds, rounded up: a client that waits so long is let in.
        let wait = Duration::from_secs(until.wait_time_from(limiter.clock().now()).as_secs() + 1);
        let limit = RateLimit { limit: burst.get().into(), remaining: 0, reset: wait };
        Err(Refusal::rate_limited("Too many requests.", limit))
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::Arc, time::Duration};

    use tokio::time::timeout;

    use super::{Callers, Rate, SMALLEST_SWEEP, Shares};

    const ANY_NUMBER: Rate = Rate { per_second: 0, burst: 500 };

    fn shares() -> Shares {
        Shares {
            requests: 4,
            requests_of_one: 2,
            body_memory: 64 << 10,
            longest_body: 8 << 10,
            rate: ANY_NUMBER,
            ephemeral_rate: ANY_NUMBER,
        }
    }

    fn limited(per_second: u32, burst: u32) -> Callers {
        Callers::new(Shares { rate: Rate { per_second, burst }, ..shares() })
    }

    #[test]
    fn a_caller_has_a_burst_of_their_own() {
        let callers = limited(1, 3);
        for _ in 0..3 {
            assert!(callers.share("did:plc:alice").charge(1).is_ok());
        }
        let refusal = callers.share("did:plc:alice").charge(1).unwrap_err();
        assert!(refusal.retry_after().is_some_and(|wait| !wait.is_zero()));
        assert!(callers.share("did:plc:bob").charge(1).is_ok());
    }

    #[test]
    fn items_count_like_requests_up_to_a_burst() {
        let callers = limited(1, 5);
        assert!(callers.share("did:plc:alice").charge(5).is_ok());
        assert!(callers.share("did:plc:alice").charge(1).is_err());
        assert!(callers.share("did:plc:bob").charge(100).is_ok());
        assert!(callers.share("did:plc:bob").charge(1).is_err());
    }

    #[test]
    fn zero_means_no_limit() {
        let callers = limited(0, 1);
        assert!((0..1000).all(|_| callers.share("did:plc:alice").charge(1).is_ok()));
    }

    #[test]
    fn callers_are_forgotten_once_they_are_gone_and_no_sooner() {
        let callers = limited(1, 20);
        let present = callers.share_at("did:plc:present", 0);
        for number in 0..2 * SMALLEST_SWEEP {
            callers.share_at(&format!("did:plc:{number}"), 0);
        }
        assert_eq!(callers.known.len(), 2 * SMALLEST_SWEEP + 1, "nobody is gone for long");
        assert_eq!(*callers.sweep_at.lock().unwrap(), 4 * SMALLEST_SWEEP, "it was looked for them");
        for number in 0..2 * SMALLEST_SWEEP {
            callers.share_at(&format!("did:web:{number}"), 22);
        }
        assert_eq!(callers.known.len(), 2 * SMALLEST_SWEEP + 1);
        assert!(Arc::ptr_eq(&present, &callers.share_at("did:plc:present", 22)));
    }

    #[tokio::test]
    async fn who_asks_for_too_much_at_once_waits_for_themselves() {
        let callers = Callers::new(shares());
        let first = callers.share("alice").enter().await.unwrap();
        let second = callers.share("alice").enter().await.unwrap();
        let mut third = Box::pin(callers.share("alice").enter());
        assert!(timeout(Duration::from_millis(10), &mut third).await.is_err(), "a third one waits");
        let _others = (callers.share("bob").enter().await.unwrap(), callers.share("bob").enter().await.unwrap());
        assert!(callers.share("carol").enter().await.is_err(), "the server is full");
        drop(first);
        let third = third.await.unwrap();
        drop((second, third));
        assert!(callers.share("carol").enter().await.is_ok());
    }

    #[tokio::test]
    async fn no_more_wait_than_may_come_at_once() {
        let callers = Callers::new(Shares { rate: Rate { per_second: 0, burst: 1 }, ..shares() });
        let alice = callers.share("alice");
        let _places = (alice.clone().enter().await.unwrap(), alice.clone().enter().await.unwrap());
        let mut waiting = Box::pin(alice.clone().enter());
        assert!(timeout(Duration::from_millis(10), &mut waiting).await.is_err());
        assert!(alice.clone().enter().await.is_err());
        drop(waiting);
        let again = timeout(Duration::from_millis(10), alice.enter()).await;
        assert!(again.is_err(), "who gave up waits no more");
    }

    #[tokio::test]
    async fn memory_for_bodies_is_shared_and_given_back() {
        let callers = Callers::new(Shares { requests: 20, ..shares() });
        let alice = callers.share("alice");
        let (first, second) = (alice.clone().enter().await.unwrap(), alice.enter().await.unwrap());
        first.make_room(8 << 10).await.unwrap();
        let mut waiting = Box::pin(second.make_room(1));
        assert!(timeout(Duration::from_millis(10), &mut waiting).await.is_err(), "her part is used up");
        let mut others = Vec::new();
        for number in 0..7 {
            let other = callers.share(&number.to_string()).enter().await.unwrap();
            other.make_room(8 << 10).await.unwrap();
            others.push(other);
        }
        let late = callers.share("late").enter().await.unwrap();
        assert!(late.make_room(1).await.is_err(), "all of it is used up");
        drop(first);
        waiting.await.unwrap();
        late.make_room(1).await.unwrap();
    }

    #[tokio::test]
    async fn turns_are_taken_one_after_the_other() {
        let callers = Callers::new(shares());
        let alice = callers.share("alice");
        let (first, second) = (alice.clone().enter().await.unwrap(), alice.enter().await.unwrap());
        first.take_turn().await;
        first.take_turn().await;
        let mut waiting = Box::pin(second.take_turn());
        assert!(timeout(Duration::from_millis(10), &mut waiting).await.is_err());
        drop(first);
        waiting.await;
    }
}

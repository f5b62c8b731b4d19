//! How often one caller may call.
//!
//! Charged after the token was verified: nobody can use up somebody else's share. Each replica counts for itself, so an
//! operator with several sets the share of one.

use std::{
    num::NonZeroU32,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use governor::{
    DefaultKeyedRateLimiter, Quota,
    clock::{Clock, DefaultClock},
};
use lexicon_runtime::error::{RateLimit, Refusal};

/// So many counters are kept before those are dropped that say nothing any more. If most still do, it is looked again when
/// there are twice as many: looking at all of them for each request would cost more than the requests.
const SWEEP_AT: usize = 10_000;

/// Counts the requests of each caller.
pub struct RateLimiter {
    /// Nothing when the operator wants no limit.
    callers: Option<DefaultKeyedRateLimiter<String>>,
    /// How many there may be before the next sweep.
    sweep_at: AtomicUsize,
    burst: u32,
    clock: DefaultClock,
}

impl RateLimiter {
    /// Allows `per_second` requests on average and `burst` at once; `per_second` 0 allows any number.
    pub fn new(per_second: u32, burst: u32) -> Self {
        let rate = NonZeroU32::new(per_second).zip(NonZeroU32::new(burst));
        let quota = rate.map(|(per_second, burst)| Quota::per_second(per_second).allow_burst(burst));
        let callers = quota.map(DefaultKeyedRateLimiter::keyed);
        Self { callers, sweep_at: AtomicUsize::new(SWEEP_AT), burst, clock: DefaultClock::default() }
    }

    /// Counts a request of a caller who has proven who they are.
    ///
    /// # Errors
    /// 429 when there were too many, with the time after which one more is allowed.
    pub fn check(&self, caller: &str) -> Result<(), Refusal> {
        let Some(callers) = &self.callers else { return Ok(()) };
        if callers.len() > self.sweep_at.load(Ordering::Relaxed) {
            callers.retain_recent();
            self.sweep_at.store(SWEEP_AT.max(callers.len() * 2), Ordering::Relaxed);
        }
        callers.check_key(&caller.to_owned()).map_err(|until| {
            // Whole seconds, rounded up: a client that waits so long is let in.
            let wait = until.wait_time_from(self.clock.now()).as_secs() + 1;
            let wait = Duration::from_secs(wait);
            let limit = RateLimit { limit: self.burst.into(), remaining: 0, reset: wait };
            Refusal::rate_limited("Too many requests.", limit)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::RateLimiter;

    #[test]
    fn a_caller_has_a_burst_of_their_own() {
        let limiter = RateLimiter::new(1, 3);
        for _ in 0..3 {
            assert!(limiter.check("did:plc:alice").is_ok());
        }
        let refusal = limiter.check("did:plc:alice").unwrap_err();
        assert!(refusal.retry_after().is_some_and(|wait| !wait.is_zero()));
        assert!(limiter.check("did:plc:bob").is_ok());
    }

    #[test]
    fn many_callers_at_once_are_not_looked_at_for_each_request() {
        // None is forgotten for ten seconds.
        let limiter = RateLimiter::new(1, 10);
        for caller in 0..=super::SWEEP_AT + 1 {
            (0..10).for_each(|_| limiter.check(&caller.to_string()).unwrap());
        }
        let sweep_at = limiter.sweep_at.load(super::Ordering::Relaxed);
        assert!(sweep_at > 2 * super::SWEEP_AT, "{sweep_at}: all of them count, and will be looked at again at once");
    }

    #[test]
    fn zero_means_no_limit() {
        let limiter = RateLimiter::new(0, 1);
        assert!((0..1000).all(|_| limiter.check("did:plc:alice").is_ok()));
    }
}

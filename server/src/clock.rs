//! The time, as an argument, so that tests decide what time it is. The only place that asks the machine.

use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, DurationRound, TimeDelta, Utc};

/// Where the server gets the time from.
pub trait Clock: Send + Sync + 'static {
    /// The current time.
    fn now(&self) -> DateTime<Utc>;
}

/// The clock of the machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "everybody else asks this clock")]
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }
}

/// A clock that stands still until it is moved.
#[derive(Debug)]
pub struct ManualClock(Mutex<DateTime<Utc>>);

impl ManualClock {
    /// A clock that shows `now`.
    pub fn new(now: DateTime<Utc>) -> Self {
        Self(Mutex::new(now))
    }

    /// Moves it, forwards or back.
    pub fn advance(&self, by: TimeDelta) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) += by;
    }
}

impl Clock for ManualClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Cuts a time to a bucket of two seconds, as all times are that clients see: the exact moment at which somebody wrote
/// tells more about them than others need to know.
pub fn bucket(time: DateTime<Utc>) -> DateTime<Utc> {
    // Rounding fails only centuries away from now, where no clock of ours is.
    time.duration_trunc(TimeDelta::seconds(2)).unwrap_or(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_cut_to_even_seconds() {
        let time: DateTime<Utc> = "2026-01-02T03:04:05.678Z".parse().unwrap();
        assert_eq!(bucket(time).to_rfc3339(), "2026-01-02T03:04:04+00:00");
        assert_eq!(bucket(bucket(time)), bucket(time));
        let before_1970: DateTime<Utc> = "1969-12-31T23:59:59.5Z".parse().unwrap();
        assert_eq!(bucket(before_1970).to_rfc3339(), "1969-12-31T23:59:58+00:00");
    }
}

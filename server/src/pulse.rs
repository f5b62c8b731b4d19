//! Whether work goes on that nobody waits for, for those who must know: a server that follows no events looks well otherwise.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

/// As long as it may be silent: longer than its slowest step may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// The pulse of some work, shared by everybody who holds a clone.
#[derive(Clone, Debug, Default)]
pub struct Pulse(Arc<Mutex<State>>);

#[derive(Clone, Copy, Debug, Default)]
enum State {
    /// There was no such work yet.
    #[default]
    Unborn,
    Beating(Instant),
    Stopped,
}

impl Pulse {
    /// The work goes on.
    pub fn beat(&self) {
        *self.lock() = State::Beating(Instant::now());
    }

    /// It doesn't, until it beats again.
    pub fn stop(&self) {
        *self.lock() = State::Stopped;
    }

    /// Whether it goes on; also where it has not begun.
    pub fn is_well(&self) -> bool {
        self.was_well(Instant::now())
    }

    fn was_well(&self, now: Instant) -> bool {
        match *self.lock() {
            State::Unborn => true,
            State::Beating(last) => now.duration_since(last) < PATIENCE,
            State::Stopped => false,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::{Duration, Instant, Pulse};

    #[test]
    fn silence_is_no_good_sign() {
        let pulse = Pulse::default();
        assert!(pulse.is_well());
        pulse.clone().beat();
        assert!(pulse.was_well(Instant::now() + Duration::from_secs(29)));
        assert!(!pulse.was_well(Instant::now() + Duration::from_secs(31)));
        pulse.stop();
        assert!(!pulse.is_well());
        pulse.beat();
        assert!(pulse.is_well());
    }
}

//! Where the server is in its life, for those who must behave accordingly: readiness, and streams that end at a stop.

use std::sync::Arc;

use tokio::sync::watch;

/// A stage of the server's life. They follow one another in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Not yet accepting requests.
    Starting,
    /// Accepting requests.
    Ready,
    /// Finishing the requests in progress, accepting no more.
    Draining,
}

/// The server's phase, shared by everybody who holds a clone.
#[derive(Clone, Debug)]
pub struct Lifecycle(Arc<watch::Sender<Phase>>);

impl Default for Lifecycle {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(Phase::Starting)))
    }
}

impl Lifecycle {
    /// The current phase.
    pub fn phase(&self) -> Phase {
        *self.0.borrow()
    }

    /// Moves on to `phase`; going back is not possible.
    pub fn advance(&self, phase: Phase) {
        self.0.send_if_modified(|current| {
            let later = phase > *current;
            *current = phase.max(*current);
            later
        });
    }

    /// Ends when the server drains. Streams wait for it beside their events, and then close, so that clients reconnect
    /// elsewhere with their cursor.
    pub async fn draining(&self) {
        // Fails only when the sender is gone, which we hold.
        let _ = self.0.subscribe().wait_for(|phase| *phase == Phase::Draining).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn phases_only_move_on() {
        let lifecycle = Lifecycle::default();
        lifecycle.advance(Phase::Draining);
        lifecycle.advance(Phase::Ready);
        assert_eq!(lifecycle.phase(), Phase::Draining);
        lifecycle.clone().draining().await;
    }
}

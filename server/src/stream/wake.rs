//! Telling followers of the log that there is something new.

use std::sync::Arc;

use tokio::sync::Notify;

/// Wakes this server's tailer, and has the other servers' woken. Clones wake the same.
#[derive(Clone, Debug, Default)]
pub struct Waker(Arc<Signals>);

#[derive(Debug, Default)]
struct Signals {
    here: Notify,
    elsewhere: Notify,
}

impl Waker {
    /// Events were committed by this server.
    pub fn wake(&self) {
        self.0.here.notify_one();
        self.0.elsewhere.notify_one();
    }

    /// Events were committed by another server.
    pub fn wake_here(&self) {
        self.0.here.notify_one();
    }

    /// Waits until there may be something new here.
    pub async fn woken(&self) {
        self.0.here.notified().await;
    }

    /// Waits until the others are to be told.
    pub async fn to_be_passed_on(&self) {
        self.0.elsewhere.notified().await;
    }
}

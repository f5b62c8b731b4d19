//! Whether there are other servers. One that has heard of no other for a while needs to wake nobody.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::{sync::Notify, time::Instant};

use super::SILENCE;

/// What a server knows of the others.
#[derive(Debug, Default)]
pub struct Company {
    /// When another one was heard last, or the listening began; nothing while nobody could be heard.
    heard: Mutex<Option<Instant>>,
    question: Notify,
    answer: Notify,
}

impl Company {
    /// Whether another one would have been heard.
    pub fn is_alone(&self) -> bool {
        self.heard().is_some_and(|heard| heard.elapsed() > SILENCE)
    }

    /// From now on others are heard. They are asked who they are, so that they know of this one too.
    pub fn listen(&self) {
        *self.heard() = Some(Instant::now());
        self.ask();
    }

    /// Nobody is heard any more.
    pub fn stop_listening(&self) {
        *self.heard() = None;
    }

    /// Has the others asked.
    pub fn ask(&self) {
        self.question.notify_one();
    }

    /// Another one was heard. It is answered if it asks, or if it was not known and may know as little; however many there are
    /// to be answered at once, one signal answers all.
    pub fn meet(&self, asks: bool) {
        let was_alone = self.is_alone();
        *self.heard() = Some(Instant::now());
        if asks || was_alone {
            self.answer.notify_one();
        }
    }

    /// Waits until the others are to be asked.
    pub async fn to_be_asked(&self) {
        self.question.notified().await;
    }

    /// Waits until another one is to be answered.
    pub async fn to_be_answered(&self) {
        self.answer.notified().await;
    }

    fn heard(&self) -> MutexGuard<'_, Option<Instant>> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

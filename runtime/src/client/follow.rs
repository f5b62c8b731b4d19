//! Following a stream of Server-Sent Events over broken connections.

use std::time::Duration;

use futures::stream::{self, StreamExt};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::events::{NotOpened, SseEvents, StreamingClient, events_within};
use super::{BoxError, ClientError};
use crate::error::DeclaredError;
use crate::service::MethodInfo;
use crate::stream::SseItem;

/// How a stream is followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Follow {
    /// The pause after the first failure, at most; it doubles with each further one. What is waited is between half of it
    /// and all of it, so that clients that were cut off together don't come back together.
    pub first_pause: Duration,
    /// The longest pause.
    pub longest_pause: Duration,
    /// A server that doesn't answer for so long, or a connection that brings nothing, not even a comment, counts as gone.
    pub silence: Duration,
}

impl Default for Follow {
    fn default() -> Self {
        Self {
            first_pause: Duration::from_millis(500),
            longest_pause: Duration::from_secs(30),
            silence: Duration::from_secs(45),
        }
    }
}

/// Calls a query whose output is a stream of events, and again behind the last of them whenever the stream breaks off.
///
/// `cursor` says where to go on after an event, if that changes it. It moves when an event is given out and by nothing else, so
/// nothing is skipped, and nothing comes twice from a server that goes on right behind a cursor. The stream ends with the
/// first error that trying again can't mend: one that the method declares, a refusal of the request itself or of two tokens
/// in a row, or an event that can't be read.
pub fn follow<X, P, T, E>(
    xrpc: X,
    method: &'static MethodInfo,
    params: Option<P>,
    last_event_id: Option<String>,
    options: Follow,
    cursor: impl Fn(&SseItem<T>) -> Option<String> + Send + 'static,
) -> SseEvents<T, E>
where
    X: StreamingClient + Send + Sync + 'static,
    P: Serialize + Send + Sync + 'static,
    T: DeserializeOwned + Send + 'static,
    E: DeclaredError + Send + 'static,
{
    let pursuit =
        Pursuit { xrpc, method, params, last_event_id, options, cursor, events: None, failures: 0, is_refused: false };
    let items = stream::unfold(Some(pursuit), |pursuit| async move {
        let mut pursuit = pursuit?;
        match pursuit.next().await {
            Ok(item) => Some((Ok(item), Some(pursuit))),
            Err(error) => Some((Err(error), None)),
        }
    });
    SseEvents(items.boxed())
}

struct Pursuit<X, P, T, E, F> {
    xrpc: X,
    method: &'static MethodInfo,
    params: Option<P>,
    last_event_id: Option<String>,
    options: Follow,
    cursor: F,
    events: Option<SseEvents<T, E>>,
    /// Since the last event.
    failures: u32,
    /// Whether the last token was refused.
    is_refused: bool,
}

impl<X, P, T, E, F> Pursuit<X, P, T, E, F>
where
    X: StreamingClient + Send + Sync,
    P: Serialize + Send + Sync,
    T: DeserializeOwned + Send + 'static,
    E: DeclaredError + Send + 'static,
    F: Fn(&SseItem<T>) -> Option<String>,
{
    async fn next(&mut self) -> Result<SseItem<T>, ClientError<E>> {
        loop {
            let retry_after = match self.try_next().await {
                Ok(Some(item)) => {
                    (self.failures, self.is_refused) = (0, false);
                    if let Some(cursor) = (self.cursor)(&item) {
                        self.last_event_id = Some(cursor);
                    }
                    return Ok(item);
                }
                Ok(None) => None,
                Err(failure) => self.judge(failure)?,
            };
            self.events = None;
            self.pause(retry_after.unwrap_or_default()).await;
        }
    }

    /// How long the server asks to wait, when trying again may help.
    fn judge(&mut self, NotOpened { error, retry_after }: NotOpened<E>) -> Result<Option<Duration>, ClientError<E>> {
        // A token may have run out on its way.
        let is_refused = matches!(error, ClientError::Refused { status: 401, .. });
        if !is_passing(&error) && (!is_refused || self.is_refused) {
            return Err(error);
        }
        tracing::debug!("a stream broke off: {error}");
        self.is_refused = is_refused;
        Ok(retry_after)
    }

    /// The next event of the connection that is open, or of a new one; nothing when the server has ended it.
    async fn try_next(&mut self) -> Result<Option<SseItem<T>>, NotOpened<E>> {
        let events = match &mut self.events {
            Some(events) => events,
            none => {
                let (params, id) = (self.params.as_ref(), self.last_event_id.as_deref());
                let silence = Some(self.options.silence);
                none.insert(events_within(&self.xrpc, self.method, params, id, silence).await?)
            }
        };
        Ok(events.next().await.transpose()?)
    }

    async fn pause(&mut self, at_least: Duration) {
        let Follow { first_pause, longest_pause, .. } = self.options;
        let pause = first_pause.saturating_mul(2_u32.saturating_pow(self.failures)).min(longest_pause);
        self.failures = self.failures.saturating_add(1);
        tokio::time::sleep(at_least.max(pause.mul_f64(rand::random_range(0.5..=1.0)))).await;
    }
}

/// Whether trying again may help.
fn is_passing<E>(error: &ClientError<E>) -> bool {
    match error {
        ClientError::Transport(_) => true,
        ClientError::Refused { status: 0, name, .. } => {
            matches!(name.as_str(), "ServiceUnavailable" | "InternalServerError" | "RateLimitExceeded")
        }
        ClientError::Refused { status, .. } => matches!(status, 408 | 429 | 500..),
        ClientError::Declared(_) | ClientError::Decode(_) => false,
    }
}

/// The failure of a connection that brings nothing.
pub(super) fn silent() -> BoxError {
    "the connection has fallen silent".into()
}

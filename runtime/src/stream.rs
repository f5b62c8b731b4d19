//! Outputs that go on: Server-Sent Events, and messages over WebSocket.

pub mod frame;
mod messages;
mod shared;
mod sse;

use std::fmt;

use futures::stream::{BoxStream, Stream, StreamExt};

use crate::error::{DeclaredError, Failure, Refusal};

pub(crate) use messages::serve_messages;
pub use shared::Shared;

/// One event of a stream of Server-Sent Events.
#[derive(Clone, Debug, PartialEq)]
pub struct SseItem<T> {
    /// Where a client that lost its connection goes on from: it sends this back as `Last-Event-ID`. One line.
    pub id: Option<String>,
    /// The name of the event. One line.
    pub event: Option<String>,
    /// The event, sent as JSON.
    pub data: T,
}

/// The output of a query whose encoding is `text/event-stream`.
///
/// The stream is dropped when the client goes away. An [`Interruption`] ends it: the client gets it as an event named `error`
/// with the usual error body. An end without one is that of the server, and the client is told after how long to connect
/// again.
pub struct SseStream<T>(BoxStream<'static, Result<Shared<SseItem<T>>, Interruption>>);

impl<T: Send + Sync + 'static> SseStream<T> {
    /// Sends what `items` gives until it ends.
    pub fn new(items: impl Stream<Item = Result<SseItem<T>, Interruption>> + Send + 'static) -> Self {
        Self::shared(items.map(|item| item.map(Shared::new)))
    }

    /// The same with events that other streams send too: each is written once for all of them.
    pub fn shared(items: impl Stream<Item = Result<Shared<SseItem<T>>, Interruption>> + Send + 'static) -> Self {
        Self(items.boxed())
    }
}

impl<T> fmt::Debug for SseStream<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SseStream")
    }
}

/// Why a stream of events ends before its time.
#[derive(Debug)]
pub enum Interruption {
    /// An error that the method declares.
    Declared {
        /// Its name.
        name: &'static str,
        /// What the client is told beside the name.
        message: String,
    },
    /// A reason that isn't particular to the method.
    Refused(Refusal),
}

impl<E: DeclaredError> From<E> for Interruption {
    fn from(error: E) -> Self {
        Self::Declared { name: error.name(), message: error.message().to_owned() }
    }
}

impl From<Refusal> for Interruption {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl<E: DeclaredError> From<Failure<E>> for Interruption {
    fn from(failure: Failure<E>) -> Self {
        match failure {
            Failure::Declared(error) => error.into(),
            Failure::Refused(refusal) => refusal.into(),
        }
    }
}

impl Interruption {
    /// Name and message for the client. An internal error is logged here.
    pub(crate) fn wire(self, nsid: &'static str) -> (&'static str, String) {
        match self {
            Self::Declared { name, message } => (name, message),
            Self::Refused(refusal) => refusal.wire(nsid),
        }
    }
}

/// The output of a subscription: messages, each sent as one frame over WebSocket.
///
/// The stream is dropped when the client goes away. A failure ends it: the client gets an error frame and a close frame. An end
/// without one is that of the server, and the close frame asks the client to connect again.
pub struct MessageStream<M, E>(BoxStream<'static, Result<Shared<M>, Failure<E>>>);

impl<M: Send + Sync + 'static, E: 'static> MessageStream<M, E> {
    /// Sends what `messages` gives until it ends.
    pub fn new(messages: impl Stream<Item = Result<M, Failure<E>>> + Send + 'static) -> Self {
        Self::shared(messages.map(|message| message.map(Shared::new)))
    }

    /// The same with messages that other streams send too: each is written once for all of them.
    pub fn shared(messages: impl Stream<Item = Result<Shared<M>, Failure<E>>> + Send + 'static) -> Self {
        Self(messages.boxed())
    }
}

impl<M, E> fmt::Debug for MessageStream<M, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MessageStream")
    }
}

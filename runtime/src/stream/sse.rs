//! Server-Sent Events on the wire.

use std::convert::Infallible;
use std::ops::RangeInclusive;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures::stream::{self, BoxStream, Stream, StreamExt};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderName, HeaderValue};
use serde::Serialize;

use super::{Interruption, Shared, SseItem, SseStream};
use crate::error::{ErrorBody, Refusal};
use crate::router::{IntoReply, Reply, panic_message};
use crate::validate::{Path, Validate};

impl<T: Serialize + Validate + Send + Sync + 'static> IntoReply for SseStream<T> {
    fn into_reply(self, reply: Reply<'_>) -> Result<Response, Refusal> {
        let options = reply.options;
        let pieces = pieces(self, reply.method.nsid, options.keep_alive, options.validate_outputs);
        let mut response = axum::body::Body::from_stream(pieces).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        // Some proxies hold a response back until they have enough of it; this tells them not to.
        headers.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
        Ok(response)
    }
}

/// Milliseconds after which a client may come back when the stream has ended in good order.
const RETRY: RangeInclusive<u64> = 250..=500;

struct Writer<T> {
    items: BoxStream<'static, Result<Shared<SseItem<T>>, Interruption>>,
    nsid: &'static str,
    keep_alive: Duration,
    validate: bool,
}

/// The stream's bytes: events, comments while there are none, and at the end an error or when to come back.
fn pieces<T: Serialize + Validate + Send + Sync + 'static>(
    stream: SseStream<T>,
    nsid: &'static str,
    keep_alive: Duration,
    validate: bool,
) -> impl Stream<Item = Result<Bytes, Infallible>> + Send {
    let items = AssertUnwindSafe(stream.0).catch_unwind();
    let items = items.map(|item| item.unwrap_or_else(|panic| Err(Refusal::internal(panic_message(&*panic)).into())));
    let writer = Writer { items: items.boxed(), nsid, keep_alive, validate };
    stream::unfold(Some(writer), |writer| async move {
        let (piece, writer) = writer?.next().await?;
        Some((Ok(piece), writer))
    })
}

impl<T: Serialize + Validate> Writer<T> {
    /// The next piece, and the writer unless it was the last.
    async fn next(mut self) -> Option<(Bytes, Option<Self>)> {
        let Ok(item) = tokio::time::timeout(self.keep_alive, self.items.next()).await else {
            return Some((Bytes::from_static(b":\n\n"), Some(self)));
        };
        // Drawn by chance, so that those whom a server ends together don't come to the next one together.
        let Some(item) = item else {
            return Some((format!("retry: {}\n\n", rand::random_range(RETRY)).into(), None));
        };
        let validate = self.validate;
        match item.and_then(|item| Ok(item.written(|item| write(item, validate))?)) {
            Ok(event) => Some((event, Some(self))),
            Err(interruption) => Some((write_error(interruption, self.nsid).into(), None)),
        }
    }
}

fn write<T: Serialize + Validate>(item: &SseItem<T>, validate: bool) -> Result<Vec<u8>, String> {
    if validate {
        item.data.validate(Path::MESSAGE).map_err(|violation| violation.to_string())?;
    }
    let mut event = Vec::with_capacity(256);
    write_line(&mut event, "id", item.id.as_deref())?;
    write_line(&mut event, "event", item.event.as_deref())?;
    event.extend_from_slice(b"data: ");
    // JSON without indentation has no line break.
    serde_json::to_writer(&mut event, &item.data).map_err(|error| error.to_string())?;
    event.extend_from_slice(b"\n\n");
    Ok(event)
}

fn write_line(event: &mut Vec<u8>, name: &str, value: Option<&str>) -> Result<(), String> {
    let Some(value) = value else { return Ok(()) };
    if value.contains(['\n', '\r', '\0']) {
        return Err(format!("the {name} of an event must be one line"));
    }
    event.extend_from_slice(format!("{name}: {value}\n").as_bytes());
    Ok(())
}

fn write_error(interruption: Interruption, nsid: &'static str) -> Vec<u8> {
    let (name, message) = interruption.wire(nsid);
    let body = ErrorBody { error: name.to_owned(), message };
    // Two strings can always be written as JSON.
    let json = serde_json::to_string(&body).unwrap_or_default();
    format!("event: error\ndata: {json}\n\n").into_bytes()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use serde::Serializer;

    use super::*;
    use crate::validate::Violation;

    static WRITTEN: AtomicUsize = AtomicUsize::new(0);
    static CHECKED: AtomicUsize = AtomicUsize::new(0);

    /// Counts how often it is written and checked.
    struct Counted;

    impl Serialize for Counted {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            WRITTEN.fetch_add(1, Ordering::Relaxed);
            serializer.serialize_str("counted")
        }
    }

    impl Validate for Counted {
        fn validate(&self, _: Path<'_>) -> Result<(), Violation> {
            CHECKED.fetch_add(1, Ordering::Relaxed);
            Ok(())
        }
    }

    #[tokio::test]
    async fn an_event_on_a_thousand_streams_is_written_and_checked_once() {
        let shared = Shared::new(SseItem { id: Some("1".to_owned()), event: None, data: Counted });
        for _ in 0..1000 {
            let stream = SseStream::shared(stream::iter([Ok(shared.clone())]));
            let written: Vec<_> = pieces(stream, "", Duration::from_secs(60), true).collect().await;
            assert_eq!(written[0], Ok(Bytes::from_static(b"id: 1\ndata: \"counted\"\n\n")));
        }
        assert_eq!((WRITTEN.load(Ordering::Relaxed), CHECKED.load(Ordering::Relaxed)), (1, 1));
    }
}

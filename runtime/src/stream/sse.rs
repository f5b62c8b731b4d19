//! Server-Sent Events on the wire.

use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use axum::response::{IntoResponse, Response};
use futures::stream::{self, BoxStream, Stream, StreamExt};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderName, HeaderValue};
use serde::Serialize;

use super::{Interruption, SseItem, SseStream};
use crate::error::{ErrorBody, Refusal};
use crate::router::{IntoReply, Reply, panic_message};
use crate::validate::{Path, Validate};

impl<T: Serialize + Validate + Send + 'static> IntoReply for SseStream<T> {
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

struct Writer<T> {
    items: BoxStream<'static, Result<SseItem<T>, Interruption>>,
    nsid: &'static str,
    keep_alive: Duration,
    validate: bool,
}

/// The stream's bytes: events, comments while there are none, and at most one error at the end.
fn pieces<T: Serialize + Validate + Send + 'static>(
    stream: SseStream<T>,
    nsid: &'static str,
    keep_alive: Duration,
    validate: bool,
) -> impl Stream<Item = Result<Vec<u8>, Infallible>> + Send {
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
    async fn next(mut self) -> Option<(Vec<u8>, Option<Self>)> {
        let Ok(item) = tokio::time::timeout(self.keep_alive, self.items.next()).await else {
            return Some((b":\n\n".to_vec(), Some(self)));
        };
        match item?.and_then(|item| self.write(&item).map_err(Interruption::from)) {
            Ok(event) => Some((event, Some(self))),
            Err(interruption) => Some((write_error(interruption, self.nsid), None)),
        }
    }

    fn write(&self, item: &SseItem<T>) -> Result<Vec<u8>, Refusal> {
        if self.validate {
            item.data.validate(Path::MESSAGE).map_err(Refusal::internal)?;
        }
        let mut event = Vec::with_capacity(256);
        write_line(&mut event, "id", item.id.as_deref())?;
        write_line(&mut event, "event", item.event.as_deref())?;
        event.extend_from_slice(b"data: ");
        // JSON without indentation has no line break.
        serde_json::to_writer(&mut event, &item.data).map_err(Refusal::internal)?;
        event.extend_from_slice(b"\n\n");
        Ok(event)
    }
}

fn write_line(event: &mut Vec<u8>, name: &str, value: Option<&str>) -> Result<(), Refusal> {
    let Some(value) = value else { return Ok(()) };
    if value.contains(['\n', '\r', '\0']) {
        return Err(Refusal::internal(format!("the {name} of an event must be one line")));
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

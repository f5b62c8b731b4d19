//! The body of a request, read within limits.

use std::time::Duration;

use http::header::{CONTENT_LENGTH, EXPECT};
use http::request::Parts;
use http::{HeaderMap, Version};
use http_body::Body as _;
use http_body_util::BodyExt;

use super::RouterOptions;
use super::input::MakeRoom;
use crate::error::{Refusal, RefusalKind};

/// Up to this many bytes are read without asking for memory.
const SHORT_BODY: usize = 64 * 1024;

/// The body of a request.
///
/// When it is dropped before its end, the rest is read and thrown away for a while: a client that is still sending over
/// HTTP/1 would otherwise find its connection reset, and never read why it was refused.
pub(crate) struct Incoming {
    /// `None` when there is nothing more to read.
    body: Option<axum::body::Body>,
    /// Whether dropping this reads on. HTTP/2 needs no such thing.
    drains: bool,
    /// Whether the client waits to be told to send its body, which reading from it does. Until then it hears a refusal
    /// without having sent anything.
    waits: bool,
    max_drain_bytes: u64,
    max_drain_time: Duration,
}

impl Incoming {
    pub(super) fn new(parts: &Parts, body: axum::body::Body, options: &RouterOptions) -> Self {
        Self {
            body: Some(body),
            drains: parts.version <= Version::HTTP_11,
            waits: parts.headers.contains_key(EXPECT),
            max_drain_bytes: options.max_drain_bytes,
            max_drain_time: options.max_drain_time,
        }
    }

    /// The next piece of the body, `None` at its end.
    pub(super) async fn next(&mut self) -> Option<Result<bytes::Bytes, Refusal>> {
        self.waits = false;
        loop {
            let frame = self.body.as_mut()?.frame().await;
            match frame {
                None => self.body = None,
                Some(Ok(frame)) => {
                    // Trailers have no meaning here.
                    let Ok(data) = frame.into_data() else { continue };
                    return Some(Ok(data));
                }
                Some(Err(error)) => {
                    self.body = None;
                    return Some(Err(Refusal::invalid_request("the body broke off").with_source(error)));
                }
            }
        }
    }

    /// Reads the whole body. When it is long, memory for it is asked for first: for as much as was announced, else for
    /// the most that may come, since what has begun must not wait for more.
    pub(super) async fn read(
        &mut self,
        headers: &HeaderMap,
        limit: usize,
        make_room: &MakeRoom<'_>,
    ) -> Result<Vec<u8>, Refusal> {
        let announced = check_announced(headers, limit as u64)?;
        let announced = announced.map(|length| usize::try_from(length).unwrap_or(limit));
        let mut room = SHORT_BODY;
        if let Some(length) = announced.filter(|length| *length > room) {
            make_room(length).await?;
            room = length;
        }
        let mut all = Vec::with_capacity(announced.unwrap_or(0));
        while let Some(piece) = self.next().await {
            let piece = piece?;
            let length = all.len() + piece.len();
            if length > limit {
                return Err(too_large(limit as u64));
            }
            if length > room {
                make_room(limit).await?;
                room = limit;
            }
            all.extend_from_slice(&piece);
        }
        Ok(all)
    }
}

/// The length that the client announced, when it is within the limit.
pub(super) fn check_announced(headers: &HeaderMap, limit: u64) -> Result<Option<u64>, Refusal> {
    let announced =
        headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()).and_then(|text| text.parse().ok());
    match announced {
        Some(length) if length > limit => Err(too_large(limit)),
        announced => Ok(announced),
    }
}

pub(super) fn too_large(limit: u64) -> Refusal {
    Refusal::new(RefusalKind::PayloadTooLarge, format!("the body may be at most {limit} bytes long"))
}

impl Drop for Incoming {
    fn drop(&mut self) {
        let Some(body) = self.body.take().filter(|body| self.drains && !self.waits && !body.is_end_stream()) else {
            return;
        };
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        let reading = tokio::time::timeout(self.max_drain_time, drain(body, self.max_drain_bytes));
        runtime.spawn(async move {
            // Neither the end of time nor the end of the body matters any more.
            let _ = reading.await;
        });
    }
}

async fn drain(mut body: axum::body::Body, max_bytes: u64) {
    let mut read = 0;
    while let Some(Ok(frame)) = body.frame().await {
        read += frame.data_ref().map_or(0, |data| data.len() as u64);
        if read > max_bytes {
            return;
        }
    }
}

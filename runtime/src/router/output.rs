//! From what a handler gives to a response.

use std::sync::atomic::{AtomicUsize, Ordering};

use axum::response::{IntoResponse, Response};
use futures::stream::StreamExt;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderValue, StatusCode};
use serde::Serialize;

use super::RouterOptions;
use crate::body::Body;
use crate::error::{Refusal, log_internal};
use crate::service::MethodInfo;
use crate::validate::{Path, Validate};

/// The circumstances of a response.
#[derive(Clone, Copy, Debug)]
pub struct Reply<'a> {
    pub(crate) method: &'static MethodInfo,
    pub(crate) options: &'a RouterOptions,
    /// How long the method's last answer was in JSON.
    pub(crate) last_length: &'a AtomicUsize,
}

/// No more is set aside for an answer before it is known how long it is.
const MAX_AHEAD: usize = 256 * 1024;

/// What a method can have for output: nothing, a [`Body`], a stream of events, or a type with a schema.
pub trait IntoReply {
    /// Makes the response.
    ///
    /// # Errors
    /// When the output can't be written, or breaks its lexicon and outputs are checked.
    fn into_reply(self, reply: Reply<'_>) -> Result<Response, Refusal>;
}

impl IntoReply for () {
    fn into_reply(self, _reply: Reply<'_>) -> Result<Response, Refusal> {
        Ok(StatusCode::OK.into_response())
    }
}

impl IntoReply for Body {
    fn into_reply(self, reply: Reply<'_>) -> Result<Response, Refusal> {
        let nsid = reply.method.nsid;
        let content_type = HeaderValue::from_str(self.content_type()).map_err(Refusal::internal)?;
        let length = self.length();
        // The status is long sent when a piece fails: the log has the reason, the client a body that breaks off.
        let pieces = self.into_stream().inspect(move |piece| {
            if let Err(refusal) = piece {
                log_internal(nsid, refusal);
            }
        });
        let mut response = axum::body::Body::from_stream(pieces).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, content_type);
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        if let Some(length) = length {
            headers.insert(CONTENT_LENGTH, length.into());
        }
        Ok(response)
    }
}

impl<T: Serialize + Validate> IntoReply for T {
    fn into_reply(self, reply: Reply<'_>) -> Result<Response, Refusal> {
        if reply.options.validate_outputs {
            self.validate(Path::OUTPUT).map_err(Refusal::internal)?;
        }
        // A method's answers are mostly of a size: memory for one as long as the last, and an eighth more, spares copying a
        // page of entries again and again while it grows.
        let last = reply.last_length.load(Ordering::Relaxed);
        let mut json = Vec::with_capacity((last + last / 8).min(MAX_AHEAD));
        serde_json::to_writer(&mut json, &self).map_err(Refusal::internal)?;
        reply.last_length.store(json.len(), Ordering::Relaxed);
        let mut response = json.into_response();
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        Ok(response)
    }
}

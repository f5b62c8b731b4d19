//! Failures as HTTP responses: status, body `{"error", "message"}` and headers.

use std::error::Error;
use std::time::Duration;

use axum::response::{IntoResponse, Response};
use http::header::{ALLOW, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderName, HeaderValue, StatusCode};
use serde::{Deserialize, Serialize};

use super::{DeclaredError, Failure, Refusal, RefusalKind};

/// The body of every error response.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ErrorBody {
    pub(crate) error: String,
    #[serde(default)]
    pub(crate) message: String,
}

/// The error's name, put into the extensions of an error response so that metrics need not read the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ErrorName(
    /// A name that a lexicon or [`RefusalKind`] declares.
    pub &'static str,
);

impl<E: DeclaredError> Failure<E> {
    /// The response for the client. An internal error is logged here, once, under the NSID of the method that failed.
    pub fn into_response(self, nsid: &'static str) -> Response {
        match self {
            Self::Declared(error) => respond(StatusCode::BAD_REQUEST, error.name(), error.message()),
            Self::Refused(refusal) => refusal.into_response_for(nsid),
        }
    }
}

impl Refusal {
    /// The response for the client. An internal error is logged here, once, under the NSID of the method that failed.
    pub(crate) fn into_response_for(self, nsid: &str) -> Response {
        let (name, message) = self.wire(nsid);
        let mut response = respond(self.kind.status(), name, &message);
        let headers = response.headers_mut();
        if let Some(delay) = self.retry_after {
            headers.insert(RETRY_AFTER, whole_seconds(delay).into());
        }
        if let Some(allow) = self.allow {
            headers.insert(ALLOW, HeaderValue::from_static(allow));
        }
        if let Some(rate_limit) = self.rate_limit {
            headers.insert(HeaderName::from_static("ratelimit-limit"), rate_limit.limit.into());
            headers.insert(HeaderName::from_static("ratelimit-remaining"), rate_limit.remaining.into());
            headers.insert(HeaderName::from_static("ratelimit-reset"), whole_seconds(rate_limit.reset).into());
        }
        response
    }

    /// Name and message for the client, over HTTP or on a stream. An internal error is logged here.
    pub(crate) fn wire(&self, nsid: &str) -> (&'static str, String) {
        let name = self.name;
        if self.kind == RefusalKind::InternalServerError {
            return (name, log_internal(nsid, self));
        }
        let Some(delay) = self.retry_after else { return (name, self.message.clone().into_owned()) };
        // The delay stands in the text too, because proxies drop headers.
        let sentence = self.message.trim_end_matches('.');
        (name, format!("{sentence}; try again in {} s", whole_seconds(delay)))
    }
}

/// Outside of any method.
impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        self.into_response_for("")
    }
}

/// Logs an internal error with its causes under a random id, and gives the message with that id for the client.
pub(crate) fn log_internal(nsid: &str, refusal: &Refusal) -> String {
    let id = format!("{:016x}", rand::random::<u64>());
    let mut chain = refusal.message.clone().into_owned();
    let mut cause = refusal.source();
    while let Some(error) = cause {
        if !chain.is_empty() {
            chain.push_str(": ");
        }
        chain.push_str(&error.to_string());
        cause = error.source();
    }
    tracing::error!(xrpc.nsid = nsid, error.id = id, error.chain = chain, "internal error");
    format!("internal error {id}")
}

fn respond(status: StatusCode, name: &'static str, message: &str) -> Response {
    let body = ErrorBody { error: name.to_owned(), message: message.to_owned() };
    // Two strings can always be written as JSON.
    let body = serde_json::to_vec(&body).unwrap_or_default();
    let mut response = (status, body).into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response.extensions_mut().insert(ErrorName(name));
    response
}

/// Rounded up: a client that comes back too early is refused again. At least 1.
fn whole_seconds(delay: Duration) -> u64 {
    (delay.as_secs() + u64::from(delay.subsec_nanos() > 0)).max(1)
}

//! Reasons to fail that aren't particular to a method.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::time::Duration;

use http::StatusCode;

/// The kinds of refusals; each has one status and one name on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RefusalKind {
    /// 400: the request doesn't fit the lexicon, or can't be understood.
    InvalidRequest,
    /// 401: there are no credentials.
    AuthenticationRequired,
    /// 401: the token is malformed, or wrongly signed.
    InvalidToken,
    /// 401: the token's time is over.
    ExpiredToken,
    /// 401: the token is meant for another service.
    BadJwtAudience,
    /// 401: the token is meant for another method.
    BadJwtLexiconMethod,
    /// 403: the caller may not do this.
    Forbidden,
    /// 404: there is nothing at this address.
    NotFound,
    /// 405: the method is called with another HTTP method than its own.
    MethodNotAllowed,
    /// 406: the method can't answer in a form that the client accepts.
    NotAcceptable,
    /// 413: the body is too long.
    PayloadTooLarge,
    /// 415: the body is of another type than the method takes.
    UnsupportedMediaType,
    /// 429: the caller asks too often.
    RateLimitExceeded,
    /// 500: the server is at fault.
    InternalServerError,
    /// 501: the server has no such method.
    MethodNotImplemented,
    /// 503: the server can't answer now.
    ServiceUnavailable,
}

impl RefusalKind {
    /// The HTTP status.
    pub const fn status(self) -> StatusCode {
        match self {
            Self::InvalidRequest => StatusCode::BAD_REQUEST,
            Self::AuthenticationRequired
            | Self::InvalidToken
            | Self::ExpiredToken
            | Self::BadJwtAudience
            | Self::BadJwtLexiconMethod => StatusCode::UNAUTHORIZED,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::NotAcceptable => StatusCode::NOT_ACCEPTABLE,
            Self::PayloadTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::RateLimitExceeded => StatusCode::TOO_MANY_REQUESTS,
            Self::InternalServerError => StatusCode::INTERNAL_SERVER_ERROR,
            Self::MethodNotImplemented => StatusCode::NOT_IMPLEMENTED,
            Self::ServiceUnavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// The name in the body's `error`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::InvalidRequest => "InvalidRequest",
            Self::AuthenticationRequired => "AuthenticationRequired",
            Self::InvalidToken => "InvalidToken",
            Self::ExpiredToken => "ExpiredToken",
            Self::BadJwtAudience => "BadJwtAudience",
            Self::BadJwtLexiconMethod => "BadJwtLexiconMethod",
            Self::Forbidden => "Forbidden",
            Self::NotFound => "NotFound",
            Self::MethodNotAllowed => "MethodNotAllowed",
            Self::NotAcceptable => "NotAcceptable",
            Self::PayloadTooLarge => "PayloadTooLarge",
            Self::UnsupportedMediaType => "UnsupportedMediaType",
            Self::RateLimitExceeded => "RateLimitExceeded",
            Self::InternalServerError => "InternalServerError",
            Self::MethodNotImplemented => "MethodNotImplemented",
            Self::ServiceUnavailable => "ServiceUnavailable",
        }
    }
}

/// What the `RateLimit-*` headers say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimit {
    /// Requests allowed in a window.
    pub limit: u64,
    /// Requests left in this window.
    pub remaining: u64,
    /// Until the window ends.
    pub reset: Duration,
}

/// A reason to fail that isn't particular to a method.
#[derive(Debug)]
pub struct Refusal {
    pub(super) kind: RefusalKind,
    pub(super) name: &'static str,
    pub(super) message: Cow<'static, str>,
    pub(super) retry_after: Option<Duration>,
    pub(super) rate_limit: Option<Box<RateLimit>>,
    pub(super) allow: Option<&'static str>,
    pub(super) source: Option<Box<dyn Error + Send + Sync>>,
}

impl Refusal {
    /// A refusal of the given kind; `message` is for the client.
    pub fn new(kind: RefusalKind, message: impl Into<Cow<'static, str>>) -> Self {
        let (name, message) = (kind.name(), message.into());
        Self { kind, name, message, retry_after: None, rate_limit: None, allow: None, source: None }
    }

    /// 400: the request can't be understood or breaks a constraint.
    pub fn invalid_request(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(RefusalKind::InvalidRequest, message)
    }

    /// 500: the server is at fault. The client learns nothing but an id, which the log line with the source has too.
    pub fn internal(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::new(RefusalKind::InternalServerError, "").with_source(source)
    }

    /// 503: to be tried again after `retry_after`.
    pub fn unavailable(message: impl Into<Cow<'static, str>>, retry_after: Duration) -> Self {
        let refusal = Self::new(RefusalKind::ServiceUnavailable, message);
        Self { retry_after: Some(retry_after), ..refusal }
    }

    /// 429: to be tried again when the window of `rate_limit` ends.
    pub fn rate_limited(message: impl Into<Cow<'static, str>>, rate_limit: RateLimit) -> Self {
        let refusal = Self::new(RefusalKind::RateLimitExceeded, message);
        Self { retry_after: Some(rate_limit.reset), rate_limit: Some(Box::new(rate_limit)), ..refusal }
    }

    /// 405: the method is called with another HTTP method than `allow`.
    pub(crate) fn method_not_allowed(allow: &'static str) -> Self {
        let refusal = Self::new(RefusalKind::MethodNotAllowed, format!("this method is called with {allow}"));
        Self { allow: Some(allow), ..refusal }
    }

    /// Adds what went wrong inside: for the log, never for the client.
    #[must_use]
    pub fn with_source(self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { source: Some(source.into()), ..self }
    }

    /// Gives it another name than its kind's: that of an error that the method declares, where it is found out before the
    /// method runs.
    #[must_use]
    pub fn named(self, name: &'static str) -> Self {
        Self { name, ..self }
    }

    /// The kind.
    pub fn kind(&self) -> RefusalKind {
        self.kind
    }

    /// The text for the client.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// How long the client should wait before it tries again.
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.message.as_ref() {
            "" => f.write_str(self.name),
            message => write!(f, "{}: {message}", self.name),
        }
    }
}

impl Error for Refusal {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn Error + 'static))
    }
}

impl From<crate::validate::Violation> for Refusal {
    fn from(violation: crate::validate::Violation) -> Self {
        Self::invalid_request(violation.to_string())
    }
}

//! Why a request was not let in.

use std::borrow::Cow;
use std::time::Duration;

use crate::outbound::BoxError;

/// A sentence for the client. It never holds any part of the token but the issuer's DID.
pub type Message = Cow<'static, str>;

/// Why a request was not let in. Each variant is one error name of the wire contract.
#[derive(Debug, thiserror::Error)]
pub enum AuthError {
    /// 401 `AuthenticationRequired`: the request carries no bearer token at all.
    #[error("{0}")]
    AuthenticationRequired(Message),
    /// 401 `InvalidToken`: malformed, forged, replayed, or of an issuer that can't be verified.
    #[error("{0}")]
    InvalidToken(Message),
    /// 401 `ExpiredToken`: the token's life is over.
    #[error("{0}")]
    ExpiredToken(Message),
    /// 401 `BadJwtAudience`: the token is for another service.
    #[error("{0}")]
    BadJwtAudience(Message),
    /// 401 `BadJwtLexiconMethod`: the token is for another method, or for none in particular.
    #[error("{0}")]
    BadJwtLexiconMethod(Message),
    /// 503 `ServiceUnavailable`: the issuer's DID document can't be had right now, so the token
    /// can be neither accepted nor refused.
    #[error("{message}")]
    Unavailable {
        /// What the client is told.
        message: Message,
        /// How long the client had better wait.
        retry_after: Duration,
    },
    /// 500 `InternalServerError`: the memory of used tokens failed. The source is for the log only.
    #[error("the token could not be checked")]
    Internal(#[source] BoxError),
}

impl AuthError {
    /// The error name on the wire.
    pub fn name(&self) -> &'static str {
        match self {
            Self::AuthenticationRequired(_) => "AuthenticationRequired",
            Self::InvalidToken(_) => "InvalidToken",
            Self::ExpiredToken(_) => "ExpiredToken",
            Self::BadJwtAudience(_) => "BadJwtAudience",
            Self::BadJwtLexiconMethod(_) => "BadJwtLexiconMethod",
            Self::Unavailable { .. } => "ServiceUnavailable",
            Self::Internal(_) => "InternalServerError",
        }
    }

    /// The HTTP status on the wire.
    pub fn status(&self) -> http::StatusCode {
        match self {
            Self::Unavailable { .. } => http::StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal(_) => http::StatusCode::INTERNAL_SERVER_ERROR,
            _ => http::StatusCode::UNAUTHORIZED,
        }
    }
}

/// Shorthand for the most frequent refusal.
pub(super) fn invalid(message: impl Into<Message>) -> AuthError {
    AuthError::InvalidToken(message.into())
}

//! How a call fails for its caller.

use std::error::Error;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::error::DeclaredError;

/// An error of some other crate.
pub type BoxError = Box<dyn Error + Send + Sync>;

/// Why a call gave no output.
#[derive(Debug)]
pub enum ClientError<E> {
    /// An error that the method declares.
    Declared(E),
    /// Any other answer that isn't a success.
    Refused {
        /// The HTTP status; 0 for an error that came on a stream.
        status: u16,
        /// The error's name; empty when the answer has none, as from a proxy on the way.
        name: String,
        /// What the server says about it.
        message: String,
    },
    /// There was no answer.
    Transport(BoxError),
    /// The request couldn't be written, or the answer isn't what the method's lexicon says.
    Decode(BoxError),
}

impl<E: fmt::Display> fmt::Display for ClientError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Declared(error) => error.fmt(f),
            Self::Refused { status, name, message } => write!(f, "refused with status {status}: {name}: {message}"),
            Self::Transport(_) => f.write_str("no answer"),
            Self::Decode(_) => f.write_str("unexpected data"),
        }
    }
}

impl<E: Error + 'static> Error for ClientError<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Declared(_) | Self::Refused { .. } => None,
            Self::Transport(source) | Self::Decode(source) => Some(&**source),
        }
    }
}

/// The body of an error response.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct WireError {
    error: String,
    #[serde(default)]
    message: String,
}

impl fmt::Display for WireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.error, self.message)
    }
}

impl WireError {
    /// The error that a response of this status means.
    pub(super) fn interpret<E: DeclaredError>(self, status: u16) -> ClientError<E> {
        let Self { error: name, message } = self;
        if E::NAMES.contains(&name.as_str())
            && let Some(error) = E::from_wire(&name, message.clone())
        {
            return ClientError::Declared(error);
        }
        ClientError::Refused { status, name, message }
    }
}

/// What `atrium_xrpc` reports.
pub(super) fn from_xrpc<E: DeclaredError>(error: atrium_xrpc::Error<WireError>) -> ClientError<E> {
    use atrium_xrpc::error::XrpcErrorKind;

    match error {
        atrium_xrpc::Error::XrpcResponse(response) => {
            let status = response.status.as_u16();
            match response.error {
                Some(XrpcErrorKind::Custom(wire)) => wire.interpret(status),
                Some(XrpcErrorKind::Undefined(body)) => ClientError::Refused {
                    status,
                    name: body.error.unwrap_or_default(),
                    message: body.message.unwrap_or_default(),
                },
                None => ClientError::Refused { status, name: String::new(), message: String::new() },
            }
        }
        atrium_xrpc::Error::Authentication(challenge) => ClientError::Refused {
            status: 401,
            name: "AuthenticationRequired".to_owned(),
            message: String::from_utf8_lossy(challenge.as_bytes()).into_owned(),
        },
        atrium_xrpc::Error::HttpClient(source) => ClientError::Transport(source),
        error @ (atrium_xrpc::Error::HttpRequest(_)
        | atrium_xrpc::Error::SerdeJson(_)
        | atrium_xrpc::Error::SerdeHtmlForm(_)
        | atrium_xrpc::Error::UnexpectedResponseType) => ClientError::Decode(Box::new(error)),
    }
}

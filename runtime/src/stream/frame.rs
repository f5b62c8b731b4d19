//! Frames of an event stream: two DAG-CBOR objects one after the other, a header and a body.

use std::fmt;

use serde::{Deserialize, Serialize, Serializer};
use serde_ipld_dagcbor::de::Deserializer;

use crate::error::ErrorBody;
use crate::union::{self, Union};

/// One frame, as a client reads it.
#[derive(Clone, Debug, PartialEq)]
pub enum Frame<M> {
    /// A message.
    Message(M),
    /// An error, after which the server closes the stream.
    Error {
        /// The error's name.
        name: String,
        /// What the server says about it.
        message: String,
    },
}

#[derive(Serialize, Deserialize)]
struct Header {
    op: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    t: Option<String>,
}

/// Writes a message of the method `nsid`. Its type is named in the header, and not in the body.
///
/// # Errors
/// When the message isn't an object.
pub fn encode<M: Union + Serialize>(nsid: &str, message: &M) -> Result<Vec<u8>, FrameError> {
    struct Untagged<'a, M>(&'a M);

    impl<M: Serialize> Serialize for Untagged<'_, M> {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            union::untagged(self.0, serializer)
        }
    }

    let name = message.type_name();
    let short = name.strip_prefix(nsid).filter(|rest| rest.starts_with('#')).unwrap_or(name);
    pair(&Header { op: 1, t: Some(short.to_owned()) }, &Untagged(message))
}

/// Writes an error.
///
/// # Errors
/// None in practice: names and messages can always be written.
pub fn encode_error(name: &str, message: &str) -> Result<Vec<u8>, FrameError> {
    let body = ErrorBody { error: name.to_owned(), message: message.to_owned() };
    pair(&Header { op: -1, t: None }, &body)
}

fn pair(header: &Header, body: &impl Serialize) -> Result<Vec<u8>, FrameError> {
    let mut frame = serde_ipld_dagcbor::to_vec(header).map_err(FrameError::new)?;
    serde_ipld_dagcbor::to_writer(&mut frame, body).map_err(FrameError::new)?;
    Ok(frame)
}

/// Reads a frame of the method `nsid`.
///
/// # Errors
/// When it isn't a frame, or its message has not the shape of its type.
pub fn decode<M: Union>(nsid: &str, frame: &[u8]) -> Result<Frame<M>, FrameError> {
    let mut source = Deserializer::from_slice(frame);
    let header = Header::deserialize(&mut source).map_err(FrameError::new)?;
    let read = match (header.op, header.t) {
        (1, Some(name)) => {
            let name = if name.starts_with('#') { format!("{nsid}{name}") } else { name };
            Frame::Message(M::decode(&name, &mut source).map_err(FrameError::new)?)
        }
        (-1, _) => {
            let body = ErrorBody::deserialize(&mut source).map_err(FrameError::new)?;
            Frame::Error { name: body.error, message: body.message }
        }
        (op, _) => return Err(FrameError(format!("unknown operation {op}"))),
    };
    source.end().map_err(FrameError::new)?;
    Ok(read)
}

/// Why a frame can't be written or read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrameError(String);

impl FrameError {
    fn new(error: impl fmt::Display) -> Self {
        Self(error.to_string())
    }
}

impl fmt::Display for FrameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for FrameError {}

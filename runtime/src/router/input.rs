//! From a request's body to what a handler takes.

use std::future::Future;

use futures::future::BoxFuture;
use futures::stream;
use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use serde::de::DeserializeOwned;

use super::incoming::{Incoming, check_announced, too_large};
use super::{RouterOptions, nul};
use crate::body::{Body, mime_matches};
use crate::error::{Refusal, RefusalKind};
use crate::service::MethodInfo;
use crate::validate::{Path, Validate};

/// A request whose body is still to be read.
pub struct BodyRequest<'a> {
    pub(super) method: &'static MethodInfo,
    pub(super) headers: &'a HeaderMap,
    pub(super) incoming: Incoming,
    pub(super) options: &'a RouterOptions,
    pub(super) make_room: &'a MakeRoom<'a>,
}

/// Asks the service for memory for so many bytes.
pub(super) type MakeRoom<'a> = dyn Fn(usize) -> BoxFuture<'a, Result<(), Refusal>> + Send + Sync + 'a;

/// What a method can have for input: nothing, a [`Body`], or a type with a schema.
pub trait FromBody: Sized + Send {
    /// Reads the input and checks it.
    ///
    /// # Errors
    /// 415, 413 or 400.
    fn from_body(request: BodyRequest<'_>) -> impl Future<Output = Result<Self, Refusal>> + Send;
}

/// No input. A body that comes nevertheless is not read: proxies send empty ones.
impl FromBody for () {
    async fn from_body(_request: BodyRequest<'_>) -> Result<Self, Refusal> {
        Ok(())
    }
}

impl FromBody for Body {
    async fn from_body(request: BodyRequest<'_>) -> Result<Self, Refusal> {
        let content_type = check_content_type(&request)?.unwrap_or("application/octet-stream").to_owned();
        let limit = request.options.max_body_bytes;
        let length = check_announced(request.headers, limit)?;
        let pieces = stream::unfold((request.incoming, limit), move |(mut incoming, left)| async move {
            let piece = incoming.next().await?;
            let length = piece.as_ref().map_or(0, |piece| piece.len() as u64);
            match left.checked_sub(length) {
                Some(left) => Some((piece, (incoming, left))),
                None => Some((Err(too_large(limit)), (incoming, 0))),
            }
        });
        Ok(Self::streaming(content_type, length, pieces))
    }
}

impl<T: DeserializeOwned + Validate + Send> FromBody for T {
    async fn from_body(mut request: BodyRequest<'_>) -> Result<Self, Refusal> {
        check_content_type(&request)?;
        let limit = request.options.max_input_bytes;
        let json = request.incoming.read(request.headers, limit, request.make_room).await?;
        let input: T = decode(&json)?;
        if request.options.refuse_nul && nul::in_json(&json) {
            return Err(Refusal::invalid_request("input: must not hold U+0000 in any string"));
        }
        input.validate(Path::INPUT)?;
        Ok(input)
    }
}

/// The content type, checked against the lexicon's. A pattern like `*/*` is content without one.
fn check_content_type<'a>(request: &BodyRequest<'a>) -> Result<Option<&'a str>, Refusal> {
    let refuse = |message: String| Err(Refusal::new(RefusalKind::UnsupportedMediaType, message));
    if request
        .headers
        .get(CONTENT_ENCODING)
        .is_some_and(|encoding| !encoding.as_bytes().eq_ignore_ascii_case(b"identity"))
    {
        return refuse("the body must not be compressed".to_owned());
    }
    let expected = request.method.input.unwrap_or("*/*");
    let given = request.headers.get(CONTENT_TYPE).map(|value| value.to_str().unwrap_or_default());
    match given {
        Some(given) if mime_matches(expected, given) => Ok(Some(given)),
        None if expected == "*/*" => Ok(None),
        Some(_) => refuse(format!("the body must be {expected}")),
        None => refuse(format!("the body must be {expected}, said in a Content-Type header")),
    }
}

/// Decodes JSON. What goes wrong is decoded a second time to find its place; what goes well pays nothing for that.
fn decode<T: DeserializeOwned>(json: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(json).map_err(|error| Refusal::invalid_request(explain::<T>(json, &error)))
}

fn explain<T: DeserializeOwned>(json: &[u8], error: &serde_json::Error) -> String {
    if !error.is_data() {
        return format!("the body is not JSON: {error}");
    }
    let mut source = serde_json::Deserializer::from_slice(json);
    match serde_path_to_error::deserialize::<_, T>(&mut source) {
        Err(located) => {
            let mut place = String::from("input");
            push_path(&mut place, located.path());
            // The message of a field inside a union goes on with the path itself.
            let message = located.inner().to_string();
            let separator = if message.starts_with('/') { "" } else { ": " };
            format!("{place}{separator}{message}")
        }
        Ok(_) => format!("input: {error}"),
    }
}

/// Appends a path in the style of [`Path`].
pub(crate) fn push_path(place: &mut String, path: &serde_path_to_error::Path) {
    use serde_path_to_error::Segment;

    for segment in path.iter() {
        match segment {
            Segment::Seq { index } => *place += &format!("/{index}"),
            Segment::Map { key } => *place += &format!("/{key}"),
            Segment::Enum { variant } => *place += &format!("/{variant}"),
            Segment::Unknown => *place += "/?",
        }
    }
}

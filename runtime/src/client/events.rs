//! Reading a stream of Server-Sent Events.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use atrium_xrpc::XrpcClient;
use atrium_xrpc::types::Header;
use futures::stream::{self, BoxStream, Stream, StreamExt};
use http::header::{ACCEPT, HeaderMap, HeaderName, RETRY_AFTER};
use http::{Request, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::time::timeout;

use super::call::{query_string, query_string_with};
use super::error::WireError;
use super::follow::silent;
use super::{BoxError, ClientError};
use crate::error::DeclaredError;
use crate::service::MethodInfo;
use crate::stream::SseItem;

/// A response's body in pieces.
pub type ByteStream = BoxStream<'static, Result<bytes::Bytes, BoxError>>;

/// A client that can read a response while it is still coming.
pub trait StreamingClient: XrpcClient {
    /// Sends a request and gives the response as soon as its head is there.
    ///
    /// # Errors
    /// When there is no response.
    fn send_streaming(
        &self,
        request: Request<Vec<u8>>,
    ) -> impl Future<Output = Result<Response<ByteStream>, BoxError>> + Send;
}

/// The events of a stream. It ends when the server ends it or the connection breaks, and after any error.
pub struct SseEvents<T, E>(pub(super) BoxStream<'static, Result<SseItem<T>, ClientError<E>>>);

impl<T, E> Stream for SseEvents<T, E> {
    type Item = Result<SseItem<T>, ClientError<E>>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_next_unpin(context)
    }
}

impl<T, E> fmt::Debug for SseEvents<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SseEvents")
    }
}

/// The parameter that says, in any method of AT Protocol that has it, where to go on.
const CURSOR: &str = "cursor";

/// Calls a query whose output is a stream of events. `last_event_id` is where to go on from: it goes as a header, and as the
/// parameter `cursor` too if the method has that, since a PDS that forwards the request drops the header.
///
/// # Errors
/// See [`ClientError`].
pub async fn events<P, T, E>(
    xrpc: &(impl StreamingClient + Sync),
    method: &'static MethodInfo,
    params: Option<&P>,
    last_event_id: Option<&str>,
) -> Result<SseEvents<T, E>, ClientError<E>>
where
    P: Serialize + Sync,
    T: DeserializeOwned + Send + 'static,
    E: DeclaredError,
{
    events_within(xrpc, method, params, last_event_id, None).await.map_err(|failure| failure.error)
}

/// Why there is no stream, and how long the server asks to wait.
pub(super) struct NotOpened<E> {
    pub(super) error: ClientError<E>,
    pub(super) retry_after: Option<Duration>,
}

impl<E> From<ClientError<E>> for NotOpened<E> {
    fn from(error: ClientError<E>) -> Self {
        Self { error, retry_after: None }
    }
}

/// The same; it fails when nothing comes for as long as `silence`, neither an answer nor, later on, a comment.
pub(super) async fn events_within<P, T, E>(
    xrpc: &(impl StreamingClient + Sync),
    method: &'static MethodInfo,
    params: Option<&P>,
    last_event_id: Option<&str>,
    silence: Option<Duration>,
) -> Result<SseEvents<T, E>, NotOpened<E>>
where
    P: Serialize + Sync,
    T: DeserializeOwned + Send + 'static,
    E: DeclaredError,
{
    let request = request(xrpc, method, params, last_event_id).await.map_err(ClientError::Decode)?;
    let answer = match silence {
        Some(silence) => timeout(silence, xrpc.send_streaming(request)).await.unwrap_or_else(|_| Err(silent())),
        None => xrpc.send_streaming(request).await,
    };
    let (head, body) = answer.map_err(ClientError::Transport)?.into_parts();
    let body = patiently(body, silence);
    if !head.status.is_success() {
        let error = read_error(head.status.as_u16(), body).await;
        return Err(NotOpened { error, retry_after: retry_after(&head.headers) });
    }
    let reader = Reader { body, parser: Parser::default() };
    Ok(SseEvents(
        stream::unfold(Some(reader), |reader| async move {
            match reader?.next().await {
                (Some(Ok(item)), reader) => Some((Ok(item), Some(reader))),
                (Some(Err(error)), _) => Some((Err(error), None)),
                (None, _) => None,
            }
        })
        .boxed(),
    ))
}

/// Ends a body with an error when a piece of it takes too long.
fn patiently(body: ByteStream, silence: Option<Duration>) -> ByteStream {
    let Some(silence) = silence else { return body };
    stream::unfold(body, move |mut body| async move {
        let piece = timeout(silence, body.next()).await.unwrap_or_else(|_| Some(Err(silent())));
        Some((piece?, body))
    })
    .boxed()
}

async fn request<P: Serialize>(
    xrpc: &(impl XrpcClient + Sync),
    method: &MethodInfo,
    params: Option<&P>,
    last_event_id: Option<&str>,
) -> Result<Request<Vec<u8>>, BoxError> {
    let query = match last_event_id {
        Some(id) if method.parameters.contains(&CURSOR) => query_string_with(params, CURSOR, id)?,
        _ => query_string(params)?,
    };
    let uri = format!("{}/xrpc/{}{query}", xrpc.base_uri(), method.nsid);
    let mut request = Request::get(uri).header(ACCEPT, "text/event-stream");
    if let Some(token) = xrpc.authorization_token(false).await {
        request = request.header(Header::Authorization, token);
    }
    if let Some(proxy) = xrpc.atproto_proxy_header().await {
        request = request.header(Header::AtprotoProxy, proxy);
    }
    if let Some(id) = last_event_id {
        request = request.header(HeaderName::from_static("last-event-id"), id);
    }
    Ok(request.body(Vec::new())?)
}

/// What `Retry-After` says in seconds. A date is as good as nothing here: clocks differ.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    headers.get(RETRY_AFTER)?.to_str().ok()?.parse().ok().map(Duration::from_secs)
}

/// Reads the body of an error response, as far as such bodies go.
async fn read_error<E: DeclaredError>(status: u16, mut body: ByteStream) -> ClientError<E> {
    const LIMIT: usize = 64 * 1024;
    let mut json = Vec::new();
    while let Some(Ok(piece)) = body.next().await {
        json.extend_from_slice(&piece);
        if json.len() > LIMIT {
            break;
        }
    }
    match serde_json::from_slice::<WireError>(&json) {
        Ok(error) => error.interpret(status),
        Err(_) => ClientError::Refused { status, name: String::new(), message: String::new() },
    }
}

struct Reader {
    body: ByteStream,
    parser: Parser,
}

impl Reader {
    async fn next<T, E>(mut self) -> (Option<Result<SseItem<T>, ClientError<E>>>, Self)
    where
        T: DeserializeOwned,
        E: DeclaredError,
    {
        loop {
            if let Some(event) = self.parser.next() {
                return (Some(interpret(event)), self);
            }
            match self.body.next().await {
                Some(Ok(piece)) => self.parser.buffer.extend_from_slice(&piece),
                Some(Err(error)) => return (Some(Err(ClientError::Transport(error))), self),
                None => return (None, self),
            }
        }
    }
}

fn interpret<T: DeserializeOwned, E: DeclaredError>(event: SseItem<String>) -> Result<SseItem<T>, ClientError<E>> {
    let SseItem { id, event, data } = event;
    if event.as_deref() == Some("error")
        && let Ok(error) = serde_json::from_str::<WireError>(&data)
    {
        return Err(error.interpret(0));
    }
    match serde_json::from_str(&data) {
        Ok(data) => Ok(SseItem { id, event, data }),
        Err(error) => Err(ClientError::Decode(Box::new(error))),
    }
}

/// Splits bytes into events.
#[derive(Default)]
struct Parser {
    buffer: Vec<u8>,
    /// How much of the buffer was searched for a line end before.
    searched: usize,
    id: Option<String>,
    event: Option<String>,
    data: Option<String>,
}

impl Parser {
    /// The next event that is complete. Events without data, like comments, are passed over.
    fn next(&mut self) -> Option<SseItem<String>> {
        loop {
            let line = self.line()?;
            if line.is_empty() {
                let (event, data) = (self.event.take(), self.data.take());
                let Some(data) = data else { continue };
                return Some(SseItem { id: self.id.take(), event, data });
            }
            let (name, value) = line.split_once(':').unwrap_or((&line, ""));
            let value = value.strip_prefix(' ').unwrap_or(value).to_owned();
            match name {
                "id" => self.id = Some(value),
                "event" => self.event = Some(value),
                "data" => match &mut self.data {
                    Some(data) => *data += &format!("\n{value}"),
                    None => self.data = Some(value),
                },
                _ => (),
            }
        }
    }

    fn line(&mut self) -> Option<String> {
        let Some(end) = self.buffer[self.searched..].iter().position(|byte| *byte == b'\n') else {
            self.searched = self.buffer.len();
            return None;
        };
        let mut line: Vec<u8> = self.buffer.drain(..=self.searched + end).collect();
        self.searched = 0;
        line.pop();
        if line.last() == Some(&b'\r') {
            line.pop();
        }
        Some(String::from_utf8_lossy(&line).into_owned())
    }
}

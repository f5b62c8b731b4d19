//! A client that follows a stream over broken connections.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures::StreamExt;
use futures::{future, stream};
use http::{Request, Response};
use lexicon_runtime::client::{
    BoxError, ByteStream, ClientError, Follow, HttpClient, StreamingClient, XrpcClient, follow,
};
use lexicon_runtime::codegen::SseItem;

use crate::chat::stream_events::{Error, METHOD, Params};
use crate::chat::subscribe_events::Message;

/// What a connection brings before it breaks off.
enum Connection {
    /// These events, and then an end in good order.
    Ends(&'static [u8]),
    /// These, and then a failure in the middle of the last one.
    Breaks(&'static [u8]),
    /// These, and then silence.
    Hangs(&'static [u8]),
    /// An answer that is no stream.
    Refused(u16, &'static str),
    /// A refusal for now, until a second is over.
    Busy,
    /// Nothing at all.
    Unreachable,
    /// Not even a refusal: the server has taken the request and says nothing.
    Mute,
}

/// A server that gives one connection after the other, and notes where the client wants to go on.
#[derive(Clone)]
struct Script(Arc<Mutex<Course>>);

#[derive(Default)]
struct Course {
    connections: VecDeque<Connection>,
    asked: Vec<Option<String>>,
    queries: Vec<String>,
}

impl Script {
    fn new(connections: impl IntoIterator<Item = Connection>) -> Self {
        let connections = connections.into_iter().collect();
        Self(Arc::new(Mutex::new(Course { connections, ..Course::default() })))
    }

    fn next(&self, request: &Request<Vec<u8>>) -> Connection {
        let mut course = self.0.lock().unwrap();
        course.asked.push(request.headers().get("last-event-id").map(|id| id.to_str().unwrap().to_owned()));
        course.queries.push(request.uri().query().unwrap_or_default().to_owned());
        course.connections.pop_front().expect("the script has ended")
    }

    fn queries(&self) -> Vec<String> {
        self.0.lock().unwrap().queries.clone()
    }

    fn asked(&self) -> Vec<Option<String>> {
        self.0.lock().unwrap().asked.clone()
    }
}

impl HttpClient for Script {
    async fn send_http(&self, _: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, BoxError> {
        Err("only streams are called here".into())
    }
}

impl XrpcClient for Script {
    fn base_uri(&self) -> String {
        "http://script".to_owned()
    }
}

impl StreamingClient for Script {
    async fn send_streaming(&self, request: Request<Vec<u8>>) -> Result<Response<ByteStream>, BoxError> {
        let connection = self.next(&request);
        let piece = |bytes: &'static [u8]| stream::iter([Ok(bytes::Bytes::from_static(bytes))]);
        let (status, body): (_, ByteStream) = match connection {
            Connection::Ends(bytes) => (200, piece(bytes).boxed()),
            Connection::Breaks(bytes) => (200, piece(bytes).chain(stream::iter([Err("reset".into())])).boxed()),
            Connection::Hangs(bytes) => (200, piece(bytes).chain(stream::pending()).boxed()),
            Connection::Refused(status, body) => (status, piece(body.as_bytes()).boxed()),
            Connection::Busy => {
                let busy = Response::builder().status(503).header("retry-after", "1");
                return Ok(busy.body(piece(b"{}").boxed())?);
            }
            Connection::Mute => return future::pending().await,
            Connection::Unreachable => return Err("connection refused".into()),
        };
        Ok(Response::builder().status(status).body(body)?)
    }
}

const ONE: &[u8] = b"id: 1\nevent: came\ndata: {\"$type\":\"com.example.chat.subscribeEvents#came\",\"did\":\"did:plc:alice\",\"count\":1}\n\n";
const TWO: &[u8] =
    b"id: 2\ndata: {\"$type\":\"com.example.chat.subscribeEvents#came\",\"did\":\"did:plc:alice\",\"count\":2}\n\n";
const HALF_OF_TWO: &[u8] = b"id: 1\ndata: {\"$type\":\"com.example.chat.subscribeEvents#came\",\"did\":\"did:plc:alice\",\"count\":1}\n\nid: 2\ndata: {\"$type\":\"com.example.chat.sub";

const QUICK: Follow = Follow {
    first_pause: Duration::from_millis(10),
    longest_pause: Duration::from_millis(80),
    silence: Duration::from_millis(300),
};

/// The ids of the events, and the error that ends them.
async fn run(script: &Script, last_event_id: Option<&str>) -> (Vec<String>, Option<ClientError<Error>>) {
    let params = Params { cursor: None };
    let last = last_event_id.map(str::to_owned);
    let cursor = |item: &SseItem<Message>| item.id.clone();
    let mut events = follow::<_, _, Message, Error>(script.clone(), &METHOD, Some(params), last, QUICK, cursor);
    let mut ids = Vec::new();
    while let Some(item) = events.next().await {
        match item {
            Ok(item) => ids.push(item.id.unwrap()),
            Err(error) => {
                assert!(events.next().await.is_none(), "an error is the end");
                return (ids, Some(error));
            }
        }
    }
    (ids, None)
}

fn end() -> Connection {
    Connection::Refused(400, r#"{"error":"TooLate","message":"begin again"}"#)
}

#[tokio::test]
async fn it_goes_on_behind_the_last_event_that_came_whole() {
    let connections = [Connection::Ends(ONE), Connection::Ends(TWO), end()];
    let script = Script::new(connections);
    let (ids, error) = run(&script, Some("0")).await;
    assert_eq!(ids, ["1", "2"]);
    assert!(matches!(error, Some(ClientError::Declared(Error::TooLate(_)))), "{error:?}");
    assert_eq!(script.asked(), [Some("0".to_owned()), Some("1".to_owned()), Some("2".to_owned())]);

    let script = Script::new([Connection::Breaks(HALF_OF_TWO), Connection::Hangs(TWO), end()]);
    assert_eq!(run(&script, None).await.0, ["1", "2"], "half an event is none");
    assert_eq!(script.asked(), [None, Some("1".to_owned()), Some("2".to_owned())]);
}

/// A PDS hands on no such header.
#[tokio::test]
async fn it_says_where_to_go_on_in_the_query_too() {
    let script = Script::new([Connection::Ends(ONE), Connection::Ends(TWO), end()]);
    run(&script, None).await;
    assert_eq!(script.queries(), ["", "cursor=1", "cursor=2"]);
    let script = Script::new([Connection::Ends(ONE), end()]);
    run(&script, Some("a&b")).await;
    assert_eq!(script.queries(), ["cursor=a%26b", "cursor=1"]);
}

#[tokio::test]
async fn it_gives_up_a_server_that_takes_the_request_and_says_nothing() {
    let script = Script::new([Connection::Mute, Connection::Ends(ONE), Connection::Mute, end()]);
    let ids = tokio::time::timeout(Duration::from_secs(5), run(&script, None)).await.expect("it waits for ever").0;
    assert_eq!(ids, ["1"]);
    assert_eq!(script.asked(), [None, None, Some("1".to_owned()), Some("1".to_owned())]);
}

#[tokio::test]
async fn it_waits_as_long_as_the_server_asks() {
    let script = Script::new([Connection::Busy, Connection::Ends(ONE), end()]);
    let started = Instant::now();
    run(&script, None).await;
    assert!(started.elapsed() >= Duration::from_secs(1), "{:?}", started.elapsed());
}

/// A token may run out on its way; one that is refused again is wrong.
#[tokio::test]
async fn a_refused_token_is_replaced_once() {
    let refused = || Connection::Refused(401, r#"{"error":"ExpiredToken","message":"late"}"#);
    let script = Script::new([refused(), Connection::Ends(ONE), refused(), Connection::Ends(TWO), end()]);
    assert_eq!(run(&script, None).await.0, ["1", "2"]);
    let script = Script::new([refused(), refused()]);
    let (_, error) = run(&script, None).await;
    assert!(matches!(error, Some(ClientError::Refused { status: 401, .. })), "{error:?}");
}

#[tokio::test]
async fn it_waits_longer_after_each_failure_and_not_for_ever() {
    let failures = [
        Connection::Unreachable,
        Connection::Refused(503, "{}"),
        Connection::Refused(502, "a proxy's page"),
        Connection::Refused(429, "{}"),
        Connection::Ends(b": nothing\n\n"),
        Connection::Ends(b"event: error\ndata: {\"error\":\"ServiceUnavailable\",\"message\":\"\"}\n\n"),
    ];
    let script = Script::new(failures.into_iter().chain([Connection::Ends(ONE), end()]));
    let started = Instant::now();
    assert_eq!(run(&script, None).await.0, ["1"]);
    // At least half of 10, 20, 40, 80, 80 and 80 ms, and of the 10 ms after the event.
    assert!(started.elapsed() > Duration::from_millis(155), "{:?}", started.elapsed());
    assert_eq!(script.asked().len(), 8);
}

#[tokio::test]
async fn what_trying_again_cannot_mend_is_the_end() {
    let refused = |status| Script::new([Connection::Refused(status, r#"{"error":"Some","message":"thing"}"#)]);
    for status in [400, 403, 404] {
        let (_, error) = run(&refused(status), None).await;
        assert!(matches!(error, Some(ClientError::Refused { status: given, .. }) if given == status), "{error:?}");
    }
    let script =
        Script::new([Connection::Ends(b"event: error\ndata: {\"error\":\"TooLate\",\"message\":\"too slow\"}\n\n")]);
    assert!(matches!(run(&script, None).await.1, Some(ClientError::Declared(Error::TooLate(_)))));
    let script = Script::new([Connection::Ends(b"data: nonsense\n\n")]);
    assert!(matches!(run(&script, None).await.1, Some(ClientError::Decode(_))));
}

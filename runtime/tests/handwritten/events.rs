//! Server-Sent Events.

use std::time::Duration;

use axum::body::Body;
use futures::StreamExt;
use http_body_util::BodyExt;
use lexicon_runtime::client::ClientError;
use lexicon_runtime::codegen::SseItem;
use tower::ServiceExt;
use tower_http::compression::CompressionLayer;

use crate::chat::stream_events::{Error, Params};
use crate::server::came;
use crate::support::{Log, Running, app, get, options, request};

const STREAM: &str = "/xrpc/com.example.chat.streamEvents";
const FIRST: &str = "id: 1\nevent: came\ndata: {\"$type\":\"com.example.chat.subscribeEvents#came\",\"did\":\"did:plc:alice\",\"count\":1}\n\n";

#[tokio::test]
async fn events_are_written_as_they_are() {
    let answer = get(STREAM).await;
    assert_eq!(answer.header("content-type"), Some("text/event-stream"));
    assert_eq!(answer.header("cache-control"), Some("no-cache"));
    let second = FIRST.replace("id: 1", "id: 2").replace("\"count\":1", "\"count\":2");
    let text = String::from_utf8(answer.body).unwrap();
    let (events, pause) = text.split_once("retry: ").unwrap();
    assert_eq!(events, format!("{FIRST}{second}"));
    let pause: u64 = pause.strip_suffix("\n\n").unwrap().parse().unwrap();
    assert!((250..=500).contains(&pause), "{pause}");
}

#[tokio::test]
async fn an_error_before_the_first_event_is_a_plain_response() {
    let answer = get(&format!("{STREAM}?cursor=old")).await;
    assert_eq!(answer.error(), (400, "TooLate".to_owned(), "begin again".to_owned()));
}

#[tokio::test]
async fn an_error_on_the_way_is_the_last_event() {
    let text = String::from_utf8(get(&format!("{STREAM}?cursor=late")).await.body).unwrap();
    assert!(text.ends_with("event: error\ndata: {\"error\":\"TooLate\",\"message\":\"too slow\"}\n\n"), "{text}");
    for (cursor, cause) in [("panic", "the stream fell over"), ("wrong", "message/count: must be at least 1")] {
        let cause = if cursor == "wrong" { "message/count" } else { cause };
        let log = Log::default();
        let guard = log.collect();
        let text = String::from_utf8(get(&format!("{STREAM}?cursor={cursor}")).await.body).unwrap();
        drop(guard);
        assert!(text.contains("event: error\ndata: {\"error\":\"InternalServerError\""), "{text}");
        assert!(!text.contains(cause) && log.text().contains(cause), "{text} {}", log.text());
    }
}

#[tokio::test]
async fn silence_is_broken_by_comments_also_under_compression() {
    let router = app(options()).layer(CompressionLayer::new());
    let quiet = request("GET", &format!("{STREAM}?cursor=quiet")).header("accept-encoding", "gzip, zstd");
    let response = router.oneshot(quiet.body(Body::empty()).unwrap()).await.unwrap();
    assert!(!response.headers().contains_key("content-encoding"));
    let mut body = response.into_body();
    let mut text = String::new();
    while !text.ends_with(":\n\n:\n\n") {
        let frame =
            tokio::time::timeout(Duration::from_secs(5), body.frame()).await.expect("silence").unwrap().unwrap();
        text += std::str::from_utf8(frame.data_ref().unwrap()).unwrap();
    }
    assert!(text.starts_with(FIRST), "{text}");
}

#[tokio::test]
async fn the_client_reads_events_as_they_come() {
    let server = Running::start(app(options()).layer(CompressionLayer::new())).await;
    let client = server.client();
    let quiet = Params { cursor: Some("quiet".to_owned()) };
    let mut events = client.stream_events(&quiet, Some("0")).await.unwrap();
    for number in [1, 2] {
        let item = events.next().await.unwrap().unwrap();
        let event = Some("came".to_owned());
        assert_eq!(item, SseItem { id: Some(number.to_string()), event, data: came(number) });
    }

    let late = Params { cursor: Some("late".to_owned()) };
    let events: Vec<_> = client.stream_events(&late, None).await.unwrap().collect().await;
    assert_eq!(events.len(), 3);
    assert!(
        matches!(&events[2], Err(ClientError::Declared(Error::TooLate(message))) if message.as_str() == "too slow")
    );

    let old = Params { cursor: Some("old".to_owned()) };
    let error = client.stream_events(&old, None).await.unwrap_err();
    assert!(matches!(error, ClientError::Declared(Error::TooLate(_))), "{error:?}");
}

//! Subscriptions over WebSocket.

use std::time::Duration;

use futures::{SinkExt, StreamExt};
use lexicon_runtime::codegen::*;
use lexicon_runtime::stream::frame::{self, Frame};
use tokio_tungstenite::tungstenite::Message as Packet;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tower_http::compression::CompressionLayer;

use crate::chat::subscribe_events::{Message, NSID, Params};
use crate::server::{came, message};
use crate::support::{Running, app, get, options};

type Socket = tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<tokio::net::TcpStream>>;

async fn connect(server: &Running, cursor: Option<i64>) -> Result<Socket, tokio_tungstenite::tungstenite::Error> {
    let uri = server.client().subscribe_events_uri(&Params { cursor }).unwrap();
    let mut request = uri.into_client_request().unwrap();
    request.headers_mut().insert("authorization", format!("Bearer {NSID}").parse().unwrap());
    request.headers_mut().insert("accept-encoding", "gzip".parse().unwrap());
    tokio_tungstenite::connect_async(request).await.map(|(socket, _)| socket)
}

async fn start() -> Running {
    Running::start(app(options()).layer(CompressionLayer::new())).await
}

/// The frames up to the close frame, and that.
async fn read(mut socket: Socket) -> (Vec<Frame<Message>>, (CloseCode, String)) {
    let mut frames = Vec::new();
    loop {
        match socket.next().await.unwrap().unwrap() {
            Packet::Binary(bytes) => frames.push(frame::decode(NSID, &bytes).unwrap()),
            Packet::Close(Some(close)) => return (frames, (close.code, close.reason.as_str().to_owned())),
            Packet::Ping(_) => (),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn messages_come_in_frames_until_the_normal_end() {
    let server = start().await;
    let (frames, close) = read(connect(&server, None).await.unwrap()).await;
    assert_eq!(frames, [Frame::Message(came(1)), Frame::Message(message(7).into())]);
    assert_eq!(close, (CloseCode::Restart, "the server stops, connect again".to_owned()));
}

#[tokio::test]
async fn a_failure_is_an_error_frame_and_a_close_code() {
    let server = start().await;
    let (frames, close) = read(connect(&server, Some(2)).await.unwrap()).await;
    assert_eq!(frames[2], Frame::Error { name: "TooLate".to_owned(), message: "too slow".to_owned() });
    assert_eq!(close, (CloseCode::Policy, "TooLate".to_owned()));
    let (frames, close) = read(connect(&server, Some(3)).await.unwrap()).await;
    assert!(matches!(&frames[2], Frame::Error { name, message }
        if name == "InternalServerError" && message.starts_with("internal error ")));
    assert_eq!(close.0, CloseCode::Error);
}

#[tokio::test]
async fn a_failure_before_the_upgrade_is_a_plain_response() {
    let server = Running::start(app(options())).await;
    let error = connect(&server, Some(0)).await.unwrap_err();
    let tokio_tungstenite::tungstenite::Error::Http(response) = error else { panic!("{error:?}") };
    assert_eq!(response.status(), 400);
    let body = String::from_utf8(response.body().clone().unwrap()).unwrap();
    assert!(body.contains(r#"{"error":"TooLate","message":"begin again"}"#), "{body}");
    let answer = get(&format!("/xrpc/{NSID}")).await;
    assert_eq!(answer.error().2, "a subscription needs an upgrade to WebSocket");
}

#[tokio::test]
async fn a_quiet_stream_pings_and_hears_that_the_client_leaves() {
    let server = start().await;
    let mut socket = connect(&server, Some(1)).await.unwrap();
    let mut pings = 0;
    while pings < 3 {
        let packet = tokio::time::timeout(Duration::from_secs(5), socket.next()).await.expect("silence");
        pings += i32::from(matches!(packet.unwrap().unwrap(), Packet::Ping(_)));
    }
    socket.send(Packet::Text("clients have nothing to say".into())).await.unwrap();
    socket.close(None).await.unwrap();
    let end = tokio::time::timeout(Duration::from_secs(5), async { while let Some(Ok(_)) = socket.next().await {} });
    end.await.expect("the server did not close");
}

#[tokio::test]
async fn a_client_that_stays_silent_is_given_up() {
    let server = start().await;
    let mut socket = connect(&server, Some(1)).await.unwrap();
    // Not polled, the socket answers no pings.
    tokio::time::sleep(Duration::from_millis(800)).await;
    let end = tokio::time::timeout(Duration::from_secs(5), async { while let Some(Ok(_)) = socket.next().await {} });
    end.await.expect("the server keeps a dead client");
}

#[test]
fn a_frame_is_a_header_and_a_body_without_type() {
    let bytes = frame::encode(NSID, &came(1)).unwrap();
    let header = [b"\xa2\x61t\x65#came\x62op\x01".as_slice()].concat();
    assert!(bytes.starts_with(&header), "{bytes:?}");
    let body: Unknown = serde_ipld_dagcbor::from_slice(&bytes[header.len()..]).unwrap();
    assert_eq!(body.0.keys().map(String::as_str).collect::<Vec<_>>(), ["count", "did"]);

    let foreign = frame::encode(NSID, &Message::from(message(1))).unwrap();
    let name = b"com.example.chat.defs#messageView";
    assert!(foreign.windows(name.len()).any(|window| window == name));

    let other =
        UnknownObject { type_name: format!("{NSID}#later"), fields: [("n".to_owned(), Value::Integer(1))].into() };
    let bytes = frame::encode(NSID, &Message::Other(other.clone())).unwrap();
    assert_eq!(frame::decode::<Message>(NSID, &bytes).unwrap(), Frame::Message(Message::Other(other)));

    for wrong in [b"".as_slice(), b"\xa0", &bytes[..bytes.len() - 1], &[bytes.as_slice(), b"\x00"].concat()] {
        assert!(frame::decode::<Message>(NSID, wrong).is_err());
    }
}

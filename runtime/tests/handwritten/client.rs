//! The client over a real socket.

use lexicon_runtime::client::{ClientError, XrpcHttp};
use lexicon_runtime::codegen::{Body, Bytes};
use tower_http::compression::CompressionLayer;

use crate::chat::{self, get_messages, put_file, send_message};
use crate::server::message;
use crate::support::{Running, app, install_crypto, options};

fn params(room: &str) -> get_messages::Params {
    get_messages::Params {
        room: room.to_owned(),
        limit: 2,
        seqs: Some(vec![5, 6]),
        authors: vec!["did:plc:a".parse().unwrap(), "did:web:b.example".parse().unwrap()],
        order: Some(get_messages::ParamsOrder::Descending),
    }
}

fn input(room: &str, ciphertext: Vec<u8>) -> send_message::Input {
    send_message::Input {
        room: room.to_owned(),
        ciphertext: ciphertext.into(),
        padded_size: None,
        delivery: "pigeon".into(),
        embed: None,
        notes: None,
    }
}

#[tokio::test]
async fn calls_go_there_and_back() {
    let server = Running::start(app(options()).layer(CompressionLayer::new())).await;
    let client = server.client();
    let output = client.get_messages(&params("a&b=c ä")).await.unwrap();
    assert_eq!(output.messages, [message(5), message(6)]);
    let view = client.send_message(&input("a", vec![7; 100_000])).await.unwrap();
    assert_eq!(view.ciphertext, Bytes::from(vec![7; 100_000]));
}

#[tokio::test]
async fn ten_mebibytes_are_within_the_usual_limit() {
    let usual = lexicon_runtime::codegen::RouterOptions::default();
    let server = Running::start(app(usual)).await;
    let view = server.client().send_message(&input("a", vec![7; 10 * 1024 * 1024])).await.unwrap();
    assert_eq!(view.ciphertext.len(), 10 * 1024 * 1024);
}

#[tokio::test]
async fn bodies_without_a_schema_go_there_and_back() {
    let server = Running::start(app(options())).await;
    let client = server.client();
    let name = put_file::Params { name: Some("a b".to_owned()) };
    for (content_type, content) in [("image/png", "pixels"), ("application/json", "{\"a\": 1.50}")] {
        let back = client.put_file(&name, Body::new(content_type, content)).await.unwrap();
        assert_eq!(back.collect().await.unwrap(), content.as_bytes());
    }
}

#[tokio::test]
async fn errors_come_back_as_what_they_are() {
    let server = Running::start(app(options())).await;
    let client = server.client();
    let error = client.get_messages(&params("closed")).await.unwrap_err();
    let ClientError::Declared(get_messages::Error::NotMember(message)) = error else { panic!("{error:?}") };
    assert_eq!(message.as_str(), "you are not in this room");

    let refused = |error: ClientError<_>| match error {
        ClientError::Refused { status, name, .. } => (status, name),
        other => panic!("{other:?}"),
    };
    let error = client.get_messages(&params("a room with a name too long")).await.unwrap_err();
    assert_eq!(refused(error), (400, "InvalidRequest".to_owned()));
    let error = client.get_messages(&params("busy")).await.unwrap_err();
    assert_eq!(refused(error), (503, "ServiceUnavailable".to_owned()));
    let error = client.send_message(&input("a", vec![0; 5_000_000])).await.unwrap_err();
    let ClientError::Refused { status: 413, .. } = error else { panic!("{error:?}") };

    let anonymous = chat::Client::new(XrpcHttp::new(format!("http://{}", server.address)));
    let error = anonymous.get_messages(&params("a")).await.unwrap_err();
    assert_eq!(refused(error), (401, "AuthenticationRequired".to_owned()));
}

#[tokio::test]
async fn no_server_is_a_transport_error() {
    install_crypto();
    let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    drop(socket);
    let client = chat::Client::new(XrpcHttp::new(format!("http://{address}")));
    let error = client.get_messages(&params("a")).await.unwrap_err();
    assert!(matches!(error, ClientError::Transport(_)), "{error:?}");
}

//! What the router does before and after a handler.

use std::time::Duration;

use axum::body::Body;
use http::Request;
use lexicon_runtime::codegen::RouterOptions;
use lexicon_runtime::error::ErrorName;
use lexicon_runtime::query::undeclared_parameters;
use serde_json::json;
use tokio::io::AsyncWriteExt;
use tower::ServiceExt;

use crate::chat::{get_messages, stream_events};
use crate::server::WAITING;
use crate::support::{Log, Running, app, get, options, post, request, send, send_to};

const GET: &str = "/xrpc/com.example.chat.getMessages?room=a&authors=did:plc:a";
const SEND: &str = "/xrpc/com.example.chat.sendMessage";
const FILE: &str = "/xrpc/com.example.chat.putFile";

fn error(status: u16, name: &str, message: &str) -> (u16, String, String) {
    (status, name.to_owned(), message.to_owned())
}

#[tokio::test]
async fn defaults_and_arrays_reach_the_handler() {
    let answer = get(GET).await;
    assert_eq!(answer.json()["messages"].as_array().unwrap().len(), 50);
    let answer = get(&format!("{GET}&seqs=7&seqs=3&order=ascending&authors=did%3Aplc%3Ab")).await;
    let seqs: Vec<_> = answer.json()["messages"].as_array().unwrap().iter().map(|view| view["seq"].clone()).collect();
    assert_eq!(seqs, [7, 3]);
}

#[tokio::test]
async fn wrong_parameters_name_path_and_constraint() {
    for (query, message) in [
        ("&limit=0", "params/limit: must be at least 1"),
        ("&limit=101", "params/limit: must be at most 100"),
        ("&limit=x", "params/limit: must be a 64-bit integer"),
        ("&limit=5&limit=5", "params/limit: must be given only once"),
        ("&seqs=1&seqs=0", "params/seqs/1: must be at least 1"),
        ("&seqs=1&seqs=2&seqs=3&seqs=4", "params/seqs: must have at most 3 items"),
        ("&order=sideways", "params/order: must be one of ascending, descending"),
        ("&authors=alice", "params/authors/1: must be a DID"),
    ] {
        assert_eq!(get(&format!("{GET}{query}")).await.error(), error(400, "InvalidRequest", message), "{query}");
    }
    let path = "/xrpc/com.example.chat.getMessages";
    assert_eq!(get(path).await.error().2, "params/room: is required");
    assert_eq!(get(&format!("{path}?room=a")).await.error().2, "params/authors: is required");
    let long = format!("{path}?authors=did:plc:a&room={}", "ä".repeat(9));
    assert_eq!(get(&long).await.error().2, "params/room: must be at most 16 bytes long");
}

#[tokio::test]
async fn undeclared_parameters_are_ignored_counted_and_logged() {
    let log = Log::default();
    let guard = log.collect();
    let count =
        || undeclared_parameters().iter().find(|(nsid, _)| *nsid == stream_events::NSID).map_or(0, |found| found.1);
    let before = count();
    let answer = get("/xrpc/com.example.chat.streamEvents?sinceMessage=4&cursor=x&sinceMessage=secret-value").await;
    assert_eq!(answer.status(), 200);
    assert_eq!(count() - before, 2);
    drop(guard);
    let text = log.text();
    assert!(text.contains("DEBUG") && text.contains("sinceMessage") && text.contains(stream_events::NSID), "{text}");
    assert!(!text.contains("secret-value"), "{text}");
}

#[tokio::test]
async fn wrong_http_methods_are_405_with_allow() {
    for (method, path, allow) in [
        ("POST", GET, "GET"),
        ("GET", SEND, "POST"),
        ("DELETE", GET, "GET"),
        ("PUT", SEND, "POST"),
        ("HEAD", GET, "GET"),
    ] {
        // Without a token: the HTTP method is looked at first.
        let answer = send(Request::builder().method(method).uri(path).body(Body::empty()).unwrap()).await;
        assert_eq!(answer.header("allow"), Some(allow));
        assert_eq!(answer.status(), 405);
        if method != "HEAD" {
            let message = format!("this method is called with {allow}");
            assert_eq!(answer.error(), error(405, "MethodNotAllowed", &message));
        }
    }
}

#[tokio::test]
async fn unknown_methods_are_501_and_other_paths_404() {
    let answer = get("/xrpc/com.example.chat.nothing").await;
    assert_eq!(
        answer.error(),
        error(501, "MethodNotImplemented", "this server has no method com.example.chat.nothing")
    );
    let answer = post("/xrpc/com.example.chat.nothing", "application/json", "{}").await;
    assert_eq!(answer.error().0, 501);
    for path in ["/xrpc/no<method>".replace(['<', '>'], "!"), "/xrpc/a/b".to_owned()] {
        assert_eq!(get(&path).await.error(), error(501, "MethodNotImplemented", "this server has no such method"));
    }
    assert_eq!(get("/").await.error(), error(404, "NotFound", "there is nothing at this address"));
}

#[tokio::test]
async fn authentication_comes_before_anything_is_read() {
    let answer = send(Request::get(format!("{GET}&limit=0")).body(Body::empty()).unwrap()).await;
    assert_eq!(answer.error(), error(401, "AuthenticationRequired", "a token is needed"));
    let other =
        Request::post(SEND).header("authorization", "Bearer com.example.chat.getMessages").body("not JSON".into());
    let answer = send(other.unwrap()).await;
    assert_eq!(answer.error(), error(401, "BadJwtLexiconMethod", "the token is for another method"));
}

#[tokio::test]
async fn content_types_are_checked() {
    let body = json!({"room": "a", "ciphertext": {"$bytes": "AQ"}}).to_string();
    assert_eq!(post(SEND, "application/json", body.clone()).await.status(), 200);
    assert_eq!(post(SEND, "Application/JSON; charset=utf-8", body.clone()).await.status(), 200);
    let answer = post(SEND, "text/plain", body.clone()).await;
    assert_eq!(answer.error(), error(415, "UnsupportedMediaType", "the body must be application/json"));
    let answer = send(request("POST", SEND).body(body.clone().into()).unwrap()).await;
    assert_eq!(answer.error().0, 415);
    let zipped = request("POST", SEND).header("content-type", "application/json").header("content-encoding", "gzip");
    assert_eq!(send(zipped.body(body.into()).unwrap()).await.error().2, "the body must not be compressed");
}

#[tokio::test]
async fn wrong_inputs_name_path_and_constraint() {
    let base = json!({"room": "a", "ciphertext": {"$bytes": "AQ"}});
    let with = |field: &str, value: serde_json::Value| {
        let mut json = base.clone();
        json[field] = value;
        json.to_string()
    };
    let link = |uri: &str| json!({"$type": "com.example.chat.defs#link", "uri": uri});
    for (body, message) in [
        (with("room", json!("a".repeat(17))), "input/room: must be at most 16 bytes long"),
        (with("ciphertext", json!({"$bytes": ""})), "input/ciphertext: must be at least 1 bytes long"),
        (with("paddedSize", json!(511)), "input/paddedSize: must be at least 512"),
        (with("delivery", json!("x".repeat(17))), "input/delivery: must be at most 16 bytes long"),
        (with("embed", link(&format!("a:{}", "x".repeat(70)))), "input/embed/uri: must be at most 64 bytes long"),
        (with("room", json!(1)), "input/room: invalid type: integer `1`, expected a string"),
        (with("paddedSize", json!(null)), "input/paddedSize: invalid type: null, expected i64"),
        (with("paddedSize", json!(1.5)), "input/paddedSize: invalid type: floating point `1.5`, expected i64"),
        (with("ciphertext", json!({"$bytes": "*"})), "input/ciphertext/$bytes: must be standard base64"),
        (with("ciphertext", json!("AQ")), "input/ciphertext: invalid type: string \"AQ\", expected bytes"),
        (with("embed", link("nothing")), "input/embed/uri: must be a URI"),
        (json!({"room": "a"}).to_string(), "input: missing field `ciphertext`"),
        (json!([]).to_string(), "input: invalid length 0, expected struct Input with 6 elements"),
        ("{\"room\": ".to_owned(), "the body is not JSON: EOF while parsing a value"),
        (String::new(), "the body is not JSON: EOF while parsing a value"),
        ("{\"room\": \"\u{0}\"}".to_owned(), "the body is not JSON: control character"),
    ] {
        let (status, name, found) = post(SEND, "application/json", body.clone()).await.error();
        assert_eq!((status, name.as_str()), (400, "InvalidRequest"), "{body}");
        assert!(found.starts_with(message), "{found} for {body}");
    }
    let answer = post(SEND, "application/json", with("paddedSize", json!(512)) + "x").await;
    assert!(answer.error().2.starts_with("the body is not JSON: trailing characters"), "{:?}", answer.error());
    // The type comes last here, so that the fields before it are held back until the type is known.
    let late =
        r#"{"room": "a", "ciphertext": {"$bytes": "AQ"}, "embed": {"uri": 5, "$type": "com.example.chat.defs#link"}}"#;
    let message = post(SEND, "application/json", late).await.error().2;
    assert!(message.starts_with("input/embed/uri: invalid type"), "{message}");
    // Fields that the lexicon doesn't have are ignored.
    assert_eq!(post(SEND, "application/json", with("more", json!({"a": [1.5]}))).await.status(), 200);
}

#[tokio::test]
async fn u0000_is_refused_where_it_cannot_be_stored() {
    let post = async |refuse_nul: bool, body: &str| {
        let request = request("POST", SEND).header("content-type", "application/json");
        send_to(RouterOptions { refuse_nul, ..options() }, request.body(body.to_owned().into()).unwrap()).await
    };
    let refused = error(400, "InvalidRequest", "input: must not hold U+0000 in any string");
    for body in [
        r#"{"room": "a\u0000", "ciphertext": {"$bytes": "AQ"}}"#,
        r#"{"room": "a\\\u0000", "ciphertext": {"$bytes": "AQ"}}"#,
        r#"{"room": "a", "ciphertext": {"$bytes": "AQ"}, "delivery": "\u0000"}"#,
        r#"{"room": "a", "ciphertext": {"$bytes": "AQ"}, "embed": {"$type": "x.y.z", "more": ["\u0000"]}}"#,
        r#"{"room": "a", "ciphertext": {"$bytes": "AQ"}, "embed": {"$type": "x.y.z", "\u0000": 1}}"#,
    ] {
        assert_eq!(post(true, body).await.error(), refused, "{body}");
        assert_eq!(post(false, body).await.status(), 200, "{body}");
    }
    // Zero bytes are no text, and this text only looks like an escape.
    let harmless = r#"{"room": "a\\u0000", "ciphertext": {"$bytes": "AAAA"}}"#;
    assert_eq!(post(true, harmless).await.status(), 200);

    let get = async |refuse_nul: bool, query: &str| {
        let request = request("GET", &format!("{GET}{query}")).body(Body::empty()).unwrap();
        send_to(RouterOptions { refuse_nul, ..options() }, request).await
    };
    let path = "/xrpc/com.example.chat.getMessages";
    let request = request("GET", &format!("{path}?authors=did:plc:a&room=a%00")).body(Body::empty()).unwrap();
    let answer = send_to(RouterOptions { refuse_nul: true, ..options() }, request).await;
    assert_eq!(answer.error(), error(400, "InvalidRequest", "params/room: must not hold U+0000"));
    // What isn't declared isn't looked at.
    assert_eq!(get(true, "&other=%00").await.status(), 200);
    assert_eq!(get(true, "&order=%00").await.error().2, "params/order: must not hold U+0000");
    assert_eq!(get(false, "&order=%00").await.error().2, "params/order: must be one of ascending, descending");
}

#[tokio::test]
async fn declared_errors_are_400_under_their_name() {
    let answer = get(&GET.replace("room=a", "room=closed")).await;
    assert_eq!(answer.error(), error(400, "NotMember", "you are not in this room"));
    assert_eq!(answer.head.extensions().get::<ErrorName>(), Some(&ErrorName("NotMember")));
}

#[tokio::test]
async fn a_busy_server_says_when_to_come_back() {
    let answer = get(&GET.replace("room=a", "room=busy")).await;
    assert_eq!(answer.error(), error(503, "ServiceUnavailable", "too busy; try again in 2 s"));
    assert_eq!(answer.header("retry-after"), Some("2"));
}

#[tokio::test]
async fn internal_errors_show_an_id_and_are_logged_under_it_once() {
    for (room, cause) in
        [("broken", "the secret cause"), ("panic", "the handler fell over"), ("wrong", "must be at least 1")]
    {
        let log = Log::default();
        let guard = log.collect();
        let answer = get(&GET.replace("room=a", &format!("room={room}"))).await;
        drop(guard);
        let (status, name, message) = answer.error();
        assert_eq!((status, name.as_str()), (500, "InternalServerError"));
        let id = message.strip_prefix("internal error ").unwrap();
        assert_eq!(id.len(), 16);
        assert!(!message.contains(cause));
        let text = log.text();
        let lines: Vec<_> = text.lines().filter(|line| line.contains("ERROR")).collect();
        assert_eq!(lines.len(), 1, "{text}");
        assert!(lines[0].contains(id) && lines[0].contains(cause) && lines[0].contains(get_messages::NSID), "{text}");
    }
}

#[tokio::test]
async fn outputs_are_checked_only_when_asked_for() {
    let wrong = GET.replace("room=a", "room=wrong");
    let lenient = lexicon_runtime::codegen::RouterOptions { validate_outputs: false, ..options() };
    let request = request("GET", &wrong).body(Body::empty()).unwrap();
    assert_eq!(app(lenient).oneshot(request).await.unwrap().status(), 200);
}

#[tokio::test]
async fn bodies_without_a_schema_pass_through_with_their_type() {
    let answer = post(FILE, "image/png", "pixels").await;
    assert_eq!((answer.header("content-type"), answer.body.as_slice()), (Some("image/png"), b"pixels".as_slice()));
    assert_eq!(answer.header("content-length"), Some("6"));
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    let answer = send(request("POST", FILE).body("pixels".into()).unwrap()).await;
    assert_eq!(answer.header("content-type"), Some("application/octet-stream"));
}

#[tokio::test]
async fn a_client_that_leaves_takes_its_handler_with_it() {
    let server = Running::start(app(options())).await;
    let mut socket = tokio::net::TcpStream::connect(server.address).await.unwrap();
    let path = GET.replace("room=a", "room=wait");
    let head = format!("GET {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\n\r\n", get_messages::NSID);
    socket.write_all(head.as_bytes()).await.unwrap();
    WAITING.started.notified().await;
    drop(socket);
    tokio::time::timeout(Duration::from_secs(5), WAITING.dropped.notified()).await.expect("the handler goes on");
}

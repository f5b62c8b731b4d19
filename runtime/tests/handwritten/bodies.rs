//! Bodies over real sockets: limits, and refusals that reach clients which send before they read.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{Running, app, options};

const SEND: &str = "com.example.chat.sendMessage";
const FILE: &str = "com.example.chat.putFile";

/// Sends a head and a body, all of it before anything is read, then reads the whole answer.
async fn exchange(address: SocketAddr, head: &str, pieces: usize, piece: &[u8], end: &[u8]) -> String {
    let mut socket = TcpStream::connect(address).await.unwrap();
    socket.write_all(head.as_bytes()).await.unwrap();
    for _ in 0..pieces {
        socket.write_all(piece).await.unwrap();
    }
    socket.write_all(end).await.unwrap();
    // Time for a server that closes early to have done so.
    tokio::time::sleep(Duration::from_millis(50)).await;
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.unwrap();
    answer
}

fn head(nsid: &str, token: &str, more: &str) -> String {
    format!(
        "POST /xrpc/{nsid} HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer {token}\r\n\
         content-type: application/json\r\n{more}\r\n\r\n"
    )
}

#[tokio::test]
async fn a_refusal_reaches_a_client_that_sends_everything_first() {
    let server = Running::start(app(options())).await;
    let piece = vec![b' '; 64 * 1024];
    let length = format!("content-length: {}", piece.len() * 300);
    for (nsid, token, status, name) in [
        (SEND, SEND, "413 ", r#""error":"PayloadTooLarge""#),
        (FILE, FILE, "413 ", r#""error":"PayloadTooLarge""#),
        (SEND, "wrong", "401 ", r#""error":"BadJwtLexiconMethod""#),
    ] {
        let answer = exchange(server.address, &head(nsid, token, &length), 300, &piece, b"").await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")) && answer.contains(name), "{answer}");
    }
}

#[tokio::test]
async fn a_chunked_body_is_counted_while_it_comes() {
    let server = Running::start(app(options())).await;
    let chunk = [b"10000\r\n".as_slice(), &vec![b' '; 0x10000], b"\r\n"].concat();
    for nsid in [SEND, FILE] {
        let head = head(nsid, nsid, "transfer-encoding: chunked");
        let answer = exchange(server.address, &head, 200, &chunk, b"0\r\n\r\n").await;
        assert!(answer.starts_with("HTTP/1.1 413 ") && answer.contains("PayloadTooLarge"), "{answer}");
    }
}

#[tokio::test]
async fn an_announced_length_is_refused_at_once() {
    let server = Running::start(app(options())).await;
    let mut socket = TcpStream::connect(server.address).await.unwrap();
    let started = Instant::now();
    socket.write_all(head(SEND, SEND, "content-length: 999999999").as_bytes()).await.unwrap();
    let mut answer = vec![0; 4096];
    let length = socket.read(&mut answer).await.unwrap();
    let answer = String::from_utf8_lossy(&answer[..length]);
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn a_client_that_asks_first_is_refused_without_being_told_to_go_on() {
    let server = Running::start(app(options())).await;
    let head = head(SEND, SEND, "content-length: 999999999\r\nexpect: 100-continue");
    let answer = exchange(server.address, &head, 0, b"", b"").await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
}

#[tokio::test]
async fn a_client_that_asked_first_and_then_sends_too_much_is_told() {
    let server = Running::start(app(options())).await;
    let mut socket = TcpStream::connect(server.address).await.unwrap();
    let head = head(SEND, SEND, "transfer-encoding: chunked\r\nexpect: 100-continue");
    socket.write_all(head.as_bytes()).await.unwrap();
    let mut go_on = [0; 25];
    socket.read_exact(&mut go_on).await.unwrap();
    assert_eq!(&go_on, b"HTTP/1.1 100 Continue\r\n\r\n");
    let chunk = [b"10000\r\n".as_slice(), &vec![b' '; 0x10000], b"\r\n"].concat();
    for _ in 0..200 {
        socket.write_all(&chunk).await.unwrap();
    }
    socket.write_all(b"0\r\n\r\n").await.unwrap();
    tokio::time::sleep(Duration::from_millis(50)).await;
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
}

#[tokio::test]
async fn reading_on_has_an_end() {
    let limited = lexicon_runtime::codegen::RouterOptions { max_drain_bytes: 1_000_000, ..options() };
    let server = Running::start(app(limited)).await;
    let mut socket = TcpStream::connect(server.address).await.unwrap();
    socket.write_all(head(SEND, SEND, "content-length: 999999999").as_bytes()).await.unwrap();
    let piece = vec![b' '; 64 * 1024];
    let endless = async { while socket.write_all(&piece).await.is_ok() {} };
    tokio::time::timeout(Duration::from_secs(20), endless).await.expect("the server reads on for ever");
}

#[tokio::test]
async fn a_body_that_a_handler_leaves_unread_does_not_hide_its_answer() {
    let server = Running::start(app(options())).await;
    let nsid = format!("{FILE}?name=refused");
    let head = head(&nsid, FILE, "content-length: 262144");
    let answer = exchange(server.address, &head, 1, &vec![0; 262_144], b"").await;
    assert!(answer.starts_with("HTTP/1.1 403 ") && answer.contains("not this file"), "{answer}");
}

#[tokio::test]
async fn a_body_that_breaks_off_ends_the_request() {
    let server = Running::start(app(options())).await;
    let mut socket = TcpStream::connect(server.address).await.unwrap();
    socket.write_all(head(SEND, SEND, "content-length: 100").as_bytes()).await.unwrap();
    socket.write_all(b"{").await.unwrap();
    socket.shutdown().await.unwrap();
    let mut answer = String::new();
    tokio::time::timeout(Duration::from_secs(5), socket.read_to_string(&mut answer)).await.unwrap().unwrap();
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 400 "), "{answer}");
}

//! How many streams there may be, how slow a client, and how a server ends them.

use std::time::Duration;

use e2e::{actor::refused, http::method, room::Room, server::TestServer, stream::gists};
use futures::future::join_all;
use lexicon_runtime::client::ClientError;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpSocket,
    time::timeout,
};

#[tokio::test]
async fn a_user_has_so_many_streams_and_no_more() {
    let server = TestServer::with_flags(&["--max-streams-per-user=2"]).await;
    let (alice, bob) = (server.actor("alice"), server.actor("bob"));
    let first = alice.listen_from_now(&server).await;
    let _second = alice.listen_from_now(&server).await;
    let answer = server.call("streamConvoEvents").by(&alice.did).send().await;
    let message = answer.refused(429, "RateLimitExceeded");
    assert!(message.contains('2') && answer.headers.contains_key("retry-after"), "{message}");
    assert_eq!((answer.header("ratelimit-limit"), answer.header("ratelimit-remaining")), ("2", "0"));
    let _other = bob.listen_from_now(&server).await;
    drop(first);
    // The server hears of it when it next writes or reads.
    let mut tries = 0;
    while let Err(error) = alice.try_listen(None, None).await {
        assert!(matches!(error, ClientError::Refused { status: 429, .. }), "{error}");
        tries += 1;
        assert!(tries < 200, "the stream is still counted");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn a_server_has_so_many_streams_and_no_more() {
    let server = TestServer::with_flags(&["--max-streams=2"]).await;
    let _streams =
        [server.actor("alice").listen_from_now(&server).await, server.actor("bob").listen_from_now(&server).await];
    let answer = server.call("streamConvoEvents").by(&server.actor("carol").did).send().await;
    answer.refused(503, "ServiceUnavailable");
    assert_eq!(answer.header("retry-after"), "5");
}

/// Clients that go away at any moment of the beginning.
#[tokio::test]
async fn streams_that_were_given_up_while_they_opened_are_not_counted() {
    let server = TestServer::with_flags(&["--max-streams-per-user=1", "--max-streams=1"]).await;
    let alice = server.actor("alice");
    let upgrade = "connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\
        sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    for (name, headers) in [("streamConvoEvents", ""), ("subscribeConvoEvents", upgrade)] {
        let nsid = method(name).nsid;
        let token = server.token(&alice.did, nsid);
        let head = format!("GET /xrpc/{nsid} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n{headers}\r\n");
        let address = server.url().trim_start_matches("http://").parse().unwrap();
        let give_up = async |patience: u64| {
            let mut stream = TcpSocket::new_v4().unwrap().connect(address).await.unwrap();
            stream.write_all(head.as_bytes()).await.unwrap();
            tokio::time::sleep(Duration::from_millis(patience)).await;
        };
        join_all((0..60).map(give_up)).await;
        let is_free = async {
            while alice.try_listen(None, None).await.is_err() {
                tokio::time::sleep(Duration::from_millis(20)).await
            }
        };
        timeout(Duration::from_secs(20), is_free).await.unwrap_or_else(|_| panic!("{name} is counted for ever"));
    }
}

#[tokio::test]
async fn a_stopping_server_ends_its_streams_and_the_next_one_goes_on() {
    let server = TestServer::start().await;
    let room = Room::open(&server, &["alice", "bob"]).await;
    let mut bob = room.members[1].listen_from_now(&server).await;
    room.send("one").await;
    assert_eq!(gists(&bob.take(1).await), ["#1"]);
    let ended = tokio::spawn(async move {
        assert!(bob.item().await.is_none(), "the stream ends in good order");
        bob.cursor
    });
    let server = timeout(Duration::from_secs(10), server.restart()).await.expect("streams don't hold up a stop");
    let cursor = ended.await.unwrap();
    let members = room.members.into_iter().map(|member| member.moved_to(&server)).collect();
    let room = Room { members, ..room };
    room.send("two").await;
    assert_eq!(room.members[1].heard_since(&server, cursor.as_deref()).await, ["#2"]);
}

/// What libraries for Server-Sent Events go by.
#[tokio::test]
async fn a_stopping_server_says_when_to_come_back() {
    let server = TestServer::start().await;
    let nsid = method("streamConvoEvents").nsid;
    let token = server.token(&server.actor("alice").did, nsid);
    let request = reqwest::Client::new().get(format!("{}/xrpc/{nsid}", server.url())).bearer_auth(token);
    let reading = tokio::spawn(async move { request.send().await.unwrap().text().await.unwrap() });
    tokio::time::sleep(Duration::from_millis(300)).await;
    server.stop().await;
    let text = reading.await.unwrap();
    let last = text.strip_suffix("\n\n").and_then(|text| text.rsplit("\n\n").next());
    let pause = last.and_then(|last| last.strip_prefix("retry: ")).expect(&text);
    assert!((250..=500).contains(&pause.parse().unwrap()), "{pause}");
}

/// Asks for a stream by hand and reads nothing of it.
#[tokio::test]
async fn a_client_that_takes_nothing_is_closed() {
    let server = TestServer::with_flags(&["--stream-write-timeout=1s", "--max-streams-per-user=1"]).await;
    let room = Room::open(&server, &["alice", "bob"]).await;
    let bob = &room.members[1];
    let nsid = method("streamConvoEvents").nsid;
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let mut stream = socket.connect(server.url().trim_start_matches("http://").parse().unwrap()).await.unwrap();
    let token = server.token(&bob.did, nsid);
    let head = format!("GET /xrpc/{nsid} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut first = [0; 12];
    stream.read_exact(&mut first).await.unwrap();
    assert_eq!(&first, b"HTTP/1.1 200");
    assert_eq!(refused(bob.try_listen(None, None).await), "RateLimitExceeded", "their stream is open");
    for _ in 0..20 {
        join_all((0..10).map(|_| room.send(vec![1; 100_000]))).await;
    }
    let is_free = async {
        while bob.try_listen(None, None).await.is_err() {
            tokio::time::sleep(Duration::from_millis(100)).await
        }
    };
    timeout(Duration::from_secs(30), is_free).await.expect("the stream is kept for ever");
}

#[tokio::test]
async fn a_message_reaches_a_thousand_readers() {
    const READERS: usize = 1000;
    let server = TestServer::with_flags(&["--max-streams-per-user=2000"]).await;
    let room = Room::open(&server, &["alice", "bob"]).await;
    let bob = &room.members[1];
    let mut listeners = Vec::new();
    while listeners.len() < READERS {
        listeners.extend(join_all((0..50).map(|_| bob.listen_from_now(&server))).await);
    }
    room.send(vec![1; 10_000]).await;
    let heard = join_all(listeners.iter_mut().map(|listener| listener.take(1))).await;
    assert!(heard.iter().all(|events| gists(events) == ["#1"]));
}

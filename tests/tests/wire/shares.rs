//! What one caller can take of the server, and what is left for the others.

use std::time::{Duration, Instant};

use e2e::{actor::Actor, server::TestServer};
use futures::future::join_all;
use serde_json::json;
use sqlx::{Connection, PgConnection};
use tokio::time::timeout;

use super::{Scene, raw::Raw};

/// How soon somebody is answered whom nobody keeps waiting: well below the time for which a lock is waited for.
const SOON: Duration = Duration::from_secs(4);

async fn is_served_soon(server: &TestServer, name: &str) {
    let did = server.actor(name).did;
    let answer = timeout(SOON, server.call("getConvos").by(&did).send()).await;
    answer.expect("nobody keeps others waiting").output();
}

#[tokio::test]
async fn who_waits_for_themselves_keeps_no_connection_to_the_database() {
    let server = TestServer::with_flags(&["--pool-max=3"]).await;
    let alice = server.actor("alice");
    let mut holder = PgConnection::connect_with(&server.db().connect_options()).await.unwrap();
    let mut turn = holder.begin().await.unwrap();
    let lock = sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))").bind(alice.did.as_str());
    lock.execute(&mut *turn).await.unwrap();
    let requests: Vec<_> = (0..30).map(|_| publish(&server, &alice)).collect();
    tokio::time::sleep(Duration::from_millis(200)).await;
    is_served_soon(&server, "bob").await;
    turn.rollback().await.unwrap();
    for request in join_all(requests).await {
        assert_eq!(request.unwrap(), 1, "all of them get their turn");
    }
}

/// Publishes a key package beside whatever else goes on, and gives how many were taken.
fn publish(server: &TestServer, actor: &Actor) -> tokio::task::JoinHandle<i64> {
    let key_packages = vec![actor.item(&actor.mls.key_package())];
    let api = e2e::actor::client(server, &actor.did);
    let input = catbird_lexicon::blue::catbird::mls::publish_key_packages::Input { key_packages };
    tokio::spawn(async move { api.publish_key_packages(&input).await.expect("it is taken in the end").succeeded })
}

#[tokio::test]
async fn requests_that_do_not_come_to_their_end_leave_places_for_others() {
    let scene = Scene::with_flags(&["--max-concurrent-requests=20"]).await;
    let mut unfinished = Vec::new();
    for _ in 0..30 {
        let message = scene.message().to_string();
        let mut connection = Raw::connect(&scene.server).await;
        connection.send(scene.head("sendMessage", &format!("Content-Length: {}\r\n", message.len()))).await;
        connection.send(&message[..10]).await;
        unfinished.push((connection, message));
    }
    tokio::time::sleep(Duration::from_millis(200)).await;
    is_served_soon(&scene.server, "bob").await;
    // Those that wait are served after those before them.
    for (connection, message) in &mut unfinished {
        connection.send(&message[10..]).await;
    }
    for (connection, _) in &mut unfinished {
        connection.answer().await.output();
    }
    assert_eq!(scene.length().await, 30);
}

#[tokio::test]
async fn long_bodies_that_do_not_come_to_their_end_leave_memory_for_others() {
    let scene = Scene::with_flags(&["--max-body-memory=32MiB"]).await;
    let server = &scene.server;
    let long = 10 << 20;
    // One long body of hers fits into her part of the memory. The others wait, and wait alone.
    let mut of_alice = Vec::new();
    for _ in 0..3 {
        of_alice.push(begin_long(&scene, "alice", long).await);
    }
    of_alice[0].assert_continues().await;
    for waiting in &mut of_alice[1..] {
        waiting.assert_silent().await;
    }
    let (mut of_bob, mut of_carol) = (begin_long(&scene, "bob", long).await, begin_long(&scene, "carol", long).await);
    of_bob.assert_continues().await;
    of_carol.assert_continues().await;
    let mut of_dave = begin_long(&scene, "dave", long).await;
    let refused = of_dave.answer().await;
    refused.refused(503, "ServiceUnavailable");
    assert_eq!(refused.header("retry-after"), "1");
    // What is short needs no such memory.
    is_served_soon(server, "dave").await;
    scene.send(&scene.message()).await.output();
    // What was given back is there for whoever is next.
    drop(of_alice.remove(0));
    of_alice[0].assert_continues().await;
    of_alice[1].assert_silent().await;
}

/// The head of a long sendMessage, whose body waits until the server wants it.
async fn begin_long(scene: &Scene, name: &str, length: usize) -> Raw {
    let mut connection = Raw::connect(&scene.server).await;
    let headers = format!("Content-Length: {length}\r\nExpect: 100-continue\r\n");
    connection.send(scene.head_by(&scene.server.actor(name).did, "sendMessage", &headers)).await;
    connection
}

#[tokio::test]
async fn a_body_whose_length_nobody_said_needs_memory_once_it_is_long() {
    let scene = Scene::with_flags(&["--max-body-memory=16MiB"]).await;
    let mut first = Raw::connect(&scene.server).await;
    first.send(scene.head("sendMessage", "Transfer-Encoding: chunked\r\n")).await;
    first.send_chunk(&[b' '; 100_000]).await;
    // What came first may take a moment to arrive.
    let deadline = Instant::now() + Duration::from_secs(30);
    let mut refused = None;
    while refused.is_none() && Instant::now() < deadline {
        let long = scene.message_with("ciphertext", json!({"$bytes": "A".repeat(3 << 20)}));
        let answer = scene.server.call("sendMessage").by(&scene.room.members[1].did).input(&long).send().await;
        refused = Some(answer).filter(|answer| answer.status != 200);
    }
    refused.expect("there is no memory left").refused(503, "ServiceUnavailable");
    // Short ones need none.
    scene.send(&scene.message()).await.output();
    first.send_chunk(scene.message().to_string().as_bytes()).await;
    first.send_chunk(b"").await;
    first.answer().await.output();
}

//! What servers tell each other, and that one alone tells nothing.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use e2e::{redis::Redis, room::Room, sabotage::Sabotage, server::TestServer, stream::gists};
use sqlx::postgres::PgListener;
use tokio::{
    sync::mpsc,
    time::{sleep, timeout},
};

use super::{add, seen_by};

/// After so long without another one, a server takes itself to be alone.
const UNTIL_ALONE: Duration = Duration::from_secs(11);

/// Signals, as they pass between the servers on a database.
struct Wire(mpsc::UnboundedReceiver<String>);

impl Wire {
    async fn of(server: &TestServer) -> Self {
        let mut listener = PgListener::connect_with(server.db()).await.unwrap();
        listener.listen("catbird_events").await.unwrap();
        let (sender, receiver) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Ok(signal) = listener.recv().await {
                let _ = sender.send(signal.payload().to_owned());
            }
        });
        Self(receiver)
    }

    async fn next(&mut self) -> String {
        timeout(Duration::from_secs(20), self.0.recv()).await.expect("servers say something").unwrap()
    }

    /// What has passed and wasn't read, by who said it.
    fn passed(&mut self) -> HashMap<String, usize> {
        let mut counts = HashMap::new();
        while let Ok(signal) = self.0.try_recv() {
            *counts.entry(signal[..16].to_owned()).or_default() += 1;
        }
        counts
    }
}

/// Writes for a second; nothing of that may be written at once.
async fn write(room: &Room) {
    for _ in 0..20 {
        room.send("x").await;
        sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn a_server_alone_wakes_nobody_and_those_who_come_are_found_at_once() {
    let server = TestServer::start().await;
    let mut wire = Wire::of(&server).await;
    let room = Room::open(&server, &["alice", "bob"]).await;
    wire.next().await;
    sleep(UNTIL_ALONE).await;
    wire.passed();
    write(&room).await;
    let alone = wire.passed();
    assert!(alone.values().sum::<usize>() <= 1, "no more than a sign of life: {alone:?}");

    let replica = server.replica().await;
    let mut signals = vec![wire.next().await];
    while !signals.last().unwrap().ends_with('?') {
        signals.push(wire.next().await);
    }
    let name = signals.pop().unwrap().trim_end_matches('?').to_owned();
    let asked = Instant::now();
    while wire.next().await.starts_with(&name) {}
    assert!(asked.elapsed() < Duration::from_secs(1), "answered, and not only with the next sign of life");
    sleep(Duration::from_millis(500)).await;
    wire.passed();
    let mut bob = server.actor("bob").moved_to(&replica).listen_from_now(&server).await;
    write(&room).await;
    let both = wire.passed();
    assert!(both.iter().any(|(who, count)| *who != name && *count >= 15), "each entry wakes the other: {both:?}");
    assert_eq!(bob.take(20).await.len(), 20);
    // The other way round too.
    add(&Room { members: vec![server.actor("alice").moved_to(&replica)], ..room }, &server.actor("carol")).await;
    assert_eq!(gists(&bob.take(1).await), ["carol joined"]);
    let other = timeout(Duration::from_secs(2), async { while !wire.next().await.starts_with(&name) {} });
    other.await.expect("the one that came wakes too");
}

#[tokio::test]
async fn servers_find_each_other_through_redis_at_once() {
    let redis = Redis::start();
    let server = TestServer::with_flags(&[&format!("--redis-url={}", redis.url())]).await;
    let room = Room::open(&server, &["alice", "bob"]).await;
    sleep(UNTIL_ALONE).await;
    let before = redis.published();
    write(&room).await;
    let alone = redis.published() - before;
    assert!(alone <= 1, "no more than a sign of life: {alone}");
    let replica = server.replica().await;
    sleep(Duration::from_millis(500)).await;
    let before = redis.published();
    write(&room).await;
    let both = redis.published() - before;
    assert!(both >= 15, "each entry wakes the other: {both}");
    replica.stop().await;
}

#[tokio::test]
async fn a_panic_where_signals_are_sent_or_taken_ends_nothing() {
    let server = TestServer::start().await;
    let replica = server.replica().await;
    let room = Room::open(&server, &["alice", "bob"]).await;
    let mut bob = server.actor("bob").moved_to(&replica).listen_from_now(&server).await;
    seen_by(&mut bob, &room).await;
    // Each takes the place of the one before.
    for words in ["stream.notify", "LISTEN"] {
        let sabotage = Sabotage::of(words);
        sabotage.arm();
        // Has them listen anew.
        let listeners = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
            WHERE datname = current_database() AND query ILIKE 'listen%'";
        let ended: i64 = sqlx::query_scalar(listeners).fetch_one(server.db()).await.unwrap();
        assert_eq!(ended, 2);
        while !sabotage.is_done() {
            sleep(Duration::from_millis(50)).await;
        }
        // What was seen before may still be in the queue.
        for _ in 0..5 {
            assert_eq!(gists(&seen_by(&mut bob, &room).await), ["alice types true"], "{words}");
        }
    }
}

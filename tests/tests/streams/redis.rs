//! Signals between servers through Redis, and what happens when it is gone.

use std::time::{Duration, Instant};

use e2e::{redis::Redis, relay::Relay, room::Room, server::TestServer, stream::gists};
use tokio::time::timeout;

use super::seen_by;

async fn through(redis: &Redis) -> TestServer {
    TestServer::with_flags(&[&format!("--redis-url={}", redis.url())]).await
}

#[tokio::test]
async fn servers_signal_each_other_through_redis() {
    let redis = Redis::start();
    let server = through(&redis).await;
    let replica = server.replica().await;
    // Another deployment on the same Redis hears nothing of it.
    let foreign = through(&redis).await;
    let room = Room::open(&server, &["alice", "bob"]).await;
    let theirs = Room::open(&foreign, &["alice", "bob"]).await;
    let mut bob = server.actor("bob").moved_to(&replica).listen_from_now(&server).await;
    let mut other = theirs.members[1].listen_from_now(&foreign).await;
    let seen = seen_by(&mut bob, &room).await;
    assert_eq!(gists(&seen), ["alice types true"]);
    room.send("one").await;
    while gists(&bob.take(1).await) != ["#1"] {}
    other.hears_nothing().await;
}

#[tokio::test]
async fn without_redis_events_come_all_the_same() {
    let mut redis = Redis::start();
    let server = through(&redis).await;
    let replica = server.replica().await;
    let room = Room::open(&server, &["alice", "bob"]).await;
    let mut bob = server.actor("bob").moved_to(&replica).listen_from_now(&server).await;
    redis.kill();
    for seq in 1..=3 {
        let started = Instant::now();
        room.send("x").await;
        assert_eq!(gists(&bob.take(1).await), [format!("#{seq}")]);
        assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
    }
    redis.revive();
    let seen = seen_by(&mut bob, &room).await;
    assert_eq!(gists(&seen), ["alice types true"], "they find it again");
}

/// As when a host is gone without a goodbye, or a firewall has forgotten the connection: neither side is told.
#[tokio::test]
async fn a_connection_that_has_fallen_silent_is_given_up() {
    let redis = Redis::start();
    let relay = Relay::to(redis.address()).await;
    let server = TestServer::with_flags(&[&format!("--redis-url=redis://{}", relay.address())]).await;
    let replica = server.replica().await;
    let room = Room::open(&server, &["alice", "bob"]).await;
    let mut bob = server.actor("bob").moved_to(&replica).listen_from_now(&server).await;
    seen_by(&mut bob, &room).await;
    relay.freeze();
    // What was on its way.
    while timeout(Duration::from_secs(1), bob.take(1)).await.is_ok() {}
    assert_eq!(gists(&seen_by(&mut bob, &room).await), ["alice types true"]);
}

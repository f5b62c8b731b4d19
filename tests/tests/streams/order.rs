//! Order and completeness while transactions end in another order than they began.

use std::time::Duration;

use e2e::{room::Room, server::TestServer, stream::gists};
use sqlx::{Connection, PgConnection};

use super::{a_while, append, connect};

/// Begins a transaction that has its transaction id from now on.
async fn begin(conn: &mut PgConnection) -> i64 {
    sqlx::query("BEGIN").execute(&mut *conn).await.unwrap();
    sqlx::query_scalar("SELECT pg_current_xact_id()::text::bigint").fetch_one(conn).await.unwrap()
}

async fn commit(mut conn: PgConnection) {
    sqlx::query("COMMIT").execute(&mut conn).await.unwrap();
    conn.close().await.unwrap();
}

#[tokio::test]
async fn what_is_inserted_early_and_committed_late_is_not_lost() {
    let server = TestServer::start().await;
    let (slow, fast) = (Room::open(&server, &["alice", "bob"]).await, Room::open(&server, &["alice", "bob"]).await);
    let mut bob = slow.members[1].listen_from_now(&server).await;
    let start = bob.cursor.clone();
    let mut late = connect(server.db()).await;
    begin(&mut late).await;
    append(&mut late, &slow.convo_id, slow.members[0].did.as_str()).await;
    for _ in 0..3 {
        fast.send("fast").await;
    }
    // Whoever comes now may not be led past what is still to come.
    let mut comer = slow.members[1].listen(start.as_deref()).await;
    let early = comer.catch_up().await;
    a_while().await;
    commit(late).await;
    assert_eq!(gists(&bob.take(4).await), ["#1", "#1", "#2", "#3"]);
    let mut all = early;
    all.extend(comer.take(4 - all.len()).await);
    assert_eq!(all.len(), 4);
    assert_eq!(slow.members[1].heard_since(&server, start.as_deref()).await.len(), 4);
}

/// The trap for who orders by transaction id alone: the older transaction waits for a lock that the younger one holds, and so
/// appends after it. A third one, in between and older than nobody that matters, keeps the horizon between the two.
#[tokio::test]
async fn the_order_of_a_conversation_is_that_of_its_lock_and_not_of_transaction_ids() {
    let server = TestServer::start().await;
    let room = Room::open(&server, &["alice", "bob"]).await;
    let alice = room.members[0].did.as_str().to_owned();
    let mut bob = room.members[1].listen_from_now(&server).await;
    let start = bob.cursor.clone();
    let [mut oldest, mut low, mut between, mut high] = [
        connect(server.db()).await,
        connect(server.db()).await,
        connect(server.db()).await,
        connect(server.db()).await,
    ];
    let ids = [begin(&mut oldest).await, begin(&mut low).await, begin(&mut between).await, begin(&mut high).await];
    assert!(ids.is_sorted());
    append(&mut high, &room.convo_id, &alice).await;
    let (convo_id, sender) = (room.convo_id.clone(), alice.clone());
    let waiting = tokio::spawn(async move {
        sqlx::query("SET lock_timeout = 0").execute(&mut low).await.unwrap();
        append(&mut low, &convo_id, &sender).await;
        low
    });
    tokio::time::sleep(Duration::from_millis(200)).await;
    commit(high).await;
    // Now the lower one appends, as the second.
    commit(waiting.await.unwrap()).await;
    a_while().await;
    commit(oldest).await;
    a_while().await;
    // The horizon is between the two: neither may be shown, or the second would come first, or the first be left behind.
    bob.hears_nothing().await;
    commit(between).await;
    assert_eq!(gists(&bob.take(2).await), ["#1", "#2"]);
    assert_eq!(room.members[1].heard_since(&server, start.as_deref()).await, ["#1", "#2"]);
}

#[tokio::test]
async fn many_writers_are_heard_completely_and_in_order() {
    let server = TestServer::start().await;
    let other = server.replica().await;
    let room = Room::open(&server, &["alice", "bob"]).await;
    let elsewhere = server.actor("bob").moved_to(&other);
    let (mut here, mut there) =
        (room.members[1].listen_from_now(&server).await, elsewhere.listen_from_now(&server).await);
    let sends = (0..200).map(|_| room.send("x"));
    futures::future::join_all(sends).await;
    let expected: Vec<_> = (1..=200).map(|seq| format!("#{seq}")).collect();
    assert_eq!(gists(&here.take(200).await), expected);
    assert_eq!(gists(&there.take(200).await), expected);
}

//! Receipts, which are written without the conversation's lock, beside changes of its members.

use std::{future::Future, time::Duration};

use e2e::{room::Room, server::TestServer, stream::gists};

use super::{a_while, connect, remove};

/// Does `change` while this user's membership is locked by somebody else: it begins, and waits there for `meanwhile`.
async fn interleave(server: &TestServer, room: &Room, user: &str, change: impl Future, meanwhile: impl Future) {
    let mut lock = connect(server.db()).await;
    sqlx::query("BEGIN").execute(&mut lock).await.unwrap();
    sqlx::query("SELECT FROM members WHERE convo_id = $1 AND user_did = $2 FOR UPDATE")
        .bind(&room.convo_id)
        .bind(user)
        .execute(&mut lock)
        .await
        .unwrap();
    let release = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        meanwhile.await;
        sqlx::query("COMMIT").execute(&mut lock).await.unwrap();
    };
    tokio::join!(change, release);
}

/// The receipt's event gets its id before that of the removal, and stands behind it all the same.
#[tokio::test]
async fn a_receipt_in_the_middle_of_a_removal_is_not_for_who_is_removed() {
    let server = TestServer::start().await;
    let replica = server.replica().await;
    let room = Room::open(&server, &["alice", "bob", "carol"]).await;
    let [alice, bob, carol] = &room.members[..] else { unreachable!() };
    let mut listener = bob.listen_from_now(&server).await;
    let mut elsewhere = server.actor("bob").moved_to(&replica).listen_from_now(&server).await;
    let start = listener.cursor.clone();
    room.send("one").await;
    let read = async { carol.mark_read(&room.convo_id, None).await.unwrap() };
    interleave(&server, &room, bob.did.as_str(), remove(&room, bob), read).await;
    a_while().await;
    assert_eq!(alice.heard_since(&server, start.as_deref()).await, ["#1", "bob removed", "readEvent"]);
    let for_bob = ["#1", "bob removed"];
    for listener in [&mut listener, &mut elsewhere] {
        assert_eq!(gists(&listener.take(2).await), for_bob);
        listener.hears_nothing().await;
    }
    // Nor by coming back: to what is left behind their place, or to all of it.
    assert_eq!(bob.heard_since(&server, start.as_deref()).await, for_bob);
    assert_eq!(bob.heard_since(&server, listener.cursor.as_deref()).await, [""; 0]);
}

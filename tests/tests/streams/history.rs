//! A log that is not what it was, because an older state of the database came back, or another database; and what follows
//! it failing.

use catbird_server::store::{places::Place, stream};
use e2e::{
    actor::{Actor, refused},
    room::Room,
    sabotage::Sabotage,
    server::TestServer,
    stream::{Event, Listener, gist, gists},
};
use lexicon_runtime::{client::ClientError, error::DeclaredError};
use reqwest::Method;
use sqlx::{PgConnection, PgPool};

use super::{append, connect};

async fn newest(db: &PgPool) -> Place {
    stream::newest(&mut db.acquire().await.unwrap()).await.unwrap()
}

/// Has the server lose all its connections to the database.
async fn disconnect(conn: &mut PgConnection) {
    let others = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()";
    let _: i64 = sqlx::query_scalar(others).fetch_one(conn).await.unwrap();
}

/// What a standby looks like that takes over without the last event, and gives out its transaction id again: the next entry
/// stands before the place that was lost.
async fn fail_over(server: &TestServer, room: &Room, lost: &Room) {
    let mut conn = connect(server.db()).await;
    let kept: i64 = sqlx::query_scalar(
        "WITH gone AS (DELETE FROM events WHERE convo_id = $1 AND kind = 'entry')
        SELECT max(txid::text::bigint) FROM events WHERE convo_id <> $1 OR kind <> 'entry'",
    )
    .bind(&lost.convo_id)
    .fetch_one(&mut conn)
    .await
    .unwrap();
    sqlx::query("BEGIN").execute(&mut conn).await.unwrap();
    append(&mut conn, &room.convo_id, room.members[0].did.as_str()).await;
    for before in [
        "UPDATE events SET txid = $2::bigint::text::xid8 WHERE convo_id = $1 AND seq = 2",
        "UPDATE messages SET event_txid = $2::bigint::text::xid8 WHERE convo_id = $1 AND seq = 2",
    ] {
        sqlx::query(before).bind(&room.convo_id).bind(kept).execute(&mut conn).await.unwrap();
    }
    sqlx::query("COMMIT").execute(&mut conn).await.unwrap();
    disconnect(&mut conn).await;
}

/// One who listens, and comes back when the server has lost its connections.
struct Follower<'a> {
    user: &'a Actor,
    listener: Listener,
}

impl Follower<'_> {
    /// The next event in a few words, or the name of the error that ends it all.
    async fn next(&mut self) -> String {
        loop {
            match self.listener.item().await.expect("the client is told why it ends") {
                Ok(Event::InfoEvent(_)) => {}
                Ok(event) => return gist(&event),
                Err(ClientError::Declared(error)) => return error.name().to_owned(),
                Err(ClientError::Refused { .. }) => {
                    if let Err(name) = self.come_back().await {
                        return name;
                    }
                }
                Err(error) => panic!("{error}"),
            }
        }
    }

    async fn come_back(&mut self) -> Result<(), String> {
        loop {
            match self.user.try_listen(self.listener.cursor.as_deref(), None).await {
                Ok(listener) => self.listener = listener,
                Err(ClientError::Refused { status: 500.., .. }) => {
                    super::a_while().await;
                    continue;
                }
                Err(error) => return Err(refused::<(), _>(Err(error))),
            }
            return Ok(());
        }
    }
}

async fn follow<'a>(user: &'a Actor, server: &TestServer) -> Follower<'a> {
    Follower { user, listener: user.listen_from_now(server).await }
}

async fn health(server: &TestServer, path: &str) -> u16 {
    server.fetch(Method::GET, path, &[]).await.status
}

#[tokio::test]
async fn whoever_was_told_what_the_log_has_lost_is_told_so_and_nobody_else() {
    let server = TestServer::start().await;
    let room = Room::open(&server, &["alice", "bob"]).await;
    let lost = Room::open(&server, &["alice", "carol"]).await;
    let (mut bob, mut carol) = (follow(&room.members[1], &server).await, follow(&lost.members[1], &server).await);
    room.send("kept").await;
    assert_eq!(bob.next().await, "#1");
    server.settled().await;
    lost.send("lost").await;
    assert_eq!(carol.next().await, "#1");

    fail_over(&server, &room, &lost).await;
    assert_eq!(carol.next().await, "CursorExpired");
    assert_eq!(bob.next().await, "#2", "nothing of theirs is missing");
    // And it goes on.
    let three = room.message("three");
    while room.members[0].api.send_message(&three).await.is_err() {
        super::a_while().await;
    }
    assert_eq!(bob.next().await, "#3");
    assert_eq!(refused(lost.members[1].listen_or_not(&carol.listener.cursor.unwrap()).await), "CursorExpired");
}

#[tokio::test]
async fn a_cursor_of_lost_history_is_refused_once_the_log_is_longer_again() {
    let server = TestServer::start().await;
    let room = Room::open(&server, &["alice", "bob"]).await;
    let bob = &room.members[1];
    server.settled().await;
    let start = server.cursors().write(newest(server.db()).await);
    let never = Place { id: newest(server.db()).await.id + 1000, ..newest(server.db()).await };
    let never = server.cursors().write(never);
    room.send("one").await;
    assert_eq!(refused(bob.listen_or_not(&never).await), "CursorExpired");
    assert_eq!(refused(bob.pending(Some(&never), 10).await), "InvalidCursor");
    assert_eq!(refused(bob.received(&room.convo_id, &never).await), "InvalidCursor");
    server.settled().await;
    let pending = bob.pending(Some(&start), 10).await.unwrap().messages;
    assert_eq!(pending.iter().map(|entry| entry.seq).collect::<Vec<_>>(), [1], "nothing was taken for received");
    assert_eq!(bob.heard_since(&server, Some(&start)).await, ["#1"]);
}

/// Another server was started on the database after it had come to another cluster; this one was forgotten.
#[tokio::test]
async fn a_server_that_has_missed_the_beginning_of_an_era_follows_nothing_and_says_so() {
    let server = TestServer::start().await;
    let room = Room::open(&server, &["alice", "bob"]).await;
    let bob = room.members[1].listen_from_now(&server).await;
    assert_eq!(health(&server, "/health/ready").await, 200);
    let mut conn = connect(server.db()).await;
    sqlx::query("UPDATE stream SET era = era + 1").execute(&mut conn).await.unwrap();
    disconnect(&mut conn).await;
    let mut bob = bob;
    assert_eq!(bob.item().await.map(|item| item.is_ok()), Some(false));
    let mut tries = 0;
    while health(&server, "/health/ready").await != 503 {
        super::a_while().await;
        tries += 1;
        assert!(tries < 50, "the server still takes requests");
    }
    assert_eq!(health(&server, "/health/live").await, 200);
    let server = server.restart().await;
    assert_eq!(health(&server, "/health/ready").await, 200);
    let members = room.members.into_iter().map(|member| member.moved_to(&server)).collect();
    let room = Room { members, ..room };
    let mut bob = room.members[1].listen_from_now(&server).await;
    room.send("one").await;
    assert_eq!(gists(&bob.take(1).await), ["#1"]);
}

#[tokio::test]
async fn what_follows_the_log_begins_again_after_a_panic() {
    let server = TestServer::start().await;
    let room = Room::open(&server, &["alice", "bob"]).await;
    let sabotage = Sabotage::of("stream.tail");
    let mut bob = room.members[1].listen_from_now(&server).await;
    room.send("one").await;
    assert_eq!(gists(&bob.take(1).await), ["#1"]);
    sabotage.arm();
    room.send("two").await;
    assert_eq!(gists(&bob.take(1).await), ["#2"]);
    assert!(sabotage.is_done());
}

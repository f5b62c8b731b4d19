//! Coming back: behind the last event, on whichever server, with nothing missing and nothing twice.

use std::time::Duration;

use reqwest::header::HeaderName;

use e2e::{
    actor::refused,
    room::Room,
    server::TestServer,
    stream::{cursor, gists},
};

#[tokio::test]
async fn a_stream_goes_on_behind_any_of_its_events_on_any_server() {
    let server = TestServer::start().await;
    let replica = server.replica().await;
    let room = Room::open(&server, &["alice", "bob"]).await;
    let mut bob = room.members[1].listen_from_now(&server).await;
    let mut cursors = vec![bob.cursor.clone().unwrap()];
    for _ in 0..6 {
        room.send("x").await;
    }
    cursors.extend(bob.take(6).await.iter().map(|event| cursor(event).to_owned()));
    assert!(cursors.is_sorted());
    let elsewhere = server.actor("bob").moved_to(&replica);
    for (position, cursor) in cursors.iter().enumerate() {
        let expected: Vec<_> = (position + 1..=6).map(|seq| format!("#{seq}")).collect();
        for user in [&room.members[1], &elsewhere] {
            assert_eq!(user.heard_since(&server, Some(cursor)).await, expected);
        }
    }
    // The parameter does as the header, which wins.
    let call = |header: &'static str, parameter: &str| {
        let call = server.call("streamConvoEvents").by(&room.members[1].did).query(format!("cursor={parameter}"));
        call.header(HeaderName::from_static("last-event-id"), header).send()
    };
    call("nonsense", &cursors[0]).await.refused(400, "InvalidCursor");
}

#[tokio::test]
async fn a_long_absence_is_read_in_pages() {
    let server = TestServer::start().await;
    let room = Room::open(&server, &["alice", "bob"]).await;
    let bob = &room.members[1];
    let start = bob.listen_from_now(&server).await.cursor;
    futures::future::join_all((0..350).map(|_| room.send(vec![1; 20_000]))).await;
    let mut listener = bob.listen(start.as_deref()).await;
    room.send("one more").await;
    let expected: Vec<_> = (1..=351).map(|seq| format!("#{seq}")).collect();
    assert_eq!(gists(&listener.take(351).await), expected);
}

#[tokio::test]
async fn who_lags_too_far_is_caught_up_from_the_table() {
    let server = TestServer::start().await;
    let room = Room::open(&server, &["alice", "bob"]).await;
    let mut bob = room.members[1].listen_from_now(&server).await;
    // Far more than sockets and queues hold, and nobody reads.
    for _ in 0..15 {
        futures::future::join_all((0..20).map(|_| room.send(vec![1; 100_000]))).await;
    }
    let expected: Vec<_> = (1..=300).map(|seq| format!("#{seq}")).collect();
    assert_eq!(gists(&bob.take(300).await), expected);
    room.send("live again").await;
    assert_eq!(gists(&bob.take(1).await), ["#301"]);
}

#[tokio::test]
async fn a_cursor_that_nobody_was_given_is_refused() {
    let server = TestServer::start().await;
    let room = Room::open(&server, &["alice", "bob"]).await;
    let mut bob = room.members[1].listen_from_now(&server).await;
    room.send("x").await;
    bob.take(1).await;
    let good = bob.cursor.unwrap();
    let mut wrong =
        vec!["0".repeat(26), "Z".repeat(26), "7".repeat(26), "-".to_owned(), good.to_lowercase(), "x".repeat(512)];
    wrong.extend((1..26).map(|length| good[..length].to_owned()));
    wrong.extend((0..26).map(|at| {
        let digit = if &good[at..=at] == "0" { "1" } else { "0" };
        format!("{}{digit}{}", &good[..at], &good[at + 1..])
    }));
    for cursor in wrong {
        assert_eq!(refused(room.members[1].listen_or_not(&cursor).await), "InvalidCursor", "{cursor}");
    }
    // Of another deployment, and of a time to come.
    let foreign = TestServer::with_flags(&["--server-secret=the secret of quite another deployment of this"]).await;
    let theirs =
        Room::open(&foreign, &["alice", "bob"]).await.members[1].listen_from_now(&foreign).await.cursor.unwrap();
    assert_eq!(refused(room.members[1].listen_or_not(&theirs).await), "InvalidCursor");
    let future = server.cursors().write(catbird_server::store::places::Place { txid: 1 << 40, id: 1 });
    assert_eq!(refused(room.members[1].listen_or_not(&future).await), "InvalidCursor");
    assert_eq!(room.members[1].heard_since(&server, Some(&good)).await, [""; 0]);
}

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

#[tokio::test]
async fn a_cursor_older_than_what_is_kept_is_told_so() {
    let server = TestServer::start().await;
    let room = Room::open(&server, &["alice", "bob"]).await;
    let bob = &room.members[1];
    let mut listener = bob.listen_from_now(&server).await;
    let start = listener.cursor.clone().unwrap();
    room.send("one").await;
    listener.take(1).await;
    let first = listener.cursor.clone().unwrap();
    server.pass_time(DAY * 20).await;
    room.send("two").await;
    listener.take(1).await;
    let second = listener.cursor.clone().unwrap();
    assert_eq!(bob.heard_since(&server, Some(&start)).await, ["#1", "#2"], "all of it is kept");
    server.pass_time(DAY * 15).await;
    assert_eq!(refused(bob.listen_or_not(&start).await), "CursorExpired");
    // Nothing behind this one is gone.
    assert_eq!(bob.heard_since(&server, Some(&first)).await, ["#2"]);
    server.pass_time(DAY * 365).await;
    assert_eq!(refused(bob.listen_or_not(&first).await), "CursorExpired");
    assert_eq!(bob.heard_since(&server, Some(&second)).await, [""; 0]);
    room.send("three").await;
    assert_eq!(bob.heard_since(&server, Some(&second)).await, ["#3"]);
    assert_eq!(gists(&listener.take(1).await), ["#3"], "who stayed has missed nothing");
}

#[tokio::test]
async fn a_dump_that_is_restored_elsewhere_begins_a_new_era() {
    let server = TestServer::start().await;
    let room = Room::open(&server, &["alice", "bob"]).await;
    let start = room.members[1].listen_from_now(&server).await.cursor.unwrap();
    room.send("one").await;
    // As a database looks that has come to another cluster, where transaction ids are lower.
    let moved = [
        "UPDATE stream SET cluster = cluster + 1",
        "UPDATE events SET txid = '9999999999999'",
        "UPDATE conversations SET last_event_txid = '9999999999999'",
    ];
    for statement in moved {
        sqlx::query(sqlx::AssertSqlSafe(statement)).execute(server.db()).await.unwrap();
    }
    let server = server.restart().await;
    let bob = server.actor("bob");
    assert_eq!(refused(bob.listen_or_not(&start).await), "CursorExpired");
    let mut listener = bob.listen_from_now(&server).await;
    let beginning = listener.cursor.clone();
    let members = room.members.into_iter().map(|member| member.moved_to(&server)).collect();
    let room = Room { members, ..room };
    // What is from before still waits for who hasn't got it, in pages.
    let (pending, last) = room.members[1].all_pending(None, 1).await;
    assert_eq!(pending.len(), 1);
    room.members[1].received(&room.convo_id, &last.unwrap()).await.unwrap();
    room.send("two").await;
    assert_eq!(gists(&listener.take(1).await), ["#2"]);
    assert!(listener.cursor.as_ref() > Some(&start), "later eras sort later");
    assert_eq!(bob.heard_since(&server, beginning.as_deref()).await, ["#2"], "nothing of the era before");
    // Once is enough.
    let cursor = listener.cursor.take();
    drop(listener);
    let again = server.restart().await;
    again.settled().await;
    assert_eq!(gists(&again.actor("bob").listen(cursor.as_deref()).await.catch_up().await), [""; 0]);
}

//! What is shown to those who are connected and kept nowhere.

use catbird_lexicon::blue::catbird::mls::{send_message, send_typing_indicator};
use e2e::{
    actor::{Actor, refused},
    room::Room,
    server::TestServer,
    stream::{Event, cursor, gists},
};
use lexicon_runtime::client::ClientError;

use super::{add, remove};

async fn types(
    user: &Actor,
    room: &Room,
    is_typing: bool,
) -> Result<send_typing_indicator::Output, ClientError<send_typing_indicator::Error>> {
    let input = send_typing_indicator::Input { convo_id: room.convo_id.clone(), is_typing };
    user.api.send_typing_indicator(&input).await
}

fn ephemeral(room: &Room, content: &[u8]) -> send_message::Input {
    send_message::Input { delivery: send_message::InputDelivery::Ephemeral, ..room.message(content) }
}

#[tokio::test]
async fn typing_is_shown_on_all_servers() {
    let server = TestServer::start().await;
    let replica = server.replica().await;
    let room = Room::open(&server, &["alice", "bob"]).await;
    let elsewhere = server.actor("bob").moved_to(&replica);
    let (mut here, mut there) =
        (room.members[1].listen_from_now(&server).await, elsewhere.listen_from_now(&server).await);
    room.send("one").await;
    let last = [here.take(1).await.remove(0), there.take(1).await.remove(0)];
    types(&room.members[0], &room, true).await.unwrap();
    types(&room.members[0], &room, false).await.unwrap();
    for (listener, last) in [&mut here, &mut there].into_iter().zip(&last) {
        let shown = listener.take(2).await;
        assert_eq!(gists(&shown), ["alice types true", "alice types false"]);
        assert!(shown.iter().all(|event| cursor(event) == cursor(last)), "they repeat the last cursor");
    }
    // Coming back with that cursor neither repeats nor skips anything.
    room.send("two").await;
    assert_eq!(room.members[1].heard_since(&server, Some(cursor(&last[0]))).await, ["#2"]);
}

#[tokio::test]
async fn only_members_type_and_only_members_see_it() {
    let server = TestServer::start().await;
    let room = Room::open(&server, &["alice", "bob", "carol"]).await;
    let (mut bob, mut carol) =
        (room.members[1].listen_from_now(&server).await, room.members[2].listen_from_now(&server).await);
    let stranger = server.actor("mallory");
    assert_eq!(refused(types(&stranger, &room, true).await), "NotMember");
    remove(&room, &room.members[2]).await;
    assert_eq!(gists(&bob.take(1).await), ["carol removed"]);
    assert_eq!(refused(types(&room.members[2], &room, true).await), "NotMember");
    types(&room.members[0], &room, true).await.unwrap();
    assert_eq!(gists(&bob.take(1).await), ["alice types true"]);
    assert_eq!(gists(&carol.take(1).await), ["carol removed"]);
    carol.hears_nothing().await;
    add(&room, &stranger).await;
    assert_eq!(gists(&bob.take(1).await), ["mallory joined"]);
    types(&stranger, &room, true).await.unwrap();
    assert_eq!(gists(&bob.take(1).await), ["mallory types true"]);
}

#[tokio::test]
async fn an_ephemeral_message_is_shown_and_never_stored() {
    let server = TestServer::start().await;
    let replica = server.replica().await;
    let room = Room::open(&server, &["alice", "bob"]).await;
    let mut bob = server.actor("bob").moved_to(&replica).listen_from_now(&server).await;
    let rows = "SELECT (SELECT count(*) FROM events) + (SELECT count(*) FROM messages)";
    let rows = async || -> i64 { sqlx::query_scalar(rows).fetch_one(server.db()).await.unwrap() };
    let before = rows().await;
    let input = ephemeral(&room, &[7; 4096]);
    let output = room.members[0].api.send_message(&input).await.unwrap();
    assert_eq!((output.seq, output.epoch, &output.message_id), (0, 0, &input.msg_id));
    let Event::MessageEvent(event) = bob.next().await else { panic!("another event") };
    assert_eq!((event.message.seq, &event.message.id, event.message.ciphertext.len()), (0, &input.msg_id, 4096));
    assert_eq!(rows().await, before);
    assert!(room.log().await.is_empty());
}

#[tokio::test]
async fn an_ephemeral_message_is_held_to_the_rules_of_others() {
    let server = TestServer::start().await;
    let mut room = Room::open(&server, &["alice", "bob"]).await;
    let alice = room.members[0].api.clone();
    assert_eq!(refused(alice.send_message(&ephemeral(&room, &[7; 4097])).await), "MessageTooLarge");
    let stale = ephemeral(&room, b"x");
    room.advance().await;
    assert_eq!(refused(alice.send_message(&stale).await), "EpochMismatch");
    let stranger = server.actor("mallory");
    assert_eq!(refused(stranger.api.send_message(&ephemeral(&room, b"x")).await), "NotMember");
    let nowhere = send_message::Input { convo_id: "00".to_owned(), ..ephemeral(&room, b"x") };
    assert_eq!(refused(alice.send_message(&nowhere).await), "ConvoNotFound");
    let mut bob = room.members[1].listen_from_now(&server).await;
    bob.hears_nothing().await;
}

#[tokio::test]
async fn what_is_ephemeral_has_a_rate_of_its_own() {
    let server = TestServer::with_flags(&["--ephemeral-rate-per-caller=2"]).await;
    let room = Room::open(&server, &["alice", "bob"]).await;
    for _ in 0..4 {
        types(&room.members[0], &room, true).await.unwrap();
    }
    assert_eq!(refused(types(&room.members[0], &room, true).await), "RateLimitExceeded");
    assert_eq!(refused(room.members[0].api.send_message(&ephemeral(&room, b"x")).await), "RateLimitExceeded");
    types(&room.members[1], &room, true).await.unwrap();
    room.send("others go on").await;
}

/// A transaction that stays open holds the log back, and with it the news of a removal.
#[tokio::test]
async fn who_was_removed_sees_no_typing_even_before_they_hear_of_it() {
    let server = TestServer::start().await;
    let room = Room::open(&server, &["alice", "bob"]).await;
    let mut bob = room.members[1].listen_from_now(&server).await;
    let mut open = super::connect(server.db()).await;
    sqlx::query("BEGIN").execute(&mut open).await.unwrap();
    sqlx::query("SELECT pg_current_xact_id()::text").execute(&mut open).await.unwrap();
    remove(&room, &room.members[1]).await;
    types(&room.members[0], &room, true).await.unwrap();
    bob.hears_nothing().await;
    sqlx::query("COMMIT").execute(&mut open).await.unwrap();
    assert_eq!(gists(&bob.take(1).await), ["bob removed"]);
}

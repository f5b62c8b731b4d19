//! Who sees which part of what happens.

use std::sync::atomic::{AtomicBool, Ordering};

use catbird_server::store::events::{self, Alert, Audience, EventPlace, NewEvent, Occurrence};
use e2e::{
    actor::{Actor, refused},
    chat::Chat,
    room::Room,
    server::TestServer,
    stream::{gist, gists},
};
use uuid::Uuid;

use super::{add, leave, remove};

#[tokio::test]
async fn a_member_hears_what_happens_from_now_on() {
    let server = TestServer::start().await;
    let mut room = Room::open(&server, &["alice", "bob"]).await;
    room.send("before").await;
    let mut alice = room.members[0].listen_from_now(&server).await;
    let mut bob = room.members[1].listen_from_now(&server).await;
    room.send("one").await;
    room.advance().await;
    room.send("three").await;
    assert_eq!(gists(&alice.take(3).await), ["#2", "#3", "#4"]);
    assert_eq!(gists(&bob.take(3).await), ["#2", "#3", "#4"]);
    bob.hears_nothing().await;
}

#[tokio::test]
async fn a_message_comes_as_it_is_read() {
    let server = TestServer::start().await;
    let room = Room::open(&server, &["alice", "bob"]).await;
    let mut bob = room.members[1].listen_from_now(&server).await;
    room.send("content").await;
    let e2e::stream::Event::MessageEvent(event) = bob.next().await else { panic!("another event") };
    assert_eq!(vec![event.message], room.log().await);
}

#[tokio::test]
async fn conversations_of_others_are_never_heard() {
    let server = TestServer::start().await;
    let (room, other) = (Room::open(&server, &["alice", "bob"]).await, Room::open(&server, &["carol", "dave"]).await);
    let mut alice = room.members[0].listen_from_now(&server).await;
    let mut stranger = server.actor("mallory").listen_from_now(&server).await;
    for _ in 0..5 {
        other.send("secret").await;
    }
    remove(&other, &other.members[1]).await;
    alice.hears_nothing().await;
    stranger.hears_nothing().await;
    room.send("ours").await;
    assert_eq!(gists(&alice.take(1).await), ["#1"]);
    // Nor by resuming, nor by asking for that conversation.
    let cursor = alice.cursor.clone();
    assert_eq!(room.members[0].heard_since(&server, cursor.as_deref()).await, [""; 0]);
    assert_eq!(refused(room.members[0].try_listen(None, Some(&other.convo_id)).await), "NotMember");
}

#[tokio::test]
async fn one_conversation_can_be_listened_to_alone() {
    let server = TestServer::start().await;
    let room = Room::open(&server, &["alice", "bob"]).await;
    let other = Room::open(&server, &["alice", "carol"]).await;
    let mut one = room.members[0].try_listen(None, Some(&room.convo_id)).await.unwrap();
    let mut all = room.members[0].listen_from_now(&server).await;
    one.catch_up().await;
    other.send("there").await;
    room.send("here").await;
    assert_eq!(gists(&one.take(1).await), ["#1"]);
    one.hears_nothing().await;
    assert_eq!(all.take(2).await.len(), 2);
    let resumed = room.members[0].try_listen(one.cursor.as_deref(), Some(&room.convo_id)).await.unwrap();
    drop(resumed);
}

#[tokio::test]
async fn who_joins_while_connected_hears_from_their_joining_on() {
    let server = TestServer::start().await;
    let mut room = Room::open(&server, &["alice", "bob"]).await;
    let carol = server.actor("carol");
    let mut listener = carol.listen_from_now(&server).await;
    room.send("before").await;
    add(&room, &carol).await;
    room.send("after").await;
    room.members.push(carol);
    assert_eq!(gists(&listener.take(2).await), ["carol joined", "#2"]);
    // And in a conversation that didn't exist when the stream was opened, also its creator.
    let second = Room::of(vec![server.actor("carol"), server.actor("dave")]).await;
    second.send("first").await;
    assert_eq!(gists(&listener.take(3).await), ["carol joined", "dave joined", "#1"]);
}

/// The last entry before a joining has the seq at which the joiner begins.
#[tokio::test]
async fn who_joins_hears_nothing_about_the_entries_before() {
    let server = TestServer::start().await;
    let room = Room::open(&server, &["alice", "bob"]).await;
    let (bob, carol) = (&room.members[1], server.actor("carol"));
    let secret = room.send("before").await.message_id;
    let mut listener = carol.listen_from_now(&server).await;
    let start = listener.cursor.clone();
    add(&room, &carol).await;
    bob.react(&room.convo_id, &secret, "+").await.unwrap();
    bob.mark_read(&room.convo_id, None).await.unwrap();
    let message = room.send("after").await.message_id;
    bob.react(&room.convo_id, &message, "+").await.unwrap();
    bob.mark_read(&room.convo_id, None).await.unwrap();
    let expected = ["carol joined", "#2", "reactionEvent", "readEvent"];
    assert_eq!(gists(&listener.take(4).await), expected);
    assert_eq!(carol.heard_since(&server, start.as_deref()).await, expected);
}

#[tokio::test]
async fn who_is_removed_hears_the_commit_and_nothing_after() {
    let server = TestServer::start().await;
    let (alice, bob) = (server.actor("alice"), server.actor("bob"));
    bob.publish(1).await;
    let mut chat = Chat::create(&alice, &[&bob.did]).await;
    let mut listener = bob.listen_from_now(&server).await;
    let before = listener.cursor.clone();
    chat.send("one").await;
    chat.remove(&bob.did).await.unwrap();
    chat.send("secret").await;
    let heard = ["#1", "#2", "bob removed"];
    assert_eq!(gists(&listener.take(3).await), heard);
    listener.hears_nothing().await;
    // Nor by coming back, to all conversations or to this one.
    assert_eq!(bob.heard_since(&server, before.as_deref()).await, heard);
    let mut resumed = bob.try_listen(before.as_deref(), Some(&chat.convo_id)).await.unwrap();
    assert_eq!(gists(&resumed.catch_up().await), heard);
    assert_eq!(refused(bob.try_listen(None, Some(&chat.convo_id)).await), "NotMember");
    assert_eq!(alice.heard_since(&server, before.as_deref()).await, ["#1", "#2", "bob removed", "#3"]);
}

#[tokio::test]
async fn who_is_removed_and_added_again_hears_nothing_of_the_time_between() {
    let server = TestServer::start().await;
    let room = Room::open(&server, &["alice", "bob"]).await;
    let bob = &room.members[1];
    let mut listener = bob.listen_from_now(&server).await;
    room.send("1").await;
    remove(&room, bob).await;
    room.send("2: secret").await;
    add(&room, bob).await;
    room.send("3").await;
    assert_eq!(gists(&listener.take(4).await), ["#1", "bob removed", "bob joined", "#3"]);
    // And while away.
    let cursor = listener.cursor.clone();
    drop(listener);
    room.send("4").await;
    leave(&room, bob).await;
    room.send("5: secret").await;
    add(&room, bob).await;
    room.send("6").await;
    server.settled().await;
    let mut listener = bob.listen(cursor.as_deref()).await;
    assert_eq!(gists(&listener.catch_up().await), ["bob joined", "#6"]);
    room.send("7").await;
    assert_eq!(gists(&listener.take(1).await), ["#7"]);
}

/// What a user hears who is there all the time, by the order of the log: entries and changes of their own membership.
async fn times_of(user: &Actor, room: &Room, server: &TestServer) -> Vec<String> {
    let events: Vec<(String, i64, Option<String>)> =
        sqlx::query_as("SELECT kind, seq, subject_did FROM events WHERE convo_id = $1 ORDER BY txid, id")
            .bind(&room.convo_id)
            .fetch_all(server.db())
            .await
            .unwrap();
    let (mut is_in, mut heard) = (false, Vec::new());
    for (kind, seq, subject) in events {
        let is_own = subject.as_deref() == Some(user.did.as_str());
        match kind.as_str() {
            "entry" if is_in => heard.push(format!("#{seq}")),
            "joined" | "removed" if is_own => {
                is_in = kind == "joined";
                heard.push(format!("bob {kind}"));
            }
            _ => {}
        }
    }
    heard
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_removed_and_added_while_others_write_hears_exactly_their_times() {
    let server = TestServer::start().await;
    let replica = server.replica().await;
    let room = Room::open(&server, &["alice", "bob", "carol"]).await;
    let (bob, elsewhere) = (&room.members[1], server.actor("bob").moved_to(&replica));
    let mut listeners = [
        bob.listen_from_now(&server).await,
        bob.listen_from_now(&server).await,
        elsewhere.listen_from_now(&server).await,
    ];
    let is_over = AtomicBool::new(false);
    let write = async |writer: &Actor| {
        while !is_over.load(Ordering::SeqCst) {
            writer.api.send_message(&room.message("x")).await.unwrap();
        }
    };
    let come_and_go = async {
        for _ in 0..12 {
            remove(&room, bob).await;
            add(&room, bob).await;
        }
        is_over.store(true, Ordering::SeqCst);
    };
    let alice = server.actor("alice").moved_to(&replica);
    tokio::join!(come_and_go, write(&alice), write(&room.members[2]), write(&room.members[2]));
    let end = format!("#{}", room.send("end").await.seq);
    let expected = times_of(bob, &room, &server).await;
    assert!(expected.len() > 40, "{}: that was no load", expected.len());
    for listener in &mut listeners {
        // Their first joining was before they listened.
        let mut heard = vec!["bob joined".to_owned()];
        while heard.last() != Some(&end) {
            heard.extend(gists(&listener.take(1).await));
        }
        assert_eq!(heard, expected);
    }
}

#[tokio::test]
async fn a_later_device_takes_nothing_from_the_earlier_ones() {
    let server = TestServer::start().await;
    let alice = server.actor("alice");
    let (first, second) = (server.device("bob", Uuid::new_v4()), server.device("bob", Uuid::new_v4()));
    first.publish(8).await;
    let mut chat = Chat::create(&alice, &[&first.did]).await;
    let mut listener = first.listen_from_now(&server).await;
    let start = listener.cursor.clone();
    chat.send("one").await;
    second.publish(8).await;
    // One of the first device comes along, which is in the group already.
    let fetched = alice.fetch(&[&second.did]).await;
    let added: Vec<_> = fetched.into_iter().filter(|fetched| fetched.identity == second.identity).collect();
    chat.change(&added, &[]).await.unwrap();
    chat.send("three").await;
    let heard = ["#1", "#2", "bob joined", "#3"];
    assert_eq!(gists(&listener.take(4).await), heard);
    assert_eq!(second.heard_since(&server, start.as_deref()).await, heard);
}

#[tokio::test]
async fn some_events_are_for_admins_or_for_one_alone() {
    let server = TestServer::start().await;
    let room = Room::open(&server, &["alice", "bob"]).await;
    let [alice, bob] = &room.members[..] else { unreachable!() };
    let (mut admin, mut member) = (alice.listen_from_now(&server).await, bob.listen_from_now(&server).await);
    let start = member.cursor.clone();
    let mut tx = server.db().begin().await.unwrap();
    let place = EventPlace { convo_id: &room.convo_id, actor_did: alice.did.as_str(), at: server.now() };
    let alert =
        |audience, alert, subject: &str| NewEvent { audience, ..NewEvent::new(Occurrence::Alert(alert), subject) };
    let told = [
        alert(Audience::Admins, Alert::ReportSubmitted, bob.did.as_str()),
        alert(Audience::Subject, Alert::BlockConflict, bob.did.as_str()),
    ];
    events::write(&mut tx, &place, &told).await.unwrap();
    let low = alert(Audience::Subject, Alert::KeyPackagesLow, bob.did.as_str());
    events::write_private(&mut tx, &low, server.now()).await.unwrap();
    tx.commit().await.unwrap();
    room.send("end").await;
    let (for_admins, for_bob) =
        (["alert report_submitted", "#1"], ["alert block_conflict", "alert key_packages_low", "#1"]);
    assert_eq!(gists(&admin.take(2).await), for_admins);
    assert_eq!(gists(&member.take(3).await), for_bob);
    assert_eq!(alice.heard_since(&server, start.as_deref()).await, for_admins);
    let mut resumed = bob.listen(start.as_deref()).await;
    assert_eq!(gists(&resumed.catch_up().await), for_bob);
    // What concerns bob alone belongs to no conversation.
    let mut one = bob.try_listen(start.as_deref(), Some(&room.convo_id)).await.unwrap();
    assert_eq!(gists(&one.catch_up().await), ["alert block_conflict", "#1"]);
}

#[tokio::test]
async fn an_expired_message_is_passed_over_and_an_event_of_a_later_release_is_named() {
    let server = TestServer::start().await;
    let room = Room::open(&server, &["alice", "bob"]).await;
    let mut listener = room.members[1].listen_from_now(&server).await;
    let start = listener.cursor.clone();
    room.send("one").await;
    room.send("two").await;
    listener.take(2).await;
    sqlx::query("UPDATE messages SET expires_at = $1 WHERE seq = 1")
        .bind(server.now())
        .execute(server.db())
        .await
        .unwrap();
    sqlx::query("INSERT INTO events (txid, convo_id, kind, seq, epoch, created_at) VALUES (pg_current_xact_id(), $1, 'new', 2, 0, now())")
        .bind(&room.convo_id)
        .execute(server.db())
        .await
        .unwrap();
    assert_eq!(gist(&listener.next().await), "unknownEvent");
    assert_eq!(room.members[1].heard_since(&server, start.as_deref()).await, ["#2", "unknownEvent"]);
}

/// A later release may have kinds of entries that this one doesn't know.
#[tokio::test]
async fn an_entry_that_cannot_be_shown_is_named_and_keeps_nobody_from_the_others() {
    let server = TestServer::start().await;
    let room = Room::open(&server, &["alice", "bob"]).await;
    let mut listener = room.members[1].listen_from_now(&server).await;
    let start = listener.cursor.clone();
    for statement in [
        "CREATE FUNCTION of_later() RETURNS trigger LANGUAGE plpgsql AS
            $$BEGIN IF NEW.seq = 2 THEN NEW.kind := 'later'; END IF; RETURN NEW; END$$",
        "CREATE TRIGGER of_later BEFORE INSERT ON messages FOR EACH ROW EXECUTE FUNCTION of_later()",
    ] {
        sqlx::query(statement).execute(server.db()).await.unwrap();
    }
    for _ in 0..3 {
        room.send("x").await;
    }
    let heard: Vec<_> =
        [listener.next().await, listener.next().await, listener.next().await].iter().map(gist).collect();
    assert_eq!(heard, ["#1", "unknownEvent", "#3"]);
    assert_eq!(room.members[1].heard_since(&server, start.as_deref()).await, ["#1", "unknownEvent", "#3"]);
}

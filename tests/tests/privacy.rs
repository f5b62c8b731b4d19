//! The server knows as little as it can, and shows less. That its log names nobody is tested with the program itself.

use catbird_lexicon::blue::catbird::mls::get_commits;
use chrono::{DateTime, TimeDelta, Timelike, Utc};
use e2e::{
    actor::{Actor, hash},
    chat::{self, Chat},
    server::TestServer,
};
use lexicon_runtime::formats::Datetime;

fn assert_in_a_bucket(what: &str, time: &Datetime, now: DateTime<Utc>) {
    let time = time.to_utc();
    assert_eq!((time.second() % 2, time.nanosecond()), (0, 0), "{what} is {time}");
    assert!(now - time < TimeDelta::seconds(2) && now >= time, "{what} is {time}, the time is {now}");
}

/// An odd second and a part of one.
fn set_clock_to_an_odd_second(server: &TestServer) {
    let now = server.now();
    let to_go = 2_000 - (now.timestamp_millis() % 2_000) + 1_987;
    server.clock.advance(TimeDelta::milliseconds(to_go));
    assert_eq!(server.now().second() % 2, 1);
}

#[tokio::test]
async fn clients_see_times_in_buckets_of_two_seconds() {
    let server = TestServer::start().await;
    set_clock_to_an_odd_second(&server);
    let now = server.now();
    let (alice, bob) = (server.actor("alice"), server.actor("bob"));
    bob.publish(1).await;
    let mut at_alice = Chat::create(&alice, &[&bob.did]).await;
    let sent = at_alice.send("when?").await;
    at_alice.update().await.unwrap();
    assert_in_a_bucket("receivedAt", &sent.received_at, now);
    for entry in alice.read(&at_alice.convo_id).await {
        assert_in_a_bucket("createdAt", &entry.created_at, now);
        let days = if entry.seq == sent.seq { 30 } else { 90 };
        assert_in_a_bucket("expiresAt", entry.expires_at.as_ref().unwrap(), now + TimeDelta::days(days));
    }
    let reacted = bob.react(&at_alice.convo_id, &sent.message_id, "+").await.unwrap();
    assert_in_a_bucket("reactedAt", reacted.reacted_at.as_ref().unwrap(), now);
    let reactions = alice.message(&sent.message_id).await.unwrap().reactions.unwrap();
    assert_in_a_bucket("createdAt of a reaction", &reactions[0].created_at, now);
    assert_in_a_bucket("readAt", &bob.mark_read(&at_alice.convo_id, None).await.unwrap().read_at, now);
    let stored: Vec<DateTime<Utc>> =
        sqlx::query_scalar("SELECT created_at FROM events").fetch_all(server.db()).await.unwrap();
    for time in stored {
        assert_in_a_bucket("the time of an event", &Datetime::from(time), now);
    }
    assert_in_a_bucket("createdAt", &alice.message(&sent.message_id).await.unwrap().created_at, now);
    let params = get_commits::Params { convo_id: at_alice.convo_id.clone(), from_epoch: 0, to_epoch: None };
    let commits = alice.api.get_commits(&params).await.unwrap().commits;
    assert_in_a_bucket("createdAt of a commit", &commits[0].created_at, now);
    let view = bob.convos().await.remove(0);
    assert_in_a_bucket("createdAt of a conversation", &view.created_at, now);
    assert_in_a_bucket("lastMessageAt", view.last_message_at.as_ref().unwrap(), now);
    for member in &view.members {
        assert_in_a_bucket("joinedAt", &member.joined_at, now);
    }
}

/// What would tell, in the text of a row, who this is: the DID, its bytes, or a hash of it that anybody can make.
fn traces(actor: &Actor) -> [String; 4] {
    let did = actor.did.as_str();
    [did.to_owned(), did.trim_start_matches("did:plc:").to_owned(), hex::encode(did), hash(did.as_bytes())]
}

#[tokio::test]
async fn no_column_of_a_message_names_its_sender() {
    let server = TestServer::start().await;
    let (alice, bob) = (server.actor("alicewithalongname"), server.actor("bobwithalongname"));
    bob.publish(1).await;
    let mut at_alice = Chat::create(&alice, &[&bob.did]).await;
    let convo_id = at_alice.convo_id.clone();
    let mut at_bob = Chat::join(&bob, &convo_id).await;
    at_alice.send("from alice").await;
    at_bob.send("from bob").await;
    at_bob.update().await.unwrap();
    let proposal = at_bob.group.propose_leaving(&bob.mls);
    at_bob.send_as(&chat::message(&convo_id, 2, proposal)).await;
    // An entry's event is the same for everybody too; only changes of membership name somebody.
    let rows: Vec<String> = sqlx::query_scalar(
        "SELECT row_to_json(m)::text FROM messages m
        UNION ALL SELECT row_to_json(e)::text FROM events e WHERE kind = 'entry'",
    )
    .fetch_all(server.db())
    .await
    .unwrap();
    assert_eq!(rows.len(), 2 * 4);
    for row in &rows {
        assert!(row.contains(&convo_id), "the rows are searched as text");
        for trace in traces(&alice).iter().chain(&traces(&bob)) {
            assert!(!row.contains(trace), "{trace} is in {row}");
        }
    }
    // Nor does the answer to a reader say who sent or committed.
    let params = get_commits::Params { convo_id: convo_id.clone(), from_epoch: 0, to_epoch: None };
    let commits = alice.api.get_commits(&params).await.unwrap().commits;
    assert!(commits.iter().all(|commit| commit.sender.is_none()));
}

#[tokio::test]
async fn the_same_content_by_two_senders_looks_unrelated() {
    let server = TestServer::start().await;
    let room = e2e::room::Room::open(&server, &["alice", "bob"]).await;
    for sender in [&room.members[0], &room.members[1], &room.members[0]] {
        sender.api.send_message(&room.message("the same bytes")).await.unwrap();
    }
    let distinct: i64 =
        sqlx::query_scalar("SELECT count(DISTINCT request_tag) FROM messages").fetch_one(server.db()).await.unwrap();
    assert_eq!(distinct, 3, "tags don't tell which messages have one sender");
}

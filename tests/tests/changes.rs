//! Changes of membership that are asked for in odd ways.

use std::time::{Duration, Instant};

use catbird_lexicon::blue::catbird::mls::{create_convo, leave_convo};
use catbird_server::mls::encode_base64url;
use e2e::{
    actor::refused,
    chat::{self, Chat, contents, created_with},
    room::{Room, creation},
    server::TestServer,
};
use sqlx::Row;
use uuid::Uuid;

#[tokio::test]
async fn naming_somebody_twice_removes_them_once() {
    let server = TestServer::start().await;
    let mut room = Room::open(&server, &["alice", "bob"]).await;
    let handshake = room.group.update(&room.members[0].mls);
    let mut input = chat::commit(&room.convo_id, 0, handshake.commit);
    input.remove_dids = Some(vec![room.members[1].did.clone(), room.members[1].did.clone()]);
    room.members[0].api.submit_commit(&input).await.unwrap();
    for table in ["events WHERE kind = 'removed'", "audit_log"] {
        let count = sqlx::query(sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {table}")));
        assert_eq!(count.fetch_one(server.db()).await.unwrap().get::<i64, _>(0), 1, "{table}");
    }
}

#[tokio::test]
async fn nobody_leaves_by_a_commit_of_their_own() {
    let server = TestServer::start().await;
    let mut room = Room::open(&server, &["alice", "bob"]).await;
    let handshake = room.group.update(&room.members[0].mls);
    let input = leave_convo::Input {
        convo_id: room.convo_id.clone(),
        target_did: None,
        commit: Some(encode_base64url(&handshake.commit)),
    };
    assert_eq!(refused(room.members[0].api.leave_convo(&input).await), "InvalidCommit");
    assert_eq!(room.members[0].epoch(&room.convo_id).await.unwrap(), 0);
}

#[tokio::test]
async fn a_conversation_starts_at_an_epoch_that_can_be() {
    let server = TestServer::start().await;
    let (alice, bob) = (server.actor("alice"), server.actor("bob"));
    let new = || hex::encode(Uuid::new_v4().as_bytes());
    let input = create_convo::Input { current_epoch: i64::MAX, ..creation(&new(), &[]) };
    assert_eq!(refused(alice.api.create_convo(&input).await), "InvalidRequest");

    // Whoever is welcomed was added by a commit, which ended epoch 0 at the least.
    bob.publish(1).await;
    let fetched = alice.fetch(&[&bob.did]).await;
    let mut group = alice.mls.create_group(Uuid::new_v4().as_bytes());
    let welcome = group.add(&alice.mls, &contents(&fetched)).welcome.unwrap();
    let mut input = creation(&hex::encode(group.id()), std::slice::from_ref(&bob.did));
    input.welcome_message = Some(encode_base64url(&welcome));
    input.key_package_hashes = Some(fetched.iter().map(created_with).collect());
    assert_eq!(refused(alice.api.create_convo(&input).await), "InvalidWelcome");
    input.current_epoch = 1;
    alice.api.create_convo(&input).await.unwrap();
    Chat::join(&bob, &input.group_id).await;
}

#[tokio::test]
async fn a_public_commit_may_follow_the_addition_that_used_its_key_packages() {
    let server = TestServer::start().await;
    let (alice, bob) = (server.actor("alice"), server.actor("bob"));
    bob.publish(1).await;
    let group = alice.mls.create_public_group(Uuid::new_v4().as_bytes());
    let mut at_alice = Chat::create_as(&alice, group, &[]).await;
    let fetched = alice.fetch(&[&bob.did]).await;
    let handshake = at_alice.group.add(&alice.mls, &contents(&fetched));
    let mut addition = chat::addition(&at_alice.convo_id, &[&bob.did], &handshake, &fetched);
    addition.commit = None;
    alice.api.add_members(&addition).await.unwrap();
    alice.api.submit_commit(&chat::commit(&at_alice.convo_id, 0, handshake.commit)).await.unwrap();
    assert_eq!(bob.epoch(&at_alice.convo_id).await.unwrap(), 1);
}

#[tokio::test]
async fn a_stranger_is_turned_away_without_queueing_for_the_conversation() {
    let server = TestServer::start().await;
    let mut room = Room::open(&server, &["alice"]).await;
    let stranger = server.actor("mallory");
    let handshake = room.group.update(&room.members[0].mls);
    let input = chat::commit(&room.convo_id, 0, handshake.commit);
    let mut blocker = server.db().begin().await.unwrap();
    sqlx::query("SELECT 1 FROM conversations FOR UPDATE").execute(&mut *blocker).await.unwrap();
    let started = Instant::now();
    assert_eq!(refused(stranger.api.submit_commit(&input).await), "NotMember");
    assert!(started.elapsed() < Duration::from_secs(5), "the lock is not waited for");
    blocker.rollback().await.unwrap();
}

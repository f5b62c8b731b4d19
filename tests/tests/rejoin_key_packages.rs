//! Key packages that devices leave to be added anew by: in good hands, good for more than one conversation, and no more of
//! them than devices.

use catbird_lexicon::blue::catbird::mls::claim_pending_device_addition;
use chrono::TimeDelta;
use e2e::{
    actor::{Actor, Fetched, hash, refused},
    chat::{self, Chat, contents},
    server::TestServer,
};
use uuid::Uuid;

/// Has an actor ask to be added anew, who joins first if they have not; returns the key package that they leave.
async fn ask(actor: &Actor, convo_id: &str) -> Vec<u8> {
    if actor.welcome(convo_id).await.is_some() {
        actor.confirm(convo_id).await;
    }
    let package = actor.mls.key_package();
    let output = actor.api.request_rejoin(&chat::rejoining(convo_id, &package)).await.unwrap();
    assert!(output.pending);
    package
}

/// Adds a listed device anew, by a commit that takes its old leaf out.
async fn add_anew(chat: &mut Chat<'_>, fetched: &[Fetched], identity: &str) -> Result<(), String> {
    let handshake = chat.group.change(&chat.actor.mls, &contents(fetched), &[identity]);
    let input = chat::change(&chat.convo_id, chat.group.epoch(), handshake, fetched, &[]);
    let answer = chat.actor.api.submit_commit(&input).await;
    match answer {
        Ok(_) => chat.group.merge(&chat.actor.mls),
        Err(_) => chat.group.discard(&chat.actor.mls),
    }
    answer.map(drop).map_err(|error| error.to_string())
}

#[tokio::test]
async fn whoever_asks_to_be_added_anew_can_be_added_elsewhere_meanwhile() {
    let server = TestServer::start().await;
    let (alice, bob) = (server.actor("alice"), server.actor("bob"));
    bob.publish(2).await;
    let lost = Chat::create(&alice, &[&bob.did]).await.convo_id;
    let left = ask(&bob, &lost).await;
    let mut elsewhere = Chat::create(&alice, &[&bob.did]).await;
    let convo_id = elsewhere.convo_id.clone();
    Chat::join(&bob, &convo_id).await;
    // What they left is used up; the other one brings them back.
    let fetched = alice.fetch(&[&bob.did]).await;
    assert_ne!(fetched[0].hash, hash(&left));
    let refusal = add_anew(&mut elsewhere, &fetched, &bob.identity).await.unwrap_err();
    assert!(refusal.contains("AlreadyMember"), "{refusal}");
}

#[tokio::test]
async fn a_device_that_asks_to_be_added_anew_is_claimed_for_another_conversation() {
    let server = TestServer::start().await;
    let alice = server.actor("alice");
    let [phone, laptop] = [(); 2].map(|()| server.device("bob", Uuid::new_v4()));
    phone.register(1).await;
    let mut waited_for = Chat::create(&alice, &[&phone.did]).await;
    laptop.register(1).await;
    let lost = Chat::create(&alice, &[&laptop.did]).await.convo_id;
    ask(&laptop, &lost).await;
    let mut waiting = alice.waiting_devices().await.into_iter();
    let waiting = waiting.find(|waiting| waiting.convo_id == waited_for.convo_id).expect("the laptop waits");
    assert_eq!(waiting.device_credential_did, laptop.identity);
    let input = claim_pending_device_addition::Input { pending_addition_id: waiting.id };
    let claimed = alice.api.claim_pending_device_addition(&input).await.unwrap();
    let fetched = Fetched::from(claimed.key_package.expect("there is one"));
    waited_for.change(&[fetched], &[]).await.unwrap();
    Chat::join(&laptop, &waited_for.convo_id).await;
}

#[tokio::test]
async fn what_a_device_left_in_one_conversation_brings_it_back_to_another() {
    let server = TestServer::start().await;
    let (alice, bob) = (server.actor("alice"), server.actor("bob"));
    bob.publish(2).await;
    let mut chats = [Chat::create(&alice, &[&bob.did]).await, Chat::create(&alice, &[&bob.did]).await];
    let [first, second] = &chats;
    let left = [ask(&bob, &first.convo_id).await, ask(&bob, &second.convo_id).await];
    // Whoever fetches doesn't say for which.
    for chat in chats.iter_mut().rev() {
        for package in &left {
            let request = bob.api.request_rejoin(&chat::rejoining(&chat.convo_id, package)).await.unwrap();
            assert!(request.pending, "it is asked for still, whichever was used for the other one");
        }
        let fetched = alice.fetch(&[&bob.did]).await;
        add_anew(chat, &fetched, &bob.identity).await.unwrap();
        Chat::join(&bob, &chat.convo_id).await;
    }
}

#[tokio::test]
async fn what_a_device_left_is_given_to_one_member_at_a_time() {
    let server = TestServer::start().await;
    let (alice, bob, carol) = (server.actor("alice"), server.actor("bob"), server.actor("carol"));
    bob.publish(1).await;
    carol.publish(1).await;
    let mut at_alice = Chat::create(&alice, &[&bob.did, &carol.did]).await;
    let mut at_carol = Chat::join(&carol, &at_alice.convo_id).await;
    bob.publish(2).await;
    let left = hash(&ask(&bob, &at_alice.convo_id).await);
    let to_alice = alice.fetch(&[&bob.did]).await;
    let to_carol = carol.fetch(&[&bob.did]).await;
    assert_eq!(to_alice[0].hash, left);
    assert_ne!(to_carol[0].hash, left, "no two callers get the same");
    assert_eq!(alice.fetch(&[&bob.did]).await[0].hash, left, "a repetition gives the same");
    // The device may be unable to use any other than the one it left.
    let refusal = add_anew(&mut at_carol, &to_carol, &bob.identity).await.unwrap_err();
    assert!(refusal.contains("AlreadyMember"), "{refusal}");
    server.clock.advance(TimeDelta::minutes(10));
    assert_eq!(carol.fetch(&[&bob.did]).await[0].hash, left, "once alice has had her time");
    server.clock.advance(TimeDelta::minutes(10));
    let to_alice = alice.fetch(&[&bob.did]).await;
    add_anew(&mut at_alice, &to_alice, &bob.identity).await.unwrap();
    Chat::join(&bob, &at_alice.convo_id).await;
}

#[tokio::test]
async fn only_devices_that_are_in_the_conversation_ask_to_be_added_anew() {
    let server = TestServer::start().await;
    let alice = server.actor("alice");
    let convo_id = Chat::create(&alice, &[]).await.convo_id;
    for _ in 0..3 {
        let other = server.device("alice", Uuid::new_v4());
        let answer = other.api.request_rejoin(&chat::rejoining(&convo_id, &other.mls.key_package())).await;
        assert_eq!(refused(answer), "InvalidKeyPackage");
    }
    ask(&alice, &convo_id).await;
}

#[tokio::test]
async fn a_new_request_takes_the_place_of_the_earlier_one_and_of_its_key_package() {
    let server = TestServer::start().await;
    let (alice, bob) = (server.actor("alice"), server.actor("bob"));
    bob.publish(1).await;
    let mut at_alice = Chat::create(&alice, &[&bob.did]).await;
    let first = ask(&bob, &at_alice.convo_id).await;
    let fetched = alice.fetch(&[&bob.did]).await;
    assert_eq!(fetched[0].hash, hash(&first));
    for _ in 0..3 {
        ask(&bob, &at_alice.convo_id).await;
    }
    let last = ask(&bob, &at_alice.convo_id).await;
    let stored: Vec<Vec<u8>> = sqlx::query_scalar("SELECT content FROM key_packages WHERE consumed_at IS NULL")
        .fetch_all(server.db())
        .await
        .unwrap();
    assert_eq!(stored, [last]);
    let refusal = add_anew(&mut at_alice, &fetched, &bob.identity).await.unwrap_err();
    assert!(refusal.contains("KeyPackageNotFound"), "{refusal}");
    // It was handed out, so that it can't be left anew for somebody else to get.
    let again = bob.api.request_rejoin(&chat::rejoining(&at_alice.convo_id, &first)).await;
    assert_eq!(refused(again), "InvalidKeyPackage");
}

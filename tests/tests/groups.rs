//! MLS clients hold conversations through the server: they join, change their groups and leave.

use catbird_lexicon::blue::catbird::mls::leave_convo;
use e2e::{
    actor::{Actor, refused},
    chat::{self, Chat, texts},
    mls::Received,
    room::creation,
    server::TestServer,
};
use uuid::Uuid;

#[tokio::test]
async fn three_users_with_four_devices_talk_join_and_leave() {
    let server = TestServer::start().await;
    let (alice, bob) = (server.actor("alice"), server.actor("bob"));
    let (phone, laptop) = (server.device("carol", Uuid::new_v4()), server.device("carol", Uuid::new_v4()));
    for actor in [&alice, &bob, &phone, &laptop] {
        actor.publish(3).await;
    }

    let mut at_alice = Chat::create(&alice, &[&bob.did]).await;
    let convo_id = at_alice.convo_id.clone();
    let mut at_bob = Chat::join(&bob, &convo_id).await;
    let first = at_alice.send("hello bob").await;
    assert_eq!((first.seq, first.epoch), (1, 1));
    assert_eq!(texts(&at_bob.catch_up().await), ["hello bob"]);
    at_bob.send("hello alice").await;
    assert_eq!(texts(&at_alice.catch_up().await), ["hello alice"]);

    // Carol joins with both devices at once; each gets the Welcome.
    at_alice.add(&[&phone.did]).await.unwrap();
    let mut at_phone = Chat::join(&phone, &convo_id).await;
    let mut at_laptop = Chat::join(&laptop, &convo_id).await;
    at_alice.send("welcome carol").await;
    assert_eq!(texts(&at_phone.catch_up().await), ["welcome carol"]);
    assert_eq!(texts(&at_laptop.catch_up().await), ["welcome carol"]);
    assert_eq!(at_phone.page(Some(0)).await.unwrap().messages[0].seq, 4, "nothing from before the joining");
    at_bob.catch_up().await;

    at_bob.update().await.unwrap();
    at_alice.catch_up().await;
    at_alice.send("after the update").await;
    assert_eq!(texts(&at_laptop.catch_up().await), ["after the update"]);

    // Bob is removed: he reads the commit that removes him and nothing after.
    at_bob.catch_up().await;
    at_alice.remove(&bob.did).await.unwrap();
    at_alice.send("bob is gone").await;
    let last = at_bob.catch_up().await;
    assert_eq!(last.iter().map(|entry| entry.what.clone()).collect::<Vec<_>>(), [Received::Removed]);
    at_phone.catch_up().await;
    let seqs: Vec<_> = at_alice.page(Some(0)).await.unwrap().messages.iter().map(|entry| entry.seq).collect();
    assert_eq!(seqs, (1..=seqs.len() as i64).collect::<Vec<_>>());
}

fn leaving(convo_id: &str) -> leave_convo::Input {
    leave_convo::Input { convo_id: convo_id.to_owned(), target_did: None, commit: None }
}

/// Alice, Bob and Carol in one conversation, each with one device.
async fn three<'a>(alice: &'a Actor, bob: &'a Actor, carol: &'a Actor) -> [Chat<'a>; 3] {
    for actor in [alice, bob, carol] {
        actor.publish(3).await;
    }
    let at_alice = Chat::create(alice, &[&bob.did, &carol.did]).await;
    let at_bob = Chat::join(bob, &at_alice.convo_id).await;
    let at_carol = Chat::join(carol, &at_alice.convo_id).await;
    [at_alice, at_bob, at_carol]
}

#[tokio::test]
async fn a_member_leaves_by_a_proposal_that_another_member_commits() {
    let server = TestServer::start().await;
    let (alice, bob, carol) = (server.actor("alice"), server.actor("bob"), server.actor("carol"));
    let [mut at_alice, mut at_bob, mut at_carol] = three(&alice, &bob, &carol).await;
    let convo_id = at_alice.convo_id.clone();

    let proposal = at_bob.group.propose_leaving(&bob.mls);
    let sent = at_bob.send_as(&chat::message(&convo_id, 1, proposal)).await;
    let left = bob.api.leave_convo(&leaving(&convo_id)).await.unwrap();
    assert_eq!((sent.seq, left.new_epoch), (1, 1), "without a commit the epoch stays");

    let at = at_alice.catch_up().await;
    assert_eq!(at.iter().map(|entry| entry.what.clone()).collect::<Vec<_>>(), [Received::Proposal]);
    let handshake = at_alice.group.commit_proposals(&alice.mls);
    assert_eq!(at_alice.submit(&handshake).await.unwrap().seq, 2);
    assert_eq!(at_alice.group.identities(), ["did:plc:alice", "did:plc:carol"]);
    at_alice.send("bob has left").await;
    assert_eq!(texts(&at_carol.catch_up().await), ["bob has left"]);

    let kept: Vec<_> = bob.read(&convo_id).await.iter().map(|entry| entry.seq).collect();
    assert_eq!(kept, [1], "nothing from after he left");
    assert!(bob.convo_ids().await.is_empty());
    assert_eq!(refused(bob.epoch(&convo_id).await), "NotMember");
}

#[tokio::test]
async fn the_last_member_who_leaves_ends_the_conversation_for_good() {
    let server = TestServer::start().await;
    let (alice, bob) = (server.actor("alice"), server.actor("bob"));
    bob.publish(1).await;
    let mut at_alice = Chat::create(&alice, &[&bob.did]).await;
    let convo_id = at_alice.convo_id.clone();
    let sent = at_alice.send("the end is near").await;

    let input = leaving(&convo_id);
    assert_eq!(refused(alice.api.leave_convo(&input).await), "LastMember", "an admin leaves somebody in charge");
    bob.api.leave_convo(&input).await.unwrap();
    assert_eq!(refused(bob.api.leave_convo(&input).await), "NotMember");
    let unsent = at_alice.message("anybody there?");
    alice.api.leave_convo(&input).await.unwrap();

    for actor in [&alice, &bob] {
        assert!(actor.convo_ids().await.is_empty());
        assert_eq!(refused(actor.epoch(&convo_id).await), "ConvoNotFound");
        assert_eq!(refused(actor.page(&convo_id, 0, 100).await), "ConvoNotFound");
        assert_eq!(refused(actor.message(&sent.message_id).await), "MessageNotFound");
        assert_eq!(refused(actor.commits(&convo_id).await), "ConvoNotFound");
        assert_eq!(refused(actor.api.send_message(&unsent).await), "ConvoNotFound");
        assert_eq!(refused(actor.api.leave_convo(&input).await), "ConvoNotFound");
        // Neither the id nor another way to write the same group id can be used again.
        for id in [convo_id.clone(), convo_id.to_uppercase()] {
            assert_eq!(refused(actor.api.create_convo(&creation(&id, &[])).await), "ConvoAlreadyExists");
        }
    }
}

#[tokio::test]
async fn one_commit_adds_some_and_removes_others() {
    let server = TestServer::start().await;
    let (alice, bob, carol) = (server.actor("alice"), server.actor("bob"), server.actor("carol"));
    let [mut at_alice, mut at_bob, mut at_carol] = three(&alice, &bob, &carol).await;
    let convo_id = at_alice.convo_id.clone();
    let (dave, erin) = (server.actor("dave"), server.device("erin", Uuid::new_v4()));
    dave.publish(1).await;
    erin.publish(1).await;

    let added = alice.fetch(&[&dave.did, &erin.did]).await;
    let output = at_alice.change(&added, &[&bob.did]).await.unwrap();
    assert_eq!((output.seq, output.new_epoch), (1, 2));
    let (mut at_dave, mut at_erin) = (Chat::join(&dave, &convo_id).await, Chat::join(&erin, &convo_id).await);
    at_alice.send("a new round").await;
    for chat in [&mut at_dave, &mut at_erin, &mut at_carol] {
        assert_eq!(texts(&chat.catch_up().await), ["a new round"]);
    }
    assert_eq!(at_bob.catch_up().await[0].what, Received::Removed);
    let view = &alice.convos().await[0];
    let members: Vec<_> = view.members.iter().map(|member| member.did.as_str()).collect();
    assert_eq!(members, ["did:plc:alice", "did:plc:carol", "did:plc:dave", erin.identity.as_str()]);
    assert_eq!((view.epoch, view.last_seq), (2, Some(2)));
}

#[tokio::test]
async fn a_proposal_sent_as_a_message_is_committed_by_reference() {
    let server = TestServer::start().await;
    let (alice, bob, carol) = (server.actor("alice"), server.actor("bob"), server.actor("carol"));
    let [mut at_alice, mut at_bob, mut at_carol] = three(&alice, &bob, &carol).await;
    let convo_id = at_alice.convo_id.clone();

    let proposal = at_bob.group.propose_removing(&bob.mls, &carol.identity);
    let sent = at_bob.send_as(&chat::message(&convo_id, 1, proposal)).await;
    let stored = &alice.read(&convo_id).await[0];
    assert_eq!((stored.seq, stored.message_type.as_ref().unwrap().as_str()), (sent.seq, "proposal"));
    at_alice.catch_up().await;
    at_alice.change(&[], &[&carol.did]).await.unwrap();
    assert_eq!(at_bob.catch_up().await[0].what, Received::Commit { epoch: 2 });
    assert_eq!(at_carol.catch_up().await.last().unwrap().what, Received::Removed);
    assert_eq!(refused(carol.epoch(&convo_id).await), "NotMember");
}

#[tokio::test]
async fn a_user_brings_in_a_second_device_later() {
    let server = TestServer::start().await;
    let (alice, phone) = (server.actor("alice"), server.device("carol", Uuid::new_v4()));
    phone.publish(1).await;
    let mut at_alice = Chat::create(&alice, &[&phone.did]).await;
    let convo_id = at_alice.convo_id.clone();
    let mut at_phone = Chat::join(&phone, &convo_id).await;
    at_alice.send("before the laptop").await;
    assert_eq!(texts(&at_phone.catch_up().await), ["before the laptop"]);

    let laptop = server.device("carol", Uuid::new_v4());
    laptop.publish(1).await;
    let added = phone.fetch(&[&laptop.did]).await;
    assert_eq!(added.iter().map(|fetched| &fetched.identity).collect::<Vec<_>>(), [&laptop.identity]);
    at_phone.change(&added, &[]).await.unwrap();
    let mut at_laptop = Chat::join(&laptop, &convo_id).await;
    at_alice.catch_up().await;
    at_alice.send("to both").await;
    assert_eq!(texts(&at_phone.catch_up().await), ["to both"]);
    assert_eq!(texts(&at_laptop.catch_up().await), ["to both"]);
    at_laptop.send("from the laptop").await;
    assert_eq!(texts(&at_alice.catch_up().await), ["from the laptop"]);
    let view = &alice.convos().await[0];
    let of_carol: Vec<_> = view.members.iter().filter(|member| member.user_did == phone.did).collect();
    assert_eq!(of_carol.len(), 2);

    // Whoever removes the user removes both devices.
    at_alice.remove(&phone.did).await.unwrap();
    assert_eq!(at_phone.catch_up().await.last().unwrap().what, Received::Removed);
    assert_eq!(at_laptop.catch_up().await.last().unwrap().what, Received::Removed);
    assert_eq!(refused(laptop.epoch(&convo_id).await), "NotMember");
}

#[tokio::test]
async fn a_last_resort_key_package_brings_its_device_into_several_groups() {
    let server = TestServer::start().await;
    let (alice, bob, carol) = (server.actor("alice"), server.actor("bob"), server.actor("carol"));
    carol.publish(1).await;
    carol.publish_these(&[carol.mls.last_resort_key_package()]).await;

    let one_time = alice.fetch(&[&carol.did]).await;
    let last_resort = bob.fetch(&[&carol.did]).await;
    assert_ne!(one_time[0].hash, last_resort[0].hash, "the one-time key package is given first");
    for creator in [&alice, &bob, &bob] {
        let mut chat = Chat::create(creator, &[&carol.did]).await;
        let mut at_carol = Chat::join(&carol, &chat.convo_id).await;
        chat.send("hello").await;
        assert_eq!(texts(&at_carol.catch_up().await), ["hello"]);
    }
    assert_eq!(bob.fetch(&[&carol.did]).await[0].hash, last_resort[0].hash, "it is still there");
}

#[tokio::test]
async fn the_stated_starting_epoch_is_that_of_the_conversation() {
    let server = TestServer::start().await;
    let (alice, bob) = (server.actor("alice"), server.actor("bob"));
    bob.publish(1).await;
    let mut group = alice.mls.create_group(Uuid::new_v4().as_bytes());
    for _ in 0..3 {
        group.update(&alice.mls);
        group.merge(&alice.mls);
    }
    let chat = Chat::create_as(&alice, group, &[&bob.did]).await;
    assert_eq!(alice.epoch(&chat.convo_id).await.unwrap(), 4);
    let mut at_bob = Chat::join(&bob, &chat.convo_id).await;
    at_bob.send("hello").await;
    let page = bob.page(&chat.convo_id, 0, 10).await.unwrap();
    assert_eq!(page.messages[0].epoch, 4);
}

//! Users with several devices: none takes anything from another.

use catbird_lexicon::blue::catbird::mls::{confirm_welcome, publish_key_packages};
use catbird_server::mls::encode_base64url;
use e2e::{actor::Actor, chat::Chat, room::Room, server::TestServer};
use uuid::Uuid;

fn device(server: &TestServer, name: &str) -> Actor {
    server.device(name, Uuid::new_v4())
}

async fn two_devices(server: &TestServer) -> (Actor, Actor) {
    let (phone, laptop) = (device(server, "bob"), device(server, "bob"));
    phone.publish(1).await;
    laptop.publish(1).await;
    (phone, laptop)
}

#[tokio::test]
async fn a_repeated_confirmation_leaves_the_welcome_to_the_second_device() {
    let server = TestServer::start().await;
    let alice = server.actor("alice");
    let (phone, laptop) = two_devices(&server).await;
    let convo_id = Chat::create(&alice, &[&phone.did]).await.convo_id;
    Chat::join(&phone, &convo_id).await;
    for _ in 0..3 {
        phone.confirm(&convo_id).await;
    }
    Chat::join(&laptop, &convo_id).await;
}

#[tokio::test]
async fn a_confirmation_is_about_the_welcome_that_was_given_out() {
    let server = TestServer::start().await;
    let (alice, phone) = (server.actor("alice"), device(&server, "bob"));
    phone.publish(1).await;
    let mut at_alice = Chat::create(&alice, &[&phone.did]).await;
    let convo_id = at_alice.convo_id.clone();
    let to_phone = phone.welcome(&convo_id).await.unwrap();

    // Before the phone confirms, the laptop is added by a newer Welcome.
    let laptop = device(&server, "bob");
    laptop.publish(1).await;
    let fetched = alice.fetch(&[&laptop.did]).await;
    let handshake = at_alice.group.add(&alice.mls, &e2e::chat::contents(&fetched));
    let input = e2e::chat::addition(&convo_id, &[&laptop.did], &handshake, &fetched);
    alice.api.add_members(&input).await.unwrap();
    phone.mls.join(&to_phone).unwrap();
    phone.confirm(&convo_id).await;
    phone.confirm(&convo_id).await;
    Chat::join(&laptop, &convo_id).await;
}

#[tokio::test]
async fn a_device_that_cannot_use_a_welcome_is_given_the_other_one() {
    let server = TestServer::start().await;
    let (alice, phone) = (server.actor("alice"), device(&server, "bob"));
    phone.publish(1).await;
    let mut at_alice = Chat::create(&alice, &[&phone.did]).await;
    let convo_id = at_alice.convo_id.clone();
    let laptop = device(&server, "bob");
    laptop.publish(1).await;
    let fetched = alice.fetch(&[&laptop.did]).await;
    let handshake = at_alice.group.add(&alice.mls, &e2e::chat::contents(&fetched));
    let input = e2e::chat::addition(&convo_id, &[&laptop.did], &handshake, &fetched);
    alice.api.add_members(&input).await.unwrap();

    // The phone comes late: the newest Welcome is for the laptop.
    let newest = phone.welcome(&convo_id).await.unwrap();
    assert!(phone.mls.join(&newest).is_none());
    let failed = confirm_welcome::Input { convo_id: convo_id.clone(), success: false, error_details: None };
    assert!(!phone.api.confirm_welcome(&failed).await.unwrap().confirmed);
    Chat::join(&phone, &convo_id).await;
    Chat::join(&laptop, &convo_id).await;
}

#[tokio::test]
async fn a_confirmation_of_a_former_membership_says_nothing_of_this_one() {
    let server = TestServer::start().await;
    let (alice, bob) = (server.actor("alice"), server.actor("bob"));
    bob.publish(1).await;
    let mut at_alice = Chat::create(&alice, &[&bob.did]).await;
    let convo_id = at_alice.convo_id.clone();
    Chat::join(&bob, &convo_id).await;
    at_alice.remove(&bob.did).await.unwrap();
    server.clock.advance(chrono::TimeDelta::seconds(10));
    let again = e2e::chat::addition(
        &convo_id,
        &[&bob.did],
        &e2e::mls::Handshake { commit: Vec::new(), welcome: None, group_info: None },
        &[],
    );
    let again = catbird_lexicon::blue::catbird::mls::add_members::Input { commit: None, ..again };
    alice.api.add_members(&again).await.unwrap();
    let input = confirm_welcome::Input { convo_id, success: true, error_details: None };
    assert!(!bob.api.confirm_welcome(&input).await.unwrap().confirmed, "no Welcome of this membership was confirmed");
}

#[tokio::test]
async fn a_further_device_changes_nothing_about_what_its_user_has_read() {
    let server = TestServer::start().await;
    let alice = server.actor("alice");
    let phone = device(&server, "bob");
    phone.publish(1).await;
    let mut at_alice = Chat::create(&alice, &[&phone.did]).await;
    for text in ["one", "two", "three"] {
        at_alice.send(text).await;
    }
    assert_eq!(phone.convos().await[0].unread_count, Some(3));
    let laptop = device(&server, "bob");
    laptop.publish(1).await;
    let fetched = alice.fetch(&[&laptop.did]).await;
    let handshake = at_alice.group.add(&alice.mls, &e2e::chat::contents(&fetched));
    let input = e2e::chat::addition(&at_alice.convo_id, &[&laptop.did], &handshake, &fetched);
    alice.api.add_members(&input).await.unwrap();
    assert_eq!(phone.convos().await[0].unread_count, Some(3));
    let seqs: Vec<_> = phone.read(&at_alice.convo_id).await.iter().map(|entry| entry.seq).collect();
    assert_eq!(seqs, [1, 2, 3, 4], "the user reads on from the first device's joining");
}

#[tokio::test]
async fn a_key_package_is_one_whether_bare_or_wrapped() {
    let server = TestServer::start().await;
    let (alice, bob, carol) = (server.actor("alice"), server.actor("bob"), server.actor("carol"));
    let bare = bob.mls.key_package();
    // MLSMessage: version 1, wire format 5 (mls_key_package).
    let wrapped = [&[0, 1, 0, 5], bare.as_slice()].concat();
    for content in [&bare, &wrapped] {
        let input = publish_key_packages::Input { key_packages: vec![bob.item(content)] };
        let output = bob.api.publish_key_packages(&input).await.unwrap();
        assert_eq!((output.succeeded, output.failed), (1, 0), "the same again is a success");
    }
    let reserved = alice.fetch(&[&bob.did]).await;
    assert_eq!(reserved.len(), 1);
    assert_eq!(encode_base64url(&reserved[0].content), encode_base64url(&bare));
    let none = catbird_lexicon::blue::catbird::mls::get_key_packages::Params {
        dids: vec![bob.did.clone()],
        cipher_suite: None,
    };
    let output = carol.api.get_key_packages(&none).await.unwrap();
    assert_eq!((output.key_packages.len(), output.missing), (0, Some(vec![bob.did.clone()])));
}

#[tokio::test]
async fn a_user_has_key_packages_for_fifty_devices_at_most() {
    let server = TestServer::start().await;
    for _ in 0..50 {
        device(&server, "bob").publish(1).await;
    }
    let one_more = device(&server, "bob");
    let input = publish_key_packages::Input { key_packages: vec![one_more.item(&one_more.mls.key_package())] };
    let output = one_more.api.publish_key_packages(&input).await.unwrap();
    assert_eq!((output.succeeded, output.failed), (0, 1));
    assert!(output.errors.unwrap()[0].error.starts_with("TooManyKeyPackages: "));
    // Those that have some may have more.
    let room = Room::open(&server, &["alice"]).await;
    assert_eq!(room.members[0].fetch(&[&one_more.did]).await.len(), 50);
}

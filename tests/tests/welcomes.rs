//! Welcomes wait for each device until that device has joined, and are for the key packages named.

use catbird_lexicon::blue::catbird::mls::{add_members, confirm_welcome, create_convo, get_welcome};
use catbird_server::mls::encode_base64url;
use e2e::{
    actor::{Actor, Fetched, refused},
    chat::{Chat, addition, contents, created_with},
    room::creation,
    server::{TestServer, did},
};
use sqlx::Row;
use uuid::Uuid;

async fn report_failure(actor: &Actor, convo_id: &str, details: &str) -> bool {
    let input = confirm_welcome::Input {
        convo_id: convo_id.to_owned(),
        success: false,
        error_details: Some(details.to_owned()),
    };
    actor.api.confirm_welcome(&input).await.unwrap().confirmed
}

#[tokio::test]
async fn each_device_of_a_user_gets_the_welcome_and_confirms_it() {
    let server = TestServer::start().await;
    let alice = server.actor("alice");
    let (phone, laptop) = (server.device("bob", Uuid::new_v4()), server.device("bob", Uuid::new_v4()));
    phone.publish(1).await;
    laptop.publish(1).await;
    let chat = Chat::create(&alice, &[&phone.did]).await;
    let convo_id = chat.convo_id.clone();

    let to_phone = phone.welcome(&convo_id).await.unwrap();
    assert_eq!(phone.welcome(&convo_id).await.unwrap(), to_phone, "reading it changes nothing");
    phone.mls.join(&to_phone).unwrap();
    phone.confirm(&convo_id).await;
    let to_laptop = laptop.welcome(&convo_id).await.expect("the second device's Welcome is still there");
    laptop.mls.join(&to_laptop).unwrap();
    laptop.confirm(&convo_id).await;
    // Nobody can tell a repeated confirmation from another device's.
    phone.confirm(&convo_id).await;
    assert_eq!(laptop.welcome(&convo_id).await, Some(to_laptop), "it stays until its age ends it");
}

#[tokio::test]
async fn a_failure_is_recorded_and_the_welcome_stays() {
    let server = TestServer::start().await;
    let (alice, bob) = (server.actor("alice"), server.actor("bob"));
    bob.publish(1).await;
    let convo_id = Chat::create(&alice, &[&bob.did]).await.convo_id;
    assert!(!report_failure(&bob, &convo_id, "the private key is gone").await);
    let recorded = sqlx::query("SELECT failed_at, failure, confirmed_at IS NULL FROM welcome_recipients");
    let recorded = recorded.fetch_one(server.db()).await.unwrap();
    assert!(recorded.get::<Option<chrono::DateTime<chrono::Utc>>, _>(0).is_some());
    assert_eq!(recorded.get::<Option<String>, _>(1).as_deref(), Some("the private key is gone"));
    assert!(recorded.get::<bool, _>(2));
    Chat::join(&bob, &convo_id).await;
    assert_eq!(bob.welcome(&convo_id).await, None);
}

#[tokio::test]
async fn the_newest_welcome_comes_first() {
    let server = TestServer::start().await;
    let (alice, phone) = (server.actor("alice"), server.device("bob", Uuid::new_v4()));
    phone.publish(1).await;
    let mut at_alice = Chat::create(&alice, &[&phone.did]).await;
    let convo_id = at_alice.convo_id.clone();
    let first = phone.welcome(&convo_id).await.unwrap();
    let laptop = server.device("bob", Uuid::new_v4());
    laptop.publish(1).await;
    let added = alice.fetch(&[&laptop.did]).await;
    at_alice.change(&added, &[]).await.unwrap();
    let second = laptop.welcome(&convo_id).await.unwrap();
    assert_ne!(first, second);
    laptop.mls.join(&second).unwrap();
    laptop.confirm(&convo_id).await;
    assert_eq!(phone.welcome(&convo_id).await.unwrap(), first);
}

#[tokio::test]
async fn a_welcome_ends_with_the_membership_it_is_for() {
    let server = TestServer::start().await;
    let (alice, bob) = (server.actor("alice"), server.actor("bob"));
    bob.publish(2).await;
    let mut at_alice = Chat::create(&alice, &[&bob.did]).await;
    let convo_id = at_alice.convo_id.clone();
    let first = bob.welcome(&convo_id).await.unwrap();
    at_alice.remove(&bob.did).await.unwrap();
    let params = get_welcome::Params { convo_id: convo_id.clone() };
    assert_eq!(refused(bob.api.get_welcome(&params).await), "NotMember");
    at_alice.add(&[&bob.did]).await.unwrap();
    assert_ne!(bob.welcome(&convo_id).await.unwrap(), first);
    Chat::join(&bob, &convo_id).await;
    assert_eq!(bob.welcome(&convo_id).await, None, "the first one does not come back");
    assert_eq!(refused(server.actor("eve").api.get_welcome(&params).await), "NotMember");
}

#[tokio::test]
async fn a_welcome_is_for_exactly_the_key_packages_named() {
    let server = TestServer::start().await;
    let (alice, bob, carol) = (server.actor("alice"), server.actor("bob"), server.actor("carol"));
    bob.publish(2).await;
    carol.publish(1).await;
    let fetched = alice.fetch(&[&bob.did, &carol.did]).await;
    let mut group = alice.mls.create_group(Uuid::new_v4().as_bytes());
    let for_bob = group.add(&alice.mls, &contents(&fetched[..1])).welcome.unwrap();
    group.discard(&alice.mls);
    let for_both = group.add(&alice.mls, &contents(&fetched)).welcome.unwrap();
    group.discard(&alice.mls);
    let with = |welcome: &[u8], named: &[Fetched]| create_convo::Input {
        welcome_message: Some(encode_base64url(welcome)),
        key_package_hashes: Some(named.iter().map(created_with).collect()),
        current_epoch: 1,
        ..creation(&hex::encode(group.id()), &[bob.did.clone(), carol.did.clone()])
    };
    for (welcome, named) in [
        (&for_bob[..], &fetched[..]),
        (&for_both, &fetched[..1]),
        (&for_bob, &fetched[1..]),
        (&for_bob, &[]),
        (b"no Welcome", &fetched[..1]),
    ] {
        assert_eq!(refused(alice.api.create_convo(&with(welcome, named)).await), "InvalidWelcome");
    }
    assert!(alice.convo_ids().await.is_empty() && bob.convo_ids().await.is_empty());
    // A key package may be named only for somebody who is to be added.
    let without_carol =
        create_convo::Input { initial_members: Some(vec![bob.did.clone(), did("dave")]), ..with(&for_both, &fetched) };
    assert_eq!(refused(alice.api.create_convo(&without_carol).await), "InvalidWelcome");
    alice.api.create_convo(&with(&for_both, &fetched)).await.unwrap();
    assert_eq!(bob.welcome(&hex::encode(group.id())).await.unwrap(), for_both, "byte for byte as it came");

    // The same where members are added later.
    let mut chat = Chat::create(&alice, &[]).await;
    let fetched = alice.fetch(&[&bob.did]).await;
    let handshake = chat.group.add(&alice.mls, &contents(&fetched));
    let right = addition(&chat.convo_id, &[&bob.did], &handshake, &fetched);
    let wrong = add_members::Input { welcome_message: Some(encode_base64url(&for_both)), ..right.clone() };
    assert_eq!(refused(alice.api.add_members(&wrong).await), "InvalidWelcome");
    assert_eq!(alice.api.add_members(&right).await.unwrap().new_epoch, 1);
}

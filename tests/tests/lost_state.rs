//! Devices that lost their state, and Welcomes that lead nowhere: how one finds out, and comes back.

use catbird_lexicon::blue::catbird::mls::{
    get_expected_conversations, group_info_refresh, invalidate_welcome, readdition, sync_key_packages, validate_welcome,
};
use chrono::TimeDelta;
use e2e::{
    actor::{Actor, hash, refused},
    chat::{self, Chat, texts},
    server::TestServer,
    stream::{Event, gists},
};
use futures::future::join_all;
use uuid::Uuid;

use crate::{
    errors::welcome_for,
    rejoin::{add_anew, times_told, together},
};

async fn validate(actor: &Actor, welcome: &[u8]) -> validate_welcome::Output {
    let input = validate_welcome::Input { welcome_message: welcome.to_vec().into() };
    actor.api.validate_welcome(&input).await.unwrap()
}

fn invalidation(convo_id: &str) -> invalidate_welcome::Input {
    invalidate_welcome::Input { convo_id: convo_id.to_owned(), reason: "its key is gone".to_owned() }
}

/// For each conversation that the user is in: its id, whether the device is in it, whether it has to come back.
async fn expected(actor: &Actor, device_id: Option<&str>) -> Vec<(String, Option<bool>, bool)> {
    let params = get_expected_conversations::Params { device_id: device_id.map(str::to_owned) };
    let found = actor.api.get_expected_conversations(&params).await.unwrap().conversations;
    assert!(found.iter().all(|convo| convo.should_be_in_group));
    let needs_rejoin = |convo: &get_expected_conversations::ExpectedConversation| convo.needs_rejoin.unwrap();
    found.into_iter().map(|convo| (convo.convo_id.clone(), convo.device_in_group, needs_rejoin(&convo))).collect()
}

#[tokio::test]
async fn a_welcome_that_cannot_be_opened_leads_to_being_added_anew() {
    let server = TestServer::start().await;
    let (alice, mallory) = (server.actor("alice"), server.actor("mallory"));
    let before = server.device("bob", Uuid::new_v4());
    before.publish(2).await;
    let mut at_alice = Chat::create(&alice, &[&before.did]).await;
    let convo_id = at_alice.convo_id.clone();
    let mut listener = alice.listen_from_now(&server).await;

    // The same device after its keys were lost.
    let (_, id) = before.identity.split_once('#').unwrap();
    let bob = server.device("bob", id.parse().unwrap());
    let welcome = bob.welcome(&convo_id).await.unwrap();
    let known = validate(&bob, &welcome).await;
    assert!(known.valid && known.group_id.as_ref() == Some(&convo_id), "the server can't know better: {known:?}");
    assert!(bob.mls.join(&welcome).is_none());
    assert_eq!(refused(mallory.api.invalidate_welcome(&invalidation(&convo_id)).await), "Unauthorized");
    assert_eq!(expected(&bob, Some(id)).await, [(convo_id.clone(), Some(true), false)]);

    let output = bob.api.invalidate_welcome(&invalidation(&convo_id)).await.unwrap();
    assert!(output.invalidated && output.welcome_id.is_some());
    assert_eq!(bob.welcome(&convo_id).await, None);
    assert_eq!(refused(bob.api.invalidate_welcome(&invalidation(&convo_id)).await), "NotFound");
    let told = listener.take(1).await;
    let Event::ReadditionRequestedEvent(event) = &told[0] else { panic!("{told:?}") };
    assert_eq!((&event.convo_id, &event.user_did), (&convo_id, &bob.did));
    assert_eq!(expected(&bob, Some(id)).await, [(convo_id.clone(), Some(true), true)]);
    assert_eq!(expected(&bob, None).await, [(convo_id.clone(), None, true)]);

    // Alice takes the old leaf out and adds the device by a key package that it has now.
    let sync = sync_key_packages::Input { local_hashes: Vec::new(), device_id: id.to_owned() };
    assert_eq!(bob.api.sync_key_packages(&sync).await.unwrap().deleted_count, 1);
    bob.publish(1).await;
    let fetched = alice.fetch(&[&bob.did]).await;
    add_anew(&mut at_alice, &fetched, &bob.identity).await.unwrap();
    assert_eq!(expected(&bob, Some(id)).await, [(convo_id.clone(), Some(true), false)]);
    let mut at_bob = Chat::join(&bob, &convo_id).await;
    at_alice.send("welcome back").await;
    assert_eq!(texts(&at_bob.catch_up().await), ["welcome back"]);
    assert_eq!(times_told(&server, &convo_id, &bob).await, 1);
}

#[tokio::test]
async fn a_repeated_invalidation_leaves_a_newer_welcome_alone() {
    let server = TestServer::start().await;
    let (alice, bob) = (server.actor("alice"), server.actor("bob"));
    bob.publish(1).await;
    let mut at_alice = Chat::create(&alice, &[&bob.did]).await;
    let convo_id = at_alice.convo_id.clone();
    bob.welcome(&convo_id).await.unwrap();
    bob.api.invalidate_welcome(&invalidation(&convo_id)).await.unwrap();
    bob.publish(1).await;
    let fetched = alice.fetch(&[&bob.did]).await;
    add_anew(&mut at_alice, &fetched, &bob.identity).await.unwrap();
    // The answer to the first one was lost.
    let input = invalidation(&convo_id);
    for answer in join_all((0..4).map(|_| bob.api.invalidate_welcome(&input))).await {
        assert_eq!(refused(answer), "NotFound");
    }
    Chat::join(&bob, &convo_id).await;
}

#[tokio::test]
async fn a_welcome_of_a_lost_commit_is_told_from_one_that_waits() {
    let server = TestServer::start().await;
    let (alice, bob) = (server.actor("alice"), server.actor("bob"));
    let package = bob.mls.key_package();
    bob.publish_these(std::slice::from_ref(&package)).await;
    // Nobody has it reserved, and nobody has sent such a Welcome.
    let lost = welcome_for(&alice, std::slice::from_ref(&package));
    let unsent = validate(&bob, &lost).await;
    assert_eq!((unsent.valid, unsent.group_id, unsent.reserved), (false, None, Some(false)));
    assert_eq!((unsent.key_package_hash, unsent.recipient_did.as_ref()), (hash(&package), Some(&bob.did)));
    // Bob's other device makes one.
    let laptop = server.device("bob", Uuid::new_v4());
    laptop.fetch(&[&bob.did]).await;
    let in_the_making = validate(&bob, &lost).await;
    assert_eq!((in_the_making.valid, in_the_making.reserved), (true, Some(true)));
    assert!(in_the_making.reserved_until.unwrap().to_utc() > server.now());

    let convo_id = Chat::create(&laptop, &[&bob.did]).await.convo_id;
    let waits = bob.welcome(&convo_id).await.unwrap();
    let found = validate(&bob, &waits).await;
    assert_eq!((found.valid, found.group_id, found.reserved), (true, Some(convo_id), Some(true)));
    let input = validate_welcome::Input { welcome_message: lost.into() };
    assert_eq!(refused(bob.api.validate_welcome(&input).await), "KeyPackageAlreadyConsumed");
}

#[tokio::test]
async fn a_device_without_state_finds_where_it_should_be_and_goes_there() {
    let server = TestServer::start().await;
    let (alice, bob) = (server.actor("alice"), server.device("bob", Uuid::new_v4()));
    let (_, id) = bob.identity.split_once('#').unwrap();
    let (at_alice, chats) = together(&alice, &[&bob]).await;
    let convo_id = at_alice.convo_id.clone();
    let mut left = Chat::create(&alice, &[]).await;
    bob.publish(1).await;
    left.add(&[&bob.did]).await.unwrap();
    left.remove(&bob.did).await.unwrap();
    for chat in chats {
        chat.group.forget(&bob.mls);
    }
    at_alice.share_group_info().await;
    let params = get_expected_conversations::Params { device_id: Some(id.to_owned()) };
    let found = bob.api.get_expected_conversations(&params).await.unwrap().conversations;
    let [only] = &found[..] else { panic!("where bob is a member, and nowhere else: {found:?}") };
    assert_eq!((&only.convo_id, only.name.as_str(), only.member_count), (&convo_id, "", 2));
    assert_eq!((only.device_in_group, only.last_activity.as_ref()), (Some(true), None));

    // Another device of his is not in it, and waits for nobody.
    let laptop = server.device("bob", Uuid::new_v4());
    let (_, laptop_id) = laptop.identity.split_once('#').unwrap();
    assert_eq!(expected(&laptop, Some(laptop_id)).await, [(convo_id.clone(), Some(false), true)]);
    laptop.register(1).await;
    assert_eq!(expected(&laptop, Some(laptop_id)).await, [(convo_id.clone(), Some(false), false)], "it waits now");
    Chat::rejoin(&laptop, &convo_id).await;
    assert_eq!(expected(&laptop, Some(laptop_id)).await, [(convo_id.clone(), Some(true), false)]);
    assert_eq!(expected(&alice, None).await.len(), 2);
    assert_eq!(expected(&server.actor("eve"), None).await, []);
    let params = get_expected_conversations::Params { device_id: Some("phone".to_owned()) };
    assert_eq!(refused(bob.api.get_expected_conversations(&params).await), "InvalidRequest");
}

/// Over the stream, as members hear it.
#[tokio::test]
async fn members_are_asked_once_an_hour_while_nobody_answers() {
    let server = TestServer::start().await;
    let (alice, bob) = (server.actor("alice"), server.actor("bob"));
    let (at_alice, chats) = together(&alice, &[&bob]).await;
    let convo_id = at_alice.convo_id.clone();
    let mut listener = alice.listen_from_now(&server).await;
    let again = async || {
        let input = readdition::Input { convo_id: convo_id.clone() };
        assert!(bob.api.readdition(&input).await.unwrap().requested);
        let input = group_info_refresh::Input { convo_id: convo_id.clone() };
        assert!(bob.api.group_info_refresh(&input).await.unwrap().requested);
        let package = bob.mls.key_package();
        assert!(bob.api.request_rejoin(&chat::rejoining(&convo_id, &package)).await.unwrap().pending);
    };
    for _ in 0..3 {
        again().await;
    }
    let both = ["readditionRequestedEvent", "groupInfoRefreshRequestedEvent"];
    assert_eq!(gists(&listener.take(2).await), both);
    listener.hears_nothing().await;
    server.clock.advance(TimeDelta::minutes(59));
    again().await;
    listener.hears_nothing().await;
    server.clock.advance(TimeDelta::minutes(1));
    again().await;
    assert_eq!(gists(&listener.take(2).await), both);

    // What was answered can be asked for anew.
    for chat in chats {
        chat.group.forget(&bob.mls);
    }
    at_alice.share_group_info().await;
    Chat::rejoin(&bob, &convo_id).await;
    assert_eq!(gists(&listener.take(1).await), ["#1"]);
    again().await;
    assert_eq!(gists(&listener.take(2).await), both);
}

//! What a device can ask the server about itself.

use catbird_lexicon::blue::catbird::mls::{get_key_package_history, validate_device_state};
use e2e::{
    actor::{Actor, refused},
    chat::{self, Chat},
    room::Room,
    server::TestServer,
};
use uuid::Uuid;

async fn state(actor: &Actor, device_id: Option<String>) -> validate_device_state::Output {
    actor.api.validate_device_state(&validate_device_state::Params { device_id }).await.unwrap()
}

fn id(device: &Actor) -> Option<String> {
    device.identity.split_once('#').map(|(_, id)| id.to_owned())
}

#[tokio::test]
async fn a_device_learns_what_it_lacks() {
    let server = TestServer::with_flags(&["--key-package-low-stock=2"]).await;
    let [phone, laptop] = [(); 2].map(|()| server.device("bob", Uuid::new_v4()));
    let room = Room::open(&server, &["alice"]).await;
    let alice = &room.members[0];
    let unknown = state(&phone, id(&phone)).await;
    assert_eq!((unknown.is_valid, unknown.issues.len(), unknown.recommendations.len()), (false, 2, 2));
    assert!(unknown.issues[0].contains("not registered"), "{:?}", unknown.issues);

    phone.register(3).await;
    let healthy = state(&phone, id(&phone)).await;
    assert_eq!((healthy.is_valid, healthy.issues.len()), (true, 0));
    let convo_id = Chat::create(alice, &[&phone.did]).await.convo_id;
    laptop.register(1).await;
    let waiting = state(&laptop, id(&laptop)).await;
    assert_eq!((waiting.expected_convos, waiting.actual_convos), (Some(1), Some(0)));
    assert!(waiting.issues[0].contains("waits to be added to 1"), "{:?}", waiting.issues);
    let inventory = waiting.key_package_inventory.unwrap();
    assert_eq!((inventory.available, inventory.per_device_count, inventory.target), (3, Some(1), 2));
    assert!(inventory.needs_replenishment);
    let of_phone = state(&phone, id(&phone)).await;
    assert_eq!((of_phone.is_valid, of_phone.actual_convos), (true, Some(1)));
    let of_bob = state(&phone, None).await;
    assert_eq!((of_bob.is_valid, of_bob.expected_convos, of_bob.actual_convos), (true, Some(1), None));

    // Somebody else's device is as good as none.
    let of_alice = state(alice, id(&phone)).await;
    assert!(of_alice.issues[0].contains("not registered"), "{:?}", of_alice.issues);
    assert!(!format!("{of_alice:?}").contains(&convo_id));
    let params = validate_device_state::Params { device_id: Some("phone".to_owned()) };
    assert_eq!(refused(phone.api.validate_device_state(&params).await), "InvalidRequest");
}

#[tokio::test]
async fn a_device_sees_where_it_asks_to_be_added_anew() {
    let server = TestServer::with_flags(&["--key-package-low-stock=0"]).await;
    let alice = server.actor("alice");
    let [phone, laptop] = [(); 2].map(|()| server.device("bob", Uuid::new_v4()));
    phone.register(1).await;
    let convo_id = Chat::create(&alice, &[&phone.did]).await.convo_id;
    Chat::join(&phone, &convo_id).await;
    laptop.register(1).await;
    assert_eq!(state(&phone, id(&phone)).await.pending_rejoin_requests, Some(Vec::new()));
    phone.api.request_rejoin(&chat::rejoining(&convo_id, &phone.mls.key_package())).await.unwrap();
    let asking = state(&phone, id(&phone)).await;
    assert_eq!((asking.is_valid, asking.pending_rejoin_requests), (false, Some(vec![convo_id.clone()])));
    assert!(asking.issues[0].contains("added anew to 1"), "{:?}", asking.issues);
    assert_eq!(state(&laptop, id(&laptop)).await.pending_rejoin_requests, Some(Vec::new()));
    assert_eq!(state(&laptop, None).await.pending_rejoin_requests, Some(vec![convo_id]));
}

/// Nothing says which device makes a conversation. What it signs does.
#[tokio::test]
async fn the_device_that_made_a_conversation_is_known_when_it_has_signed() {
    let server = TestServer::with_flags(&["--key-package-low-stock=1"]).await;
    let [phone, laptop] = [(); 2].map(|()| server.device("bob", Uuid::new_v4()));
    phone.register(2).await;
    laptop.register(2).await;
    let at_phone = Chat::create(&phone, &[]).await;
    assert_eq!(state(&phone, id(&phone)).await.actual_convos, Some(1));
    assert_eq!(state(&laptop, id(&laptop)).await.actual_convos, Some(1), "nobody knows");
    at_phone.share_group_info().await;
    assert_eq!(state(&phone, id(&phone)).await.actual_convos, Some(1));
    let absent = state(&laptop, id(&laptop)).await;
    assert_eq!((absent.actual_convos, absent.issues.len()), (Some(0), 1), "{:?}", absent.issues);
    let creator = phone.convos().await.remove(0).members.remove(0);
    assert_eq!((creator.did.as_str(), creator.device_id), (phone.did.as_str(), id(&phone)));

    // A device that registers later waits, and is not in it.
    let tablet = server.device("bob", Uuid::new_v4());
    tablet.register(1).await;
    let waiting = state(&tablet, id(&tablet)).await;
    assert_eq!(waiting.actual_convos, Some(0));
    assert!(waiting.issues[0].contains("waits to be added to 1"), "{:?}", waiting.issues);
}

#[tokio::test]
async fn a_device_that_waits_is_not_where_a_creator_without_a_device_is() {
    let server = TestServer::with_flags(&["--key-package-low-stock=1"]).await;
    let (phone, laptop) = (server.actor("bob"), server.device("bob", Uuid::new_v4()));
    Chat::create(&phone, &[]).await;
    laptop.register(1).await;
    let waiting = state(&laptop, id(&laptop)).await;
    assert_eq!((waiting.expected_convos, waiting.actual_convos), (Some(1), Some(0)));
    assert!(waiting.issues[0].contains("waits to be added to 1"), "{:?}", waiting.issues);
}

#[tokio::test]
async fn the_history_of_a_key_package_names_the_device_that_used_it() {
    let server = TestServer::start().await;
    let (alice, phone) = (server.actor("alice"), server.device("bob", Uuid::new_v4()));
    let carol = server.actor("carol");
    phone.publish(1).await;
    let mut at_alice = Chat::create(&alice, &[&phone.did]).await;
    let mut at_phone = Chat::join(&phone, &at_alice.convo_id).await;
    at_alice.catch_up().await;
    carol.publish(2).await;
    at_phone.add(&[&carol.did]).await.unwrap();
    Chat::create(&alice, &[&carol.did]).await;
    let params = get_key_package_history::Params { limit: 10, cursor: None };
    let history = carol.api.get_key_package_history(&params).await.unwrap().history;
    let used_by = |convo_id: &str| {
        let entry = history.iter().find(|entry| entry.consumed_for_convo.as_deref() == Some(convo_id)).unwrap();
        entry.consumed_by_device.clone()
    };
    assert_eq!(used_by(&at_alice.convo_id), Some(phone.identity.clone()));
    assert_eq!(history.iter().filter(|entry| entry.consumed_by_device.is_none()).count(), 1, "alice names no device");
}

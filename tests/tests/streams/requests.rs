//! What members ask each other for, and what admins decide, as it is heard.

use catbird_lexicon::blue::catbird::mls::{group_info_refresh, readdition};
use e2e::{
    actor::Actor,
    chat::{self, Chat},
    room::Room,
    server::TestServer,
    stream::{Event, Listener, Socket},
};
use uuid::Uuid;

use crate::policies;

/// Two members' listeners and a stranger's, who hears nothing of it.
struct Listeners {
    member: Listener,
    asker: Listener,
    stranger: Listener,
}

impl Listeners {
    async fn of(server: &TestServer, member: &Actor, asker: &Actor) -> Self {
        let stranger = server.actor("mallory").listen_from_now(server).await;
        Self { member: member.listen_from_now(server).await, asker: asker.listen_from_now(server).await, stranger }
    }

    /// What both members hear next.
    async fn next(&mut self) -> Event {
        let [heard] = <[_; 1]>::try_from(self.member.take(1).await).expect("one was asked for");
        let heard_by_asker = self.asker.take(1).await;
        assert_eq!(heard_by_asker.first(), Some(&heard), "the asker's other devices hear it too");
        heard
    }

    async fn end(mut self) {
        for listener in [&mut self.member, &mut self.asker, &mut self.stranger] {
            listener.hears_nothing().await;
        }
    }
}

#[tokio::test]
async fn members_hear_who_asks_for_what() {
    let server = TestServer::start().await;
    let (alice, bob) = (server.actor("alice"), server.actor("bob"));
    bob.publish(1).await;
    let convo_id = Chat::create(&alice, &[&bob.did]).await.convo_id;
    Chat::join(&bob, &convo_id).await;
    let mut listeners = Listeners::of(&server, &alice, &bob).await;

    bob.api.group_info_refresh(&group_info_refresh::Input { convo_id: convo_id.clone() }).await.unwrap();
    let Event::GroupInfoRefreshRequestedEvent(event) = listeners.next().await else { panic!("another event") };
    assert_eq!((&event.convo_id, &event.requested_by), (&convo_id, &bob.did));
    assert!(event.requested_at.to_utc() <= server.now());

    bob.api.request_rejoin(&chat::rejoining(&convo_id, &bob.mls.key_package())).await.unwrap();
    let Event::ReadditionRequestedEvent(event) = listeners.next().await else { panic!("another event") };
    assert_eq!((&event.convo_id, &event.user_did), (&convo_id, &bob.did));

    // Alice asks by what she has published.
    alice.api.readdition(&readdition::Input { convo_id: convo_id.clone() }).await.unwrap();
    let Event::ReadditionRequestedEvent(event) = listeners.next().await else { panic!("another event") };
    assert_eq!((&event.convo_id, &event.user_did), (&convo_id, &alice.did));
    listeners.end().await;
}

#[tokio::test]
async fn members_hear_of_a_new_device_that_waits() {
    let server = TestServer::start().await;
    let room = Room::open(&server, &["alice", "bob"]).await;
    let [alice, bob] = &room.members[..] else { unreachable!() };
    let mut listeners = Listeners::of(&server, alice, bob).await;
    let laptop = server.device("bob", Uuid::new_v4());
    let registered = laptop.register(1).await;
    let Event::NewDeviceEvent(event) = listeners.next().await else { panic!("another event") };
    assert_eq!((&event.convo_id, &event.user_did), (&room.convo_id, &bob.did));
    assert_eq!((&event.device_id, &event.device_credential_did), (&registered.device_id, &laptop.identity));
    assert_eq!(event.device_name.as_deref(), Some("a device"));
    assert_eq!(event.pending_addition_id, alice.waiting_devices().await[0].id);
    listeners.end().await;
}

#[tokio::test]
async fn members_hear_of_a_changed_policy() {
    let server = TestServer::start().await;
    let room = Room::open(&server, &["alice", "bob"]).await;
    let [alice, bob] = &room.members[..] else { unreachable!() };
    let mut listeners = Listeners::of(&server, alice, bob).await;
    let address = format!("{}/xrpc/blue.catbird.mls.subscribeConvoEvents", server.url().replacen("http", "ws", 1));
    let token = server.token(&bob.did, "blue.catbird.mls.subscribeConvoEvents");
    let mut socket = Socket::open(&address, Some(&token)).await.unwrap();
    while !matches!(socket.message().await, Event::InfoEvent(_)) {}

    let mut input = policies::update(&room.convo_id);
    input.max_members = Some(5);
    let changed = alice.api.update_policy(&input).await.unwrap().policy;
    let event = listeners.next().await;
    assert_eq!(socket.message().await, event, "over WebSocket as well");
    let Event::PolicyChangedEvent(event) = event else { panic!("another event") };
    assert_eq!(event.policy, changed);
    assert_eq!((event.policy.max_members, event.policy.updated_by.as_ref()), (5, Some(&alice.did)));
    // What says nothing new isn't told.
    alice.api.update_policy(&input).await.unwrap();
    socket.close().await;
    listeners.end().await;
}

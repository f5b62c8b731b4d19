//! Requests that meet in the middle: what the one does is not lost on the other, and none waits in a circle.

use std::time::Duration;

use catbird_lexicon::blue::catbird::mls::{delete_device, get_reports, promote_admin};
use catbird_server::mls::decode_base64;
use e2e::{
    actor::Actor,
    chat::{self, Chat},
    mls::join_outside,
    queue::{Gate, until_waiting},
    room::Room,
    server::TestServer,
};
use sqlx::query;
use uuid::Uuid;

async fn two_devices_of_bob(server: &TestServer) -> [Actor; 2] {
    let mut ids = [Uuid::new_v4(), Uuid::new_v4()];
    ids.sort();
    ids.map(|id| server.device("bob", id))
}

#[tokio::test]
async fn a_device_that_is_registered_while_its_user_is_being_added_waits_to_be_added_too() {
    let server = TestServer::start().await;
    let alice = server.actor("alice");
    let [phone, laptop] = two_devices_of_bob(&server).await;
    phone.register(1).await;
    let mut at_alice = Chat::create(&alice, &[]).await;
    // Looking at the stock is the last that an addition does.
    let stock = query("SELECT FROM key_package_stocks WHERE did = $1 FOR UPDATE").bind(&phone.identity);
    let gate = Gate::close(&server, stock).await;
    let bob = [&phone.did];
    let adding = at_alice.add(&bob);
    let registering = async {
        until_waiting(&server, 1).await;
        laptop.register(1).await
    };
    let (added, _, ()) = futures::join!(adding, registering, gate.open_when(2));
    added.unwrap();
    let waiting: Vec<_> = alice.waiting_devices().await.into_iter().map(|one| one.device_credential_did).collect();
    assert_eq!(waiting, [laptop.identity.as_str()]);
}

#[tokio::test]
async fn a_device_that_is_deleted_while_it_comes_in_by_itself_is_listed_nowhere() {
    let server = TestServer::start().await;
    let alice = server.actor("alice");
    let [phone, laptop] = two_devices_of_bob(&server).await;
    phone.register(1).await;
    let at_alice = Chat::create(&alice, &[&phone.did]).await;
    let convo_id = at_alice.convo_id.clone();
    at_alice.share_group_info().await;
    let device_id = laptop.register(1).await.device_id;
    let (_, handshake) = join_outside(&laptop.mls, &laptop.group_info(&convo_id).await.unwrap());
    let input = chat::external(&convo_id, &handshake);
    // The GroupInfo that it brings along comes after the change of membership.
    let stored = query("SELECT FROM group_infos WHERE convo_id = $1 FOR UPDATE").bind(&convo_id);
    let gate = Gate::close(&server, stored).await;
    let coming = laptop.api.process_external_commit(&input);
    let deleting = async {
        until_waiting(&server, 1).await;
        phone.api.delete_device(&delete_device::Input { device_id }).await
    };
    let (come, deleted, ()) = futures::join!(coming, deleting, gate.open_when(2));
    come.unwrap();
    deleted.unwrap();
    let members: Vec<_> = alice.convos().await.remove(0).members.into_iter().map(|member| member.did).collect();
    assert!(!members.contains(&laptop.identity), "{members:?}");
}

#[tokio::test]
async fn a_promotion_and_receipts_of_a_user_with_several_devices_do_not_wait_in_a_circle() {
    let server = TestServer::start().await;
    let alice = server.actor("alice");
    // The row of the one that comes first in order comes last in the table.
    let [first, last] = two_devices_of_bob(&server).await;
    last.publish(1).await;
    let mut at_alice = Chat::create(&alice, &[&last.did]).await;
    first.publish(1).await;
    let fetched = alice.fetch(&[&first.did]).await;
    at_alice.change(&fetched, &[]).await.unwrap();
    at_alice.send("to be read").await;
    let convo_id = at_alice.convo_id.clone();

    let row = query("SELECT FROM members WHERE convo_id = $1 AND did = $2 FOR UPDATE");
    let gate = Gate::close(&server, row.bind(&convo_id).bind(&first.identity)).await;
    let reading = last.mark_read(&convo_id, None);
    let promotion = promote_admin::Input { convo_id: convo_id.clone(), target_did: last.did.clone() };
    let promoting = async {
        until_waiting(&server, 1).await;
        alice.api.promote_admin(&promotion).await
    };
    let (read, promoted, ()) = futures::join!(reading, promoting, gate.open_when(2));
    read.unwrap();
    promoted.unwrap();
}

#[tokio::test]
async fn who_loses_a_role_while_they_ask_sees_nothing_of_what_came_after() {
    let server = TestServer::start().await;
    let room = Room::open(&server, &["alice", "bob"]).await;
    let [alice, bob] = &room.members[..] else { unreachable!() };
    room.promote_moderator(&bob.did).await;
    let reported =
        "INSERT INTO reports (convo_id, report_id, reporter_did, reported_did, category, content, message_ids,
        request_tag, created_at) VALUES ($1, gen_random_uuid(), $2, $2, 'spam', '', '{}', '', now())";
    // Who asks is found to be a moderator, then has to wait for the reports.
    let mut gate = Gate::close(&server, query("LOCK TABLE reports")).await;
    gate.meanwhile(query("UPDATE members SET is_moderator = false WHERE user_did = $1").bind(bob.did.as_str())).await;
    gate.meanwhile(query(reported).bind(&room.convo_id).bind(alice.did.as_str())).await;
    let params = get_reports::Params { convo_id: room.convo_id.clone(), status: None, limit: 10 };
    let (answer, ()) = futures::join!(bob.api.get_reports(&params), gate.open_when(1));
    assert_eq!(answer.unwrap().reports.len(), 0);
}

#[tokio::test]
async fn a_registration_takes_no_conversation_while_it_stores_key_packages() {
    let server = TestServer::start().await;
    let alice = server.actor("alice");
    let id = Uuid::new_v4();
    let [lost, found] = [(); 2].map(|()| server.device("bob", id));
    lost.register(1).await;
    let mut at_alice = Chat::create(&alice, &[&lost.did]).await;
    let input = found.registration(2);
    let package = decode_base64(&input.key_packages[1].key_package).unwrap();
    // Somebody seems to store the same bytes.
    let same = "INSERT INTO key_packages SELECT sha256($1), 'r', user_did, did, device_id, cipher_suite, $1, false,
        published_at, expires_at, lifetime_end FROM key_packages LIMIT 1";
    let gate = Gate::close(&server, query(same).bind(&package)).await;
    let registering = found.api.register_device(&input);
    let sending = async {
        until_waiting(&server, 1).await;
        let sent = tokio::time::timeout(Duration::from_secs(3), at_alice.send("not held up")).await;
        gate.open().await;
        sent
    };
    let (registered, sent) = futures::join!(registering, sending);
    assert_eq!(registered.unwrap().auto_joined_convos.len(), 1);
    assert!(sent.is_ok(), "the conversation is locked for as long as key packages are stored");
}

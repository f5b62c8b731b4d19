//! Devices: registered once, listed to their user alone, and gone with all that was theirs.

use catbird_lexicon::blue::catbird::mls::{delete_device, list_devices, register_device};
use catbird_server::mls::decode_base64;
use chrono::{TimeDelta, Timelike};
use e2e::{
    actor::{Actor, Fetched, refused, registration},
    chat::{Chat, texts},
    mls::{MlsDevice, Received},
    room::Room,
    server::TestServer,
};
use futures::future::join_all;
use uuid::Uuid;

async fn devices(actor: &Actor) -> Vec<list_devices::DeviceInfo> {
    actor.api.list_devices().await.unwrap().devices
}

async fn delete(actor: &Actor, device_id: &str) -> delete_device::Output {
    actor.api.delete_device(&delete_device::Input { device_id: device_id.to_owned() }).await.unwrap()
}

fn id_of(device: &Actor) -> String {
    device.registration(1).device_uuid.expect("the device has an id")
}

async fn count(server: &TestServer, what: &str) -> i64 {
    sqlx::query_scalar(sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {what}")))
        .fetch_one(server.db())
        .await
        .unwrap()
}

#[tokio::test]
async fn a_device_is_listed_as_it_was_registered() {
    let server = TestServer::start().await;
    let phone = server.device("bob", Uuid::new_v4());
    let device_name = " My\u{1b} new\nphone\u{9f} ".to_owned();
    let capitals = id_of(&phone).to_uppercase();
    let input = register_device::Input { device_name, device_uuid: Some(capitals), ..phone.registration(3) };
    let output = phone.api.register_device(&input).await.unwrap();
    assert_eq!((output.device_id.as_str(), output.mls_did.as_str()), (id_of(&phone).as_str(), phone.identity.as_str()));
    assert_eq!((output.auto_joined_convos.len(), output.welcome_messages), (0, None));
    let listed = devices(&phone).await.remove(0);
    assert_eq!(listed.device_name, "My newphone");
    assert_eq!((&listed.device_id, &listed.credential_did), (&output.device_id, &phone.identity));
    assert_eq!((listed.device_uuid.as_ref(), listed.key_package_count), (Some(&output.device_id), 3));
    let seen = listed.last_seen_at.to_utc();
    assert_eq!((seen.second() % 2, seen.nanosecond()), (0, 0));
    assert!(devices(&server.actor("alice")).await.is_empty(), "nobody else's business");
}

#[tokio::test]
async fn a_device_is_seen_when_it_publishes_and_once_an_hour_at_most() {
    let server = TestServer::start().await;
    let phone = server.device("bob", Uuid::new_v4());
    phone.register(1).await;
    let seen = async || devices(&phone).await[0].last_seen_at.clone();
    let first = seen().await;
    server.clock.advance(TimeDelta::minutes(59));
    phone.publish(1).await;
    assert_eq!(seen().await, first);
    server.clock.advance(TimeDelta::minutes(2));
    phone.publish(1).await;
    assert!(seen().await.to_utc() > first.to_utc() + TimeDelta::hours(1));
    assert_eq!(devices(&phone).await[0].registered_at, first);
}

#[tokio::test]
async fn a_repeated_registration_changes_nothing_and_tells_of_the_welcome() {
    let server = TestServer::start().await;
    let room = Room::open(&server, &["carol", "bob"]).await;
    let (alice, phone) = (server.actor("alice"), server.device("bob", Uuid::new_v4()));
    let input = phone.registration(2);
    let first = phone.api.register_device(&input).await.unwrap();
    assert_eq!(first.auto_joined_convos, [room.convo_id.as_str()]);
    let convo_id = Chat::create(&alice, &[&phone.did]).await.convo_id;
    let again = phone.api.register_device(&input).await.unwrap();
    assert_eq!((&again.device_id, &again.auto_joined_convos), (&first.device_id, &first.auto_joined_convos));
    let welcome = again.welcome_messages.unwrap().remove(0);
    assert_eq!(welcome.convo_id, convo_id);
    assert!(phone.mls.join(&decode_base64(&welcome.welcome).unwrap()).is_some());
    assert_eq!(devices(&phone).await[0].key_package_count, 1, "the used one doesn't come back");
    assert_eq!(count(&server, "events WHERE kind = 'device_added'").await, 1);
}

#[tokio::test]
async fn registering_anew_drops_what_was_in_store_before() {
    let server = TestServer::start().await;
    let (alice, phone) = (server.actor("alice"), server.device("bob", Uuid::new_v4()));
    phone.register(3).await;
    let convo_id = Chat::create(&alice, &[&phone.did]).await.convo_id;
    let output = phone.register(2).await;
    assert_eq!(output.welcome_messages, None);
    assert_eq!(phone.welcome(&convo_id).await, None);
    assert_eq!(devices(&phone).await[0].key_package_count, 2);
    assert_eq!(devices(&phone).await.len(), 1);
    assert_eq!(
        count(&server, "events WHERE kind LIKE 'device%'").await,
        0,
        "the device is in the conversation as before"
    );
}

#[tokio::test]
async fn without_an_id_the_server_makes_one_and_keeps_to_it() {
    let server = TestServer::start().await;
    let (alice, bob) = (server.actor("alice"), server.actor("bob"));
    let input = bob.registration(1);
    let output = bob.api.register_device(&input).await.unwrap();
    assert_eq!(bob.api.register_device(&input).await.unwrap(), output);
    let later = bob.mls.renamed(&output.mls_did);
    bob.api.register_device(&registration(None, &later, 1)).await.unwrap();
    assert_eq!(devices(&bob).await.len(), 1);
    // Whose key packages carry the identity that it was given.
    assert_eq!(alice.fetch(&[&bob.did]).await[0].identity, output.mls_did);
    assert_eq!(delete(&bob, &output.device_id).await.key_packages_deleted, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_devices_with_one_key_one_is_registered() {
    let server = TestServer::start().await;
    let replica = server.replica().await;
    let phone = server.device("user0", Uuid::new_v4());
    let requests: Vec<_> = (0..12)
        .map(|number| {
            let user = server.actor(&format!("user{number}"));
            let id = Uuid::new_v4().to_string();
            let mls = phone.mls.renamed(&format!("{}#{id}", user.did.as_str()));
            let to = if number % 2 == 0 { &server } else { &replica };
            (e2e::actor::client(to, &user.did), registration(Some(id), &mls, 1))
        })
        .collect();
    let answers = join_all(requests.iter().map(|(api, input)| api.register_device(input))).await;
    let (done, failed): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
    assert_eq!(done.len(), 1);
    for answer in failed {
        assert_eq!(refused(answer), "DuplicatePublicKey");
    }
    assert_eq!((count(&server, "devices").await, count(&server, "key_packages").await), (1, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_number_of_requests_at_once_exceeds_the_limit() {
    let server = TestServer::with_flags(&["--max-devices-per-user=4"]).await;
    let bob = server.actor("bob");
    let inputs: Vec<_> = (0..12)
        .map(|_| {
            let id = Uuid::new_v4().to_string();
            registration(Some(id.clone()), &MlsDevice::new(&format!("{}#{id}", bob.did.as_str())), 1)
        })
        .collect();
    let answers = join_all(inputs.iter().map(|input| bob.api.register_device(input))).await;
    let (done, failed): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
    assert_eq!(done.len(), 4);
    for answer in failed {
        assert_eq!(refused(answer), "TooManyDevices");
    }
    // A device that is registered may be registered again.
    let known = devices(&bob).await[0].device_id.clone();
    let again = inputs.iter().find(|input| input.device_uuid.as_ref() == Some(&known)).unwrap();
    bob.api.register_device(again).await.unwrap();
}

#[tokio::test]
async fn a_deleted_device_is_removed_by_anothers_commit_and_its_user_stays() {
    let server = TestServer::start().await;
    let alice = server.actor("alice");
    let [phone, laptop] = [(); 2].map(|()| server.device("bob", Uuid::new_v4()));
    phone.register(2).await;
    laptop.register(3).await;
    let mut at_alice = Chat::create(&alice, &[&phone.did]).await;
    let convo_id = at_alice.convo_id.clone();
    let (mut at_phone, mut at_laptop) = (Chat::join(&phone, &convo_id).await, Chat::join(&laptop, &convo_id).await);
    at_alice.send("before").await;

    let deleted = delete(&laptop, &id_of(&phone)).await;
    assert_eq!((deleted.deleted, deleted.key_packages_deleted), (true, 1));
    let listed: Vec<_> = devices(&laptop).await.into_iter().map(|device| device.device_id).collect();
    assert_eq!(listed, [id_of(&laptop)]);
    let told: Vec<(String, serde_json::Value)> =
        sqlx::query_as("SELECT convo_id, detail FROM events WHERE kind = 'device_removed' AND audience = 'members'")
            .fetch_all(server.db())
            .await
            .unwrap();
    let detail = serde_json::json!({ "device_id": id_of(&phone), "did": phone.identity });
    assert_eq!(told, [(convo_id.clone(), detail)]);
    let members: Vec<_> = alice.convos().await.remove(0).members.into_iter().map(|member| member.did).collect();
    assert!(!members.contains(&phone.identity) && members.contains(&laptop.identity), "{members:?}");

    at_alice.remove_leaves(&[&phone.identity]).await.unwrap();
    at_alice.send("after").await;
    assert_eq!(texts(&at_laptop.catch_up().await), ["before", "after"]);
    // The phone's tokens are its user's, so it may read on; it has no key for what it reads.
    let entries = phone.read(&convo_id).await;
    let commit = at_phone.group.receive(&phone.mls, &entries[1].ciphertext);
    assert_eq!(commit, Ok(Received::Removed));
    assert!(at_phone.group.receive(&phone.mls, &entries[2].ciphertext).is_err());
    assert_eq!(alice.fetch(&[&phone.did]).await.len(), 1, "the laptop's alone");
}

#[tokio::test]
async fn deleting_the_only_device_leaves_the_user_as_they_were() {
    let server = TestServer::start().await;
    let (alice, phone) = (server.actor("alice"), server.device("bob", Uuid::new_v4()));
    phone.register(2).await;
    let mut at_alice = Chat::create(&alice, &[&phone.did]).await;
    let convo_id = at_alice.convo_id.clone();
    for text in ["one", "two"] {
        at_alice.send(text).await;
    }
    let before = (phone.read(&convo_id).await, phone.convos().await[0].unread_count);
    delete(&phone, &id_of(&phone)).await;
    assert_eq!(phone.welcome(&convo_id).await, None, "the Welcome that it never confirmed is gone");
    assert_eq!((phone.read(&convo_id).await, phone.convos().await[0].unread_count), before);
    let member =
        phone.convos().await.remove(0).members.into_iter().find(|member| member.user_did == phone.did).unwrap();
    assert_eq!((member.did.as_str(), member.device_id), (phone.did.as_str(), None));

    // A new device is added to the conversation, and takes over once the member without a device is gone as well.
    at_alice.remove_leaves(&[&phone.identity]).await.unwrap();
    let laptop = server.device("bob", Uuid::new_v4());
    assert_eq!(laptop.register(1).await.auto_joined_convos, [convo_id.as_str()]);
    let fetched = alice.fetch(&[&laptop.did]).await;
    at_alice.change(&fetched, &[]).await.unwrap();
    Chat::join(&laptop, &convo_id).await;
    assert_eq!(laptop.read(&convo_id).await[..2], before.0[..2]);
}

#[tokio::test]
async fn a_device_that_never_registered_is_deleted_like_any_other() {
    let server = TestServer::start().await;
    let (alice, phone) = (server.actor("alice"), server.device("bob", Uuid::new_v4()));
    phone.publish(2).await;
    let convo_id = Chat::create(&alice, &[&phone.did]).await.convo_id;
    let input = delete_device::Input { device_id: id_of(&phone) };
    assert_eq!(refused(alice.api.delete_device(&input).await), "DeviceNotFound");
    assert_eq!(delete(&phone, &id_of(&phone)).await.key_packages_deleted, 1);
    let members: Vec<_> = alice.convos().await.remove(0).members.into_iter().map(|member| member.did).collect();
    assert_eq!(members, [alice.identity.as_str(), phone.did.as_str()]);
    assert_eq!(phone.convo_ids().await, [convo_id]);
    assert_eq!(count(&server, "events WHERE kind = 'device_removed'").await, 1);
    assert_eq!(refused(phone.api.delete_device(&input).await), "DeviceNotFound");
}

#[tokio::test]
async fn a_device_with_new_keys_is_taken_out_and_added_anew() {
    let server = TestServer::start().await;
    let alice = server.actor("alice");
    let id = Uuid::new_v4();
    let [lost, found] = [(); 2].map(|()| server.device("bob", id));
    lost.register(1).await;
    let mut at_alice = Chat::create(&alice, &[&lost.did]).await;
    let convo_id = at_alice.convo_id.clone();
    Chat::join(&lost, &convo_id).await;

    let output = found.register(2).await;
    assert_eq!((output.device_id, output.auto_joined_convos), (id.to_string(), vec![convo_id.clone()]));
    let told: Vec<String> = sqlx::query_scalar("SELECT kind FROM events WHERE kind LIKE 'device%' ORDER BY txid, id")
        .fetch_all(server.db())
        .await
        .unwrap();
    assert_eq!(told, ["device_removed", "device_added"]);
    at_alice.remove_leaves(&[&lost.identity]).await.unwrap();
    let fetched: Vec<Fetched> = alice.fetch(&[&found.did]).await;
    at_alice.change(&fetched, &[]).await.unwrap();
    let mut at_found = Chat::join(&found, &convo_id).await;
    at_alice.send("welcome back").await;
    assert_eq!(texts(&at_found.catch_up().await), ["welcome back"]);
    assert!(alice.waiting_devices().await.is_empty());
}

#[tokio::test]
async fn a_device_is_its_users_alone_to_delete() {
    let server = TestServer::start().await;
    let (phone, mallory) = (server.device("bob", Uuid::new_v4()), server.actor("mallory"));
    phone.register(1).await;
    let input = delete_device::Input { device_id: id_of(&phone) };
    assert_eq!(refused(mallory.api.delete_device(&input).await), "Unauthorized");
    // Nor does registering the same id give access to it.
    let twin = server.device("mallory", id_of(&phone).parse().unwrap());
    twin.register(1).await;
    mallory.api.delete_device(&input).await.unwrap();
    assert_eq!(devices(&phone).await[0].key_package_count, 1);
    phone.api.delete_device(&input).await.unwrap();
    assert_eq!(refused(phone.api.delete_device(&input).await), "DeviceNotFound");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn devices_come_and_go_while_conversations_go_on() {
    let server = TestServer::start().await;
    let replica = server.replica().await;
    let users = ["alice", "bob", "carol"];
    let mut rooms = Vec::new();
    for _ in 0..4 {
        rooms.push(Room::open(&server, &users).await);
    }
    let come_and_go = users.iter().flat_map(|user| [(&server, user), (&replica, user)]).map(|(at, user)| async move {
        for _ in 0..3 {
            let device = at.device(user, Uuid::new_v4());
            assert_eq!(device.register(2).await.auto_joined_convos.len(), 4);
            device.publish(1).await;
            delete(&device, &id_of(&device)).await;
        }
    });
    let go_on = rooms.iter_mut().map(|room| async move {
        for number in 0..10 {
            room.send(format!("message {number}")).await;
            room.advance().await;
        }
    });
    futures::join!(join_all(come_and_go), join_all(go_on));
    let told = "events WHERE kind = 'device_added' AND detail ->> 'did' IS NOT NULL";
    assert_eq!(count(&server, told).await, 3 * 2 * 3 * 4);
    assert_eq!(count(&server, "devices").await + count(&server, "device_additions").await, 0);
    assert_eq!(count(&server, "members WHERE device_id IS NULL AND left_at IS NULL").await, 4 * 3);
    // Places of events rise with their ids within a conversation, whoever wrote them.
    let disordered =
        "(SELECT txid < lag(txid) OVER (PARTITION BY convo_id ORDER BY id) AS falls FROM events) e WHERE falls";
    assert_eq!(count(&server, disordered).await, 0);
}

#[tokio::test]
async fn a_device_that_is_just_being_added_is_deleted_at_the_next_try() {
    let server = TestServer::start().await;
    let (room, phone) = (Room::open(&server, &["alice"]).await, server.device("bob", Uuid::new_v4()));
    phone.register(1).await;
    let mut adding = server.db().begin().await.unwrap();
    sqlx::query("SELECT FROM key_packages FOR UPDATE").execute(&mut *adding).await.unwrap();
    let id = id_of(&phone);
    let deleting = delete_device::Input { device_id: id.clone() };
    let added = async {
        let waits =
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()";
        while sqlx::query_scalar::<_, i64>(waits).fetch_one(server.db()).await.unwrap() == 0 {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        let member = "INSERT INTO members (convo_id, did, user_did, device_id, joined_at, joined_seq, read_seq,
            read_app_count, delivered_seq) VALUES ($1, $2, $3, $4, now(), 0, 0, 0, 0)";
        let member = sqlx::query(member).bind(&room.convo_id).bind(&phone.identity).bind(phone.did.as_str()).bind(&id);
        member.execute(&mut *adding).await.unwrap();
        adding.commit().await.unwrap();
    };
    let (answer, ()) = futures::join!(phone.api.delete_device(&deleting), added);
    assert_eq!(refused(answer), "ServiceUnavailable");
    assert_eq!(devices(&phone).await[0].key_package_count, 1, "nothing was changed");
    delete(&phone, &id).await;
    assert_eq!(count(&server, "events WHERE kind = 'device_removed'").await, 1);
}

//! A user's own stock of key packages: what is in it, what became of it, and when it runs out.

use std::time::Duration;

use catbird_lexicon::blue::catbird::mls::{
    get_key_package_history, get_key_package_stats, get_key_package_status, get_key_packages, sync_key_packages,
};
use catbird_server::mls::decode_base64;
use chrono::TimeDelta;
use e2e::{
    actor::{Actor, hash, refused},
    chat::{self, Chat},
    server::TestServer,
};
use futures::future::join_all;
use uuid::Uuid;

async fn sync(actor: &Actor, local: &[Vec<u8>]) -> sync_key_packages::Output {
    let device_id = actor.registration(1).device_uuid.expect("the device has an id");
    sync_as(actor, device_id, local).await
}

async fn sync_as(actor: &Actor, device_id: String, local: &[Vec<u8>]) -> sync_key_packages::Output {
    let local_hashes = local.iter().map(|package| hash(package)).collect();
    actor.api.sync_key_packages(&sync_key_packages::Input { local_hashes, device_id }).await.unwrap()
}

async fn status(actor: &Actor, limit: i64, cursor: Option<String>) -> get_key_package_status::Output {
    actor.api.get_key_package_status(&get_key_package_status::Params { limit, cursor }).await.unwrap()
}

#[tokio::test]
async fn what_was_handed_out_once_is_not_handed_out_again_after_it_was_deleted() {
    let server = TestServer::start().await;
    let (alice, carol) = (server.actor("alice"), server.actor("carol"));
    let phone = server.device("bob", Uuid::new_v4());
    let packages = [phone.mls.key_package(), phone.mls.key_package()];
    phone.publish_these(&packages).await;
    let first = alice.fetch(&[&phone.did]).await.remove(0).hash;
    assert_eq!(sync(&phone, &[]).await.deleted_count, 2);
    // The device that seemed to have lost them has them after all.
    phone.publish_these(&packages).await;
    let given = carol.fetch(&[&phone.did]).await.remove(0).hash;
    assert_ne!(given, first);
    assert_eq!(sync(&phone, &packages).await.remaining_available, Some(1));

    // The same when the device registers anew.
    let input = phone.registration(2);
    phone.api.register_device(&input).await.unwrap();
    let first = alice.fetch(&[&phone.did]).await.remove(0).hash;
    phone.register(1).await;
    phone.api.register_device(&input).await.unwrap();
    assert_eq!(sync(&phone, &[]).await.deleted_count, 1);
    let others = [&input.key_packages[0], &input.key_packages[1]].map(|item| decode_base64(&item.key_package).unwrap());
    phone.publish_these(&others).await;
    let dids = vec![phone.did.clone()];
    let given = carol.api.get_key_packages(&get_key_packages::Params { dids, cipher_suite: None }).await.unwrap();
    assert!(given.key_packages.iter().all(|given| given.key_package_hash.as_ref() != Some(&first)));
}

/// How often this user was told that key packages are running out.
async fn alerts(server: &TestServer, user: &Actor) -> i64 {
    let sql = "SELECT count(*) FROM events WHERE kind = 'alert' AND detail = '\"key_packages_low\"'
        AND audience = 'subject' AND convo_id IS NULL AND subject_did = $1";
    sqlx::query_scalar(sql).bind(user.did.as_str()).fetch_one(server.db()).await.unwrap()
}

/// Waits for so many: what the server's own job is at just now, another run leaves to it.
async fn assert_alerted(server: &TestServer, user: &Actor, times: i64) {
    for _ in 0..250 {
        if alerts(server, user).await == times {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("told {} times instead of {times}", alerts(server, user).await);
}

#[tokio::test]
async fn what_a_device_has_lost_is_deleted_and_nothing_else() {
    let server = TestServer::start().await;
    let [phone, laptop] = [(); 2].map(|()| server.device("bob", Uuid::new_v4()));
    let packages: Vec<_> =
        (0..3).map(|_| phone.mls.key_package()).chain([phone.mls.last_resort_key_package()]).collect();
    phone.publish_these(&packages).await;
    laptop.publish(1).await;
    let [kept, used, lost, last_resort] = packages.as_slice() else { panic!() };
    let creator = server.actor("alice");
    // Somebody uses one, and keeps another for a while.
    let hashes: Vec<_> = [kept, used].iter().map(|package| hash(package)).collect();
    let fetched = creator.fetch(&[&phone.did]).await;
    let of_phone = fetched.into_iter().find(|fetched| fetched.identity == phone.identity).unwrap();
    assert!(hashes.contains(&of_phone.hash) || hash(lost) == of_phone.hash);

    let all = sync(&phone, &packages).await;
    assert_eq!((all.orphaned_count, all.deleted_count, all.server_hashes.len()), (0, 0, 4));
    assert_eq!((all.orphaned_hashes, all.remaining_available), (None, Some(4)));
    let local = [kept.clone(), used.clone(), last_resort.clone(), b"never published".to_vec()];
    for (orphans, hashes) in [(1, Some(vec![hash(lost)])), (0, None)] {
        let some = sync(&phone, &local).await;
        assert_eq!((some.orphaned_count, some.deleted_count, some.orphaned_hashes), (orphans, orphans, hashes));
        assert_eq!(some.server_hashes.len(), 3);
    }
    assert_eq!(sync(&laptop, &[]).await.deleted_count, 1, "each device answers for its own");
    assert_eq!(sync(&phone, &local).await.remaining_available, Some(3));
}

#[tokio::test]
async fn nobody_syncs_the_key_packages_of_somebody_else() {
    let server = TestServer::start().await;
    let (phone, mallory) = (server.device("bob", Uuid::new_v4()), server.actor("mallory"));
    let registered = phone.register(2).await;
    let output = sync_as(&mallory, registered.device_id.clone(), &[]).await;
    assert_eq!((output.server_hashes.len(), output.deleted_count), (0, 0));
    assert_eq!(phone.api.list_devices().await.unwrap().devices[0].key_package_count, 2);
    // What is no hash would make all the others look lost.
    for local in ["", "AAAA", "ab"] {
        let input =
            sync_key_packages::Input { local_hashes: vec![local.to_owned()], device_id: registered.device_id.clone() };
        assert_eq!(refused(phone.api.sync_key_packages(&input).await), "InvalidRequest");
    }
    let input = sync_key_packages::Input { local_hashes: Vec::new(), device_id: "phone".to_owned() };
    assert_eq!(refused(phone.api.sync_key_packages(&input).await), "InvalidRequest");
}

#[tokio::test]
async fn a_list_that_may_be_cut_short_deletes_nothing() {
    let server = TestServer::with_flags(&["--max-key-packages-per-device=300"]).await;
    let phone = server.device("bob", Uuid::new_v4());
    let packages: Vec<_> = (0..201).map(|_| phone.mls.key_package()).collect();
    for batch in packages.chunks(100) {
        phone.publish_these(batch).await;
    }
    let output = sync(&phone, &packages[..200]).await;
    assert_eq!((output.orphaned_count, output.deleted_count, output.remaining_available), (1, 0, Some(201)));
    assert_eq!(sync(&phone, &packages[..199]).await.deleted_count, 2);
    assert_eq!(sync(&phone, &packages[..199]).await.remaining_available, Some(199));
}

#[tokio::test]
async fn status_and_history_tell_what_became_of_each() {
    let server = TestServer::start().await;
    let (alice, phone) = (server.actor("alice"), server.device("bob", Uuid::new_v4()));
    phone.register(1).await;
    for _ in 0..4 {
        server.clock.advance(TimeDelta::seconds(10));
        phone.publish(1).await;
    }
    let mut convos = Vec::new();
    for _ in 0..3 {
        server.clock.advance(TimeDelta::seconds(10));
        convos.push(Chat::create(&alice, &[&phone.did]).await.convo_id);
    }
    alice.fetch(&[&phone.did]).await;

    let first = status(&phone, 2, None).await;
    assert_eq!((first.total_uploaded, first.available, first.consumed, first.reserved), (5, 2, 3, Some(1)));
    let second = status(&phone, 2, first.cursor).await;
    assert_eq!(second.cursor, None);
    let used: Vec<_> = [first.consumed_packages, second.consumed_packages].into_iter().flatten().flatten().collect();
    let groups: Vec<_> = used.iter().filter_map(|one| one.used_in_group.clone()).collect();
    assert_eq!(groups, convos.iter().rev().cloned().collect::<Vec<_>>(), "last used first");

    let mut history = Vec::new();
    let mut cursor = None;
    loop {
        let params = get_key_package_history::Params { limit: 2, cursor };
        let page = phone.api.get_key_package_history(&params).await.unwrap();
        history.extend(page.history);
        cursor = page.cursor;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(history.len(), 5);
    assert!(history.is_sorted_by(|a, b| a.created_at.to_utc() >= b.created_at.to_utc()));
    // The oldest are used first.
    let told: Vec<_> = history.iter().rev().map(|one| one.consumed_for_convo.clone()).collect();
    assert_eq!(told[..3], convos.into_iter().map(Some).collect::<Vec<_>>());
    assert_eq!(told[3..], [None, None]);
    for (time, second) in history.iter().map(|one| one.created_at.to_utc()).map(|time| (time, time.timestamp() % 2)) {
        assert_eq!((second, time.timestamp_subsec_nanos()), (0, 0), "{time}");
    }

    let of_alice = status(&alice, 20, None).await;
    assert_eq!((of_alice.total_uploaded, of_alice.consumed_packages), (0, Some(Vec::new())));
    let params = get_key_package_history::Params { limit: 2, cursor: Some("odd".to_owned()) };
    assert_eq!(refused(phone.api.get_key_package_history(&params).await), "InvalidRequest");
}

#[tokio::test]
async fn the_name_of_a_conversation_is_told_to_its_members() {
    let server = TestServer::start().await;
    let (alice, bob) = (server.actor("alice"), server.actor("bob"));
    bob.publish(1).await;
    let mut at_alice = Chat::create(&alice, &[&bob.did]).await;
    sqlx::query("UPDATE conversations SET name = 'a secret party'").execute(server.db()).await.unwrap();
    let name = async || {
        let params = get_key_package_history::Params { limit: 1, cursor: None };
        let entry = bob.api.get_key_package_history(&params).await.unwrap().history.remove(0);
        entry.consumed_for_convo_name
    };
    assert_eq!(name().await.as_deref(), Some("a secret party"));
    at_alice.remove(&bob.did).await.unwrap();
    assert_eq!(name().await, None);
}

#[tokio::test]
async fn running_low_is_told_once_until_there_is_enough_again() {
    let server = TestServer::with_flags(&["--key-package-low-stock=3"]).await;
    let (alice, bob) = (server.actor("alice"), server.actor("bob"));
    bob.publish(4).await;
    for expected in [0, 1, 1] {
        Chat::create(&alice, &[&bob.did]).await;
        assert_eq!(alerts(&server, &bob).await, expected);
    }
    bob.publish(1).await;
    Chat::create(&alice, &[&bob.did]).await;
    assert_eq!(alerts(&server, &bob).await, 1, "two were not enough");
    bob.publish(2).await;
    for expected in [2, 2] {
        Chat::create(&alice, &[&bob.did]).await;
        assert_eq!(alerts(&server, &bob).await, expected);
    }
    assert_eq!(alerts(&server, &alice).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_who_use_the_last_ones_at_once_one_tells() {
    let server = TestServer::with_flags(&["--key-package-low-stock=5"]).await;
    let bob = server.actor("bob");
    bob.publish(12).await;
    let callers: Vec<_> = (0..12).map(|number| server.actor(&format!("caller{number}"))).collect();
    let others = [&bob.did];
    join_all(callers.iter().map(|caller| Chat::create(caller, &others))).await;
    assert_eq!(alerts(&server, &bob).await, 1);
}

#[tokio::test]
async fn a_refused_change_tells_nothing_of_low_stock() {
    let server = TestServer::start().await;
    let (alice, bob) = (server.actor("alice"), server.actor("bob"));
    bob.publish(1).await;
    let mut at_alice = Chat::create(&alice, &[]).await;
    at_alice.update().await.unwrap();
    let fetched = alice.fetch(&[&bob.did]).await;
    let handshake = at_alice.group.add(&alice.mls, &e2e::chat::contents(&fetched));
    let mut input = e2e::chat::addition(&at_alice.convo_id, &[&bob.did], &handshake, &fetched);
    at_alice.group.discard(&alice.mls);
    at_alice.update().await.unwrap();
    assert_eq!(refused(alice.api.add_members(&input).await), "EpochMismatch");
    input.commit = None;
    input.welcome_message = Some("AAAA".to_owned());
    assert_eq!(refused(alice.api.add_members(&input).await), "InvalidWelcome");
    assert_eq!(alerts(&server, &bob).await, 0);
}

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

#[tokio::test]
async fn running_low_by_expiry_is_told_once_too() {
    let server = TestServer::with_flags(&["--key-package-low-stock=2"]).await;
    let (alice, bob) = (server.actor("alice"), server.actor("bob"));
    bob.publish(2).await;
    server.pass_time(DAY).await;
    bob.publish(1).await;
    server.pass_time(28 * DAY).await;
    assert_eq!(alerts(&server, &bob).await, 0, "they expire after 30 days");
    let mut listener = bob.listen_from_now(&server).await;
    // On several servers at once.
    let database = server.replica().await;
    tokio::join!(server.pass_time(DAY), database.pass_time(Duration::ZERO));
    for _ in 0..2 {
        server.pass_time(DAY).await;
    }
    assert_eq!(e2e::stream::gists(&listener.take(1).await), ["alert key_packages_low"]);
    assert_eq!(alerts(&server, &bob).await, 1);
    // Enough again, then used up to the last but one, and that is no reason to wait for its expiry.
    bob.publish(3).await;
    Chat::create(&alice, &[&bob.did]).await;
    assert_eq!(alerts(&server, &bob).await, 1);
    Chat::create(&alice, &[&bob.did]).await;
    assert_eq!(alerts(&server, &bob).await, 2);
    server.pass_time(31 * DAY).await;
    assert_eq!((alerts(&server, &bob).await, alerts(&server, &alice).await), (0, 0), "those are gone, and none is new");
}

#[tokio::test]
async fn devices_that_nobody_has_looked_at_so_far_are_looked_at() {
    let server = TestServer::with_flags(&["--key-package-low-stock=2"]).await;
    let (bob, carol) = (server.actor("bob"), server.actor("carol"));
    bob.publish(1).await;
    carol.publish(2).await;
    // As an earlier release left them.
    sqlx::query("UPDATE key_package_stocks SET low_at = DEFAULT").execute(server.db()).await.unwrap();
    server.pass_time(Duration::ZERO).await;
    assert_alerted(&server, &bob, 1).await;
    assert_eq!(alerts(&server, &carol).await, 0);
    server.pass_time(30 * DAY).await;
    assert_alerted(&server, &carol, 1).await;
    assert_eq!(alerts(&server, &bob).await, 0, "his is gone by now");
}

#[tokio::test]
async fn what_is_left_for_rejoining_is_no_stock() {
    let server = TestServer::with_flags(&["--key-package-low-stock=2"]).await;
    let (alice, bob) = (server.actor("alice"), server.device("bob", Uuid::new_v4()));
    bob.register(3).await;
    let at_alice = Chat::create(&alice, &[&bob.did]).await;
    Chat::join(&bob, &at_alice.convo_id).await;
    let input = chat::rejoining(&at_alice.convo_id, &bob.mls.key_package());
    bob.api.request_rejoin(&input).await.unwrap();
    assert_eq!(status(&bob, 20, None).await.available, 2);
    let params = get_key_package_stats::Params { did: None, cipher_suite: None };
    assert_eq!(bob.api.get_key_package_stats(&params).await.unwrap().available, 2);
    assert_eq!(bob.api.list_devices().await.unwrap().devices[0].key_package_count, 2);
    assert_eq!(alerts(&server, &bob).await, 0);
    Chat::create(&server.actor("carol"), &[&bob.did]).await;
    assert_eq!(alerts(&server, &bob).await, 1, "one of the stock is left");
}

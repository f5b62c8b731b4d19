//! Key packages: each joins one group, whoever asks for it and however many do.

use std::collections::{BTreeMap, HashSet};

use atrium_api::types::string::Did;
use catbird_lexicon::blue::catbird::mls::{
    create_convo, defs, get_key_package_stats, get_key_packages, publish_key_package, publish_key_packages,
};
use catbird_server::mls::encode_base64url;
use chrono::TimeDelta;
use e2e::{
    actor::{Actor, Fetched, client, hash, refused, suite},
    chat::{contents, created_with},
    room::creation,
    server::{TestServer, did},
};
use futures::future::join_all;
use lexicon_runtime::formats::Datetime;
use openmls::prelude::Ciphersuite;
use uuid::Uuid;

const OTHER_SUITE: &str = "MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519";

/// A new conversation that a key package brings its user into, without a Welcome.
fn naming(fetched: &Fetched) -> create_convo::Input {
    let convo_id = hex::encode(Uuid::new_v4().as_bytes());
    let input = creation(&convo_id, std::slice::from_ref(&fetched.user));
    create_convo::Input { key_package_hashes: Some(vec![created_with(fetched)]), current_epoch: 1, ..input }
}

async fn stats(actor: &Actor, of: Option<&Did>) -> get_key_package_stats::Output {
    let params = get_key_package_stats::Params { did: of.cloned(), cipher_suite: None };
    actor.api.get_key_package_stats(&params).await.unwrap()
}

/// What this caller gets; none when the user has none.
async fn ask(caller: &Actor, user: &Did, cipher_suite: Option<&str>) -> Vec<Fetched> {
    let cipher_suite = cipher_suite.map(|name| get_key_packages::ParamsCipherSuite::from(name.to_owned()));
    let params = get_key_packages::Params { dids: vec![user.clone()], cipher_suite };
    let output = caller.api.get_key_packages(&params).await.unwrap();
    assert_eq!(output.missing.is_none(), !output.key_packages.is_empty());
    output.key_packages.into_iter().map(Fetched::from).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_64_callers_no_two_get_the_same_and_each_keeps_what_it_got() {
    const CALLERS: usize = 64;
    let server = TestServer::start().await;
    let replica = server.replica().await;
    let bob = server.actor("bob");
    bob.publish(CALLERS).await;
    // Each asks three times at once, as a retrying client or a PDS may.
    let run = async |number: usize| {
        let caller = did(&format!("caller{number}"));
        let apis = [client(&server, &caller), client(&replica, &caller), client(&server, &caller)];
        let params = get_key_packages::Params { dids: vec![bob.did.clone()], cipher_suite: None };
        let answers = join_all(apis.iter().map(|api| api.get_key_packages(&params))).await;
        let hashes: HashSet<_> = answers
            .into_iter()
            .map(|answer| answer.unwrap().key_packages.pop().expect("there is one for each caller").key_package_hash)
            .collect();
        assert_eq!(hashes.len(), 1, "one caller got several");
        hashes.into_iter().next().flatten().unwrap()
    };
    let given: Vec<_> = join_all((0..CALLERS).map(run)).await;
    let distinct: HashSet<_> = given.iter().collect();
    assert_eq!(distinct.len(), CALLERS, "two callers share one");
    // Who comes late gets none, and the others still have theirs.
    assert!(ask(&server.actor("late"), &bob.did, None).await.is_empty());
    assert_eq!(run(17).await, given[17]);
}

#[tokio::test]
async fn a_reservation_holds_for_its_caller_and_ends_with_the_clock() {
    let server = TestServer::with_flags(&["--key-package-reservation=5m"]).await;
    let (alice, bob, carol) = (server.actor("alice"), server.actor("bob"), server.actor("carol"));
    bob.publish(1).await;
    let held = ask(&alice, &bob.did, None).await;
    server.clock.advance(TimeDelta::seconds(299));
    assert_eq!(ask(&alice, &bob.did, None).await[0].hash, held[0].hash);
    assert!(ask(&carol, &bob.did, None).await.is_empty());
    assert_eq!(refused(carol.api.create_convo(&naming(&held[0])).await), "KeyPackageNotFound");
    // Asking again has not made it longer: a client that asks for ever would keep it for ever.
    server.clock.advance(TimeDelta::seconds(2));
    assert_eq!(ask(&carol, &bob.did, None).await[0].hash, held[0].hash);
    assert_eq!(refused(alice.api.create_convo(&naming(&held[0])).await), "KeyPackageNotFound");
    carol.api.create_convo(&naming(&held[0])).await.unwrap();
}

#[tokio::test]
async fn a_consumed_key_package_is_never_given_or_taken_again() {
    let server = TestServer::start().await;
    let (alice, bob, carol) = (server.actor("alice"), server.actor("bob"), server.actor("carol"));
    bob.publish(2).await;
    let used = ask(&alice, &bob.did, None).await.remove(0);
    alice.api.create_convo(&naming(&used)).await.unwrap();
    for actor in [&alice, &carol, &bob] {
        assert_eq!(refused(actor.api.create_convo(&naming(&used)).await), "KeyPackageNotFound");
    }
    // Nor when the same bytes are published again, or the clock has moved on.
    bob.publish_these(std::slice::from_ref(&used.content)).await;
    server.clock.advance(TimeDelta::hours(1));
    let other = ask(&carol, &bob.did, None).await.remove(0);
    assert_ne!(other.hash, used.hash);
    assert!(ask(&alice, &bob.did, None).await.is_empty());
    // A hash counts for the user whose it is.
    let of_another_user = Fetched { user: did("dave"), ..other.clone() };
    assert_eq!(refused(carol.api.create_convo(&naming(&of_another_user)).await), "KeyPackageNotFound");
    let unknown = Fetched { hash: hash(b"nobody's"), ..other };
    assert_eq!(refused(carol.api.create_convo(&naming(&unknown)).await), "KeyPackageNotFound");
    for actor in [&bob, &carol] {
        assert!(actor.convo_ids().await.len() < 2, "nothing of a refused request takes effect");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_racing_conversations_with_one_key_package_one_is_made() {
    let server = TestServer::start().await;
    let replica = server.replica().await;
    let (alice, bob, carol) = (server.actor("alice"), server.actor("bob"), server.actor("carol"));
    bob.publish(3).await;
    carol.publish(3).await;
    for _ in 0..3 {
        let before = bob.convo_ids().await.len();
        let fetched = alice.fetch(&[&bob.did, &carol.did]).await;
        // All name both, in either order, each for a conversation of its own with a further member.
        let inputs: Vec<_> = (0..8)
            .map(|number| {
                let mut group = alice.mls.create_group(Uuid::new_v4().as_bytes());
                let handshake = group.add(&alice.mls, &contents(&fetched));
                let mut named: Vec<_> = fetched.iter().map(created_with).collect();
                named.rotate_left(number % 2);
                create_convo::Input {
                    welcome_message: handshake.welcome.map(|bytes| encode_base64url(&bytes)),
                    key_package_hashes: Some(named),
                    current_epoch: 1,
                    ..creation(&hex::encode(group.id()), &[bob.did.clone(), carol.did.clone(), did("dave")])
                }
            })
            .collect();
        let apis = [client(&server, &alice.did), client(&replica, &alice.did)];
        let creations = inputs.iter().enumerate().map(|(number, input)| apis[number % 2].create_convo(input));
        let answers = join_all(creations).await;
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
        for (input, answer) in inputs.iter().zip(answers) {
            let rows: i64 = sqlx::query_scalar(
                "SELECT (SELECT count(*) FROM conversations WHERE convo_id = $1)
                    + (SELECT count(*) FROM members WHERE convo_id = $1)
                    + (SELECT count(*) FROM welcomes WHERE convo_id = $1)
                    + (SELECT count(*) FROM events WHERE convo_id = $1)",
            )
            .bind(&input.group_id)
            .fetch_one(server.db())
            .await
            .unwrap();
            match answer {
                Ok(view) => assert_eq!((view.id, rows), (input.group_id.clone(), 1 + 4 + 1 + 4)),
                Err(error) => {
                    assert_eq!(refused(Err::<(), _>(error)), "KeyPackageNotFound");
                    assert_eq!(rows, 0, "the loser leaves no trace");
                    // Not even its group id: it can be used with other key packages.
                    assert_eq!(refused(alice.page(&input.group_id, 0, 1).await), "ConvoNotFound");
                }
            }
        }
        assert_eq!(bob.convo_ids().await.len(), before + 1);
    }
}

#[tokio::test]
async fn each_device_gives_one_and_the_oldest_first() {
    let server = TestServer::start().await;
    let alice = server.actor("alice");
    let devices = [server.device("bob", Uuid::new_v4()), server.device("bob", Uuid::new_v4()), server.actor("bob")];
    let mut oldest = BTreeMap::new();
    for device in &devices {
        for number in 0..3 {
            let package = device.mls.key_package();
            device.publish_these(std::slice::from_ref(&package)).await;
            server.clock.advance(TimeDelta::seconds(1));
            if number == 0 {
                oldest.insert(device.identity.clone(), hash(&package));
            }
        }
    }
    let given = alice.fetch(&[&devices[0].did]).await;
    let given: BTreeMap<_, _> = given.into_iter().map(|fetched| (fetched.identity, fetched.hash)).collect();
    assert_eq!(given, oldest);
}

#[tokio::test]
async fn the_suite_asked_for_is_the_one_given() {
    let server = TestServer::start().await;
    let (alice, bob) = (server.actor("alice"), server.actor("bob"));
    bob.publish(1).await;
    let other = bob.mls.key_package_of(Ciphersuite::MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519);
    let item = publish_key_packages::KeyPackageItem {
        cipher_suite: defs::CipherSuite::from(OTHER_SUITE.to_owned()),
        ..bob.item(&other)
    };
    bob.api.publish_key_packages(&publish_key_packages::Input { key_packages: vec![item] }).await.unwrap();
    assert_eq!(ask(&alice, &bob.did, Some(OTHER_SUITE)).await[0].hash, hash(&other));
    let common = ask(&alice, &bob.did, Some(suite().as_str())).await.remove(0);
    assert_ne!(common.hash, hash(&other));
    assert!(ask(&alice, &bob.did, Some("MLS_256_DHKEMP521_AES256GCM_SHA512_P521")).await.is_empty());
    // A key package of another suite brings nobody into this conversation.
    let wrong = Fetched { hash: hash(&other), ..common };
    assert_eq!(refused(alice.api.create_convo(&naming(&wrong)).await), "KeyPackageNotFound");
    let by_suite = stats(&bob, None).await.by_cipher_suite.unwrap();
    assert_eq!(by_suite.iter().map(|suite| suite.available).collect::<Vec<_>>(), [1, 1]);
}

#[tokio::test]
async fn owners_see_their_stock_and_others_see_what_is_available() {
    let server = TestServer::with_flags(&["--key-package-low-stock=3"]).await;
    let (alice, bob) = (server.actor("alice"), server.actor("bob"));
    bob.publish(4).await;
    let before = stats(&bob, None).await;
    assert_eq!((before.available, before.total, before.consumed, before.threshold), (4, 4, 0, 3));
    assert!(!before.needs_replenish);
    for _ in 0..2 {
        let package = ask(&alice, &bob.did, None).await.remove(0);
        alice.api.create_convo(&naming(&package)).await.unwrap();
    }
    let own = stats(&bob, None).await;
    assert_eq!(own, stats(&bob, Some(&bob.did)).await);
    assert_eq!((own.available, own.total, own.consumed, own.consumed_last24h, own.consumed_last7d), (2, 4, 2, 2, 2));
    assert!(own.needs_replenish);
    server.clock.advance(TimeDelta::hours(25));
    let later = stats(&bob, None).await;
    assert_eq!((later.consumed, later.consumed_last24h, later.consumed_last7d), (2, 0, 2));
    let others = stats(&alice, Some(&bob.did)).await;
    assert_eq!((others.available, others.total, others.consumed, others.consumed_last7d), (2, 0, 0, 0));
    assert_eq!((others.by_cipher_suite, others.oldest_expires_in), (None, None));
    server.clock.advance(TimeDelta::days(30));
    assert_eq!(stats(&bob, None).await.available, 0, "expired ones are no stock");
    assert!(ask(&alice, &bob.did, None).await.is_empty());
}

#[tokio::test]
async fn each_item_of_a_batch_is_judged_alone() {
    let server = TestServer::start().await;
    let (alice, bob) = (server.actor("alice"), server.actor("bob"));
    let good = bob.mls.key_package();
    let mut forged = bob.mls.key_package();
    *forged.last_mut().unwrap() ^= 1;
    let far = publish_key_packages::KeyPackageItem {
        expires: Datetime::from(server.now() + TimeDelta::days(91)),
        ..bob.item(&bob.mls.key_package())
    };
    let misnamed = publish_key_packages::KeyPackageItem {
        cipher_suite: defs::CipherSuite::from(OTHER_SUITE.to_owned()),
        ..bob.item(&bob.mls.key_package())
    };
    let items = vec![
        bob.item(&good),
        bob.item(b"no key package"),
        bob.item(&forged),
        bob.item(&alice.mls.key_package()),
        far,
        misnamed,
        bob.item(&good),
        bob.item(&bob.mls.key_package()),
    ];
    let output = bob.api.publish_key_packages(&publish_key_packages::Input { key_packages: items }).await.unwrap();
    assert_eq!((output.succeeded, output.failed), (3, 5));
    let errors: Vec<_> = output.errors.unwrap();
    let errors: Vec<_> = errors.iter().map(|error| (error.index, error.error.split(':').next().unwrap())).collect();
    assert_eq!(
        errors,
        [
            (1, "InvalidKeyPackage"),
            (2, "InvalidKeyPackage"),
            (3, "InvalidKeyPackage"),
            (4, "ExpirationTooFar"),
            (5, "InvalidCipherSuite"),
        ]
    );
    assert_eq!(stats(&bob, None).await.available, 2, "the same bytes twice are stored once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_has_no_more_in_store_than_the_limit() {
    let server = TestServer::with_flags(&[
        "--max-key-packages-per-device=4",
        "--key-package-low-stock=1",
        "--max-key-package-batch=3",
    ])
    .await;
    let (alice, phone) = (server.actor("alice"), server.device("bob", Uuid::new_v4()));
    let input = |package: &[u8]| publish_key_package::Input {
        key_package: encode_base64url(package),
        cipher_suite: suite(),
        expires: None,
        idempotency_key: None,
    };
    let inputs: Vec<_> = (0..8).map(|_| input(&phone.mls.key_package())).collect();
    let answers = join_all(inputs.iter().map(|input| phone.api.publish_key_package(input))).await;
    let (taken, refusals): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
    assert_eq!((taken.len(), refusals.len()), (4, 4));
    assert!(refusals.into_iter().all(|refusal| refused(refusal) == "TooManyKeyPackages"));
    // Another device has a store of its own, and what is used makes room.
    let laptop = server.device("bob", Uuid::new_v4());
    laptop.publish(3).await;
    let used = alice.fetch(&[&phone.did]).await.into_iter().find(|found| found.identity == phone.identity).unwrap();
    alice.api.create_convo(&naming(&used)).await.unwrap();
    phone.publish(1).await;
    assert_eq!(refused(phone.api.publish_key_package(&input(&phone.mls.key_package())).await), "TooManyKeyPackages");
    let too_many = (0..4).map(|_| laptop.item(&laptop.mls.key_package())).collect();
    let too_many = publish_key_packages::Input { key_packages: too_many };
    assert_eq!(refused(laptop.api.publish_key_packages(&too_many).await), "BatchTooLarge");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_bytes_published_at_once_are_stored_once() {
    let server = TestServer::start().await;
    let replica = server.replica().await;
    let bob = server.actor("bob");
    let package = bob.mls.key_package();
    let input = publish_key_package::Input {
        key_package: encode_base64url(&package),
        cipher_suite: suite(),
        expires: None,
        idempotency_key: None,
    };
    let apis = [client(&server, &bob.did), client(&replica, &bob.did)];
    for answer in join_all((0..8).map(|number| apis[number % 2].publish_key_package(&input))).await {
        answer.unwrap();
    }
    assert_eq!(stats(&bob, None).await.available, 1);
    assert_eq!(ask(&server.actor("alice"), &bob.did, None).await[0].content, package, "byte for byte as published");
}

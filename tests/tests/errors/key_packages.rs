//! Errors of publishKeyPackage, publishKeyPackages, getKeyPackages and getKeyPackageStats.

use catbird_lexicon::blue::catbird::mls::{defs::CipherSuite, publish_key_package, publish_key_packages};
use catbird_server::{clock::Clock, mls::encode_base64url};
use chrono::TimeDelta;
use e2e::{
    actor::{Actor, suite},
    http::Answer,
};
use lexicon_runtime::formats::Datetime;

use super::{
    Row, row,
    world::{MOST_AT_ONCE, MOST_OF_A_DEVICE, World},
};

pub const ROWS: [Row; 15] = [
    row!("publishKeyPackage", "InvalidKeyPackage", bytes_that_are_none),
    row!("publishKeyPackage", "InvalidKeyPackage", text_that_is_no_base64),
    row!("publishKeyPackage", "InvalidKeyPackage", forged),
    row!("publishKeyPackage", "InvalidKeyPackage", of_somebody_else),
    row!("publishKeyPackage", "InvalidKeyPackage", good_until_yesterday),
    row!("publishKeyPackage", "InvalidCipherSuite", of_another_suite),
    row!("publishKeyPackage", "InvalidCipherSuite", of_an_unknown_suite),
    row!("publishKeyPackage", "ExpirationTooFar", good_for_too_long),
    row!("publishKeyPackage", "TooManyKeyPackages", one_too_many),
    row!("publishKeyPackages", "BatchTooLarge", too_large_a_batch),
    row!("publishKeyPackages", "InvalidBatch", one_key_for_two),
    row!("getKeyPackages", "TooManyDids", of_too_many_users),
    row!("getKeyPackages", "InvalidDid", of_a_key),
    row!("getKeyPackageStats", "InvalidDid", stock_of_a_key),
    row!("getKeyPackages", "InvalidDid", of_a_key_among_others),
];

fn input(key_package: &[u8]) -> publish_key_package::Input {
    publish_key_package::Input {
        key_package: encode_base64url(key_package),
        idempotency_key: None,
        cipher_suite: suite(),
        expires: None,
    }
}

async fn publish(world: &World, caller: &Actor, input: publish_key_package::Input) -> Answer {
    world.refused(world.server.call("publishKeyPackage").by(&caller.did).input(&input)).await
}

async fn bytes_that_are_none(world: &World) -> Answer {
    publish(world, &world.user(), input(b"no key package")).await
}

async fn text_that_is_no_base64(world: &World) -> Answer {
    publish(world, &world.user(), publish_key_package::Input { key_package: "*".to_owned(), ..input(b"") }).await
}

async fn forged(world: &World) -> Answer {
    let alice = world.user();
    let mut bytes = alice.mls.key_package();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    publish(world, &alice, input(&bytes)).await
}

async fn of_somebody_else(world: &World) -> Answer {
    publish(world, &world.user(), input(&world.user().mls.key_package())).await
}

async fn expiring(world: &World, after: TimeDelta) -> Answer {
    let alice = world.user();
    let expires = Some(Datetime::from(world.server.clock.now() + after));
    publish(world, &alice, publish_key_package::Input { expires, ..input(&alice.mls.key_package()) }).await
}

async fn good_until_yesterday(world: &World) -> Answer {
    expiring(world, TimeDelta::days(-1)).await
}

async fn good_for_too_long(world: &World) -> Answer {
    expiring(world, TimeDelta::days(91)).await
}

async fn of_suite(world: &World, name: &str) -> Answer {
    let alice = world.user();
    let cipher_suite = CipherSuite::from(name.to_owned());
    publish(world, &alice, publish_key_package::Input { cipher_suite, ..input(&alice.mls.key_package()) }).await
}

async fn of_another_suite(world: &World) -> Answer {
    of_suite(world, "MLS_128_DHKEMP256_AES128GCM_SHA256_P256").await
}

async fn of_an_unknown_suite(world: &World) -> Answer {
    of_suite(world, "MLS_NONE").await
}

async fn one_too_many(world: &World) -> Answer {
    let alice = world.user();
    for _ in 0..MOST_OF_A_DEVICE {
        alice.publish(1).await;
    }
    publish(world, &alice, input(&alice.mls.key_package())).await
}

async fn too_large_a_batch(world: &World) -> Answer {
    let alice = world.user();
    let key_packages = (0..=MOST_AT_ONCE).map(|_| alice.item(&alice.mls.key_package())).collect();
    let batch = publish_key_packages::Input { key_packages };
    world.refused(world.server.call("publishKeyPackages").by(&alice.did).input(&batch)).await
}

async fn one_key_for_two(world: &World) -> Answer {
    let alice = world.user();
    let item = || publish_key_packages::KeyPackageItem {
        idempotency_key: Some("key".to_owned()),
        ..alice.item(&alice.mls.key_package())
    };
    let batch = publish_key_packages::Input { key_packages: vec![item(), item()] };
    world.refused(world.server.call("publishKeyPackages").by(&alice.did).input(&batch)).await
}

async fn of_too_many_users(world: &World) -> Answer {
    let dids: Vec<_> = (0..=MOST_AT_ONCE).map(|_| format!("dids={}", world.user().did.as_str())).collect();
    world.refused(world.server.call("getKeyPackages").by(&world.user().did).query(dids.join("&"))).await
}

/// A well-formed DID that is no account's.
const KEY: &str = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK";

async fn of_a_key(world: &World) -> Answer {
    world.refused(world.server.call("getKeyPackages").by(&world.user().did).query(format!("dids={KEY}"))).await
}

/// Nothing is reserved for the others either.
async fn of_a_key_among_others(world: &World) -> Answer {
    let bob = world.user();
    bob.publish(1).await;
    let query = format!("dids={}&dids={KEY}", bob.did.as_str());
    world.refused(world.server.call("getKeyPackages").by(&world.user().did).query(query)).await
}

async fn stock_of_a_key(world: &World) -> Answer {
    world.refused(world.server.call("getKeyPackageStats").by(&world.user().did).query(format!("did={KEY}"))).await
}

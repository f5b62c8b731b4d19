//! Errors of createConvo, getConvos, getEpoch, getCommits, getWelcome and confirmWelcome.

use catbird_lexicon::blue::catbird::mls::{create_convo, create_convo::KeyPackageHashEntry, defs::CipherSuite};
use e2e::{chat::created_with, http::Answer, room::creation};
use uuid::Uuid;

use super::{
    Row, row,
    world::{MOST_MEMBERS, World, text},
};

pub const ROWS: [Row; 22] = [
    row!("createConvo", "InvalidCipherSuite", unknown_suite),
    row!("createConvo", "KeyPackageNotFound", unknown_key_package),
    row!("createConvo", "KeyPackageNotFound", hash_that_is_none),
    row!("createConvo", "TooManyMembers", too_many),
    row!("createConvo", "ConvoAlreadyExists", taken_group_id),
    row!("createConvo", "InvalidWelcome", unreadable_welcome),
    row!("createConvo", "InvalidWelcome", welcome_for_nobody_named),
    row!("createConvo", "InvalidWelcome", key_package_of_somebody_not_added),
    row!("createConvo", "IdempotencyKeyReused", reused_key),
    row!("getConvos", "InvalidCursor", foreign_cursor),
    row!("getConvos", "InvalidCursor", cursor_that_is_no_base64),
    row!("getEpoch", nowhere),
    row!("getEpoch", stranger),
    row!("getCommits", nowhere),
    row!("getCommits", stranger),
    row!("getCommits", "InvalidEpochRange", backward_range),
    row!("getWelcome", nowhere),
    row!("getWelcome", stranger),
    row!("getWelcome", "WelcomeNotFound", no_welcome),
    row!("getWelcome", "WelcomeNotFound", confirmed_welcome),
    row!("confirmWelcome", nowhere),
    row!("confirmWelcome", stranger),
];

fn new_group() -> create_convo::Input {
    creation(&Uuid::new_v4().simple().to_string(), &[])
}

async fn create(world: &World, input: create_convo::Input) -> Answer {
    world.refused(world.server.call("createConvo").by(&world.user().did).input(&input)).await
}

async fn unknown_suite(world: &World) -> Answer {
    create(world, create_convo::Input { cipher_suite: CipherSuite::from("MLS_NONE".to_owned()), ..new_group() }).await
}

async fn unknown_key_package(world: &World) -> Answer {
    let bob = world.user();
    let unknown = KeyPackageHashEntry { did: bob.did.clone(), hash: "ab".repeat(32) };
    let initial_members = Some(vec![bob.did.clone()]);
    create(world, create_convo::Input { key_package_hashes: Some(vec![unknown]), initial_members, ..new_group() }).await
}

async fn hash_that_is_none(world: &World) -> Answer {
    let odd = KeyPackageHashEntry { did: world.user().did, hash: "not hexadecimal".to_owned() };
    create(world, create_convo::Input { key_package_hashes: Some(vec![odd]), ..new_group() }).await
}

async fn too_many(world: &World) -> Answer {
    // The creator is one more.
    let others = (0..MOST_MEMBERS).map(|_| world.user().did).collect();
    create(world, create_convo::Input { initial_members: Some(others), ..new_group() }).await
}

async fn taken_group_id(world: &World) -> Answer {
    let room = world.room(1).await;
    create(world, creation(&room.convo_id, &[])).await
}

async fn unreadable_welcome(world: &World) -> Answer {
    let initial_members = Some(vec![world.user().did]);
    create(world, create_convo::Input { welcome_message: text(b"no Welcome"), initial_members, ..new_group() }).await
}

async fn welcome_for_nobody_named(world: &World) -> Answer {
    let (alice, bob) = (world.user(), world.user());
    bob.publish(1).await;
    let fetched = alice.fetch(&[&bob.did]).await;
    let mut group = alice.mls.create_group(Uuid::new_v4().as_bytes());
    let handshake = group.add(&alice.mls, &[fetched[0].content.clone()]);
    let input = create_convo::Input {
        welcome_message: text(&handshake.welcome.unwrap()),
        key_package_hashes: None,
        current_epoch: 1,
        ..creation(&hex::encode(group.id()), std::slice::from_ref(&bob.did))
    };
    world.refused(world.server.call("createConvo").by(&alice.did).input(&input)).await
}

async fn key_package_of_somebody_not_added(world: &World) -> Answer {
    let (alice, bob) = (world.user(), world.user());
    bob.publish(1).await;
    let fetched = alice.fetch(&[&bob.did]).await;
    let input = create_convo::Input {
        key_package_hashes: Some(fetched.iter().map(created_with).collect()),
        initial_members: Some(vec![world.user().did]),
        ..new_group()
    };
    world.refused(world.server.call("createConvo").by(&alice.did).input(&input)).await
}

async fn reused_key(world: &World) -> Answer {
    let alice = world.user();
    let with_key = || create_convo::Input { idempotency_key: Some("key".to_owned()), ..new_group() };
    alice.api.create_convo(&with_key()).await.unwrap();
    world.refused(world.server.call("createConvo").by(&alice.did).input(&with_key())).await
}

async fn foreign_cursor(world: &World) -> Answer {
    // Base64 of something that this method never gave.
    world.refused(world.server.call("getConvos").by(&world.user().did).query("cursor=bm90IGFuIGlk")).await
}

async fn cursor_that_is_no_base64(world: &World) -> Answer {
    world.refused(world.server.call("getConvos").by(&world.user().did).query("cursor=%2A%2A")).await
}

async fn backward_range(world: &World) -> Answer {
    let room = world.room(1).await;
    let query = format!("convoId={}&fromEpoch=2&toEpoch=1", room.convo_id);
    world.refused(world.server.call("getCommits").by(&room.members[0].did).query(query)).await
}

async fn no_welcome(world: &World) -> Answer {
    let room = world.room(2).await;
    let query = format!("convoId={}", room.convo_id);
    world.refused(world.server.call("getWelcome").by(&room.members[1].did).query(query)).await
}

async fn confirmed_welcome(world: &World) -> Answer {
    let (alice, bob) = (world.user(), world.user());
    bob.publish(1).await;
    let chat = e2e::chat::Chat::create(&alice, &[&bob.did]).await;
    assert!(bob.welcome(&chat.convo_id).await.is_some(), "it waits before");
    bob.confirm(&chat.convo_id).await;
    let query = format!("convoId={}", chat.convo_id);
    world.refused(world.server.call("getWelcome").by(&bob.did).query(query)).await
}

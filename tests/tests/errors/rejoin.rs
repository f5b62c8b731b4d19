//! Errors of requestRejoin and readdition.

use catbird_lexicon::blue::catbird::mls::{readdition, request_rejoin};
use e2e::{actor::Actor, chat, http::Answer, room::Room};

use super::{
    Row, membership,
    requests::{nowhere, stranger},
    row,
    world::World,
};

pub const ROWS: [Row; 13] = [
    row!("requestRejoin", nowhere),
    row!("requestRejoin", "ConvoNotFound", rejoin_as_a_stranger),
    row!("requestRejoin", "ConvoNotFound", rejoin_after_leaving),
    row!("requestRejoin", "AlreadyMember", rejoin_while_a_welcome_waits),
    row!("requestRejoin", "InvalidKeyPackage", rejoin_by_nonsense),
    row!("requestRejoin", "InvalidKeyPackage", rejoin_by_a_key_package_of_somebody_else),
    row!("requestRejoin", "InvalidKeyPackage", rejoin_by_a_published_key_package),
    row!("requestRejoin", "InvalidKeyPackage", rejoin_by_a_last_resort),
    row!("readdition", "NotFound", be_readded_nowhere),
    row!("readdition", "Unauthorized", be_readded_as_a_stranger),
    row!("readdition", "Unauthorized", be_readded_after_leaving),
    row!("readdition", "NoActiveMembers", be_readded_by_nobody),
    row!("requestRejoin", "InvalidKeyPackage", rejoin_by_a_key_package_of_another_suite),
];

async fn rejoin(world: &World, caller: &Actor, input: request_rejoin::Input) -> Answer {
    world.refused(world.server.call("requestRejoin").by(&caller.did).input(&input)).await
}

async fn rejoin_as_a_stranger(world: &World) -> Answer {
    stranger(world, "requestRejoin").await
}

async fn left(world: &World) -> Room {
    let room = world.room(2).await;
    room.members[1].api.leave_convo(&membership::leaving(&room.convo_id)).await.unwrap();
    room
}

async fn rejoin_after_leaving(world: &World) -> Answer {
    let room = left(world).await;
    let bob = &room.members[1];
    rejoin(world, bob, chat::rejoining(&room.convo_id, &bob.mls.key_package())).await
}

async fn rejoin_while_a_welcome_waits(world: &World) -> Answer {
    let (alice, bob) = (world.user(), world.user());
    bob.publish(1).await;
    let convo_id = chat::Chat::create(&alice, &[&bob.did]).await.convo_id;
    rejoin(world, &bob, chat::rejoining(&convo_id, &bob.mls.key_package())).await
}

async fn rejoin_by(world: &World, content: impl FnOnce(&Actor) -> Vec<u8>) -> Answer {
    let room = world.room(2).await;
    let bob = &room.members[1];
    rejoin(world, bob, chat::rejoining(&room.convo_id, &content(bob))).await
}

async fn rejoin_by_nonsense(world: &World) -> Answer {
    rejoin_by(world, |_| b"no key package".to_vec()).await
}

async fn rejoin_by_a_key_package_of_somebody_else(world: &World) -> Answer {
    let carol = world.user();
    rejoin_by(world, |_| carol.mls.key_package()).await
}

async fn rejoin_by_a_published_key_package(world: &World) -> Answer {
    let room = world.room(2).await;
    let bob = &room.members[1];
    let package = bob.mls.key_package();
    bob.publish_these(std::slice::from_ref(&package)).await;
    rejoin(world, bob, chat::rejoining(&room.convo_id, &package)).await
}

async fn rejoin_by_a_last_resort(world: &World) -> Answer {
    rejoin_by(world, |bob| bob.mls.last_resort_key_package()).await
}

async fn rejoin_by_a_key_package_of_another_suite(world: &World) -> Answer {
    let suite = openmls::prelude::Ciphersuite::MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519;
    rejoin_by(world, |bob| bob.mls.key_package_of(suite)).await
}

async fn be_readded(world: &World, caller: &Actor, room: &Room) -> Answer {
    let input = readdition::Input { convo_id: room.convo_id.clone() };
    world.refused(world.server.call("readdition").by(&caller.did).input(&input)).await
}

async fn be_readded_nowhere(world: &World) -> Answer {
    nowhere(world, "readdition").await
}

async fn be_readded_as_a_stranger(world: &World) -> Answer {
    stranger(world, "readdition").await
}

async fn be_readded_after_leaving(world: &World) -> Answer {
    let room = left(world).await;
    be_readded(world, &room.members[1], &room).await
}

async fn be_readded_by_nobody(world: &World) -> Answer {
    let room = world.room(1).await;
    be_readded(world, &room.members[0], &room).await
}

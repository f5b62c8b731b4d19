//! Errors of checkBlocks, getBlockStatus and handleBlockChange, and of adding those who are kept apart.

use std::slice::from_ref;

use atrium_api::types::string::Did;
use catbird_lexicon::blue::catbird::mls::handle_block_change;
use e2e::{
    http::Answer,
    network::Manner,
    room::{Room, creation},
};
use uuid::Uuid;

use super::{Row, membership::addition, row, world::World};

pub const ROWS: [Row; 14] = [
    row!("addMembers", "BlockedByMember", add_somebody_blocked),
    row!("addMembers", "BlueskyServiceUnavailable", add_somebody_unreadable),
    row!("createConvo", "BlueskyServiceUnavailable", create_with_somebody_unreadable),
    row!("submitCommit", "BlueskyServiceUnavailable", submit_the_addition_of_somebody_unreadable),
    row!("createConvo", "MutualBlockDetected", create_with_somebody_blocked),
    row!("submitCommit", "InvalidCommit", submit_the_addition_of_somebody_blocked),
    row!("checkBlocks", "TooManyDids", too_many),
    row!("checkBlocks", "BlueskyServiceUnavailable", unreadable),
    row!("getBlockStatus", nowhere),
    row!("getBlockStatus", stranger),
    row!("getBlockStatus", "NotAdmin", status_for_a_member),
    row!("handleBlockChange", "BlockNotVerified", invented),
    row!("handleBlockChange", "BlockNotVerified", not_removed),
    row!("handleBlockChange", "BlockNotVerified", of_another_repository),
];

/// A report that a block was `created` or `removed`.
pub fn change(blocker: &Did, blocked: &Did, action: &str) -> handle_block_change::Input {
    handle_block_change::Input {
        blocker_did: blocker.clone(),
        blocked_did: blocked.clone(),
        action: action.to_owned().into(),
        block_uri: None,
    }
}

async fn add_somebody_blocked(world: &World) -> Answer {
    let (alice, bob) = (world.account(), world.account());
    world.network.block(&alice.did, &bob.did);
    let room = Room::of(vec![alice]).await;
    let input = addition(&room.convo_id, from_ref(&bob.did));
    world.refused(world.server.call("addMembers").by(&room.members[0].did).input(&input)).await
}

async fn create_with_somebody_blocked(world: &World) -> Answer {
    let (alice, bob, carol) = (world.account(), world.account(), world.account());
    world.network.block(&bob.did, &carol.did);
    let input = creation(&Uuid::new_v4().simple().to_string(), &[bob.did, carol.did]);
    world.refused(world.server.call("createConvo").by(&alice.did).input(&input)).await
}

async fn submit_the_addition_of_somebody_blocked(world: &World) -> Answer {
    let (alice, bob) = (world.account(), world.account());
    world.network.block(&bob.did, &alice.did);
    let mut room = Room::of(vec![alice]).await;
    let commit = super::world::good_commit(&mut room);
    let mut input = e2e::chat::commit(&room.convo_id, room.group.epoch(), commit);
    input.add_dids = Some(vec![bob.did]);
    world.refused(world.server.call("submitCommit").by(&room.members[0].did).input(&input)).await
}

/// A user whose blocks can't be read.
fn unreadable_user(world: &World) -> Did {
    let bob = world.account().did;
    world.network.behave(&bob, Manner::Down);
    bob
}

async fn add_somebody_unreadable(world: &World) -> Answer {
    let world = world.closed();
    let room = Room::of(vec![world.account()]).await;
    let input = addition(&room.convo_id, &[unreadable_user(world)]);
    world.refused(world.server.call("addMembers").by(&room.members[0].did).input(&input)).await
}

async fn create_with_somebody_unreadable(world: &World) -> Answer {
    let world = world.closed();
    let input = creation(&Uuid::new_v4().simple().to_string(), &[unreadable_user(world)]);
    world.refused(world.server.call("createConvo").by(&world.account().did).input(&input)).await
}

async fn submit_the_addition_of_somebody_unreadable(world: &World) -> Answer {
    let world = world.closed();
    let mut room = Room::of(vec![world.account()]).await;
    let commit = super::world::good_commit(&mut room);
    let mut input = e2e::chat::commit(&room.convo_id, room.group.epoch(), commit);
    input.add_dids = Some(vec![unreadable_user(world)]);
    world.refused(world.server.call("submitCommit").by(&room.members[0].did).input(&input)).await
}

fn query(users: &[Did]) -> String {
    users.iter().map(|did| format!("dids={}", did.as_str())).collect::<Vec<_>>().join("&")
}

async fn too_many(world: &World) -> Answer {
    let users: Vec<_> = (0..=super::world::MOST_AT_ONCE).map(|_| world.user().did).collect();
    world.refused(world.server.call("checkBlocks").by(&world.user().did).query(query(&users))).await
}

async fn unreadable(world: &World) -> Answer {
    let users = [world.account().did, world.account().did];
    world.network.behave(&users[1], Manner::Down);
    world.refused(world.server.call("checkBlocks").by(&world.user().did).query(query(&users))).await
}

async fn status_for_a_member(world: &World) -> Answer {
    let room = world.room(2).await;
    let query = format!("convoId={}", room.convo_id);
    world.refused(world.server.call("getBlockStatus").by(&room.members[1].did).query(query)).await
}

async fn report(world: &World, input: handle_block_change::Input) -> Answer {
    world.refused(world.server.call("handleBlockChange").by(&world.user().did).input(&input)).await
}

async fn invented(world: &World) -> Answer {
    report(world, change(&world.account().did, &world.account().did, "created")).await
}

async fn not_removed(world: &World) -> Answer {
    let (alice, bob) = (world.account().did, world.account().did);
    world.network.block(&alice, &bob);
    report(world, change(&alice, &bob, "removed")).await
}

async fn of_another_repository(world: &World) -> Answer {
    let (alice, bob) = (world.account().did, world.account().did);
    world.network.block(&alice, &bob);
    let uri = format!("at://{}/app.bsky.graph.block/3k00000000000", bob.as_str()).parse().unwrap();
    report(world, handle_block_change::Input { block_uri: Some(uri), ..change(&alice, &bob, "created") }).await
}

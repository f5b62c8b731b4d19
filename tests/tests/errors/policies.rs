//! Errors of getPolicy and updatePolicy.

use catbird_lexicon::blue::catbird::mls::update_policy;
use e2e::{actor::Actor, http::Answer};

use super::{
    Row, row,
    world::{MOST_MEMBERS, World},
};
use crate::policies::update;

pub const ROWS: [Row; 10] = [
    row!("getPolicy", nowhere),
    row!("getPolicy", stranger),
    row!("updatePolicy", nowhere),
    row!("updatePolicy", stranger),
    row!("updatePolicy", "Unauthorized", by_a_member),
    row!("updatePolicy", "Unauthorized", by_a_moderator),
    row!("updatePolicy", "NoFieldsProvided", nothing),
    row!("updatePolicy", "InvalidMaxMembers", fewer_than_there_are),
    row!("updatePolicy", "InvalidMaxMembers", more_than_the_server_allows),
    row!("updatePolicy", "Unauthorized", nothing_by_a_member),
];

/// A request that closes a conversation to additions by its members.
pub fn closing(convo_id: &str) -> update_policy::Input {
    update_policy::Input { allow_member_add: Some(false), ..update(convo_id) }
}

async fn change(world: &World, caller: &Actor, input: update_policy::Input) -> Answer {
    world.refused(world.server.call("updatePolicy").by(&caller.did).input(&input)).await
}

async fn by_a_member(world: &World) -> Answer {
    let room = world.room(2).await;
    change(world, &room.members[1], closing(&room.convo_id)).await
}

async fn by_a_moderator(world: &World) -> Answer {
    let room = world.room(2).await;
    room.promote_moderator(&room.members[1].did).await;
    change(world, &room.members[1], closing(&room.convo_id)).await
}

async fn nothing(world: &World) -> Answer {
    let room = world.room(1).await;
    change(world, &room.members[0], update(&room.convo_id)).await
}

async fn nothing_by_a_member(world: &World) -> Answer {
    let room = world.room(2).await;
    change(world, &room.members[1], update(&room.convo_id)).await
}

async fn of_members(world: &World, most: i64) -> Answer {
    let room = world.room(3).await;
    change(world, &room.members[0], update_policy::Input { max_members: Some(most), ..closing(&room.convo_id) }).await
}

async fn fewer_than_there_are(world: &World) -> Answer {
    of_members(world, 2).await
}

async fn more_than_the_server_allows(world: &World) -> Answer {
    of_members(world, MOST_MEMBERS as i64 + 1).await
}

//! Errors of addReaction and removeReaction.

use catbird_lexicon::blue::catbird::mls::add_reaction;
use e2e::{actor::Actor, http::Answer};
use uuid::Uuid;

use super::{
    Row, membership,
    requests::{self, NOWHERE},
    row,
    world::World,
};

pub const ROWS: [Row; 13] = [
    row!("addReaction", stranger),
    row!("addReaction", "NotMember", add_after_leaving),
    row!("addReaction", "NotFound", add_nowhere),
    row!("addReaction", "NotFound", add_to_nothing),
    row!("addReaction", "NotFound", add_to_a_message_elsewhere),
    row!("addReaction", "NotFound", add_to_a_message_from_before),
    row!("addReaction", "NotFound", add_to_an_expired_message),
    row!("addReaction", "AlreadyReacted", add_again),
    row!("removeReaction", stranger),
    row!("removeReaction", "NotMember", remove_after_leaving),
    row!("removeReaction", "NotFound", remove_nowhere),
    row!("removeReaction", "NotFound", remove_from_nothing),
    row!("removeReaction", "NotFound", remove_from_a_message_from_before),
];

async fn call(world: &World, method: &str, caller: &Actor, convo_id: &str, message_id: &str) -> Answer {
    // The inputs of both are alike.
    let input = add_reaction::Input {
        convo_id: convo_id.to_owned(),
        message_id: message_id.to_owned(),
        reaction: "+".to_owned(),
    };
    world.refused(world.server.call(method).by(&caller.did).input(&input)).await
}

async fn after_leaving(world: &World, method: &str) -> Answer {
    let room = world.room(2).await;
    let sent = room.send("hello").await;
    room.members[1].react(&room.convo_id, &sent.message_id, "+").await.unwrap();
    room.members[1].api.leave_convo(&membership::leaving(&room.convo_id)).await.unwrap();
    call(world, method, &room.members[1], &room.convo_id, &sent.message_id).await
}

async fn add_after_leaving(world: &World) -> Answer {
    after_leaving(world, "addReaction").await
}

async fn remove_after_leaving(world: &World) -> Answer {
    after_leaving(world, "removeReaction").await
}

async fn nowhere(world: &World, method: &str) -> Answer {
    let mut about = requests::Subject::of(world.room(2).await).await;
    about.convo_id = NOWHERE.to_owned();
    let caller = &about.member;
    world.refused(requests::ordinary(&world.server, method, &about, caller).by(&caller.did)).await
}

async fn add_nowhere(world: &World) -> Answer {
    nowhere(world, "addReaction").await
}

async fn remove_nowhere(world: &World) -> Answer {
    nowhere(world, "removeReaction").await
}

async fn with_nothing(world: &World, method: &str) -> Answer {
    let room = world.room(1).await;
    call(world, method, &room.members[0], &room.convo_id, &Uuid::new_v4().to_string()).await
}

async fn add_to_nothing(world: &World) -> Answer {
    with_nothing(world, "addReaction").await
}

async fn remove_from_nothing(world: &World) -> Answer {
    with_nothing(world, "removeReaction").await
}

async fn add_to_a_message_elsewhere(world: &World) -> Answer {
    let (room, other) = (world.room(1).await, world.room(1).await);
    let sent = other.send("elsewhere").await;
    call(world, "addReaction", &room.members[0], &room.convo_id, &sent.message_id).await
}

async fn from_before(world: &World, method: &str) -> Answer {
    let (room, late) = (world.room(1).await, world.user());
    let sent = room.send("before").await;
    let addition = membership::addition(&room.convo_id, std::slice::from_ref(&late.did));
    room.members[0].api.add_members(&addition).await.unwrap();
    call(world, method, &late, &room.convo_id, &sent.message_id).await
}

async fn add_to_a_message_from_before(world: &World) -> Answer {
    from_before(world, "addReaction").await
}

async fn remove_from_a_message_from_before(world: &World) -> Answer {
    from_before(world, "removeReaction").await
}

async fn add_to_an_expired_message(world: &World) -> Answer {
    let room = world.room(1).await;
    let sent = room.send("hello").await;
    world.server.clock.advance(chrono::TimeDelta::days(31));
    call(world, "addReaction", &room.members[0], &room.convo_id, &sent.message_id).await
}

async fn add_again(world: &World) -> Answer {
    let room = world.room(1).await;
    let sent = room.send("hello").await;
    room.members[0].react(&room.convo_id, &sent.message_id, "+").await.unwrap();
    call(world, "addReaction", &room.members[0], &room.convo_id, &sent.message_id).await
}

//! Errors of updateCursor, updateRead and getPendingMessages.

use catbird_lexicon::blue::catbird::mls::{update_cursor, update_read};
use catbird_server::{keyed_hash::HashKey, store::places::Place, stream::cursor::Cursors};
use e2e::{actor::Actor, http::Answer, room::Room};
use uuid::Uuid;

use super::{Row, membership, row, world::World};

pub const ROWS: [Row; 19] = [
    row!("updateCursor", nowhere),
    row!("updateCursor", stranger),
    row!("updateCursor", "NotMember", move_after_leaving),
    row!("updateCursor", "InvalidCursor", read_beyond_the_end),
    row!("updateCursor", "InvalidCursor", receive_beyond_the_end),
    row!("updateCursor", "InvalidCursor", receive_up_to_nonsense),
    row!("updateCursor", "InvalidCursor", receive_up_to_another_deployment),
    row!("updateCursor", "InvalidCursor", receive_up_to_another_era),
    row!("updateCursor", "InvalidCursor", receive_up_to_the_future),
    row!("updateRead", nowhere),
    row!("updateRead", stranger),
    row!("updateRead", "NotMember", read_after_leaving),
    row!("updateRead", "MessageNotFound", read_nothing),
    row!("updateRead", "MessageNotFound", read_a_message_from_before),
    row!("updateRead", "MessageNotFound", read_an_expired_message),
    row!("getPendingMessages", "InvalidCursor", wait_behind_nonsense),
    row!("getPendingMessages", "InvalidCursor", wait_behind_another_deployment),
    row!("getPendingMessages", "InvalidCursor", wait_behind_another_era),
    row!("getPendingMessages", "InvalidCursor", wait_behind_the_future),
];

/// A room with a message that its first member has not read.
async fn room(world: &World) -> Room {
    let room = world.room(2).await;
    room.members[1].api.send_message(&room.message("hello")).await.unwrap();
    room
}

fn moving(room: &Room) -> update_cursor::Input {
    update_cursor::Input { convo_id: room.convo_id.clone(), read_seq: None, delivered_seq: None, cursor: None }
}

async fn refused_to_move(world: &World, caller: &Actor, input: update_cursor::Input) -> Answer {
    world.refused(world.server.call("updateCursor").by(&caller.did).input(&input)).await
}

async fn move_after_leaving(world: &World) -> Answer {
    let room = room(world).await;
    room.members[1].api.leave_convo(&membership::leaving(&room.convo_id)).await.unwrap();
    let input = update_cursor::Input { read_seq: Some(1), ..moving(&room) };
    refused_to_move(world, &room.members[1], input).await
}

async fn read_beyond_the_end(world: &World) -> Answer {
    let room = room(world).await;
    let input = update_cursor::Input { read_seq: Some(2), delivered_seq: Some(1), ..moving(&room) };
    let answer = refused_to_move(world, &room.members[0], input).await;
    assert!(answer.refused(400, "InvalidCursor").contains("seq 1"), "the message names the end");
    answer
}

async fn receive_beyond_the_end(world: &World) -> Answer {
    let room = room(world).await;
    let input = update_cursor::Input { read_seq: Some(1), delivered_seq: Some(i64::MAX), ..moving(&room) };
    refused_to_move(world, &room.members[0], input).await
}

async fn receive_up_to(world: &World, cursor: String) -> Answer {
    let room = room(world).await;
    let input = update_cursor::Input { read_seq: Some(1), cursor: Some(cursor), ..moving(&room) };
    refused_to_move(world, &room.members[0], input).await
}

async fn wait_behind(world: &World, cursor: String) -> Answer {
    let room = room(world).await;
    let call = world.server.call("getPendingMessages").by(&room.members[0].did);
    world.refused(call.query(format!("cursor={cursor}"))).await
}

/// A cursor as the server makes them.
fn cursor(world: &World, era: u8, txid: i64) -> String {
    Cursors::new(world.server.hash_key().clone(), era).write(Place { txid, id: 1 })
}

fn nonsense() -> String {
    "0".repeat(26)
}

/// A good one, but for the key.
fn of_another_deployment() -> String {
    Cursors::new(HashKey::new(b"another"), 0).write(Place { txid: 1, id: 1 })
}

/// The highest number of a transaction that a cursor can have: it takes a very long time to get there.
const FAR: i64 = (1 << 48) - 1;

async fn receive_up_to_nonsense(world: &World) -> Answer {
    receive_up_to(world, nonsense()).await
}

async fn receive_up_to_another_deployment(world: &World) -> Answer {
    receive_up_to(world, of_another_deployment()).await
}

async fn receive_up_to_another_era(world: &World) -> Answer {
    receive_up_to(world, cursor(world, 1, 1)).await
}

async fn receive_up_to_the_future(world: &World) -> Answer {
    receive_up_to(world, cursor(world, 0, FAR)).await
}

async fn wait_behind_nonsense(world: &World) -> Answer {
    wait_behind(world, nonsense()).await
}

async fn wait_behind_another_deployment(world: &World) -> Answer {
    wait_behind(world, of_another_deployment()).await
}

async fn wait_behind_another_era(world: &World) -> Answer {
    wait_behind(world, cursor(world, 1, 1)).await
}

async fn wait_behind_the_future(world: &World) -> Answer {
    wait_behind(world, cursor(world, 0, FAR)).await
}

async fn refused_to_read(world: &World, caller: &Actor, room: &Room, message_id: Option<String>) -> Answer {
    let input = update_read::Input { convo_id: room.convo_id.clone(), message_id };
    world.refused(world.server.call("updateRead").by(&caller.did).input(&input)).await
}

async fn read_after_leaving(world: &World) -> Answer {
    let room = room(world).await;
    room.members[1].api.leave_convo(&membership::leaving(&room.convo_id)).await.unwrap();
    refused_to_read(world, &room.members[1], &room, None).await
}

async fn read_nothing(world: &World) -> Answer {
    let room = room(world).await;
    refused_to_read(world, &room.members[0], &room, Some(Uuid::new_v4().to_string())).await
}

async fn read_a_message_from_before(world: &World) -> Answer {
    let (room, late) = (world.room(1).await, world.user());
    let sent = room.send("before").await;
    let addition = membership::addition(&room.convo_id, std::slice::from_ref(&late.did));
    room.members[0].api.add_members(&addition).await.unwrap();
    refused_to_read(world, &late, &room, Some(sent.message_id)).await
}

async fn read_an_expired_message(world: &World) -> Answer {
    let room = room(world).await;
    let sent = room.send("soon gone").await;
    world.server.clock.advance(chrono::TimeDelta::days(31));
    refused_to_read(world, &room.members[0], &room, Some(sent.message_id)).await
}

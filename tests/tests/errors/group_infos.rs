//! Errors of getGroupInfo, updateGroupInfo, groupInfoRefresh and processExternalCommit, and of submitCommit by its GroupInfo.

use catbird_lexicon::blue::catbird::mls::{
    group_info_refresh, process_external_commit, submit_commit, update_group_info,
};
use catbird_server::mls::encode_base64url;
use e2e::{
    actor::Actor,
    chat,
    http::Answer,
    mls::{MlsDevice, external_commit, join_outside},
    room::Room,
};
use lexicon_runtime::codegen::serde::Serialize;

use super::{
    Row, membership,
    requests::{Subject, nowhere, ordinary, stranger},
    row,
    world::{World, good_commit},
};

pub const ROWS: [Row; 32] = [
    row!("getGroupInfo", "NotFound", get_nowhere),
    row!("getGroupInfo", "Unauthorized", get_as_a_stranger),
    row!("getGroupInfo", "Unauthorized", get_after_leaving),
    row!("getGroupInfo", "GroupInfoUnavailable", get_what_nobody_sent),
    row!("getGroupInfo", "GroupInfoUnavailable", get_that_of_an_earlier_epoch),
    row!("groupInfoRefresh", "ConversationNotFound", ask_nowhere),
    row!("groupInfoRefresh", "Unauthorized", ask_as_a_stranger),
    row!("groupInfoRefresh", "Unauthorized", ask_after_leaving),
    row!("updateGroupInfo", "Unauthorized", update_nowhere),
    row!("updateGroupInfo", "Unauthorized", update_as_a_stranger),
    row!("updateGroupInfo", "Unauthorized", update_after_leaving),
    row!("updateGroupInfo", "InvalidGroupInfo", update_to_nonsense),
    row!("updateGroupInfo", "InvalidGroupInfo", update_to_another_epoch_than_said),
    row!("updateGroupInfo", "InvalidGroupInfo", update_to_an_earlier_epoch),
    row!("updateGroupInfo", "InvalidGroupInfo", update_to_another_group),
    row!("updateGroupInfo", "InvalidGroupInfo", update_to_a_changed_one),
    row!("updateGroupInfo", "InvalidGroupInfo", update_to_one_without_a_tree),
    row!("updateGroupInfo", "InvalidGroupInfo", update_to_that_of_another_member),
    row!("processExternalCommit", "Unauthorized", rejoin_nowhere),
    row!("processExternalCommit", "Unauthorized", rejoin_as_a_stranger),
    row!("processExternalCommit", "Unauthorized", rejoin_after_leaving),
    row!("processExternalCommit", "InvalidCommit", rejoin_with_nonsense),
    row!("processExternalCommit", "InvalidCommit", rejoin_with_an_ordinary_commit),
    row!("processExternalCommit", "InvalidCommit", rejoin_with_a_stale_commit),
    row!("processExternalCommit", "InvalidCommit", rejoin_with_a_changed_commit),
    row!("processExternalCommit", "InvalidCommit", rejoin_as_somebody_else),
    row!("processExternalCommit", "InvalidCommit", rejoin_in_the_place_of_somebody_else),
    row!("processExternalCommit", "InvalidCommit", rejoin_with_a_reused_key),
    row!("processExternalCommit", "InvalidGroupInfo", rejoin_with_a_group_info_of_before),
    row!("processExternalCommit", "InvalidGroupInfo", rejoin_with_a_group_info_of_somebody_else),
    row!("processExternalCommit", "InvalidGroupInfo", rejoin_where_no_group_info_is),
    row!("submitCommit", "InvalidCommit", submit_one_without_a_tree),
];

async fn former(world: &World, method: &str) -> Answer {
    let about = Subject::of(world.room(2).await).await;
    let bob = &about.member;
    bob.api.leave_convo(&membership::leaving(&about.convo_id)).await.unwrap();
    world.refused(ordinary(&world.server, method, &about, bob).by(&bob.did)).await
}

async fn refused(world: &World, method: &str, caller: &Actor, input: impl Serialize) -> Answer {
    world.refused(world.server.call(method).by(&caller.did).input(&input)).await
}

async fn get_nowhere(world: &World) -> Answer {
    nowhere(world, "getGroupInfo").await
}

async fn get_as_a_stranger(world: &World) -> Answer {
    stranger(world, "getGroupInfo").await
}

async fn get_after_leaving(world: &World) -> Answer {
    former(world, "getGroupInfo").await
}

async fn get(world: &World, room: &Room) -> Answer {
    let call = world.server.call("getGroupInfo").by(&room.members[0].did);
    world.refused(call.query(format!("convoId={}", room.convo_id))).await
}

async fn get_what_nobody_sent(world: &World) -> Answer {
    get(world, &world.room(1).await).await
}

async fn get_that_of_an_earlier_epoch(world: &World) -> Answer {
    let mut room = world.room(1).await;
    room.share_group_info().await;
    room.advance().await;
    get(world, &room).await
}

async fn ask_nowhere(world: &World) -> Answer {
    nowhere(world, "groupInfoRefresh").await
}

async fn ask_as_a_stranger(world: &World) -> Answer {
    stranger(world, "groupInfoRefresh").await
}

async fn ask_after_leaving(world: &World) -> Answer {
    let room = world.room(2).await;
    let bob = &room.members[1];
    bob.api.leave_convo(&membership::leaving(&room.convo_id)).await.unwrap();
    refused(world, "groupInfoRefresh", bob, group_info_refresh::Input { convo_id: room.convo_id.clone() }).await
}

async fn update_nowhere(world: &World) -> Answer {
    nowhere(world, "updateGroupInfo").await
}

async fn update_as_a_stranger(world: &World) -> Answer {
    stranger(world, "updateGroupInfo").await
}

async fn update_after_leaving(world: &World) -> Answer {
    former(world, "updateGroupInfo").await
}

async fn update(world: &World, room: &Room, input: update_group_info::Input) -> Answer {
    refused(world, "updateGroupInfo", &room.members[0], input).await
}

async fn update_to_nonsense(world: &World) -> Answer {
    let room = world.room(1).await;
    update(world, &room, chat::group_info(&room.convo_id, 0, b"no GroupInfo")).await
}

async fn update_to_another_epoch_than_said(world: &World) -> Answer {
    let room = world.room(1).await;
    let content = room.group.group_info(&room.members[0].mls);
    update(world, &room, chat::group_info(&room.convo_id, 1, &content)).await
}

async fn update_to_an_earlier_epoch(world: &World) -> Answer {
    let mut room = world.room(1).await;
    let content = room.group.group_info(&room.members[0].mls);
    room.advance().await;
    update(world, &room, chat::group_info(&room.convo_id, 0, &content)).await
}

async fn update_to_another_group(world: &World) -> Answer {
    let (room, other) = (world.room(1).await, world.room(1).await);
    let content = other.group.group_info(&other.members[0].mls);
    update(world, &room, chat::group_info(&room.convo_id, 0, &content)).await
}

async fn update_to_a_changed_one(world: &World) -> Answer {
    let room = world.room(1).await;
    let mut content = room.group.group_info(&room.members[0].mls);
    *content.last_mut().unwrap() ^= 1;
    update(world, &room, chat::group_info(&room.convo_id, 0, &content)).await
}

async fn update_to_one_without_a_tree(world: &World) -> Answer {
    let room = world.room(1).await;
    let content = room.group.group_info_without_tree(&room.members[0].mls);
    update(world, &room, chat::group_info(&room.convo_id, 0, &content)).await
}

async fn update_to_that_of_another_member(world: &World) -> Answer {
    let room = world.room(2).await;
    let content = room.group.group_info(&room.members[0].mls);
    let input = chat::group_info(&room.convo_id, 0, &content);
    refused(world, "updateGroupInfo", &room.members[1], input).await
}

async fn rejoin_nowhere(world: &World) -> Answer {
    nowhere(world, "processExternalCommit").await
}

async fn rejoin_as_a_stranger(world: &World) -> Answer {
    stranger(world, "processExternalCommit").await
}

async fn rejoin_after_leaving(world: &World) -> Answer {
    former(world, "processExternalCommit").await
}

/// A good request of the room's second member, who has no leaf so far.
async fn rejoining(room: &Room) -> process_external_commit::Input {
    let group_info = room.share_group_info().await;
    let (_, handshake) = join_outside(&room.members[1].mls, &group_info);
    chat::external(&room.convo_id, &handshake)
}

async fn rejoin(world: &World, room: &Room, input: process_external_commit::Input) -> Answer {
    refused(world, "processExternalCommit", &room.members[1], input).await
}

async fn rejoin_with_nonsense(world: &World) -> Answer {
    let room = world.room(2).await;
    let input = rejoining(&room).await;
    rejoin(world, &room, process_external_commit::Input { external_commit: "AAEA".to_owned(), ..input }).await
}

async fn rejoin_with_an_ordinary_commit(world: &World) -> Answer {
    let mut room = world.room(2).await;
    let external_commit = encode_base64url(&good_commit(&mut room));
    let input = process_external_commit::Input { external_commit, ..rejoining(&room).await };
    rejoin(world, &room, input).await
}

async fn rejoin_with_a_stale_commit(world: &World) -> Answer {
    let mut room = world.room(2).await;
    let input = rejoining(&room).await;
    room.advance().await;
    room.share_group_info().await;
    let answer = rejoin(world, &room, input).await;
    assert!(answer.refused(400, "InvalidCommit").contains("epoch 1"), "the message names the current epoch");
    answer
}

async fn rejoin_with_a_changed_commit(world: &World) -> Answer {
    let room = world.room(2).await;
    let group_info = room.share_group_info().await;
    let (_, mut handshake) = join_outside(&room.members[1].mls, &group_info);
    // The last byte is one of the confirmation tag, which only members can judge; those before are signed.
    let middle = handshake.commit.len() / 2;
    handshake.commit[middle] ^= 1;
    rejoin(world, &room, chat::external(&room.convo_id, &handshake)).await
}

/// By a device of somebody's with a leaf of its own.
async fn rejoin_by(world: &World, room: &Room, device: &MlsDevice) -> Answer {
    let commit = external_commit(device, &room.share_group_info().await);
    let external_commit = encode_base64url(&commit);
    let (convo_id, idempotency_key, group_info) = (room.convo_id.clone(), None, None);
    rejoin(world, room, process_external_commit::Input { convo_id, external_commit, idempotency_key, group_info }).await
}

async fn rejoin_as_somebody_else(world: &World) -> Answer {
    let room = world.room(2).await;
    rejoin_by(world, &room, &world.user().mls).await
}

async fn rejoin_in_the_place_of_somebody_else(world: &World) -> Answer {
    let room = world.room(2).await;
    // With the first member's key the commit removes that member's leaf, and all its signatures are good.
    let [alice, bob] = &room.members[..] else { unreachable!() };
    rejoin_by(world, &room, &alice.mls.renamed(&bob.identity)).await
}

async fn rejoin_with_a_reused_key(world: &World) -> Answer {
    let room = world.room(2).await;
    let input = process_external_commit::Input { idempotency_key: Some("key".to_owned()), ..rejoining(&room).await };
    room.members[1].api.process_external_commit(&input).await.unwrap();
    rejoin(world, &room, process_external_commit::Input { group_info: None, ..input }).await
}

async fn rejoin_with_a_group_info_of_before(world: &World) -> Answer {
    let room = world.room(2).await;
    let before = room.group.group_info(&room.members[0].mls);
    let input =
        process_external_commit::Input { group_info: Some(encode_base64url(&before)), ..rejoining(&room).await };
    rejoin(world, &room, input).await
}

async fn rejoin_with_a_group_info_of_somebody_else(world: &World) -> Answer {
    let mut room = world.room(2).await;
    let input = rejoining(&room).await;
    let theirs = room.group.change(&room.members[0].mls, &[], &[]).group_info.unwrap();
    rejoin(world, &room, process_external_commit::Input { group_info: Some(encode_base64url(&theirs)), ..input }).await
}

async fn rejoin_where_no_group_info_is(world: &World) -> Answer {
    let room = world.room(2).await;
    let group_info = room.group.group_info(&room.members[0].mls);
    let (_, handshake) = join_outside(&room.members[1].mls, &group_info);
    rejoin(world, &room, chat::external(&room.convo_id, &handshake)).await
}

/// With an otherwise good one: what can't be verified isn't stored, whichever way it comes.
async fn submit_one_without_a_tree(world: &World) -> Answer {
    let mut room = world.room(1).await;
    let alice = &room.members[0];
    let commit = room.group.update(&alice.mls).commit;
    room.group.merge(&alice.mls);
    let group_info = Some(encode_base64url(&room.group.group_info_without_tree(&alice.mls)));
    let input = submit_commit::Input { group_info, ..chat::commit(&room.convo_id, 0, commit) };
    let answer = refused(world, "submitCommit", alice, &input).await;
    assert!(answer.refused(400, "InvalidCommit").contains("ratchet tree"), "the message says what is missing");
    let group_info = Some(encode_base64url(&room.group.group_info(&alice.mls)));
    alice.api.submit_commit(&submit_commit::Input { group_info, ..input }).await.unwrap();
    alice.group_info(&room.convo_id).await.unwrap();
    answer
}

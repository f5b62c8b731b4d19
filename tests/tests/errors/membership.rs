//! Errors of addMembers, removeMember, leaveConvo and submitCommit.

use std::slice::from_ref;

use atrium_api::types::string::Did;
use catbird_lexicon::blue::catbird::mls::{
    add_members, create_convo::KeyPackageHashEntry, leave_convo, remove_member, submit_commit,
};
pub use e2e::room::addition;
use e2e::{actor::Actor, chat, http::Answer, room::Room};
use lexicon_runtime::codegen::serde::Serialize;

use super::{
    Row, policies, row,
    world::{MOST_MEMBERS, World, good_commit, stale_commit, text},
};

pub const ROWS: [Row; 46] = [
    row!("addMembers", nowhere),
    row!("addMembers", stranger),
    row!("addMembers", "NotMember", add_after_leaving),
    row!("addMembers", "KeyPackageNotFound", add_unknown_key_package),
    row!("addMembers", "KeyPackageNotFound", add_key_package_reserved_for_another),
    row!("addMembers", "AlreadyMember", add_a_member),
    row!("addMembers", "TooManyMembers", add_too_many),
    row!("addMembers", "InvalidCommit", add_with_unreadable_commit),
    row!("addMembers", "InvalidCommit", add_with_commit_of_another_group),
    row!("addMembers", "EpochMismatch", add_with_stale_commit),
    row!("addMembers", "InvalidWelcome", add_with_unreadable_welcome),
    row!("addMembers", "InvalidWelcome", add_with_welcome_for_nobody_named),
    row!("addMembers", "IdempotencyKeyReused", add_with_reused_key),
    row!("addMembers", "NotAdmin", add_where_admins_only_may),
    row!("removeMember", nowhere),
    row!("removeMember", stranger),
    row!("removeMember", "NotMember", remove_a_stranger),
    row!("removeMember", "NotAdmin", remove_by_a_member),
    row!("removeMember", "NotAdmin", remove_an_admin_by_a_moderator),
    row!("removeMember", "CannotRemoveSelf", remove_oneself),
    row!("removeMember", "InvalidCommit", remove_with_unreadable_commit),
    row!("removeMember", "InvalidCommit", remove_with_application_message),
    row!("removeMember", "EpochMismatch", remove_with_stale_commit),
    row!("removeMember", "IdempotencyKeyReused", remove_with_reused_key),
    row!("leaveConvo", nowhere),
    row!("leaveConvo", stranger),
    row!("leaveConvo", "LastMember", leave_as_last_admin),
    row!("leaveConvo", "NotAdmin", leave_for_an_admin),
    row!("leaveConvo", "InvalidCommit", leave_with_unreadable_commit),
    row!("leaveConvo", "InvalidCommit", leave_with_commit_of_ones_own),
    row!("leaveConvo", "EpochMismatch", leave_with_stale_commit),
    row!("submitCommit", nowhere),
    row!("submitCommit", stranger),
    row!("submitCommit", "NotAdmin", submit_a_removal_by_a_member),
    row!("submitCommit", "NotAdmin", submit_an_addition_where_admins_only_may),
    row!("submitCommit", "NotMember", submit_the_removal_of_a_stranger),
    row!("submitCommit", "EpochMismatch", submit_a_stale_commit),
    row!("submitCommit", "InvalidCommit", submit_with_another_epoch),
    row!("submitCommit", "InvalidCommit", submit_a_proposal),
    row!("submitCommit", "InvalidCommit", submit_the_removal_of_oneself),
    row!("submitCommit", "InvalidCommit", submit_a_group_info_of_another_epoch),
    row!("submitCommit", "InvalidWelcome", submit_an_unreadable_welcome),
    row!("submitCommit", "KeyPackageNotFound", submit_an_unknown_key_package),
    row!("submitCommit", "AlreadyMember", submit_the_addition_of_a_member),
    row!("submitCommit", "TooManyMembers", submit_too_many),
    row!("submitCommit", "IdempotencyKeyReused", submit_with_reused_key),
];

/// A request that removes a user without a commit.
pub fn removal(convo_id: &str, user: &Did) -> remove_member::Input {
    remove_member::Input {
        convo_id: convo_id.to_owned(),
        target_did: user.clone(),
        idempotency_key: "key".to_owned(),
        reason: None,
        commit: None,
    }
}

/// A request that leaves without a commit.
pub fn leaving(convo_id: &str) -> leave_convo::Input {
    leave_convo::Input { convo_id: convo_id.to_owned(), target_did: None, commit: None }
}

async fn refused(world: &World, method: &str, caller: &Actor, input: impl Serialize) -> Answer {
    world.refused(world.server.call(method).by(&caller.did).input(&input)).await
}

/// Lets admins only add members.
async fn let_admins_only_add(room: &Room) {
    room.members[0].api.update_policy(&policies::closing(&room.convo_id)).await.unwrap();
}

async fn add_after_leaving(world: &World) -> Answer {
    let room = world.room(2).await;
    let [_, bob] = &room.members[..] else { unreachable!() };
    bob.api.leave_convo(&leaving(&room.convo_id)).await.unwrap();
    refused(world, "addMembers", bob, addition(&room.convo_id, &[world.user().did])).await
}

async fn add_unknown_key_package(world: &World) -> Answer {
    let (room, carol) = (world.room(1).await, world.user());
    let unknown = add_members::KeyPackageHashEntry { did: carol.did.clone(), hash: "ab".repeat(32) };
    let input = add_members::Input {
        key_package_hashes: Some(vec![unknown]),
        ..addition(&room.convo_id, from_ref(&carol.did))
    };
    refused(world, "addMembers", &room.members[0], input).await
}

async fn add_key_package_reserved_for_another(world: &World) -> Answer {
    let (room, carol) = (world.room(1).await, world.user());
    carol.publish(1).await;
    let fetched = world.user().fetch(&[&carol.did]).await;
    let named = fetched.iter().map(chat::added_with).collect();
    let input =
        add_members::Input { key_package_hashes: Some(named), ..addition(&room.convo_id, from_ref(&carol.did)) };
    refused(world, "addMembers", &room.members[0], input).await
}

async fn add_a_member(world: &World) -> Answer {
    let room = world.room(2).await;
    let input = addition(&room.convo_id, &[world.user().did, room.members[1].did.clone()]);
    refused(world, "addMembers", &room.members[0], input).await
}

async fn add_too_many(world: &World) -> Answer {
    let room = world.room(2).await;
    let others: Vec<_> = (0..MOST_MEMBERS - 1).map(|_| world.user().did).collect();
    refused(world, "addMembers", &room.members[0], addition(&room.convo_id, &others)).await
}

async fn add_with(world: &World, room: &Room, commit: &[u8]) -> Answer {
    let input = add_members::Input { commit: text(commit), ..addition(&room.convo_id, &[world.user().did]) };
    refused(world, "addMembers", &room.members[0], input).await
}

async fn add_with_unreadable_commit(world: &World) -> Answer {
    add_with(world, &world.room(1).await, b"no commit").await
}

async fn add_with_commit_of_another_group(world: &World) -> Answer {
    let commit = good_commit(&mut world.room(1).await);
    add_with(world, &world.room(1).await, &commit).await
}

async fn add_with_stale_commit(world: &World) -> Answer {
    let mut room = world.room(1).await;
    let commit = stale_commit(&mut room).await;
    add_with(world, &room, &commit).await
}

async fn add_with_unreadable_welcome(world: &World) -> Answer {
    let room = world.room(1).await;
    let input =
        add_members::Input { welcome_message: text(b"no Welcome"), ..addition(&room.convo_id, &[world.user().did]) };
    refused(world, "addMembers", &room.members[0], input).await
}

async fn add_with_welcome_for_nobody_named(world: &World) -> Answer {
    let (mut room, carol) = (world.room(1).await, world.user());
    carol.publish(1).await;
    let fetched = room.members[0].fetch(&[&carol.did]).await;
    let handshake = room.group.add(&room.members[0].mls, &chat::contents(&fetched));
    let input = chat::addition(&room.convo_id, &[&carol.did], &handshake, &[]);
    refused(world, "addMembers", &room.members[0], input).await
}

async fn add_with_reused_key(world: &World) -> Answer {
    let room = world.room(1).await;
    let with_key = || add_members::Input {
        idempotency_key: Some("key".to_owned()),
        ..addition(&room.convo_id, &[world.user().did])
    };
    room.members[0].api.add_members(&with_key()).await.unwrap();
    refused(world, "addMembers", &room.members[0], with_key()).await
}

async fn add_where_admins_only_may(world: &World) -> Answer {
    let room = world.room(2).await;
    let_admins_only_add(&room).await;
    refused(world, "addMembers", &room.members[1], addition(&room.convo_id, &[world.user().did])).await
}

async fn remove_a_stranger(world: &World) -> Answer {
    let room = world.room(1).await;
    refused(world, "removeMember", &room.members[0], removal(&room.convo_id, &world.user().did)).await
}

async fn remove_by_a_member(world: &World) -> Answer {
    let room = world.room(3).await;
    refused(world, "removeMember", &room.members[1], removal(&room.convo_id, &room.members[2].did)).await
}

async fn remove_an_admin_by_a_moderator(world: &World) -> Answer {
    let room = world.room(2).await;
    room.promote_moderator(&room.members[1].did).await;
    refused(world, "removeMember", &room.members[1], removal(&room.convo_id, &room.members[0].did)).await
}

async fn remove_oneself(world: &World) -> Answer {
    let room = world.room(2).await;
    refused(world, "removeMember", &room.members[0], removal(&room.convo_id, &room.members[0].did)).await
}

async fn remove_with(world: &World, room: &Room, commit: &[u8]) -> Answer {
    let input = remove_member::Input { commit: text(commit), ..removal(&room.convo_id, &room.members[1].did) };
    refused(world, "removeMember", &room.members[0], input).await
}

async fn remove_with_unreadable_commit(world: &World) -> Answer {
    remove_with(world, &world.room(2).await, b"no commit").await
}

async fn remove_with_application_message(world: &World) -> Answer {
    let mut room = world.room(2).await;
    let message = room.group.encrypt(&room.members[0].mls, "hello");
    remove_with(world, &room, &message).await
}

async fn remove_with_stale_commit(world: &World) -> Answer {
    let mut room = world.room(2).await;
    let commit = stale_commit(&mut room).await;
    remove_with(world, &room, &commit).await
}

async fn remove_with_reused_key(world: &World) -> Answer {
    let room = world.room(3).await;
    let [alice, bob, carol] = &room.members[..] else { unreachable!() };
    alice.api.remove_member(&removal(&room.convo_id, &bob.did)).await.unwrap();
    refused(world, "removeMember", alice, removal(&room.convo_id, &carol.did)).await
}

async fn leave_as_last_admin(world: &World) -> Answer {
    let room = world.room(2).await;
    refused(world, "leaveConvo", &room.members[0], leaving(&room.convo_id)).await
}

async fn leave_for_an_admin(world: &World) -> Answer {
    let room = world.room(2).await;
    let target_did = Some(room.members[0].did.clone());
    refused(world, "leaveConvo", &room.members[1], leave_convo::Input { target_did, ..leaving(&room.convo_id) }).await
}

/// The admin lets somebody leave, with the commit that removes them.
async fn leave_with(world: &World, room: &Room, commit: &[u8]) -> Answer {
    let target_did = Some(room.members[1].did.clone());
    let input = leave_convo::Input { target_did, commit: text(commit), ..leaving(&room.convo_id) };
    refused(world, "leaveConvo", &room.members[0], input).await
}

async fn leave_with_commit_of_ones_own(world: &World) -> Answer {
    let mut room = world.room(2).await;
    let commit = text(&good_commit(&mut room));
    refused(world, "leaveConvo", &room.members[1], leave_convo::Input { commit, ..leaving(&room.convo_id) }).await
}

async fn leave_with_unreadable_commit(world: &World) -> Answer {
    leave_with(world, &world.room(2).await, b"no commit").await
}

async fn leave_with_stale_commit(world: &World) -> Answer {
    let mut room = world.room(2).await;
    let commit = stale_commit(&mut room).await;
    leave_with(world, &room, &commit).await
}

/// Of the room's group at its epoch, whoever submits it: the server can't see who made it.
fn submission(room: &mut Room) -> submit_commit::Input {
    let commit = good_commit(room);
    chat::commit(&room.convo_id, room.group.epoch(), commit)
}

async fn submit_a_removal_by_a_member(world: &World) -> Answer {
    let mut room = world.room(3).await;
    let remove_dids = Some(vec![room.members[2].did.clone()]);
    let input = submit_commit::Input { remove_dids, ..submission(&mut room) };
    refused(world, "submitCommit", &room.members[1], input).await
}

async fn submit_an_addition_where_admins_only_may(world: &World) -> Answer {
    let mut room = world.room(2).await;
    let_admins_only_add(&room).await;
    let input = submit_commit::Input { add_dids: Some(vec![world.user().did]), ..submission(&mut room) };
    refused(world, "submitCommit", &room.members[1], input).await
}

async fn submit_the_removal_of_a_stranger(world: &World) -> Answer {
    let mut room = world.room(2).await;
    let input = submit_commit::Input { remove_dids: Some(vec![world.user().did]), ..submission(&mut room) };
    refused(world, "submitCommit", &room.members[0], input).await
}

async fn submit_a_stale_commit(world: &World) -> Answer {
    let mut room = world.room(1).await;
    let commit = stale_commit(&mut room).await;
    let answer = refused(world, "submitCommit", &room.members[0], chat::commit(&room.convo_id, 0, commit)).await;
    assert!(answer.refused(400, "EpochMismatch").contains("epoch 1"), "the message names the current epoch");
    answer
}

async fn submit_with_another_epoch(world: &World) -> Answer {
    let mut room = world.room(1).await;
    let input = submit_commit::Input { epoch: 1, ..submission(&mut room) };
    refused(world, "submitCommit", &room.members[0], input).await
}

async fn submit_a_proposal(world: &World) -> Answer {
    let (mut room, bob) = (world.room(1).await, world.user());
    bob.publish(1).await;
    let alice = &room.members[0];
    let fetched = alice.fetch(&[&bob.did]).await;
    room.group.add(&alice.mls, &chat::contents(&fetched));
    room.group.merge(&alice.mls);
    let proposal = room.group.propose_removing(&alice.mls, bob.did.as_str());
    refused(world, "submitCommit", alice, chat::commit(&room.convo_id, 1, proposal)).await
}

async fn submit_the_removal_of_oneself(world: &World) -> Answer {
    let mut room = world.room(2).await;
    let remove_dids = Some(vec![room.members[0].did.clone()]);
    let input = submit_commit::Input { remove_dids, ..submission(&mut room) };
    refused(world, "submitCommit", &room.members[0], input).await
}

async fn submit_a_group_info_of_another_epoch(world: &World) -> Answer {
    let mut room = world.room(1).await;
    let group_info = text(&room.group.group_info(&room.members[0].mls));
    let input = submit_commit::Input { group_info, ..submission(&mut room) };
    refused(world, "submitCommit", &room.members[0], input).await
}

async fn submit_an_unreadable_welcome(world: &World) -> Answer {
    let mut room = world.room(1).await;
    let add_dids = Some(vec![world.user().did]);
    let input = submit_commit::Input { welcome_message: text(b"no Welcome"), add_dids, ..submission(&mut room) };
    refused(world, "submitCommit", &room.members[0], input).await
}

async fn submit_an_unknown_key_package(world: &World) -> Answer {
    let (mut room, carol) = (world.room(1).await, world.user());
    let unknown = KeyPackageHashEntry { did: carol.did.clone(), hash: "ab".repeat(32) };
    let input = submit_commit::Input {
        add_dids: Some(vec![carol.did.clone()]),
        key_package_hashes: Some(vec![unknown]),
        ..submission(&mut room)
    };
    refused(world, "submitCommit", &room.members[0], input).await
}

async fn submit_the_addition_of_a_member(world: &World) -> Answer {
    let mut room = world.room(2).await;
    let add_dids = Some(vec![room.members[1].did.clone()]);
    let input = submit_commit::Input { add_dids, ..submission(&mut room) };
    refused(world, "submitCommit", &room.members[0], input).await
}

async fn submit_too_many(world: &World) -> Answer {
    let mut room = world.room(2).await;
    let add_dids = Some((0..MOST_MEMBERS - 1).map(|_| world.user().did).collect());
    let input = submit_commit::Input { add_dids, ..submission(&mut room) };
    refused(world, "submitCommit", &room.members[0], input).await
}

async fn submit_with_reused_key(world: &World) -> Answer {
    let mut room = world.room(1).await;
    let with_key = |input| submit_commit::Input { idempotency_key: Some("key".to_owned()), ..input };
    let first = with_key(submission(&mut room));
    room.members[0].api.submit_commit(&first).await.unwrap();
    let second = with_key(submission(&mut room));
    refused(world, "submitCommit", &room.members[0], second).await
}

//! Errors of promoteAdmin, demoteAdmin, promoteModerator, demoteModerator and warnMember.

use atrium_api::types::string::Did;
use catbird_lexicon::blue::catbird::mls::{promote_admin, warn_member};
use e2e::{actor::Actor, http::Answer, room::Room};

use super::{Row, row, world::World};

pub const ROWS: [Row; 27] = [
    row!("promoteAdmin", nowhere),
    row!("promoteAdmin", stranger),
    row!("promoteAdmin", "NotMember", |world| for_a_stranger(world, "promoteAdmin")),
    row!("promoteAdmin", "NotAdmin", |world| by_a_moderator(world, "promoteAdmin")),
    row!("promoteAdmin", "AlreadyAdmin", |world| for_oneself(world, "promoteAdmin")),
    row!("demoteAdmin", nowhere),
    row!("demoteAdmin", stranger),
    row!("demoteAdmin", "NotMember", |world| for_a_stranger(world, "demoteAdmin")),
    row!("demoteAdmin", "NotAdmin", |world| by_a_moderator(world, "demoteAdmin")),
    row!("demoteAdmin", "NotAdminTarget", |world| for_a_plain_member(world, "demoteAdmin")),
    row!("demoteAdmin", "LastAdmin", |world| for_oneself(world, "demoteAdmin")),
    row!("promoteModerator", nowhere),
    row!("promoteModerator", stranger),
    row!("promoteModerator", "NotMember", |world| for_a_stranger(world, "promoteModerator")),
    row!("promoteModerator", "NotAdmin", |world| by_a_moderator(world, "promoteModerator")),
    row!("promoteModerator", "AlreadyModerator", promote_a_moderator),
    row!("promoteModerator", "IsAdmin", |world| for_oneself(world, "promoteModerator")),
    row!("demoteModerator", nowhere),
    row!("demoteModerator", stranger),
    row!("demoteModerator", "NotMember", |world| for_a_stranger(world, "demoteModerator")),
    row!("demoteModerator", "NotAdmin", |world| by_a_moderator(world, "demoteModerator")),
    row!("demoteModerator", "NotModerator", |world| for_a_plain_member(world, "demoteModerator")),
    row!("warnMember", nowhere),
    row!("warnMember", "NotAdmin", warn_by_a_moderator),
    row!("warnMember", "NotAdmin", warn_by_a_stranger),
    row!("warnMember", "TargetNotMember", warn_a_stranger),
    row!("warnMember", "CannotWarnAdmin", warn_an_admin),
];

/// A request that changes the role of a user; all methods that do so take the same.
pub fn of(convo_id: &str, target: &Did) -> promote_admin::Input {
    promote_admin::Input { convo_id: convo_id.to_owned(), target_did: target.clone() }
}

/// A request that warns a user.
pub fn warning(convo_id: &str, member: &Did) -> warn_member::Input {
    warn_member::Input {
        convo_id: convo_id.to_owned(),
        member_did: member.clone(),
        reason: "because".to_owned(),
        expires_at: None,
    }
}

async fn change(world: &World, method: &str, room: &Room, caller: &Actor, target: &Did) -> Answer {
    world.refused(world.server.call(method).by(&caller.did).input(&of(&room.convo_id, target))).await
}

async fn for_a_stranger(world: &World, method: &str) -> Answer {
    let room = world.room(2).await;
    change(world, method, &room, &room.members[0], &world.user().did).await
}

async fn for_a_plain_member(world: &World, method: &str) -> Answer {
    let room = world.room(2).await;
    change(world, method, &room, &room.members[0], &room.members[1].did).await
}

async fn for_oneself(world: &World, method: &str) -> Answer {
    let room = world.room(2).await;
    change(world, method, &room, &room.members[0], &room.members[0].did).await
}

/// Of somebody for whom an admin could do it.
async fn by_a_moderator(world: &World, method: &str) -> Answer {
    let room = world.room(3).await;
    let [alice, bob, carol] = &room.members[..] else { unreachable!() };
    room.promote_moderator(&bob.did).await;
    match method {
        "demoteAdmin" => room.promote_admin(&carol.did).await,
        "demoteModerator" => room.promote_moderator(&carol.did).await,
        _ => {}
    }
    let answer = change(world, method, &room, bob, &carol.did).await;
    let by_an_admin = world.server.call(method).by(&alice.did).input(&of(&room.convo_id, &carol.did));
    by_an_admin.send().await.output();
    answer
}

async fn promote_a_moderator(world: &World) -> Answer {
    let room = world.room(2).await;
    room.promote_moderator(&room.members[1].did).await;
    change(world, "promoteModerator", &room, &room.members[0], &room.members[1].did).await
}

async fn warn(world: &World, room: &Room, caller: &Actor, member: &Did) -> Answer {
    world.refused(world.server.call("warnMember").by(&caller.did).input(&warning(&room.convo_id, member))).await
}

async fn warn_by_a_moderator(world: &World) -> Answer {
    let room = world.room(3).await;
    room.promote_moderator(&room.members[1].did).await;
    warn(world, &room, &room.members[1], &room.members[2].did).await
}

async fn warn_by_a_stranger(world: &World) -> Answer {
    let room = world.room(2).await;
    warn(world, &room, &world.user(), &room.members[1].did).await
}

async fn warn_a_stranger(world: &World) -> Answer {
    let room = world.room(1).await;
    warn(world, &room, &room.members[0], &world.user().did).await
}

async fn warn_an_admin(world: &World) -> Answer {
    let room = world.room(2).await;
    room.promote_admin(&room.members[1].did).await;
    warn(world, &room, &room.members[0], &room.members[1].did).await
}

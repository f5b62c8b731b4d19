//! Errors of reportMember, getReports, resolveReport and getAdminStats.

use catbird_lexicon::blue::catbird::mls::resolve_report::InputAction;
use e2e::{actor::Actor, http::Answer, room::Room};
use uuid::Uuid;

use super::{
    Row, row,
    world::{LONGEST_REPORT, World},
};
use crate::reports::{decision, report};

pub const ROWS: [Row; 20] = [
    row!("reportMember", nowhere),
    row!("reportMember", stranger),
    row!("reportMember", "TargetNotMember", report_a_stranger),
    row!("reportMember", "CannotReportSelf", report_oneself),
    row!("reportMember", "ReportTooLarge", report_at_length),
    row!("getReports", nowhere),
    row!("getReports", "NotAdmin", |world| read_as(world, Some(1))),
    row!("getReports", "NotAdmin", |world| read_as(world, None)),
    row!("resolveReport", "NotAdmin", resolve_as_a_member),
    row!("resolveReport", "NotAdmin", resolve_as_a_moderator),
    row!("resolveReport", "ReportNotFound", resolve_as_a_stranger),
    row!("resolveReport", "ReportNotFound", resolve_what_is_not),
    row!("resolveReport", "ReportNotFound", resolve_what_cannot_be),
    row!("resolveReport", "AlreadyResolved", resolve_twice),
    row!("getAdminStats", nowhere),
    row!("getAdminStats", "NotAuthorized", |world| count_as(world, None)),
    row!("getAdminStats", "NotAuthorized", |world| count_as(world, Some(1))),
    row!("getAdminStats", "NotAuthorized", count_as_a_moderator),
    row!("getAdminStats", "NotAuthorized", count_all),
    row!("reportMember", "TargetNotMember", report_one_who_left),
];

async fn complain(world: &World, room: &Room, reported: &Actor, content: &[u8]) -> Answer {
    let input = report(&room.convo_id, &reported.did, content);
    world.refused(world.server.call("reportMember").by(&room.members[0].did).input(&input)).await
}

async fn report_a_stranger(world: &World) -> Answer {
    complain(world, &world.room(1).await, &world.user(), b"!").await
}

async fn report_one_who_left(world: &World) -> Answer {
    let room = world.room(2).await;
    room.members[1].api.leave_convo(&super::membership::leaving(&room.convo_id)).await.unwrap();
    complain(world, &room, &room.members[1], b"!").await
}

async fn report_oneself(world: &World) -> Answer {
    let room = world.room(2).await;
    complain(world, &room, &room.members[0], b"!").await
}

async fn report_at_length(world: &World) -> Answer {
    let room = world.room(2).await;
    complain(world, &room, &room.members[1], &vec![0; LONGEST_REPORT + 1]).await
}

/// A room whose first member, the admin, has reported the second; and the report.
async fn reported(world: &World) -> (Room, String) {
    let room = world.room(2).await;
    let input = report(&room.convo_id, &room.members[1].did, b"!");
    let output = room.members[0].api.report_member(&input).await.unwrap();
    (room, output.report_id)
}

/// As a member, or as a stranger.
async fn read_as(world: &World, member: Option<usize>) -> Answer {
    let (room, _) = reported(world).await;
    let stranger = world.user();
    let caller = member.map_or(&stranger, |member| &room.members[member]);
    let query = format!("convoId={}", room.convo_id);
    world.refused(world.server.call("getReports").by(&caller.did).query(query)).await
}

async fn resolve(world: &World, caller: &Actor, report_id: &str) -> Answer {
    let input = decision(report_id, InputAction::NoAction);
    world.refused(world.server.call("resolveReport").by(&caller.did).input(&input)).await
}

async fn resolve_as_a_member(world: &World) -> Answer {
    let (room, id) = reported(world).await;
    resolve(world, &room.members[1], &id).await
}

async fn resolve_as_a_moderator(world: &World) -> Answer {
    let (room, id) = reported(world).await;
    room.promote_moderator(&room.members[1].did).await;
    resolve(world, &room.members[1], &id).await
}

async fn resolve_as_a_stranger(world: &World) -> Answer {
    let (_, id) = reported(world).await;
    resolve(world, &world.user(), &id).await
}

async fn resolve_what_is_not(world: &World) -> Answer {
    let (room, _) = reported(world).await;
    resolve(world, &room.members[0], &Uuid::new_v4().to_string()).await
}

async fn resolve_what_cannot_be(world: &World) -> Answer {
    let (room, _) = reported(world).await;
    resolve(world, &room.members[0], "no id").await
}

async fn resolve_twice(world: &World) -> Answer {
    let (room, id) = reported(world).await;
    room.members[0].api.resolve_report(&decision(&id, InputAction::Dismissed)).await.unwrap();
    resolve(world, &room.members[0], &id).await
}

async fn count_as(world: &World, member: Option<usize>) -> Answer {
    let room = world.room(2).await;
    let stranger = world.user();
    let caller = member.map_or(&stranger, |member| &room.members[member]);
    let query = format!("convoId={}", room.convo_id);
    world.refused(world.server.call("getAdminStats").by(&caller.did).query(query)).await
}

async fn count_as_a_moderator(world: &World) -> Answer {
    let room = world.room(2).await;
    room.promote_moderator(&room.members[1].did).await;
    let query = format!("convoId={}", room.convo_id);
    world.refused(world.server.call("getAdminStats").by(&room.members[1].did).query(query)).await
}

async fn count_all(world: &World) -> Answer {
    let room = world.room(1).await;
    world.refused(world.server.call("getAdminStats").by(&room.members[0].did)).await
}

//! Events: what happened in a conversation, written by the transaction that made it happen.

use sqlx::PgConnection;

use super::{StoreError, Timestamp};

/// A change of membership.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MembershipKind {
    Joined,
    Left,
    Removed,
}

impl MembershipKind {
    /// The name in the database and in the audit log.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Joined => "joined",
            Self::Left => "left",
            Self::Removed => "removed",
        }
    }
}

/// One user's change of membership.
#[derive(Clone, Debug)]
pub struct MembershipEvent {
    pub kind: MembershipKind,
    pub subject_did: String,
    pub reason: Option<String>,
}

/// The change of a conversation that events belong to.
#[derive(Clone, Copy, Debug)]
pub struct EventPlace<'a> {
    pub convo_id: &'a str,
    /// The commit that made them happen, else the last entry before.
    pub seq: i64,
    /// The epoch from then on.
    pub epoch: i64,
    pub actor_did: &'a str,
    pub at: Timestamp,
}

/// Writes the membership events of a change, in this order.
pub async fn write_memberships(
    conn: &mut PgConnection,
    place: &EventPlace<'_>,
    events: &[MembershipEvent],
) -> Result<(), StoreError> {
    let kinds: Vec<_> = events.iter().map(|event| event.kind.as_str()).collect();
    let subjects: Vec<_> = events.iter().map(|event| event.subject_did.as_str()).collect();
    let reasons: Vec<_> = events.iter().map(|event| event.reason.as_deref()).collect();
    sqlx::query!(
        "-- events.write_memberships
        INSERT INTO events (convo_id, kind, seq, epoch, subject_did, actor_did, reason, created_at)
        SELECT $1, e.kind, $2, $3, e.subject_did, $4, e.reason, $5
        FROM unnest($6::text[], $7::text[], $8::text[]) WITH ORDINALITY AS e (kind, subject_did, reason, place)
        ORDER BY e.place",
        place.convo_id,
        place.seq,
        place.epoch,
        place.actor_did,
        place.at,
        &kinds as &[&str],
        &subjects as &[&str],
        &reasons as &[Option<&str>],
    )
    .execute(conn)
    .await?;
    Ok(())
}

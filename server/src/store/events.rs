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

/// One user's change of membership and the place in the log where it happened.
#[derive(Debug)]
pub struct MembershipEvent<'a> {
    pub convo_id: &'a str,
    pub kind: MembershipKind,
    pub seq: i64,
    pub epoch: i64,
    pub subject_did: &'a str,
    pub actor_did: &'a str,
    pub reason: Option<&'a str>,
    pub at: Timestamp,
}

/// Writes a membership event.
pub async fn write_membership(conn: &mut PgConnection, event: &MembershipEvent<'_>) -> Result<(), StoreError> {
    sqlx::query!(
        "-- events.write_membership
        INSERT INTO events (convo_id, kind, seq, epoch, subject_did, actor_did, reason, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        event.convo_id,
        event.kind.as_str(),
        event.seq,
        event.epoch,
        event.subject_did,
        event.actor_did,
        event.reason,
        event.at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

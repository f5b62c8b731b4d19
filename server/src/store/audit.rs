//! The audit log: removals and, later, role changes and report resolutions.

use sqlx::PgConnection;

use super::{StoreError, events::MembershipEvent};

/// Records who changed whose membership.
pub async fn record(conn: &mut PgConnection, event: &MembershipEvent<'_>) -> Result<(), StoreError> {
    sqlx::query!(
        "-- audit.record
        INSERT INTO audit_log (convo_id, action, actor_did, subject_did, reason, created_at)
        VALUES ($1, $2, $3, $4, $5, $6)",
        event.convo_id,
        event.kind.as_str(),
        event.actor_did,
        event.subject_did,
        event.reason,
        event.at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

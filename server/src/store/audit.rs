//! The audit log: removals and, later, role changes and report resolutions.

use sqlx::PgConnection;

use super::{
    StoreError,
    events::{EventPlace, MembershipEvent},
};

/// Records who changed whose membership.
pub async fn record(
    conn: &mut PgConnection,
    place: &EventPlace<'_>,
    events: &[MembershipEvent],
) -> Result<(), StoreError> {
    let actions: Vec<_> = events.iter().map(|event| event.kind.as_str()).collect();
    let subjects: Vec<_> = events.iter().map(|event| event.subject_did.as_str()).collect();
    let reasons: Vec<_> = events.iter().map(|event| event.reason.as_deref()).collect();
    sqlx::query!(
        "-- audit.record
        INSERT INTO audit_log (convo_id, action, actor_did, subject_did, reason, created_at)
        SELECT $1, e.action, $2, e.subject_did, e.reason, $3
        FROM unnest($4::text[], $5::text[], $6::text[]) AS e (action, subject_did, reason)",
        place.convo_id,
        place.actor_did,
        place.at,
        &actions as &[&str],
        &subjects as &[&str],
        &reasons as &[Option<&str>],
    )
    .execute(conn)
    .await?;
    Ok(())
}

//! The audit log: removals, changes of roles and policy, and decisions on reports.

use sqlx::PgConnection;

use super::{StoreError, events::EventPlace};

/// Something that an actor did to a subject.
#[derive(Clone, Copy, Debug)]
pub struct Act<'a> {
    /// What it was, as the audit log names it.
    pub action: &'static str,
    pub subject_did: &'a str,
    pub reason: Option<&'a str>,
}

/// Records what the actor of a change did.
pub async fn record(conn: &mut PgConnection, place: &EventPlace<'_>, acts: &[Act<'_>]) -> Result<(), StoreError> {
    if acts.is_empty() {
        return Ok(());
    }
    let actions: Vec<_> = acts.iter().map(|act| act.action).collect();
    let subjects: Vec<_> = acts.iter().map(|act| act.subject_did).collect();
    let reasons: Vec<_> = acts.iter().map(|act| act.reason).collect();
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

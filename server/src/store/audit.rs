//! The audit log: removals, changes of roles and policy, warnings, decisions on reports, and blocks that are settled.

use sqlx::PgConnection;
use uuid::Uuid;

use super::{StoreError, Timestamp, events::EventPlace};

/// Something that an actor did.
#[derive(Clone, Debug)]
pub struct Act {
    /// What it was, as the audit log names it.
    pub action: &'static str,
    /// Whom it was done to, if it was done to somebody.
    pub subject_did: Option<String>,
    pub reason: Option<String>,
    /// The warning that it is, or the report that it is about.
    pub item_id: Option<Uuid>,
    /// Until when a warning counts.
    pub expires_at: Option<Timestamp>,
    /// What was decided, where the action alone doesn't say it.
    pub detail: Option<String>,
}

impl Act {
    /// Something that has no more to it.
    pub fn new(action: &'static str) -> Self {
        Self { action, subject_did: None, reason: None, item_id: None, expires_at: None, detail: None }
    }

    /// The same, done to this user.
    pub fn to(self, subject_did: impl Into<String>) -> Self {
        Self { subject_did: Some(subject_did.into()), ..self }
    }
}

/// How a warning stands in the audit log.
pub const WARNED: &str = "warned";

/// How a removal does.
pub const REMOVED: &str = "removed";

/// Records what the actor of a change did.
pub async fn record(conn: &mut PgConnection, place: &EventPlace<'_>, acts: &[Act]) -> Result<(), StoreError> {
    if acts.is_empty() {
        return Ok(());
    }
    let actions: Vec<_> = acts.iter().map(|act| act.action).collect();
    let subjects: Vec<_> = acts.iter().map(|act| act.subject_did.as_deref()).collect();
    let reasons: Vec<_> = acts.iter().map(|act| act.reason.as_deref()).collect();
    let items: Vec<_> = acts.iter().map(|act| act.item_id).collect();
    let expiries: Vec<_> = acts.iter().map(|act| act.expires_at).collect();
    let details: Vec<_> = acts.iter().map(|act| act.detail.as_deref()).collect();
    sqlx::query!(
        "-- audit.record
        INSERT INTO audit_log
            (convo_id, action, actor_did, subject_did, reason, created_at, item_id, expires_at, detail)
        SELECT $1, e.action, $2, e.subject_did, e.reason, $3, e.item_id, e.expires_at, e.detail
        FROM unnest($4::text[], $5::text[], $6::text[], $7::uuid[], $8::timestamptz[], $9::text[])
            AS e (action, subject_did, reason, item_id, expires_at, detail)",
        place.convo_id,
        place.actor_did,
        place.at,
        &actions as &[&str],
        &subjects as &[Option<&str>],
        &reasons as &[Option<&str>],
        &items as &[Option<Uuid>],
        &expiries as &[Option<Timestamp>],
        &details as &[Option<&str>],
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A warning that was given.
#[derive(Clone, Copy, Debug)]
pub struct Warning {
    pub id: Uuid,
    pub at: Timestamp,
}

/// The last warning by the same actor with the same content since some time.
pub async fn same_warning(
    conn: &mut PgConnection,
    place: &EventPlace<'_>,
    warning: &Act,
    since: Timestamp,
) -> Result<Option<Warning>, StoreError> {
    Ok(sqlx::query_as!(
        Warning,
        r#"-- audit.same_warning
        SELECT item_id AS "id!", created_at AS at FROM audit_log
        WHERE convo_id = $1 AND action = $2 AND created_at >= $3 AND actor_did = $4 AND subject_did = $5
            AND reason IS NOT DISTINCT FROM $6 AND expires_at IS NOT DISTINCT FROM $7
        ORDER BY created_at DESC LIMIT 1"#,
        place.convo_id,
        warning.action,
        since,
        place.actor_did,
        warning.subject_did,
        warning.reason,
        warning.expires_at,
    )
    .fetch_optional(conn)
    .await?)
}

/// How often something happened.
#[derive(Clone, Copy, Debug)]
pub struct Totals {
    /// Removals of a user by another.
    pub removals: i64,
    /// Blocks between members that admins had been told of and that are over.
    pub settled_blocks: i64,
}

/// Counts in a conversation, from some time on or ever.
pub async fn totals(conn: &mut PgConnection, convo_id: &str, since: Option<Timestamp>) -> Result<Totals, StoreError> {
    Ok(sqlx::query_as!(
        Totals,
        r#"-- audit.totals
        SELECT
            (SELECT count(*) FROM audit_log
                WHERE convo_id = $1 AND action = 'removed' AND created_at >= coalesce($2, '-infinity'::timestamptz))
                AS "removals!",
            (SELECT count(*) FROM audit_log
                WHERE convo_id = $1 AND action = 'block_settled'
                    AND created_at >= coalesce($2, '-infinity'::timestamptz)) AS "settled_blocks!""#,
        convo_id,
        since,
    )
    .fetch_one(conn)
    .await?)
}

/// The same on the whole server.
pub async fn totals_of_all(conn: &mut PgConnection, since: Option<Timestamp>) -> Result<Totals, StoreError> {
    Ok(sqlx::query_as!(
        Totals,
        r#"-- audit.totals_of_all
        SELECT
            (SELECT count(*) FROM audit_log
                WHERE action = 'removed' AND created_at >= coalesce($1, '-infinity'::timestamptz)) AS "removals!",
            (SELECT count(*) FROM audit_log
                WHERE action = 'block_settled' AND created_at >= coalesce($1, '-infinity'::timestamptz))
                AS "settled_blocks!""#,
        since,
    )
    .fetch_one(conn)
    .await?)
}

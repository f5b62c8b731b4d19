//! Reports about members, for the admins of their conversation.

use sqlx::PgConnection;
use uuid::Uuid;

use super::{StoreError, Timestamp};

/// A report to be stored.
#[derive(Clone, Debug)]
pub struct NewReport<'a> {
    pub report_id: Uuid,
    pub reporter_did: &'a str,
    pub reported_did: &'a str,
    pub category: &'a str,
    /// Encrypted for the admins.
    pub content: &'a [u8],
    pub message_ids: &'a [String],
    /// Keyed hash of all that the reporter said: tells a retry.
    pub request_tag: &'a [u8],
}

/// When and as what a report was stored.
#[derive(Clone, Copy, Debug)]
pub struct Stored {
    pub report_id: Uuid,
    pub created_at: Timestamp,
}

/// A report as admins see it.
#[derive(Debug)]
pub struct Report {
    pub report_id: Uuid,
    pub reporter_did: String,
    pub reported_did: String,
    pub category: String,
    pub content: Vec<u8>,
    pub message_ids: Vec<String>,
    pub status: String,
    pub created_at: Timestamp,
    pub resolved_by: Option<String>,
    pub resolved_at: Option<Timestamp>,
}

/// What was decided about a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resolution {
    RemovedMember,
    NoAction,
    Dismissed,
}

impl Resolution {
    /// The name in the database and on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RemovedMember => "removed_member",
            Self::NoAction => "no_action",
            Self::Dismissed => "dismissed",
        }
    }

    /// What the report is from then on.
    fn status(self) -> &'static str {
        match self {
            Self::RemovedMember | Self::NoAction => "resolved",
            Self::Dismissed => "dismissed",
        }
    }
}

/// The pending report that says the same.
pub async fn same_pending(
    conn: &mut PgConnection,
    convo_id: &str,
    request_tag: &[u8],
) -> Result<Option<Stored>, StoreError> {
    Ok(sqlx::query_as!(
        Stored,
        "-- reports.same_pending
        SELECT report_id, created_at FROM reports WHERE convo_id = $1 AND request_tag = $2 AND status = 'pending'",
        convo_id,
        request_tag,
    )
    .fetch_optional(conn)
    .await?)
}

/// How many reports of a user are pending in a conversation.
pub async fn count_pending(conn: &mut PgConnection, convo_id: &str, reporter_did: &str) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"-- reports.count_pending
        SELECT count(*) AS "count!" FROM reports WHERE convo_id = $1 AND reporter_did = $2 AND status = 'pending'"#,
        convo_id,
        reporter_did,
    )
    .fetch_one(conn)
    .await?)
}

/// Stores a report.
pub async fn store(
    conn: &mut PgConnection,
    convo_id: &str,
    report: &NewReport<'_>,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query!(
        "-- reports.store
        INSERT INTO reports (convo_id, report_id, reporter_did, reported_did, category, content, message_ids,
            request_tag, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        convo_id,
        report.report_id,
        report.reporter_did,
        report.reported_did,
        report.category,
        report.content,
        report.message_ids,
        report.request_tag,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The newest reports of a conversation, newest first.
pub async fn newest(
    conn: &mut PgConnection,
    convo_id: &str,
    status: Option<&str>,
    limit: i64,
) -> Result<Vec<Report>, StoreError> {
    Ok(sqlx::query_as!(
        Report,
        "-- reports.newest
        SELECT report_id, reporter_did, reported_did, category, content, message_ids, status, created_at,
            resolved_by, resolved_at
        FROM reports WHERE convo_id = $1 AND ($2::text IS NULL OR status = $2)
        ORDER BY created_at DESC, position DESC LIMIT $3",
        convo_id,
        status,
        limit,
    )
    .fetch_all(conn)
    .await?)
}

/// The conversation that a report belongs to.
pub async fn convo_of(conn: &mut PgConnection, report_id: Uuid) -> Result<Option<String>, StoreError> {
    Ok(sqlx::query_scalar!("-- reports.convo_of\nSELECT convo_id FROM reports WHERE report_id = $1", report_id)
        .fetch_optional(conn)
        .await?)
}

/// Resolves a pending report; returns who was reported. Nothing when it is not pending: of several who try at once, one
/// gets through.
pub async fn resolve(
    conn: &mut PgConnection,
    convo_id: &str,
    report_id: Uuid,
    resolution: Resolution,
    actor: &str,
    now: Timestamp,
) -> Result<Option<String>, StoreError> {
    Ok(sqlx::query_scalar!(
        "-- reports.resolve
        UPDATE reports SET status = $3, resolution = $4, resolved_by = $5, resolved_at = $6
        WHERE convo_id = $1 AND report_id = $2 AND status = 'pending'
        RETURNING reported_did",
        convo_id,
        report_id,
        resolution.status(),
        resolution.as_str(),
        actor,
        now,
    )
    .fetch_optional(conn)
    .await?)
}

/// The reports of one category.
#[derive(Debug)]
pub struct CategoryCount {
    pub category: String,
    pub total: i64,
    pub pending: i64,
    /// Seconds from report to decision, of all that were decided together.
    pub seconds_to_decision: i64,
}

/// Counts the reports of a conversation by category, from some time on or ever.
pub async fn count(
    conn: &mut PgConnection,
    convo_id: &str,
    since: Option<Timestamp>,
) -> Result<Vec<CategoryCount>, StoreError> {
    Ok(sqlx::query_as!(
        CategoryCount,
        r#"-- reports.count
        SELECT category, count(*) AS "total!", count(*) FILTER (WHERE status = 'pending') AS "pending!",
            coalesce(sum(extract(epoch FROM resolved_at - created_at)), 0)::bigint AS "seconds_to_decision!"
        FROM reports WHERE convo_id = $1 AND created_at >= coalesce($2, '-infinity'::timestamptz)
        GROUP BY category"#,
        convo_id,
        since,
    )
    .fetch_all(conn)
    .await?)
}

/// The same on the whole server. Another statement: plans are made once for all parameters, and one that may mean all
/// conversations reads all of them.
pub async fn count_all(conn: &mut PgConnection, since: Option<Timestamp>) -> Result<Vec<CategoryCount>, StoreError> {
    Ok(sqlx::query_as!(
        CategoryCount,
        r#"-- reports.count_all
        SELECT category, count(*) AS "total!", count(*) FILTER (WHERE status = 'pending') AS "pending!",
            coalesce(sum(extract(epoch FROM resolved_at - created_at)), 0)::bigint AS "seconds_to_decision!"
        FROM reports WHERE created_at >= coalesce($1, '-infinity'::timestamptz)
        GROUP BY category"#,
        since,
    )
    .fetch_all(conn)
    .await?)
}

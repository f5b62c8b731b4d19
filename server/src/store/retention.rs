//! What the retention job removes, in batches that are small in rows and in bytes.
//!
//! Reads never show expired entries, whether or not this has run. Nothing here waits for anybody: what somebody else has
//! locked is passed over.

use sqlx::PgConnection;

use super::{StoreError, Timestamp};

/// A conversation in which something may have expired.
#[derive(Clone, Debug)]
pub struct Due {
    pub convo_id: String,
    /// Since when; the order in which they come.
    pub since: Timestamp,
}

/// How much one batch removes at most. It always removes one thing, however large.
#[derive(Clone, Copy, Debug)]
pub struct Batch {
    pub rows: i64,
    /// Of ciphertexts and Welcomes.
    pub bytes: i64,
}

/// What a batch of a conversation's entries came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purged {
    /// This many entries are gone, and more may be due.
    Some(i64),
    /// Nothing is due any more.
    Done,
    /// Somebody else has the conversation's lock.
    Busy,
}

/// Conversations in which something may have expired, longest due first, after another one in that order.
pub async fn due_conversations(
    conn: &mut PgConnection,
    now: Timestamp,
    after: Option<&Due>,
    limit: i64,
) -> Result<Vec<Due>, StoreError> {
    Ok(sqlx::query_as!(
        Due,
        r#"-- retention.due_conversations
        SELECT convo_id, next_expiry AS "since!" FROM conversations
        WHERE next_expiry <= $1 AND (next_expiry, convo_id) > (coalesce($2, '-infinity'::timestamptz), coalesce($3, ''))
        ORDER BY next_expiry, convo_id LIMIT $4"#,
        now,
        after.map(|due| due.since),
        after.map(|due| due.convo_id.as_str()),
        limit,
    )
    .fetch_all(conn)
    .await?)
}

/// Removes a batch of what is due in a conversation: of its expired entries, or of anything when it was deleted. To be
/// committed before the next, so that others get their turn at the lock.
pub async fn purge_conversation(
    conn: &mut PgConnection,
    convo_id: &str,
    now: Timestamp,
    batch: Batch,
) -> Result<Purged, StoreError> {
    let is_deleted = sqlx::query_scalar!(
        r#"-- retention.purge_conversation
        SELECT deleted_at IS NOT NULL AS "is_deleted!" FROM conversations WHERE convo_id = $1
        FOR NO KEY UPDATE SKIP LOCKED"#,
        convo_id,
    )
    .fetch_optional(&mut *conn)
    .await?;
    match is_deleted {
        None => Ok(Purged::Busy),
        Some(false) => purge_expired(conn, convo_id, now, batch).await,
        Some(true) => purge_deleted(conn, convo_id, batch).await,
    }
}

async fn purge_expired(
    conn: &mut PgConnection,
    convo_id: &str,
    now: Timestamp,
    batch: Batch,
) -> Result<Purged, StoreError> {
    let removed = sqlx::query_scalar!(
        r#"-- retention.purge_expired
        SELECT remove_entries($1, ARRAY(
            SELECT seq FROM (
                SELECT seq, sum(octet_length(ciphertext)) OVER (ORDER BY expires_at, seq) - octet_length(ciphertext)
                    AS bytes_before
                FROM (
                    SELECT seq, expires_at, ciphertext FROM messages WHERE convo_id = $1 AND expires_at <= $2
                    ORDER BY expires_at, seq LIMIT $3) e) e
            WHERE bytes_before < $4)) AS "removed!""#,
        convo_id,
        now,
        batch.rows,
        batch.bytes,
    )
    .fetch_one(conn)
    .await?;
    Ok(if removed == 0 { Purged::Done } else { Purged::Some(removed) })
}

/// The row of the conversation stays when all else is gone: its group id and seqs are never used again.
async fn purge_deleted(conn: &mut PgConnection, convo_id: &str, batch: Batch) -> Result<Purged, StoreError> {
    let entries = sqlx::query!(
        "-- retention.purge_deleted (entries)
        DELETE FROM messages WHERE convo_id = $1 AND seq = ANY (ARRAY(
            SELECT seq FROM (
                SELECT seq, sum(octet_length(ciphertext)) OVER (ORDER BY seq) - octet_length(ciphertext) AS bytes_before
                FROM (SELECT seq, ciphertext FROM messages WHERE convo_id = $1 ORDER BY seq LIMIT $2) e) e
            WHERE bytes_before < $3))",
        convo_id,
        batch.rows,
        batch.bytes,
    )
    .execute(&mut *conn)
    .await?
    .rows_affected();
    if entries > 0 {
        return Ok(Purged::Some(entries.cast_signed()));
    }
    let welcomes = sqlx::query!(
        "-- retention.purge_deleted (welcomes)
        DELETE FROM welcomes WHERE convo_id = $1 AND welcome_id = ANY (ARRAY(
            SELECT welcome_id FROM (
                SELECT welcome_id, sum(octet_length(content)) OVER (ORDER BY position) - octet_length(content) AS bytes_before
                FROM (
                    SELECT welcome_id, position, content FROM welcomes WHERE convo_id = $1 LIMIT $2) w) w
            WHERE bytes_before < $3))",
        convo_id,
        batch.rows,
        batch.bytes,
    )
    .execute(&mut *conn)
    .await?
    .rows_affected();
    let reports = sqlx::query!(
        "-- retention.purge_deleted (reports)
        DELETE FROM reports WHERE convo_id = $1 AND report_id = ANY (ARRAY(
            SELECT report_id FROM (
                SELECT report_id, sum(octet_length(content)) OVER (ORDER BY position) - octet_length(content) AS bytes_before
                FROM (SELECT report_id, position, content FROM reports WHERE convo_id = $1 LIMIT $2) r) r
            WHERE bytes_before < $3))",
        convo_id,
        batch.rows,
        batch.bytes,
    )
    .execute(&mut *conn)
    .await?
    .rows_affected();
    if welcomes + reports > 0 {
        return Ok(Purged::Some(0));
    }
    sqlx::query!(
        "-- retention.purge_deleted (the rest)
        WITH told AS (DELETE FROM group_infos WHERE convo_id = $1), missing AS (DELETE FROM gaps WHERE convo_id = $1),
            blocks AS (DELETE FROM block_conflicts WHERE convo_id = $1)
        UPDATE conversations SET next_expiry = NULL WHERE convo_id = $1",
        convo_id,
    )
    .execute(conn)
    .await?;
    Ok(Purged::Done)
}

/// Rows that don't belong to a log and are of no more use after some time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShortLived {
    /// Events of the stream.
    Events,
    /// Subscription tickets that nobody used.
    Tickets,
    /// Answers kept by idempotency key.
    Answers,
    /// Ids of used tokens, whose own expiry is what counts.
    UsedJti,
    /// Key packages, by the end of their own lifetime.
    KeyPackages,
    /// Welcomes, with their recipients.
    Welcomes,
    /// Reports, by when they were decided on.
    Reports,
}

/// Removes a batch of what is older than `before`, oldest first; returns how many rows that were. None when nothing that
/// is left can be removed now.
pub async fn purge_short_lived(
    conn: &mut PgConnection,
    kind: ShortLived,
    before: Timestamp,
    batch: Batch,
) -> Result<u64, StoreError> {
    let done = match kind {
        // Only from the beginning of the stream, and the floor says how far: whoever comes back with a cursor before it is
        // told that something is missing. What stands behind an event that must stay is seen to when that one goes.
        ShortLived::Events => {
            sqlx::query!(
                "-- retention.events
                WITH oldest AS (
                    SELECT txid, id, created_at FROM events WHERE txid < pg_snapshot_xmin(pg_current_snapshot())
                    ORDER BY txid, id LIMIT $2
                ), judged AS (
                    SELECT txid, id, bool_and(created_at < $1) OVER (ORDER BY txid, id) AS is_due FROM oldest
                ), last AS (
                    SELECT txid, id FROM judged WHERE is_due ORDER BY txid DESC, id DESC LIMIT 1
                ), moved AS (
                    UPDATE stream s SET floor_txid = l.txid, floor_id = l.id FROM last l
                    WHERE (s.floor_txid, s.floor_id) < (l.txid, l.id)
                )
                DELETE FROM events e USING last l WHERE (e.txid, e.id) <= (l.txid, l.id)",
                before,
                batch.rows,
            )
            .execute(conn)
            .await?
        }
        ShortLived::Tickets => {
            sqlx::query!(
                "-- retention.tickets
                DELETE FROM subscription_tickets WHERE tag = ANY (ARRAY(
                    SELECT tag FROM subscription_tickets WHERE expires_at < $1 ORDER BY expires_at LIMIT $2
                    FOR UPDATE SKIP LOCKED))",
                before,
                batch.rows,
            )
            .execute(conn)
            .await?
        }
        ShortLived::Answers => {
            sqlx::query!(
                "-- retention.answers
                DELETE FROM idempotency_keys WHERE tag = ANY (ARRAY(
                    SELECT tag FROM idempotency_keys WHERE created_at < $1 ORDER BY created_at LIMIT $2
                    FOR UPDATE SKIP LOCKED))",
                before,
                batch.rows,
            )
            .execute(conn)
            .await?
        }
        ShortLived::UsedJti => {
            sqlx::query!(
                "-- retention.used_jti
                DELETE FROM used_jti WHERE tag = ANY (ARRAY(
                    SELECT tag FROM used_jti WHERE expires_at < $1 ORDER BY expires_at LIMIT $2
                    FOR UPDATE SKIP LOCKED))",
                before,
                batch.rows,
            )
            .execute(conn)
            .await?
        }
        ShortLived::KeyPackages => {
            sqlx::query!(
                "-- retention.key_packages
                DELETE FROM key_packages WHERE hash = ANY (ARRAY(
                    SELECT hash FROM key_packages WHERE lifetime_end < $1 ORDER BY lifetime_end LIMIT $2
                    FOR UPDATE SKIP LOCKED))",
                before,
                batch.rows,
            )
            .execute(conn)
            .await?
        }
        ShortLived::Welcomes => {
            sqlx::query!(
                "-- retention.welcomes
                DELETE FROM welcomes WHERE ctid = ANY (ARRAY(
                    SELECT place FROM (
                        SELECT place, sum(bytes) OVER (ORDER BY created_at, position) - bytes AS bytes_before
                        FROM (
                            SELECT ctid AS place, created_at, position, octet_length(content) AS bytes
                            FROM welcomes WHERE created_at < $1 ORDER BY created_at LIMIT $2
                            FOR UPDATE SKIP LOCKED) w) f
                    WHERE bytes_before < $3))",
                before,
                batch.rows,
                batch.bytes,
            )
            .execute(conn)
            .await?
        }
        ShortLived::Reports => {
            sqlx::query!(
                "-- retention.reports
                DELETE FROM reports WHERE ctid = ANY (ARRAY(
                    SELECT place FROM (
                        SELECT place, sum(bytes) OVER (ORDER BY resolved_at, place) - bytes AS bytes_before
                        FROM (
                            SELECT ctid AS place, resolved_at, octet_length(content) AS bytes
                            FROM reports WHERE resolved_at < $1 ORDER BY resolved_at LIMIT $2
                            FOR UPDATE SKIP LOCKED) r) f
                    WHERE bytes_before < $3))",
                before,
                batch.rows,
                batch.bytes,
            )
            .execute(conn)
            .await?
        }
    };
    Ok(done.rows_affected())
}

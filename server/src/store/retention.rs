//! What the retention job removes, in batches that are small in rows and in bytes.
//!
//! Reads never show expired entries, whether or not this has run. Nothing here waits for anybody: what somebody else has
//! locked is passed over.

mod deleted;
mod short_lived;

use sqlx::PgConnection;

use self::deleted::purge_deleted;
use super::{StoreError, Timestamp};

pub use self::short_lived::{ShortLived, purge_short_lived};

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
    sqlx::query!(
        "-- retention.purge_expired (commits)
        UPDATE conversations SET expired_commit_seq = last_expired_commit($1, $2)
        WHERE convo_id = $1 AND expired_commit_seq < last_expired_commit($1, $2)",
        convo_id,
        now,
    )
    .execute(&mut *conn)
    .await?;
    let removed = sqlx::query_scalar!(
        r#"-- retention.purge_expired
        SELECT remove_entries($1, ARRAY(
            SELECT seq FROM (
                SELECT seq, sum(octet_length(ciphertext)) OVER (ORDER BY expires_at, seq) - octet_length(ciphertext)
                    AS bytes_before
                FROM (
                    (SELECT seq, expires_at, ciphertext FROM messages
                    WHERE convo_id = $1 AND expires_at <= $2 AND NOT expires_in_turn ORDER BY expires_at, seq LIMIT $3)
                    UNION ALL
                    (SELECT seq, expires_at, ciphertext FROM (
                        SELECT seq, expires_at, expires_in_turn, ciphertext FROM messages
                        WHERE convo_id = $1
                            AND seq >= (SELECT in_turn_from_seq FROM conversations WHERE convo_id = $1)
                            AND seq <= (SELECT l.seq FROM last_expired_in_turn($1, $2) l)
                        ORDER BY seq LIMIT $3) m
                    WHERE expires_in_turn)
                    ORDER BY expires_at, seq LIMIT $3) e) e
            WHERE bytes_before < $4)) AS "removed!""#,
        convo_id,
        now,
        batch.rows,
        batch.bytes,
    )
    .fetch_one(&mut *conn)
    .await?;
    if removed > 0 {
        return Ok(Purged::Some(removed));
    }
    let is_due = sqlx::query_scalar!(
        r#"-- retention.purge_expired (rest)
        SELECT coalesce(next_expiry <= $2, false) AS "is_due!" FROM conversations WHERE convo_id = $1"#,
        convo_id,
        now,
    )
    .fetch_one(conn)
    .await?;
    // There were only entries to step over.
    Ok(if is_due { Purged::Some(0) } else { Purged::Done })
}

//! What the retention job removes. Reads never show expired rows, whether or not this has run.

use sqlx::PgConnection;

use super::{StoreError, Timestamp};

/// Conversations in which something may have expired, longest due first.
pub async fn due_conversations(conn: &mut PgConnection, now: Timestamp, limit: i64) -> Result<Vec<String>, StoreError> {
    Ok(sqlx::query_scalar!(
        "-- retention.due_conversations
        SELECT convo_id FROM conversations WHERE next_expiry <= $1 ORDER BY next_expiry LIMIT $2",
        now,
        limit,
    )
    .fetch_all(conn)
    .await?)
}

/// Removes up to `limit` expired entries of a locked conversation; returns how many there were.
pub async fn purge_entries(
    conn: &mut PgConnection,
    convo_id: &str,
    now: Timestamp,
    limit: i64,
) -> Result<i64, StoreError> {
    let gone = sqlx::query!(
        r#"-- retention.purge_entries
        WITH gone AS (
            DELETE FROM messages WHERE convo_id = $1 AND seq IN (
                SELECT seq FROM messages WHERE convo_id = $1 AND expires_at <= $2 ORDER BY expires_at LIMIT $3)
            RETURNING kind
        )
        SELECT count(*) AS "entries!", count(*) FILTER (WHERE kind = 'app') AS "app_entries!" FROM gone"#,
        convo_id,
        now,
        limit,
    )
    .fetch_one(&mut *conn)
    .await?;
    // A second statement, since the first one's own view of the table still has the rows that it deletes.
    sqlx::query!(
        "-- retention.purge_entries (counters)
        UPDATE conversations c SET
            kept_count = kept_count - $2, kept_app_count = kept_app_count - $3,
            kept_min_seq = coalesce((SELECT min(seq) FROM messages m WHERE m.convo_id = $1), c.next_seq),
            next_expiry = (SELECT min(expires_at) FROM messages m WHERE m.convo_id = $1)
        WHERE convo_id = $1",
        convo_id,
        gone.entries,
        gone.app_entries,
    )
    .execute(conn)
    .await?;
    Ok(gone.entries)
}

/// Removes the whole log of a deleted conversation.
pub async fn purge_log(conn: &mut PgConnection, convo_id: &str) -> Result<(), StoreError> {
    sqlx::query!("-- retention.purge_log\nDELETE FROM messages WHERE convo_id = $1", convo_id).execute(conn).await?;
    Ok(())
}

/// Moments before which short-lived rows are of no more use.
#[derive(Clone, Copy, Debug)]
pub struct Horizons {
    pub now: Timestamp,
    /// Events older than this are gone from the stream.
    pub events: Timestamp,
    /// Answers kept by idempotency key.
    pub answers: Timestamp,
    /// Key packages whose own lifetime ended, kept that long for statistics.
    pub spent_key_packages: Timestamp,
}

/// Removes what is past its horizon.
pub async fn purge_short_lived(conn: &mut PgConnection, horizons: Horizons) -> Result<(), StoreError> {
    sqlx::query!("-- retention.events\nDELETE FROM events WHERE created_at < $1", horizons.events)
        .execute(&mut *conn)
        .await?;
    sqlx::query!("-- retention.answers\nDELETE FROM idempotency_keys WHERE created_at < $1", horizons.answers)
        .execute(&mut *conn)
        .await?;
    sqlx::query!("-- retention.jti\nDELETE FROM used_jti WHERE expires_at < $1", horizons.now)
        .execute(&mut *conn)
        .await?;
    sqlx::query!(
        "-- retention.key_packages\nDELETE FROM key_packages WHERE lifetime_end < $1",
        horizons.spent_key_packages
    )
    .execute(conn)
    .await?;
    Ok(())
}

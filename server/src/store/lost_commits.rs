//! Commits that expired before a member received them: without them the member can't follow the group, and has to come back
//! anew.

use sqlx::PgConnection;

use super::{StoreError, Timestamp};

/// The conversations of a user in which commits have expired behind their delivered position, by id.
pub async fn fallen_behind(conn: &mut PgConnection, user_did: &str, now: Timestamp) -> Result<Vec<String>, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"-- lost_commits.fallen_behind
        SELECT m.convo_id AS "convo_id!" FROM (
            SELECT convo_id, max(delivered_seq) AS delivered_seq FROM members
            WHERE user_did = $1 AND left_at IS NULL GROUP BY convo_id) m
        WHERE m.delivered_seq < last_expired_commit(m.convo_id, $2)
        ORDER BY m.convo_id"#,
        user_did,
        now,
    )
    .fetch_all(conn)
    .await?)
}

/// Whether a member who is at an epoch, and finds no commit from there on, is behind commits that have expired. Who is up to
/// date isn't, and who joined after those was never meant to have them.
pub async fn are_behind(
    conn: &mut PgConnection,
    convo_id: &str,
    user_did: &str,
    epoch: i64,
    now: Timestamp,
) -> Result<bool, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"-- lost_commits.are_behind
        SELECT EXISTS (
            SELECT FROM conversations c CROSS JOIN read_access($1, $2, $4) a
            WHERE c.convo_id = $1 AND c.epoch > $3 AND a.is_active AND last_expired_commit($1, $4) > a.after_seq) AS "yes!""#,
        convo_id,
        user_did,
        epoch,
        now,
    )
    .fetch_one(conn)
    .await?)
}

/// Moves the delivered positions of users over the commits that have expired, because these devices of theirs are in the group
/// anew. Nothing else is passed over: messages expire no later than the commits before which they were sent.
pub async fn pass_over(
    conn: &mut PgConnection,
    convo_id: &str,
    dids: &[String],
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query!(
        "-- lost_commits.pass_over
        WITH locked AS MATERIALIZED (
            SELECT did FROM members
            WHERE convo_id = $1 AND left_at IS NULL AND delivered_seq < last_expired_commit($1, $3) AND user_did IN (
                SELECT user_did FROM members WHERE convo_id = $1 AND did = ANY($2))
            ORDER BY did FOR NO KEY UPDATE
        )
        UPDATE members m SET delivered_seq = greatest(m.delivered_seq, last_expired_commit($1, $3))
        FROM locked l WHERE m.convo_id = $1 AND m.did = l.did",
        convo_id,
        dids,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

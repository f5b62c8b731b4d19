//! What a deleted conversation leaves behind.

use sqlx::PgConnection;

use super::{Batch, Purged};
use crate::store::StoreError;

/// The row of the conversation stays when all else is gone: its group id and seqs are never used again.
pub(super) async fn purge_deleted(conn: &mut PgConnection, convo_id: &str, batch: Batch) -> Result<Purged, StoreError> {
    let entries = sqlx::query!(
        "-- retention.purge_deleted (entries)
        DELETE FROM messages WHERE ctid = ANY (ARRAY(
            SELECT ctid FROM (
                SELECT ctid, sum(octet_length(ciphertext)) OVER (ORDER BY seq) - octet_length(ciphertext) AS bytes_before
                FROM (SELECT ctid, seq, ciphertext FROM messages WHERE convo_id = $1 ORDER BY seq LIMIT $2) e) e
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
            asked AS (DELETE FROM group_info_requests WHERE convo_id = $1),
            blocks AS (DELETE FROM block_conflicts WHERE convo_id = $1)
        UPDATE conversations SET next_expiry = NULL WHERE convo_id = $1",
        convo_id,
    )
    .execute(conn)
    .await?;
    Ok(Purged::Done)
}

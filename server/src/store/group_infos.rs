//! GroupInfo: what a member needs to join again by itself.

use sqlx::PgConnection;

use super::{StoreError, Timestamp};

/// Keeps the GroupInfo of an epoch unless a newer one is there.
pub async fn store(
    conn: &mut PgConnection,
    convo_id: &str,
    epoch: i64,
    content: &[u8],
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query!(
        "-- group_infos.store
        INSERT INTO group_infos (convo_id, epoch, content, updated_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (convo_id) DO UPDATE
        SET epoch = excluded.epoch, content = excluded.content, updated_at = excluded.updated_at
        WHERE group_infos.epoch <= excluded.epoch",
        convo_id,
        epoch,
        content,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

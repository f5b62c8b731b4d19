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

/// The GroupInfo of a conversation's current epoch.
#[derive(Debug)]
pub struct StoredGroupInfo {
    pub epoch: i64,
    pub content: Vec<u8>,
}

/// The GroupInfo of the current epoch, for an active member; nothing for anybody else.
pub async fn current_for(
    conn: &mut PgConnection,
    convo_id: &str,
    user_did: &str,
) -> Result<Option<StoredGroupInfo>, StoreError> {
    Ok(sqlx::query_as!(
        StoredGroupInfo,
        "-- group_infos.current_for
        SELECT g.epoch, g.content FROM group_infos g JOIN conversations c USING (convo_id, epoch)
        WHERE g.convo_id = $1 AND c.deleted_at IS NULL AND EXISTS (
            SELECT FROM members m WHERE m.convo_id = $1 AND m.user_did = $2 AND m.left_at IS NULL)",
        convo_id,
        user_did,
    )
    .fetch_optional(conn)
    .await?)
}

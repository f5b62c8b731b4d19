//! GroupInfo: what a member needs to join again by itself.

use sqlx::PgConnection;

use super::{StoreError, Timestamp};

/// Keeps the GroupInfo of an epoch unless a newer one is there. Whoever asked for one has it now.
pub async fn store(
    conn: &mut PgConnection,
    convo_id: &str,
    epoch: i64,
    content: &[u8],
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query!(
        "-- group_infos.store
        WITH answered AS (DELETE FROM group_info_requests WHERE convo_id = $1)
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

/// Notes that members are asked for the GroupInfo of the current epoch; false when they were asked for it after `last`.
pub async fn ask(
    conn: &mut PgConnection,
    convo_id: &str,
    epoch: i64,
    now: Timestamp,
    last: Timestamp,
) -> Result<bool, StoreError> {
    let asked = sqlx::query!(
        "-- group_infos.ask
        INSERT INTO group_info_requests AS r (convo_id, epoch, told_at) VALUES ($1, $2, $3)
        ON CONFLICT (convo_id) DO UPDATE SET epoch = excluded.epoch, told_at = excluded.told_at
        WHERE r.epoch <> excluded.epoch OR r.told_at <= $4",
        convo_id,
        epoch,
        now,
        last,
    )
    .execute(conn)
    .await?;
    Ok(asked.rows_affected() == 1)
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

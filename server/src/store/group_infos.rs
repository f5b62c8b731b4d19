//! GroupInfo: what a member needs to join again by itself.

use sqlx::PgConnection;

use super::{StoreError, Timestamp};

/// A GroupInfo to be kept.
#[derive(Clone, Copy, Debug)]
pub struct NewGroupInfo<'a> {
    pub epoch: i64,
    pub content: &'a [u8],
    /// Keyed hash of the member who sends it.
    pub sender_tag: &'a [u8],
    /// Whether it may take the place of another member's.
    pub replaces_others: bool,
}

/// Keeps the GroupInfo of an epoch; false when a newer one is there, or one of this epoch that it may not replace. Whoever asked for one
/// has it then.
pub async fn store(
    conn: &mut PgConnection,
    convo_id: &str,
    new: &NewGroupInfo<'_>,
    now: Timestamp,
) -> Result<bool, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"-- group_infos.store
        WITH stored AS (
            INSERT INTO group_infos AS g (convo_id, epoch, content, updated_at, sender_tag) VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (convo_id) DO UPDATE
            SET epoch = excluded.epoch, content = excluded.content, updated_at = excluded.updated_at,
                sender_tag = excluded.sender_tag
            WHERE g.epoch < excluded.epoch OR g.epoch = excluded.epoch
                AND ($6 OR g.sender_tag = excluded.sender_tag OR g.sender_tag IS NULL)
            RETURNING convo_id
        ), answered AS (
            DELETE FROM group_info_requests WHERE convo_id IN (SELECT convo_id FROM stored)
        )
        SELECT EXISTS (SELECT FROM stored) AS "is_stored!""#,
        convo_id,
        new.epoch,
        new.content,
        now,
        new.sender_tag,
        new.replaces_others,
    )
    .fetch_one(conn)
    .await?)
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

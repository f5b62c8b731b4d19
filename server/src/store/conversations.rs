//! Conversations: the row that orders a log, and what is shown of it.

use sqlx::PgConnection;

use super::{StoreError, Timestamp};

/// What a new conversation starts with.
#[derive(Debug)]
pub struct NewConversation<'a> {
    pub convo_id: &'a str,
    pub group_id: &'a [u8],
    pub cipher_suite: &'a str,
    pub creator_did: &'a str,
    pub name: Option<&'a str>,
    pub description: Option<&'a str>,
    pub epoch: i64,
    pub max_members: i64,
    pub created_at: Timestamp,
}

/// A conversation whose row this transaction has locked: its epoch and next seq can't move until it ends.
#[derive(Debug)]
pub struct LockedConversation {
    pub convo_id: String,
    pub group_id: Vec<u8>,
    pub cipher_suite: String,
    pub epoch: i64,
    pub next_seq: i64,
    pub app_count: i64,
    pub allow_member_add: bool,
    pub allow_member_remove: bool,
    pub require_admin_approval: bool,
    pub max_members: i64,
}

/// A conversation as one of its members sees it.
#[derive(Debug)]
pub struct ConversationView {
    pub convo_id: String,
    pub cipher_suite: String,
    pub creator_did: String,
    pub name: Option<String>,
    pub description: Option<String>,
    pub created_at: Timestamp,
    pub epoch: i64,
    pub last_seq: i64,
    pub last_message_at: Option<Timestamp>,
    /// Application entries after the member's read position that have not expired.
    pub unread_count: i64,
}

/// Where a conversation stands at a moment.
#[derive(Debug)]
pub struct Current {
    pub epoch: i64,
    pub group_id: Vec<u8>,
}

/// Where a conversation stands now, without a lock.
pub async fn current(conn: &mut PgConnection, convo_id: &str) -> Result<Option<Current>, StoreError> {
    Ok(sqlx::query_as!(
        Current,
        "-- conversations.current
        SELECT epoch, group_id FROM conversations WHERE convo_id = $1 AND deleted_at IS NULL",
        convo_id,
    )
    .fetch_optional(conn)
    .await?)
}

/// Creates a conversation; false when its id or its group id exists, also as a deleted conversation.
pub async fn create(conn: &mut PgConnection, new: &NewConversation<'_>) -> Result<bool, StoreError> {
    let created = sqlx::query!(
        "-- conversations.create
        INSERT INTO conversations
            (convo_id, group_id, cipher_suite, creator_did, name, description, epoch, max_members, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        ON CONFLICT DO NOTHING",
        new.convo_id,
        new.group_id,
        new.cipher_suite,
        new.creator_did,
        new.name,
        new.description,
        new.epoch,
        new.max_members,
        new.created_at,
    )
    .execute(conn)
    .await?;
    Ok(created.rows_affected() == 1)
}

/// Locks a conversation until the transaction ends. Whoever holds this lock is next in the conversation's order.
pub async fn lock(conn: &mut PgConnection, convo_id: &str) -> Result<Option<LockedConversation>, StoreError> {
    Ok(sqlx::query_as!(
        LockedConversation,
        "-- conversations.lock
        SELECT convo_id, group_id, cipher_suite, epoch, next_seq, app_count, allow_member_add, allow_member_remove,
            require_admin_approval, max_members
        FROM conversations
        WHERE convo_id = $1 AND deleted_at IS NULL
        FOR NO KEY UPDATE",
        convo_id,
    )
    .fetch_optional(conn)
    .await?)
}

/// Locks all conversations that a user is in, or those alone that this device of theirs is in, as [`lock`] does and in the
/// order in which everybody locks several.
pub async fn lock_all_of(
    conn: &mut PgConnection,
    user_did: &str,
    device: Option<&str>,
) -> Result<Vec<String>, StoreError> {
    Ok(sqlx::query_scalar!(
        "-- conversations.lock_all_of
        SELECT convo_id FROM conversations
        WHERE deleted_at IS NULL AND convo_id IN (
            SELECT m.convo_id FROM members m
            WHERE m.user_did = $1 AND m.left_at IS NULL AND m.did = coalesce($2, m.did))
        ORDER BY convo_id
        FOR NO KEY UPDATE",
        user_did,
        device,
    )
    .fetch_all(conn)
    .await?)
}

/// Locks several conversations, in the order in which everybody does; returns those that are there.
pub async fn lock_these(conn: &mut PgConnection, convo_ids: &[String]) -> Result<Vec<String>, StoreError> {
    Ok(sqlx::query_scalar!(
        "-- conversations.lock_these
        SELECT convo_id FROM conversations WHERE convo_id = ANY ($1) AND deleted_at IS NULL
        ORDER BY convo_id FOR NO KEY UPDATE",
        convo_ids,
    )
    .fetch_all(conn)
    .await?)
}

/// Whether the conversation exists, whoever asks.
pub async fn exists(conn: &mut PgConnection, convo_id: &str) -> Result<bool, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"-- conversations.exists
        SELECT EXISTS (SELECT FROM conversations WHERE convo_id = $1 AND deleted_at IS NULL) AS "exists!""#,
        convo_id,
    )
    .fetch_one(conn)
    .await?)
}

/// The epoch as an active member may know it; nothing for anybody else.
pub async fn epoch_for(conn: &mut PgConnection, convo_id: &str, user_did: &str) -> Result<Option<i64>, StoreError> {
    Ok(sqlx::query_scalar!(
        "-- conversations.epoch_for
        SELECT epoch FROM conversations c
        WHERE convo_id = $1 AND deleted_at IS NULL AND EXISTS (
            SELECT FROM members m WHERE m.convo_id = c.convo_id AND m.user_did = $2 AND m.left_at IS NULL)",
        convo_id,
        user_did,
    )
    .fetch_optional(conn)
    .await?)
}

/// The conversations that a user is in, by id, after the id `after`.
pub async fn page_of(
    conn: &mut PgConnection,
    user_did: &str,
    after: Option<&str>,
    limit: i64,
    now: Timestamp,
) -> Result<Vec<ConversationView>, StoreError> {
    Ok(sqlx::query_as!(
        ConversationView,
        r#"-- conversations.page_of
        SELECT c.convo_id, c.cipher_suite, c.creator_did, c.name, c.description, c.created_at, c.epoch,
            c.next_seq - 1 AS "last_seq!", c.last_message_at, s.unread_count AS "unread_count!"
        FROM (SELECT DISTINCT convo_id FROM members
            WHERE user_did = $1 AND left_at IS NULL AND convo_id > coalesce($2, '')) m
        JOIN conversations c USING (convo_id)
        CROSS JOIN LATERAL read_state(c.convo_id, $1, $4) s
        ORDER BY c.convo_id
        LIMIT $3"#,
        user_did,
        after,
        limit,
        now,
    )
    .fetch_all(conn)
    .await?)
}

/// One conversation that a user is in.
pub async fn view_of(
    conn: &mut PgConnection,
    convo_id: &str,
    user_did: &str,
    now: Timestamp,
) -> Result<Option<ConversationView>, StoreError> {
    Ok(sqlx::query_as!(
        ConversationView,
        r#"-- conversations.view_of
        SELECT c.convo_id, c.cipher_suite, c.creator_did, c.name, c.description, c.created_at, c.epoch,
            c.next_seq - 1 AS "last_seq!", c.last_message_at, s.unread_count AS "unread_count!"
        FROM conversations c CROSS JOIN LATERAL read_state(c.convo_id, $2, $3) s
        WHERE c.convo_id = $1"#,
        convo_id,
        user_did,
        now,
    )
    .fetch_optional(conn)
    .await?)
}

/// Ends a locked conversation for good: from now on nobody finds it. The retention job removes what it held, however much
/// that is; the row stays, so that its group id and seqs are never used again.
pub async fn mark_deleted(conn: &mut PgConnection, convo_id: &str, now: Timestamp) -> Result<(), StoreError> {
    sqlx::query!(
        "-- conversations.mark_deleted
        UPDATE conversations
        SET deleted_at = $2, name = NULL, description = NULL, last_message_at = NULL, next_expiry = $2,
            kept_min_seq = next_seq, kept_count = 0, kept_app_count = 0
        WHERE convo_id = $1",
        convo_id,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

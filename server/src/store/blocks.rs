//! Blocks between members: those that were reported lately, and those that admins were told of.

use sqlx::PgConnection;

use super::{StoreError, Timestamp, events::EventPlace};

/// A user who blocks another one.
#[derive(Clone, Copy, Debug)]
pub struct Pair<'a> {
    pub blocker: &'a str,
    pub blocked: &'a str,
}

/// A conversation that both users of a pair are members of.
#[derive(Clone, Debug)]
pub struct SharedConversation {
    pub convo_id: String,
    /// When its admins were told of the block, since both have been in it.
    pub told_at: Option<Timestamp>,
    /// Whether the user who asks is a member too.
    pub is_askers: bool,
}

/// Makes those who add these users and those who report blocks of theirs take turns until the transaction ends: the
/// former don't wait for each other.
pub async fn take_turns_adding(conn: &mut PgConnection, users: &[String]) -> Result<(), StoreError> {
    sqlx::query!(
        "-- blocks.take_turns_adding
        SELECT pg_advisory_xact_lock_shared(key)
        FROM (SELECT DISTINCT hashtextextended(u, 12) AS key FROM unnest($1::text[]) u ORDER BY key OFFSET 0) k",
        users,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The same for whoever reports a block: waits for those who are adding one of the two. No other lock may be held.
pub async fn take_turns_reporting(conn: &mut PgConnection, pair: Pair<'_>) -> Result<(), StoreError> {
    let users = [pair.blocker.to_owned(), pair.blocked.to_owned()];
    sqlx::query!(
        "-- blocks.take_turns_reporting
        SELECT pg_advisory_xact_lock(key)
        FROM (SELECT DISTINCT hashtextextended(u, 12) AS key FROM unnest($1::text[]) u ORDER BY key OFFSET 0) k",
        &users,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes a block that was found in the blocker's repository. Those noted before `forgotten` go, except what others are
/// writing just now: each writes its own first, and would wait for the other's.
pub async fn note(
    conn: &mut PgConnection,
    pair: Pair<'_>,
    now: Timestamp,
    forgotten: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query!(
        "-- blocks.note
        WITH old AS (
            DELETE FROM reported_blocks WHERE ctid = ANY (ARRAY(
                SELECT ctid FROM reported_blocks WHERE reported_at < $4 AND (blocker_did, blocked_did) <> ($1, $2)
                FOR UPDATE SKIP LOCKED)))
        INSERT INTO reported_blocks (blocker_did, blocked_did, reported_at) VALUES ($1, $2, $3)
        ON CONFLICT (blocker_did, blocked_did) DO UPDATE SET reported_at = excluded.reported_at",
        pair.blocker,
        pair.blocked,
        now,
        forgotten,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The first block reported at `since` or later between one of `newcomers` and one of `users`, in either direction.
pub async fn reported_among(
    conn: &mut PgConnection,
    users: &[String],
    newcomers: &[String],
    since: Timestamp,
) -> Result<Option<(String, String)>, StoreError> {
    let found = sqlx::query!(
        "-- blocks.reported_among
        SELECT blocker_did, blocked_did FROM reported_blocks
        WHERE reported_at >= $3 AND blocker_did = ANY ($1) AND blocked_did = ANY ($1)
            AND (blocker_did = ANY ($2) OR blocked_did = ANY ($2))
        ORDER BY blocker_did, blocked_did LIMIT 1",
        users,
        newcomers,
        since,
    )
    .fetch_optional(conn)
    .await?;
    Ok(found.map(|row| (row.blocker_did, row.blocked_did)))
}

/// The ids of the conversations that both users of a pair are members of, in order.
pub async fn shared_ids(conn: &mut PgConnection, pair: Pair<'_>, limit: i64) -> Result<Vec<String>, StoreError> {
    Ok(sqlx::query_scalar!(
        "-- blocks.shared_ids
        SELECT DISTINCT x.convo_id FROM members x JOIN members y USING (convo_id)
        WHERE x.user_did = $1 AND x.left_at IS NULL AND y.user_did = $2 AND y.left_at IS NULL AND $1 <> $2
        ORDER BY x.convo_id LIMIT $3",
        pair.blocker,
        pair.blocked,
        limit,
    )
    .fetch_all(conn)
    .await?)
}

/// Those of these conversations that both users of a pair are members of, by id.
pub async fn shared_among(
    conn: &mut PgConnection,
    pair: Pair<'_>,
    asker: &str,
    convo_ids: &[String],
) -> Result<Vec<SharedConversation>, StoreError> {
    Ok(sqlx::query_as!(
        SharedConversation,
        r#"-- blocks.shared_among
        SELECT m.convo_id AS "convo_id!", (
                SELECT c.told_at FROM block_conflicts c
                WHERE c.convo_id = m.convo_id AND c.blocker_did = $1 AND c.blocked_did = $2 AND c.told_at >= m.since)
                AS told_at,
            EXISTS (
                SELECT FROM members a WHERE a.convo_id = m.convo_id AND a.user_did = $3 AND a.left_at IS NULL)
                AS "is_askers!"
        FROM unnest($4::text[]) AS asked (convo_id) CROSS JOIN LATERAL (
            SELECT x.convo_id, greatest(min(x.joined_at), min(y.joined_at)) AS since
            FROM members x JOIN members y USING (convo_id)
            WHERE x.convo_id = asked.convo_id AND x.user_did = $1 AND x.left_at IS NULL
                AND y.user_did = $2 AND y.left_at IS NULL
            GROUP BY x.convo_id) m
        ORDER BY m.convo_id"#,
        pair.blocker,
        pair.blocked,
        asker,
        convo_ids,
    )
    .fetch_all(conn)
    .await?)
}

/// Keeps that the admins of conversations are told now.
pub async fn keep_told(
    conn: &mut PgConnection,
    convo_ids: &[String],
    pair: Pair<'_>,
    at: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query!(
        "-- blocks.keep_told
        INSERT INTO block_conflicts (convo_id, blocker_did, blocked_did, told_at)
        SELECT convo_id, $2, $3, $4 FROM unnest($1::text[]) AS c (convo_id)
        ON CONFLICT (convo_id, blocker_did, blocked_did) DO UPDATE SET told_at = excluded.told_at",
        convo_ids,
        pair.blocker,
        pair.blocked,
        at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Forgets a block that stands no longer: should it come back, admins are told anew. That it is settled where they were told
/// goes into the audit log.
pub async fn forget(conn: &mut PgConnection, pair: Pair<'_>, at: Timestamp) -> Result<(), StoreError> {
    sqlx::query!(
        "-- blocks.forget
        WITH reported AS (
            DELETE FROM reported_blocks WHERE blocker_did = $1 AND blocked_did = $2
        ), settled AS (
            DELETE FROM block_conflicts WHERE blocker_did = $1 AND blocked_did = $2 RETURNING convo_id
        )
        INSERT INTO audit_log (convo_id, action, actor_did, subject_did, created_at)
        SELECT convo_id, 'block_settled', $1, $2, $3 FROM settled",
        pair.blocker,
        pair.blocked,
        at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The same for users who are no longer members of a conversation, whomever they block or are blocked by there.
pub async fn settle_of_users(
    conn: &mut PgConnection,
    place: &EventPlace<'_>,
    users: &[String],
) -> Result<(), StoreError> {
    sqlx::query!(
        "-- blocks.settle_of_users
        WITH settled AS (
            DELETE FROM block_conflicts
            WHERE convo_id = $1 AND (blocker_did = ANY ($4) OR blocked_did = ANY ($4)) RETURNING blocked_did
        )
        INSERT INTO audit_log (convo_id, action, actor_did, subject_did, created_at)
        SELECT $1, 'block_settled', $2, blocked_did, $3 FROM settled",
        place.convo_id,
        place.actor_did,
        place.at,
        users,
    )
    .execute(conn)
    .await?;
    Ok(())
}

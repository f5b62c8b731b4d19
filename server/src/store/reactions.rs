//! Clear-text reactions to entries.

use sqlx::PgConnection;

use super::{StoreError, Timestamp, pages::Entry};

/// A reaction to an entry.
#[derive(Clone, Debug)]
pub struct Reaction {
    pub convo_id: String,
    pub seq: i64,
    pub user_did: String,
    pub reaction: String,
    pub created_at: Timestamp,
}

/// Stores a reaction to an entry of a locked conversation; false when it is there.
pub async fn add(conn: &mut PgConnection, new: &Reaction) -> Result<bool, StoreError> {
    let added = sqlx::query!(
        "-- reactions.add
        WITH added AS (
            INSERT INTO reactions (convo_id, seq, user_did, reaction, created_at) VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT DO NOTHING
            RETURNING seq
        ), noted AS (
            UPDATE messages SET is_reacted = true
            WHERE convo_id = $1 AND seq = (SELECT seq FROM added) AND NOT is_reacted
        )
        SELECT FROM added",
        new.convo_id,
        new.seq,
        new.user_did,
        new.reaction,
        new.created_at,
    )
    .execute(conn)
    .await?;
    Ok(added.rows_affected() == 1)
}

/// How many reactions a user has left on an entry.
pub async fn count(conn: &mut PgConnection, convo_id: &str, seq: i64, user_did: &str) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"-- reactions.count
        SELECT count(*) AS "count!" FROM reactions WHERE convo_id = $1 AND seq = $2 AND user_did = $3"#,
        convo_id,
        seq,
        user_did,
    )
    .fetch_one(conn)
    .await?)
}

/// Takes back a user's reaction to an entry of a locked conversation; false when it wasn't there.
pub async fn remove(
    conn: &mut PgConnection,
    convo_id: &str,
    seq: i64,
    user_did: &str,
    reaction: &str,
) -> Result<bool, StoreError> {
    let removed = sqlx::query!(
        "-- reactions.remove
        DELETE FROM reactions WHERE convo_id = $1 AND seq = $2 AND user_did = $3 AND reaction = $4",
        convo_id,
        seq,
        user_did,
        reaction,
    )
    .execute(conn)
    .await?;
    Ok(removed.rows_affected() == 1)
}

/// The reactions to entries, oldest first. Who has left sees those that were there then.
pub async fn to_entries<'e>(
    conn: &mut PgConnection,
    reader: &str,
    entries: impl IntoIterator<Item = &'e Entry>,
) -> Result<Vec<Reaction>, StoreError> {
    let (convos, seqs): (Vec<_>, Vec<_>) =
        entries.into_iter().map(|entry| (entry.convo_id.as_str(), entry.seq)).unzip();
    Ok(sqlx::query_as!(
        Reaction,
        "-- reactions.to_entries
        SELECT r.convo_id, r.seq, r.user_did, r.reaction, r.created_at
        FROM unnest($2::text[], $3::bigint[]) AS e (convo_id, seq)
        JOIN event_access($1) a ON a.convo_id = e.convo_id
        JOIN reactions r ON r.convo_id = e.convo_id AND r.seq = e.seq
        WHERE a.to_event IS NULL OR r.position <= a.to_event
        ORDER BY r.position",
        reader,
        &convos as &[&str],
        &seqs,
    )
    .fetch_all(conn)
    .await?)
}

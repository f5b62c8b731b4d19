//! What a user has read and received of a conversation.
//!
//! All devices of a user share the positions: each of their rows has them, and the greatest counts. They are moved under the
//! lock of these rows alone, so that whoever reads never waits for whoever writes.

use sqlx::PgConnection;

use super::{StoreError, Timestamp, places::Place};

/// The positions of an active member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadState {
    pub read_seq: i64,
    /// Never below the read position.
    pub delivered_seq: i64,
    /// Application entries behind the read position that have not expired.
    pub unread_count: i64,
    /// The end of the log.
    pub last_seq: i64,
}

/// Locks a user's membership until the transaction ends; false when they are not a member. Rows of members are always
/// locked by `did`, so that nobody waits in a circle.
pub async fn lock(conn: &mut PgConnection, convo_id: &str, user_did: &str) -> Result<bool, StoreError> {
    let rows = sqlx::query!(
        "-- read_state.lock
        SELECT FROM members WHERE convo_id = $1 AND user_did = $2 AND left_at IS NULL
        ORDER BY did FOR NO KEY UPDATE",
        convo_id,
        user_did,
    )
    .execute(conn)
    .await?;
    Ok(rows.rows_affected() > 0)
}

/// The positions as they are now; nothing for who is not a member.
pub async fn get(
    conn: &mut PgConnection,
    convo_id: &str,
    user_did: &str,
    now: Timestamp,
) -> Result<Option<ReadState>, StoreError> {
    Ok(sqlx::query_as!(
        ReadState,
        r#"-- read_state.get
        SELECT read_seq AS "read_seq!", delivered_seq AS "delivered_seq!", unread_count AS "unread_count!",
            last_seq AS "last_seq!"
        FROM read_state($1, $2, $3)"#,
        convo_id,
        user_did,
        now,
    )
    .fetch_optional(conn)
    .await?)
}

/// The highest seq whose entry stands at or before a place, as far as that is `from_seq` or higher.
pub async fn seq_at(conn: &mut PgConnection, convo_id: &str, from_seq: i64, place: Place) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"-- read_state.seq_at
        SELECT seq AS "seq!" FROM seq_at_place($1, $2, $3::bigint::text::xid8, $4)"#,
        convo_id,
        from_seq,
        place.txid,
        place.id,
    )
    .fetch_one(conn)
    .await?)
}

/// Sets the positions of a member whose rows are locked. When the read position moves, the place of the event that
/// is to tell of it is set too, behind that of the entry read: see `events::write_read`.
///
/// What was read of the application entries is counted by the first kept one that was not: what is gone between can't be
/// read any more, and isn't unread either.
pub async fn set(
    conn: &mut PgConnection,
    convo_id: &str,
    user_did: &str,
    read_seq: i64,
    delivered_seq: i64,
) -> Result<(), StoreError> {
    sqlx::query!(
        "-- read_state.set
        WITH own AS MATERIALIZED (
            SELECT max(read_seq) AS read_seq, (array_agg(read_event_txid ORDER BY read_event_txid DESC))[1] AS event_txid
            FROM members WHERE convo_id = $1 AND user_did = $2 AND left_at IS NULL
        )
        UPDATE members m SET
            read_seq = $3,
            delivered_seq = $4,
            read_app_count = coalesce(
                (SELECT e.app_ordinal - CASE e.kind WHEN 'app' THEN 1 ELSE 0 END FROM messages e
                WHERE e.convo_id = $1 AND e.seq > $3 ORDER BY e.seq LIMIT 1),
                (SELECT c.app_count FROM conversations c WHERE c.convo_id = $1)),
            read_event_txid = CASE WHEN own.read_seq < $3 THEN greatest(pg_current_xact_id(), own.event_txid,
                (SELECT e.event_txid FROM messages e WHERE e.convo_id = $1 AND e.seq = $3)) ELSE own.event_txid END
        FROM own
        WHERE m.convo_id = $1 AND m.user_did = $2 AND m.left_at IS NULL",
        convo_id,
        user_did,
        read_seq,
        delivered_seq,
    )
    .execute(conn)
    .await?;
    Ok(())
}

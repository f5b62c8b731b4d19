//! The ways to choose the entries of a page. Each is walked by the index in another way, so each is a statement of its own.

use sqlx::PgConnection;

use super::{AT_ONCE_BYTES, Row};
use crate::store::{StoreError, Timestamp};

/// The entries that `$entries` chooses, each with what the reader may see of the conversation. Its parameters begin with $5.
macro_rules! page {
    ($conn:expr, ($convo_id:expr, $user_did:expr, $now:expr), $name:literal, $entries:literal, $($argument:expr),+) => {
        sqlx::query_as!(
            Row,
            "-- pages." + $name + r#"
            SELECT a.after_seq AS "after_seq!", a.last_seq AS "last_seq!", a.is_gapless AS "is_gapless!",
                m.is_reacted AS "is_reacted?",
                m.seq AS "seq?", m.kind AS "kind?", m.epoch AS "epoch?", m.msg_id AS "msg_id?",
                CASE WHEN octet_length(m.ciphertext) <= $4 THEN m.ciphertext END AS ciphertext,
                octet_length(m.ciphertext) AS length, m.embed_type, m.embed_uri,
                m.created_at AS "created_at?", m.expires_at AS "expires_at?"
            FROM read_access($1, $2, $3) a
            LEFT JOIN LATERAL (
                SELECT * FROM messages
                WHERE convo_id = $1 AND seq > a.after_seq AND seq <= a.last_seq AND expires_at > $3 "# + $entries + ") m ON true",
            $convo_id,
            $user_did,
            $now,
            AT_ONCE_BYTES,
            $($argument),+
        )
        .fetch_all($conn)
        .await
    };
}

pub(super) async fn since(
    conn: &mut PgConnection,
    convo_id: &str,
    user_did: &str,
    seq: i64,
    limit: i64,
    now: Timestamp,
) -> Result<Vec<Row>, StoreError> {
    Ok(page!(conn, (convo_id, user_did, now), "since", "AND seq > $5 ORDER BY seq LIMIT $6", seq, limit)?)
}

pub(super) async fn latest(
    conn: &mut PgConnection,
    convo_id: &str,
    user_did: &str,
    limit: i64,
    now: Timestamp,
) -> Result<Vec<Row>, StoreError> {
    Ok(page!(conn, (convo_id, user_did, now), "latest", "ORDER BY seq DESC LIMIT $5", limit)?)
}

pub(super) async fn exactly(
    conn: &mut PgConnection,
    convo_id: &str,
    user_did: &str,
    seqs: &[i64],
    now: Timestamp,
) -> Result<Vec<Row>, StoreError> {
    Ok(page!(conn, (convo_id, user_did, now), "exactly", "AND seq = ANY($5) ORDER BY seq", seqs)?)
}

pub(super) async fn commits(
    conn: &mut PgConnection,
    convo_id: &str,
    user_did: &str,
    (from_epoch, to_epoch): (i64, i64),
    limit: i64,
    now: Timestamp,
) -> Result<Vec<Row>, StoreError> {
    Ok(page!(
        conn,
        (convo_id, user_did, now),
        "commits",
        "AND kind = 'commit' AND epoch >= $5 AND epoch <= $6 ORDER BY epoch LIMIT $7",
        from_epoch,
        to_epoch,
        limit
    )?)
}

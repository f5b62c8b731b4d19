//! The ways to choose the entries of a page. Each is walked by the index in another way, so each is a statement of its own.

use sqlx::PgConnection;

use super::{AT_ONCE_BYTES, Row};
use crate::store::{StoreError, Timestamp};

pub(super) async fn since(
    conn: &mut PgConnection,
    convo_id: &str,
    user_did: &str,
    seq: i64,
    limit: i64,
    now: Timestamp,
) -> Result<Vec<Row>, StoreError> {
    Ok(sqlx::query_as!(
        Row,
        r#"-- pages.since
        SELECT a.after_seq AS "after_seq!", a.last_seq AS "last_seq!", a.is_gapless AS "is_gapless!",
            m.is_reacted AS "is_reacted?",
            m.seq AS "seq?", m.kind AS "kind?", m.epoch AS "epoch?", m.msg_id AS "msg_id?",
            CASE WHEN octet_length(m.ciphertext) <= $6 THEN m.ciphertext END AS ciphertext,
            octet_length(m.ciphertext) AS length, m.embed_type, m.embed_uri,
            m.created_at AS "created_at?", m.expires_at AS "expires_at?"
        FROM read_access($1, $2, $5) a
        LEFT JOIN LATERAL (
            SELECT * FROM messages
            WHERE convo_id = $1 AND seq > greatest(a.after_seq, $3) AND seq <= a.last_seq AND expires_at > $5
            ORDER BY seq LIMIT $4) m ON true"#,
        convo_id,
        user_did,
        seq,
        limit,
        now,
        AT_ONCE_BYTES,
    )
    .fetch_all(conn)
    .await?)
}

pub(super) async fn latest(
    conn: &mut PgConnection,
    convo_id: &str,
    user_did: &str,
    limit: i64,
    now: Timestamp,
) -> Result<Vec<Row>, StoreError> {
    Ok(sqlx::query_as!(
        Row,
        r#"-- pages.latest
        SELECT a.after_seq AS "after_seq!", a.last_seq AS "last_seq!", a.is_gapless AS "is_gapless!",
            m.is_reacted AS "is_reacted?",
            m.seq AS "seq?", m.kind AS "kind?", m.epoch AS "epoch?", m.msg_id AS "msg_id?",
            CASE WHEN octet_length(m.ciphertext) <= $5 THEN m.ciphertext END AS ciphertext,
            octet_length(m.ciphertext) AS length, m.embed_type, m.embed_uri,
            m.created_at AS "created_at?", m.expires_at AS "expires_at?"
        FROM read_access($1, $2, $4) a
        LEFT JOIN LATERAL (
            SELECT * FROM messages
            WHERE convo_id = $1 AND seq > a.after_seq AND seq <= a.last_seq AND expires_at > $4
            ORDER BY seq DESC LIMIT $3) m ON true"#,
        convo_id,
        user_did,
        limit,
        now,
        AT_ONCE_BYTES,
    )
    .fetch_all(conn)
    .await?)
}

pub(super) async fn exactly(
    conn: &mut PgConnection,
    convo_id: &str,
    user_did: &str,
    seqs: &[i64],
    now: Timestamp,
) -> Result<Vec<Row>, StoreError> {
    Ok(sqlx::query_as!(
        Row,
        r#"-- pages.exactly
        SELECT a.after_seq AS "after_seq!", a.last_seq AS "last_seq!", a.is_gapless AS "is_gapless!",
            m.is_reacted AS "is_reacted?",
            m.seq AS "seq?", m.kind AS "kind?", m.epoch AS "epoch?", m.msg_id AS "msg_id?",
            CASE WHEN octet_length(m.ciphertext) <= $5 THEN m.ciphertext END AS ciphertext,
            octet_length(m.ciphertext) AS length, m.embed_type, m.embed_uri,
            m.created_at AS "created_at?", m.expires_at AS "expires_at?"
        FROM read_access($1, $2, $4) a
        LEFT JOIN LATERAL (
            SELECT * FROM messages
            WHERE convo_id = $1 AND seq = ANY($3) AND seq > a.after_seq AND seq <= a.last_seq AND expires_at > $4
            ORDER BY seq) m ON true"#,
        convo_id,
        user_did,
        seqs,
        now,
        AT_ONCE_BYTES,
    )
    .fetch_all(conn)
    .await?)
}

pub(super) async fn commits(
    conn: &mut PgConnection,
    convo_id: &str,
    user_did: &str,
    (from_epoch, to_epoch): (i64, i64),
    limit: i64,
    now: Timestamp,
) -> Result<Vec<Row>, StoreError> {
    Ok(sqlx::query_as!(
        Row,
        r#"-- pages.commits
        SELECT a.after_seq AS "after_seq!", a.last_seq AS "last_seq!", a.is_gapless AS "is_gapless!",
            m.is_reacted AS "is_reacted?",
            m.seq AS "seq?", m.kind AS "kind?", m.epoch AS "epoch?", m.msg_id AS "msg_id?",
            CASE WHEN octet_length(m.ciphertext) <= $7 THEN m.ciphertext END AS ciphertext,
            octet_length(m.ciphertext) AS length, m.embed_type, m.embed_uri,
            m.created_at AS "created_at?", m.expires_at AS "expires_at?"
        FROM read_access($1, $2, $6) a
        LEFT JOIN LATERAL (
            SELECT * FROM messages
            WHERE convo_id = $1 AND kind = 'commit' AND epoch >= $3 AND epoch <= $4
                AND seq > a.after_seq AND seq <= a.last_seq AND expires_at > $6
            ORDER BY epoch LIMIT $5) m ON true"#,
        convo_id,
        user_did,
        from_epoch,
        to_epoch,
        limit,
        now,
        AT_ONCE_BYTES,
    )
    .fetch_all(conn)
    .await?)
}

//! What waits for a user in all their conversations: the entries behind their delivered positions.

use sqlx::PgConnection;

use super::{
    EntryKind, StoreError, Timestamp,
    pages::{Entry, PAGE_BYTES, entry},
    places::Place,
};

/// An entry that waits, and where the stream tells of it.
#[derive(Debug)]
pub struct Pending {
    pub entry: Entry,
    pub place: Place,
}

/// The first entries behind a place, in the order of the stream, that the user has not received. Only what nothing can
/// appear before any more: see `migrations/0005_stream.sql`.
///
/// Each conversation is looked at for its first such entry. Those whose first entries come first are the only ones that the
/// page can be from, and just keys are read of them: entries themselves are fetched when it is known which these are.
pub async fn page(
    conn: &mut PgConnection,
    user_did: &str,
    after: Option<Place>,
    limit: i64,
    now: Timestamp,
) -> Result<Vec<Pending>, StoreError> {
    let rows = sqlx::query!(
        r#"-- pending.page
        WITH horizon AS MATERIALIZED (SELECT pg_snapshot_xmin(pg_current_snapshot()) AS txid),
        mine AS MATERIALIZED (
            SELECT a.convo_id, CASE WHEN $2::bigint IS NULL THEN d.from_seq ELSE (
                SELECT seq FROM seq_at_place(a.convo_id, d.from_seq, $2::bigint::text::xid8, $3)) END AS from_seq
            FROM event_access($1) a
            CROSS JOIN LATERAL (
                SELECT greatest(a.after_seq, max(m.delivered_seq)) AS from_seq FROM members m
                WHERE m.convo_id = a.convo_id AND m.user_did = $1 AND m.left_at IS NULL) d
            WHERE a.last_seq IS NULL
        ), firsts AS MATERIALIZED (
            SELECT f.* FROM mine CROSS JOIN LATERAL (
                SELECT m.convo_id, m.seq, m.event_txid, m.event_id FROM messages m
                WHERE m.convo_id = mine.convo_id AND m.seq > mine.from_seq AND m.expires_at > $5
                    AND m.event_txid < (SELECT txid FROM horizon)
                ORDER BY m.seq LIMIT 1) f
            ORDER BY f.event_txid, f.event_id LIMIT $4
        ), keys AS MATERIALIZED (
            SELECT k.* FROM firsts f CROSS JOIN LATERAL (
                SELECT m.convo_id, m.seq, m.event_txid, m.event_id, octet_length(m.ciphertext) AS size FROM messages m
                WHERE m.convo_id = f.convo_id AND m.seq >= f.seq AND m.expires_at > $5
                    AND m.event_txid < (SELECT txid FROM horizon)
                ORDER BY m.seq LIMIT $4) k
            ORDER BY k.event_txid, k.event_id LIMIT $4
        ), page AS MATERIALIZED (
            SELECT convo_id, seq, sum(size) OVER (ORDER BY event_txid, event_id ROWS UNBOUNDED PRECEDING) - size
                AS bytes_before
            FROM keys
        )
        SELECT m.convo_id, m.seq, m.kind, m.epoch, m.msg_id, m.ciphertext, m.embed_type, m.embed_uri, m.created_at,
            m.expires_at, m.is_reacted, m.event_txid::text::bigint AS "txid!", m.event_id AS id
        FROM page p JOIN messages m ON m.convo_id = p.convo_id AND m.seq = p.seq
        WHERE p.bytes_before < $6
        ORDER BY m.event_txid, m.event_id"#,
        user_did,
        after.map(|place| place.txid),
        after.map(|place| place.id),
        limit,
        now,
        PAGE_BYTES,
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            let place = Place { txid: row.txid, id: row.id };
            Ok(Pending { entry: entry!(row)?, place })
        })
        .collect()
}

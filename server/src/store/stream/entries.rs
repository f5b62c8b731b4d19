//! The entries that events tell of.

use sqlx::PgConnection;

use crate::store::{
    EntryKind, StoreError, Timestamp,
    pages::{Entry, entry},
};

/// Some of the entries asked for.
#[derive(Debug)]
pub struct Entries {
    /// With their positions among those asked for, ascending. What is missing up to the last one has expired or is gone; what
    /// can't be read keeps nobody from the others.
    pub found: Vec<(usize, Result<Entry, StoreError>)>,
    /// How many of those asked for were looked at before there were bytes enough.
    pub covered: usize,
}

/// Reads entries by conversation and seq, ending with the one that reaches so many bytes of ciphertext.
pub async fn entries(
    conn: &mut PgConnection,
    wanted: &[(&str, i64)],
    now: Timestamp,
    bytes: i64,
) -> Result<Entries, StoreError> {
    let (convo_ids, seqs): (Vec<&str>, Vec<i64>) = wanted.iter().copied().unzip();
    let rows = sqlx::query!(
        r#"-- stream.entries
        SELECT f.place AS "place!", f.last AS "last!", f.convo_id AS "convo_id!", f.seq AS "seq!", f.kind AS "kind!",
            f.epoch AS "epoch!", f.msg_id AS "msg_id!", f.ciphertext AS "ciphertext!", f.embed_type, f.embed_uri,
            f.created_at AS "created_at!", f.expires_at AS "expires_at!"
        FROM (
            SELECT w.place, m.*, max(w.place) OVER () AS last,
                sum(octet_length(m.ciphertext)) OVER (ORDER BY w.place ROWS UNBOUNDED PRECEDING)
                    - octet_length(m.ciphertext) AS bytes_before
            FROM unnest($1::text[], $2::bigint[]) WITH ORDINALITY AS w (convo_id, seq, place)
            CROSS JOIN LATERAL (
                SELECT * FROM messages m
                WHERE m.convo_id = w.convo_id AND m.seq = w.seq AND m.expires_at > $3 LIMIT 1) m) f
        WHERE f.bytes_before < $4
        ORDER BY f.place"#,
        &convo_ids as &[&str],
        &seqs,
        now,
        bytes,
    )
    .fetch_all(conn)
    .await?;
    // Behind the last one that exists there is nothing to come back for.
    let covered = rows.last().filter(|row| row.place < row.last).map_or(wanted.len(), |row| row.place as usize);
    let found = rows
        .into_iter()
        .map(|row| {
            // Positions count from 1 in the database.
            let position = row.place as usize - 1;
            // Events tell of reactions by themselves.
            (position, entry!(row, false))
        })
        .collect();
    Ok(Entries { found, covered })
}

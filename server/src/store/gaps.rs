//! What is missing from a log.

use sqlx::PgConnection;

use super::{StoreError, Timestamp, pages::ReadAccess};

/// As many expired entries are looked at that the retention job has not come to yet. When the job was away for long and there
/// are more, a report is not complete: it tells of the longest overdue ones and of those next to the page, and counts the
/// others as there, which they still are.
const MOST_OVERDUE: i64 = 10_000;

/// Entries that are missing from a part of a log.
#[derive(Debug)]
pub struct Gaps {
    /// How many entries exist in the part.
    pub total: i64,
    /// Whether any is missing between its oldest and newest.
    pub any: bool,
    /// The missing ones, ascending, from the seq asked for on.
    pub missing: Vec<i64>,
}

/// Finds what is missing in the part of a log that a reader may see, listing at most `limit` seqs that are at least
/// `from_seq`. Called only when `is_gapless` says that looking is worth it.
///
/// It reads the runs of missing seqs that the retention job keeps, and expired entries that the job has not come to yet, at
/// most [`MOST_OVERDUE`] of each kind of expiry; of the other entries only the oldest and the newest.
pub async fn find(
    conn: &mut PgConnection,
    convo_id: &str,
    access: ReadAccess,
    from_seq: i64,
    limit: i64,
    now: Timestamp,
) -> Result<Gaps, StoreError> {
    let found = sqlx::query!(
        r#"-- gaps.find
        WITH part AS (
            -- Without what is missing at its ends: walking over entries that were just removed would take long.
            SELECT
                greatest(c.first_seq, (
                    SELECT g.last_seq + 1 FROM gaps g WHERE g.convo_id = $1 AND g.first_seq <= c.first_seq
                    ORDER BY g.first_seq DESC LIMIT 1)) AS first_seq,
                least($3, (
                    SELECT CASE WHEN g.last_seq >= $3 THEN g.first_seq - 1 END
                    FROM gaps g WHERE g.convo_id = $1 AND g.first_seq <= $3
                    ORDER BY g.first_seq DESC LIMIT 1)) AS last_seq
            FROM (SELECT greatest($2::bigint + 1, kept_min_seq) AS first_seq FROM conversations WHERE convo_id = $1) c
        ), ends AS MATERIALIZED (
            SELECT
                (SELECT m.seq FROM messages m
                WHERE m.convo_id = $1 AND m.seq >= p.first_seq AND m.seq <= p.last_seq AND m.expires_at > $5
                ORDER BY m.seq LIMIT 1) AS oldest,
                (SELECT m.seq FROM messages m
                WHERE m.convo_id = $1 AND m.seq >= p.first_seq AND m.seq <= p.last_seq AND m.expires_at > $5
                ORDER BY m.seq DESC LIMIT 1) AS newest
            FROM part p
        ), overdue AS MATERIALIZED (
            SELECT seq FROM messages
            WHERE convo_id = $1 AND expires_at <= $5 AND NOT expires_in_turn
                AND EXISTS (SELECT FROM conversations WHERE convo_id = $1 AND next_expiry <= $5)
            ORDER BY expires_at, seq LIMIT $7
        ), passed AS MATERIALIZED (
            -- Of these, those that expire in turn have expired; others may stand between them.
            SELECT seq, expires_at FROM messages
            WHERE convo_id = $1 AND seq >= (SELECT in_turn_from_seq FROM conversations WHERE convo_id = $1)
                AND seq <= (SELECT l.seq FROM last_expired_in_turn($1, $5) l)
            ORDER BY seq LIMIT $7
        ), expired AS MATERIALIZED (
            SELECT seq FROM overdue
            UNION
            SELECT seq FROM passed WHERE expires_at <= $5
            UNION
            -- When there are more, those next to the page at least.
            SELECT seq FROM (
                SELECT seq, expires_at FROM messages
                WHERE convo_id = $1 AND seq >= $4 AND seq <= $3
                    AND $7 IN ((SELECT count(*) FROM overdue), (SELECT count(*) FROM passed))
                ORDER BY seq LIMIT $6) m
            WHERE expires_at <= $5
        )
        SELECT e.oldest AS "oldest!", e.newest AS "newest!", (
                (SELECT coalesce(sum(g.last_seq - g.first_seq + 1), 0)::bigint
                FROM gaps g WHERE g.convo_id = $1 AND g.first_seq > e.oldest AND g.first_seq < e.newest)
                + (SELECT count(*) FROM expired x WHERE x.seq > e.oldest AND x.seq < e.newest)) AS "missing!",
            coalesce(r.firsts, '{}') AS "firsts!", coalesce(r.lasts, '{}') AS "lasts!"
        FROM ends e
        CROSS JOIN LATERAL (
            SELECT array_agg(r.first_seq ORDER BY r.first_seq) AS firsts,
                array_agg(r.last_seq ORDER BY r.first_seq) AS lasts
            FROM (
                (SELECT g.first_seq, g.last_seq FROM gaps g
                WHERE g.convo_id = $1 AND g.last_seq >= $4 AND g.first_seq > e.oldest AND g.first_seq < e.newest
                    AND g.first_seq >= coalesce(
                        (SELECT max(b.first_seq) FROM gaps b WHERE b.convo_id = $1 AND b.first_seq <= $4), $4)
                ORDER BY g.first_seq LIMIT $6)
                UNION ALL
                (SELECT x.seq, x.seq FROM expired x
                WHERE x.seq >= $4 AND x.seq > e.oldest AND x.seq < e.newest
                ORDER BY x.seq LIMIT $6)) r) r
        WHERE e.oldest IS NOT NULL"#,
        convo_id,
        access.after_seq,
        access.last_seq,
        from_seq,
        now,
        limit,
        MOST_OVERDUE,
    )
    .fetch_optional(conn)
    .await?;
    let Some(found) = found else {
        return Ok(Gaps { total: 0, any: false, missing: Vec::new() });
    };
    let runs = found.firsts.iter().zip(&found.lasts);
    let missing = runs.flat_map(|(first, last)| (*first).max(from_seq)..=*last);
    let missing = missing.take(usize::try_from(limit).unwrap_or(0)).collect();
    let total = found.newest - found.oldest + 1 - found.missing;
    Ok(Gaps { total, any: found.missing > 0, missing })
}

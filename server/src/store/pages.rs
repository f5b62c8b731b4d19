//! Reading a log: only the part that the reader may see, and never an expired entry.
//!
//! Access and entries come from one statement and so from one snapshot: a concurrent removal can't show what came after
//! it. The access rule itself is the database function `read_access`.

use sqlx::PgConnection;

use super::{EntryKind, StoreError, Timestamp};

/// A page ends with the entry that reaches this many bytes of ciphertext, so that large entries make a short page: an
/// answer is built in memory as a whole.
const PAGE_BYTES: i64 = 4 * 1024 * 1024;

/// A log entry as a member reads it.
#[derive(Debug)]
pub struct Entry {
    pub convo_id: String,
    pub seq: i64,
    pub kind: EntryKind,
    pub epoch: i64,
    pub msg_id: String,
    pub ciphertext: Vec<u8>,
    pub embed_type: Option<String>,
    pub embed_uri: Option<String>,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
}

/// The part of a log that a user may read, and what is known of its gaps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadAccess {
    /// Entries after this seq.
    pub after_seq: i64,
    /// Entries up to and including this one.
    pub last_seq: i64,
    /// True when nothing is missing between the oldest and the newest kept entry, found without looking at them.
    pub is_gapless: bool,
}

/// A page of a log, ascending.
#[derive(Debug)]
pub struct Page {
    pub access: ReadAccess,
    pub entries: Vec<Entry>,
}

/// Which entries a page should hold.
#[derive(Clone, Copy, Debug)]
pub enum Wanted<'a> {
    /// The first `limit` ones after a seq.
    Since { seq: i64, limit: i64 },
    /// The newest `limit` ones.
    Latest { limit: i64 },
    /// Exactly these, as far as they exist.
    Exactly(&'a [i64]),
}

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

struct Row {
    after_seq: i64,
    last_seq: i64,
    is_gapless: bool,
    convo_id: Option<String>,
    seq: Option<i64>,
    kind: Option<String>,
    epoch: Option<i64>,
    msg_id: Option<String>,
    ciphertext: Option<Vec<u8>>,
    embed_type: Option<String>,
    embed_uri: Option<String>,
    created_at: Option<Timestamp>,
    expires_at: Option<Timestamp>,
}

/// Reads a page of a log. Nothing when there is no such conversation or the user was never in it.
pub async fn page(
    conn: &mut PgConnection,
    convo_id: &str,
    user_did: &str,
    wanted: Wanted<'_>,
    now: Timestamp,
) -> Result<Option<Page>, StoreError> {
    // Each way to choose is walked by the index in another way, so each is a statement of its own.
    let rows = match wanted {
        Wanted::Since { seq, limit } => since(conn, convo_id, user_did, seq, limit, now).await?,
        Wanted::Latest { limit } => latest(conn, convo_id, user_did, limit, now).await?,
        Wanted::Exactly(seqs) => exactly(conn, convo_id, user_did, seqs, now).await?,
    };
    collect(rows)
}

/// One row at least says that the reader has access; its entry columns are null when the page is empty.
fn collect(rows: Vec<Row>) -> Result<Option<Page>, StoreError> {
    let Some(first) = rows.first() else {
        return Ok(None);
    };
    let access = ReadAccess { after_seq: first.after_seq, last_seq: first.last_seq, is_gapless: first.is_gapless };
    let entries = rows.into_iter().filter_map(Row::into_entry).collect::<Result<_, _>>()?;
    Ok(Some(Page { access, entries }))
}

impl Row {
    /// The entry of this row; nothing in the single row of an empty page, which carries the access alone.
    fn into_entry(self) -> Option<Result<Entry, StoreError>> {
        let kind = match EntryKind::from_stored(&self.kind?) {
            Ok(kind) => kind,
            Err(error) => return Some(Err(error)),
        };
        Some(Ok(Entry {
            convo_id: self.convo_id?,
            seq: self.seq?,
            kind,
            epoch: self.epoch?,
            msg_id: self.msg_id?,
            ciphertext: self.ciphertext?,
            embed_type: self.embed_type,
            embed_uri: self.embed_uri,
            created_at: self.created_at?,
            expires_at: self.expires_at?,
        }))
    }
}

async fn since(
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
            m.convo_id AS "convo_id?", m.seq AS "seq?", m.kind AS "kind?", m.epoch AS "epoch?", m.msg_id AS "msg_id?",
            m.ciphertext AS "ciphertext?", m.embed_type, m.embed_uri,
            m.created_at AS "created_at?", m.expires_at AS "expires_at?"
        FROM read_access($1, $2, $5) a
        LEFT JOIN LATERAL (
            SELECT p.*, sum(octet_length(ciphertext)) OVER (ORDER BY seq) - octet_length(ciphertext) AS bytes_before
            FROM (
                SELECT * FROM messages
                WHERE convo_id = $1 AND seq > greatest(a.after_seq, $3) AND seq <= a.last_seq AND expires_at > $5
                ORDER BY seq LIMIT $4) p) m ON m.bytes_before < $6
        ORDER BY m.seq"#,
        convo_id,
        user_did,
        seq,
        limit,
        now,
        PAGE_BYTES,
    )
    .fetch_all(conn)
    .await?)
}

async fn latest(
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
            m.convo_id AS "convo_id?", m.seq AS "seq?", m.kind AS "kind?", m.epoch AS "epoch?", m.msg_id AS "msg_id?",
            m.ciphertext AS "ciphertext?", m.embed_type, m.embed_uri,
            m.created_at AS "created_at?", m.expires_at AS "expires_at?"
        FROM read_access($1, $2, $4) a
        LEFT JOIN LATERAL (
            SELECT p.*, sum(octet_length(ciphertext)) OVER (ORDER BY seq DESC) - octet_length(ciphertext) AS bytes_before
            FROM (
                SELECT * FROM messages
                WHERE convo_id = $1 AND seq > a.after_seq AND seq <= a.last_seq AND expires_at > $4
                ORDER BY seq DESC LIMIT $3) p) m ON m.bytes_before < $5
        ORDER BY m.seq"#,
        convo_id,
        user_did,
        limit,
        now,
        PAGE_BYTES,
    )
    .fetch_all(conn)
    .await?)
}

async fn exactly(
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
            m.convo_id AS "convo_id?", m.seq AS "seq?", m.kind AS "kind?", m.epoch AS "epoch?", m.msg_id AS "msg_id?",
            m.ciphertext AS "ciphertext?", m.embed_type, m.embed_uri,
            m.created_at AS "created_at?", m.expires_at AS "expires_at?"
        FROM read_access($1, $2, $4) a
        LEFT JOIN LATERAL (
            SELECT p.*, sum(octet_length(ciphertext)) OVER (ORDER BY seq) - octet_length(ciphertext) AS bytes_before
            FROM messages p
            WHERE convo_id = $1 AND seq = ANY($3) AND seq > a.after_seq AND seq <= a.last_seq
                AND expires_at > $4) m ON m.bytes_before < $5
        ORDER BY m.seq"#,
        convo_id,
        user_did,
        seqs,
        now,
        PAGE_BYTES,
    )
    .fetch_all(conn)
    .await?)
}

/// Commits made in the epochs `from..=to` that the user may read, ascending. Nothing when there is no such
/// conversation or the user was never in it.
pub async fn commits(
    conn: &mut PgConnection,
    convo_id: &str,
    user_did: &str,
    (from_epoch, to_epoch): (i64, i64),
    limit: i64,
    now: Timestamp,
) -> Result<Option<Page>, StoreError> {
    let rows = sqlx::query_as!(
        Row,
        r#"-- pages.commits
        SELECT a.after_seq AS "after_seq!", a.last_seq AS "last_seq!", a.is_gapless AS "is_gapless!",
            m.convo_id AS "convo_id?", m.seq AS "seq?", m.kind AS "kind?", m.epoch AS "epoch?", m.msg_id AS "msg_id?",
            m.ciphertext AS "ciphertext?", m.embed_type, m.embed_uri,
            m.created_at AS "created_at?", m.expires_at AS "expires_at?"
        FROM read_access($1, $2, $6) a
        LEFT JOIN LATERAL (
            SELECT p.*, sum(octet_length(ciphertext)) OVER (ORDER BY epoch) - octet_length(ciphertext) AS bytes_before
            FROM (
                SELECT * FROM messages
                WHERE convo_id = $1 AND kind = 'commit' AND epoch >= $3 AND epoch <= $4
                    AND seq > a.after_seq AND seq <= a.last_seq AND expires_at > $6
                ORDER BY epoch LIMIT $5) p) m ON m.bytes_before < $7
        ORDER BY m.epoch"#,
        convo_id,
        user_did,
        from_epoch,
        to_epoch,
        limit,
        now,
        PAGE_BYTES,
    )
    .fetch_all(conn)
    .await?;
    collect(rows)
}

/// An entry found by its message id, and whether the reader may see it.
#[derive(Debug)]
pub enum Found {
    Readable(Box<Entry>),
    /// The reader was in the conversation, but not when the entry was made.
    OutOfReach,
    Nowhere,
}

/// Looks for a message id in the conversations that the user is or was in. Ids are unique per conversation only: when
/// several have it, one that the reader may see is found.
pub async fn by_msg_id(
    conn: &mut PgConnection,
    user_did: &str,
    msg_id: &str,
    now: Timestamp,
) -> Result<Found, StoreError> {
    let row = sqlx::query!(
        r#"-- pages.by_msg_id
        SELECT m.seq > a.after_seq AND m.seq <= a.last_seq AS "is_readable!", m.convo_id, m.seq, m.kind, m.epoch,
            m.msg_id, m.ciphertext, m.embed_type, m.embed_uri, m.created_at, m.expires_at
        FROM (SELECT DISTINCT convo_id FROM members WHERE user_did = $1) mine
        JOIN messages m ON m.convo_id = mine.convo_id AND m.msg_id = $2 AND m.expires_at > $3
        CROSS JOIN LATERAL read_access(m.convo_id, $1, $3) a
        ORDER BY 1 DESC, m.created_at DESC
        LIMIT 1"#,
        user_did,
        msg_id,
        now,
    )
    .fetch_optional(conn)
    .await?;
    Ok(match row {
        None => Found::Nowhere,
        Some(row) if !row.is_readable => Found::OutOfReach,
        Some(row) => Found::Readable(Box::new(Entry {
            convo_id: row.convo_id,
            seq: row.seq,
            kind: EntryKind::from_stored(&row.kind)?,
            epoch: row.epoch,
            msg_id: row.msg_id,
            ciphertext: row.ciphertext,
            embed_type: row.embed_type,
            embed_uri: row.embed_uri,
            created_at: row.created_at,
            expires_at: row.expires_at,
        })),
    })
}

/// Finds what is missing in the part of a log that a reader may see, listing at most `limit` seqs that are at least
/// `from_seq`. Called only when `is_gapless` says that looking is worth it.
pub async fn gaps(
    conn: &mut PgConnection,
    convo_id: &str,
    access: ReadAccess,
    from_seq: i64,
    limit: i64,
    now: Timestamp,
) -> Result<Gaps, StoreError> {
    let kept = sqlx::query!(
        r#"-- pages.gaps (kept)
        SELECT count(*) AS "total!", min(seq) AS oldest, max(seq) AS newest
        FROM messages WHERE convo_id = $1 AND seq > $2 AND seq <= $3 AND expires_at > $4"#,
        convo_id,
        access.after_seq,
        access.last_seq,
        now,
    )
    .fetch_one(&mut *conn)
    .await?;
    let (Some(oldest), Some(newest)) = (kept.oldest, kept.newest) else {
        return Ok(Gaps { total: 0, any: false, missing: Vec::new() });
    };
    if newest - oldest + 1 == kept.total {
        return Ok(Gaps { total: kept.total, any: false, missing: Vec::new() });
    }
    let missing = missing_between(conn, convo_id, (oldest.max(from_seq), newest), limit, now).await?;
    Ok(Gaps { total: kept.total, any: true, missing })
}

/// The first `limit` seqs without a readable entry between two seqs. It walks from entry to entry, so that one outlier
/// seq far away costs one step and not a million.
async fn missing_between(
    conn: &mut PgConnection,
    convo_id: &str,
    (first, last): (i64, i64),
    limit: i64,
    now: Timestamp,
) -> Result<Vec<i64>, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"-- pages.missing_between
        SELECT missing AS "missing!"
        FROM (
            SELECT coalesce(lag(seq) OVER (ORDER BY seq), $2::bigint - 1) AS before, seq
            FROM messages WHERE convo_id = $1 AND seq >= $2 AND seq <= $3 AND expires_at > $4
        ) kept
        CROSS JOIN LATERAL generate_series(before + 1, least(seq - 1, before + $5)) AS missing
        ORDER BY missing
        LIMIT $5"#,
        convo_id,
        first,
        last,
        now,
        limit,
    )
    .fetch_all(conn)
    .await?)
}

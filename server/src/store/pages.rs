//! Reading a log: only the part that the reader may see, and never an expired entry.
//!
//! Access and entries come from one statement and so from one snapshot: a concurrent removal can't show what came after
//! it. The access rule itself is the database function `read_access`.

mod statements;

use sqlx::PgConnection;

use self::statements::{exactly, latest, since};
use super::{EntryKind, StoreError, Timestamp};

/// A page ends with the entry that reaches this many bytes of ciphertext, so that large entries make a short page: an
/// answer is built in memory as a whole.
pub(super) const PAGE_BYTES: i64 = 4 * 1024 * 1024;

/// The most entries of a page.
const PAGE_ENTRIES: i64 = 100;

/// A longer ciphertext is left out at first and fetched only when its entry is on the page. So many of this length fit into
/// a page, so that the database needn't add up lengths.
const AT_ONCE_BYTES: i32 = (PAGE_BYTES / PAGE_ENTRIES) as i32;

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
    /// Whether anybody ever reacted to it.
    pub is_reacted: bool,
}

/// Makes an [`Entry`] of a row of any statement that has its columns.
macro_rules! entry {
    ($row:ident) => {
        entry!($row, $row.is_reacted)
    };
    ($row:ident, $is_reacted:expr) => {
        EntryKind::from_stored(&$row.kind).map(|kind| Entry {
            convo_id: $row.convo_id,
            seq: $row.seq,
            kind,
            epoch: $row.epoch,
            msg_id: $row.msg_id,
            ciphertext: $row.ciphertext,
            embed_type: $row.embed_type,
            embed_uri: $row.embed_uri,
            created_at: $row.created_at,
            expires_at: $row.expires_at,
            is_reacted: $is_reacted,
        })
    };
}
pub(super) use entry;

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

struct Row {
    after_seq: i64,
    last_seq: i64,
    is_gapless: bool,
    is_reacted: Option<bool>,
    seq: Option<i64>,
    kind: Option<String>,
    epoch: Option<i64>,
    msg_id: Option<String>,
    /// Null when it is long.
    ciphertext: Option<Vec<u8>>,
    length: Option<i32>,
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
    loop {
        let (rows, first) = match wanted {
            Wanted::Since { seq, limit } => (since(conn, convo_id, user_did, seq, limit, now).await?, First::Oldest),
            Wanted::Latest { limit } => (latest(conn, convo_id, user_did, limit, now).await?, First::Newest),
            Wanted::Exactly(seqs) => (exactly(conn, convo_id, user_did, seqs, now).await?, First::Oldest),
        };
        match finish(conn, convo_id, rows, first).await? {
            Read::Page(page) => return Ok(Some(page)),
            Read::NoAccess => return Ok(None),
            Read::Outdated => {}
        }
    }
}

/// Which entries are on a page for certain when not all fit.
enum First {
    Oldest,
    Newest,
}

/// What reading a page came to.
enum Read {
    Page(Page),
    NoAccess,
    /// Something was removed while it was read.
    Outdated,
}

/// Makes a page of the rows of a statement, in any order. One row at least says that the reader has access; its entry
/// columns are null when the page is empty.
async fn finish(conn: &mut PgConnection, convo_id: &str, mut rows: Vec<Row>, first: First) -> Result<Read, StoreError> {
    let Some(row) = rows.first() else {
        return Ok(Read::NoAccess);
    };
    let access = ReadAccess { after_seq: row.after_seq, last_seq: row.last_seq, is_gapless: row.is_gapless };
    rows.sort_unstable_by_key(|row| row.seq);
    match first {
        First::Oldest => rows.truncate(fitting(rows.iter())),
        First::Newest => drop(rows.drain(..rows.len() - fitting(rows.iter().rev()))),
    }
    if !fetch_long(conn, convo_id, &mut rows).await? {
        return Ok(Read::Outdated);
    }
    let entries = rows.into_iter().filter_map(|row| row.into_entry(convo_id)).collect::<Result<_, _>>()?;
    Ok(Read::Page(Page { access, entries }))
}

/// How many of these rows a page has room for.
fn fitting<'a>(rows: impl Iterator<Item = &'a Row>) -> usize {
    let mut bytes = 0;
    let fits = |row: &&Row| {
        let is_room = bytes < PAGE_BYTES;
        bytes += row.length.map_or(0, i64::from);
        is_room
    };
    rows.take_while(fits).count()
}

/// Fetches the ciphertexts that were left out; false when one is gone by now.
async fn fetch_long(conn: &mut PgConnection, convo_id: &str, rows: &mut [Row]) -> Result<bool, StoreError> {
    let missing: Vec<_> = rows.iter_mut().filter(|row| row.seq.is_some() && row.ciphertext.is_none()).collect();
    if missing.is_empty() {
        return Ok(true);
    }
    let seqs: Vec<_> = missing.iter().filter_map(|row| row.seq).collect();
    let found = sqlx::query!(
        "-- pages.fetch_long
        SELECT seq, ciphertext FROM messages WHERE convo_id = $1 AND seq = ANY($2) ORDER BY seq",
        convo_id,
        &seqs,
    )
    .fetch_all(conn)
    .await?;
    let is_complete = found.len() == missing.len();
    // Both are ascending.
    for (row, found) in missing.into_iter().zip(found) {
        row.ciphertext = Some(found.ciphertext);
    }
    Ok(is_complete)
}

impl Row {
    /// The entry of this row; nothing in the single row of an empty page, which carries the access alone.
    fn into_entry(self, convo_id: &str) -> Option<Result<Entry, StoreError>> {
        let kind = match EntryKind::from_stored(&self.kind?) {
            Ok(kind) => kind,
            Err(error) => return Some(Err(error)),
        };
        Some(Ok(Entry {
            convo_id: convo_id.to_owned(),
            is_reacted: self.is_reacted?,
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
    loop {
        let rows = statements::commits(conn, convo_id, user_did, (from_epoch, to_epoch), limit, now).await?;
        match finish(conn, convo_id, rows, First::Oldest).await? {
            Read::Page(page) => return Ok(Some(page)),
            Read::NoAccess => return Ok(None),
            Read::Outdated => {}
        }
    }
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
            m.msg_id, m.ciphertext, m.embed_type, m.embed_uri, m.created_at, m.expires_at, m.is_reacted
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
        Some(row) => Found::Readable(Box::new(entry!(row)?)),
    })
}

/// The seq of an entry of a conversation, by its message id, if the user may read it.
pub async fn readable_seq(
    conn: &mut PgConnection,
    convo_id: &str,
    user_did: &str,
    msg_id: &str,
    now: Timestamp,
) -> Result<Option<i64>, StoreError> {
    Ok(sqlx::query_scalar!(
        "-- pages.readable_seq
        SELECT m.seq
        FROM read_access($1, $2, $4) a
        JOIN messages m ON m.convo_id = $1 AND m.msg_id = $3
            AND m.seq > a.after_seq AND m.seq <= a.last_seq AND m.expires_at > $4",
        convo_id,
        user_did,
        msg_id,
        now,
    )
    .fetch_optional(conn)
    .await?)
}

//! Reading the stream of events: where it ends for now, what stands behind a place, and who may see which part of it.

use sqlx::{PgConnection, types::Json};

use super::{
    EntryKind, StoreError, Timestamp,
    events::{Audience, Occurrence},
    pages::Entry,
    places::Place,
};

/// An event as stored, without the entry that it may tell of.
#[derive(Clone, Debug)]
pub struct StoredEvent {
    pub place: Place,
    /// Nothing for what concerns the subject alone.
    pub convo_id: Option<String>,
    /// Nothing when a later release wrote it, in a way that this one doesn't understand.
    pub occurrence: Option<Occurrence>,
    pub audience: Audience,
    pub seq: i64,
    pub epoch: i64,
    pub subject_did: Option<String>,
    pub actor_did: Option<String>,
    pub reason: Option<String>,
    pub created_at: Timestamp,
}

/// The part of a conversation's events that is a user's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Entries after this seq.
    pub after_seq: i64,
    /// Entries up to this one; nothing while they are a member.
    pub last_seq: Option<i64>,
    /// Other events from this one on.
    pub from_event: i64,
    /// And up to this one; nothing while they are a member.
    pub to_event: Option<i64>,
    /// Admin or moderator now.
    pub is_admin: bool,
}

impl Window {
    /// Whether `reader`, whose window this is, sees an event of the conversation.
    pub fn admits(&self, event: &StoredEvent, reader: &str) -> bool {
        let (seq, id) = (event.seq, event.place.id);
        let is_seen = self.after_seq < seq && self.last_seq.is_none_or(|last| seq <= last);
        let is_met = self.from_event <= id && self.to_event.is_none_or(|last| id <= last);
        let is_in_time = match event.occurrence {
            Some(Occurrence::Entry) => is_seen,
            // About an entry: for those who can read that one.
            Some(Occurrence::Reaction { .. } | Occurrence::Read { .. }) => is_seen && is_met,
            // After an entry, which may be the one that one's own time begins behind.
            _ => is_met && (is_seen || self.after_seq == seq),
        };
        let is_for_reader = match event.audience {
            Audience::Members => true,
            Audience::Admins => self.is_admin && self.to_event.is_none(),
            Audience::Subject => event.subject_did.as_deref() == Some(reader),
        };
        is_in_time && is_for_reader
    }
}

struct Row {
    txid: i64,
    id: i64,
    convo_id: Option<String>,
    kind: String,
    detail: Option<Json<serde_json::Value>>,
    audience: String,
    seq: i64,
    epoch: i64,
    subject_did: Option<String>,
    actor_did: Option<String>,
    reason: Option<String>,
    created_at: Timestamp,
}

impl From<Row> for StoredEvent {
    fn from(row: Row) -> Self {
        Self {
            place: Place { txid: row.txid, id: row.id },
            convo_id: row.convo_id,
            occurrence: Occurrence::from_stored(row.kind, row.detail),
            // What a later release restricts in a way unknown here is shown to nobody else.
            audience: match row.audience.as_str() {
                "members" => Audience::Members,
                "admins" => Audience::Admins,
                _ => Audience::Subject,
            },
            seq: row.seq,
            epoch: row.epoch,
            subject_did: row.subject_did,
            actor_did: row.actor_did,
            reason: row.reason,
            created_at: row.created_at,
        }
    }
}

/// The place of the newest event that is final: below everything that can still be committed.
pub async fn newest(conn: &mut PgConnection) -> Result<Place, StoreError> {
    let row = sqlx::query!(
        r#"-- stream.newest
        SELECT coalesce(e.txid, s.floor_txid)::text::bigint AS "txid!", coalesce(e.id, s.floor_id) AS "id!"
        FROM stream s LEFT JOIN LATERAL (
            SELECT txid, id FROM events WHERE txid < pg_snapshot_xmin(pg_current_snapshot())
            ORDER BY txid DESC, id DESC LIMIT 1) e ON true"#,
    )
    .fetch_one(conn)
    .await?;
    Ok(Place { txid: row.txid, id: row.id })
}

/// What stands behind a place.
#[derive(Debug)]
pub struct Tail {
    /// In order.
    pub events: Vec<StoredEvent>,
    /// Whether more is committed than is final: some transaction that began earlier is still open.
    pub more_to_come: bool,
}

/// The next events behind a place, as far as they are final.
///
/// The horizon is of the same snapshot as the rows: whatever has a lower txid has ended in this snapshot, so nothing can
/// be committed before what is read here.
pub async fn tail(conn: &mut PgConnection, after: Place, limit: i64) -> Result<Tail, StoreError> {
    let rows = sqlx::query!(
        r#"-- stream.tail
        SELECT EXISTS (SELECT FROM events WHERE txid >= pg_snapshot_xmin(pg_current_snapshot())) AS "more_to_come!",
            e.txid::text::bigint AS "txid?", e.id AS "id?", e.convo_id, e.kind AS "kind?",
            e.detail AS "detail?: Json<serde_json::Value>", e.audience AS "audience?", e.seq AS "seq?",
            e.epoch AS "epoch?", e.subject_did, e.actor_did, e.reason, e.created_at AS "created_at?"
        FROM (SELECT) one LEFT JOIN LATERAL (
            SELECT * FROM events
            WHERE (txid, id) > ($1::text::xid8, $2) AND txid < pg_snapshot_xmin(pg_current_snapshot())
            ORDER BY txid, id LIMIT $3) e ON true
        ORDER BY e.txid, e.id"#,
        after.txid.to_string(),
        after.id,
        limit,
    )
    .fetch_all(conn)
    .await?;
    let more_to_come = rows.first().is_some_and(|row| row.more_to_come);
    let events = rows.into_iter().filter_map(|row| {
        let row = Row {
            txid: row.txid?,
            id: row.id?,
            convo_id: row.convo_id,
            kind: row.kind?,
            detail: row.detail,
            audience: row.audience?,
            seq: row.seq?,
            epoch: row.epoch?,
            subject_did: row.subject_did,
            actor_did: row.actor_did,
            reason: row.reason,
            created_at: row.created_at?,
        };
        Some(StoredEvent::from(row))
    });
    Ok(Tail { events: events.collect(), more_to_come })
}

/// A reader's windows, by conversation; of one conversation when it is named.
pub async fn windows(
    conn: &mut PgConnection,
    reader: &str,
    convo_id: Option<&str>,
) -> Result<Vec<(String, Window)>, StoreError> {
    let rows = sqlx::query!(
        r#"-- stream.windows
        SELECT convo_id AS "convo_id!", after_seq AS "after_seq!", last_seq, from_event AS "from_event!", to_event,
            is_admin AS "is_admin!"
        FROM event_access($1) WHERE $2::text IS NULL OR convo_id = $2"#,
        reader,
        convo_id,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let (after_seq, last_seq) = (row.after_seq, row.last_seq);
            let (from_event, to_event, is_admin) = (row.from_event, row.to_event, row.is_admin);
            (row.convo_id, Window { after_seq, last_seq, from_event, to_event, is_admin })
        })
        .collect())
}

/// Whether a user is an admin or a moderator of a conversation.
pub async fn is_admin(conn: &mut PgConnection, convo_id: &str, user_did: &str) -> Result<bool, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"-- stream.is_admin
        SELECT EXISTS (
            SELECT FROM members
            WHERE convo_id = $1 AND user_did = $2 AND left_at IS NULL AND (is_admin OR is_moderator)) AS "is_admin!""#,
        convo_id,
        user_did,
    )
    .fetch_one(conn)
    .await?)
}

/// A page of what a reader may see.
#[derive(Debug)]
pub struct Page {
    /// In order.
    pub events: Vec<StoredEvent>,
    /// Where the page ends: whatever is visible up to here is on it.
    pub end: Place,
}

/// What a reader finds at their place.
#[derive(Debug)]
pub enum Reading {
    Page(Page),
    /// Events behind the place may be gone, or the log doesn't know it; those behind this one are there.
    Expired {
        floor: Place,
    },
}

/// What a reader reads, and from where.
#[derive(Clone, Copy, Debug)]
pub struct Range<'a> {
    pub reader: &'a str,
    /// One conversation, or all of the reader's and what concerns them alone.
    pub convo_id: Option<&'a str>,
    pub after: Place,
    /// Final, as all that a reader is told of.
    pub until: Place,
}

/// The next events of a reader. Windows, floor and events are of one snapshot: nothing that the reader may see can be
/// removed or withheld in between.
pub async fn page(conn: &mut PgConnection, range: Range<'_>, limit: i64) -> Result<Reading, StoreError> {
    let rows = sqlx::query!(
        r#"-- stream.page
        SELECT s.floor_txid::text::bigint AS "floor_txid!", s.floor_id AS "floor_id!",
            ((s.floor_txid, s.floor_id) = ($3::text::xid8, $4)
                OR (s.floor_txid, s.floor_id) < ($3::text::xid8, $4)
                    AND EXISTS (SELECT FROM events WHERE txid = $3::text::xid8 AND id = $4)) AS "is_known!",
            p.txid::text::bigint AS "txid?", p.id AS "id?", p.convo_id, p.kind AS "kind?",
            p.detail AS "detail?: Json<serde_json::Value>", p.audience AS "audience?", p.seq AS "seq?",
            p.epoch AS "epoch?", p.subject_did, p.actor_did, p.reason, p.created_at AS "created_at?",
            p.after_seq AS "after_seq?", p.last_seq, p.from_event AS "from_event?", p.to_event, p.is_admin AS "is_admin?"
        FROM stream s LEFT JOIN LATERAL (
            SELECT * FROM (
                SELECT e.*, a.after_seq, a.last_seq, a.from_event, a.to_event, a.is_admin
                FROM event_access($1) a CROSS JOIN LATERAL (
                    SELECT * FROM events
                    WHERE convo_id = a.convo_id AND (txid, id) > ($3::text::xid8, $4)
                        AND (txid, id) <= ($5::text::xid8, $6)
                        AND id >= a.from_event AND (a.to_event IS NULL OR id <= a.to_event)
                    ORDER BY txid, id LIMIT $7) e
                WHERE $2::text IS NULL OR a.convo_id = $2
                UNION ALL
                (SELECT e.*, NULL, NULL, NULL, NULL, NULL
                FROM events e
                WHERE $2::text IS NULL AND e.convo_id IS NULL AND e.subject_did = $1
                    AND (e.txid, e.id) > ($3::text::xid8, $4) AND (e.txid, e.id) <= ($5::text::xid8, $6)
                ORDER BY e.txid, e.id LIMIT $7)
            ) mine ORDER BY txid, id LIMIT $7) p ON true
        ORDER BY p.txid, p.id"#,
        range.reader,
        range.convo_id,
        range.after.txid.to_string(),
        range.after.id,
        range.until.txid.to_string(),
        range.until.id,
        limit,
    )
    .fetch_all(conn)
    .await?;
    let first = rows.first().ok_or_else(|| StoreError::Impossible("there is no stream".to_owned()))?;
    let floor = Place { txid: first.floor_txid, id: first.floor_id };
    if !first.is_known {
        return Ok(Reading::Expired { floor });
    }
    let (mut events, mut count, mut last) = (Vec::with_capacity(rows.len()), 0, range.until);
    for row in rows {
        let window = row.after_seq.zip(row.from_event).zip(row.is_admin);
        let window = window.map(|((after_seq, from_event), is_admin)| {
            let (last_seq, to_event) = (row.last_seq, row.to_event);
            Window { after_seq, last_seq, from_event, to_event, is_admin }
        });
        let parts = (row.txid, row.id, row.kind, row.audience, row.seq, row.epoch, row.created_at);
        let (Some(txid), Some(id), Some(kind), Some(audience), Some(seq), Some(epoch), Some(created_at)) = parts else {
            continue;
        };
        let (convo_id, detail, subject_did) = (row.convo_id, row.detail, row.subject_did);
        let (actor_did, reason) = (row.actor_did, row.reason);
        let row =
            Row { txid, id, convo_id, kind, detail, audience, seq, epoch, subject_did, actor_did, reason, created_at };
        let event = StoredEvent::from(row);
        (count, last) = (count + 1, event.place);
        if window.is_none_or(|window| window.admits(&event, range.reader)) {
            events.push(event);
        }
    }
    let end = if count < limit { range.until } else { last };
    Ok(Reading::Page(Page { events, end }))
}

/// What the log knows of a place.
///
/// Whoever holds a place was told of its event, or of the floor. When neither is there, the log is not the one that they
/// read: the cluster was taken back to an earlier state, or a standby took over that had not got all of it. What it has now
/// may stand before their place, and would be passed over.
#[derive(Clone, Copy, Debug)]
pub struct Standing {
    /// The era of the stream.
    pub era: i64,
    /// Whether the places are those of this cluster.
    pub is_at_home: bool,
    /// Whether everything behind the place is there.
    pub is_known: bool,
    /// Events before it may be gone.
    pub floor: Place,
    /// No event has a txid as high as this yet.
    pub next_txid: i64,
}

/// Looks a place up.
pub async fn standing(conn: &mut PgConnection, place: Place) -> Result<Standing, StoreError> {
    let row = sqlx::query!(
        r#"-- stream.standing
        SELECT s.era, s.cluster = c.system_identifier AS "is_at_home!", ((s.floor_txid, s.floor_id) = ($1::text::xid8, $2)
                OR (s.floor_txid, s.floor_id) < ($1::text::xid8, $2)
                    AND EXISTS (SELECT FROM events WHERE txid = $1::text::xid8 AND id = $2)) AS "is_known!",
            s.floor_txid::text::bigint AS "floor_txid!", s.floor_id,
            pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS "next_txid!"
        FROM stream s CROSS JOIN pg_control_system() c"#,
        place.txid.to_string(),
        place.id,
    )
    .fetch_one(conn)
    .await?;
    let floor = Place { txid: row.floor_txid, id: row.floor_id };
    let (era, is_at_home, is_known, next_txid) = (row.era, row.is_at_home, row.is_known, row.next_txid);
    Ok(Standing { era, is_at_home, is_known, floor, next_txid })
}

/// The era of the stream.
pub async fn era(conn: &mut PgConnection) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar!("-- stream.era\nSELECT era FROM stream").fetch_one(conn).await?)
}

/// Begins a new era when the database is in another cluster than its events were made in. Nobody may be writing: this is for
/// a start. Whoever comes second waits for the row, and finds it done.
pub async fn begin_era(conn: &mut PgConnection) -> Result<bool, StoreError> {
    let begun = sqlx::query!(
        "-- stream.begin_era
        UPDATE stream s SET cluster = c.system_identifier, era = s.era + 1, floor_txid = '0', floor_id = 0
        FROM pg_control_system() c WHERE s.cluster <> c.system_identifier",
    )
    .execute(&mut *conn)
    .await?;
    if begun.rows_affected() == 0 {
        return Ok(false);
    }
    sqlx::query!("-- stream.begin_era (events)\nDELETE FROM events").execute(&mut *conn).await?;
    sqlx::query!("-- stream.begin_era (conversations)\nUPDATE conversations SET last_event_txid = '0'")
        .execute(&mut *conn)
        .await?;
    sqlx::query!("-- stream.begin_era (members)\nUPDATE members SET read_event_txid = '0'").execute(&mut *conn).await?;
    sqlx::query!("-- stream.begin_era (messages)\nUPDATE messages SET event_txid = '0'").execute(conn).await?;
    Ok(true)
}

/// Tells whoever listens to a channel, when this is committed.
pub async fn notify(conn: &mut PgConnection, channel: &str, signal: &str) -> Result<(), StoreError> {
    sqlx::query!("-- stream.notify\nSELECT pg_notify($1, $2)", channel, signal).execute(conn).await?;
    Ok(())
}

/// What tells this database from all others.
pub async fn database(conn: &mut PgConnection) -> Result<String, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"-- stream.database
        SELECT system_identifier || ' ' || oid AS "name!"
        FROM pg_control_system(), pg_database WHERE datname = current_database()"#,
    )
    .fetch_one(conn)
    .await?)
}

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
            let entry = EntryKind::from_stored(&row.kind).map(|kind| Entry {
                convo_id: row.convo_id,
                seq: row.seq,
                kind,
                epoch: row.epoch,
                msg_id: row.msg_id,
                ciphertext: row.ciphertext,
                embed_type: row.embed_type,
                embed_uri: row.embed_uri,
                created_at: row.created_at,
                expires_at: row.expires_at,
                // Events tell of reactions by themselves.
                is_reacted: false,
            });
            // Positions count from 1 in the database.
            (row.place as usize - 1, entry)
        })
        .collect();
    Ok(Entries { found, covered })
}

#[cfg(test)]
mod tests {
    use super::{Audience, Occurrence, Place, StoredEvent, Window};

    fn event(occurrence: Occurrence, seq: i64, id: i64) -> StoredEvent {
        StoredEvent {
            place: Place { txid: 1, id },
            convo_id: Some("c".to_owned()),
            occurrence: Some(occurrence),
            audience: Audience::Members,
            seq,
            epoch: 0,
            subject_did: Some("bob".to_owned()),
            actor_did: None,
            reason: None,
            created_at: chrono::DateTime::UNIX_EPOCH,
        }
    }

    /// Joined by the commit that is entry 5 and event 10, told by event 11; removed by entry 8, event 20, told by event 21.
    const BOB: Window = Window { after_seq: 5, last_seq: Some(8), from_event: 11, to_event: Some(21), is_admin: true };

    #[test]
    fn a_window_begins_behind_the_joining_commit_and_ends_with_the_removing_one() {
        let sees = |occurrence, seq, id| BOB.admits(&event(occurrence, seq, id), "bob");
        let entries: Vec<_> = (4..=9).filter(|seq| sees(Occurrence::Entry, *seq, seq * 2)).collect();
        assert_eq!(entries, [6, 7, 8]);
        assert!(!sees(Occurrence::Joined, 5, 9), "who joined before in the same commit's wake");
        assert!(sees(Occurrence::Joined, 5, 11), "one's own joining");
        assert!(sees(Occurrence::Removed, 8, 21), "one's own removal");
        assert!(!sees(Occurrence::Removed, 8, 22), "another one's, told behind it");
        assert!(!sees(Occurrence::RejoinRequested, 9, 30));
        let read = Occurrence::Read { message_id: None };
        assert!(!sees(read.clone(), 5, 15), "of an entry from before");
        assert!(sees(read.clone(), 6, 15) && !sees(read, 8, 22));
    }

    #[test]
    fn an_audience_narrows_a_window() {
        let open = Window { last_seq: None, to_event: None, ..BOB };
        let admins = StoredEvent { audience: Audience::Admins, ..event(Occurrence::RejoinRequested, 6, 15) };
        assert!(open.admits(&admins, "bob"));
        assert!(!Window { is_admin: false, ..open }.admits(&admins, "bob"));
        assert!(!BOB.admits(&admins, "bob"), "no longer a member");
        let subject = StoredEvent { audience: Audience::Subject, ..admins };
        assert!(open.admits(&subject, "bob"));
        assert!(!open.admits(&subject, "carol"));
    }
}

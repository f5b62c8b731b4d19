//! Reading the stream of events: where it ends for now, what stands behind a place, and who may see which part of it.

mod entries;
mod eras;
mod windows;

use sqlx::{PgConnection, types::Json};

use super::{
    StoreError, Timestamp,
    events::{Audience, Occurrence},
    places::Place,
};

pub use self::{
    entries::{Entries, entries},
    eras::{begin_era, era},
    windows::{Window, is_admin, windows},
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
///
/// Those that tell of entries are made from the entries themselves, which know their places: see
/// `migrations/0017_entries_by_place.sql`. Of each conversation the first one behind the reader's place is found; the page can
/// be only from those that come first by it. An entry whose place has a txid of 0 is from a former era and behind nobody.
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
            p.after_seq AS "after_seq?", p.last_seq, p.from_event AS "from_event?", p.to_event,
            p.to_txid::text::bigint AS to_txid, p.is_admin AS "is_admin?"
        FROM stream s LEFT JOIN LATERAL (
            WITH mine AS MATERIALIZED (
                SELECT a.*, first.seq AS first_seq, first.txid AS first_txid, first.id AS first_id
                FROM event_windows($1) a LEFT JOIN LATERAL (
                    SELECT f.* FROM conversations c CROSS JOIN LATERAL first_entry_behind(
                        c.convo_id, greatest(a.after_seq, c.kept_min_seq - 1), least(c.next_seq, a.last_seq + 1),
                        $3::text::xid8, CASE WHEN $3::text = '0' THEN 9223372036854775807 ELSE $4 END) f
                    WHERE c.convo_id = a.convo_id AND c.last_event_txid >= $3::text::xid8 LIMIT 1) first ON true
                WHERE $2::text IS NULL OR a.convo_id = $2
            )
            SELECT * FROM (
                SELECT e.txid, e.id, e.convo_id, e.kind, e.detail, e.audience, e.seq, e.epoch, e.subject_did, e.actor_did,
                    e.reason, e.created_at, a.after_seq, a.last_seq, a.from_event, a.to_event, a.to_txid, a.is_admin
                FROM mine a CROSS JOIN LATERAL (
                    SELECT * FROM events
                    WHERE convo_id = a.convo_id AND kind <> 'entry' AND (txid, id) > ($3::text::xid8, $4)
                        AND (txid, id) <= ($5::text::xid8, $6)
                        AND id >= a.from_event AND (a.to_event IS NULL OR id <= a.to_event)
                    ORDER BY txid, id LIMIT $7) e
                UNION ALL
                SELECT e.event_txid, e.event_id, a.convo_id, 'entry', NULL, 'members', e.seq, e.epoch, NULL, NULL,
                    NULL, e.created_at, a.after_seq, a.last_seq, a.from_event, a.to_event, a.to_txid, a.is_admin
                FROM (
                    SELECT * FROM mine WHERE (first_txid, first_id) <= ($5::text::xid8, $6)
                    ORDER BY first_txid, first_id LIMIT $7) a
                CROSS JOIN LATERAL (
                    SELECT m.event_txid, m.event_id, m.seq, m.epoch, m.created_at FROM messages m
                    WHERE m.convo_id = a.convo_id AND m.seq >= a.first_seq
                        AND m.seq <= coalesce(a.last_seq, 9223372036854775807)
                    ORDER BY m.seq LIMIT $7) e
                WHERE (e.event_txid, e.event_id) <= ($5::text::xid8, $6)
                UNION ALL
                (SELECT e.txid, e.id, NULL, e.kind, e.detail, e.audience, e.seq, e.epoch, e.subject_did, e.actor_did,
                    e.reason, e.created_at, NULL, NULL, NULL, NULL, NULL, NULL
                FROM events e
                WHERE $2::text IS NULL AND e.convo_id IS NULL AND e.subject_did = $1
                    AND (e.txid, e.id) > ($3::text::xid8, $4) AND (e.txid, e.id) <= ($5::text::xid8, $6)
                ORDER BY e.txid, e.id LIMIT $7)
            ) found ORDER BY txid, id LIMIT $7) p ON true
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
            let (last_seq, to_event) = (row.last_seq, windows::end(row.to_event, row.to_txid));
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

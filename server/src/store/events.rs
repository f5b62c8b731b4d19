//! Events: what happened in a conversation, written by the transaction that made it happen.
//!
//! Where an event stands in the stream, and why readers miss none, is told in `migrations/0005_stream.sql`. Entries of a log
//! have their events written with them (`append_entries`); everything else comes through here.

use sqlx::{PgConnection, types::Json};

use super::{StoreError, Timestamp};

pub use super::occurrences::{Alert, Audience, Occurrence, RoleChange};

/// An event to be written.
#[derive(Clone, Debug)]
pub struct NewEvent {
    pub occurrence: Occurrence,
    pub audience: Audience,
    /// The user it happened to.
    pub subject_did: String,
    pub reason: Option<String>,
}

impl NewEvent {
    /// An event that all members see.
    pub fn new(occurrence: Occurrence, subject_did: impl Into<String>) -> Self {
        Self { occurrence, audience: Audience::Members, subject_did: subject_did.into(), reason: None }
    }
}

/// The change of a conversation that events belong to.
#[derive(Clone, Copy, Debug)]
pub struct EventPlace<'a> {
    pub convo_id: &'a str,
    pub actor_did: &'a str,
    pub at: Timestamp,
}

/// Writes events of a conversation, in this order, with the seq of its last entry and its epoch as they are now. Locks
/// the conversation's row. Those who joined or left in this transaction have their part of the stream begin or end with
/// their event.
pub async fn write(conn: &mut PgConnection, place: &EventPlace<'_>, events: &[NewEvent]) -> Result<(), StoreError> {
    write_at(conn, place, events, None).await
}

/// Writes an event about an earlier entry: only who can read that one sees it. Locks the conversation's row.
pub async fn write_about(
    conn: &mut PgConnection,
    place: &EventPlace<'_>,
    event: &NewEvent,
    seq: i64,
) -> Result<(), StoreError> {
    write_at(conn, place, std::slice::from_ref(event), Some(seq)).await
}

async fn write_at(
    conn: &mut PgConnection,
    place: &EventPlace<'_>,
    events: &[NewEvent],
    seq: Option<i64>,
) -> Result<(), StoreError> {
    if events.is_empty() {
        return Ok(());
    }
    let (kinds, details) = columns(events)?;
    let audiences: Vec<_> = events.iter().map(|event| event.audience.as_str()).collect();
    let subjects: Vec<_> = events.iter().map(|event| event.subject_did.as_str()).collect();
    let reasons: Vec<_> = events.iter().map(|event| event.reason.as_deref()).collect();
    sqlx::query!(
        "-- events.write
        WITH convo AS (
            UPDATE conversations SET last_event_txid = greatest(last_event_txid, pg_current_xact_id())
            WHERE convo_id = $1
            RETURNING last_event_txid, next_seq - 1 AS seq, epoch
        ), told AS (
            INSERT INTO events
                (txid, convo_id, kind, seq, epoch, subject_did, actor_did, reason, created_at, audience, detail)
            SELECT convo.last_event_txid, $1, e.kind, coalesce($9, convo.seq), convo.epoch, e.subject_did, $2, e.reason, $3,
                e.audience, e.detail
            FROM convo CROSS JOIN unnest($4::text[], $5::text[], $6::text[], $7::text[], $8::jsonb[])
                WITH ORDINALITY AS e (kind, subject_did, reason, audience, detail, place)
            ORDER BY e.place
            RETURNING id, txid, kind, subject_did
        )
        UPDATE members m SET
            joined_event = coalesce(m.joined_event, t.id),
            left_event = CASE WHEN m.left_at IS NOT NULL THEN coalesce(m.left_event, t.id) END,
            left_event_txid = CASE WHEN m.left_at IS NOT NULL AND m.left_event IS NULL THEN t.txid END
        FROM told t
        WHERE m.convo_id = $1 AND m.user_did = t.subject_did
            AND (t.kind = 'joined' AND m.joined_event IS NULL
                OR t.kind IN ('left', 'removed') AND m.left_at IS NOT NULL AND m.left_event IS NULL)",
        place.convo_id,
        place.actor_did,
        place.at,
        &kinds,
        &subjects as &[&str],
        &reasons as &[Option<&str>],
        &audiences as &[&str],
        &details as &[Option<Json<serde_json::Value>>],
        seq,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes that the actor's read position has moved to a seq, as `read_state::set` has just done. The conversation's row is
/// left alone, so that readers don't wait for writers: the place was set with the position, behind those of the entry
/// read and of the reader's earlier events. Who can't read that far doesn't see it.
pub async fn write_read(conn: &mut PgConnection, place: &EventPlace<'_>, seq: i64) -> Result<(), StoreError> {
    let message_id = sqlx::query_scalar!(
        "-- events.write_read (entry)
        SELECT msg_id FROM messages WHERE convo_id = $1 AND seq = $2 AND expires_at > $3",
        place.convo_id,
        seq,
        place.at,
    )
    .fetch_optional(&mut *conn)
    .await?;
    let (kind, detail) = Occurrence::Read { message_id }.to_stored()?;
    sqlx::query!(
        "-- events.write_read
        INSERT INTO events (txid, convo_id, kind, seq, epoch, subject_did, actor_did, created_at, detail)
        SELECT m.read_event_txid, $1, $4, $2, c.epoch, $3, $3, $5, $6
        FROM members m JOIN conversations c USING (convo_id)
        WHERE m.convo_id = $1 AND m.user_did = $3 AND m.left_at IS NULL
        LIMIT 1",
        place.convo_id,
        seq,
        place.actor_did,
        kind,
        place.at,
        detail as Option<Json<serde_json::Value>>,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes an event of each of several conversations, whose rows the caller has locked.
pub async fn write_to_many(
    conn: &mut PgConnection,
    actor_did: &str,
    at: Timestamp,
    events: &[(String, NewEvent)],
) -> Result<(), StoreError> {
    if events.is_empty() {
        return Ok(());
    }
    let convo_ids: Vec<_> = events.iter().map(|(convo_id, _)| convo_id.as_str()).collect();
    let events: Vec<_> = events.iter().map(|(_, event)| event.clone()).collect();
    let (kinds, details) = columns(&events)?;
    let audiences: Vec<_> = events.iter().map(|event| event.audience.as_str()).collect();
    let subjects: Vec<_> = events.iter().map(|event| event.subject_did.as_str()).collect();
    sqlx::query!(
        "-- events.write_to_many
        WITH convo AS (
            UPDATE conversations SET last_event_txid = greatest(last_event_txid, pg_current_xact_id())
            WHERE convo_id = ANY ($1::text[])
            RETURNING convo_id, last_event_txid, next_seq - 1 AS seq, epoch
        )
        INSERT INTO events
            (txid, convo_id, kind, seq, epoch, subject_did, actor_did, created_at, audience, detail)
        SELECT convo.last_event_txid, convo_id, e.kind, convo.seq, convo.epoch, e.subject_did, $2, $3, e.audience,
            e.detail
        FROM convo JOIN unnest($1::text[], $4::text[], $5::text[], $6::text[], $7::jsonb[])
            AS e (convo_id, kind, subject_did, audience, detail) USING (convo_id)",
        &convo_ids as &[&str],
        actor_did,
        at,
        &kinds,
        &subjects as &[&str],
        &audiences as &[&str],
        &details as &[Option<Json<serde_json::Value>>],
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes an event that concerns one user alone, outside of all conversations.
pub async fn write_private(conn: &mut PgConnection, event: &NewEvent, at: Timestamp) -> Result<(), StoreError> {
    let (kinds, details) = columns(std::slice::from_ref(event))?;
    sqlx::query!(
        "-- events.write_private
        INSERT INTO events (txid, kind, seq, epoch, subject_did, reason, created_at, audience, detail)
        SELECT pg_current_xact_id(), e.kind, 0, 0, $1, $2, $3, 'subject', e.detail
        FROM unnest($4::text[], $5::jsonb[]) AS e (kind, detail)",
        event.subject_did,
        event.reason,
        at,
        &kinds,
        &details as &[Option<Json<serde_json::Value>>],
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Names and details of what happened.
#[allow(clippy::type_complexity)]
fn columns(events: &[NewEvent]) -> Result<(Vec<String>, Vec<Option<Json<serde_json::Value>>>), StoreError> {
    let stored = events.iter().map(|event| event.occurrence.to_stored());
    Ok(stored.collect::<Result<Vec<_>, _>>()?.into_iter().unzip())
}

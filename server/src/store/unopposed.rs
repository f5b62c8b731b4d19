//! Appending at the least cost, where nothing speaks against it.
//!
//! Nothing is locked or looked up here before it is written. All that bears on whether an entry may be appended is in the row
//! that each append updates: group, epoch, and the last departure of a member, by which whoever remembers the sender as a
//! member knows that they are one still. What can't be appended for whatever reason (a row that is locked or was updated since the
//! statement began, an id that is there already, another epoch) is left alone, for
//! [`messages::append_all`](super::messages::append_all) to judge.

use std::collections::BTreeMap;

use sqlx::PgConnection;

use super::{StoreError, Timestamp, column, messages::Candidate};

/// An application message whose sender was a member when a member had last departed.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    pub candidate: &'a Candidate,
    pub last_departure: i64,
}

/// Appends those messages against which nothing speaks. Returns their seqs in the order of the candidates; nothing for those
/// that are still to be judged. No two candidates may have the same conversation and message id.
pub async fn append(conn: &mut PgConnection, candidates: &[Known<'_>]) -> Result<Vec<Option<i64>>, StoreError> {
    let appended = match candidates {
        [] => Ok(Vec::new()),
        [candidate] => append_one(conn, *candidate).await.map(|seq| vec![seq]),
        _ => append_many(conn, candidates).await,
    };
    match appended {
        // Nothing of it is stored.
        Err(error) if error.is_lost_race() => Ok(vec![None; candidates.len()]),
        appended => appended,
    }
}

async fn append_one(conn: &mut PgConnection, known: Known<'_>) -> Result<Option<i64>, StoreError> {
    let c = known.candidate;
    let seq = sqlx::query_scalar!(
        r#"-- unopposed.append (one)
        WITH moved AS (
            UPDATE conversations c SET
                next_seq = next_seq + 1,
                kept_min_seq = CASE WHEN kept_count = 0 THEN next_seq ELSE kept_min_seq END,
                kept_count = kept_count + 1,
                app_count = app_count + 1,
                kept_app_count = kept_app_count + 1,
                next_expiry = least(next_expiry, $11),
                in_turn_from_seq = coalesce(in_turn_from_seq, next_seq),
                in_turn_expiry = greatest(in_turn_expiry, $11),
                last_message_at = greatest(last_message_at, $10),
                last_event_txid = greatest(last_event_txid, pg_current_xact_id())
            WHERE convo_id = $1 AND group_id = coalesce($2, group_id) AND epoch = $3 AND last_departure = $4
                AND deleted_at IS NULL
                -- Not locked, except by the transaction that wrote it, which has ended. A lock that was taken and given back
                -- without writing looks like one that is held: the next entry is judged then, and makes it go away.
                AND (xmax = '0' OR xmax = xmin)
                -- See append_entries for why this asks for an order.
                AND (
                    SELECT m.msg_id FROM messages m
                    WHERE m.convo_id = $1 AND m.msg_id >= $5 ORDER BY m.msg_id LIMIT 1) IS DISTINCT FROM $5
            RETURNING next_seq - 1 AS seq, app_count AS app_ordinal, in_turn_expiry, last_event_txid AS event_txid,
                nextval('events_id_seq') AS event_id
        ), stored AS (
            INSERT INTO messages (convo_id, seq, kind, epoch, msg_id, request_tag, ciphertext, embed_type, embed_uri,
                app_ordinal, created_at, expires_at, expires_in_turn, event_txid, event_id)
            SELECT $1, seq, 'app', $3, $5, $6, $7, $8, $9, app_ordinal, $10, $11, $11 = in_turn_expiry, event_txid, event_id
            FROM moved
        ), told AS (
            INSERT INTO events (txid, id, convo_id, kind, seq, epoch, created_at) OVERRIDING SYSTEM VALUE
            SELECT event_txid, event_id, $1, 'entry', seq, $3, $10 FROM moved
        )
        SELECT seq AS "seq!" FROM moved"#,
        c.convo_id,
        c.group_id.as_deref(),
        c.epoch,
        known.last_departure,
        c.msg_id,
        c.request_tag.as_slice(),
        c.ciphertext.as_ref(),
        c.embed_type.as_deref(),
        c.embed_uri.as_deref(),
        c.created_at,
        c.expires_at,
    );
    Ok(seq.fetch_optional(conn).await?)
}

/// Entries of one conversation that claim the same group and epoch. They are appended together or not at all.
struct Group<'a> {
    /// Positions among the candidates.
    places: Vec<usize>,
    first_expiry: Timestamp,
    last_expiry: Timestamp,
    last_created: Timestamp,
    first: Known<'a>,
}

/// In the order in which rows are locked everywhere.
fn groups<'a>(candidates: &[Known<'a>]) -> Vec<Group<'a>> {
    let mut groups = BTreeMap::new();
    for (place, known) in candidates.iter().enumerate() {
        let Known { candidate, last_departure } = *known;
        let key = (&candidate.convo_id, candidate.epoch, &candidate.group_id, last_departure);
        let group = groups.entry(key).or_insert(Group {
            places: Vec::new(),
            first_expiry: candidate.expires_at,
            last_expiry: candidate.expires_at,
            last_created: candidate.created_at,
            first: *known,
        });
        group.places.push(place);
        group.first_expiry = group.first_expiry.min(candidate.expires_at);
        group.last_expiry = group.last_expiry.max(candidate.expires_at);
        group.last_created = group.last_created.max(candidate.created_at);
    }
    groups.into_values().collect()
}

async fn append_many(conn: &mut PgConnection, candidates: &[Known<'_>]) -> Result<Vec<Option<i64>>, StoreError> {
    let groups = groups(candidates);
    // The entries of a group stand side by side.
    let places: Vec<_> = groups.iter().flat_map(|group| group.places.iter().copied()).collect();
    let entries = column(&places, |place| candidates[*place].candidate);
    let rows = sqlx::query!(
        r#"-- unopposed.append
        WITH groups AS (
            SELECT *, sum(entries) OVER (ROWS UNBOUNDED PRECEDING)::bigint AS last_place
            FROM unnest($1::text[], $2::bytea[], $3::bigint[], $7::bigint[], $4::bigint[], $5::timestamptz[],
                $6::timestamptz[], $15::timestamptz[])
                AS g (convo_id, group_id, epoch, last_departure, entries, first_expiry, last_created, last_expiry)
        ), moved AS (
            UPDATE conversations c SET
                next_seq = c.next_seq + g.entries,
                kept_min_seq = CASE WHEN c.kept_count = 0 THEN c.next_seq ELSE c.kept_min_seq END,
                kept_count = c.kept_count + g.entries,
                app_count = c.app_count + g.entries,
                kept_app_count = c.kept_app_count + g.entries,
                next_expiry = least(c.next_expiry, g.first_expiry),
                in_turn_from_seq = coalesce(c.in_turn_from_seq, c.next_seq),
                in_turn_expiry = greatest(c.in_turn_expiry, g.last_expiry),
                last_message_at = greatest(c.last_message_at, g.last_created),
                last_event_txid = greatest(c.last_event_txid, pg_current_xact_id())
            FROM groups g
            WHERE c.convo_id = g.convo_id AND c.group_id = coalesce(g.group_id, c.group_id) AND c.epoch = g.epoch
                AND c.last_departure = g.last_departure AND c.deleted_at IS NULL
                -- As in append_one.
                AND (c.xmax = '0' OR c.xmax = c.xmin)
                AND NOT EXISTS (
                    SELECT FROM generate_series(g.last_place - g.entries + 1, g.last_place) AS place
                    -- See append_entries for why this asks for an order.
                    WHERE (
                        SELECT m.msg_id FROM messages m
                        WHERE m.convo_id = g.convo_id AND m.msg_id >= ($8::text[])[place]
                        ORDER BY m.msg_id LIMIT 1) = ($8::text[])[place])
            RETURNING c.convo_id, c.epoch, g.entries, g.last_place, c.next_seq - 1 AS last_seq,
                c.app_count AS last_ordinal, c.in_turn_expiry, c.last_event_txid AS event_txid
        ), numbered AS MATERIALIZED (
            -- Ids are given in the order of the seqs.
            SELECT convo_id, epoch, last_place - back AS place, last_seq - back AS seq, last_ordinal - back AS app_ordinal,
                in_turn_expiry, event_txid, nextval('events_id_seq') AS event_id
            FROM moved, generate_series(entries - 1, 0, -1) AS back
        ), stored AS (
            INSERT INTO messages (convo_id, seq, kind, epoch, msg_id, request_tag, ciphertext, embed_type, embed_uri,
                app_ordinal, created_at, expires_at, expires_in_turn, event_txid, event_id)
            SELECT convo_id, seq, 'app', epoch, ($8::text[])[place], ($9::bytea[])[place], ($10::bytea[])[place],
                ($11::text[])[place], ($12::text[])[place], app_ordinal, ($13::timestamptz[])[place],
                ($14::timestamptz[])[place], ($14::timestamptz[])[place] = in_turn_expiry, event_txid, event_id
            FROM numbered
        ), told AS (
            INSERT INTO events (txid, id, convo_id, kind, seq, epoch, created_at) OVERRIDING SYSTEM VALUE
            SELECT event_txid, event_id, convo_id, 'entry', seq, epoch, ($13::timestamptz[])[place] FROM numbered
        )
        SELECT place AS "place!", seq AS "seq!" FROM numbered"#,
        &column(&groups, |g| g.first.candidate.convo_id.as_str()) as &[&str],
        &column(&groups, |g| g.first.candidate.group_id.as_deref()) as &[Option<&[u8]>],
        &column(&groups, |g| g.first.candidate.epoch),
        &column(&groups, |g| g.places.len() as i64),
        &column(&groups, |g| g.first_expiry),
        &column(&groups, |g| g.last_created),
        &column(&groups, |g| g.first.last_departure),
        &column(&entries, |c| c.msg_id.as_str()) as &[&str],
        &column(&entries, |c| c.request_tag.as_slice()) as &[&[u8]],
        &column(&entries, |c| c.ciphertext.as_ref()) as &[&[u8]],
        &column(&entries, |c| c.embed_type.as_deref()) as &[Option<&str>],
        &column(&entries, |c| c.embed_uri.as_deref()) as &[Option<&str>],
        &column(&entries, |c| c.created_at),
        &column(&entries, |c| c.expires_at),
        &column(&groups, |g| g.last_expiry),
    )
    .fetch_all(conn)
    .await?;
    let mut seqs = vec![None; candidates.len()];
    for row in rows {
        let place = usize::try_from(row.place - 1).ok().and_then(|place| places.get(place));
        let place = place.ok_or_else(|| StoreError::Impossible(format!("entry {} appended", row.place)))?;
        seqs[*place] = Some(row.seq);
    }
    Ok(seqs)
}

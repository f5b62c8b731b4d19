//! Appending at the least cost, where nothing speaks against it.
//!
//! These statements lock nothing before they write. A conversation's row is read as of the beginning of the statement, and
//! written only if it is the same version of it still. Everything that bears on whether an entry may be appended changes under
//! that row's lock and together with the row: its members, its epoch, its log. So what the statement has judged by holds
//! when it writes. What it can't append for whatever reason (a row that is or was locked, an id that is there already, a
//! sender who is no member, another epoch) it leaves alone, for [`messages::append_all`](super::messages::append_all) to judge.

use std::collections::BTreeMap;

use sqlx::PgConnection;

use super::{EntryKind, StoreError, Timestamp, messages::Candidate};

/// Appends those application messages against which nothing speaks. Returns their seqs in the order of the candidates;
/// nothing for those that are still to be judged. No two candidates may have the same conversation and message id.
pub async fn append(conn: &mut PgConnection, candidates: &[&Candidate]) -> Result<Vec<Option<i64>>, StoreError> {
    let appended = match candidates {
        [candidate] => append_one(conn, candidate).await.map(|seq| vec![seq]),
        _ => append_many(conn, candidates).await,
    };
    match appended {
        // Nothing of it is stored.
        Err(error) if error.is_lost_race() => Ok(vec![None; candidates.len()]),
        appended => appended,
    }
}

async fn append_one(conn: &mut PgConnection, c: &Candidate) -> Result<Option<i64>, StoreError> {
    if c.kind != EntryKind::App {
        return Ok(None);
    }
    let seq = sqlx::query_scalar!(
        r#"-- unopposed.append (one)
        WITH seen AS MATERIALIZED (
            SELECT c.ctid AS row_id, c.xmin AS version
            FROM conversations c
            WHERE c.convo_id = $1 AND c.group_id = $2 AND c.epoch = $3 AND c.deleted_at IS NULL AND (c.xmax = '0' OR c.xmax = c.xmin)
                AND EXISTS (
                    SELECT FROM members m WHERE m.convo_id = $1 AND m.user_did = $4 AND m.left_at IS NULL)
                -- See append_entries for why this asks for an order.
                AND (
                    SELECT m.msg_id FROM messages m
                    WHERE m.convo_id = $1 AND m.msg_id >= $5 ORDER BY m.msg_id LIMIT 1) IS DISTINCT FROM $5
        ), moved AS (
            UPDATE conversations c SET
                next_seq = c.next_seq + 1,
                kept_min_seq = CASE WHEN c.kept_count = 0 THEN c.next_seq ELSE c.kept_min_seq END,
                kept_count = c.kept_count + 1,
                app_count = c.app_count + 1,
                kept_app_count = c.kept_app_count + 1,
                next_expiry = least(c.next_expiry, $11),
                last_message_at = greatest(c.last_message_at, $10),
                last_event_txid = greatest(c.last_event_txid, pg_current_xact_id())
            FROM seen
            WHERE c.ctid = seen.row_id AND c.xmin = seen.version
            RETURNING c.next_seq - 1 AS seq, c.app_count AS app_ordinal, c.last_event_txid AS event_txid,
                nextval('events_id_seq') AS event_id
        ), stored AS (
            INSERT INTO messages (convo_id, seq, kind, epoch, msg_id, request_tag, ciphertext, embed_type, embed_uri,
                app_ordinal, created_at, expires_at, event_txid, event_id)
            SELECT $1, seq, 'app', $3, $5, $6, $7, $8, $9, app_ordinal, $10, $11, event_txid, event_id FROM moved
        ), told AS (
            INSERT INTO events (txid, id, convo_id, kind, seq, epoch, created_at) OVERRIDING SYSTEM VALUE
            SELECT event_txid, event_id, $1, 'entry', seq, $3, $10 FROM moved
        )
        SELECT seq AS "seq!" FROM moved"#,
        c.convo_id,
        c.group_id.as_deref(),
        c.epoch,
        c.sender_did,
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
    last_created: Timestamp,
    first: &'a Candidate,
}

/// In the order in which rows are locked everywhere.
fn groups<'a>(candidates: &[&'a Candidate]) -> Vec<Group<'a>> {
    let mut groups = BTreeMap::new();
    for (place, candidate) in candidates.iter().enumerate() {
        if candidate.kind == EntryKind::App && candidate.group_id.is_some() {
            let group = groups.entry((&candidate.convo_id, candidate.epoch, &candidate.group_id)).or_insert(Group {
                places: Vec::new(),
                first_expiry: candidate.expires_at,
                last_created: candidate.created_at,
                first: *candidate,
            });
            group.places.push(place);
            group.first_expiry = group.first_expiry.min(candidate.expires_at);
            group.last_created = group.last_created.max(candidate.created_at);
        }
    }
    groups.into_values().collect()
}

async fn append_many(conn: &mut PgConnection, candidates: &[&Candidate]) -> Result<Vec<Option<i64>>, StoreError> {
    fn column<'a, S, T>(items: &'a [S], of: impl Fn(&'a S) -> T) -> Vec<T> {
        items.iter().map(of).collect()
    }
    let groups = groups(candidates);
    // The entries of a group stand side by side.
    let places: Vec<_> = groups.iter().flat_map(|group| group.places.iter().copied()).collect();
    let entries = column(&places, |place| candidates[*place]);
    let rows = sqlx::query!(
        r#"-- unopposed.append
        WITH seen AS MATERIALIZED (
            SELECT g.entries, g.last_place, g.first_expiry, g.last_created, c.ctid AS row_id, c.xmin AS version
            FROM (
                SELECT *, sum(entries) OVER (ROWS UNBOUNDED PRECEDING)::bigint AS last_place
                FROM unnest($1::text[], $2::bytea[], $3::bigint[], $4::bigint[], $5::timestamptz[], $6::timestamptz[])
                    AS g (convo_id, group_id, epoch, entries, first_expiry, last_created)) g
            JOIN conversations c ON c.convo_id = g.convo_id
            WHERE c.group_id = g.group_id AND c.epoch = g.epoch AND c.deleted_at IS NULL AND (c.xmax = '0' OR c.xmax = c.xmin)
                AND NOT EXISTS (
                    SELECT FROM generate_series(g.last_place - g.entries + 1, g.last_place) AS place
                    WHERE NOT EXISTS (
                            SELECT FROM members m
                            WHERE m.convo_id = g.convo_id AND m.user_did = ($7::text[])[place] AND m.left_at IS NULL)
                        -- See append_entries for why this asks for an order.
                        OR (
                            SELECT m.msg_id FROM messages m
                            WHERE m.convo_id = g.convo_id AND m.msg_id >= ($8::text[])[place]
                            ORDER BY m.msg_id LIMIT 1) = ($8::text[])[place])
        ), moved AS (
            UPDATE conversations c SET
                next_seq = c.next_seq + g.entries,
                kept_min_seq = CASE WHEN c.kept_count = 0 THEN c.next_seq ELSE c.kept_min_seq END,
                kept_count = c.kept_count + g.entries,
                app_count = c.app_count + g.entries,
                kept_app_count = c.kept_app_count + g.entries,
                next_expiry = least(c.next_expiry, g.first_expiry),
                last_message_at = greatest(c.last_message_at, g.last_created),
                last_event_txid = greatest(c.last_event_txid, pg_current_xact_id())
            FROM seen g
            WHERE c.ctid = g.row_id AND c.xmin = g.version
            RETURNING c.convo_id, c.epoch, g.entries, g.last_place, c.next_seq - 1 AS last_seq,
                c.app_count AS last_ordinal, c.last_event_txid AS event_txid
        ), numbered AS MATERIALIZED (
            -- Ids are given in the order of the seqs.
            SELECT convo_id, epoch, last_place - back AS place, last_seq - back AS seq, last_ordinal - back AS app_ordinal,
                event_txid, nextval('events_id_seq') AS event_id
            FROM moved, generate_series(entries - 1, 0, -1) AS back
        ), stored AS (
            INSERT INTO messages (convo_id, seq, kind, epoch, msg_id, request_tag, ciphertext, embed_type, embed_uri,
                app_ordinal, created_at, expires_at, event_txid, event_id)
            SELECT convo_id, seq, 'app', epoch, ($8::text[])[place], ($9::bytea[])[place], ($10::bytea[])[place],
                ($11::text[])[place], ($12::text[])[place], app_ordinal, ($13::timestamptz[])[place],
                ($14::timestamptz[])[place], event_txid, event_id
            FROM numbered
        ), told AS (
            INSERT INTO events (txid, id, convo_id, kind, seq, epoch, created_at) OVERRIDING SYSTEM VALUE
            SELECT event_txid, event_id, convo_id, 'entry', seq, epoch, ($13::timestamptz[])[place] FROM numbered
        )
        SELECT place AS "place!", seq AS "seq!" FROM numbered"#,
        &column(&groups, |g| g.first.convo_id.as_str()) as &[&str],
        &column(&groups, |g| g.first.group_id.as_deref()) as &[Option<&[u8]>],
        &column(&groups, |g| g.first.epoch),
        &column(&groups, |g| g.places.len() as i64),
        &column(&groups, |g| g.first_expiry),
        &column(&groups, |g| g.last_created),
        &column(&entries, |c| c.sender_did.as_str()) as &[&str],
        &column(&entries, |c| c.msg_id.as_str()) as &[&str],
        &column(&entries, |c| c.request_tag.as_slice()) as &[&[u8]],
        &column(&entries, |c| c.ciphertext.as_ref()) as &[&[u8]],
        &column(&entries, |c| c.embed_type.as_deref()) as &[Option<&str>],
        &column(&entries, |c| c.embed_uri.as_deref()) as &[Option<&str>],
        &column(&entries, |c| c.created_at),
        &column(&entries, |c| c.expires_at),
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

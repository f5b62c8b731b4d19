//! What a reader missed, in pages: all of it in the order of the log, from any place, at any size of a page, whatever is gone.

use std::collections::{HashMap, HashSet};

use catbird_server::store::{
    events::Occurrence,
    places::Place,
    read_state,
    stream::{self, Page, Range, Reading, StoredEvent},
};
use e2e::{actor::Actor, room::Room, server::TestServer};
use sqlx::{PgConnection, PgPool};

use super::{add, append, connect, leave, remove};

/// Two conversations of alice and bob, who comes and goes in the second, with events of most kinds. In the middle, one
/// transaction appends several entries to each by turns.
async fn eventful(server: &TestServer) -> [Room; 2] {
    let rooms = [Room::open(server, &["alice", "bob"]).await, Room::open(server, &["alice", "bob"]).await];
    let [first, second] = &rooms;
    let bob = &first.members[1];
    let entry = first.send("1").await.message_id;
    second.send("1").await;
    bob.react(&first.convo_id, &entry, "+").await.unwrap();
    bob.mark_read(&second.convo_id, None).await.unwrap();
    let mut batch = connect(server.db()).await;
    sqlx::query("BEGIN").execute(&mut batch).await.unwrap();
    for room in [first, second, first, first, second] {
        append(&mut batch, &room.convo_id, room.members[0].did.as_str()).await;
    }
    sqlx::query("COMMIT").execute(&mut batch).await.unwrap();
    bob.mark_read(&first.convo_id, None).await.unwrap();
    remove(second, bob).await;
    second.send("4: not bob's").await;
    add(second, bob).await;
    second.send("5").await;
    leave(first, bob).await;
    first.send("5: not bob's").await;
    add(second, &server.actor("carol")).await;
    rooms[1].send("6").await;
    server.settled().await;
    rooms
}

/// The whole log.
async fn log(conn: &mut PgConnection) -> Vec<StoredEvent> {
    stream::tail(conn, Place::default(), 1000).await.unwrap().events
}

/// What a reader may see of the log, by the rule for those who are connected, without entries that are gone.
async fn seen_by(conn: &mut PgConnection, reader: &str) -> Vec<StoredEvent> {
    let windows: HashMap<_, _> = stream::windows(conn, reader, None).await.unwrap().into_iter().collect();
    let kept: HashSet<(i64,)> =
        sqlx::query_as("SELECT event_id FROM messages").fetch_all(&mut *conn).await.unwrap().into_iter().collect();
    let is_kept =
        |event: &StoredEvent| event.occurrence != Some(Occurrence::Entry) || kept.contains(&(event.place.id,));
    let is_seen = |event: &StoredEvent| match &event.convo_id {
        Some(convo_id) => windows.get(convo_id).is_some_and(|window| window.admits(event, reader)),
        None => event.subject_did.as_deref() == Some(reader),
    };
    log(conn).await.into_iter().filter(|event| is_kept(event) && is_seen(event)).collect()
}

async fn page(conn: &mut PgConnection, range: Range<'_>, limit: i64) -> Page {
    match stream::page(conn, range, limit).await.unwrap() {
        Reading::Page(page) => page,
        Reading::Expired { floor } => panic!("{:?} has expired, as far as {floor:?}", range.after),
    }
}

/// All that a reader gets of a range, page by page.
async fn walk(conn: &mut PgConnection, mut range: Range<'_>, limit: i64) -> Vec<StoredEvent> {
    let mut events = Vec::new();
    loop {
        let page = page(conn, range, limit).await;
        assert!(page.events.iter().all(|event| event.place <= page.end), "{page:?}");
        assert!(page.events.len() as i64 <= limit);
        events.extend(page.events);
        if page.end == range.until {
            return events;
        }
        assert!(page.end > range.after, "a page that goes on gets further");
        range.after = page.end;
    }
}

/// Walks from every place to the end in pages of every size, and between any two places.
async fn assert_complete(db: &PgPool, reader: &Actor) {
    let conn = &mut *db.acquire().await.unwrap();
    let reader = reader.did.as_str();
    let seen = seen_by(conn, reader).await;
    let mut places = vec![Place::default()];
    places.extend(log(conn).await.iter().map(|event| event.place));
    let end = *places.last().unwrap();
    for (at, after) in places.iter().copied().enumerate() {
        let sized = (1..=6).chain([100]).map(|limit| (end, limit));
        for (until, limit) in sized.chain(places[at..].iter().map(|until| (*until, 3))) {
            let expected = seen.iter().filter(|event| event.place > after && event.place <= until);
            let expected: Vec<_> = expected.map(|event| format!("{event:?}")).collect();
            let walked = walk(conn, Range { reader, convo_id: None, after, until }, limit).await;
            let walked: Vec<_> = walked.iter().map(|event| format!("{event:?}")).collect();
            assert_eq!(walked, expected, "of {reader} from {after:?} to {until:?} in pages of {limit}");
        }
    }
}

/// What stands in a log at each place, by looking at all of it.
async fn assert_found(db: &PgPool, room: &Room) {
    let conn = &mut *db.acquire().await.unwrap();
    let entries = "SELECT seq, event_txid::text::bigint, event_id FROM messages WHERE convo_id = $1 ORDER BY seq";
    let entries: Vec<(i64, i64, i64)> =
        sqlx::query_as(entries).bind(&room.convo_id).fetch_all(&mut *conn).await.unwrap();
    let last = "SELECT next_seq - 1 FROM conversations WHERE convo_id = $1";
    let last: i64 = sqlx::query_scalar(last).bind(&room.convo_id).fetch_one(&mut *conn).await.unwrap();
    for place in log(conn).await.iter().map(|event| event.place) {
        for from_seq in (0..=last).step_by(if last > 10 { 7 } else { 1 }) {
            let is_behind =
                |(seq, txid, id): &&(i64, i64, i64)| *seq > from_seq && (*txid, *id) > (place.txid, place.id);
            let expected = entries.iter().find(is_behind).map_or(last, |(seq, ..)| seq - 1);
            let found = read_state::seq_at(conn, &room.convo_id, from_seq, place).await.unwrap();
            assert_eq!(found, expected, "from {from_seq} at {place:?}");
        }
    }
}

async fn remove_entries(db: &PgPool, room: &Room, seqs: &[i64]) {
    let removed = "SELECT remove_entries($1, $2)";
    let removed: i64 = sqlx::query_scalar(removed).bind(&room.convo_id).bind(seqs).fetch_one(db).await.unwrap();
    assert_eq!(removed, seqs.len() as i64);
}

#[tokio::test]
async fn pages_of_any_size_from_any_place_have_what_a_reader_may_see_in_the_order_of_the_log() {
    let server = TestServer::start().await;
    let rooms = eventful(&server).await;
    for name in ["alice", "bob", "carol", "stranger"] {
        assert_complete(server.db(), &server.actor(name)).await;
    }
    let conn = &mut *server.db().acquire().await.unwrap();
    let alice = seen_by(conn, rooms[0].members[0].did.as_str()).await;
    assert_eq!(alice.len(), log(conn).await.len(), "alice sees it all");
    let batch = "SELECT max(n) FROM (SELECT count(*) AS n FROM messages GROUP BY event_txid) t";
    let largest: i64 = sqlx::query_scalar(batch).fetch_one(&mut *conn).await.unwrap();
    assert_eq!(largest, 5, "entries of one transaction");
    // Of one conversation alone.
    let [first, _] = &rooms;
    let (reader, until) = (first.members[0].did.as_str(), alice.last().unwrap().place);
    let range = Range { reader, convo_id: Some(&first.convo_id), after: Place::default(), until };
    let walked: Vec<_> = walk(conn, range, 2).await.iter().map(|event| event.place).collect();
    let own = alice.iter().filter(|event| event.convo_id.as_ref() == Some(&first.convo_id));
    assert_eq!(walked, own.map(|event| event.place).collect::<Vec<_>>());
}

#[tokio::test]
async fn entries_that_are_gone_are_passed_over_wherever_a_reader_is() {
    let server = TestServer::start().await;
    let rooms = eventful(&server).await;
    let [first, second] = &rooms;
    // In the middle, around the batch, at the beginning and at the end; at last all.
    for (of_first, of_second) in [(&[3][..], &[2, 3][..]), (&[2], &[1]), (&[1, 5], &[6]), (&[4], &[4, 5])] {
        remove_entries(server.db(), first, of_first).await;
        remove_entries(server.db(), second, of_second).await;
        for name in ["alice", "bob"] {
            assert_complete(server.db(), &server.actor(name)).await;
        }
        assert_found(server.db(), first).await;
        assert_found(server.db(), second).await;
    }
    first.send("once more").await;
    server.settled().await;
    assert_complete(server.db(), &first.members[0]).await;
    assert_found(server.db(), first).await;
}

/// Fills a conversation with as many entries, of one transaction. Returns the place of the first.
async fn fill(server: &TestServer, room: &Room, count: i64) -> Place {
    let fill = "WITH entries AS (
            INSERT INTO messages (convo_id, seq, kind, epoch, msg_id, request_tag, ciphertext, app_ordinal,
                created_at, expires_at, event_txid, event_id)
            SELECT $1, seq, 'app', 0, seq::text, '', '', seq, $2, $2 + interval '1 day', pg_current_xact_id(),
                nextval('events_id_seq')
            FROM generate_series(1, $3::bigint) seq RETURNING *
        ), told AS (
            INSERT INTO events (txid, id, convo_id, kind, seq, epoch, created_at) OVERRIDING SYSTEM VALUE
            SELECT event_txid, event_id, convo_id, 'entry', seq, 0, created_at FROM entries
        ), counted AS (
            UPDATE conversations SET next_seq = $3 + 1, kept_count = $3, app_count = $3, kept_app_count = $3,
                last_event_txid = pg_current_xact_id()
            WHERE convo_id = $1
        )
        SELECT min(event_txid::text::bigint), min(event_id) FROM entries";
    let first: (i64, i64) =
        sqlx::query_as(fill).bind(&room.convo_id).bind(server.now()).bind(count).fetch_one(server.db()).await.unwrap();
    sqlx::query("ANALYZE").execute(server.db()).await.unwrap();
    server.settled().await;
    Place { txid: first.0, id: first.1 }
}

#[tokio::test]
async fn a_place_in_a_longer_log_is_found_whatever_is_gone() {
    let server = TestServer::start().await;
    let room = Room::open(&server, &["alice"]).await;
    fill(&server, &room, 80).await;
    assert_found(server.db(), &room).await;
    for gone in [30..=45, 1..=3, 78..=80, 60..=61, 20..=29, 46..=59] {
        remove_entries(server.db(), &room, &gone.collect::<Vec<_>>()).await;
        assert_found(server.db(), &room).await;
    }
}

/// How many entries a query takes from the log, by the database's own count, which may have some from before.
async fn looked_at<T>(db: &PgPool, query: impl AsyncFnOnce(&mut PgConnection) -> T) -> (T, i64) {
    let mut tx = db.begin().await.unwrap();
    let count = "SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relname = 'messages'";
    let before: i64 = sqlx::query_scalar(count).fetch_one(&mut *tx).await.unwrap();
    let answer = query(&mut tx).await;
    let after: i64 = sqlx::query_scalar(count).fetch_one(&mut *tx).await.unwrap();
    (answer, after - before)
}

#[tokio::test]
async fn a_page_looks_at_few_entries_however_long_the_log_is() {
    const LAST: i64 = 10_000;
    let server = TestServer::start().await;
    let room = Room::open(&server, &["alice"]).await;
    let reader = room.members[0].did.as_str();
    let first = fill(&server, &room, LAST).await;
    let until = stream::newest(&mut server.db().acquire().await.unwrap()).await.unwrap();
    for read in [1, 2, 17, LAST / 3, LAST / 2, LAST - 200, LAST - 17, LAST - 16, LAST - 2, LAST - 1, LAST] {
        let after = Place { id: first.id + read - 1, ..first };
        let range = Range { reader, convo_id: None, after, until };
        let (page, looked) = looked_at(server.db(), async |conn| page(conn, range, 10).await).await;
        let seqs: Vec<_> = page.events.iter().map(|event| event.seq).collect();
        assert_eq!(seqs, (read + 1..=LAST).take(10).collect::<Vec<_>>());
        assert!(looked > 0 && looked < 60, "{looked} entries looked at from {read}");
        let seq_at = async |conn: &mut PgConnection| read_state::seq_at(conn, &room.convo_id, 0, after).await.unwrap();
        let (found, looked) = looked_at(server.db(), seq_at).await;
        assert_eq!(found, read);
        assert!(looked > 0 && looked < 50, "{looked} entries looked at for {read}");
    }
    // At none where nothing has happened since.
    let elsewhere = Room::open(&server, &["bob", "carol"]).await;
    elsewhere.send("x").await;
    server.settled().await;
    let after = stream::newest(&mut server.db().acquire().await.unwrap()).await.unwrap();
    let range = Range { reader, convo_id: None, after, until: after };
    assert_eq!(looked_at(server.db(), async |conn| page(conn, range, 10).await.events.len()).await, (0, 0));
}

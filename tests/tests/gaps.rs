//! What is told of missing entries, held against counting them one by one.

use std::time::Duration;

use catbird_lexicon::blue::catbird::mls::get_messages::GapInfo;
use catbird_server::{
    clock::Clock,
    store::{
        Timestamp, gaps,
        pages::ReadAccess,
        retention::{self, Batch, Purged},
    },
};
use chrono::TimeDelta;
use e2e::{chat::Chat, room::Room, server::TestServer};
use sqlx::{PgConnection, PgPool};

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    /// A number from 0 up to and without `sides`.
    fn roll(&mut self, sides: i64) -> i64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as i64 % sides
    }
}

/// What a member may read: seqs above the first and up to the second.
type Window = (i64, i64);

/// What gapInfo must be, from all seqs that can be read.
fn naive(readable: &[i64], (after, last): Window, from: i64) -> Option<GapInfo> {
    let mine: Vec<_> = readable.iter().copied().filter(|seq| *seq > after && *seq <= last).collect();
    let (oldest, newest) = (*mine.first()?, *mine.last()?);
    let missing: Vec<_> = (oldest..=newest).filter(|seq| !mine.contains(seq)).collect();
    let listed = missing.iter().copied().filter(|seq| *seq >= from).take(1000).collect();
    let total = mine.len() as i64;
    (!missing.is_empty()).then_some(GapInfo { has_gaps: true, missing_seqs: listed, total_messages: total })
}

async fn stored(db: &PgPool, convo_id: &str, now: Timestamp) -> Vec<i64> {
    sqlx::query_scalar("SELECT seq FROM messages WHERE convo_id = $1 AND expires_at > $2 ORDER BY seq")
        .bind(convo_id)
        .bind(now)
        .fetch_all(db)
        .await
        .unwrap()
}

/// Lets entries expire now, whatever stands before them.
async fn expire(server: &TestServer, convo_id: &str, seqs: &[i64]) {
    let expire = "WITH e AS (
            UPDATE messages SET expires_at = $3, expires_in_turn = false WHERE convo_id = $1 AND seq = ANY($2))
        UPDATE conversations SET next_expiry = $3 WHERE convo_id = $1";
    let now = server.clock.now();
    sqlx::query(expire).bind(convo_id).bind(seqs).bind(now).execute(server.db()).await.unwrap();
}

/// Lets all messages up to this one expire now.
async fn expire_in_turn(server: &TestServer, convo_id: &str, last: i64) {
    let expire = "WITH e AS (UPDATE messages SET expires_at = $3 WHERE convo_id = $1 AND seq <= $2 AND kind = 'app')
        UPDATE conversations SET next_expiry = $3 WHERE convo_id = $1";
    let now = server.clock.now();
    sqlx::query(expire).bind(convo_id).bind(last).bind(now).execute(server.db()).await.unwrap();
}

/// Makes handshakes of messages, which live longer.
async fn make_handshakes(db: &PgPool, convo_id: &str, which: &'static str) {
    let make =
        "UPDATE messages SET kind = 'proposal', expires_in_turn = false, expires_at = expires_at + interval '60 days'
        WHERE convo_id = $1 AND ";
    let make = sqlx::AssertSqlSafe(format!("{make}{which}"));
    sqlx::query(make).bind(convo_id).execute(db).await.unwrap();
    let count = "UPDATE conversations SET kept_app_count = (
            SELECT count(*) FROM messages m WHERE m.convo_id = $1 AND m.kind = 'app')
        WHERE convo_id = $1";
    sqlx::query(count).bind(convo_id).execute(db).await.unwrap();
}

/// Entries to take out: some here and there, or a stretch, anywhere or at an end.
fn choose(dice: &mut Dice, last: i64) -> Vec<i64> {
    match dice.roll(3) {
        0 => (0..1 + dice.roll(6)).map(|_| 1 + dice.roll(last)).collect(),
        1 => {
            let first = 1 + dice.roll(last);
            (first..=first + dice.roll(8)).collect()
        }
        _ => (last - dice.roll(6)..=last).collect(),
    }
}

/// Asserts that what is kept about gaps is what is missing from the log, in as few runs as possible, and that nothing expires
/// unnoticed.
async fn assert_kept_truly(db: &PgPool, convo_id: &str) {
    let kept: Vec<i64> = stored(db, convo_id, Timestamp::UNIX_EPOCH).await;
    let counters = "SELECT kept_min_seq, kept_count, next_seq FROM conversations WHERE convo_id = $1";
    let (oldest, count, next): (i64, i64, i64) = sqlx::query_as(counters).bind(convo_id).fetch_one(db).await.unwrap();
    assert_eq!((oldest, count), (kept.first().copied().unwrap_or(next), kept.len() as i64));
    let noticed = "SELECT c.next_expiry IS NOT DISTINCT FROM min(m.expires_at)
            AND c.kept_app_count = count(*) FILTER (WHERE m.kind = 'app')
            AND coalesce(c.in_turn_from_seq <= min(m.seq) FILTER (WHERE m.expires_in_turn), bool_and(NOT m.expires_in_turn), true)
        FROM conversations c LEFT JOIN messages m USING (convo_id) WHERE c.convo_id = $1 GROUP BY c.convo_id";
    assert!(sqlx::query_scalar::<_, bool>(noticed).bind(convo_id).fetch_one(db).await.unwrap());
    let runs = "SELECT first_seq, last_seq FROM gaps WHERE convo_id = $1 ORDER BY first_seq";
    let runs: Vec<Window> = sqlx::query_as(runs).bind(convo_id).fetch_all(db).await.unwrap();
    let mut expected: Vec<Window> = Vec::new();
    for seq in (oldest..next).filter(|seq| !kept.contains(seq)) {
        match expected.last_mut() {
            Some((_, last)) if *last == seq - 1 => *last = seq,
            _ => expected.push((seq, seq)),
        }
    }
    assert_eq!(runs, expected);
}

/// Asserts what each member is told, for pages from several places.
async fn assert_told(server: &TestServer, room: &Room, windows: &[Window], dice: &mut Dice) {
    let readable = stored(server.db(), &room.convo_id, server.clock.now()).await;
    for (member, window) in room.members.iter().zip(windows) {
        for since in [0, dice.roll(80), dice.roll(160)] {
            let page = member.page(&room.convo_id, since, 20).await.unwrap();
            assert_eq!(page.gap_info, naive(&readable, *window, since + 1), "{window:?} since {since}: {readable:?}");
        }
        let page = member.page(&room.convo_id, None, 7).await.unwrap();
        let from = page.messages.first().map_or(1, |entry| entry.seq);
        assert_eq!(page.gap_info, naive(&readable, *window, from), "{window:?} latest: {readable:?}");
    }
}

#[tokio::test]
async fn whatever_is_gone_is_told_to_each_member_as_if_counted() {
    for seed in 1..=4 {
        let mut dice = Dice(seed);
        let server = TestServer::start().await;
        let room = Room::open(&server, &["alice", "bob", "carol", "dave"]).await;
        for number in 0..60 {
            room.send(format!("{number}")).await;
        }
        // Since the beginning; since later; only for a while; since just now.
        let windows: [Window; 4] = [(0, i64::MAX), (25, i64::MAX), (10, 45), (58, i64::MAX)];
        for (member, (after, last)) in room.members.iter().zip(windows) {
            let left = (last < i64::MAX).then_some(last);
            let update = "UPDATE members SET joined_seq = $3, left_seq = $4,
                    left_at = CASE WHEN $4 > 0 THEN joined_at END
                WHERE convo_id = $1 AND user_did = $2";
            sqlx::query(update)
                .bind(&room.convo_id)
                .bind(member.did.as_str())
                .bind(after)
                .bind(left)
                .execute(server.db())
                .await
                .unwrap();
        }
        make_handshakes(server.db(), &room.convo_id, "seq % 5 = 0").await;
        let mut last = 60;
        for _ in 0..25 {
            if dice.roll(3) == 0 {
                expire_in_turn(&server, &room.convo_id, dice.roll(last / 2)).await;
            } else {
                expire(&server, &room.convo_id, &choose(&mut dice, last)).await;
            }
            assert_told(&server, &room, &windows, &mut dice).await;
            if dice.roll(3) > 0 {
                server.pass_time(Duration::ZERO).await;
                assert_kept_truly(server.db(), &room.convo_id).await;
                assert_told(&server, &room, &windows, &mut dice).await;
            }
            for _ in 0..dice.roll(4) {
                last = room.send("one more").await.seq;
            }
        }
        expire(&server, &room.convo_id, &(1..=last).collect::<Vec<_>>()).await;
        server.pass_time(Duration::ZERO).await;
        assert_kept_truly(server.db(), &room.convo_id).await;
        room.send("after the end").await;
        assert_told(&server, &room, &windows, &mut dice).await;
    }
}

/// Entries of a log that is long.
const LAST: i64 = 50_000;

async fn long_log(server: &TestServer) -> Room {
    let room = Room::open(server, &["alice"]).await;
    let (id, now) = (&room.convo_id, server.clock.now());
    let fill = "INSERT INTO messages (convo_id, seq, kind, epoch, msg_id, request_tag, ciphertext, app_ordinal,
            created_at, expires_at, expires_in_turn)
        SELECT $1, seq, 'app', 0, seq::text, '', '', seq, $2, $2 + interval '1 day', true
        FROM generate_series(1, $3::bigint) seq";
    sqlx::query(fill).bind(id).bind(now).bind(LAST).execute(server.db()).await.unwrap();
    let count = "UPDATE conversations SET next_seq = $2 + 1, kept_count = $2, app_count = $2, kept_app_count = $2,
            in_turn_from_seq = 1
        WHERE convo_id = $1";
    sqlx::query(count).bind(id).bind(LAST).execute(server.db()).await.unwrap();
    room
}

#[tokio::test]
async fn a_report_of_gaps_looks_at_few_entries_however_long_the_log_is() {
    let server = TestServer::start().await;
    let room = long_log(&server).await;
    let (id, now) = (&room.convo_id, server.clock.now());
    let hole = [LAST / 2, LAST / 2 + 1];
    expire(&server, id, &hole).await;
    assert!(entries_looked_at(server.db(), id, now).await < 20, "before the job");
    server.pass_time(Duration::ZERO).await;
    assert!(entries_looked_at(server.db(), id, now).await < 20, "after the job");
    let expected = GapInfo { has_gaps: true, missing_seqs: hole.to_vec(), total_messages: LAST - 2 };
    assert_eq!(room.members[0].page(id, 0, 1).await.unwrap().gap_info, Some(expected));
}

#[tokio::test]
async fn a_report_of_gaps_looks_at_a_part_of_what_the_job_has_left_behind() {
    for in_turn in [true, false] {
        let server = TestServer::start().await;
        let room = long_log(&server).await;
        let (id, now) = (&room.convo_id, server.clock.now());
        make_handshakes(server.db(), id, "seq = 1").await;
        if in_turn {
            expire_in_turn(&server, id, 40_000).await;
        } else {
            expire(&server, id, &(2..=40_000).collect::<Vec<_>>()).await;
        }
        let looked = entries_looked_at(server.db(), id, now).await;
        assert!(looked < 13_000, "{looked} entries, in turn: {in_turn}");
        // What is missing behind the page is told all the same, wherever the page is.
        for since in [1, 30_000, 39_900] {
            let info = room.members[0].page(id, since, 1).await.unwrap().gap_info.unwrap();
            let missing: Vec<_> = (since + 1..=40_000).take(1000).collect();
            assert_eq!(info.missing_seqs, missing, "since {since}");
        }
        server.pass_time(Duration::ZERO).await;
        let info = room.members[0].page(id, 39_999, 1).await.unwrap().gap_info;
        assert_eq!(info, Some(GapInfo { has_gaps: true, missing_seqs: vec![40_000], total_messages: LAST - 39_999 }));
    }
}

#[tokio::test]
async fn each_batch_leaves_counters_and_gaps_true() {
    let server = TestServer::start().await;
    let alice = server.actor("alice");
    let mut chat = Chat::create(&alice, &[]).await;
    let convo_id = chat.convo_id.clone();
    let mut dice = Dice(5);
    for _ in 0..40 {
        if dice.roll(3) == 0 {
            chat.update().await.unwrap();
        } else {
            chat.send("a message").await;
        }
        server.clock.advance(TimeDelta::days(1));
    }
    let mut conn = server.db().acquire().await.unwrap();
    for _ in 0..10 {
        loop {
            let batch = Batch { rows: 2, bytes: i64::MAX };
            let now = server.clock.now();
            let purged = retention::purge_conversation(&mut conn, &convo_id, now, batch).await.unwrap();
            assert_kept_truly(server.db(), &convo_id).await;
            let readable = stored(server.db(), &convo_id, now).await;
            let page = alice.page(&convo_id, 0, 20).await.unwrap();
            assert_eq!(page.gap_info, naive(&readable, (0, i64::MAX), 1));
            if purged == Purged::Done {
                break;
            }
        }
        server.clock.advance(TimeDelta::days(11));
    }
    assert!(alice.read(&convo_id).await.is_empty());
}

#[tokio::test]
async fn a_batch_looks_at_few_entries_however_many_are_kept() {
    let server = TestServer::start().await;
    let room = long_log(&server).await;
    let id = &room.convo_id;
    // Many here and there, and many in a row.
    make_handshakes(server.db(), id, "(seq % 2 = 0 OR seq BETWEEN 10001 AND 15000 OR seq > 45000)").await;
    let last = LAST - 10_000;
    expire_in_turn(&server, id, last).await;
    let (mut batches, mut removed) = (0, 0);
    loop {
        let mut tx = server.db().begin().await.unwrap();
        let before = entries_taken(&mut tx).await;
        let batch = Batch { rows: 500, bytes: i64::MAX };
        let purged = retention::purge_conversation(&mut tx, id, server.clock.now(), batch).await.unwrap();
        let looked = entries_taken(&mut tx).await - before;
        tx.commit().await.unwrap();
        assert!((1..5000).contains(&looked), "{looked} in batch {batches}");
        let Purged::Some(entries) = purged else { break };
        batches += 1;
        removed += entries;
    }
    assert_eq!(removed, (last - 5000) / 2);
    assert!(batches < 150, "{batches} batches");
    let gaps = room.members[0].page(id, last - 2, 1).await.unwrap().gap_info;
    // The very first entry is missing too, but nothing is before it.
    assert_eq!(gaps, Some(GapInfo { has_gaps: true, missing_seqs: vec![last - 1], total_messages: LAST - removed }));
}

/// How many entries a report of gaps takes from the log.
async fn entries_looked_at(db: &PgPool, convo_id: &str, now: Timestamp) -> i64 {
    let mut tx = db.begin().await.unwrap();
    let access = ReadAccess { after_seq: 0, last_seq: i64::MAX, is_gapless: false };
    let before = entries_taken(&mut tx).await;
    let gaps = gaps::find(&mut tx, convo_id, access, 1, 1000, now).await.unwrap();
    assert!(gaps.any);
    let looked = entries_taken(&mut tx).await - before;
    assert!(looked > 0, "it is counted");
    looked
}

/// How many entries a connection has taken from logs, by the database's own count. What the last transactions took may be
/// among it.
async fn entries_taken(conn: &mut PgConnection) -> i64 {
    let count = "SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relname = 'messages'";
    sqlx::query_scalar(count).fetch_one(conn).await.unwrap()
}

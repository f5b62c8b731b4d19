//! Appending by what the server remembers of members: the same is stored as by judging, and nothing that has changed
//! meanwhile is passed over.

use catbird_lexicon::blue::catbird::mls::leave_convo;
use catbird_server::store::{
    EntryKind, Timestamp,
    messages::{self, Candidate, Verdict},
    unopposed::{self, Known},
};
use chrono::{DateTime, TimeDelta};
use e2e::{
    actor::refused,
    queue::{Gate, until_waiting},
    room::Room,
    server::TestServer,
};
use sqlx::{Connection, PgConnection};
use uuid::Uuid;

fn at() -> Timestamp {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_000)
}

/// A message by the first member of a room.
fn candidate(room: &Room, epoch: i64) -> Candidate {
    Candidate {
        convo_id: room.convo_id.clone(),
        sender_did: room.members[0].did.to_string(),
        kind: EntryKind::App,
        epoch,
        group_id: Some(room.group.id().to_vec()),
        msg_id: Uuid::new_v4().to_string(),
        request_tag: [7; 32],
        ciphertext: "bytes".into(),
        embed_type: Some("link".to_owned()),
        embed_uri: Some("https://example.org".to_owned()),
        created_at: at(),
        expires_at: at() + TimeDelta::days(30),
    }
}

/// Candidates whose senders are known to be members from the beginning on.
fn known(candidates: &[Candidate]) -> Vec<Known<'_>> {
    candidates.iter().map(|candidate| Known { candidate, last_departure: 0 }).collect()
}

/// All that is stored of conversations and messages. Ids of transactions and events are others each time; that they belong
/// together, and that the ids rise with the seqs, is what counts.
async fn stored(conn: &mut PgConnection) -> Vec<String> {
    let query = "SELECT (to_jsonb(c) - 'last_event_txid')::text FROM conversations c
        UNION ALL SELECT concat(to_jsonb(m) - 'event_txid' - 'event_id', e.kind, e.seq, e.epoch, e.created_at,
            e.txid = c.last_event_txid, rank() OVER (PARTITION BY m.convo_id ORDER BY m.event_id))
        FROM messages m JOIN conversations c USING (convo_id)
        LEFT JOIN events e ON (e.txid, e.id) = (m.event_txid, m.event_id)
        ORDER BY 1";
    sqlx::query_scalar(query).fetch_all(conn).await.unwrap()
}

async fn connect(server: &TestServer) -> PgConnection {
    PgConnection::connect_with(&server.db().connect_options()).await.unwrap()
}

#[tokio::test]
async fn what_nothing_speaks_against_is_stored_as_if_it_were_judged() {
    let server = TestServer::start().await;
    let (one, other) = (Room::open(&server, &["alice"]).await, Room::open(&server, &["bob"]).await);
    let all = [
        candidate(&one, 0),
        candidate(&other, 0),
        candidate(&one, 0),
        Candidate {
            embed_type: None,
            embed_uri: None,
            created_at: at() + TimeDelta::days(1),
            expires_at: at() + TimeDelta::days(2),
            ..candidate(&one, 0)
        },
    ];
    let mut conn = connect(&server).await;
    let ungrouped = [Candidate { group_id: None, ..candidate(&one, 0) }];
    for candidates in [&all[..], &all[..1], &all[3..], &ungrouped] {
        // Rows that nobody seems to have locked, after what was undone.
        sqlx::query("UPDATE conversations SET epoch = epoch").execute(&mut conn).await.unwrap();
        let mut tx = conn.begin().await.unwrap();
        let seqs = unopposed::append(&mut tx, &known(candidates)).await.unwrap();
        let stored_so = stored(&mut tx).await;
        tx.rollback().await.unwrap();

        let mut tx = conn.begin().await.unwrap();
        let judged = messages::append_all(&mut tx, &candidates.iter().collect::<Vec<_>>(), false).await.unwrap();
        assert_eq!(stored_so, stored(&mut tx).await);
        tx.rollback().await.unwrap();
        let seqs: Vec<_> = seqs.into_iter().map(|seq| Verdict::Appended { seq: seq.unwrap() }).collect();
        assert_eq!(seqs, judged);
    }
}

#[tokio::test]
async fn what_something_speaks_against_is_left_alone() {
    let server = TestServer::start().await;
    let (room, locked) = (Room::open(&server, &["alice"]).await, Room::open(&server, &["bob"]).await);
    let deleted = Room::open(&server, &["carol"]).await;
    deleted.members[0].api.leave_convo(&leaving(&deleted)).await.unwrap();
    let sent = room.send("first").await;
    let lock = sqlx::query("SELECT FROM conversations WHERE convo_id = $1 FOR NO KEY UPDATE");
    let gate = Gate::close(&server, lock.bind(&locked.convo_id)).await;

    let good = candidate(&room, 0);
    let bad = [
        Candidate { epoch: 1, ..candidate(&room, 0) },
        Candidate { group_id: Some(b"other".to_vec()), ..candidate(&room, 0) },
        Candidate { convo_id: "ffff".to_owned(), ..candidate(&room, 0) },
        candidate(&locked, 0),
        candidate(&deleted, 0),
    ];
    let mut conn = connect(&server).await;
    let before = stored(&mut conn).await;
    for bad in &bad {
        assert_eq!(unopposed::append(&mut conn, &known(std::slice::from_ref(bad))).await.unwrap(), [None], "{bad:?}");
    }
    let left = Known { candidate: &good, last_departure: 1 };
    assert_eq!(unopposed::append(&mut conn, &[left]).await.unwrap(), [None]);
    let twice = Candidate { msg_id: message_id(&room, sent.seq, &mut conn).await, ..candidate(&room, 0) };
    assert_eq!(unopposed::append(&mut conn, &known(std::slice::from_ref(&twice))).await.unwrap(), [None]);
    assert_eq!(stored(&mut conn).await, before);

    // Neighbours are appended, but for those that share a group with one that is there already.
    let all: Vec<_> = bad.iter().cloned().chain([good.clone()]).collect();
    let seqs = unopposed::append(&mut conn, &known(&all)).await.unwrap();
    assert_eq!(seqs, [None, None, None, None, None, Some(sent.seq + 1)]);
    let (fresh, apart) = (candidate(&room, 0), Candidate { group_id: None, ..candidate(&room, 0) });
    let seqs = unopposed::append(&mut conn, &known(&[twice, fresh, apart])).await.unwrap();
    assert_eq!(seqs, [None, None, Some(sent.seq + 2)]);
    gate.open().await;
}

fn leaving(room: &Room) -> leave_convo::Input {
    leave_convo::Input { convo_id: room.convo_id.clone(), target_did: None, commit: None }
}

async fn message_id(room: &Room, seq: i64, conn: &mut PgConnection) -> String {
    let query = sqlx::query_scalar("SELECT msg_id FROM messages WHERE convo_id = $1 AND seq = $2");
    query.bind(&room.convo_id).bind(seq).fetch_one(conn).await.unwrap()
}

/// A connection whose statements stop when they have read a conversation and come upon a message, while `PAUSE` is locked.
async fn pausing(server: &TestServer) -> PgConnection {
    // Roles belong to the cluster, which other tests may share.
    let script =
        "DO $$ BEGIN CREATE ROLE pausing; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;
        GRANT ALL ON ALL TABLES IN SCHEMA public TO pausing;
        GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO pausing;
        CREATE FUNCTION pause() RETURNS boolean LANGUAGE plpgsql AS
            $$ BEGIN PERFORM pg_advisory_xact_lock_shared(1); RETURN true; END $$;
        CREATE POLICY pausing ON messages FOR SELECT USING (pause());
        CREATE POLICY appending ON messages FOR INSERT WITH CHECK (true);
        ALTER TABLE messages ENABLE ROW LEVEL SECURITY";
    sqlx::raw_sql(script).execute(server.db()).await.unwrap();
    let mut conn = connect(server).await;
    sqlx::raw_sql("SET ROLE pausing").execute(&mut conn).await.unwrap();
    conn
}

const PAUSE: &str = "SELECT pg_advisory_xact_lock(1)";

/// Lets two messages be appended as members' who were there at the beginning, while something else happens after their
/// conversation has been read and before it is written.
async fn appended_across(meanwhile: &'static str) -> (Vec<Option<i64>>, Vec<String>) {
    let server = TestServer::start().await;
    let room = Room::open(&server, &["alice", "bob"]).await;
    room.send("first").await;
    sqlx::query("UPDATE messages SET msg_id = 'z'").execute(server.db()).await.unwrap();
    let mut conn = pausing(&server).await;
    let candidates = [candidate(&room, 0), Candidate { msg_id: "taken".to_owned(), ..candidate(&room, 0) }];
    let mut gate = Gate::close(&server, sqlx::query(PAUSE)).await;
    let appending = tokio::spawn(async move { unopposed::append(&mut conn, &known(&candidates)).await.unwrap() });
    until_waiting(&server, 1).await;
    gate.meanwhile(sqlx::query(meanwhile)).await;
    gate.open().await;
    let seqs = appending.await.unwrap();
    let stored = sqlx::query_scalar("SELECT msg_id FROM messages WHERE request_tag = $1").bind(&[7_u8; 32][..]);
    let stored = stored.fetch_all(server.db()).await.unwrap();
    (seqs, stored)
}

#[tokio::test]
async fn who_has_left_since_the_conversation_was_read_is_no_member() {
    let leave = "UPDATE members SET left_at = now(), left_seq = 0 WHERE user_did LIKE '%bob%'";
    assert_eq!(appended_across(leave).await, (vec![None, None], Vec::new()));
}

#[tokio::test]
async fn an_epoch_that_has_ended_since_the_conversation_was_read_is_over() {
    assert_eq!(appended_across("UPDATE conversations SET epoch = 1").await.0, [None, None]);
}

#[tokio::test]
async fn a_message_id_that_was_taken_since_the_conversation_was_read_spoils_nothing() {
    let take = "WITH moved AS (
            UPDATE conversations SET next_seq = 3, kept_count = 2, app_count = 2, kept_app_count = 2 RETURNING convo_id)
        INSERT INTO messages (convo_id, seq, kind, epoch, msg_id, request_tag, ciphertext, app_ordinal, created_at, expires_at)
        SELECT convo_id, 2, 'app', 0, 'taken', 'other', 'bytes', 2, now(), now() + interval '1 day' FROM moved";
    assert_eq!(appended_across(take).await, (vec![None, None], Vec::new()));
}

#[tokio::test]
async fn what_was_appended_since_the_conversation_was_read_stands_before() {
    let append = "UPDATE conversations SET next_seq = 5, last_event_txid = pg_current_xact_id()";
    let (seqs, stored) = appended_across(append).await;
    // PostgreSQL may show the row's new version as locked by the statement itself, or not.
    let left_alone = seqs == [None, None] && stored.is_empty();
    assert!(left_alone || seqs == [Some(5), Some(6)] && stored.len() == 2, "{seqs:?}, {stored:?}");
}

#[tokio::test]
async fn another_server_s_departures_are_noticed() {
    let server = TestServer::start().await;
    let other = server.replica().await;
    let room = Room::open(&server, &["alice", "bob", "carol"]).await;
    let (bob, carol) = (other.actor("bob"), other.actor("carol"));
    for n in 0..3_u8 {
        bob.api.send_message(&room.message(vec![n])).await.unwrap();
        carol.api.send_message(&room.message(vec![n])).await.unwrap();
    }
    room.members[1].api.leave_convo(&leaving(&room)).await.unwrap();
    let late = bob.api.send_message(&room.message("late")).await;
    assert_eq!(refused(late), "NotMember");
    // Everybody else goes on, and who comes back is a member again.
    assert_eq!(carol.api.send_message(&room.message("next")).await.unwrap().seq, 7);
    room.add(&bob.did).await;
    bob.api.send_message(&room.message("back")).await.unwrap();
}

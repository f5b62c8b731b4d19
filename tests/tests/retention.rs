//! What has expired is gone for readers at once, and from the disk when the retention job has run.

use std::time::Duration;

use catbird_lexicon::blue::catbird::mls::{
    get_commits, get_expected_conversations, get_messages::GapInfo, leave_convo, validate_device_state,
};
use catbird_server::{
    clock::Clock,
    store::retention::{self, Batch, Purged, ShortLived},
};
use chrono::TimeDelta;
use e2e::{
    actor::{Actor, refused},
    chat::Chat,
    room::{Room, creation},
    server::TestServer,
};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Two messages, a commit, a message, a commit, and a message of the next day.
async fn aged(server: &TestServer) -> (Room, Vec<String>) {
    let mut room = Room::open(server, &["alice", "bob"]).await;
    room.send("one").await;
    room.send("two").await;
    room.advance().await;
    room.send("four").await;
    room.advance().await;
    server.clock.advance(TimeDelta::from_std(DAY).unwrap());
    room.send("six").await;
    let ids = room.log().await.into_iter().map(|entry| entry.id).collect();
    (room, ids)
}

/// Asserts what is to be seen when the messages of the first day have expired.
async fn assert_first_day_gone(room: &Room, ids: &[String]) {
    let [alice, bob] = &room.members[..] else { unreachable!() };
    for actor in [alice, bob] {
        let seqs: Vec<_> = actor.read(&room.convo_id).await.iter().map(|entry| entry.seq).collect();
        assert_eq!(seqs, [3, 5, 6]);
        let latest = actor.page(&room.convo_id, None, 2).await.unwrap();
        assert_eq!(latest.messages.iter().map(|entry| entry.seq).collect::<Vec<_>>(), [5, 6]);
        assert_eq!(actor.commits(&room.convo_id).await.unwrap(), [3, 5]);
        assert_eq!(refused(actor.message(&ids[0]).await), "MessageNotFound");
        assert_eq!(actor.message(&ids[5]).await.unwrap().seq, 6);
        let gaps = actor.page(&room.convo_id, 0, 100).await.unwrap().gap_info;
        assert_eq!(gaps, Some(GapInfo { has_gaps: true, missing_seqs: vec![4], total_messages: 3 }));
    }
}

#[tokio::test]
async fn expired_messages_are_invisible_before_and_after_the_purge() {
    let server = TestServer::start().await;
    let (room, ids) = aged(&server).await;
    server.clock.advance(TimeDelta::from_std(DAY * 29).unwrap());
    assert_first_day_gone(&room, &ids).await;
    let stored = "SELECT count(*) FROM messages WHERE convo_id = $1";
    let stored =
        async || -> i64 { sqlx::query_scalar(stored).bind(&room.convo_id).fetch_one(server.db()).await.unwrap() };
    assert_eq!(stored().await, 6);
    server.pass_time(Duration::ZERO).await;
    assert_eq!(stored().await, 3, "the job has removed them");
    assert_first_day_gone(&room, &ids).await;

    let view = room.view().await;
    assert_eq!((view.unread_count, view.last_seq, view.epoch), (Some(1), Some(6), 2));
    assert_eq!(room.send("seven").await.seq, 7, "seqs go on");
    assert_eq!(room.view().await.unread_count, Some(2));
}

#[tokio::test]
async fn entries_tell_when_they_expire() {
    let server = TestServer::start().await;
    let (room, _) = aged(&server).await;
    for entry in room.log().await {
        let kept = entry.expires_at.unwrap().to_utc() - entry.created_at.to_utc();
        let days = if entry.message_type.unwrap().as_str() == "commit" { 90 } else { 30 };
        assert_eq!(kept.num_days(), days, "seq {}", entry.seq);
    }
}

#[tokio::test]
async fn of_a_device_that_has_no_key_packages_left_no_stock_is_remembered() {
    let server = TestServer::start().await;
    let (alice, bob) = (server.actor("alice"), server.actor("bob"));
    alice.publish_these(&[alice.mls.short_lived_key_package(DAY.as_secs())]).await;
    bob.publish(1).await;
    let known = async || -> Vec<String> {
        let known = "SELECT did FROM key_package_stocks ORDER BY did";
        sqlx::query_scalar(known).fetch_all(server.db()).await.unwrap()
    };
    server.pass_time(DAY * 30).await;
    assert_eq!(known().await, [alice.identity.as_str(), bob.identity.as_str()]);
    server.pass_time(DAY * 2).await;
    assert_eq!(known().await, [bob.identity.as_str()]);
}

#[tokio::test]
async fn who_missed_commits_that_have_expired_is_told_to_come_back() {
    let server = TestServer::start().await;
    let (alice, bob) = (server.actor("alice"), server.actor("bob"));
    bob.publish(1).await;
    let mut at_alice = Chat::create(&alice, &[&bob.did]).await;
    let convo_id = at_alice.convo_id.clone();
    Chat::join(&bob, &convo_id).await.group.forget(&bob.mls);
    let seq = at_alice.update().await.unwrap().seq;
    alice.move_to(&convo_id, None, seq).await.unwrap();
    let commits = async |actor: &Actor, from_epoch| {
        let params = get_commits::Params { convo_id: convo_id.clone(), from_epoch, to_epoch: None };
        actor.api.get_commits(&params).await.map(|output| output.commits.len())
    };
    let is_told = async |actor: &Actor| {
        let state = actor.api.validate_device_state(&validate_device_state::Params { device_id: None }).await.unwrap();
        let is_told = state.issues.iter().any(|issue| issue.contains("expired"));
        let params = get_expected_conversations::Params { device_id: None };
        let expected = actor.api.get_expected_conversations(&params).await.unwrap().conversations.remove(0);
        assert_eq!(expected.needs_rejoin, Some(is_told));
        is_told
    };
    assert_eq!(commits(&bob, 1).await.unwrap(), 1);
    assert!(!is_told(&bob).await);
    server.clock.advance(TimeDelta::from_std(DAY * 91).unwrap());
    for _ in 0..2 {
        assert_eq!(refused(commits(&bob, 1).await), "InvalidEpochRange");
        assert_eq!(commits(&bob, 2).await.unwrap(), 0, "who is up to date is");
        assert!(is_told(&bob).await);
        assert!(!is_told(&alice).await, "who has received them is not behind");
        server.pass_time(Duration::ZERO).await;
    }
    at_alice.share_group_info().await;
    Chat::rejoin(&bob, &convo_id).await;
    assert!(!is_told(&bob).await);
    assert_eq!(commits(&bob, 3).await.unwrap(), 0);
}

#[tokio::test]
async fn a_log_that_has_expired_as_a_whole_goes_on_where_it_was() {
    let server = TestServer::start().await;
    let (mut room, _) = aged(&server).await;
    server.clock.advance(TimeDelta::from_std(DAY * 200).unwrap());
    assert!(room.log().await.is_empty());
    server.pass_time(Duration::ZERO).await;
    let page = room.members[0].page(&room.convo_id, 0, 100).await.unwrap();
    assert_eq!((page.messages.len(), page.last_seq, page.gap_info), (0, None, None));
    let view = room.view().await;
    assert_eq!((view.unread_count, view.last_seq, view.epoch), (Some(0), Some(6), 2));
    assert_eq!(room.advance().await.seq, 7);
    assert_eq!(room.send("eight").await.seq, 8);
    let page = room.members[0].page(&room.convo_id, 0, 100).await.unwrap();
    assert_eq!(page.messages.iter().map(|entry| entry.seq).collect::<Vec<_>>(), [7, 8]);
    assert_eq!(page.gap_info, None);
}

#[tokio::test]
async fn each_message_lives_as_long_as_it_was_to_when_it_was_sent() {
    let server = TestServer::start().await;
    let shorter = server.replica_with(&["--message-retention=1d"]).await;
    let (alice, at_shorter) = (server.actor("alice"), shorter.actor("alice"));
    let mut chat = Chat::create(&alice, &[]).await;
    let convo_id = chat.convo_id.clone();
    chat.send("for long").await;
    for text in ["for a day", "for a day, too"] {
        at_shorter.api.send_message(&chat.message(text)).await.unwrap();
    }
    chat.update().await.unwrap();
    server.clock.advance(TimeDelta::from_std(DAY * 2).unwrap());
    chat.send("for long again").await;
    let seqs = async || -> Vec<_> { alice.read(&convo_id).await.iter().map(|entry| entry.seq).collect() };
    let unread = async || alice.move_to(&convo_id, None, None).await.unwrap().unread_count;
    let told = GapInfo { has_gaps: true, missing_seqs: vec![2, 3], total_messages: 3 };
    for stored in [5, 3] {
        assert_eq!((seqs().await, rows(&server, "messages", &convo_id).await), (vec![1, 4, 5], stored));
        assert_eq!(alice.page(&convo_id, 0, 100).await.unwrap().gap_info, Some(told.clone()));
        server.pass_time(Duration::ZERO).await;
    }
    assert_eq!(unread().await, 2);
    let out_of_turn = "SELECT array_agg(seq) FROM messages WHERE NOT expires_in_turn";
    let out_of_turn: Vec<i64> = sqlx::query_scalar(out_of_turn).fetch_one(server.db()).await.unwrap();
    assert_eq!(out_of_turn, [4], "messages that live as long as usual are in no index by expiry");

    server.clock.advance(TimeDelta::from_std(DAY * 28).unwrap());
    for stored in [3, 2] {
        assert_eq!((seqs().await, rows(&server, "messages", &convo_id).await), (vec![4, 5], stored));
        server.pass_time(Duration::ZERO).await;
    }
    assert_eq!(unread().await, 1);
    server.pass_time(DAY * 2).await;
    assert_eq!((seqs().await, rows(&server, "messages", &convo_id).await), (vec![4], 1));
    at_shorter.api.send_message(&chat.message("for the last day")).await.unwrap();
    server.pass_time(DAY).await;
    assert_eq!((unread().await, rows(&server, "messages", &convo_id).await), (0, 1));
    server.pass_time(DAY * 90).await;
    assert_eq!(rows(&server, "messages", &convo_id).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_job_may_run_on_every_replica_while_members_send() {
    let server = TestServer::start().await;
    let replica = server.replica().await;
    let room = Room::open(&server, &["alice"]).await;
    for number in 0..40 {
        room.send(format!("old {number}")).await;
    }
    server.clock.advance(TimeDelta::from_std(DAY * 31).unwrap());
    let send = async {
        for number in 0..40 {
            room.send(format!("new {number}")).await;
        }
    };
    let purge = async |server: &TestServer| {
        for _ in 0..5 {
            server.pass_time(Duration::ZERO).await;
        }
    };
    tokio::join!(send, purge(&server), purge(&replica));
    let seqs: Vec<_> = room.log().await.iter().map(|entry| entry.seq).collect();
    assert_eq!(seqs, (41..=80).collect::<Vec<_>>());
    assert_eq!(room.view().await.unread_count, Some(40));
    assert_eq!(room.members[0].page(&room.convo_id, 0, 100).await.unwrap().gap_info, None);
}

#[tokio::test]
async fn the_longest_times_that_can_be_configured_work() {
    let settings = ["message-retention", "commit-retention", "event-retention", "report-retention"];
    let settings = settings.iter().chain(&["key-package-reservation", "key-package-max-expiry"]);
    let flags: Vec<_> = settings.map(|setting| format!("--{setting}=36500d")).collect();
    let flags: Vec<_> = flags.iter().map(String::as_str).chain(["--statement-timeout=24d"]).collect();
    let server = TestServer::with_flags(&flags).await;
    let (alice, bob) = (server.actor("alice"), server.actor("bob"));
    bob.publish(1).await;
    alice.fetch(&[&bob.did]).await;
    let mut room = Room::of(vec![alice, bob]).await;
    room.send("for my grandchildren").await;
    room.advance().await;
    server.pass_time(DAY * 36_000).await;
    assert_eq!(room.log().await.len(), 2);
    server.pass_time(DAY * 501).await;
    assert!(room.log().await.is_empty());
}

/// How many rows of a conversation there are in a table.
async fn rows(server: &TestServer, table: &str, convo_id: &str) -> i64 {
    let count = format!("SELECT count(*) FROM {table} WHERE convo_id = $1");
    sqlx::query_scalar(sqlx::AssertSqlSafe(count)).bind(convo_id).fetch_one(server.db()).await.unwrap()
}

async fn run(server: &TestServer, sql: &'static str) {
    sqlx::raw_sql(sql).execute(server.db()).await.unwrap();
}

#[tokio::test]
async fn a_conversation_that_cannot_be_purged_keeps_nobody_from_the_others() {
    let server = TestServer::start().await;
    let stuck = Room::open(&server, &["alice"]).await;
    stuck.send("the oldest of all").await;
    server.clock.advance(TimeDelta::minutes(1));
    let other = Room::open(&server, &["alice"]).await;
    other.send("a little younger").await;
    run(
        &server,
        "CREATE TABLE stuck AS SELECT convo_id FROM conversations ORDER BY next_expiry LIMIT 1;
        CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF OLD.convo_id IN (SELECT convo_id FROM stuck) THEN RAISE 'this one is broken'; END IF;
            RETURN OLD;
        END $$;
        CREATE TRIGGER fail BEFORE DELETE ON messages FOR EACH ROW EXECUTE FUNCTION fail();
        INSERT INTO used_jti VALUES ('tag', '2000-01-01');",
    )
    .await;
    server.pass_time(DAY * 31).await;
    assert_eq!(rows(&server, "messages", &stuck.convo_id).await, 1);
    assert_eq!(rows(&server, "messages", &other.convo_id).await, 0);
    let left: i64 = sqlx::query_scalar("SELECT count(*) FROM used_jti").fetch_one(server.db()).await.unwrap();
    assert_eq!(left, 0, "what comes after the conversations is seen to as well");
    run(&server, "TRUNCATE stuck").await;
    server.pass_time(Duration::ZERO).await;
    assert_eq!(rows(&server, "messages", &stuck.convo_id).await, 0);
}

#[tokio::test]
async fn a_conversation_that_somebody_works_on_is_not_waited_for() {
    let server = TestServer::start().await;
    let (busy, other) = (Room::open(&server, &["alice"]).await, Room::open(&server, &["alice"]).await);
    busy.send("one").await;
    other.send("two").await;
    let mut holder = server.db().begin().await.unwrap();
    let lock = "SELECT FROM conversations WHERE convo_id = $1 FOR NO KEY UPDATE";
    sqlx::query(lock).bind(&busy.convo_id).execute(&mut *holder).await.unwrap();
    let purge = server.pass_time(DAY * 31);
    tokio::time::timeout(Duration::from_secs(5), purge).await.expect("the job waits for nobody");
    assert_eq!(rows(&server, "messages", &other.convo_id).await, 0);
    assert_eq!(rows(&server, "messages", &busy.convo_id).await, 1);
    holder.rollback().await.unwrap();
    server.pass_time(Duration::ZERO).await;
    assert_eq!(rows(&server, "messages", &busy.convo_id).await, 0);
}

#[tokio::test]
async fn batches_are_small_in_rows_and_in_bytes() {
    let server = TestServer::start().await;
    let room = Room::open(&server, &["alice"]).await;
    for size in [10, 10, 10, 1000, 10, 1000, 1000] {
        room.send(vec![0; size]).await;
    }
    server.clock.advance(TimeDelta::days(31));
    let now = server.clock.now();
    let mut conn = server.db().acquire().await.unwrap();
    let batch = Batch { rows: 3, bytes: 1000 };
    // Full in rows; full in bytes with the entry that reaches them.
    for expected in [Purged::Some(3), Purged::Some(1), Purged::Some(2), Purged::Some(1), Purged::Done] {
        let purged = retention::purge_conversation(&mut conn, &room.convo_id, now, batch).await.unwrap();
        assert_eq!(purged, expected);
    }
    assert_eq!(retention::due_conversations(&mut conn, now, None, 10).await.unwrap().len(), 0);
}

#[tokio::test]
async fn short_lived_rows_go_in_batches_and_only_when_they_are_old() {
    let server = TestServer::start().await;
    // Not old at all for the server's own job, which runs beside this.
    run(
        &server,
        "INSERT INTO events (convo_id, kind, seq, epoch, created_at)
            SELECT 'c', 'entry', n, 0, '2100-01-01'::timestamptz + n * interval '1 day' FROM generate_series(1, 30) n;
        INSERT INTO idempotency_keys
            SELECT n::text::bytea, '', '', '2100-01-01'::timestamptz + n * interval '1 day' FROM generate_series(1, 30) n;
        INSERT INTO used_jti
            SELECT n::text::bytea, '2100-01-01'::timestamptz + n * interval '1 day' FROM generate_series(1, 30) n;
        INSERT INTO key_packages (hash, reference, user_did, did, cipher_suite, content, last_resort, published_at,
                expires_at, lifetime_end)
            SELECT n::text::bytea, n::text::bytea, '', '', '', '', false, '2100-01-01', '2100-01-01',
                '2100-01-01'::timestamptz + n * interval '1 day' FROM generate_series(1, 30) n;
        INSERT INTO withdrawn_key_packages
            SELECT n::text::bytea, '2100-01-01'::timestamptz + n * interval '1 day' FROM generate_series(1, 30) n;
        INSERT INTO audit_log (convo_id, action, actor_did, created_at)
            SELECT 'c', 'removed', '', '2100-01-01'::timestamptz + n * interval '1 day' FROM generate_series(1, 30) n;
        INSERT INTO conversations (convo_id, group_id, cipher_suite, creator_did, created_at, epoch)
            VALUES ('c', '', '', '', '2100-01-01', 0);
        INSERT INTO welcomes
            SELECT 'c', gen_random_uuid(), '', '2100-01-01'::timestamptz + n * interval '1 day'
            FROM generate_series(1, 30) n;
        INSERT INTO welcome_recipients
            SELECT convo_id, welcome_id, '', '', '' FROM welcomes;",
    )
    .await;
    let before = "2100-01-26T00:00:00Z".parse().unwrap();
    // Events go only once they are final.
    server.settled().await;
    let mut conn = server.db().acquire().await.unwrap();
    for (kind, table) in [
        (ShortLived::Events, "events"),
        (ShortLived::Answers, "idempotency_keys"),
        (ShortLived::UsedJti, "used_jti"),
        (ShortLived::KeyPackages, "key_packages"),
        (ShortLived::WithdrawnKeyPackages, "withdrawn_key_packages"),
        (ShortLived::Welcomes, "welcomes"),
        (ShortLived::Audit, "audit_log"),
    ] {
        for expected in [10, 10, 4, 0] {
            let batch = Batch { rows: 10, bytes: 1 };
            let gone = retention::purge_short_lived(&mut conn, kind, before, batch).await.unwrap();
            assert_eq!(gone, expected, "{kind:?}");
        }
        let count = sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {table}"));
        assert_eq!(sqlx::query_scalar::<_, i64>(count).fetch_one(&mut *conn).await.unwrap(), 6, "{kind:?}");
    }
    assert_eq!(rows(&server, "welcome_recipients", "c").await, 6);
    server.pass_time(DAY * 36_500).await;
    assert_eq!(rows(&server, "events", "c").await, 0, "the job has come to the end of them");
}

#[tokio::test]
async fn welcomes_are_kept_as_long_as_the_commits_that_follow_them() {
    let server = TestServer::start().await;
    let (alice, bob) = (server.actor("alice"), server.actor("bob"));
    bob.publish(1).await;
    let chat = Chat::create(&alice, &[&bob.did]).await;
    server.pass_time(DAY * 89).await;
    assert!(bob.welcome(&chat.convo_id).await.is_some());
    server.pass_time(DAY * 2).await;
    assert!(bob.welcome(&chat.convo_id).await.is_none());
    assert_eq!(rows(&server, "welcomes", &chat.convo_id).await, 0);
    assert_eq!(rows(&server, "welcome_recipients", &chat.convo_id).await, 0);
}

#[tokio::test]
async fn what_a_conversation_held_goes_after_its_last_member() {
    let server = TestServer::start().await;
    let (alice, bob) = (server.actor("alice"), server.actor("bob"));
    bob.publish(1).await;
    let mut chat = Chat::create(&alice, &[&bob.did]).await;
    Chat::join(&bob, &chat.convo_id).await;
    let first = chat.send("one").await;
    chat.update().await.unwrap();
    chat.send("three").await;
    server.pass_time(DAY * 31).await;
    chat.send("four").await;
    let last = chat.message("too late");
    let convo_id = chat.convo_id.clone();
    let tables = ["messages", "welcomes", "welcome_recipients", "gaps"];
    sqlx::query("INSERT INTO group_infos VALUES ($1, 1, 'info', now())")
        .bind(&convo_id)
        .execute(server.db())
        .await
        .unwrap();
    sqlx::query("INSERT INTO gaps VALUES ($1, 1, 1)").bind(&convo_id).execute(server.db()).await.unwrap();
    let leave = leave_convo::Input { convo_id: convo_id.clone(), target_did: None, commit: None };
    bob.api.leave_convo(&leave).await.unwrap();
    alice.api.leave_convo(&leave).await.unwrap();
    for table in tables {
        assert!(rows(&server, table, &convo_id).await > 0, "{table}: the request itself removes nothing");
    }
    for _ in 0..2 {
        assert_eq!(refused(alice.page(&convo_id, 0, 100).await), "ConvoNotFound");
        assert_eq!(refused(alice.commits(&convo_id).await), "ConvoNotFound");
        assert_eq!(refused(alice.message(&first.message_id).await), "MessageNotFound");
        assert_eq!(refused(alice.epoch(&convo_id).await), "ConvoNotFound");
        assert_eq!(refused(alice.api.send_message(&last).await), "ConvoNotFound");
        assert!(alice.convo_ids().await.is_empty());
        assert_eq!(refused(bob.api.create_convo(&creation(&convo_id, &[])).await), "ConvoAlreadyExists");
        server.pass_time(Duration::ZERO).await;
        for table in tables.iter().chain(&["group_infos"]) {
            assert_eq!(rows(&server, table, &convo_id).await, 0, "{table}");
        }
    }
    let now = server.clock.now() + TimeDelta::days(1000);
    let due = retention::due_conversations(&mut server.db().acquire().await.unwrap(), now, None, 10).await.unwrap();
    assert!(due.is_empty(), "nothing is left to do");
}

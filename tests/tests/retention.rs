//! What has expired is gone for readers at once, and from the disk when the retention job has run.

use std::time::Duration;

use catbird_lexicon::blue::catbird::mls::get_messages::GapInfo;
use chrono::TimeDelta;
use e2e::{actor::refused, room::Room, server::TestServer};

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
    let flags = ["--message-retention", "--commit-retention", "--key-package-reservation", "--key-package-max-expiry"];
    let flags: Vec<_> = flags.iter().map(|flag| format!("{flag}=36500d")).collect();
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

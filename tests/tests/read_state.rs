//! Positions move forward only, are shared by a user's devices, and what is unread is counted right.

use std::{collections::BTreeSet, time::Duration};

use catbird_lexicon::blue::catbird::mls::update_cursor;
use catbird_server::store::{
    events::{EventPlace, write_read},
    read_state,
};
use e2e::{
    actor::{Actor, refused},
    chat::Chat,
    room::Room,
    server::TestServer,
    state::events,
};
use futures::future::join_all;
use tokio::time::timeout;
use uuid::Uuid;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn positions(output: &update_cursor::Output) -> (i64, i64, i64) {
    (output.read_seq, output.delivered_seq, output.unread_count)
}

/// Where a user's positions are, found by moving them nowhere.
async fn now(actor: &Actor, convo_id: &str) -> (i64, i64, i64) {
    let output = actor.move_to(convo_id, None, None).await.unwrap();
    let in_list = actor.convos().await.into_iter().find(|convo| convo.id == convo_id).unwrap();
    assert_eq!(in_list.unread_count, Some(output.unread_count), "both methods count alike");
    positions(&output)
}

/// The seqs that the read events of a conversation tell of, with the ids of the entries there, in the order of the stream.
async fn told(server: &TestServer, convo_id: &str) -> Vec<(i64, Option<String>)> {
    let read = |event: e2e::state::Written| {
        let detail: serde_json::Value = serde_json::from_str(&event.detail.unwrap()).unwrap();
        (event.seq, detail["message_id"].as_str().map(str::to_owned))
    };
    events(server.db(), convo_id, "read").await.into_iter().map(read).collect()
}

#[tokio::test]
async fn positions_move_forward_and_never_back() {
    let server = TestServer::start().await;
    let room = Room::open(&server, &["alice", "bob"]).await;
    let (bob, convo_id) = (&room.members[1], &room.convo_id);
    assert_eq!(now(bob, convo_id).await, (0, 0, 0));
    let mut ids = Vec::new();
    for number in 0..6 {
        ids.push(room.send(format!("{number}")).await.message_id);
    }
    assert_eq!(positions(&bob.move_to(convo_id, None, 4).await.unwrap()), (0, 4, 6), "what is received isn't read");
    assert_eq!(positions(&bob.move_to(convo_id, 2, None).await.unwrap()), (2, 4, 4));
    assert_eq!(positions(&bob.move_to(convo_id, 1, 1).await.unwrap()), (2, 4, 4), "a lower position changes nothing");
    assert_eq!(positions(&bob.move_to(convo_id, 5, 3).await.unwrap()), (5, 5, 1), "what is read is received");
    bob.mark_read(convo_id, Some(&ids[0])).await.unwrap();
    assert_eq!(now(bob, convo_id).await, (5, 5, 1));
    bob.mark_read(convo_id, None).await.unwrap();
    bob.mark_read(convo_id, None).await.unwrap();
    bob.mark_read(convo_id, Some(&ids[5])).await.unwrap();
    assert_eq!(now(bob, convo_id).await, (6, 6, 0));
    assert_eq!(now(&room.members[0], convo_id).await, (0, 0, 6), "nobody reads for others");
    // Only what moved the read position is told.
    let reads = [(2, 1), (5, 4), (6, 5)].map(|(seq, index): (i64, usize)| (seq, Some(ids[index].clone())));
    assert_eq!(told(&server, convo_id).await, reads);
    let subjects = events(server.db(), convo_id, "read").await;
    assert!(subjects.iter().all(|event| event.subject_did.as_deref() == Some(bob.did.as_str())));
}

#[tokio::test]
async fn only_messages_are_unread() {
    let server = TestServer::start().await;
    let mut room = Room::open(&server, &["alice", "bob"]).await;
    room.send("one").await;
    room.advance().await;
    room.advance().await;
    room.send("four").await;
    room.advance().await;
    let (bob, convo_id) = (&room.members[1], &room.convo_id);
    let mut unread = Vec::new();
    for seq in 0..=5 {
        unread.push(bob.move_to(convo_id, seq, None).await.unwrap().unread_count);
    }
    assert_eq!(unread, [2, 1, 1, 1, 0, 0]);
}

#[tokio::test]
async fn all_devices_of_a_user_share_the_positions() {
    let server = TestServer::start().await;
    let alice = server.actor("alice");
    let device = || server.device("bob", Uuid::new_v4());
    let (phone, laptop) = (device(), device());
    phone.publish(1).await;
    laptop.publish(1).await;
    let mut at_alice = Chat::create(&alice, &[&phone.did]).await;
    let convo_id = at_alice.convo_id.clone();
    for text in ["one", "two", "three"] {
        at_alice.send(text).await;
    }
    assert_eq!(positions(&phone.move_to(&convo_id, 1, 3).await.unwrap()), (1, 3, 2));
    assert_eq!(now(&laptop, &convo_id).await, (1, 3, 2));
    laptop.mark_read(&convo_id, None).await.unwrap();
    assert_eq!(now(&phone, &convo_id).await, (3, 3, 0));
    assert_eq!(told(&server, &convo_id).await.len(), 2, "one event each, not one per device");
    // A device that joins later begins where its user is.
    let tablet = device();
    tablet.publish(1).await;
    at_alice.add(&[&tablet.did]).await.unwrap();
    at_alice.send("five").await;
    assert_eq!(now(&tablet, &convo_id).await, (3, 3, 1));
    assert_eq!(positions(&tablet.move_to(&convo_id, 5, None).await.unwrap()), (5, 5, 0));
    let rows: Vec<(i64, i64, i64)> =
        sqlx::query_as("SELECT read_seq, delivered_seq, read_app_count FROM members WHERE user_did = 'did:plc:bob'")
            .fetch_all(server.db())
            .await
            .unwrap();
    assert_eq!(rows, [(5, 5, 4); 3]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_calls_at_once_leave_the_highest_position() {
    let server = TestServer::start().await;
    let replica = server.replica().await;
    let room = Room::open(&server, &["alice", "bob"]).await;
    let convo_id = &room.convo_id;
    for number in 0..60 {
        room.send(vec![number]).await;
    }
    // Each of eight goes through seqs of its own, in an order of its own.
    let walk = async |walker: i64| {
        let bob = [&server, &replica][walker as usize % 2].actor("bob");
        let mut before = (0, 0);
        for step in 0..20 {
            let seq = (step * 7 + walker * 11) % 59 + 1;
            let output = match walker % 4 {
                3 => bob.move_to(convo_id, None, seq).await.unwrap(),
                _ => bob.move_to(convo_id, seq, None).await.unwrap(),
            };
            let reached = if walker % 4 == 3 { output.delivered_seq } else { output.read_seq };
            assert!(reached >= seq, "what was asked for is done");
            assert!(output.read_seq <= output.delivered_seq);
            assert!((output.read_seq, output.delivered_seq) >= before, "never back");
            assert_eq!(output.unread_count, 60 - output.read_seq, "all are messages");
            before = (output.read_seq, output.delivered_seq);
        }
        before.0
    };
    let reached = join_all((0..8).map(walk)).await;
    let highest = reached.into_iter().max().unwrap();
    assert_eq!(now(&room.members[1], convo_id).await, (highest, 59, 60 - highest));
    let seqs: Vec<_> = told(&server, convo_id).await.into_iter().map(|(seq, _)| seq).collect();
    assert!(seqs.windows(2).all(|pair| pair[0] < pair[1]), "told in order, each once: {seqs:?}");
    assert_eq!(seqs.last(), Some(&highest));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_unread_is_right_while_others_send() {
    let server = TestServer::start().await;
    let replica = server.replica().await;
    let mut room = Room::open(&server, &["alice", "bob", "carol"]).await;
    // Commits between the messages, so that seqs and messages don't coincide.
    for _ in 0..5 {
        room.advance().await;
        room.send("before").await;
    }
    let convo_id = &room.convo_id;
    let send = async |sender: usize| {
        let server = [&server, &replica][sender % 2];
        let sender = server.actor(["alice", "carol"][sender % 2]);
        for _ in 0..40 {
            sender.api.send_message(&room.message("hello")).await.unwrap();
        }
    };
    let read = async |reader: usize| {
        let bob = [&server, &replica][reader % 2].actor("bob");
        let mut states = Vec::new();
        for step in 0..30 {
            if step % 3 == 0 {
                bob.mark_read(convo_id, None).await.unwrap();
            } else {
                let end = bob.convos().await[0].last_seq.unwrap();
                states.push(bob.move_to(convo_id, end - 2, None).await.unwrap());
            }
        }
        states
    };
    let (_, states) = tokio::join!(join_all((0..4).map(send)), join_all((0..3).map(read)));
    let log = room.log().await;
    let unread_after = |read_seq: i64| {
        let is_unread = |entry: &&catbird_lexicon::blue::catbird::mls::defs::MessageView| {
            entry.seq > read_seq && entry.message_type.as_ref().unwrap().as_str() == "app"
        };
        log.iter().filter(is_unread).count() as i64
    };
    let (read_seq, _, unread) = now(&room.members[1], convo_id).await;
    assert_eq!(unread, unread_after(read_seq));
    // Of each moment, as far as it can be known afterwards.
    for state in states.into_iter().flatten() {
        assert!((0..=unread_after(state.read_seq)).contains(&state.unread_count), "{state:?}");
    }
    room.members[1].mark_read(convo_id, None).await.unwrap();
    assert_eq!(now(&room.members[1], convo_id).await, (log.len() as i64, log.len() as i64, 0));
    for seq in told(&server, convo_id).await.windows(2) {
        assert!(seq[0] < seq[1]);
    }
}

#[tokio::test]
async fn expired_messages_are_not_unread_whether_read_or_not() {
    let server = TestServer::start().await;
    let mut room = Room::open(&server, &["alice", "bob", "carol", "dave", "eve"]).await;
    for number in 0..3 {
        room.send(format!("first day {number}")).await;
    }
    room.advance().await;
    server.pass_time(DAY).await;
    for number in 0..3 {
        room.send(format!("second day {number}")).await;
    }
    let (convo_id, [alice, bob, carol, dave, eve]) = (room.convo_id.clone(), &room.members[..]) else { unreachable!() };
    bob.move_to(&convo_id, 2, None).await.unwrap();
    carol.move_to(&convo_id, 4, None).await.unwrap();
    dave.move_to(&convo_id, 6, None).await.unwrap();
    let unread = async || {
        let mut counts = Vec::new();
        for actor in [alice, bob, carol, dave] {
            counts.push(now(actor, &convo_id).await.2);
        }
        counts
    };
    assert_eq!(unread().await, [6, 4, 3, 1]);
    // On the first day's expiry, before and after the job has run.
    server.clock.advance(chrono::TimeDelta::days(29));
    assert_eq!(unread().await, [3, 3, 3, 1]);
    server.pass_time(Duration::ZERO).await;
    assert_eq!(unread().await, [3, 3, 3, 1]);
    // A position among what is gone is one like others, and nothing gone is counted.
    eve.move_to(&convo_id, 1, None).await.unwrap();
    assert_eq!(now(eve, &convo_id).await, (1, 1, 3));
    assert_eq!(told(&server, &convo_id).await.last(), Some(&(1, None)), "the entry is no longer kept");
    bob.move_to(&convo_id, 5, None).await.unwrap();
    assert_eq!(unread().await, [3, 2, 3, 1]);
    server.clock.advance(chrono::TimeDelta::days(1));
    assert_eq!(unread().await, [0, 0, 0, 0]);
    server.pass_time(Duration::ZERO).await;
    assert_eq!(unread().await, [0, 0, 0, 0]);
    room.send("anew").await;
    assert_eq!(unread().await, [1, 1, 1, 1]);
    let seq = room.send("and more").await.seq;
    bob.move_to(&convo_id, seq - 1, None).await.unwrap();
    assert_eq!(unread().await, [2, 1, 2, 2]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_unread_is_right_while_the_retention_job_runs() {
    let server = TestServer::start().await;
    let room = Room::open(&server, &["alice", "bob"]).await;
    let (bob, convo_id) = (&room.members[1], &room.convo_id);
    for number in 0..40 {
        room.send(vec![number]).await;
    }
    server.clock.advance(chrono::TimeDelta::days(31));
    let purge = async {
        for _ in 0..10 {
            server.pass_time(Duration::ZERO).await;
        }
    };
    let send = async {
        for number in 0..40 {
            room.send(vec![number]).await;
        }
    };
    let read = async {
        for seq in 20..60 {
            let end = bob.convos().await[0].last_seq.unwrap();
            let state = bob.move_to(convo_id, seq.min(end), None).await.unwrap();
            let most = 80 - state.read_seq.max(40);
            assert!((0..=most).contains(&state.unread_count), "{state:?}");
        }
    };
    tokio::join!(purge, send, read);
    let (read_seq, _, unread) = now(bob, convo_id).await;
    assert_eq!(unread, 80 - read_seq.max(40));
}

#[tokio::test]
async fn reading_waits_for_nobody_who_writes() {
    let server = TestServer::start().await;
    let room = Room::open(&server, &["alice", "bob"]).await;
    room.send("hello").await;
    let mut writer = server.db().begin().await.unwrap();
    sqlx::query("SELECT FROM conversations FOR UPDATE").execute(&mut *writer).await.unwrap();
    let bob = &room.members[1];
    let read = async {
        bob.mark_read(&room.convo_id, None).await.unwrap();
        assert_eq!(now(bob, &room.convo_id).await, (1, 1, 0));
    };
    timeout(Duration::from_secs(3), read).await.expect("a receipt needs no lock of the conversation");
    writer.rollback().await.unwrap();
}

#[tokio::test]
async fn a_read_event_stands_behind_the_entry_that_was_read() {
    let server = TestServer::start().await;
    let room = Room::open(&server, &["alice", "bob"]).await;
    // A reader whose transaction is older than that of the entry: it has its number already, and reads later.
    let hold = "UPDATE members SET device_name = 'old' WHERE user_did = 'did:plc:bob'";
    let mut reader = server.db().begin().await.unwrap();
    sqlx::query(hold).execute(&mut *reader).await.unwrap();
    let seq = room.send("hello").await.seq;
    let at = EventPlace { convo_id: &room.convo_id, actor_did: "did:plc:bob", at: server.now() };
    read_state::set(&mut reader, at.convo_id, at.actor_did, seq, seq).await.unwrap();
    write_read(&mut reader, &at, seq).await.unwrap();
    reader.commit().await.unwrap();
    room.send("more").await;
    room.members[1].mark_read(&room.convo_id, None).await.unwrap();
    let kinds: Vec<String> = sqlx::query_scalar("SELECT kind FROM events WHERE kind <> 'joined' ORDER BY txid, id")
        .fetch_all(server.db())
        .await
        .unwrap();
    assert_eq!(kinds, ["entry", "read", "entry", "read"]);
}

#[tokio::test]
async fn whoever_is_removed_meanwhile_moves_nothing() {
    let server = TestServer::start().await;
    let room = Room::open(&server, &["alice", "bob"]).await;
    room.send("hello").await;
    let mut removal = server.db().begin().await.unwrap();
    let leave = "UPDATE members SET left_at = now(), left_seq = 1 WHERE user_did = 'did:plc:bob'";
    sqlx::query(leave).execute(&mut *removal).await.unwrap();
    let reading = {
        let (bob, convo_id) = (server.actor("bob"), room.convo_id.clone());
        tokio::spawn(async move { bob.mark_read(&convo_id, None).await })
    };
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(!reading.is_finished(), "the removal has the lock");
    removal.commit().await.unwrap();
    assert_eq!(refused(reading.await.unwrap()), "NotMember");
    assert_eq!(told(&server, &room.convo_id).await, []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readers_and_removals_of_users_with_several_devices_never_deadlock() {
    let server = TestServer::start().await;
    let alice = server.actor("alice");
    let names: Vec<_> = (0..4).map(|n| format!("user{n}")).collect();
    let mut devices = Vec::new();
    for name in &names {
        for _ in 0..3 {
            devices.push(server.device(name, Uuid::new_v4()));
        }
    }
    for device in &devices {
        device.publish(1).await;
    }
    let users: Vec<_> = devices.iter().step_by(3).map(|device| &device.did).collect();
    let mut at_alice = Chat::create(&alice, &users).await;
    let convo_id = at_alice.convo_id.clone();
    for number in 0..30 {
        at_alice.send(&number.to_string()).await;
    }
    let read = async |device: &Actor| {
        for seq in 1..=30 {
            if let Err(error) = device.move_to(&convo_id, seq, None).await {
                let error = error.to_string();
                assert!(error.starts_with("NotMember"), "{error}");
                return;
            }
        }
    };
    let remove = async {
        at_alice.change(&[], &users).await.unwrap();
    };
    tokio::join!(join_all(devices.iter().map(read)), remove);
    let seqs: BTreeSet<_> = told(&server, &convo_id).await.into_iter().map(|(seq, _)| seq).collect();
    assert!(seqs.iter().all(|seq| (1..=30).contains(seq)));
}

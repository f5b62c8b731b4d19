//! What waits for a client that was away: everything it missed, once, in the order of the stream.

use std::{collections::BTreeMap, time::Duration};

use catbird_lexicon::blue::catbird::mls::{defs::MessageView, leave_convo};
use e2e::{actor::Actor, chat::Chat, room::Room, server::TestServer};
use futures::future::join_all;
use uuid::Uuid;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Which entries these are.
fn keys(entries: &[MessageView]) -> Vec<(String, i64)> {
    entries.iter().map(|entry| (entry.convo_id.clone(), entry.seq)).collect()
}

/// Two conversations of alice and bob, in which alice speaks by turns; gives what she did, in order.
async fn interleaved(server: &TestServer) -> ([Room; 2], Vec<(String, i64)>) {
    let mut rooms = [Room::open(server, &["alice", "bob"]).await, Room::open(server, &["alice", "bob"]).await];
    let mut done = Vec::new();
    for (step, room) in [0, 1, 1, 0, 0, 0, 1, 0, 1, 1].into_iter().enumerate() {
        let room = &mut rooms[room];
        let seq = if step % 4 == 3 { room.advance().await.seq } else { room.send(vec![step as u8]).await.seq };
        done.push((room.convo_id.clone(), seq));
    }
    server.settled().await;
    (rooms, done)
}

#[tokio::test]
async fn a_client_that_was_away_gets_all_it_missed_in_the_order_of_the_stream() {
    let server = TestServer::start().await;
    let (rooms, done) = interleaved(&server).await;
    let bob = &rooms[0].members[1];
    for limit in [1, 2, 3, 10, 100] {
        let (entries, cursor) = bob.all_pending(None, limit).await;
        assert_eq!(keys(&entries), done, "in pages of {limit}");
        assert!(bob.pending(cursor.as_deref(), limit).await.unwrap().messages.is_empty());
    }
    // They are entries like those of getMessages, of all kinds.
    let (entries, _) = bob.all_pending(None, 4).await;
    for entry in &entries {
        assert_eq!(Ok(entry), bob.message(&entry.id).await.as_ref().map_err(ToString::to_string));
    }
    let kinds = entries.iter().filter(|entry| entry.message_type.as_ref().unwrap().as_str() == "commit");
    assert_eq!(kinds.count(), 2);
    // That is the order of the events, and what comes later comes behind.
    let events: Vec<(String, i64)> =
        sqlx::query_as("SELECT convo_id, seq FROM events WHERE kind = 'entry' ORDER BY txid, id")
            .fetch_all(server.db())
            .await
            .unwrap();
    assert_eq!(events, done);
    let (_, cursor) = bob.all_pending(None, 100).await;
    rooms[1].send("later").await;
    server.settled().await;
    let (later, _) = bob.all_pending(cursor.as_deref(), 100).await;
    assert_eq!(later.iter().map(|entry| entry.seq).collect::<Vec<_>>(), [6]);
    assert_eq!(keys(&later)[0].0, rooms[1].convo_id);
}

#[tokio::test]
async fn what_is_acknowledged_waits_no_longer() {
    let server = TestServer::start().await;
    let (rooms, done) = interleaved(&server).await;
    let bob = &rooms[0].members[1];
    // Page by page, each acknowledged in all conversations by its cursor, which is safe to repeat.
    for start in [0, 3, 6, 9] {
        let page = bob.pending(None, 3).await.unwrap();
        assert_eq!(keys(&page.messages), done[start..(start + 3).min(10)]);
        for room in &rooms {
            let in_room =
                |part: &[(String, i64)]| part.iter().filter(|(convo_id, _)| *convo_id == room.convo_id).count();
            for _ in 0..2 {
                let state = bob.received(&room.convo_id, page.cursor.as_ref().unwrap()).await.unwrap();
                assert_eq!(state.delivered_seq, in_room(&done[..(start + 3).min(10)]) as i64);
                assert_eq!(state.read_seq, 0);
            }
        }
    }
    assert_eq!(bob.pending(None, 3).await.unwrap().messages, []);
    // By seq, and by reading.
    rooms[0].send("one").await;
    rooms[1].send("two").await;
    server.settled().await;
    assert_eq!(bob.all_pending(None, 3).await.0.len(), 2);
    bob.move_to(&rooms[0].convo_id, None, 6).await.unwrap();
    assert_eq!(keys(&bob.all_pending(None, 3).await.0), [(rooms[1].convo_id.clone(), 6)]);
    bob.mark_read(&rooms[1].convo_id, None).await.unwrap();
    assert_eq!(bob.pending(None, 3).await.unwrap().messages, []);
    let everything = done.len() + 2;
    assert_eq!(rooms[0].members[0].all_pending(None, 5).await.0.len(), everything, "others have not received it");
}

#[tokio::test]
async fn a_cursor_is_good_whatever_happens_in_between() {
    let server = TestServer::start().await;
    let (rooms, done) = interleaved(&server).await;
    let bob = &rooms[0].members[1];
    let cursor = bob.pending(None, 4).await.unwrap().cursor.unwrap();
    let rest = async || keys(&bob.all_pending(Some(&cursor), 4).await.0);
    assert_eq!(rest().await, done[4..]);
    // Other events, the end of all events, and what was received by now.
    rooms[0].members[1].mark_read(&rooms[0].convo_id, None).await.unwrap();
    let only_second: Vec<_> = done[4..].iter().filter(|(id, _)| *id == rooms[1].convo_id).cloned().collect();
    assert_eq!(rest().await, only_second);
    let purge = "WITH gone AS (DELETE FROM events RETURNING txid, id)
        UPDATE stream SET (floor_txid, floor_id) = (SELECT txid, id FROM gone ORDER BY txid DESC, id DESC LIMIT 1)";
    sqlx::query(purge).execute(server.db()).await.unwrap();
    assert_eq!(rest().await, only_second);
    let first_part = done[..4].iter().filter(|(id, _)| *id == rooms[1].convo_id).count() as i64;
    let state = bob.received(&rooms[1].convo_id, &cursor).await.unwrap();
    assert_eq!(state.delivered_seq, first_part, "entries know their places by themselves");
}

#[tokio::test]
async fn only_what_a_member_may_read_waits() {
    let server = TestServer::start().await;
    let (alice, bob) = (server.actor("alice"), server.actor("bob"));
    bob.publish(3).await;
    let mut at_alice = Chat::create(&alice, &[]).await;
    let convo_id = at_alice.convo_id.clone();
    at_alice.send("before").await;
    at_alice.add(&[&bob.did]).await.unwrap();
    at_alice.send("three").await;
    let waiting = async || {
        server.settled().await;
        bob.all_pending(None, 2).await.0.iter().map(|entry| entry.seq).collect::<Vec<_>>()
    };
    assert_eq!(waiting().await, [3], "nothing from before the joining");
    at_alice.remove(&bob.did).await.unwrap();
    assert_eq!(waiting().await, [] as [i64; 0], "nothing waits for who is no member");
    at_alice.send("five").await;
    at_alice.add(&[&bob.did]).await.unwrap();
    at_alice.send("seven").await;
    assert_eq!(waiting().await, [7]);
    // Not what has expired, before and after it is removed.
    server.clock.advance(chrono::TimeDelta::days(1));
    at_alice.send("eight").await;
    server.clock.advance(chrono::TimeDelta::days(29));
    assert_eq!(waiting().await, [8]);
    server.pass_time(Duration::ZERO).await;
    assert_eq!(waiting().await, [8]);
    server.pass_time(DAY).await;
    assert_eq!(waiting().await, [] as [i64; 0]);
    let leaving = leave_convo::Input { convo_id, target_did: None, commit: None };
    at_alice.send("nine").await;
    bob.api.leave_convo(&leaving).await.unwrap();
    assert_eq!(waiting().await, [] as [i64; 0]);
    assert_eq!(server.actor("stranger").pending(None, 100).await.unwrap().cursor, None);
}

#[tokio::test]
async fn devices_of_a_user_wait_for_the_same() {
    let server = TestServer::start().await;
    let alice = server.actor("alice");
    let (phone, laptop) = (server.device("bob", Uuid::new_v4()), server.device("bob", Uuid::new_v4()));
    phone.publish(1).await;
    laptop.publish(1).await;
    let mut at_alice = Chat::create(&alice, &[&phone.did]).await;
    for text in ["one", "two", "three"] {
        at_alice.send(text).await;
    }
    server.settled().await;
    assert_eq!(keys(&laptop.all_pending(None, 10).await.0).len(), 3, "each entry once, not once per device");
    phone.move_to(&at_alice.convo_id, None, 2).await.unwrap();
    let waiting = laptop.all_pending(None, 10).await.0;
    assert_eq!(waiting.iter().map(|entry| entry.seq).collect::<Vec<_>>(), [3]);
}

#[tokio::test]
async fn large_entries_make_short_pages_over_all_conversations() {
    const SIZE: usize = 1536 * 1024;
    let server = TestServer::start().await;
    let rooms = [Room::open(&server, &["alice"]).await, Room::open(&server, &["alice"]).await];
    for number in 0..5 {
        rooms[number % 2].send(vec![number as u8; SIZE]).await;
    }
    rooms[1].send("a small one").await;
    server.settled().await;
    let alice = &rooms[0].members[0];
    let first = alice.pending(None, 100).await.unwrap();
    assert_eq!(first.messages.len(), 3, "the page ends with the entry that reaches 4 MiB");
    let second = alice.pending(first.cursor.as_deref(), 100).await.unwrap();
    assert_eq!(second.messages.len(), 3);
    assert_eq!(alice.all_pending(None, 100).await.0.len(), 6);
}

#[tokio::test]
async fn nothing_can_appear_before_what_was_shown() {
    let server = TestServer::start().await;
    let rooms = [Room::open(&server, &["alice", "bob"]).await, Room::open(&server, &["alice", "bob"]).await];
    let bob = &rooms[0].members[1];
    rooms[0].send("before").await;
    server.settled().await;
    // Somebody's transaction has its number, and is not done.
    let mut slow = server.db().begin().await.unwrap();
    sqlx::query("SELECT pg_current_xact_id()").execute(&mut *slow).await.unwrap();
    rooms[0].send("meanwhile").await;
    rooms[1].send("meanwhile").await;
    let (entries, cursor) = bob.all_pending(None, 10).await;
    assert_eq!(keys(&entries), [(rooms[0].convo_id.clone(), 1)]);
    slow.commit().await.unwrap();
    server.settled().await;
    let (entries, _) = bob.all_pending(cursor.as_deref(), 10).await;
    assert_eq!(keys(&entries), [(rooms[0].convo_id.clone(), 2), (rooms[1].convo_id.clone(), 1)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_follows_the_cursor_while_others_write_misses_nothing_and_gets_nothing_twice() {
    const CONVOS: usize = 6;
    const EACH: usize = 40;
    let server = TestServer::start().await;
    let replica = server.replica().await;
    let mut rooms = Vec::new();
    for _ in 0..CONVOS {
        rooms.push(Room::open(&server, &["alice", "bob"]).await);
    }
    let write = async |writer: usize| {
        let alice = [&server, &replica][writer % 2].actor("alice");
        for step in 0..EACH {
            let room = &rooms[(writer * 5 + step) % CONVOS];
            alice.api.send_message(&room.message(vec![step as u8])).await.unwrap();
        }
    };
    let total = 4 * EACH;
    // Each follows on both servers by turns; the second acknowledges what it got.
    let follow = async |name: &str| -> Vec<MessageView> {
        let at: [Actor; 2] = [server.actor(name), replica.actor(name)];
        let (mut entries, mut cursor, mut turn) = (Vec::new(), None::<String>, 0);
        while entries.len() < total {
            turn += 1;
            let page = at[turn % 2].pending(cursor.as_deref(), 7).await.unwrap();
            if let Some(next) = page.cursor {
                assert!(cursor.as_ref().is_none_or(|cursor| *cursor < next));
                if name == "bob" {
                    for room in &rooms {
                        at[turn % 2].received(&room.convo_id, &next).await.unwrap();
                    }
                }
                cursor = Some(next);
            }
            entries.extend(page.messages);
        }
        assert_eq!(at[0].pending(cursor.as_deref(), 7).await.unwrap().messages, []);
        entries
    };
    let all = async { tokio::join!(join_all((0..4).map(write)), follow("alice"), follow("bob")) };
    let (_, alice, bob) = tokio::time::timeout(Duration::from_secs(120), all).await.expect("nothing is missed");
    assert_eq!(keys(&alice), keys(&bob), "everybody is told in one order");
    let mut by_convo: BTreeMap<_, Vec<i64>> = BTreeMap::new();
    for (convo_id, seq) in keys(&bob) {
        by_convo.entry(convo_id).or_default().push(seq);
    }
    for room in &rooms {
        let log: Vec<_> = room.log().await.iter().map(|entry| entry.seq).collect();
        assert_eq!(by_convo[&room.convo_id], log);
    }
    assert_eq!(bob.len(), total);
    assert_eq!(rooms[0].members[1].pending(None, 1).await.unwrap().messages, [], "all is acknowledged");
}

#[tokio::test]
async fn a_page_takes_few_of_many_conversations() {
    let server = TestServer::start().await;
    let mut rooms = Vec::new();
    for number in 0..8_u8 {
        let room = Room::open(&server, &["alice"]).await;
        room.send([number]).await;
        rooms.push(room);
    }
    let mut expected: Vec<_> = rooms.iter().map(|room| (room.convo_id.clone(), 1)).collect();
    // The oldest conversations go on after all the others.
    for room in &rooms[..2] {
        expected.push((room.convo_id.clone(), room.send("more").await.seq));
    }
    server.settled().await;
    for limit in 1..=11 {
        assert_eq!(keys(&rooms[0].members[0].all_pending(None, limit).await.0), expected, "in pages of {limit}");
    }
}

//! Group commit when things go wrong: nobody's trouble is anybody else's, and what was acknowledged is there.

use std::{sync::Arc, time::Duration};

use catbird_lexicon::blue::catbird::mls::send_message;
use e2e::{actor::refused, chat, room::Room, sabotage::Sabotage, server::TestServer};
use futures::future::join_all;
use lexicon_runtime::client::ClientError;
use tokio::time::{sleep, timeout};

/// Locks a conversation's row as a slow commit or another replica would.
async fn lock(server: &TestServer, room: &Room) -> sqlx::Transaction<'static, sqlx::Postgres> {
    let mut tx = server.db().begin().await.unwrap();
    let locking = sqlx::query("SELECT 1 FROM conversations WHERE convo_id = $1 FOR UPDATE").bind(&room.convo_id);
    locking.execute(&mut *tx).await.unwrap();
    tx
}

#[tokio::test]
async fn a_locked_conversation_holds_up_no_other() {
    let server = TestServer::start().await;
    let (locked, free) = (Room::open(&server, &["alice"]).await, Room::open(&server, &["bob"]).await);
    let locked = Arc::new(locked);
    let lock = lock(&server, &locked).await;
    let waiting: Vec<_> = (0..20)
        .map(|n: u8| {
            let room = Arc::clone(&locked);
            tokio::spawn(async move { room.send(vec![n]).await.seq })
        })
        .collect();
    sleep(Duration::from_millis(100)).await;
    let quick = async {
        for n in 1..=20 {
            assert_eq!(free.send("quick").await.seq, n);
        }
    };
    // Twenty times what a statement waits for a lock would be ten seconds.
    timeout(Duration::from_secs(5), quick).await.expect("nobody waits for the lock");
    assert!(waiting.iter().all(|send| !send.is_finished()));
    lock.rollback().await.unwrap();
    let mut seqs: Vec<_> = join_all(waiting).await.into_iter().map(Result::unwrap).collect();
    seqs.sort();
    assert_eq!(seqs, (1..=20).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_conversation_that_stays_locked_is_given_up_with_503() {
    let server = TestServer::start().await;
    let room = Room::open(&server, &["alice"]).await;
    let lock = lock(&server, &room).await;
    let input = room.message("late");
    let answer = room.members[0].api.send_message(&input).await;
    assert!(matches!(answer, Err(ClientError::Refused { status: 503, .. })), "{answer:?}");
    lock.rollback().await.unwrap();
    assert_eq!(room.members[0].api.send_message(&input).await.unwrap().seq, 1);
}

#[tokio::test]
async fn an_entry_that_spoils_its_batch_fails_alone() {
    let server = TestServer::start().await;
    let room = Arc::new(Room::open(&server, &["alice"]).await);
    sqlx::raw_sql(
        "CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN IF NEW.ciphertext = 'poison' THEN RAISE 'spoilt'; END IF; RETURN NEW; END $$;
        CREATE TRIGGER spoil BEFORE INSERT ON messages FOR EACH ROW EXECUTE FUNCTION spoil()",
    )
    .execute(server.db())
    .await
    .unwrap();
    // Sent while the conversation is locked, so that all are in one batch.
    let lock = lock(&server, &room).await;
    let sends: Vec<_> = (0..32)
        .map(|n: u8| {
            let room = Arc::clone(&room);
            let content = if n == 13 { b"poison".to_vec() } else { vec![n] };
            tokio::spawn(async move { room.members[0].api.send_message(&room.message(content)).await })
        })
        .collect();
    sleep(Duration::from_millis(200)).await;
    lock.rollback().await.unwrap();
    let mut seqs = Vec::new();
    for (n, answer) in join_all(sends).await.into_iter().map(Result::unwrap).enumerate() {
        match answer {
            Ok(sent) => seqs.push(sent.seq),
            Err(error) => {
                assert_eq!(n, 13);
                assert!(matches!(error, ClientError::Refused { status: 500, .. }), "{error}");
            }
        }
    }
    seqs.sort();
    assert_eq!(seqs, (1..=31).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_full_queue_is_answered_with_503_and_loses_nothing() {
    let server = TestServer::start().await;
    let room = Arc::new(Room::open(&server, &["alice"]).await);
    let lock = lock(&server, &room).await;
    // Ten times 10 MiB are more than may wait.
    let inputs: Vec<_> = (0..10).map(|n: u8| room.message(vec![n; 10 * 1024 * 1024])).collect();
    let sends: Vec<_> = inputs
        .iter()
        .cloned()
        .map(|input| {
            let room = Arc::clone(&room);
            tokio::spawn(async move { room.members[0].api.send_message(&input).await })
        })
        .collect();
    // The lock is let go when those that can't wait have been answered.
    while sends.iter().filter(|send| send.is_finished()).count() < 3 {
        sleep(Duration::from_millis(20)).await;
    }
    lock.rollback().await.unwrap();
    let answers: Vec<_> = join_all(sends).await.into_iter().map(Result::unwrap).collect();
    let refused: Vec<_> = answers.iter().filter_map(|answer| answer.as_ref().err()).collect();
    assert!(refused.len() >= 3 && refused.len() < 10, "{refused:?}");
    for error in refused {
        let ClientError::Refused { status, name, .. } = error else { panic!("{error}") };
        assert_eq!((*status, name.as_str()), (503, "ServiceUnavailable"));
    }
    // Whoever was refused sends again.
    for (input, answer) in inputs.iter().zip(&answers) {
        if answer.is_err() {
            room.members[0].api.send_message(input).await.unwrap();
        }
    }
    let seqs: Vec<_> = room.log().await.iter().map(|entry| entry.seq).collect();
    assert_eq!(seqs, (1..=10).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_request_that_is_given_up_is_written_once_all_the_same() {
    let server = TestServer::start().await;
    let room = Room::open(&server, &["alice"]).await;
    let lock = lock(&server, &room).await;
    let input = room.message("given up");
    let given_up = timeout(Duration::from_millis(200), room.members[0].api.send_message(&input)).await;
    assert!(given_up.is_err(), "the conversation is locked");
    lock.rollback().await.unwrap();
    let sent = room.members[0].api.send_message(&input).await.unwrap();
    assert_eq!(sent.seq, 1);
    assert_eq!(room.log().await.len(), 1);
}

#[tokio::test]
async fn lost_connections_lose_no_message_and_repeat_none() {
    let server = TestServer::start().await;
    let room = Arc::new(Room::open(&server, &["alice"]).await);
    let senders: Vec<_> = (0..8)
        .map(|sender: u8| {
            let room = Arc::clone(&room);
            tokio::spawn(async move {
                let mut sent = Vec::new();
                for n in 0..40_u8 {
                    sent.push(send_until_taken(&room, &room.message(vec![sender, n])).await);
                    sleep(Duration::from_millis(5)).await;
                }
                sent
            })
        })
        .collect();
    for _ in 0..5 {
        sleep(Duration::from_millis(60)).await;
        let others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid()";
        // The pool may hand out a connection that was ended just before.
        let _ = sqlx::query(others).execute(server.db()).await;
    }
    let mut acknowledged: Vec<_> = join_all(senders).await.into_iter().flat_map(Result::unwrap).collect();
    acknowledged.sort();
    assert_eq!(acknowledged, (1..=320).collect::<Vec<_>>());
    let log = room.log().await;
    let log: Vec<_> = log.iter().map(|entry| entry.seq).collect();
    assert_eq!(log, acknowledged);
}

/// Sends as a client should: again with the same id when the server asks for patience.
async fn send_until_taken(room: &Room, input: &send_message::Input) -> i64 {
    loop {
        match room.members[0].api.send_message(input).await {
            Ok(output) => return output.seq,
            Err(ClientError::Refused { status: 503, .. }) => sleep(Duration::from_millis(20)).await,
            Err(error) => panic!("{error}"),
        }
    }
}

#[tokio::test]
async fn refusals_in_a_batch_are_each_their_own() {
    let server = TestServer::start().await;
    let room = Arc::new(Room::open(&server, &["alice"]).await);
    let stranger = server.actor("mallory");
    let taken = room.message("first");
    room.members[0].api.send_message(&taken).await.unwrap();
    let lock = lock(&server, &room).await;
    let good = room.message("second");
    let wrong_epoch = send_message::Input { epoch: 7, ..room.message("third") };
    let clash = send_message::Input { ciphertext: b"other".to_vec().into(), ..taken.clone() };
    let nowhere = chat::message("ffff", 0, b"lost".to_vec());
    let api = &room.members[0].api;
    let all = async {
        tokio::join!(
            api.send_message(&good),
            api.send_message(&wrong_epoch),
            api.send_message(&clash),
            api.send_message(&taken),
            api.send_message(&nowhere),
            stranger.api.send_message(&good),
        )
    };
    let unlock = async {
        sleep(Duration::from_millis(200)).await;
        lock.rollback().await.unwrap();
    };
    let ((good, wrong_epoch, clash, again, nowhere, stranger), ()) = tokio::join!(all, unlock);
    assert_eq!(good.unwrap().seq, 2);
    let ClientError::Declared(error) = wrong_epoch.unwrap_err() else { panic!("a declared error") };
    assert!(error.to_string().starts_with("EpochMismatch") && error.to_string().contains("epoch 0"), "{error}");
    assert_eq!(refused(clash), "InvalidMessageId");
    assert_eq!(again.unwrap().seq, 1);
    assert_eq!(refused(nowhere), "ConvoNotFound");
    assert_eq!(refused(stranger), "NotMember");
}

#[tokio::test]
async fn a_repetition_is_answered_as_the_first_time_also_after_the_sender_has_left() {
    let server = TestServer::start().await;
    let mut room = Room::open(&server, &["alice", "bob"]).await;
    let input = room.message("stored, and the answer lost");
    let bob = &room.members[1];
    let first = bob.api.send_message(&input).await.unwrap();
    let handshake = room.group.update(&room.members[0].mls);
    let mut removal = chat::commit(&room.convo_id, 0, handshake.commit);
    removal.remove_dids = Some(vec![bob.did.clone()]);
    room.members[0].api.submit_commit(&removal).await.unwrap();
    assert_eq!(bob.api.send_message(&input).await.unwrap(), first);
    assert_eq!(refused(bob.api.send_message(&room.message("new")).await), "NotMember");
    assert_eq!(refused(room.members[0].api.send_message(&input).await), "InvalidMessageId");
}

#[tokio::test]
async fn repetitions_in_one_batch_don_t_hold_up_the_others() {
    let server = TestServer::start().await;
    let room = Arc::new(Room::open(&server, &["alice"]).await);
    let again = room.message("again and again");
    let lock = lock(&server, &room).await;
    let sends: Vec<_> = (0..60_u8)
        .map(|n| {
            let room = Arc::clone(&room);
            let input = if n % 2 == 0 { again.clone() } else { room.message(vec![n]) };
            tokio::spawn(async move { room.members[0].api.send_message(&input).await.unwrap().seq })
        })
        .collect();
    sleep(Duration::from_millis(200)).await;
    lock.rollback().await.unwrap();
    let seqs: Vec<_> = join_all(sends).await.into_iter().map(Result::unwrap).collect();
    let (repeated, others): (Vec<_>, Vec<_>) = seqs.iter().enumerate().partition(|(n, _)| n % 2 == 0);
    assert!(repeated.iter().all(|(_, seq)| *seq == repeated[0].1), "{repeated:?}");
    let mut all: Vec<_> = others.iter().map(|(_, seq)| **seq).chain([*repeated[0].1]).collect();
    all.sort();
    assert_eq!(all, (1..=31).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_panic_after_a_batch_was_committed_loses_nothing_and_ends_no_writer() {
    let server = TestServer::start().await;
    let room = Arc::new(Room::open(&server, &["alice"]).await);
    let sabotage = Sabotage::of("messages.append_all");
    let input = room.message("stored, and the answer lost");
    sabotage.arm();
    let answer = room.members[0].api.send_message(&input).await;
    assert!(matches!(answer, Err(ClientError::Refused { status: 500, .. })), "{answer:?}");
    assert_eq!(room.members[0].api.send_message(&input).await.unwrap().seq, 1);
    // Of several, each is tried again by itself, and finds what was stored.
    let lock = lock(&server, &room).await;
    let sends: Vec<_> = (0..16_u8)
        .map(|n| {
            let room = Arc::clone(&room);
            tokio::spawn(async move { send_until_known(&room, &room.message(vec![n])).await })
        })
        .collect();
    sleep(Duration::from_millis(200)).await;
    sabotage.arm();
    lock.rollback().await.unwrap();
    let mut seqs: Vec<_> = join_all(sends).await.into_iter().map(Result::unwrap).collect();
    seqs.sort();
    assert!(sabotage.is_done());
    assert_eq!(seqs, (2..=17).collect::<Vec<_>>());
    assert_eq!(room.log().await.len(), 17);
}

/// Sends again, with the same id, as long as the server doesn't know what became of it.
async fn send_until_known(room: &Room, input: &send_message::Input) -> i64 {
    loop {
        match room.members[0].api.send_message(input).await {
            Ok(output) => return output.seq,
            Err(ClientError::Refused { status: 500, .. }) => {}
            Err(error) => panic!("{error}"),
        }
    }
}

#[tokio::test]
async fn a_writer_that_panics_begins_anew() {
    let server = TestServer::start().await;
    let room = Room::open(&server, &["alice"]).await;
    let lock = lock(&server, &room).await;
    let sabotage = Sabotage::of("set aside what belongs to locked conversations");
    let input = room.message("taken along");
    sabotage.arm();
    let answer = room.members[0].api.send_message(&input).await;
    assert!(matches!(answer, Err(ClientError::Refused { status: 500, .. })), "{answer:?}");
    assert!(sabotage.is_done());
    lock.rollback().await.unwrap();
    assert_eq!(room.members[0].api.send_message(&input).await.unwrap().seq, 1);
}

#[tokio::test]
async fn conversations_that_were_locked_together_are_written_together() {
    const ROOMS: usize = 40;
    let server = TestServer::start().await;
    // By as many users, since one has few requests in progress at once.
    let rooms = (0..ROOMS).map(|number| Room::of(vec![server.actor(&format!("alice{number}"))]));
    let rooms: Vec<_> = join_all(rooms).await;
    let mut others = server.db().begin().await.unwrap();
    sqlx::query("SELECT 1 FROM conversations FOR UPDATE").execute(&mut *others).await.unwrap();
    let sending = join_all(rooms.iter().map(|room| room.send("waits")));
    let unlocking = async {
        sleep(Duration::from_millis(300)).await;
        others.rollback().await.unwrap();
    };
    let (sent, ()) = tokio::join!(sending, unlocking);
    assert!(sent.iter().all(|output| output.seq == 1));
    let transactions = "SELECT count(DISTINCT xmin::text) FROM messages";
    let transactions: i64 = sqlx::query_scalar(transactions).fetch_one(server.db()).await.unwrap();
    assert!(transactions <= 16, "{ROOMS} conversations took {transactions} transactions");
}

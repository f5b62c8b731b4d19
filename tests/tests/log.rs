//! One log per conversation, in one order, whatever is going on at once and on however many replicas.

use std::collections::BTreeSet;

use catbird_lexicon::blue::catbird::mls::{Client, defs, send_message, submit_commit};
use e2e::{
    actor::{client, refused},
    chat,
    room::Room,
    server::TestServer,
};
use futures::future::join_all;
use lexicon_runtime::client::{ClientError, XrpcHttp};

/// Asserts that (epoch, seq) never falls along a log, and that its seqs are 1, 2, 3 and so on.
fn assert_in_order(log: &[defs::MessageView]) {
    let seqs: Vec<_> = log.iter().map(|entry| entry.seq).collect();
    assert_eq!(seqs, (1..=log.len() as i64).collect::<Vec<_>>());
    for pair in log.windows(2) {
        assert!(pair[0].epoch <= pair[1].epoch, "the epoch falls at seq {}", pair[1].seq);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_thousand_messages_of_32_tasks_over_two_replicas_get_the_seqs_1_to_2000() {
    const TASKS: usize = 32;
    const TOTAL: usize = 2000;
    let server = TestServer::start().await;
    let replica = server.replica().await;
    let room = Room::open(&server, &["alice", "bob", "carol", "dave"]).await;
    let run = async |task: usize| {
        let through = [&server, &replica][task % 2];
        let api = client(through, &room.members[task % room.members.len()].did);
        let mut sent = Vec::new();
        for number in (task..TOTAL).step_by(TASKS) {
            let input = room.message(format!("number {number} of task {task}"));
            sent.push((api.send_message(&input).await.expect("a member can send"), input));
        }
        sent
    };
    let tasks = join_all((0..TASKS).map(run)).await;
    for task in &tasks {
        assert!(task.windows(2).all(|pair| pair[0].0.seq < pair[1].0.seq), "a task's own messages keep their order");
    }
    let mut sent: Vec<_> = tasks.into_iter().flatten().collect();
    sent.sort_by_key(|(output, _)| output.seq);
    let seqs: Vec<_> = sent.iter().map(|(output, _)| output.seq).collect();
    assert_eq!(seqs, (1..=TOTAL as i64).collect::<Vec<_>>());

    let log = room.log().await;
    assert_in_order(&log);
    assert_eq!(log.len(), TOTAL);
    for (entry, (output, input)) in log.iter().zip(&sent) {
        assert_eq!((&entry.id, &entry.ciphertext, entry.seq), (&input.msg_id, &input.ciphertext, output.seq));
    }
    let elsewhere = client(&replica, &room.members[3].did);
    let params = catbird_lexicon::blue::catbird::mls::get_messages::Params {
        convo_id: room.convo_id.clone(),
        limit: 100,
        since_seq: Some(950),
        seqs: None,
    };
    assert_eq!(elsewhere.get_messages(&params).await.unwrap().messages, log[950..1050]);
    assert_eq!(room.view().await.unread_count, Some(TOTAL as i64));
    let events: i64 = sqlx::query_scalar("SELECT count(DISTINCT seq) FROM events WHERE kind = 'entry'")
        .fetch_one(server.db())
        .await
        .unwrap();
    assert_eq!(events, TOTAL as i64);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_message_16_times_at_once_is_stored_once_and_answered_alike() {
    let server = TestServer::start().await;
    let replica = server.replica().await;
    let room = Room::open(&server, &["alice", "bob"]).await;
    let apis = [client(&server, &room.members[1].did), client(&replica, &room.members[1].did)];
    for round in 1..=5 {
        let input = room.message(format!("round {round}"));
        let sends = (0..16).map(|number| apis[number % 2].send_message(&input));
        let answers: Vec<_> = join_all(sends).await.into_iter().map(|answer| answer.unwrap()).collect();
        assert_eq!(answers[0].seq, round);
        assert_eq!(answers[0].message_id, input.msg_id);
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
        // And the same again when everything has changed but the request.
        server.clock.advance(chrono::TimeDelta::seconds(10));
        assert_eq!(apis[1].send_message(&input).await.unwrap(), answers[0]);
    }
    let log = room.log().await;
    assert_in_order(&log);
    assert_eq!(log.len(), 5);
    let events: i64 =
        sqlx::query_scalar("SELECT count(*) FROM events WHERE kind = 'entry'").fetch_one(server.db()).await.unwrap();
    assert_eq!(events, 5, "a retry tells nobody anything");
}

#[tokio::test]
async fn a_retry_is_answered_alike_after_the_epoch_has_moved() {
    let server = TestServer::start().await;
    let mut room = Room::open(&server, &["alice"]).await;
    let input = room.message("once");
    let first = room.members[0].api.send_message(&input).await.unwrap();
    room.advance().await;
    assert_eq!(room.members[0].api.send_message(&input).await.unwrap(), first);
    assert_eq!(room.log().await.len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_id_stands_for_one_content_of_one_sender() {
    let server = TestServer::start().await;
    let mut room = Room::open(&server, &["alice", "bob"]).await;
    let input = room.message("the first");
    let first = room.members[0].api.send_message(&input).await.unwrap();
    let other_content = send_message::Input { ciphertext: b"another".to_vec().into(), ..input.clone() };
    let other_epoch = send_message::Input { epoch: 1, ..input.clone() };
    room.advance().await;
    let [alice, bob] = &room.members[..] else { unreachable!() };
    assert_eq!(refused(alice.api.send_message(&other_content).await), "InvalidMessageId");
    assert_eq!(refused(alice.api.send_message(&other_epoch).await), "InvalidMessageId");
    assert_eq!(refused(bob.api.send_message(&input).await), "InvalidMessageId");
    let log = room.log().await;
    assert_eq!(log.len(), 2);
    assert_eq!((log[0].seq, &log[0].ciphertext), (first.seq, &input.ciphertext));

    // All at once: one of the sixteen is the message, the others are refused.
    let contested = room.message("contested");
    let sends = (0..16).map(|number| {
        let ciphertext = format!("content {}", number / 2).into_bytes().into();
        let input = send_message::Input { ciphertext, ..contested.clone() };
        let api = &room.members[number % 2].api;
        async move { api.send_message(&input).await }
    });
    let (taken, refusals): (Vec<_>, Vec<_>) = join_all(sends).await.into_iter().partition(Result::is_ok);
    assert_eq!((taken.len(), refusals.len()), (1, 15));
    assert!(refusals.into_iter().all(|refusal| refused(refusal) == "InvalidMessageId"));
    assert_eq!(room.log().await.len(), 3);
    // In another conversation the same id is another message.
    let elsewhere = Room::open(&server, &["alice"]).await;
    let input = send_message::Input { convo_id: elsewhere.convo_id.clone(), epoch: 0, ..input };
    assert_eq!(elsewhere.members[0].api.send_message(&input).await.unwrap().seq, 1);
}

/// Sends until `count` messages were taken, catching up with the epoch as the refusals tell it.
async fn send_many(api: &Client<XrpcHttp>, convo_id: &str, count: usize) -> Vec<(send_message::Output, String)> {
    let (mut epoch, mut sent) = (0, Vec::new());
    while sent.len() < count {
        let input = chat::message(convo_id, epoch, format!("message {}", sent.len()).into_bytes());
        match api.send_message(&input).await {
            Ok(output) => {
                assert_eq!(output.epoch, epoch);
                sent.push((output, input.msg_id));
            }
            Err(ClientError::Declared(send_message::Error::EpochMismatch(message))) => {
                let named = message.to_string().split(|byte: char| !byte.is_ascii_digit()).find_map(|n| n.parse().ok());
                let named: i64 = named.expect("the refusal names the current epoch");
                assert!(named > epoch, "refused at epoch {epoch}, which is said to be {named}");
                epoch = named;
            }
            Err(error) => panic!("{error}"),
        }
    }
    sent
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_epoch_never_falls_while_senders_race_with_commits() {
    let server = TestServer::start().await;
    let replica = server.replica().await;
    let mut room = Room::open(&server, &["alice", "bob", "carol"]).await;
    let convo_id = room.convo_id.clone();
    let did = |number: usize| room.members[number % 3].did.clone();
    let apis: Vec<_> = (0..8).map(|n| client(if n < 4 { &server } else { &replica }, &did(n))).collect();
    let sends = join_all(apis.iter().map(|api| send_many(api, &convo_id, 40)));
    let commits = async {
        let mut commits: Vec<submit_commit::Output> = Vec::new();
        for _ in 0..12 {
            commits.push(room.advance().await);
            tokio::time::sleep(std::time::Duration::from_millis(30)).await;
        }
        commits
    };
    let (sent, commits) = tokio::join!(sends, commits);
    let log = room.log().await;
    assert_in_order(&log);
    assert_eq!(log.len(), 8 * 40 + 12);
    for (output, id) in sent.into_iter().flatten() {
        let entry = &log[output.seq as usize - 1];
        assert_eq!((&entry.id, entry.epoch), (&id, output.epoch));
    }
    for (epoch, commit) in commits.iter().enumerate() {
        let entry = &log[commit.seq as usize - 1];
        assert_eq!((entry.epoch, commit.new_epoch), (epoch as i64, epoch as i64 + 1));
        // What stands before a commit is of its epoch at most, what stands behind it is of a later one.
        assert!(log[commit.seq as usize..].iter().all(|later| later.epoch > entry.epoch));
    }
    let epochs: BTreeSet<_> = log.iter().map(|entry| entry.epoch).collect();
    assert!(epochs.len() >= 12, "the commits came while the senders were at work");
}

#[tokio::test]
async fn a_message_of_another_epoch_is_refused() {
    let server = TestServer::start().await;
    let mut room = Room::open(&server, &["alice"]).await;
    room.advance().await;
    room.advance().await;
    for epoch in [0, 1, 3, i64::MAX] {
        let input = chat::message(&room.convo_id, epoch, b"of another time".to_vec());
        let error = room.members[0].api.send_message(&input).await.unwrap_err().to_string();
        assert!(error.starts_with("EpochMismatch") && error.contains("epoch 2"), "{error}");
    }
    assert_eq!(room.log().await.len(), 2);
}

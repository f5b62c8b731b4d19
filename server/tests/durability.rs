//! What was acknowledged is there, whatever is killed in the middle of the load.

use std::{
    path::Path,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use catbird_lexicon::blue::catbird::mls::{Client, defs, send_message};
use e2e::{chat, program::Program, room::Room};
use futures::future::join_all;
use lexicon_runtime::client::{ClientError, XrpcHttp};
use rustix::process::{Pid, Signal, kill_process};

fn start(directory: &Path) -> Program {
    Program::start(env!("CARGO_BIN_EXE_catbird-server"), directory, &[])
}

/// What one sender got through.
#[derive(Default)]
struct Sent {
    acknowledged: Vec<(send_message::Input, send_message::Output)>,
    /// What was on its way when the server was gone.
    unanswered: Option<send_message::Input>,
}

/// What there is to see of a load from outside.
#[derive(Default)]
struct Load {
    acknowledged: AtomicUsize,
    is_over: AtomicBool,
}

impl Load {
    /// Waits until this many more messages are acknowledged.
    async fn progress(&self, more: usize) {
        let (target, deadline) = (self.acknowledged.load(Ordering::SeqCst) + more, Instant::now() + PATIENCE);
        while self.acknowledged.load(Ordering::SeqCst) < target {
            assert!(Instant::now() < deadline, "the load doesn't get on");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

const SENDERS: usize = 8;
const PATIENCE: Duration = Duration::from_secs(60);

fn is_unavailable<E>(error: &ClientError<E>) -> bool {
    match error {
        ClientError::Transport(_) => true,
        ClientError::Refused { status, .. } => *status >= 500,
        ClientError::Declared(_) | ClientError::Decode(_) => false,
    }
}

/// The epoch that a refusal names.
fn named_epoch(message: &str) -> i64 {
    let numbers = message.split(|byte: char| !byte.is_ascii_digit());
    numbers.filter_map(|number| number.parse().ok()).next().expect("the refusal names the epoch")
}

/// Sends until the load is over or, unless `insists`, the server is gone. A message without an answer is sent again as it is.
async fn send(api: &Client<XrpcHttp>, convo_id: &str, load: &Load, insists: bool) -> Sent {
    let (mut sent, mut epoch) = (Sent::default(), 0);
    while !load.is_over.load(Ordering::SeqCst) || sent.unanswered.is_some() {
        let fresh = || chat::message(convo_id, epoch, uuid::Uuid::new_v4().as_bytes().repeat(20));
        let input = sent.unanswered.take().unwrap_or_else(fresh);
        match api.send_message(&input).await {
            Ok(output) => {
                load.acknowledged.fetch_add(1, Ordering::SeqCst);
                sent.acknowledged.push((input, output));
            }
            Err(ClientError::Declared(send_message::Error::EpochMismatch(message))) => {
                epoch = named_epoch(&message.to_string());
            }
            Err(error) if is_unavailable(&error) => {
                sent.unanswered = Some(input);
                if !insists {
                    return sent;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            Err(error) => panic!("{error}"),
        }
    }
    sent
}

/// Commits all the while, until the load is over or the server is gone. Returns the last acknowledged epoch.
async fn commit(room: &mut Room, load: &Load) -> i64 {
    let member = &room.members[0];
    while !load.is_over.load(Ordering::SeqCst) {
        let handshake = room.group.update(&member.mls);
        let input = chat::commit(&room.convo_id, room.group.epoch(), handshake.commit);
        match member.api.submit_commit(&input).await {
            Ok(_) => room.group.merge(&member.mls),
            Err(error) if is_unavailable(&error) => break,
            Err(error) => panic!("{error}"),
        }
        tokio::time::sleep(Duration::from_millis(40)).await;
    }
    room.group.epoch()
}

/// Asserts that the log is whole and in order, and has each acknowledged message where it was said to be, once.
fn assert_whole(log: &[defs::MessageView], sent: &[Sent]) {
    let seqs: Vec<_> = log.iter().map(|entry| entry.seq).collect();
    assert_eq!(seqs, (1..=log.len() as i64).collect::<Vec<_>>());
    assert!(log.windows(2).all(|pair| pair[0].epoch <= pair[1].epoch));
    for (input, output) in sent.iter().flat_map(|sent| &sent.acknowledged) {
        let entry = &log[output.seq as usize - 1];
        assert_eq!((&entry.id, &entry.ciphertext, entry.epoch), (&input.msg_id, &input.ciphertext, output.epoch));
        assert_eq!(log.iter().filter(|entry| entry.id == input.msg_id).count(), 1);
    }
}

fn commits(log: &[defs::MessageView]) -> i64 {
    log.iter().filter(|entry| entry.message_type == Some(defs::MessageViewMessageType::Commit)).count() as i64
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_killed_in_the_middle_of_sends_loses_nothing_it_acknowledged() {
    let directory = tempfile::tempdir().unwrap();
    let program = start(directory.path());
    let names = ["alice", "bob", "carol", "dave"];
    let mut room = Room::of(names.iter().map(|name| program.actor(name)).collect()).await;
    let (convo_id, load) = (room.convo_id.clone(), Load::default());
    let senders: Vec<_> = (0..SENDERS).map(|number| program.actor(names[number % names.len()])).collect();
    let sends = join_all(senders.iter().map(|sender| send(&sender.api, &convo_id, &load, false)));
    let kill = async {
        load.progress(120).await;
        program.kill();
    };
    let (mut sent, acknowledged_epoch, ()) = tokio::join!(sends, commit(&mut room, &load), kill);
    assert!(sent.iter().any(|sent| sent.unanswered.is_some()), "the kill came in the middle");

    let program = start(directory.path());
    let alice = program.actor("alice");
    let log = alice.read(&convo_id).await;
    assert_whole(&log, &sent);
    let epoch = alice.epoch(&convo_id).await.unwrap();
    assert_eq!(epoch, commits(&log), "the epoch moves with its commit");
    assert!(epoch == acknowledged_epoch || epoch == acknowledged_epoch + 1, "{epoch}, {acknowledged_epoch}");
    // Whoever got no answer sends the same again: it is in the log once, whether or not it was before.
    let mut there_before = log.len();
    for (sender, sent) in senders.iter().zip(&mut sent) {
        let Some(input) = sent.unanswered.take() else { continue };
        let is_there = log.iter().any(|entry| entry.id == input.msg_id);
        let input = send_message::Input { epoch: if is_there { input.epoch } else { epoch }, ..input };
        let again = program.actor(sender.did.as_str().trim_start_matches("did:plc:"));
        let output = again.api.send_message(&input).await.unwrap();
        assert_eq!(output.seq as usize <= log.len(), is_there);
        there_before += usize::from(!is_there);
        sent.acknowledged.push((input, output));
    }
    let log = alice.read(&convo_id).await;
    assert_eq!(log.len(), there_before);
    assert_whole(&log, &sent);
    let in_all: usize = sent.iter().map(|sent| sent.acknowledged.len()).sum();
    assert_eq!(in_all as i64 + commits(&log), log.len() as i64, "there is nothing that nobody sent");
}

/// Waits until another PostgreSQL runs in place of this one. Its own processes may still answer for a moment.
async fn restart(program: &Program, postmaster: i32) {
    let deadline = Instant::now() + PATIENCE;
    while program.postmaster().is_none_or(|now| now == postmaster) {
        assert!(Instant::now() < deadline, "PostgreSQL isn't started anew");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_postgres_killed_in_the_middle_of_sends_loses_nothing_and_the_server_goes_on() {
    let directory = tempfile::tempdir().unwrap();
    let program = start(directory.path());
    let names = ["alice", "bob"];
    let room = Room::of(names.iter().map(|name| program.actor(name)).collect()).await;
    let load = Load::default();
    let senders: Vec<_> = (0..SENDERS).map(|number| program.actor(names[number % names.len()])).collect();
    let sends = join_all(senders.iter().map(|sender| send(&sender.api, &room.convo_id, &load, true)));
    let kill = async {
        for _ in 0..2 {
            load.progress(50).await;
            let postmaster = program.postmaster().expect("PostgreSQL runs");
            kill_process(Pid::from_raw(postmaster).unwrap(), Signal::KILL).unwrap();
            restart(&program, postmaster).await;
            load.progress(50).await;
        }
        load.is_over.store(true, Ordering::SeqCst);
    };
    let (sent, ()) = tokio::join!(sends, kill);
    let log = room.log().await;
    assert_whole(&log, &sent);
    let in_all: usize = sent.iter().map(|sent| sent.acknowledged.len()).sum();
    assert_eq!(in_all, log.len(), "there is nothing that nobody sent, and nothing twice");
}

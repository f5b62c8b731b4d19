//! One commit per epoch: what a race leaves behind of its winner, and nothing of the others.

use catbird_lexicon::blue::catbird::mls::{defs, submit_commit};
use e2e::{
    actor::{Actor, Fetched, client, refused},
    chat::{self, Chat, contents, texts},
    mls::Received,
    room::Room,
    server::TestServer,
};
use futures::future::join_all;
use lexicon_runtime::client::ClientError;
use sqlx::Row;

const RACERS: usize = 16;

/// A member who is about to add a newcomer.
struct Racer<'a> {
    chat: Chat<'a>,
    newcomer: Fetched,
    input: submit_commit::Input,
}

/// All members of a new conversation, each with a commit that adds a newcomer of their own, with Welcome and GroupInfo.
async fn line_up<'a>(members: &'a [Actor], newcomers: &[Actor]) -> Vec<Racer<'a>> {
    for actor in members[1..].iter().chain(newcomers) {
        actor.publish(1).await;
    }
    let others: Vec<_> = members[1..].iter().map(|member| &member.did).collect();
    let mut chats = vec![Chat::create(&members[0], &others).await];
    for member in &members[1..] {
        chats.push(Chat::join(member, &chats[0].convo_id).await);
    }
    let mut racers = Vec::new();
    for (mut chat, newcomer) in chats.into_iter().zip(newcomers) {
        let newcomer = chat.actor.fetch(&[&newcomer.did]).await.remove(0);
        let handshake = chat.group.add(&chat.actor.mls, &contents(std::slice::from_ref(&newcomer)));
        let input = chat::change(&chat.convo_id, 1, handshake, std::slice::from_ref(&newcomer), &[]);
        racers.push(Racer { chat, newcomer, input });
    }
    racers
}

fn actors(server: &TestServer, name: &str) -> Vec<Actor> {
    (0..RACERS).map(|number| server.actor(&format!("{name}{}", (b'a' + number as u8) as char))).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_16_racing_commits_one_wins_and_the_others_leave_no_trace() {
    let server = TestServer::start().await;
    let replica = server.replica().await;
    let (members, newcomers) = (actors(&server, "member"), actors(&server, "newcomer"));
    let mut racers = line_up(&members, &newcomers).await;
    let convo_id = racers[0].chat.convo_id.clone();

    let submissions = racers.iter().enumerate().map(|(number, racer)| {
        let api = client([&server, &replica][number % 2], &racer.chat.actor.did);
        async move { api.submit_commit(&racer.input).await }
    });
    let mut winner = None;
    for (number, answer) in join_all(submissions).await.into_iter().enumerate() {
        match answer {
            Ok(output) => {
                assert_eq!(winner.replace(number), None, "two commits won");
                assert_eq!((output.seq, output.new_epoch), (1, 2));
            }
            Err(ClientError::Declared(submit_commit::Error::EpochMismatch(message))) => {
                assert!(message.to_string().contains("epoch 2"), "{message}");
            }
            Err(error) => panic!("racer {number}: {error}"),
        }
    }
    let winner = winner.expect("one commit wins");

    // Exactly the winner's commit, newcomer, key package, Welcome and GroupInfo are there.
    let log = members[0].read(&convo_id).await;
    assert_eq!(log.iter().map(|entry| &entry.ciphertext).collect::<Vec<_>>(), [&racers[winner].input.commit]);
    let view = &members[3].convos().await[0];
    assert_eq!((view.epoch, view.members.len(), view.last_seq), (2, RACERS + 1, Some(1)));
    assert!(view.members.iter().any(|member| member.did == racers[winner].newcomer.identity));
    for (number, newcomer) in newcomers.iter().enumerate() {
        if number == winner {
            assert!(newcomer.welcome(&convo_id).await.is_some());
        } else {
            assert!(newcomer.convo_ids().await.is_empty());
            let params = catbird_lexicon::blue::catbird::mls::get_welcome::Params { convo_id: convo_id.clone() };
            assert_eq!(refused(newcomer.api.get_welcome(&params).await), "NotMember");
        }
    }
    let counts = "SELECT (SELECT count(*) FROM welcomes), (SELECT count(*) FROM key_packages WHERE consumed_at IS NULL),
        (SELECT count(*) FROM events WHERE kind = 'entry'), (SELECT epoch FROM group_infos), (SELECT content FROM group_infos)";
    let counts = sqlx::query(counts).fetch_one(server.db()).await.unwrap();
    assert_eq!(counts.get::<i64, _>(0), 2, "one Welcome of the creation, one of the winner");
    assert_eq!(counts.get::<i64, _>(1), RACERS as i64 - 1, "the losers' key packages are unused");
    assert_eq!((counts.get::<i64, _>(2), counts.get::<i64, _>(3)), (1, 2));
    let kept = catbird_server::mls::encode_base64url(&counts.get::<Vec<u8>, _>(4));
    assert_eq!(Some(&kept), racers[winner].input.group_info.as_ref());

    // The losers catch up and add their newcomers after all, each by the same key package.
    let mut winning = racers.swap_remove(winner);
    winning.chat.group.merge(&winning.chat.actor.mls);
    winning.chat.seen = 1;
    for racer in &mut racers {
        racer.chat.group.discard(&racer.chat.actor.mls);
        assert_eq!(racer.chat.catch_up().await[0].what, Received::Commit { epoch: 2 });
    }
    let loser = &mut racers[0];
    let again = loser.chat.actor.fetch(&[&loser.newcomer.user]).await;
    assert_eq!(again[0].hash, loser.newcomer.hash);
    loser.chat.change(&again, &[]).await.unwrap();
    let newcomer = newcomers.iter().find(|newcomer| newcomer.did == loser.newcomer.user).unwrap();
    let mut joined = Chat::join(newcomer, &convo_id).await;
    winning.chat.catch_up().await;
    winning.chat.send("everybody in?").await;
    assert_eq!(texts(&joined.catch_up().await), ["everybody in?"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_way_to_commit_takes_part_in_the_same_race() {
    let server = TestServer::start().await;
    let (alice, bob, carol) = (server.actor("alice"), server.actor("bob"), server.actor("carol"));
    let dave = server.actor("dave");
    for actor in [&bob, &carol, &dave] {
        actor.publish(1).await;
    }
    let mut at_alice = Chat::create(&alice, &[&bob.did, &carol.did]).await;
    let convo_id = at_alice.convo_id.clone();
    let mut at_bob = Chat::join(&bob, &convo_id).await;
    let mut at_carol = Chat::join(&carol, &convo_id).await;
    let newcomers = [&dave.did];
    // addMembers, removeMember and submitCommit at once.
    let (added, removed, updated) =
        tokio::join!(at_bob.add(&newcomers), at_alice.remove(&carol.did), at_carol.update());
    let outcomes = [added.is_ok(), removed.is_ok(), updated.is_ok()];
    assert_eq!(outcomes.iter().filter(|won| **won).count(), 1, "{outcomes:?}");
    let log = alice.read(&convo_id).await;
    assert_eq!(log.len(), 1);
    let mut members: Vec<_> = alice.convos().await.remove(0).members.into_iter().map(|member| member.did).collect();
    members.sort();
    let expected: &[&str] = match outcomes {
        [true, _, _] => &["did:plc:alice", "did:plc:bob", "did:plc:carol", "did:plc:dave"],
        [_, true, _] => &["did:plc:alice", "did:plc:bob"],
        _ => &["did:plc:alice", "did:plc:bob", "did:plc:carol"],
    };
    assert_eq!(members, expected);
}

#[tokio::test]
async fn a_commit_behind_or_ahead_of_the_epoch_is_refused_with_the_current_one() {
    let server = TestServer::start().await;
    let mut room = Room::open(&server, &["alice"]).await;
    let alice = &room.members[0];
    let late = room.group.update(&alice.mls).commit;
    room.group.discard(&alice.mls);
    room.advance().await;
    let alice = &room.members[0];
    room.group.update(&alice.mls);
    room.group.merge(&alice.mls);
    let early = room.group.update(&alice.mls);
    for (epoch, commit) in [(0, late), (2, early.commit)] {
        let error = alice.api.submit_commit(&chat::commit(&room.convo_id, epoch, commit)).await.unwrap_err();
        assert!(error.to_string().starts_with("EpochMismatch") && error.to_string().contains("epoch 1"), "{error}");
    }
    assert_eq!(alice.epoch(&room.convo_id).await.unwrap(), 1);
    assert_eq!(room.log().await.len(), 1);
}

#[tokio::test]
async fn commits_are_found_by_their_epochs() {
    let server = TestServer::start().await;
    let mut room = Room::open(&server, &["alice"]).await;
    for _ in 0..5 {
        room.advance().await;
        room.send("in between").await;
    }
    let alice = &room.members[0];
    let ask = async |from_epoch, to_epoch| {
        let params = catbird_lexicon::blue::catbird::mls::get_commits::Params {
            convo_id: room.convo_id.clone(),
            from_epoch,
            to_epoch,
        };
        alice.api.get_commits(&params).await
    };
    let found = ask(1, Some(3)).await.unwrap().commits;
    assert_eq!(
        found.iter().map(|commit| (commit.epoch, commit.seq)).collect::<Vec<_>>(),
        [(1, Some(3)), (2, Some(5)), (3, Some(7))]
    );
    let log = room.log().await;
    let is_commit = |entry: &&defs::MessageView| entry.message_type == Some(defs::MessageViewMessageType::Commit);
    let all = ask(0, None).await.unwrap().commits;
    let in_log: Vec<_> = log.iter().filter(is_commit).map(|entry| &entry.ciphertext).collect();
    assert_eq!(all.iter().map(|commit| &commit.commit_data).collect::<Vec<_>>(), in_log);
    assert!(ask(5, None).await.unwrap().commits.is_empty());
    assert_eq!(refused(ask(3, Some(2)).await), "InvalidEpochRange");
}

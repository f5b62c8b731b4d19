//! Clear-text reactions: who sees them, and that each is there once.

use catbird_lexicon::blue::catbird::mls::{defs::MessageView, get_messages, leave_convo};
use e2e::{
    actor::{Actor, refused},
    http::Call,
    room::Room,
    server::TestServer,
    state::{Written, events},
};
use futures::future::join_all;
use serde_json::{Value, json};

/// The reactions of an entry, as who and what.
fn of(entry: &MessageView) -> Vec<(&str, &str)> {
    let reactions = entry.reactions.iter().flatten();
    reactions
        .map(|reaction| (reaction.did.as_str().trim_start_matches("did:plc:"), reaction.reaction.as_str()))
        .collect()
}

/// The reactions to the first message of a conversation, by every method that reads it.
async fn seen(reader: &Actor, convo_id: &str, message_id: &str) -> Vec<(String, String)> {
    let params =
        get_messages::Params { convo_id: convo_id.to_owned(), limit: 50, since_seq: None, seqs: Some(vec![1]) };
    let views = [
        reader.message(message_id).await.unwrap(),
        reader.page(convo_id, 0, 1).await.unwrap().messages.remove(0),
        reader.page(convo_id, None, 100).await.unwrap().messages.remove(0),
        reader.api.get_messages(&params).await.unwrap().messages.remove(0),
    ];
    for view in &views {
        assert_eq!((&view.id, &view.reactions), (&views[0].id, &views[0].reactions));
        assert_ne!(view.reactions, Some(Vec::new()), "reactions are absent when there are none");
    }
    of(&views[0]).into_iter().map(|(who, what)| (who.to_owned(), what.to_owned())).collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(who, what)| ((*who).to_owned(), (*what).to_owned())).collect()
}

#[tokio::test]
async fn members_see_reactions_oldest_first_wherever_they_read() {
    let server = TestServer::start().await;
    let room = Room::open(&server, &["alice", "bob"]).await;
    let [alice, bob] = &room.members[..] else { unreachable!() };
    let (convo_id, message) = (&room.convo_id, room.send("hello").await.message_id);
    assert_eq!(seen(bob, convo_id, &message).await, []);
    let answer = bob.react(convo_id, &message, "👍").await.unwrap();
    assert!(answer.success && answer.reacted_at.is_some());
    alice.react(convo_id, &message, "z").await.unwrap();
    bob.react(convo_id, &message, "a").await.unwrap();
    // The same reaction of somebody else is another one.
    alice.react(convo_id, &message, "👍").await.unwrap();
    for reader in [alice, bob] {
        let all = pairs(&[("bob", "👍"), ("alice", "z"), ("bob", "a"), ("alice", "👍")]);
        assert_eq!(seen(reader, convo_id, &message).await, all);
    }
    server.settled().await;
    let (waiting, _) = bob.all_pending(None, 10).await;
    assert_eq!(of(&waiting[0]).len(), 4);
    let times: Vec<_> = waiting[0].reactions.iter().flatten().map(|reaction| &reaction.created_at).collect();
    assert!(times.iter().all(|time| Some(*time) == answer.reacted_at.as_ref()), "the clock stood still");

    bob.take_back(convo_id, &message, "👍").await.unwrap();
    alice.take_back(convo_id, &message, "z").await.unwrap();
    assert_eq!(seen(alice, convo_id, &message).await, pairs(&[("bob", "a"), ("alice", "👍")]));
    // Whoever takes it back may leave it again, as the newest.
    bob.react(convo_id, &message, "👍").await.unwrap();
    assert_eq!(seen(alice, convo_id, &message).await, pairs(&[("bob", "a"), ("alice", "👍"), ("bob", "👍")]));
    for (actor, reaction) in [(bob, "a"), (alice, "👍"), (bob, "👍")] {
        actor.take_back(convo_id, &message, reaction).await.unwrap();
    }
    assert_eq!(seen(alice, convo_id, &message).await, []);
}

#[tokio::test]
async fn reactions_stay_with_their_entries() {
    let server = TestServer::start().await;
    let (room, other) = (Room::open(&server, &["alice"]).await, Room::open(&server, &["alice", "bob"]).await);
    let alice = &room.members[0];
    let mut messages = Vec::new();
    for number in 0..4 {
        messages.push(room.send(format!("entry {number}")).await.message_id);
    }
    // The same id and the same seq in another conversation.
    let mut same = other.message("there");
    same.msg_id.clone_from(&messages[2]);
    other.members[1].api.send_message(&same).await.unwrap();
    alice.react(&room.convo_id, &messages[0], "first").await.unwrap_err();
    alice.react(&room.convo_id, &messages[0], "1").await.unwrap();
    alice.react(&room.convo_id, &messages[2], "3").await.unwrap();
    alice.react(&other.convo_id, &messages[2], "o").await.unwrap();
    let log = room.log().await;
    assert_eq!(log.iter().map(of).collect::<Vec<_>>(), [vec![("alice", "1")], vec![], vec![("alice", "3")], vec![]]);
    assert_eq!(of(&other.log().await[0]), [("alice", "o")]);
    server.settled().await;
    let (waiting, _) = other.members[1].all_pending(None, 10).await;
    assert_eq!(waiting.iter().map(of).collect::<Vec<_>>(), [[("alice", "o")]]);
    // They go with what they are about.
    server.pass_time(std::time::Duration::from_secs(31 * 24 * 60 * 60)).await;
    let left: i64 = sqlx::query_scalar("SELECT count(*) FROM reactions").fetch_one(server.db()).await.unwrap();
    assert_eq!(left, 0);
}

/// What a reaction's event must be.
fn written(seq: i64, who: &Actor, message_id: &str, reaction: &str, is_added: bool) -> (i64, Option<String>, Value) {
    (
        seq,
        Some(who.did.as_str().to_owned()),
        json!({"message_id": message_id, "reaction": reaction, "is_added": is_added}),
    )
}

async fn told(server: &TestServer, convo_id: &str) -> Vec<(i64, Option<String>, Value)> {
    let parsed = |event: Written| (event.seq, event.subject_did, serde_json::from_str(&event.detail.unwrap()).unwrap());
    events(server.db(), convo_id, "reaction").await.into_iter().map(parsed).collect()
}

#[tokio::test]
async fn each_change_is_one_event_and_what_changes_nothing_is_none() {
    let server = TestServer::start().await;
    let room = Room::open(&server, &["alice", "bob"]).await;
    let [alice, bob] = &room.members[..] else { unreachable!() };
    let (convo_id, message) = (&room.convo_id, room.send("hello").await.message_id);
    room.send("and more").await;
    bob.take_back(convo_id, &message, "+").await.unwrap();
    bob.react(convo_id, &message, "+").await.unwrap();
    assert_eq!(refused(bob.react(convo_id, &message, "+").await), "AlreadyReacted");
    alice.take_back(convo_id, &message, "+").await.unwrap();
    bob.take_back(convo_id, &message, "+").await.unwrap();
    bob.take_back(convo_id, &message, "+").await.unwrap();
    // They are about the entry reacted to: who joined after it sees neither.
    assert_eq!(
        told(&server, convo_id).await,
        [written(1, bob, &message, "+", true), written(1, bob, &message, "+", false)]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_attempts_at_once_one_leaves_the_reaction() {
    let server = TestServer::start().await;
    let replica = server.replica().await;
    let room = Room::open(&server, &["alice", "bob"]).await;
    let (convo_id, message) = (&room.convo_id, room.send("hello").await.message_id);
    let bobs: Vec<_> = (0..16).map(|n| [&server, &replica][n % 2].actor("bob")).collect();
    for round in 0..3 {
        let reaction = round.to_string();
        let answers = join_all(bobs.iter().map(|bob| bob.react(convo_id, &message, &reaction))).await;
        let (done, failed): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
        assert_eq!(done.len(), 1);
        for answer in failed {
            assert_eq!(refused(answer), "AlreadyReacted");
        }
        let answers = join_all(bobs.iter().map(|bob| bob.take_back(convo_id, &message, &reaction))).await;
        assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    }
    let bob = &room.members[1];
    let expected: Vec<_> = ["0", "1", "2"]
        .into_iter()
        .flat_map(|reaction| [true, false].map(|is_added| written(1, bob, &message, reaction, is_added)))
        .collect();
    assert_eq!(told(&server, convo_id).await, expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_tell_changes_in_the_order_in_which_they_happened() {
    let server = TestServer::start().await;
    let replica = server.replica().await;
    let room = Room::open(&server, &["alice", "bob"]).await;
    let (convo_id, message) = (&room.convo_id, room.send("hello").await.message_id);
    let churn = async |bob: Actor| {
        for _ in 0..15 {
            let _ = bob.react(convo_id, &message, "+").await;
            bob.take_back(convo_id, &message, "+").await.unwrap();
        }
    };
    let talk = async {
        for _ in 0..20 {
            room.send("meanwhile").await;
        }
    };
    let bob = |server: &TestServer| server.actor("bob");
    tokio::join!(churn(bob(&server)), churn(bob(&replica)), churn(bob(&server)), churn(bob(&replica)), talk);
    let changes: Vec<_> = told(&server, convo_id).await.into_iter().map(|(_, _, detail)| detail).collect();
    assert!(changes.len() >= 2);
    for (index, change) in changes.iter().enumerate() {
        assert_eq!(change["is_added"], index % 2 == 0, "one leaves it, one takes it back: {index}");
    }
    assert_eq!(seen(&room.members[0], convo_id, &message).await, []);
}

#[tokio::test]
async fn a_user_has_twenty_reactions_to_a_message_at_most() {
    let server = TestServer::start().await;
    let room = Room::open(&server, &["alice", "bob"]).await;
    let [alice, bob] = &room.members[..] else { unreachable!() };
    let (convo_id, message) = (&room.convo_id, room.send("hello").await.message_id);
    let reactions: Vec<_> = ('a'..='u').map(String::from).collect();
    for reaction in &reactions[..20] {
        bob.react(convo_id, &message, reaction).await.unwrap();
    }
    let error = bob.react(convo_id, &message, &reactions[20]).await.unwrap_err().to_string();
    assert!(error.contains("InvalidRequest") && error.contains("at most 20"), "{error}");
    assert_eq!(refused(bob.react(convo_id, &message, &reactions[3]).await), "AlreadyReacted");
    // Each message and each user has a share of their own, and what is taken back makes room.
    alice.react(convo_id, &message, &reactions[20]).await.unwrap();
    let next = room.send("next").await.message_id;
    bob.react(convo_id, &next, &reactions[20]).await.unwrap();
    bob.take_back(convo_id, &message, &reactions[7]).await.unwrap();
    bob.react(convo_id, &message, &reactions[20]).await.unwrap();
    assert_eq!(seen(alice, convo_id, &message).await.len(), 21);
}

#[tokio::test]
async fn whoever_left_sees_the_reactions_of_their_time() {
    let server = TestServer::start().await;
    let room = Room::open(&server, &["alice", "bob"]).await;
    let [alice, bob] = &room.members[..] else { unreachable!() };
    let (convo_id, message) = (&room.convo_id, room.send("hello").await.message_id);
    alice.react(convo_id, &message, "1").await.unwrap();
    let leaving = leave_convo::Input { convo_id: convo_id.clone(), target_did: None, commit: None };
    bob.api.leave_convo(&leaving).await.unwrap();
    alice.react(convo_id, &message, "2").await.unwrap();
    assert_eq!(seen(alice, convo_id, &message).await, pairs(&[("alice", "1"), ("alice", "2")]));
    assert_eq!(seen(bob, convo_id, &message).await, pairs(&[("alice", "1")]), "they read nothing from after they left");
    assert_eq!(refused(bob.react(convo_id, &message, "3").await), "NotMember");
}

#[tokio::test]
async fn a_reaction_is_one_grapheme_of_sixteen_bytes() {
    let server = TestServer::start().await;
    let room = Room::open(&server, &["alice"]).await;
    let message = room.send("hello").await.message_id;
    let call = |reaction: &str| -> Call<'_> {
        let input = json!({"convoId": room.convo_id, "messageId": message, "reaction": reaction});
        server.call("addReaction").by(&room.members[0].did).input(&input)
    };
    // 18 bytes, though one grapheme; two graphemes; none.
    for (reaction, says) in [("👨‍👩‍👧", "at most 16 bytes"), ("ab", "grapheme"), ("👍👍", "grapheme"), ("", "at least 1")]
    {
        let message = call(reaction).send().await.refused(400, "InvalidRequest");
        assert!(message.contains("input/reaction") && message.contains(says), "{reaction}: {message}");
    }
    // With a skin tone; a flag; one with an accent of its own.
    for reaction in ["👍🏽", "🇩🇪", "e\u{301}", "x"] {
        assert_eq!(call(reaction).send().await.output()["success"], true);
    }
    let log = room.log().await;
    assert_eq!(of(&log[0]).iter().map(|(_, what)| *what).collect::<Vec<_>>(), ["👍🏽", "🇩🇪", "e\u{301}", "x"]);
}

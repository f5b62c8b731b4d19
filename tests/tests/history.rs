//! Who reads which part of a log: late joiners, those who were removed, and those who came back.

use catbird_lexicon::blue::catbird::mls::{get_commits, get_messages};
use e2e::{
    actor::{Actor, refused},
    chat::{Chat, texts},
    mls::Received,
    server::TestServer,
};

/// Asserts that by every method that reads, this user reads exactly the entries with these seqs of those there are.
async fn assert_reads(actor: &Actor, convo_id: &str, everything: &[(i64, String)], readable: &[i64]) {
    let seqs = |page: get_messages::Output| page.messages.iter().map(|entry| entry.seq).collect::<Vec<_>>();
    let name = actor.did.as_str();
    assert_eq!(seqs(actor.page(convo_id, 0, 100).await.unwrap()), readable, "{name}, since 0");
    assert_eq!(seqs(actor.page(convo_id, None, 100).await.unwrap()), readable, "{name}, the latest");
    let all = everything.iter().map(|(seq, _)| *seq).collect();
    let params = get_messages::Params { convo_id: convo_id.to_owned(), limit: 50, since_seq: None, seqs: Some(all) };
    let exactly = actor.api.get_messages(&params).await.unwrap();
    assert_eq!(seqs(exactly), readable, "{name}, by seqs");
    for (seq, id) in everything {
        let answer = actor.message(id).await;
        match readable.contains(seq) {
            true => assert_eq!(answer.unwrap().seq, *seq),
            false => assert_eq!(refused(answer), "NotMember", "{name}, entry {seq}"),
        }
    }
    let page = actor.page(convo_id, 0, 100).await.unwrap().messages;
    let is_commit = |seq: &i64| page.iter().any(|entry| entry.seq == *seq && is_commit(entry));
    let commits: Vec<_> = readable.iter().copied().filter(is_commit).collect();
    assert_eq!(actor.commits(convo_id).await.unwrap(), commits, "{name}, commits");
    for range in [(0, Some(0)), (0, Some(i64::MAX)), (1, None)] {
        let params = get_commits::Params { convo_id: convo_id.to_owned(), from_epoch: range.0, to_epoch: range.1 };
        let found = actor.api.get_commits(&params).await.unwrap().commits;
        assert!(found.iter().all(|commit| readable.contains(&commit.seq.unwrap())), "{name}, commits of {range:?}");
    }
}

fn is_commit(entry: &catbird_lexicon::blue::catbird::mls::defs::MessageView) -> bool {
    entry.message_type.as_ref().is_some_and(|kind| kind.as_str() == "commit")
}

/// All entries as somebody sees them who was there from the beginning.
async fn everything(actor: &Actor, convo_id: &str) -> Vec<(i64, String)> {
    actor.read(convo_id).await.into_iter().map(|entry| (entry.seq, entry.id)).collect()
}

/// That somebody who is no longer a member can do nothing but read.
async fn assert_outside(chat: &mut Chat<'_>) {
    let (actor, convo_id) = (chat.actor, chat.convo_id.clone());
    assert!(!actor.convo_ids().await.contains(&convo_id));
    assert_eq!(refused(actor.epoch(&convo_id).await), "NotMember");
    let unsent = e2e::chat::message(&convo_id, chat.group.epoch(), b"from outside".to_vec());
    assert_eq!(refused(actor.api.send_message(&unsent).await), "NotMember");
}

#[tokio::test]
async fn a_late_joiner_reads_nothing_from_before() {
    let server = TestServer::start().await;
    let (alice, bob, carol) = (server.actor("alice"), server.actor("bob"), server.actor("carol"));
    bob.publish(1).await;
    carol.publish(1).await;
    let mut at_alice = Chat::create(&alice, &[&bob.did]).await;
    let convo_id = at_alice.convo_id.clone();
    at_alice.send("before").await;
    at_alice.update().await.unwrap();
    at_alice.send("also before").await;
    assert_eq!(refused(carol.page(&convo_id, 0, 100).await), "NotMember");
    assert_eq!(refused(carol.commits(&convo_id).await), "NotMember");

    at_alice.add(&[&carol.did]).await.unwrap();
    let before = everything(&alice, &convo_id).await;
    assert_eq!(before.len(), 4);
    assert_reads(&carol, &convo_id, &before, &[]).await;
    assert_eq!(carol.convos().await[0].unread_count, Some(0), "what one can't read isn't unread");
    at_alice.send("after").await;
    at_alice.update().await.unwrap();
    at_alice.send("long after").await;
    let all = everything(&alice, &convo_id).await;
    assert_reads(&carol, &convo_id, &all, &[5, 6, 7]).await;
    assert_reads(&bob, &convo_id, &all, &[1, 2, 3, 4, 5, 6, 7]).await;
    assert_eq!(carol.convos().await[0].unread_count, Some(2));
    let mut at_carol = Chat::join(&carol, &convo_id).await;
    assert_eq!(texts(&at_carol.catch_up().await), ["after", "long after"]);
    assert_eq!(carol.page(&convo_id, 0, 100).await.unwrap().gap_info, None, "what is hidden is no gap");
}

#[tokio::test]
async fn a_removed_member_reads_up_to_the_removing_commit_and_nothing_after() {
    let server = TestServer::start().await;
    let (alice, bob) = (server.actor("alice"), server.actor("bob"));
    bob.publish(1).await;
    let mut at_alice = Chat::create(&alice, &[&bob.did]).await;
    let convo_id = at_alice.convo_id.clone();
    let mut at_bob = Chat::join(&bob, &convo_id).await;
    at_alice.send("one").await;
    at_alice.update().await.unwrap();
    at_alice.send("three").await;
    at_alice.remove(&bob.did).await.unwrap();
    at_alice.send("five").await;
    at_alice.update().await.unwrap();

    let all = everything(&alice, &convo_id).await;
    assert_eq!(all.len(), 6);
    assert_reads(&bob, &convo_id, &all, &[1, 2, 3, 4]).await;
    assert_reads(&alice, &convo_id, &all, &[1, 2, 3, 4, 5, 6]).await;
    assert_outside(&mut at_bob).await;
    let read = at_bob.catch_up().await;
    assert_eq!(texts(&read), ["one", "three"]);
    assert_eq!(read.last().unwrap().what, Received::Removed);
}

#[tokio::test]
async fn who_comes_back_reads_from_the_second_joining_on() {
    let server = TestServer::start().await;
    let (alice, bob) = (server.actor("alice"), server.actor("bob"));
    bob.publish(2).await;
    let mut at_alice = Chat::create(&alice, &[&bob.did]).await;
    let convo_id = at_alice.convo_id.clone();
    let mut first = Chat::join(&bob, &convo_id).await;
    at_alice.send("one").await;
    at_alice.remove(&bob.did).await.unwrap();
    at_alice.send("three").await;
    first.catch_up().await;
    first.group.forget(&bob.mls);

    at_alice.add(&[&bob.did]).await.unwrap();
    let mut second = Chat::join(&bob, &convo_id).await;
    at_alice.send("five").await;
    second.catch_up().await;
    second.send("six").await;
    assert_eq!(texts(&at_alice.catch_up().await), ["six"]);
    let all = everything(&alice, &convo_id).await;
    assert_reads(&bob, &convo_id, &all, &[5, 6]).await;
    assert_eq!(bob.epoch(&convo_id).await.unwrap(), 3);

    // Removed once more: the window is the second one.
    at_alice.remove(&bob.did).await.unwrap();
    at_alice.send("eight").await;
    let all = everything(&alice, &convo_id).await;
    assert_reads(&bob, &convo_id, &all, &[5, 6, 7]).await;
    assert_outside(&mut second).await;
}

#[tokio::test]
async fn strangers_learn_nothing() {
    let server = TestServer::start().await;
    let (alice, eve) = (server.actor("alice"), server.actor("eve"));
    let mut at_alice = Chat::create(&alice, &[]).await;
    let convo_id = at_alice.convo_id.clone();
    let sent = at_alice.send("to myself").await;
    assert_eq!(refused(eve.page(&convo_id, 0, 100).await), "NotMember");
    assert_eq!(refused(eve.epoch(&convo_id).await), "NotMember");
    assert_eq!(refused(eve.commits(&convo_id).await), "NotMember");
    // An id that is somebody else's and one that is nobody's look the same.
    let theirs = eve.message(&sent.message_id).await.unwrap_err().to_string();
    let nobodys = eve.message(&uuid::Uuid::new_v4().to_string()).await.unwrap_err().to_string();
    assert!(theirs.starts_with("MessageNotFound"), "{theirs}");
    assert_eq!(theirs, nobodys);
    assert!(eve.convo_ids().await.is_empty());
}

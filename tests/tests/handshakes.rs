//! What the bytes of handshake messages say decides, whatever the request says of them.

use catbird_lexicon::blue::catbird::mls::{add_members, remove_member, submit_commit};
use catbird_server::mls::encode_base64url;
use e2e::{
    actor::{Actor, Fetched, refused},
    chat::{self, Chat, addition, contents, texts},
    mls::{Received, external_commit},
    room::{self, Room},
    server::TestServer,
};
use sqlx::Row;
use uuid::Uuid;

/// What a refused request must leave as it is: epoch, next seq, members, and how many rows there are of everything.
pub async fn state(server: &TestServer, convo_id: &str) -> String {
    let counts = "SELECT concat_ws(' ', c.epoch, c.next_seq, c.kept_count,
            (SELECT string_agg(did || coalesce(left_seq::text, ''), ',' ORDER BY did) FROM members m
                WHERE m.convo_id = c.convo_id),
            (SELECT count(*) FROM messages), (SELECT count(*) FROM events), (SELECT count(*) FROM welcomes),
            (SELECT count(*) FROM welcome_recipients), (SELECT count(*) FROM group_infos),
            (SELECT count(*) FROM key_packages WHERE consumed_at IS NOT NULL), (SELECT count(*) FROM audit_log))
        FROM conversations c WHERE convo_id = $1";
    sqlx::query_scalar(counts).bind(convo_id).fetch_one(server.db()).await.expect("the conversation is there")
}

/// Asserts that this commit is refused with this error, and leaves no trace.
async fn assert_refused(server: &TestServer, actor: &Actor, input: &submit_commit::Input, error: &str) {
    let before = state(server, &input.convo_id).await;
    assert_eq!(refused(actor.api.submit_commit(input).await), error);
    assert_eq!(state(server, &input.convo_id).await, before);
}

#[tokio::test]
async fn a_commit_counts_for_its_own_group_and_epoch_alone() {
    let server = TestServer::start().await;
    let (mut room, mut other) = (Room::open(&server, &["alice"]).await, Room::open(&server, &["bob"]).await);
    let alice = &room.members[0];
    let handshake = room.group.update(&alice.mls);
    let input = chat::commit(&room.convo_id, 0, handshake.commit.clone());

    let theirs = other.group.update(&other.members[0].mls);
    let of_other_group = chat::commit(&room.convo_id, 0, theirs.commit);
    assert_refused(&server, alice, &of_other_group, "InvalidCommit").await;
    for epoch in [1, 2, 1_000_000] {
        let misstated = submit_commit::Input { epoch, ..input.clone() };
        assert_refused(&server, alice, &misstated, "InvalidCommit").await;
    }
    room.group.discard(&alice.mls);
    let text = room.group.encrypt(&alice.mls, "an application message");
    for bytes in [text, b"no MLS message".to_vec(), handshake.commit[..handshake.commit.len() - 1].to_vec()] {
        let garbage = chat::commit(&room.convo_id, 0, bytes);
        assert_refused(&server, alice, &garbage, "InvalidCommit").await;
    }
    // The very commit that all these were not.
    assert_eq!(alice.api.submit_commit(&input).await.unwrap().new_epoch, 1);
    assert_refused(&server, alice, &input, "EpochMismatch").await;
}

#[tokio::test]
async fn a_commit_from_outside_is_refused() {
    let server = TestServer::start().await;
    let room = Room::open(&server, &["alice", "bob"]).await;
    let [alice, bob] = &room.members[..] else { unreachable!() };
    let eve = server.actor("eve");
    let group_info = room.group.group_info(&alice.mls);
    let commit = external_commit(&eve.mls, &group_info);
    let input = chat::commit(&room.convo_id, 0, commit);
    // It doesn't help when a member hands it in.
    for actor in [&eve, alice, bob] {
        assert_refused(&server, actor, &input, "InvalidCommit").await;
    }
}

#[tokio::test]
async fn messages_are_what_their_framing_says() {
    let server = TestServer::start().await;
    let (mut room, mut other) = (Room::open(&server, &["alice"]).await, Room::open(&server, &["bob"]).await);
    let alice = &room.members[0];
    let before = state(&server, &room.convo_id).await;
    let commit = room.group.update(&alice.mls).commit;
    let error = alice.api.send_message(&room.message(commit)).await.unwrap_err().to_string();
    assert!(error.contains("blue.catbird.mls.submitCommit"), "{error}");

    let theirs = other.group.encrypt(&other.members[0].mls, "for another group");
    assert_eq!(refused(alice.api.send_message(&room.message(theirs)).await), "InvalidRequest");
    let other_proposal = other.group.propose_leaving(&other.members[0].mls);
    assert_eq!(refused(alice.api.send_message(&room.message(other_proposal)).await), "InvalidRequest");
    room.group.discard(&alice.mls);
    let text = room.group.encrypt(&alice.mls, "of epoch 0");
    let mut misstated = chat::message(&room.convo_id, 1, text);
    assert_eq!(refused(alice.api.send_message(&misstated).await), "InvalidRequest");
    assert_eq!(state(&server, &room.convo_id).await, before);
    misstated.epoch = 0;
    assert_eq!(alice.api.send_message(&misstated).await.unwrap().seq, 1);
}

/// A group with handshakes in the clear, of Alice and Bob; with a key package each of Carol and Dave, held by Alice.
async fn in_the_clear<'a>(alice: &'a Actor, others: [&Actor; 3]) -> (Chat<'a>, Vec<Fetched>) {
    for actor in others {
        actor.publish(2).await;
    }
    let group = alice.mls.create_public_group(Uuid::new_v4().as_bytes());
    let [bob, carol, dave] = others;
    let chat = Chat::create_as(alice, group, &[&bob.did]).await;
    let fetched = alice.fetch(&[&carol.did, &dave.did]).await;
    (chat, fetched)
}

#[tokio::test]
async fn a_commit_in_the_clear_adds_exactly_the_named_key_packages() {
    let server = TestServer::start().await;
    let (alice, bob) = (server.actor("alice"), server.actor("bob"));
    let (carol, dave) = (server.actor("carol"), server.actor("dave"));
    let (mut at_alice, fetched) = in_the_clear(&alice, [&bob, &carol, &dave]).await;
    let convo_id = at_alice.convo_id.clone();
    let mut at_bob = Chat::join(&bob, &convo_id).await;
    let [of_carol, of_dave] = &fetched[..] else { panic!("two were fetched") };

    let adds_carol = at_alice.group.add(&alice.mls, &contents(std::slice::from_ref(of_carol)));
    let naming = |named: &[Fetched]| {
        let input = chat::change(&convo_id, 1, adds_carol.clone(), named, &[]);
        submit_commit::Input { welcome_message: None, group_info: None, ..input }
    };
    for named in [&[][..], std::slice::from_ref(of_dave), &fetched] {
        assert_refused(&server, &alice, &naming(named), "InvalidCommit").await;
        let users: Vec<_> = fetched.iter().map(|fetched| &fetched.user).collect();
        let input = addition(&convo_id, &users, &adds_carol, named);
        let input = add_members::Input { welcome_message: None, ..input };
        let before = state(&server, &convo_id).await;
        assert_eq!(refused(alice.api.add_members(&input).await), "InvalidCommit");
        assert_eq!(state(&server, &convo_id).await, before);
    }
    at_alice.group.discard(&alice.mls);
    at_alice.change(std::slice::from_ref(of_carol), &[]).await.unwrap();
    let mut at_carol = Chat::join(&carol, &convo_id).await;
    at_alice.send("all together").await;
    assert_eq!(texts(&at_bob.catch_up().await), ["all together"]);
    assert_eq!(texts(&at_carol.catch_up().await), ["all together"]);
}

#[tokio::test]
async fn a_commit_in_the_clear_that_removes_nobody_removes_no_member() {
    let server = TestServer::start().await;
    let (alice, bob) = (server.actor("alice"), server.actor("bob"));
    let (carol, dave) = (server.actor("carol"), server.actor("dave"));
    let (mut at_alice, _) = in_the_clear(&alice, [&bob, &carol, &dave]).await;
    let convo_id = at_alice.convo_id.clone();
    let mut at_bob = Chat::join(&bob, &convo_id).await;
    let update = at_alice.group.update(&alice.mls);
    let input = chat::change(&convo_id, 1, update.clone(), &[], &[&bob.did]);
    assert_refused(&server, &alice, &input, "InvalidCommit").await;
    let input = remove_member::Input {
        convo_id: convo_id.clone(),
        target_did: bob.did.clone(),
        idempotency_key: Uuid::new_v4().simple().to_string()[..26].to_owned(),
        reason: None,
        commit: Some(encode_base64url(&update.commit)),
    };
    let before = state(&server, &convo_id).await;
    assert_eq!(refused(alice.api.remove_member(&input).await), "InvalidCommit");
    assert_eq!(state(&server, &convo_id).await, before);
    at_alice.group.discard(&alice.mls);
    at_alice.remove(&bob.did).await.unwrap();
    assert_eq!(at_bob.catch_up().await[0].what, Received::Removed);
}

#[tokio::test]
async fn a_group_info_is_kept_when_it_is_that_of_the_new_epoch() {
    let server = TestServer::start().await;
    let (mut room, mut other) = (Room::open(&server, &["alice"]).await, Room::open(&server, &["bob"]).await);
    let alice = &room.members[0];
    let of_this_epoch = room.group.group_info(&alice.mls);
    let of_another_group = other.group.change(&other.members[0].mls, &[], &[]).group_info.unwrap();
    let handshake = room.group.change(&alice.mls, &[], &[]);
    let group_info = handshake.group_info.clone().unwrap();
    let input = chat::change(&room.convo_id, 0, handshake, &[], &[]);
    for wrong in [of_this_epoch, of_another_group, b"no GroupInfo".to_vec()] {
        let input = submit_commit::Input { group_info: Some(encode_base64url(&wrong)), ..input.clone() };
        assert_refused(&server, alice, &input, "InvalidCommit").await;
    }
    alice.api.submit_commit(&input).await.unwrap();
    let kept = sqlx::query("SELECT epoch, content FROM group_infos WHERE convo_id = $1").bind(&room.convo_id);
    let kept = kept.fetch_one(server.db()).await.unwrap();
    assert_eq!((kept.get::<i64, _>(0), kept.get::<Vec<u8>, _>(1)), (1, group_info));
}

/// A commit of so many bytes, which nobody can decrypt.
fn commit_of(group_id: &[u8], epoch: u64, length: usize) -> Vec<u8> {
    let head = [&[0, 1, 0, 2, group_id.len() as u8], group_id, &epoch.to_be_bytes(), &[3, 0, 1, 0]].concat();
    let rest = length - head.len() - 4;
    [head, (0x8000_0000 | rest as u32).to_be_bytes().to_vec(), vec![7; rest]].concat()
}

#[tokio::test]
async fn a_commit_is_no_longer_than_what_members_can_be_shown() {
    let server = TestServer::start().await;
    let room = Room::open(&server, &["alice", "bob"]).await;
    let add = async |length: usize| {
        let commit = encode_base64url(&commit_of(&room.group.id(), 0, length));
        let users = [server.actor(&format!("carol{length}")).did];
        room.members[0]
            .api
            .add_members(&add_members::Input { commit: Some(commit), ..room::addition(&room.convo_id, &users) })
            .await
    };
    const LONGEST: usize = 10 << 20;
    assert_eq!(refused(add(LONGEST + 2).await), "InvalidCommit");
    add(LONGEST).await.unwrap();
    assert_eq!(room.log().await[0].ciphertext.len(), LONGEST);
}

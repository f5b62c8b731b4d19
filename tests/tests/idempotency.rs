//! A request that is repeated with its idempotency key has one effect and one answer.

use std::fmt::Debug;

use catbird_lexicon::blue::catbird::mls::{Client, add_members, create_convo, remove_member, submit_commit};
use catbird_server::mls::encode_base64url;
use e2e::{
    actor::{client, hash, refused},
    chat::{self, Chat, addition, contents},
    room::{Room, creation},
    server::{TestServer, did},
};
use futures::future::join_all;
use lexicon_runtime::client::{ClientError, XrpcHttp};
use uuid::Uuid;

const KEY: &str = "01ARZ3NDEKTSV4RRFFQ69G5FAV";

fn key() -> Option<String> {
    Some(KEY.to_owned())
}

fn new_group_id() -> String {
    hex::encode(Uuid::new_v4().as_bytes())
}

/// Makes a call eight times at once over two replicas, then once more; all are answered alike.
async fn eight_times<O: Debug + PartialEq, E: Debug>(
    apis: &[Client<XrpcHttp>; 2],
    call: impl AsyncFn(&Client<XrpcHttp>) -> Result<O, ClientError<E>>,
) -> O {
    let answers = join_all((0..8).map(|number| call(&apis[number % 2]))).await;
    let first = call(&apis[0]).await.expect("a request that was taken is answered again");
    for answer in answers {
        assert_eq!(answer.expect("the request is taken"), first);
    }
    first
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn create_convo_makes_one_conversation() {
    let server = TestServer::start().await;
    let replica = server.replica().await;
    let (alice, bob) = (server.actor("alice"), server.actor("bob"));
    let apis = [client(&server, &alice.did), client(&replica, &alice.did)];
    let input =
        create_convo::Input { idempotency_key: key(), ..creation(&new_group_id(), std::slice::from_ref(&bob.did)) };
    // A failed request leaves the key free.
    let impossible = create_convo::Input {
        key_package_hashes: Some(vec![create_convo::KeyPackageHashEntry { did: bob.did.clone(), hash: hash(b"") }]),
        ..input.clone()
    };
    assert_eq!(refused(alice.api.create_convo(&impossible).await), "KeyPackageNotFound");
    let view = eight_times(&apis, async |api| api.create_convo(&input).await).await;
    assert_eq!(alice.convo_ids().await, [view.id.as_str()]);

    let other = create_convo::Input { group_id: new_group_id(), ..input.clone() };
    assert_eq!(refused(alice.api.create_convo(&other).await), "IdempotencyKeyReused");
    let with_carol = create_convo::Input { initial_members: Some(vec![did("carol")]), ..input.clone() };
    assert_eq!(refused(alice.api.create_convo(&with_carol).await), "IdempotencyKeyReused");
    let without_key = create_convo::Input { idempotency_key: None, ..input.clone() };
    assert_eq!(refused(alice.api.create_convo(&without_key).await), "ConvoAlreadyExists");
    // Bob's key has nothing to do with Alice's: he gets neither her answer nor her refusal.
    assert_eq!(refused(bob.api.create_convo(&input).await), "ConvoAlreadyExists");
    bob.api.create_convo(&other).await.unwrap();
    // The answer is the first one, whatever has happened since.
    server.pass_time(std::time::Duration::from_secs(6 * 24 * 60 * 60)).await;
    assert_eq!(alice.api.create_convo(&input).await.unwrap(), view);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn add_members_adds_once() {
    let server = TestServer::start().await;
    let replica = server.replica().await;
    let (alice, bob, carol) = (server.actor("alice"), server.actor("bob"), server.actor("carol"));
    bob.publish(1).await;
    carol.publish(1).await;
    let mut chat = Chat::create(&alice, &[&bob.did]).await;
    let apis = [client(&server, &alice.did), client(&replica, &alice.did)];
    let fetched = alice.fetch(&[&carol.did]).await;
    let handshake = chat.group.add(&alice.mls, &contents(&fetched));
    let input = addition(&chat.convo_id, &[&carol.did], &handshake, &fetched);
    let input = add_members::Input { idempotency_key: key(), ..input };
    let not_yet = add_members::Input { key_package_hashes: None, ..input.clone() };
    assert_eq!(refused(alice.api.add_members(&not_yet).await), "InvalidWelcome");
    let output = eight_times(&apis, async |api| api.add_members(&input).await).await;
    assert_eq!((output.success, output.new_epoch), (true, 2));
    assert_eq!(alice.read(&chat.convo_id).await.len(), 1);
    assert_eq!(alice.convos().await[0].members.len(), 3);

    let other = add_members::Input { did_list: vec![did("dave")], ..input.clone() };
    assert_eq!(refused(alice.api.add_members(&other).await), "IdempotencyKeyReused");
    assert_eq!(refused(bob.api.add_members(&input).await), "EpochMismatch", "Bob's key is another key");
    let dave = add_members::Input {
        did_list: vec![did("dave")],
        commit: None,
        welcome_message: None,
        key_package_hashes: None,
        ..input
    };
    bob.api.add_members(&dave).await.unwrap();
    assert_eq!(alice.convos().await[0].members.len(), 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn remove_member_removes_once() {
    let server = TestServer::start().await;
    let replica = server.replica().await;
    let (alice, bob) = (server.actor("alice"), server.actor("bob"));
    bob.publish(1).await;
    let mut chat = Chat::create(&alice, &[&bob.did]).await;
    let apis = [client(&server, &alice.did), client(&replica, &alice.did)];
    let handshake = chat.group.remove(&alice.mls, &[&bob.identity]);
    let input = remove_member::Input {
        convo_id: chat.convo_id.clone(),
        target_did: bob.did.clone(),
        idempotency_key: KEY.to_owned(),
        reason: Some("a test".to_owned()),
        commit: Some(encode_base64url(&handshake.commit)),
    };
    let stranger = remove_member::Input { target_did: did("nobody"), ..input.clone() };
    assert_eq!(refused(alice.api.remove_member(&stranger).await), "NotMember");
    let output = eight_times(&apis, async |api| api.remove_member(&input).await).await;
    assert_eq!((output.ok, output.epoch_hint), (true, Some(2)));
    assert_eq!(alice.read(&chat.convo_id).await.len(), 1);
    assert_eq!(alice.convos().await[0].members.len(), 1);
    let audited: i64 = sqlx::query_scalar("SELECT count(*) FROM audit_log").fetch_one(server.db()).await.unwrap();
    assert_eq!(audited, 1);

    for other in [
        stranger,
        remove_member::Input { reason: None, ..input.clone() },
        remove_member::Input { commit: None, ..input.clone() },
    ] {
        assert_eq!(refused(alice.api.remove_member(&other).await), "IdempotencyKeyReused");
    }
    let by_bob = remove_member::Input { target_did: alice.did.clone(), ..input };
    assert_eq!(refused(bob.api.remove_member(&by_bob).await), "NotMember", "Bob's key is another key");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn submit_commit_commits_once() {
    let server = TestServer::start().await;
    let replica = server.replica().await;
    let mut room = Room::open(&server, &["alice", "bob"]).await;
    let [alice, bob] = &room.members[..] else { unreachable!() };
    let apis = [client(&server, &alice.did), client(&replica, &alice.did)];
    let handshake = room.group.update(&alice.mls);
    let input = chat::commit(&room.convo_id, 0, handshake.commit);
    let input = submit_commit::Input { idempotency_key: key(), ..input };
    let impossible = submit_commit::Input { remove_dids: Some(vec![did("nobody")]), ..input.clone() };
    assert_eq!(refused(alice.api.submit_commit(&impossible).await), "NotMember");
    let output = eight_times(&apis, async |api| api.submit_commit(&input).await).await;
    assert_eq!((output.seq, output.new_epoch), (1, 1));
    assert_eq!(room.log().await.len(), 1);

    room.group.merge(&alice.mls);
    let next = room.group.update(&alice.mls);
    let next = chat::commit(&room.convo_id, 1, next.commit);
    let same_key = submit_commit::Input { idempotency_key: key(), ..next.clone() };
    assert_eq!(refused(alice.api.submit_commit(&same_key).await), "IdempotencyKeyReused");
    assert_eq!(refused(alice.api.submit_commit(&impossible).await), "IdempotencyKeyReused");
    assert_eq!(refused(bob.api.submit_commit(&input).await), "EpochMismatch", "Bob's key is another key");
    assert_eq!(bob.api.submit_commit(&same_key).await.unwrap().seq, 2);
    // The same key for another method is another key.
    let elsewhere = create_convo::Input { idempotency_key: key(), ..creation(&new_group_id(), &[]) };
    alice.api.create_convo(&elsewhere).await.unwrap();
}

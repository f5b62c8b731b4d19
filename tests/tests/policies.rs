//! A policy is kept on every way by which members come and go.

use std::{slice::from_ref, sync::Arc};

use catbird_lexicon::blue::catbird::mls::{get_policy, leave_convo, remove_member, submit_commit, update_policy};
use chrono::TimeDelta;
use e2e::{
    actor::{Actor, refused},
    chat::{self, Chat},
    queue::race,
    records::{audit, events},
    room::{Room, addition},
    server::{TestServer, did},
};
use futures::future::FutureExt;
use lexicon_runtime::formats::Datetime;
use uuid::Uuid;

/// A request that changes nothing yet.
pub fn update(convo_id: &str) -> update_policy::Input {
    update_policy::Input {
        convo_id: convo_id.to_owned(),
        allow_invites: None,
        admin_only_invites: None,
        allow_member_add: None,
        allow_member_remove: None,
        require_admin_approval: None,
        max_members: None,
    }
}

async fn set(room: &Room, input: update_policy::Input) -> update_policy::PolicyView {
    room.members[0].api.update_policy(&input).await.unwrap().policy
}

async fn policy(actor: &Actor, convo_id: &str) -> update_policy::PolicyView {
    actor.api.get_policy(&get_policy::Params { convo_id: convo_id.to_owned() }).await.unwrap().policy
}

#[tokio::test]
async fn a_policy_starts_open_and_changes_as_it_is_told() {
    let server = TestServer::start().await;
    let room = Room::open(&server, &["alice", "bob"]).await;
    let [alice, bob] = &room.members[..] else { unreachable!() };
    let created = room.view().await.created_at;
    let first = update_policy::PolicyView {
        convo_id: room.convo_id.clone(),
        allow_invites: true,
        admin_only_invites: false,
        allow_member_add: true,
        allow_member_remove: false,
        require_admin_approval: false,
        max_members: 1000,
        updated_at: created,
        updated_by: None,
    };
    assert_eq!(policy(bob, &room.convo_id).await, first);

    // What says nothing new changes nothing: neither time nor audit log.
    server.clock.advance(TimeDelta::minutes(1));
    let same = update_policy::Input { allow_member_add: Some(true), ..update(&room.convo_id) };
    assert_eq!(set(&room, same).await, first);
    assert_eq!(audit(&server, &room.convo_id).await, [""; 0]);

    let input = update_policy::Input {
        admin_only_invites: Some(true),
        allow_member_remove: Some(true),
        max_members: Some(2),
        ..update(&room.convo_id)
    };
    let told = events(&server, &room.convo_id).await;
    let second = set(&room, input.clone()).await;
    let bucket = catbird_server::clock::bucket(server.now());
    let expected = update_policy::PolicyView {
        admin_only_invites: true,
        allow_member_remove: true,
        max_members: 2,
        updated_at: Datetime::from(bucket),
        updated_by: Some(alice.did.clone()),
        ..first
    };
    assert_eq!(second, expected);
    server.clock.advance(TimeDelta::minutes(1));
    assert_eq!(set(&room, input).await, second, "a retry gets the same");
    assert_eq!(policy(bob, &room.convo_id).await, second);
    let recorded = "updated_policy by alice (adminOnlyInvites=true, allowMemberRemove=true, maxMembers=2)";
    assert_eq!(audit(&server, &room.convo_id).await, [recorded]);
    let heard = events(&server, &room.convo_id).await;
    assert_eq!(heard.len(), told.len() + 1, "members are told once");
    assert!(heard.last().unwrap().starts_with("policy "), "{heard:?}");
}

#[tokio::test]
async fn admins_alone_add_where_the_policy_says_so() {
    let server = TestServer::start().await;
    for closed in [
        |input| update_policy::Input { allow_member_add: Some(false), ..input },
        |input| update_policy::Input { require_admin_approval: Some(true), ..input },
    ] {
        let mut room = Room::open(&server, &["alice", "bob", "carol"]).await;
        room.promote_moderator(&did("carol")).await;
        set(&room, closed(update(&room.convo_id))).await;
        let (convo_id, dave) = (room.convo_id.clone(), did("dave"));
        for refused_one in &room.members[1..] {
            let answer = refused_one.api.add_members(&addition(&convo_id, from_ref(&dave))).await;
            assert_eq!(refused(answer), "NotAdmin");
        }
        let commit = room.group.update(&room.members[0].mls).commit;
        let input = submit_commit::Input { add_dids: Some(vec![dave.clone()]), ..chat::commit(&convo_id, 0, commit) };
        assert_eq!(refused(room.members[1].api.submit_commit(&input).await), "NotAdmin");
        room.members[0].api.submit_commit(&input).await.unwrap();
        assert_eq!(room.view().await.members.len(), 4);
    }
}

#[tokio::test]
async fn a_further_device_of_a_member_is_nobody_new() {
    let server = TestServer::start().await;
    let (alice, phone) = (server.actor("alice"), server.device("carol", Uuid::new_v4()));
    let bob = server.actor("bob");
    for actor in [&phone, &bob] {
        actor.publish(1).await;
    }
    let at_alice = Chat::create(&alice, &[&phone.did, &bob.did]).await;
    let mut at_phone = Chat::join(&phone, &at_alice.convo_id).await;
    let closed =
        update_policy::Input { allow_member_add: Some(false), max_members: Some(3), ..update(&at_alice.convo_id) };
    alice.api.update_policy(&closed).await.unwrap();
    let (laptop, dave) = (server.device("carol", Uuid::new_v4()), server.actor("dave"));
    laptop.publish(1).await;
    dave.publish(1).await;
    let strangers = phone.fetch(&[&dave.did]).await;
    assert_eq!(refused(at_phone.change(&strangers, &[]).await), "NotAdmin");
    let own = phone.fetch(&[&laptop.did]).await;
    at_phone.change(&own, &[]).await.unwrap();
    // Nor does the second device of a user need a further place.
    assert_eq!(alice.convos().await[0].members.len(), 4);

    let tablet = server.device("carol", Uuid::new_v4());
    tablet.publish(1).await;
    let mut at_bob = Chat::join(&bob, &at_alice.convo_id).await;
    at_bob.catch_up().await;
    let theirs = bob.fetch(&[&tablet.did]).await;
    at_bob.change(&theirs, &[]).await.unwrap();
    assert_eq!(alice.convos().await[0].members.len(), 5);
}

fn removal(convo_id: &str, name: &str) -> remove_member::Input {
    remove_member::Input {
        convo_id: convo_id.to_owned(),
        target_did: did(name),
        idempotency_key: name.to_owned(),
        reason: None,
        commit: None,
    }
}

#[tokio::test]
async fn plain_members_remove_each_other_where_the_policy_lets_them() {
    let server = TestServer::start().await;
    let mut room = Room::open(&server, &["alice", "bob", "carol", "dave", "erin", "frank"]).await;
    let convo_id = room.convo_id.clone();
    room.promote_moderator(&did("carol")).await;
    let bob = &room.members[1];
    assert_eq!(refused(bob.api.remove_member(&removal(&convo_id, "dave")).await), "NotAdmin");
    set(&room, update_policy::Input { allow_member_remove: Some(true), ..update(&convo_id) }).await;

    for above in ["alice", "carol"] {
        assert_eq!(refused(bob.api.remove_member(&removal(&convo_id, above)).await), "NotAdmin");
        let input = leave_convo::Input { convo_id: convo_id.clone(), target_did: Some(did(above)), commit: None };
        assert_eq!(refused(bob.api.leave_convo(&input).await), "NotAdmin");
        let commit = room.group.update(&room.members[0].mls).commit;
        room.group.discard(&room.members[0].mls);
        let input = submit_commit::Input { remove_dids: Some(vec![did(above)]), ..chat::commit(&convo_id, 0, commit) };
        assert_eq!(refused(bob.api.submit_commit(&input).await), "NotAdmin");
    }
    bob.api.remove_member(&removal(&convo_id, "dave")).await.unwrap();
    let input = leave_convo::Input { convo_id: convo_id.clone(), target_did: Some(did("erin")), commit: None };
    bob.api.leave_convo(&input).await.unwrap();
    let commit = room.group.update(&room.members[0].mls).commit;
    let input = submit_commit::Input { remove_dids: Some(vec![did("frank")]), ..chat::commit(&convo_id, 0, commit) };
    bob.api.submit_commit(&input).await.unwrap();
    let removed: Vec<_> =
        audit(&server, &convo_id).await.into_iter().filter(|entry| entry.starts_with("removed")).collect();
    assert_eq!(removed, ["removed dave by bob", "removed erin by bob", "removed frank by bob"]);
}

#[tokio::test]
async fn a_conversation_has_no_more_members_than_its_policy_says() {
    let server = TestServer::with_flags(&["--max-members=5"]).await;
    let room = Room::open(&server, &["alice", "bob", "carol"]).await;
    let alice = &room.members[0];
    assert_eq!(policy(alice, &room.convo_id).await.max_members, 5);
    for (wrong, says) in [(2, "at least 3"), (6, "at most 5")] {
        let input = update_policy::Input { max_members: Some(wrong), ..update(&room.convo_id) };
        let message = alice.api.update_policy(&input).await.unwrap_err().to_string();
        assert!(message.starts_with("InvalidMaxMembers") && message.contains(says), "{message}");
    }
    set(&room, update_policy::Input { max_members: Some(3), ..update(&room.convo_id) }).await;
    let dave = addition(&room.convo_id, &[did("dave")]);
    assert_eq!(refused(alice.api.add_members(&dave).await), "TooManyMembers");
    alice.api.remove_member(&removal(&room.convo_id, "bob")).await.unwrap();
    alice.api.add_members(&dave).await.unwrap();
}

#[tokio::test]
async fn a_change_holds_for_whoever_reaches_the_conversation_after_it() {
    let server = TestServer::start().await;
    for policy_first in [true, false] {
        let room = Room::open(&server, &["alice", "bob"]).await;
        let (alice, bob) = (server.actor("alice"), server.actor("bob"));
        let (closed, dave) = (
            update_policy::Input { allow_member_add: Some(false), max_members: Some(2), ..update(&room.convo_id) },
            addition(&room.convo_id, &[did("dave")]),
        );
        let (alice, bob) = (Arc::new(alice), Arc::new(bob));
        let closing =
            async move { alice.api.update_policy(&closed).await.err().map(|error| error.to_string()) }.boxed();
        let adding = async move { bob.api.add_members(&dave).await.err().map(|error| error.to_string()) }.boxed();
        let requests = if policy_first { vec![closing, adding] } else { vec![adding, closing] };
        let outcomes = race(&server, &room.convo_id, requests).await;
        assert_eq!(outcomes[0], None);
        let second = outcomes[1].as_deref().unwrap();
        let expected = if policy_first { "NotAdmin" } else { "InvalidMaxMembers" };
        assert!(second.starts_with(expected), "{second}");
    }
}

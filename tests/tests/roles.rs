//! Roles belong to users, change one at a time, and never leave a conversation without an admin.

use std::sync::Arc;

use atrium_api::types::string::Did;
use catbird_lexicon::blue::catbird::mls::{
    defs, demote_admin, demote_moderator, leave_convo, promote_admin, promote_moderator, warn_member,
};
use chrono::TimeDelta;
use e2e::{
    actor::{Actor, refused},
    chat::Chat,
    queue::race,
    records::{audit, events},
    room::Room,
    server::TestServer,
};
use futures::future::{BoxFuture, FutureExt};
use lexicon_runtime::formats::Datetime;
use uuid::Uuid;

/// The roles of a conversation's members, by the end of their DIDs: admins, then moderators.
fn roles(convo: &defs::ConvoView) -> (Vec<&str>, Vec<&str>) {
    let with = |has: fn(&defs::MemberView) -> bool| {
        let named = convo.members.iter().filter(|member| has(member));
        named.map(|member| member.user_did.as_str().trim_start_matches("did:plc:")).collect()
    };
    (with(|member| member.is_admin), with(|member| member.is_moderator == Some(true)))
}

fn promotion(convo_id: &str, target: &Did) -> promote_admin::Input {
    promote_admin::Input { convo_id: convo_id.to_owned(), target_did: target.clone() }
}

fn demotion(convo_id: &str, target: &Did) -> demote_admin::Input {
    demote_admin::Input { convo_id: convo_id.to_owned(), target_did: target.clone() }
}

fn leaving(convo_id: &str) -> leave_convo::Input {
    leave_convo::Input { convo_id: convo_id.to_owned(), target_did: None, commit: None }
}

#[tokio::test]
async fn each_change_of_a_role_is_told_and_recorded_once() {
    let server = TestServer::start().await;
    let room = Room::open(&server, &["alice", "bob"]).await;
    let [alice, bob] = &room.members[..] else { unreachable!() };
    let joined = events(&server, &room.convo_id).await;

    let (convo_id, target_did) = (room.convo_id.clone(), bob.did.clone());
    let input = promote_moderator::Input { convo_id, target_did };
    alice.api.promote_moderator(&input).await.unwrap();
    assert_eq!(refused(alice.api.promote_moderator(&input).await), "AlreadyModerator");
    assert_eq!(roles(&room.view().await), (vec!["alice"], vec!["bob"]));

    // An admin is a moderator no longer.
    let promoted = alice.api.promote_admin(&promotion(&room.convo_id, &bob.did)).await.unwrap();
    assert_eq!(refused(alice.api.promote_admin(&promotion(&room.convo_id, &bob.did)).await), "AlreadyAdmin");
    let view = room.view().await;
    assert_eq!(roles(&view), (vec!["alice", "bob"], vec![]));
    let of_bob = view.members.iter().find(|member| member.user_did == bob.did).unwrap();
    assert_eq!(of_bob.promoted_at, Some(promoted.promoted_at));
    assert_eq!(of_bob.promoted_by.as_ref(), Some(&alice.did));

    // The new admin has all that an admin has, and the old one nothing that is theirs alone.
    bob.api.demote_admin(&demotion(&room.convo_id, &alice.did)).await.unwrap();
    assert_eq!(refused(bob.api.demote_admin(&demotion(&room.convo_id, &alice.did)).await), "NotAdminTarget");
    assert_eq!(refused(bob.api.demote_admin(&demotion(&room.convo_id, &bob.did)).await), "LastAdmin");
    let back = promote_moderator::Input { convo_id: room.convo_id.clone(), target_did: alice.did.clone() };
    bob.api.promote_moderator(&back).await.unwrap();
    let input = demote_moderator::Input { convo_id: back.convo_id, target_did: back.target_did };
    assert_eq!(refused(alice.api.demote_moderator(&input).await), "NotAdmin");
    bob.api.demote_moderator(&input).await.unwrap();
    assert_eq!(refused(bob.api.demote_moderator(&input).await), "NotModerator");
    let view = room.view().await;
    assert_eq!(roles(&view), (vec!["bob"], vec![]));
    let of_alice = view.members.iter().find(|member| member.user_did == alice.did).unwrap();
    assert_eq!((&of_alice.promoted_at, &of_alice.promoted_by), (&None, &None));

    let told = events(&server, &room.convo_id).await;
    assert_eq!(
        told[joined.len()..],
        [
            "role promoted_moderator bob by alice for members",
            "role promoted_admin bob by alice for members",
            "role demoted_admin alice by bob for members",
            "role promoted_moderator alice by bob for members",
            "role demoted_moderator alice by bob for members",
        ]
    );
    let recorded: Vec<_> =
        told[joined.len()..].iter().map(|event| event["role ".len()..].replace(" for members", "")).collect();
    assert_eq!(audit(&server, &room.convo_id).await, recorded);
}

#[tokio::test]
async fn a_role_is_that_of_all_devices_of_a_user() {
    let server = TestServer::start().await;
    let (alice, phone) = (server.actor("alice"), server.device("carol", Uuid::new_v4()));
    let laptop = server.device("carol", Uuid::new_v4());
    for device in [&phone, &laptop] {
        device.publish(1).await;
    }
    let mut at_alice = Chat::create(&alice, &[&phone.did]).await;
    let promoted = alice.api.promote_admin(&promotion(&at_alice.convo_id, &phone.did)).await.unwrap();
    // A device that comes later is no less an admin's.
    let tablet = server.device("carol", Uuid::new_v4());
    tablet.publish(1).await;
    let added = alice.fetch(&[&tablet.did]).await;
    at_alice.change(&added, &[]).await.unwrap();
    let of_carol = |convo: &defs::ConvoView| {
        let members = convo.members.iter().filter(|member| member.user_did == phone.did);
        members
            .map(|member| (member.is_admin, member.promoted_at.clone(), member.promoted_by.clone()))
            .collect::<Vec<_>>()
    };
    let admin = (true, Some(promoted.promoted_at), Some(alice.did.clone()));
    assert_eq!(of_carol(&alice.convos().await[0]), vec![admin; 3]);

    laptop.api.demote_admin(&demotion(&at_alice.convo_id, &alice.did)).await.unwrap();
    assert_eq!(refused(tablet.api.demote_admin(&demotion(&at_alice.convo_id, &phone.did)).await), "LastAdmin");
    alice.api.promote_admin(&promotion(&at_alice.convo_id, &alice.did)).await.expect_err("alice is no admin");
    phone.api.promote_admin(&promotion(&at_alice.convo_id, &alice.did)).await.unwrap();
    phone.api.demote_admin(&demotion(&at_alice.convo_id, &phone.did)).await.unwrap();
    assert_eq!(of_carol(&alice.convos().await[0]), vec![(false, None, None); 3]);
}

#[tokio::test]
async fn who_left_as_an_admin_comes_back_without_a_role() {
    let server = TestServer::start().await;
    let room = Room::open(&server, &["alice", "bob"]).await;
    let [alice, bob] = &room.members[..] else { unreachable!() };
    room.promote_admin(&bob.did).await;
    bob.api.leave_convo(&leaving(&room.convo_id)).await.unwrap();
    assert_eq!(refused(alice.api.promote_admin(&promotion(&room.convo_id, &bob.did)).await), "NotMember");
    room.add(&bob.did).await;
    assert_eq!(roles(&room.view().await), (vec!["alice"], vec![]));
}

/// What came of a request, and whose it was.
type Outcome = Result<(), String>;

fn outcome<T>(answer: Result<T, impl std::fmt::Display>) -> Outcome {
    answer.map(|_| ()).map_err(|error| error.to_string().split(':').next().unwrap_or_default().to_owned())
}

fn demoting(actor: &Arc<Actor>, convo_id: &str, target: &Arc<Actor>) -> BoxFuture<'static, Outcome> {
    let (actor, input) = (Arc::clone(actor), demotion(convo_id, &target.did));
    async move { outcome(actor.api.demote_admin(&input).await) }.boxed()
}

fn promoting(actor: &Arc<Actor>, convo_id: &str, target: &Arc<Actor>) -> BoxFuture<'static, Outcome> {
    let (actor, input) = (Arc::clone(actor), promotion(convo_id, &target.did));
    async move { outcome(actor.api.promote_admin(&input).await) }.boxed()
}

fn going(actor: &Arc<Actor>, convo_id: &str) -> BoxFuture<'static, Outcome> {
    let (actor, input) = (Arc::clone(actor), leaving(convo_id));
    async move { outcome(actor.api.leave_convo(&input).await) }.boxed()
}

/// A conversation of three, of whom so many are admins, for requests that outlive what they were made from.
async fn three(server: &TestServer, admins: usize) -> (Room, [Arc<Actor>; 3]) {
    let room = Room::open(server, &["alice", "bob", "carol"]).await;
    for member in &room.members[1..admins] {
        room.promote_admin(&member.did).await;
    }
    let again = ["alice", "bob", "carol"].map(|name| Arc::new(server.actor(name)));
    (room, again)
}

/// The admins of a conversation, and how many users are members.
async fn admins(server: &TestServer, convo_id: &str) -> (Vec<String>, i64) {
    let query =
        "SELECT coalesce(array_agg(substr(user_did, 9) ORDER BY user_did) FILTER (WHERE is_admin), '{}'), count(*)
        FROM members WHERE convo_id = $1 AND left_at IS NULL";
    sqlx::query_as(query).bind(convo_id).fetch_one(server.db()).await.unwrap()
}

#[tokio::test]
async fn of_two_admins_who_are_demoted_at_once_one_is_left() {
    let server = TestServer::start().await;
    for own in [false, true] {
        let (room, [alice, bob, _]) = three(&server, 2).await;
        let convo_id = &room.convo_id;
        let (first, second) = if own { (&alice, &bob) } else { (&bob, &alice) };
        let requests = vec![demoting(&alice, convo_id, first), demoting(&bob, convo_id, second)];
        let outcomes = race(&server, convo_id, requests).await;
        let lost: Vec<_> = outcomes.into_iter().filter_map(Result::err).collect();
        // Whoever was demoted before their turn came is no admin; whoever is the only one left can't go.
        assert_eq!(lost, [if own { "LastAdmin" } else { "NotAdmin" }]);
        assert_eq!(admins(&server, convo_id).await.0.len(), 1);
        let told = events(&server, convo_id).await;
        assert_eq!(told.iter().filter(|event| event.starts_with("role demoted_admin")).count(), 1, "{told:?}");
    }
}

#[tokio::test]
async fn of_many_who_demote_all_others_one_is_left() {
    let server = TestServer::start().await;
    let (room, all) = three(&server, 3).await;
    let mut requests = Vec::new();
    for actor in &all {
        requests.extend(all.iter().map(|target| demoting(actor, &room.convo_id, target)));
    }
    let outcomes = race(&server, &room.convo_id, requests).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 2, "{outcomes:?}");
    assert_eq!(admins(&server, &room.convo_id).await.0.len(), 1);
}

#[tokio::test]
async fn promoting_and_leaving_at_once_leave_somebody_in_charge() {
    let server = TestServer::start().await;
    let is = |outcomes: &[Outcome], names: [&str; 2]| {
        outcomes.iter().zip(names).all(|(outcome, name)| outcome.as_ref().err().map_or("", String::as_str) == name)
    };
    for promoted_first in [true, false] {
        let in_order =
            |promotion, leaving| if promoted_first { vec![promotion, leaving] } else { vec![leaving, promotion] };
        let sorted = |mut outcomes: Vec<Outcome>| {
            if !promoted_first {
                outcomes.reverse();
            }
            outcomes
        };
        // The only admin promotes somebody who leaves.
        let (room, [alice, bob, _]) = three(&server, 1).await;
        let convo_id = &room.convo_id;
        let requests = in_order(promoting(&alice, convo_id, &bob), going(&bob, convo_id));
        let outcomes = sorted(race(&server, convo_id, requests).await);
        assert!(is(&outcomes, ["", ""]) || is(&outcomes, ["NotMember", ""]), "{outcomes:?}");
        assert_eq!(admins(&server, convo_id).await, (vec!["alice".to_owned()], 2));

        // The only admin leaves, and promotes somebody from another device.
        let (room, [alice, bob, _]) = three(&server, 1).await;
        let convo_id = &room.convo_id;
        let requests = in_order(promoting(&alice, convo_id, &bob), going(&alice, convo_id));
        let outcomes = sorted(race(&server, convo_id, requests).await);
        let left = admins(&server, convo_id).await;
        if is(&outcomes, ["", ""]) {
            assert_eq!(left, (vec!["bob".to_owned()], 2));
        } else {
            assert!(is(&outcomes, ["", "LastMember"]), "{outcomes:?}");
            assert_eq!(left, (vec!["alice".to_owned(), "bob".to_owned()], 3));
        }
    }
    // Both admins leave, and somebody would be left alone.
    let (room, [alice, bob, _]) = three(&server, 2).await;
    let outcomes =
        race(&server, &room.convo_id, vec![going(&alice, &room.convo_id), going(&bob, &room.convo_id)]).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{outcomes:?}");
    assert_eq!(admins(&server, &room.convo_id).await.0.len(), 1);
}

#[tokio::test]
async fn a_warning_is_for_the_one_who_is_warned_and_given_once() {
    let server = TestServer::start().await;
    let room = Room::open(&server, &["alice", "bob", "carol"]).await;
    let [alice, bob, _] = &room.members[..] else { unreachable!() };
    let joined = events(&server, &room.convo_id).await.len();
    let expires_at = server.now() + TimeDelta::days(7);
    let input = warn_member::Input {
        convo_id: room.convo_id.clone(),
        member_did: bob.did.clone(),
        reason: "no spoilers".to_owned(),
        expires_at: Some(Datetime::from(expires_at)),
    };
    let warning = alice.api.warn_member(&input).await.unwrap();
    assert_eq!(alice.api.warn_member(&input).await.unwrap(), warning, "a retry warns nobody again");
    let told = "role warned bob by alice for subject: no spoilers";
    assert_eq!(events(&server, &room.convo_id).await[joined..], [told]);
    assert_eq!(audit(&server, &room.convo_id).await, ["warned bob by alice: no spoilers"]);

    // The id finds the warning in the audit log, and until when it counts.
    let id: Uuid = warning.warning_id.parse().unwrap();
    let query = sqlx::query_scalar("SELECT expires_at FROM audit_log WHERE item_id = $1").bind(id);
    let kept: chrono::DateTime<chrono::Utc> = query.fetch_one(server.db()).await.unwrap();
    assert_eq!(kept.timestamp_millis(), expires_at.timestamp_millis());

    // Something else, by somebody else or later is another warning.
    let other = warn_member::Input { expires_at: None, ..input.clone() };
    assert_ne!(alice.api.warn_member(&other).await.unwrap().warning_id, warning.warning_id);
    server.clock.advance(TimeDelta::minutes(11));
    assert_ne!(alice.api.warn_member(&input).await.unwrap().warning_id, warning.warning_id);
    assert_eq!(events(&server, &room.convo_id).await[joined..], [told; 3]);

    let past = warn_member::Input { expires_at: Some(Datetime::from(server.now())), ..input };
    assert_eq!(refused(alice.api.warn_member(&past).await), "InvalidRequest");
    assert_eq!(roles(&room.view().await), (vec!["alice"], vec![]), "a warning changes no role");
}

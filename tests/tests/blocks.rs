//! Who blocks whom, and what follows from it.

use std::{
    slice::from_ref,
    time::{Duration, Instant},
};

use atrium_api::types::string::Did;
use catbird_lexicon::blue::catbird::mls::{check_blocks, create_convo, get_admin_stats, get_block_status};
use chrono::TimeDelta;
use e2e::{
    actor::{Actor, refused},
    network::{Manner, Network},
    queue::Gate,
    room::{Room, creation},
    server::TestServer,
};
use futures::future::join_all;
use lexicon_runtime::{client::ClientError, formats::Datetime};
use serde_json::json;
use uuid::Uuid;

use crate::errors::{addition, change, leaving, removal};

/// A server and the network that it is in.
struct World {
    server: TestServer,
    network: Network,
}

impl World {
    async fn with(flags: &[&str]) -> Self {
        let network = Network::start().await;
        let all: Vec<_> = network.flags().into_iter().chain(flags.iter().map(|flag| (*flag).to_owned())).collect();
        let all: Vec<_> = all.iter().map(String::as_str).collect();
        Self { server: TestServer::with_flags(&all).await, network }
    }

    fn actor(&self, name: &str) -> Actor {
        self.server.endpoint().actor(&self.network.account(name), None)
    }

    fn actors<const N: usize>(&self, names: [&str; N]) -> [Actor; N] {
        names.map(|name| self.actor(name))
    }

    /// How often admins were told of blocks.
    async fn alerts(&self) -> i64 {
        let count = "SELECT count(*) FROM events WHERE kind = 'alert' AND detail = '\"block_conflict\"' AND audience = 'admins'";
        sqlx::query_scalar(count).fetch_one(self.server.db()).await.unwrap()
    }
}

/// Pairs of those who block and are blocked.
async fn blocks(asker: &Actor, users: &[&Actor]) -> Result<Vec<(Did, Did)>, ClientError<check_blocks::Error>> {
    let dids = users.iter().map(|user| user.did.clone()).collect();
    let output = asker.api.check_blocks(&check_blocks::Params { dids }).await?;
    Ok(output.blocks.into_iter().map(|block| (block.blocker_did, block.blocked_did)).collect())
}

async fn report(reporter: &Actor, blocker: &Actor, blocked: &Actor, action: &str) -> Vec<serde_json::Value> {
    let output = reporter.api.handle_block_change(&change(&blocker.did, &blocked.did, action)).await.unwrap();
    output.affected_convos.iter().map(|convo| json!(convo)).collect()
}

fn group(others: &[&Actor]) -> create_convo::Input {
    let others: Vec<_> = others.iter().map(|actor| actor.did.clone()).collect();
    creation(&Uuid::new_v4().simple().to_string(), &others)
}

#[tokio::test]
async fn blocks_are_found_on_all_pages_and_in_the_blockers_own_repository_only() {
    let world = World::with(&[]).await;
    let [alice, bob, carol] = world.actors(["alice", "bob", "carol"]);
    world.network.block(&alice.did, &bob.did);
    for n in 0..250 {
        let somebody = format!("did:plc:{n:0>24}").parse().unwrap();
        world.network.block(&alice.did, &somebody);
    }
    world.network.block(&carol.did, &alice.did);
    let found = blocks(&bob, &[&bob, &carol, &alice]).await.unwrap();
    let pair = |blocker: &Actor, blocked: &Actor| (blocker.did.clone(), blocked.did.clone());
    assert_eq!(found, [pair(&alice, &bob), pair(&carol, &alice)]);
    assert_eq!(blocks(&bob, &[&bob, &carol]).await.unwrap(), []);
    let params = check_blocks::Params { dids: vec![alice.did.clone(), bob.did.clone()] };
    let output = bob.api.check_blocks(&params).await.unwrap();
    let uri = output.blocks[0].block_uri.as_ref().unwrap();
    assert_eq!(uri.as_str(), format!("at://{}/app.bsky.graph.block/3k00000000000", alice.did.as_str()));
    assert_eq!(output.blocks[0].created_at.as_str(), "2026-01-02T03:04:05.678Z");
}

#[tokio::test]
async fn a_repository_is_remembered_for_minutes_and_a_failure_for_less() {
    let world = World::with(&["--block-cache=5m"]).await;
    let [alice, bob] = world.actors(["alice", "bob"]);
    let both = [&alice, &bob];
    assert_eq!(join_all((0..20).map(|_| blocks(&bob, &both))).await.len(), 20);
    assert_eq!(world.network.asked(&alice.did), 1, "those who ask at once share a reading");
    world.network.block(&alice.did, &bob.did);
    world.server.clock.advance(TimeDelta::seconds(299));
    assert_eq!(blocks(&bob, &both).await.unwrap().len(), 0);
    world.server.clock.advance(TimeDelta::seconds(1));
    assert_eq!(blocks(&bob, &both).await.unwrap().len(), 1);

    world.server.clock.advance(TimeDelta::minutes(5));
    world.network.behave(&alice.did, Manner::Down);
    assert_eq!(refused(blocks(&bob, &both).await), "BlueskyServiceUnavailable");
    let asked = world.network.asked(&alice.did);
    world.network.behave(&alice.did, Manner::Honest);
    assert_eq!(refused(blocks(&bob, &both).await), "BlueskyServiceUnavailable");
    assert_eq!(world.network.asked(&alice.did), asked);
    world.server.clock.advance(TimeDelta::seconds(30));
    assert_eq!(blocks(&bob, &both).await.unwrap().len(), 1);
}

/// Servers of every kind that one wouldn't wish for.
fn bad_manners() -> Vec<Manner> {
    let elsewhere = ["http://127.0.0.1:1", "http://example.com", "https://10.0.0.1", "file:///etc/passwd", "nowhere"];
    let elsewhere = elsewhere.map(|url| Manner::Elsewhere(url.to_owned()));
    let bad = [Manner::Down, Manner::Endless, Manner::Circular, Manner::Foreign, Manner::Nonsense, Manner::Huge];
    let slow = Manner::Slow(Duration::from_secs(60));
    bad.into_iter().chain([slow]).chain(elsewhere).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_a_server_that_is_slow_down_endless_or_lying_nothing_is_learned_and_nothing_worse_comes() {
    join_all([("--blocks=fail-open", false), ("--blocks=fail-closed", true)].map(async |(flag, fails_closed)| {
        let world = World::with(&[flag, "--block-lookup-timeout=300ms"]).await;
        let (world, alice) = (&world, &world.actor("alice"));
        join_all(bad_manners().into_iter().enumerate().map(async |(n, manner)| {
            let bob = world.actor(&format!("bob{}", char::from(b'b' + n as u8)));
            world.network.behave(&bob.did, manner.clone());
            let started = Instant::now();
            let created = alice.api.create_convo(&group(&[&bob])).await;
            assert!(started.elapsed() < Duration::from_secs(8), "{manner:?}");
            match created {
                Err(error) if fails_closed => assert_eq!(refused::<(), _>(Err(error)), "BlueskyServiceUnavailable"),
                Ok(_) if !fails_closed => {}
                other => panic!("{manner:?}: {other:?}"),
            }
            assert_eq!(refused(blocks(alice, &[alice, &bob]).await), "BlueskyServiceUnavailable", "{manner:?}");
            let change = change(&bob.did, &alice.did, "created");
            assert_eq!(refused(alice.api.handle_block_change(&change).await), "ServiceUnavailable", "{manner:?}");
        }))
        .await;
    }))
    .await;
}

#[tokio::test]
async fn who_has_no_repository_blocks_nobody() {
    let world = World::with(&["--blocks=fail-closed"]).await;
    let alice = world.actor("alice");
    let nobody = world.server.endpoint().actor(&"did:plc:nobodyaaaaaaaaaaaaaaaaaa".parse().unwrap(), None);
    alice.api.create_convo(&group(&[&nobody])).await.unwrap();
    // Nothing can be known of an identity that can't be looked up.
    let unknown = world.server.actor("unknown");
    assert_eq!(refused(alice.api.create_convo(&group(&[&unknown])).await), "BlueskyServiceUnavailable");
    // Who is alone needs nobody's blocks.
    unknown.api.create_convo(&group(&[])).await.unwrap();
}

#[tokio::test]
async fn those_who_block_each_other_are_kept_apart_in_both_directions() {
    let world = World::with(&[]).await;
    let [alice, bob, carol, dave] = world.actors(["alice", "bob", "carol", "dave"]);
    world.network.block(&alice.did, &bob.did);
    assert_eq!(refused(alice.api.create_convo(&group(&[&bob])).await), "MutualBlockDetected");
    assert_eq!(refused(bob.api.create_convo(&group(&[&alice])).await), "MutualBlockDetected");
    assert_eq!(refused(carol.api.create_convo(&group(&[&alice, &bob])).await), "MutualBlockDetected");
    let room = Room::of(vec![carol, dave]).await;
    let admin = &room.members[0].api;
    let add = async |users: &[Did]| admin.add_members(&addition(&room.convo_id, users)).await;
    assert_eq!(refused(add(&[alice.did.clone(), bob.did.clone()]).await), "BlockedByMember");
    add(from_ref(&alice.did)).await.unwrap();
    assert_eq!(refused(add(from_ref(&bob.did)).await), "BlockedByMember");
    // Who is no member gets no other answer than before.
    let by_bob = bob.api.add_members(&addition(&room.convo_id, from_ref(&bob.did))).await;
    assert_eq!(refused(by_bob), "NotMember");
}

#[tokio::test]
async fn blocks_between_members_keep_nobody_else_out_and_nothing_is_enforced_when_off() {
    let world = World::with(&["--blocks=off"]).await;
    let [alice, bob] = world.actors(["alice", "bob"]);
    world.network.block(&alice.did, &bob.did);
    let off = group(&[&bob]);
    alice.api.create_convo(&off).await.unwrap();
    assert_eq!(world.network.asked(&alice.did), 0);

    let world = World::with(&[]).await;
    let [alice, bob, carol] = world.actors(["alice", "bob", "carol"]);
    let room = Room::of(vec![alice, bob]).await;
    let [alice, bob] = &room.members[..] else { unreachable!() };
    world.network.block(&alice.did, &bob.did);
    world.server.clock.advance(TimeDelta::minutes(5));
    alice.api.add_members(&addition(&room.convo_id, from_ref(&carol.did))).await.unwrap();
}

#[tokio::test]
async fn a_retry_gets_the_first_answer_whatever_was_blocked_since() {
    let world = World::with(&[]).await;
    let [alice, bob] = world.actors(["alice", "bob"]);
    let input = create_convo::Input { idempotency_key: Some("key".to_owned()), ..group(&[&bob]) };
    let first = alice.api.create_convo(&input).await.unwrap();
    world.network.block(&alice.did, &bob.did);
    report(&alice, &alice, &bob, "created").await;
    assert_eq!(alice.api.create_convo(&input).await.unwrap(), first);
}

#[tokio::test]
async fn adding_waits_for_a_limited_time_and_the_reading_goes_on() {
    let world = World::with(&["--block-lookup-timeout=200ms"]).await;
    let [alice, bob] = world.actors(["alice", "bob"]);
    world.network.block(&bob.did, &alice.did);
    world.network.behave(&bob.did, Manner::Slow(Duration::from_secs(2)));
    let started = Instant::now();
    alice.api.create_convo(&group(&[&bob])).await.unwrap();
    assert!(started.elapsed() < Duration::from_millis(1800), "{:?}", started.elapsed());
    assert_eq!(blocks(&alice, &[&alice, &bob]).await.unwrap().len(), 1);
    assert_eq!(refused(alice.api.create_convo(&group(&[&bob])).await), "MutualBlockDetected");
}

#[tokio::test]
async fn a_reported_block_alerts_the_admins_once_while_it_stands() {
    let world = World::with(&[]).await;
    let [alice, bob, carol, mallory] = world.actors(["alice", "bob", "carol", "mallory"]);
    let room = Room::of(vec![carol, alice, bob]).await;
    let [carol, alice, bob] = &room.members[..] else { unreachable!() };
    let other = Room::of(vec![world.actor("dave"), world.server.endpoint().actor(&alice.did, None)]).await;
    let told = json!({"convoId": room.convo_id, "action": "admin_notified", "adminNotified": true});
    let told = |mut answers: Vec<serde_json::Value>| {
        let at = answers[0].as_object_mut().unwrap().remove("notificationSentAt");
        assert_eq!((answers, at.is_some()), (vec![told.clone()], true));
    };

    world.network.block(&alice.did, &bob.did);
    // Who isn't in the conversation learns nothing of it; the admins do.
    assert_eq!(report(&mallory, alice, bob, "created").await, [json!(null); 0]);
    assert_eq!(world.alerts().await, 1);
    told(report(alice, alice, bob, "created").await);
    told(report(carol, alice, bob, "created").await);
    assert_eq!(world.alerts().await, 1);
    assert_eq!(carol.convos().await[0].members.len(), 3, "nobody is removed");

    world.network.unblock(&alice.did, &bob.did);
    let answer = report(bob, alice, bob, "removed").await;
    assert_eq!(answer, [json!({"convoId": room.convo_id, "action": "no_action", "adminNotified": false})]);
    assert_eq!(
        refused(alice.api.handle_block_change(&change(&alice.did, &bob.did, "created")).await),
        "BlockNotVerified"
    );
    world.network.block(&alice.did, &bob.did);
    assert_eq!(
        refused(alice.api.handle_block_change(&change(&alice.did, &bob.did, "removed")).await),
        "BlockNotVerified"
    );
    told(report(alice, alice, bob, "created").await);
    assert_eq!(world.alerts().await, 2);
    // The other direction is another block.
    assert_eq!(
        refused(bob.api.handle_block_change(&change(&bob.did, &alice.did, "created")).await),
        "BlockNotVerified"
    );
    // Once one of them has left, there is no conflict.
    bob.api.leave_convo(&leaving(&room.convo_id)).await.unwrap();
    assert_eq!(report(alice, alice, bob, "created").await, [json!(null); 0]);
    assert_eq!(world.alerts().await, 2);
    drop(other);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reports_at_once_alert_once() {
    let world = World::with(&[]).await;
    let [alice, bob] = world.actors(["alice", "bob"]);
    let room = Room::of(vec![alice, bob]).await;
    let [alice, bob] = &room.members[..] else { unreachable!() };
    world.network.block(&bob.did, &alice.did);
    let replica = world.server.replica().await;
    let elsewhere = replica.endpoint().actor(&bob.did, None);
    let reports = (0..16).map(|n| report(if n % 2 == 0 { alice } else { &elsewhere }, bob, alice, "created"));
    assert!(join_all(reports).await.iter().all(|affected| affected.len() == 1));
    assert_eq!(world.alerts().await, 1);
}

#[tokio::test]
async fn reports_that_clear_away_old_ones_do_not_wait_in_a_circle() {
    let world = World::with(&[]).await;
    let [alice, bob, carol, dave] = world.actors(["alice", "bob", "carol", "dave"]);
    world.network.block(&alice.did, &bob.did);
    world.network.block(&carol.did, &dave.did);
    let old = "INSERT INTO reported_blocks SELECT unnest($1::text[]), unnest($2::text[]), now() - interval '1 day'";
    let (blockers, blocked) =
        (["a", alice.did.as_str(), carol.did.as_str()], ["b", bob.did.as_str(), dave.did.as_str()]);
    sqlx::query(old).bind(blockers).bind(blocked).execute(world.server.db()).await.unwrap();
    // Each has its own row, and wants to delete a third one first, then the other's.
    let third = sqlx::query("SELECT FROM reported_blocks WHERE blocker_did = 'a' FOR UPDATE");
    let gate = Gate::close(&world.server, third).await;
    let first = report(&alice, &alice, &bob, "created");
    let second = report(&carol, &carol, &dave, "created");
    futures::join!(first, second, gate.open_when(2));
}

#[tokio::test]
async fn a_block_is_told_of_in_all_conversations_however_many() {
    let world = World::with(&[]).await;
    let [alice, bob] = world.actors(["alice", "bob"]);
    let convos = 130;
    for _ in 0..convos {
        alice.api.create_convo(&group(&[&bob])).await.unwrap();
    }
    world.network.block(&bob.did, &alice.did);
    for _ in 0..2 {
        let affected = report(&bob, &bob, &alice, "created").await;
        assert_eq!(affected.len(), convos);
        assert!(affected.iter().all(|convo| convo["adminNotified"] == true));
        assert_eq!(world.alerts().await, convos as i64);
    }
}

#[tokio::test]
async fn admins_see_the_blocks_among_members() {
    let world = World::with(&[]).await;
    let [alice, bob, carol] = world.actors(["alice", "bob", "carol"]);
    // Of dave nothing can be known, which is no reason to say nothing.
    let dave = world.server.actor("dave");
    let room = Room::of(vec![alice, bob, carol, dave]).await;
    let [alice, bob, carol, _] = &room.members[..] else { unreachable!() };
    let params = get_block_status::Params { convo_id: room.convo_id.clone() };
    let status = alice.api.get_block_status(&params).await.unwrap();
    assert_eq!((status.has_conflicts, status.blocks.len(), status.member_count), (false, 0, Some(4)));
    world.network.block(&bob.did, &carol.did);
    world.server.clock.advance(TimeDelta::minutes(5));
    let status = alice.api.get_block_status(&params).await.unwrap();
    assert!(status.has_conflicts);
    assert_eq!((&status.blocks[0].blocker_did, &status.blocks[0].blocked_did), (&bob.did, &carol.did));
    assert_eq!(refused(bob.api.get_block_status(&params).await), "NotAdmin");
}

/// Fail-open lets somebody in whose blocks can't be read in time. What is read later is told all the same.
#[tokio::test]
async fn a_block_that_is_read_too_late_to_keep_somebody_out_is_told_to_the_admins() {
    let world = World::with(&["--blocks=fail-open", "--block-lookup-timeout=100ms"]).await;
    let [alice, bob, carol] = world.actors(["alice", "bob", "carol"]);
    world.network.block(&bob.did, &alice.did);
    world.network.behave(&bob.did, Manner::Slow(Duration::from_millis(1500)));
    let room = Room::of(vec![alice]).await;
    let alice = &room.members[0];
    alice.api.add_members(&addition(&room.convo_id, from_ref(&bob.did))).await.expect("nothing is known of bob");
    assert_eq!(world.alerts().await, 0);
    for _ in 0..200 {
        if world.alerts().await > 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(world.alerts().await, 1);
    let status = alice.api.get_block_status(&get_block_status::Params { convo_id: room.convo_id.clone() }).await;
    assert!(status.unwrap().has_conflicts);
    // Nor does a report tell it again. Whoever is not added makes no conflict.
    report(&bob, &bob, alice, "created").await;
    world.network.block(&carol.did, &alice.did);
    world.network.behave(&carol.did, Manner::Slow(Duration::from_millis(1500)));
    let input = addition(&room.convo_id, &[carol.did.clone(), bob.did.clone()]);
    assert_eq!(refused(alice.api.add_members(&input).await), "AlreadyMember");
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(world.alerts().await, 1);
}

#[tokio::test]
async fn blocks_that_are_over_are_counted() {
    let world = World::with(&[]).await;
    let [alice, bob, carol, dave] = world.actors(["alice", "bob", "carol", "dave"]);
    let room = Room::of(vec![alice, bob, carol, dave]).await;
    let [alice, bob, carol, dave] = &room.members[..] else { unreachable!() };
    let since = |since| get_admin_stats::Params { convo_id: Some(room.convo_id.clone()), since };
    let settled = async |params| alice.api.get_admin_stats(&params).await.unwrap().stats.block_conflicts_resolved;
    for (blocker, blocked) in [(bob, carol), (carol, bob), (dave, bob), (dave, carol)] {
        world.network.block(&blocker.did, &blocked.did);
        report(blocker, blocker, blocked, "created").await;
    }
    assert_eq!(settled(since(None)).await, 0);
    world.network.unblock(&bob.did, &carol.did);
    world.server.clock.advance(TimeDelta::minutes(5));
    for _ in 0..2 {
        report(bob, bob, carol, "removed").await;
        assert_eq!(settled(since(None)).await, 1);
    }
    world.server.clock.advance(TimeDelta::minutes(5));
    let later = Datetime::from(catbird_server::clock::bucket(world.server.now()));
    dave.api.leave_convo(&leaving(&room.convo_id)).await.unwrap();
    assert_eq!(settled(since(None)).await, 3, "dave's two, and not that between bob and carol");
    assert_eq!(settled(since(Some(later))).await, 2);
    let input = removal(&room.convo_id, &carol.did);
    alice.api.remove_member(&input).await.unwrap();
    assert_eq!(settled(since(None)).await, 4);
}

/// A server that has read the repository before knows nothing of the block. Whoever reports it to another one is heard all
/// the same: either nobody is added, or the admins are told.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_block_that_appears_while_somebody_is_being_added_does_not_go_unnoticed() {
    let world = World::with(&[]).await;
    let replica = world.server.replica().await;
    let (mut kept_out, mut alerted) = (0, 0);
    for n in 0..20_u8 {
        let letter = char::from(b'b' + n);
        let [alice, bob] = ["alice", "bob"].map(|name| world.actor(&format!("{name}{letter}")));
        let room = Room::of(vec![alice]).await;
        let alice = &room.members[0];
        let elsewhere = replica.endpoint().actor(&alice.did, None);
        assert_eq!(blocks(&elsewhere, &[alice, &bob]).await.unwrap(), [], "the replica remembers this");
        world.network.block(&bob.did, &alice.did);
        let input = addition(&room.convo_id, from_ref(&bob.did));
        let adding = async {
            tokio::time::sleep(Duration::from_millis(u64::from(n))).await;
            elsewhere.api.add_members(&input).await
        };
        let before = world.alerts().await;
        let (added, _) = tokio::join!(adding, report(&bob, &bob, alice, "created"));
        let alerts = world.alerts().await - before;
        match added {
            Ok(_) => {
                assert_eq!(alerts, 1, "round {n}: added, and nobody knows");
                alerted += 1;
            }
            answer => {
                assert_eq!((refused(answer).as_str(), alerts), ("BlockedByMember", 0), "round {n}");
                kept_out += 1;
            }
        }
    }
    assert!(kept_out > 0, "no report came first in {alerted} rounds");
}

/// Accounts whose servers take longer than anybody waits.
fn slow_accounts(world: &World, count: usize) -> Vec<Did> {
    let accounts = (0..count).map(|number| {
        let letters: String = number.to_string().bytes().map(|digit| char::from(digit - b'0' + b'a')).collect();
        let account = world.network.account(&format!("a{letters}z"));
        world.network.behave(&account, Manner::Slow(Duration::from_secs(60)));
        account
    });
    accounts.collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_asks_for_slow_repositories_does_not_get_others_past_a_block() {
    let world = World::with(&[]).await;
    let [mallory, bob, carol] = world.actors(["mallory", "zbob", "zcarol"]);
    world.network.block(&carol.did, &bob.did);
    let slow = slow_accounts(&world, 800);
    let asking: Vec<_> = slow
        .chunks(100)
        .map(|dids| {
            let (api, params) =
                (e2e::actor::client(&world.server, &mallory.did), check_blocks::Params { dids: dids.to_vec() });
            tokio::spawn(async move { api.check_blocks(&params).await })
        })
        .collect();
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(refused(bob.api.create_convo(&group(&[&carol])).await), "MutualBlockDetected");
    for asked in asking {
        assert!(asked.await.unwrap().is_err());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_adds_many_with_slow_repositories_gets_nobody_past_a_block() {
    let world = World::with(&["--block-lookup-timeout=500ms"]).await;
    let [mallory, victim] = world.actors(["mallory", "zvictim"]);
    world.network.block(&victim.did, &mallory.did);
    let mut others = slow_accounts(&world, 100);
    others.push(victim.did.clone());
    let create = async || mallory.api.create_convo(&creation(&Uuid::new_v4().simple().to_string(), &others)).await;
    for _ in 0..3 {
        let name = refused(create().await);
        assert!(["ServiceUnavailable", "MutualBlockDetected"].contains(&name.as_str()), "{name}");
    }
    // Nobody else has to wait for that.
    let [bob, carol] = world.actors(["bob", "carol"]);
    world.network.block(&carol.did, &bob.did);
    assert_eq!(refused(bob.api.create_convo(&group(&[&carol])).await), "MutualBlockDetected");
}

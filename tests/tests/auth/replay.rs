//! With `--enforce-jti` a token is good for one procedure call, on whichever replica.

use std::time::Duration;

use e2e::{
    http::{Answer, Call},
    server::TestServer,
};
use futures::future::join_all;
use serde_json::{Value, json};

use super::{
    World,
    directory::{Key, account, but, claims},
};

const ENFORCED: [&str; 1] = ["--enforce-jti"];

/// A procedure call that succeeds whenever its token does.
fn publish<'a>(server: &'a TestServer, token: &str) -> Call<'a> {
    let batch =
        json!({"keyPackages": [{"keyPackage": "AA", "cipherSuite": "none", "expires": "2100-01-01T00:00:00Z"}]});
    server.call("publishKeyPackages").token(token).input(&batch)
}

/// The errors of those calls that were refused.
fn refusals(answers: &[Answer]) -> Vec<Value> {
    answers.iter().filter(|answer| answer.status != 200).map(|answer| answer.value()["error"].clone()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_sixteen_uses_at_once_on_two_replicas_one_is_let_in() {
    let world = World::with(Key::k256(1), &ENFORCED).await;
    let replica = world.server.replica().await;
    for _ in 0..5 {
        let token = world.token("publishKeyPackages");
        let calls = (0..16).map(|n| publish(if n % 2 == 0 { &world.server } else { &replica }, &token).send());
        let answers = join_all(calls).await;
        assert_eq!(refusals(&answers), vec![json!("InvalidToken"); 15]);
    }
}

#[tokio::test]
async fn a_token_is_used_up_by_procedures_only_and_by_its_owner_only() {
    let world = World::with(Key::k256(1), &ENFORCED).await;
    // A PDS may repeat a query.
    let query = world.token("getConvos");
    for _ in 0..3 {
        world.present(&query).await.output();
    }
    let used = but(claims(&world.server, &world.alice, "publishKeyPackages"), "jti", json!("the same"));
    publish(&world.server, &world.key.token(&used)).send().await.output();
    let message = publish(&world.server, &world.key.token(&used)).send().await.refused(401, "InvalidToken");
    assert!(message.contains("used before"), "{message}");
    // A forger can't use up what bob has yet to send, and bob's ids are not alice's.
    let (bob, key) = (account("bob"), Key::p256(2));
    world.directory.publish(&bob, &key);
    let of_bob = but(claims(&world.server, &bob, "publishKeyPackages"), "jti", json!("the same"));
    publish(&world.server, &world.key.token(&of_bob)).send().await.refused(401, "InvalidToken");
    publish(&world.server, &key.token(&of_bob)).send().await.output();
    // Without an id nothing can be remembered.
    let without = but(claims(&world.server, &world.alice, "publishKeyPackages"), "jti", Value::Null);
    let message = publish(&world.server, &world.key.token(&without)).send().await.refused(401, "InvalidToken");
    assert!(message.contains("jti"), "{message}");
}

#[tokio::test]
async fn what_was_used_stays_used_over_a_restart_as_long_as_the_token_lives() {
    let mut world = World::with(Key::k256(1), &ENFORCED).await;
    let token = world.token("publishKeyPackages");
    publish(&world.server, &token).send().await.output();
    world.server = world.server.restart().await;
    world.server.pass_time(Duration::from_secs(55)).await;
    publish(&world.server, &token).send().await.refused(401, "InvalidToken");
    world.server.pass_time(Duration::from_secs(30)).await;
    publish(&world.server, &token).send().await.refused(401, "ExpiredToken");
}

#[tokio::test]
async fn where_it_is_not_enforced_a_token_may_be_used_again() {
    let world = World::new().await;
    let token = world.token("publishKeyPackages");
    for _ in 0..2 {
        publish(&world.server, &token).send().await.output();
    }
}

#[tokio::test]
async fn a_database_without_a_free_connection_is_no_fault_of_the_token() {
    let flags = [ENFORCED[0], "--pool-max=1", "--pool-min=1", "--pool-acquire-timeout=300ms"];
    let world = World::with(Key::k256(1), &flags).await;
    let token = world.token("publishKeyPackages");
    let held = world.server.db().acquire().await.unwrap();
    let answer = publish(&world.server, &token).send().await;
    answer.refused(503, "ServiceUnavailable");
    assert_eq!(answer.header("retry-after"), "1");
    drop(held);
    publish(&world.server, &token).send().await.output();
}

#[tokio::test]
async fn who_calls_too_often_uses_nothing_up() {
    let flags = [ENFORCED[0], "--rate-limit-per-caller=1", "--rate-limit-burst=3"];
    let world = World::with(Key::k256(1), &flags).await;
    let mut answers = Vec::new();
    for _ in 0..10 {
        answers.push(publish(&world.server, &world.token("publishKeyPackages")).send().await);
    }
    let served = answers.iter().filter(|answer| answer.status == 200).count();
    assert!((1..10).contains(&served), "{served}");
    let used: i64 = sqlx::query_scalar("SELECT count(*) FROM used_jti").fetch_one(world.server.db()).await.unwrap();
    assert_eq!(used, served as i64);
}

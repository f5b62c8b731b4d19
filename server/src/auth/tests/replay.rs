//! Tokens that are used twice.

use std::sync::Arc;
use std::time::Duration;

use chrono::DateTime;
use futures::future::{BoxFuture, FutureExt, join_all, ready};
use serde_json::{Value, json};

use super::super::*;
use super::support::*;

async fn strict_world(key: &Key) -> World {
    let world = World::with(|config| config.enforce_jti = true).await;
    world.directory.publish(ALICE, key);
    world
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_concurrent_uses_exactly_one_wins() {
    let key = Key::k256(1);
    let world = strict_world(&key).await;
    let header = format!("Bearer {}", key.token(claims(ALICE)));
    let uses = (0..64).map(|_| {
        let (auth, header) = (world.auth.clone(), header.clone());
        tokio::spawn(async move { authenticate(&auth, Some(&header), METHOD, true).await })
    });
    let results: Vec<_> = join_all(uses).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    for error in results.into_iter().filter_map(Result::err) {
        assert_eq!(error.name(), "InvalidToken");
        assert!(error.to_string().contains("used before"), "{error}");
    }
}

#[tokio::test]
async fn queries_may_repeat_their_token() {
    let key = Key::k256(1);
    let world = strict_world(&key).await;
    let token = key.token(claims(ALICE));
    for _ in 0..3 {
        assert_eq!(world.call(&token, METHOD, false).await.unwrap(), ALICE);
    }
    assert_eq!(world.call(&token, METHOD, true).await.unwrap(), ALICE, "queries used nothing up");
    assert!(world.call(&token, METHOD, true).await.is_err());
}

#[tokio::test]
async fn procedures_need_a_jti_when_it_is_enforced() {
    let key = Key::k256(1);
    let world = strict_world(&key).await;
    for jti in [Value::Null, json!("")] {
        let error = world.call(&key.token(claims_but(ALICE, "jti", jti)), METHOD, true).await.unwrap_err();
        assert_eq!(error.name(), "InvalidToken");
        assert!(error.to_string().contains("jti"), "{error}");
    }
    let lenient = World::with_alice(&key).await;
    let token = key.token(claims_but(ALICE, "jti", Value::Null));
    for _ in 0..2 {
        assert_eq!(lenient.call(&token, METHOD, true).await.unwrap(), ALICE, "not enforced");
    }
}

#[tokio::test]
async fn the_same_jti_of_another_issuer_is_another() {
    let (alice, bob) = (Key::k256(1), Key::p256(2));
    let world = strict_world(&alice).await;
    world.directory.publish(BOB, &bob);
    assert_eq!(world.call(&alice.token(claims(ALICE)), METHOD, true).await.unwrap(), ALICE);
    assert_eq!(world.call(&bob.token(claims(BOB)), METHOD, true).await.unwrap(), BOB);
}

#[tokio::test]
async fn refused_tokens_use_nothing_up() {
    let key = Key::k256(1);
    let world = strict_world(&key).await;
    assert!(world.call(&Key::k256(2).token(claims(ALICE)), METHOD, true).await.is_err(), "forged");
    let token = key.token(claims(ALICE));
    assert!(world.call(&token, "blue.catbird.mls.leaveConvo", true).await.is_err(), "another method");
    assert_eq!(world.call(&token, METHOD, true).await.unwrap(), ALICE);
}

#[tokio::test]
async fn a_used_jti_is_remembered_through_the_leeway() {
    let key = Key::k256(1);
    let world = strict_world(&key).await;
    let token = key.token(claims(ALICE));
    assert_eq!(world.call(&token, METHOD, true).await.unwrap(), ALICE);
    world.clock.advance(Duration::from_secs(69));
    assert_eq!(world.call(&token, METHOD, true).await.unwrap_err().name(), "InvalidToken");
    world.clock.advance(Duration::from_secs(1));
    assert_eq!(world.call(&token, METHOD, true).await.unwrap_err().name(), "ExpiredToken");
}

#[tokio::test]
async fn the_memory_forgets_what_has_expired() {
    let world = World::new().await;
    let until = |seconds| DateTime::from_timestamp(START + seconds, 0).unwrap();
    assert!(world.replay.first_use(&did(ALICE), "a", until(10)).await.unwrap());
    assert!(!world.replay.first_use(&did(ALICE), "a", until(10)).await.unwrap());
    world.clock.advance(Duration::from_secs(10));
    assert!(world.replay.first_use(&did(ALICE), "a", until(20)).await.unwrap());
}

struct BrokenMemory;

impl ReplayGuard for BrokenMemory {
    fn first_use<'a>(
        &'a self,
        _: &'a Did,
        _: &'a str,
        _: DateTime<Utc>,
    ) -> BoxFuture<'a, Result<bool, crate::outbound::BoxError>> {
        ready(Err("the database at 10.0.0.7 is down".into())).boxed()
    }
}

#[tokio::test]
async fn a_broken_memory_lets_nobody_in() {
    let key = Key::k256(1);
    let world = World::with_alice(&key).await;
    let mut config = AuthConfig::new(did(SERVICE));
    config.enforce_jti = true;
    let source = Arc::new(resolver(&world.directory));
    let auth = Authenticator::new(config, source, Arc::new(BrokenMemory), world.clock.clone(), hashes());
    let header = format!("Bearer {}", key.token(claims(ALICE)));
    let error = authenticate(&auth, Some(&header), METHOD, true).await.unwrap_err();
    assert_eq!((error.name(), error.status().as_u16()), ("InternalServerError", 500));
    assert!(!error.to_string().contains("10.0.0.7"), "{error}");
}

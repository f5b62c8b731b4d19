//! How long keys are believed, and how often they are asked for.

use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use serde_json::json;

use super::super::keys::KeyCache;
use super::super::{AuthError, DocumentCachePolicy};
use super::support::*;

const FRESH: Duration = Duration::from_secs(5 * 60);
const STALE: Duration = Duration::from_secs(2 * 60 * 60);

/// A token of Alice's that is good at the world's present time, each with its own `jti`.
fn token_now(world: &World, key: &Key, jti: usize) -> String {
    use super::super::Clock;
    let now = world.clock.now().timestamp();
    key.token(json!({
        "iss": ALICE, "aud": SERVICE, "lxm": METHOD, "iat": now, "exp": now + 60, "jti": format!("{jti}"),
    }))
}

/// Tries until it is so, for some seconds; the argument counts on from 100.
async fn eventually(mut check: impl AsyncFnMut(usize) -> bool) -> bool {
    for attempt in 100..600 {
        if check(attempt).await {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    false
}

async fn present_all(world: &World, tokens: &[String]) -> Vec<Result<String, AuthError>> {
    join_all(tokens.iter().map(|token| {
        let (auth, header) = (world.auth.clone(), format!("Bearer {token}"));
        async move {
            let task = tokio::spawn(async move { authenticate(&auth, Some(&header), METHOD, false).await });
            task.await.unwrap().map(|did| did.as_str().to_owned())
        }
    }))
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_requests_share_one_look_up() {
    let key = Key::k256(1);
    let world = World::new().await;
    world.directory.set(ALICE, Answer::Slow(Duration::from_millis(100), document(ALICE, &key)));
    let tokens: Vec<_> = (0..64).map(|jti| token_now(&world, &key, jti)).collect();
    for result in present_all(&world, &tokens).await {
        assert_eq!(result.unwrap(), ALICE);
    }
    assert_eq!(world.directory.count(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_requests_share_one_failure() {
    let key = Key::k256(1);
    let world = World::new().await;
    world.directory.set(ALICE, Answer::Status(503));
    let tokens: Vec<_> = (0..64).map(|jti| token_now(&world, &key, jti)).collect();
    for result in present_all(&world, &tokens).await {
        assert_eq!(result.unwrap_err().status(), 503);
    }
    assert_eq!(world.directory.count(), 1);
}

#[tokio::test]
async fn a_waiter_survives_the_one_it_waits_for() {
    let key = Key::k256(1);
    let world = World::new().await;
    world.directory.set(ALICE, Answer::Slow(Duration::from_millis(200), document(ALICE, &key)));
    let (first, second) = (token_now(&world, &key, 1), token_now(&world, &key, 2));
    let leader = async {
        let gone = tokio::time::timeout(Duration::from_millis(50), world.present(&first)).await;
        assert!(gone.is_err(), "the client should have hung up while the look-up ran");
    };
    let waiter = async {
        tokio::time::sleep(Duration::from_millis(20)).await;
        world.present(&second).await
    };
    let ((), caller) = futures::join!(leader, waiter);
    assert_eq!(caller.unwrap(), ALICE);
}

#[tokio::test]
async fn a_fresh_document_is_not_asked_for_again() {
    let key = Key::k256(1);
    let world = World::with_alice(&key).await;
    for jti in 0..10 {
        world.present(&token_now(&world, &key, jti)).await.unwrap();
    }
    world.clock.advance(FRESH - Duration::from_secs(1));
    world.present(&token_now(&world, &key, 10)).await.unwrap();
    assert_eq!(world.directory.requests(), [format!("/{ALICE}")]);
}

#[tokio::test]
async fn a_stale_document_serves_while_it_is_fetched_again() {
    let (key, new) = (Key::k256(1), Key::k256(2));
    let delay = Duration::from_secs(1);
    let world = World::with_alice(&key).await;
    world.present(&token_now(&world, &key, 0)).await.unwrap();
    world.clock.advance(FRESH);
    world.directory.set(ALICE, Answer::Slow(delay, document(ALICE, &new)));
    let start = std::time::Instant::now();
    for jti in 1..20 {
        assert_eq!(world.present(&token_now(&world, &key, jti)).await.unwrap(), ALICE);
    }
    assert!(start.elapsed() < delay, "a request waited for the directory");
    // Whatever is fetched, the old key is no more believed then. Each try has its own token.
    let refused = async |jti| world.present(&token_now(&world, &key, jti)).await.is_err();
    assert!(eventually(refused).await, "what was fetched in the background is not used");
    let requests = world.directory.count();
    assert_eq!(requests, 3, "one in the background, one more for the bad signature");
}

#[tokio::test]
async fn a_stale_document_serves_while_the_directory_is_down() {
    let key = Key::k256(1);
    let world = World::with_alice(&key).await;
    world.present(&token_now(&world, &key, 0)).await.unwrap();
    world.directory.set(ALICE, Answer::Status(500));
    world.clock.advance(FRESH);
    for jti in 1..10 {
        assert_eq!(world.present(&token_now(&world, &key, jti)).await.unwrap(), ALICE);
        world.directory.wait_for(2).await;
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(world.directory.count(), 2, "a failure is not repeated at once");
    world.clock.advance(STALE - FRESH);
    let error = world.present(&token_now(&world, &key, 10)).await.unwrap_err();
    assert_eq!(error.status(), 503, "too old to be believed: {error}");
}

#[tokio::test]
async fn a_deactivated_did_is_noticed_in_the_background() {
    let key = Key::k256(1);
    let world = World::with_alice(&key).await;
    world.present(&token_now(&world, &key, 0)).await.unwrap();
    world.directory.set(ALICE, Answer::Status(410));
    world.clock.advance(FRESH);
    world.present(&token_now(&world, &key, 1)).await.unwrap();
    let missing = async |jti| match world.present(&token_now(&world, &key, jti)).await {
        Ok(_) => false,
        Err(error) => error.to_string().contains("does not exist"),
    };
    assert!(eventually(missing).await);
    assert_eq!(world.directory.count(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_changed_key_is_fetched_once() {
    let (old, new) = (Key::k256(1), Key::p256(2));
    let world = World::with_alice(&old).await;
    world.present(&token_now(&world, &old, 0)).await.unwrap();
    world.directory.set(ALICE, Answer::Slow(Duration::from_millis(50), document(ALICE, &new)));
    let tokens: Vec<_> = (1..33).map(|jti| token_now(&world, &new, jti)).collect();
    for result in present_all(&world, &tokens).await {
        assert_eq!(result.unwrap(), ALICE);
    }
    assert_eq!(world.directory.count(), 2);
    assert_eq!(world.refusal(&token_now(&world, &old, 33)).await, "InvalidToken");
    assert_eq!(world.directory.count(), 2, "the old key is no reason to ask again so soon");
}

#[tokio::test]
async fn a_changed_key_does_not_let_a_third_one_in() {
    for (new, third) in [(Key::k256(2), Key::k256(3)), (Key::p256(2), Key::k256(3))] {
        let world = World::with_alice(&Key::k256(1)).await;
        let first = token_now(&world, &Key::k256(1), 0);
        world.present(&first).await.unwrap();
        world.directory.publish(ALICE, &new);
        assert_eq!(world.refusal(&token_now(&world, &third, 1)).await, "InvalidToken");
        assert_eq!(world.directory.count(), 2);
        assert_eq!(world.present(&token_now(&world, &new, 2)).await.unwrap(), ALICE);
    }
}

/// Of two that found the old key, the second comes when the first has already fetched the new one.
#[tokio::test]
async fn who_comes_late_takes_what_was_fetched() {
    let world = World::with_alice(&Key::k256(1)).await;
    let source = Arc::new(resolver(&world.directory));
    let keys = KeyCache::new(source, world.clock.clone(), DocumentCachePolicy::default(), hashes());
    let alice = did(ALICE);
    keys.find(&alice).await.unwrap();
    let (first, second) = (keys.find(&alice).await.unwrap(), keys.find(&alice).await.unwrap());
    world.directory.publish(ALICE, &Key::k256(2));
    let newer = keys.find_newer(&alice, &first).await.unwrap();
    assert!(newer != first.key);
    assert_eq!(keys.find_newer(&alice, &second).await, Some(newer));
    assert_eq!(world.directory.count(), 2);
}

#[tokio::test]
async fn forged_tokens_do_not_hammer_the_directory() {
    let (key, forger) = (Key::k256(1), Key::k256(9));
    let world = World::with_alice(&key).await;
    assert_eq!(world.refusal(&token_now(&world, &forger, 0)).await, "InvalidToken");
    assert_eq!(world.directory.count(), 1, "what was fetched for this token needs no second look");
    for jti in 1..50 {
        assert_eq!(world.refusal(&token_now(&world, &forger, jti)).await, "InvalidToken");
    }
    assert_eq!(world.directory.count(), 2);
    world.clock.advance(Duration::from_secs(30));
    for jti in 50..100 {
        assert_eq!(world.refusal(&token_now(&world, &forger, jti)).await, "InvalidToken");
    }
    assert_eq!(world.directory.count(), 3);
    assert_eq!(world.present(&token_now(&world, &key, 100)).await.unwrap(), ALICE, "the owner is not harmed");
}

#[tokio::test]
async fn a_forged_token_does_not_lose_the_key_when_the_directory_is_down() {
    let (key, forger) = (Key::k256(1), Key::k256(9));
    let world = World::with_alice(&key).await;
    world.present(&token_now(&world, &key, 0)).await.unwrap();
    world.directory.set(ALICE, Answer::Status(500));
    assert_eq!(world.refusal(&token_now(&world, &forger, 1)).await, "InvalidToken");
    assert_eq!(world.directory.count(), 2);
    assert_eq!(world.present(&token_now(&world, &key, 2)).await.unwrap(), ALICE);
}

#[tokio::test]
async fn a_missing_did_is_remembered_briefly() {
    let key = Key::k256(1);
    let world = World::new().await;
    for jti in 0..10 {
        let error = world.present(&token_now(&world, &key, jti)).await.unwrap_err();
        assert_eq!(error.name(), "InvalidToken");
        assert!(error.to_string().contains("does not exist"), "{error}");
    }
    assert_eq!(world.directory.count(), 1);
    world.directory.publish(ALICE, &key);
    world.clock.advance(Duration::from_secs(30));
    assert_eq!(world.present(&token_now(&world, &key, 10)).await.unwrap(), ALICE);
}

#[tokio::test]
async fn an_unreachable_directory_is_not_the_tokens_fault() {
    let key = Key::k256(1);
    let world = World::new().await;
    for (did, status) in [(ALICE, 500), (BOB, 429)] {
        world.directory.set(did, Answer::Status(status));
        let error = world.present(&key.token(claims(did))).await.unwrap_err();
        assert_eq!((error.name(), error.status().as_u16()), ("ServiceUnavailable", 503), "{status}");
        assert!(matches!(error, AuthError::Unavailable { retry_after, .. } if !retry_after.is_zero()));
    }
    world.directory.publish(ALICE, &key);
    world.clock.advance(Duration::from_secs(3));
    assert_eq!(world.present(&token_now(&world, &key, 1)).await.unwrap(), ALICE, "it is tried again soon");
}

/// A world in which keys are remembered for a shorter time than tokens live.
async fn forgetful_world(key: &Key) -> World {
    let briefly = Duration::from_secs(20);
    let world =
        World::with(|config| (config.documents.fresh_for, config.documents.stale_for) = (briefly, briefly)).await;
    world.directory.publish(ALICE, key);
    world
}

#[tokio::test]
async fn a_token_that_was_used_twice_is_not_checked_again() {
    let key = Key::k256(1);
    let world = forgetful_world(&key).await;
    let (once, twice) = (token_now(&world, &key, 1), token_now(&world, &key, 2));
    for token in [&once, &twice, &twice] {
        assert_eq!(world.present(token).await.unwrap(), ALICE);
    }
    world.directory.publish(ALICE, &Key::k256(2));
    world.clock.advance(Duration::from_secs(50));
    assert_eq!(world.present(&twice).await.unwrap(), ALICE);
    assert_eq!(world.directory.count(), 1);
    assert_eq!(world.refusal(&once).await, "InvalidToken", "checked again, with the new key");
    assert_eq!(world.directory.count(), 2);
}

#[tokio::test]
async fn a_token_that_is_used_once_leaves_nothing_behind() {
    let key = Key::k256(1);
    let world = World::with_alice(&key).await;
    let remembered = async || {
        world.auth.verified.run_pending_tasks().await;
        world.auth.verified.entry_count()
    };
    for number in 0..50 {
        world.present(&token_now(&world, &key, number)).await.unwrap();
    }
    assert_eq!(remembered().await, 0);
    world.present(&token_now(&world, &key, 49)).await.unwrap();
    assert_eq!(remembered().await, 1);
}

#[tokio::test]
async fn a_known_token_with_another_signature_is_checked_by_itself() {
    let key = Key::k256(1);
    let world = World::with_alice(&key).await;
    let token = token_now(&world, &key, 0);
    for _ in 0..3 {
        world.present(&token).await.unwrap();
    }
    let (text, _) = token.rsplit_once('.').unwrap();
    assert_eq!(world.refusal(&join(text, &Key::k256(2).sign(text))).await, "InvalidToken");
    assert_eq!(world.refusal(&join(text, b"")).await, "InvalidToken");
    assert_eq!(world.present(&token).await.unwrap(), ALICE);
}

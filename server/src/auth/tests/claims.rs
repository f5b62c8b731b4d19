//! What claims must say.

use std::time::Duration;

use serde_json::{Value, json};

use super::super::AuthError;
use super::support::*;

/// Presents tokens that differ from a good one in one claim.
async fn refusals(cases: Vec<(&str, Value)>) -> Vec<String> {
    let key = Key::k256(1);
    let world = World::with_alice(&key).await;
    let mut names = Vec::new();
    for (claim, value) in cases {
        names.push(world.refusal(&key.token(claims_but(ALICE, claim, value))).await);
    }
    assert_eq!(world.directory.count(), 0, "a token with wrong claims is no reason to ask the directory");
    names
}

#[tokio::test]
async fn wrong_audiences_are_refused() {
    let cases = vec![
        ("aud", Value::Null),
        ("aud", json!("did:web:other.example.com")),
        ("aud", json!("did:web:mls.example.com#atproto_pds")),
        ("aud", json!("did:web:mls.example.com#")),
        ("aud", json!("did:web:mls.example.com#atproto_mls2")),
        ("aud", json!("")),
    ];
    assert_eq!(refusals(cases).await, ["BadJwtAudience"; 6]);
}

#[tokio::test]
async fn audience_may_carry_the_service_id() {
    let key = Key::k256(1);
    let world = World::with_alice(&key).await;
    let token = key.token(claims_but(ALICE, "aud", json!("did:web:mls.example.com#atproto_mls")));
    assert_eq!(world.present(&token).await.unwrap(), ALICE);
}

#[tokio::test]
async fn wrong_or_missing_method_is_refused() {
    let cases = vec![
        ("lxm", Value::Null),
        ("lxm", json!("blue.catbird.mls.getMessages")),
        ("lxm", json!("*")),
        ("lxm", json!("blue.catbird.mls.sendmessage")),
    ];
    assert_eq!(refusals(cases).await, ["BadJwtLexiconMethod"; 4]);
}

#[tokio::test]
async fn claims_that_break_the_time_rules_are_refused() {
    let cases = vec![
        ("exp", Value::Null),
        ("exp", json!(START + 301)),
        ("exp", json!(START + 10 * 365 * 86_400)),
        ("exp", json!(1e300)),
        ("exp", json!(-1)),
        ("exp", json!("1800000060")),
        ("exp", json!(u64::MAX)),
        ("iat", json!(START + 11)),
        ("iat", json!(START - 241)),
        ("iat", json!(i64::MIN)),
        ("nbf", json!(START + 11)),
    ];
    assert_eq!(refusals(cases).await, ["InvalidToken"; 11]);
}

#[tokio::test]
async fn claims_of_wrong_types_are_refused() {
    let cases = vec![
        ("aud", json!([SERVICE])),
        ("lxm", json!(1)),
        ("iss", json!({"did": ALICE})),
        ("iss", Value::Null),
        ("jti", json!(7)),
        ("jti", json!("x".repeat(257))),
    ];
    assert_eq!(refusals(cases).await, ["InvalidToken"; 6]);
}

#[tokio::test]
async fn expired_token_is_refused_after_the_leeway() {
    let key = Key::k256(1);
    let world = World::with_alice(&key).await;
    let token = key.token(claims(ALICE));
    world.clock.advance(Duration::from_secs(69));
    assert_eq!(world.present(&token).await.unwrap(), ALICE);
    world.clock.advance(Duration::from_secs(1));
    let error = world.present(&token).await.unwrap_err();
    assert!(matches!(error, AuthError::ExpiredToken(_)), "{error:?}");
    let fresh_world = World::with_alice(&key).await;
    fresh_world.clock.advance(Duration::from_secs(70));
    assert_eq!(fresh_world.refusal(&token).await, "ExpiredToken", "also when it was never verified");
}

#[tokio::test]
async fn clocks_may_differ_by_the_leeway() {
    let key = Key::k256(1);
    let world = World::with_alice(&key).await;
    for (claim, value) in [("iat", START + 10), ("nbf", START + 10), ("exp", START + 300), ("iat", START - 240)] {
        let token = key.token(claims_but(ALICE, claim, json!(value)));
        assert_eq!(world.present(&token).await.unwrap(), ALICE, "{claim} {value}");
    }
    let fractions = key.token(claims_but(ALICE, "exp", json!(START as f64 + 59.75)));
    assert_eq!(world.present(&fractions).await.unwrap(), ALICE);
}

#[tokio::test]
async fn without_iat_life_is_counted_from_now() {
    let key = Key::k256(1);
    let world = World::with_alice(&key).await;
    let token = |exp: i64| {
        let mut claims = claims_but(ALICE, "iat", Value::Null);
        claims["exp"] = json!(exp);
        key.token(claims)
    };
    assert_eq!(world.present(&token(START + 300)).await.unwrap(), ALICE);
    assert_eq!(world.refusal(&token(START + 301)).await, "InvalidToken");
}

#[tokio::test]
async fn exp_before_iat_is_refused() {
    let key = Key::k256(1);
    let world = World::with_alice(&key).await;
    let mut claims = claims_but(ALICE, "iat", json!(START + 5));
    claims["exp"] = json!(START + 5);
    assert_eq!(world.refusal(&key.token(claims)).await, "InvalidToken");
}

#[tokio::test]
async fn a_verified_token_is_still_held_to_its_method() {
    let key = Key::k256(1);
    let world = World::with_alice(&key).await;
    let token = key.token(claims(ALICE));
    assert_eq!(world.present(&token).await.unwrap(), ALICE);
    let error = world.call(&token, "blue.catbird.mls.leaveConvo", true).await.unwrap_err();
    assert_eq!(error.name(), "BadJwtLexiconMethod");
    assert!(error.to_string().contains("blue.catbird.mls.leaveConvo"), "{error}");
}

#[tokio::test]
async fn every_refusal_is_a_401() {
    let key = Key::k256(1);
    let world = World::with_alice(&key).await;
    for claim in ["iss", "aud", "lxm", "exp"] {
        let error = world.present(&key.token(claims_but(ALICE, claim, Value::Null))).await.unwrap_err();
        assert_eq!(error.status(), 401, "{claim}");
    }
}

//! Tokens made with the development secret.

use std::time::Duration;

use serde_json::json;

use super::super::*;
use super::support::*;

const SECRET: &str = "a secret of more than thirty-two bytes";

fn secret(text: &str) -> DevelopmentSecret {
    DevelopmentSecret::new(text).unwrap()
}

fn mint(with: &str, issuer: &str, lifetime: u64) -> String {
    let now = DateTime::from_timestamp(START, 0).unwrap();
    mint_development_token(&secret(with), &did(issuer), SERVICE, METHOD, Duration::from_secs(lifetime), now)
}

async fn development_world() -> World {
    World::with(|config| config.jwt_secret = Some(secret(SECRET))).await
}

#[tokio::test]
async fn any_issuer_is_accepted_with_the_secret() {
    let world = development_world().await;
    for issuer in [ALICE, "did:plc:alice", "did:web:alice.test", "did:example:bob"] {
        assert_eq!(world.present(&mint(SECRET, issuer, 60)).await.unwrap(), issuer);
    }
    assert_eq!(world.directory.count(), 0);
}

#[tokio::test]
async fn another_secret_is_refused() {
    let world = development_world().await;
    assert_eq!(world.refusal(&mint("another secret of more than 32 bytes", ALICE, 60)).await, "InvalidToken");
    let unsigned = join(&message(&json!({"alg": "HS256"}), &claims(ALICE)), b"");
    assert_eq!(world.refusal(&unsigned).await, "InvalidToken");
}

#[tokio::test]
async fn signatures_of_another_form_are_refused() {
    let world = development_world().await;
    let token = mint(SECRET, ALICE, 60);
    let (message, signature) = token.rsplit_once('.').unwrap();
    let padded = format!("{signature}=");
    for changed in ["!", "A", &signature[1..], &signature[..signature.len() - 1], &padded] {
        let result = world.present(&format!("{message}.{changed}")).await;
        assert_eq!(result.unwrap_err().name(), "InvalidToken", "{changed}");
    }
    assert_eq!(world.present(&token).await.unwrap(), ALICE);
}

#[tokio::test]
async fn the_claims_are_held_to_the_same_rules() {
    let world = development_world().await;
    assert_eq!(world.refusal(&mint(SECRET, ALICE, 301)).await, "InvalidToken");
    let token = mint(SECRET, ALICE, 60);
    assert_eq!(
        world.call(&token, "blue.catbird.mls.getConvos", false).await.unwrap_err().name(),
        "BadJwtLexiconMethod"
    );
    world.clock.advance(Duration::from_secs(70));
    assert_eq!(world.refusal(&token).await, "ExpiredToken");
}

#[tokio::test]
async fn the_secret_does_not_replace_the_issuers_key() {
    let world = development_world().await;
    world.directory.publish(ALICE, &Key::k256(1));
    assert_eq!(world.refusal(&Key::k256(2).token(claims(ALICE))).await, "InvalidToken");
    assert_eq!(world.present(&Key::k256(1).token(claims(ALICE))).await.unwrap(), ALICE);
}

#[tokio::test]
async fn each_token_has_its_own_jti() {
    assert_ne!(mint(SECRET, ALICE, 60), mint(SECRET, ALICE, 60));
}

#[test]
fn short_secrets_are_refused_and_none_is_shown() {
    assert_eq!(DevelopmentSecret::new("x".repeat(31)).unwrap_err(), SecretTooShort(31));
    assert!(DevelopmentSecret::new("x".repeat(32)).is_ok());
    let mut config = AuthConfig::new(did(SERVICE));
    config.jwt_secret = Some(secret(SECRET));
    assert!(!format!("{config:?} {config:#?}").contains("thirty-two"));
}

#[test]
fn nothing_but_hs256_can_be_made_with_the_library() {
    mint(SECRET, ALICE, 60);
    let header = jsonwebtoken::Header::new(jsonwebtoken::Algorithm::HS512);
    let key = jsonwebtoken::EncodingKey::from_secret(SECRET.as_bytes());
    assert!(jsonwebtoken::encode(&header, &claims(ALICE), &key).is_err());
}

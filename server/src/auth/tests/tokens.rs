//! The form of tokens.

use serde_json::json;

use super::super::MAX_TOKEN_BYTES;
use super::support::*;

#[tokio::test]
async fn a_request_without_bearer_token_must_authenticate() {
    let world = World::new().await;
    for header in
        [None, Some(""), Some("Bearer"), Some("Bearer  "), Some("Basic dTpw"), Some("DPoP a.b.c"), Some("a.b.c")]
    {
        let error = authenticate(&world.auth, header, METHOD, false).await.unwrap_err();
        assert_eq!((error.name(), error.status().as_u16()), ("AuthenticationRequired", 401), "{header:?}");
    }
}

#[tokio::test]
async fn the_scheme_is_case_insensitive() {
    let key = Key::k256(1);
    let world = World::with_alice(&key).await;
    let header = format!("bEARER   {}", key.token(claims(ALICE)));
    assert_eq!(authenticate(&world.auth, Some(&header), METHOD, false).await.unwrap().as_str(), ALICE);
}

#[tokio::test]
async fn only_the_known_algorithms_pass() {
    let key = Key::k256(1);
    let world = World::with_alice(&key).await;
    for alg in ["none", "None", "NONE", "", "HS384", "RS256", "EdDSA", "ES384", "es256k", "ES256K "] {
        let header = json!({"typ": "JWT", "alg": alg});
        assert_eq!(world.refusal(&key.token_with(header.clone(), claims(ALICE))).await, "InvalidToken", "{alg}");
        let unsigned = join(&message(&header, &claims(ALICE)), b"");
        assert_eq!(world.refusal(&unsigned).await, "InvalidToken", "{alg}, unsigned");
    }
    assert_eq!(world.directory.count(), 0);
}

#[tokio::test]
async fn hs256_is_refused_without_a_secret() {
    let world = World::with_alice(&Key::k256(1)).await;
    // The classic confusion: the public key as the shared secret.
    let secret = super::super::DevelopmentSecret::new(Key::k256(1).multikey()).unwrap();
    let now = chrono::DateTime::from_timestamp(START, 0).unwrap();
    let lifetime = std::time::Duration::from_secs(60);
    let token = super::super::mint_development_token(&secret, &did(ALICE), SERVICE, METHOD, lifetime, now);
    assert_eq!(world.refusal(&token).await, "InvalidToken");
    assert_eq!(world.directory.count(), 0);
}

#[tokio::test]
async fn tokens_for_other_purposes_are_refused() {
    let key = Key::k256(1);
    let world = World::with_alice(&key).await;
    for typ in ["at+jwt", "AT+JWT", "refresh+jwt", "dpop+jwt", "application/at+jwt"] {
        let token = key.token_with(json!({"typ": typ, "alg": "ES256K"}), claims(ALICE));
        assert_eq!(world.refusal(&token).await, "InvalidToken", "{typ}");
    }
    let untyped = key.token_with(json!({"alg": "ES256K"}), claims(ALICE));
    assert_eq!(world.present(&untyped).await.unwrap(), ALICE);
}

#[tokio::test]
async fn critical_extensions_are_refused() {
    let key = Key::k256(1);
    let world = World::with_alice(&key).await;
    let token = key.token_with(json!({"alg": "ES256K", "crit": ["b64"], "b64": false}), claims(ALICE));
    assert_eq!(world.refusal(&token).await, "InvalidToken");
}

#[tokio::test]
async fn kid_may_name_the_atproto_key_only() {
    let key = Key::k256(1);
    let world = World::with_alice(&key).await;
    let token = |kid: &str| key.token_with(json!({"alg": "ES256K", "kid": kid}), claims(ALICE));
    for kid in ["#atproto".to_owned(), format!("{ALICE}#atproto")] {
        assert_eq!(world.present(&token(&kid)).await.unwrap(), ALICE, "{kid}");
    }
    for kid in ["#atproto_label".to_owned(), "atproto".to_owned(), format!("{BOB}#atproto"), String::new()] {
        assert_eq!(world.refusal(&token(&kid)).await, "InvalidToken", "{kid}");
    }
}

#[tokio::test]
async fn duplicate_members_are_refused() {
    let key = Key::k256(1);
    let world = World::with_alice(&key).await;
    let twice = format!(r#"{{"iss":"{BOB}",{}"#, &claims(ALICE).to_string()[1..]);
    let message = format!("{}.{}", base64url(r#"{"alg":"ES256K"}"#), base64url(twice));
    assert_eq!(world.refusal(&join(&message, &key.sign(&message))).await, "InvalidToken");
}

#[tokio::test]
async fn anything_after_the_claims_is_refused() {
    let key = Key::k256(1);
    let world = World::with_alice(&key).await;
    for (after, accepted) in [("", true), (" ", true), ("{}", false), ("x", false), ("\0", false)] {
        let payload = base64url(format!("{}{after}", claims(ALICE)));
        let message = format!("{}.{payload}", base64url(r#"{"alg":"ES256K"}"#));
        let result = world.present(&join(&message, &key.sign(&message))).await;
        assert_eq!(result.is_ok(), accepted, "{after:?}");
    }
}

#[tokio::test]
async fn a_token_over_the_size_limit_is_refused() {
    let key = Key::k256(1);
    let world = World::with_alice(&key).await;
    let padded = |count: usize| key.token(claims_but(ALICE, "padding", json!("x".repeat(count))));
    let (small, large) = (padded(5_500), padded(6_200));
    assert!(small.len() <= MAX_TOKEN_BYTES && large.len() > MAX_TOKEN_BYTES);
    assert_eq!(world.present(&small).await.unwrap(), ALICE);
    assert_eq!(world.refusal(&large).await, "InvalidToken");
}

#[tokio::test]
async fn malformed_tokens_are_refused() {
    let world = World::with_alice(&Key::k256(1)).await;
    let deep = base64url("[".repeat(4_000));
    let header = base64url(r#"{"alg":"ES256K"}"#);
    for token in [
        ".",
        "..",
        "...",
        "a",
        "a.b",
        "a.b.c",
        "a.b.c.d",
        "!!.!!.!!",
        "e30.e30.",
        "e30.e30.e30",
        &format!("{deep}.{deep}.{deep}"),
        &format!("{header}.{deep}.AAAA"),
        &format!("{header}.bnVsbA.AAAA"),
        &format!("{header}.W10.AAAA"),
        &format!("{header}.{}.AAAA", base64url(r#"{"iss":1}{}"#)),
        "\u{1F431}.\u{1F431}.a",
    ] {
        let error = world.present(token).await.unwrap_err();
        assert_eq!(error.name(), "InvalidToken", "{token}: {error}");
    }
}

/// Changes a good token in thousands of ways. None may be accepted, and none may do worse than 401.
#[tokio::test]
async fn no_changed_token_is_accepted() {
    let key = Key::p256(1);
    let world = World::with_alice(&key).await;
    let good = key.token(claims(ALICE)).into_bytes();
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    for round in 0..4_000 {
        let mut token = good.clone();
        for _ in 0..=random.below(3) {
            let at = random.below(token.len());
            match random.below(4) {
                0 => token[at] = b'.' + random.below(77) as u8,
                1 => drop(token.remove(at)),
                2 => token.truncate(at.max(1)),
                _ => token.insert(at, b'A' + random.below(58) as u8),
            }
        }
        if token == good {
            continue;
        }
        let token = String::from_utf8(token).unwrap();
        let error = world.present(&token).await.expect_err(&token);
        assert_eq!(error.status(), 401, "round {round}, {token}: {error}");
    }
}

#[tokio::test]
async fn a_changed_signature_is_refused_at_every_byte() {
    let key = Key::k256(3);
    let world = World::with_alice(&key).await;
    let message = message(&json!({"alg": "ES256K"}), &claims(ALICE));
    let signature = key.sign(&message);
    assert_eq!(world.present(&join(&message, &signature)).await.unwrap(), ALICE);
    for at in 0..signature.len() {
        let mut changed = signature.clone();
        changed[at] ^= 1;
        assert_eq!(world.refusal(&join(&message, &changed)).await, "InvalidToken", "byte {at}");
    }
}

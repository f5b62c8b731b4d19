//! Who signed.

use atrium_crypto::{Algorithm, verify::Verifier};
use serde_json::{Value, json};

use super::super::signing_key::SigningKey;
use super::support::*;

const K256_ORDER: &str = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";
const P256_ORDER: &str = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";

#[tokio::test]
async fn both_curves_are_accepted() {
    for key in [Key::k256(1), Key::p256(1)] {
        let world = World::with_alice(&key).await;
        assert_eq!(world.present(&key.token(claims(ALICE))).await.unwrap(), ALICE, "{}", key.alg());
    }
}

#[tokio::test]
async fn did_web_issuers_are_accepted() {
    for key in [Key::k256(1), Key::p256(1)] {
        let world = World::new().await;
        let issuer = world.directory.web_did();
        world.directory.publish(&issuer, &key);
        assert_eq!(world.present(&key.token(claims(&issuer))).await.unwrap(), issuer, "{}", key.alg());
    }
}

#[tokio::test]
async fn high_s_is_refused() {
    for (key, order) in [(Key::k256(1), K256_ORDER), (Key::p256(1), P256_ORDER)] {
        let world = World::with_alice(&key).await;
        let message = message(&json!({"alg": key.alg()}), &claims(ALICE));
        let mut signature = key.sign(&message);
        let high_s = subtract(&hex::decode(order).unwrap(), &signature[32..]);
        signature[32..].copy_from_slice(&high_s);
        assert!(valid_but_for_its_form(&key, &message, &signature), "the test's own arithmetic is wrong");
        assert_eq!(world.refusal(&join(&message, &signature)).await, "InvalidToken", "{}", key.alg());
    }
}

#[tokio::test]
async fn der_signatures_are_refused() {
    let key = Key::k256(1);
    let world = World::with_alice(&key).await;
    let message = message(&json!({"alg": "ES256K"}), &claims(ALICE));
    let der = to_der(&key.sign(&message));
    assert!(valid_but_for_its_form(&key, &message, &der), "the test's own DER is wrong");
    assert_eq!(world.refusal(&join(&message, &der)).await, "InvalidToken");
}

#[tokio::test]
async fn another_key_is_refused() {
    let world = World::with_alice(&Key::k256(1)).await;
    assert_eq!(world.refusal(&Key::k256(2).token(claims(ALICE))).await, "InvalidToken");
}

#[tokio::test]
async fn alg_must_fit_the_curve_of_the_key() {
    for (published, key) in [(Key::k256(1), Key::p256(1)), (Key::p256(1), Key::k256(1))] {
        let world = World::with_alice(&published).await;
        assert_eq!(world.refusal(&key.token(claims(ALICE))).await, "InvalidToken");
        let relabelled = published.token_with(json!({"alg": key.alg()}), claims(ALICE));
        assert_eq!(world.refusal(&relabelled).await, "InvalidToken", "signed by the right key, wrong alg");
    }
}

#[tokio::test]
async fn the_caller_is_the_issuer_whatever_sub_says() {
    let key = Key::k256(1);
    let world = World::with_alice(&key).await;
    world.directory.publish(BOB, &Key::k256(2));
    assert_eq!(world.present(&key.token(claims_but(ALICE, "sub", json!(BOB)))).await.unwrap(), ALICE);
    let forged = key.token(claims_but(BOB, "sub", json!(ALICE)));
    assert_eq!(world.refusal(&forged).await, "InvalidToken");
}

/// Publishes these verification methods for Alice and presents a token signed by `key`.
async fn with_methods(key: &Key, methods: Value) -> Result<String, String> {
    let world = World::new().await;
    let mut document = document(ALICE, key);
    document["verificationMethod"] = methods;
    world.directory.set(ALICE, Answer::Json(document));
    world.present(&key.token(claims(ALICE))).await.map_err(|error| error.name().to_owned())
}

fn method(id: &str, key: &Key) -> Value {
    json!({"id": id, "type": "Multikey", "controller": ALICE, "publicKeyMultibase": key.multikey()})
}

#[tokio::test]
async fn the_key_is_the_one_named_atproto_and_no_other() {
    let (key, other) = (Key::k256(1), Key::k256(2));
    let accepted = Ok(ALICE.to_owned());
    let refused = Err("InvalidToken".to_owned());
    let full = format!("{ALICE}#atproto");
    let cases = [
        (json!([method("#atproto", &key)]), &accepted),
        (json!([method("#first", &other), method(&full, &key)]), &accepted),
        (json!([method("#first", &key), method(&full, &other)]), &refused),
        (json!([method("#atproto_label", &key)]), &refused),
        (json!([method("atproto", &key)]), &refused),
        (json!([method(&format!("{BOB}#atproto"), &key)]), &refused),
        (json!([method("#atproto", &key), method(&full, &key)]), &refused),
        (json!([]), &refused),
    ];
    for (methods, expected) in cases {
        assert_eq!(with_methods(&key, methods.clone()).await, *expected, "{methods}");
    }
}

#[tokio::test]
async fn keys_written_before_multikey_are_read() {
    for (key, kind) in
        [(Key::k256(1), "EcdsaSecp256k1VerificationKey2019"), (Key::p256(1), "EcdsaSecp256r1VerificationKey2019")]
    {
        let (_, point) = atrium_crypto::did::parse_multikey(&key.multikey()).unwrap();
        let encoded = atrium_crypto::multibase::encode(atrium_crypto::multibase::Base::Base58Btc, point);
        let methods = json!([{"id": "#atproto", "type": kind, "controller": ALICE, "publicKeyMultibase": encoded}]);
        assert_eq!(with_methods(&key, methods).await, Ok(ALICE.to_owned()), "{kind}");
    }
}

#[tokio::test]
async fn documents_of_another_did_are_refused() {
    let key = Key::k256(1);
    let world = World::new().await;
    let web = world.directory.web_did();
    for (issuer, other) in [(ALICE, BOB), (&web, "did:web:localhost")] {
        let mut document = document(other, &key);
        document["verificationMethod"][0]["id"] = json!("#atproto");
        let path = world.directory.path(issuer);
        world.directory.set(&path, Answer::Json(document.clone()));
        assert_eq!(world.refusal(&key.token(claims(issuer))).await, "InvalidToken");
        document["id"] = json!(issuer);
        world.directory.set(&path, Answer::Json(document));
        world.clock.advance(std::time::Duration::from_secs(30));
        assert_eq!(world.present(&key.token(claims(issuer))).await.unwrap(), issuer);
    }
}

#[test]
fn unreadable_keys_are_refused_without_a_panic() {
    let long = format!("z{}", "2".repeat(60_000));
    for encoded in ["", "z", "z2", "zQ", "m", "mAA", "zQ3sh", "x!", "\u{1F431}", "f", "f00", "fe701", "f8024", &long] {
        for kind in ["Multikey", "EcdsaSecp256k1VerificationKey2019", "EcdsaSecp256r1VerificationKey2019", ""] {
            let mut document = document(ALICE, &Key::k256(1));
            document["verificationMethod"][0]["type"] = json!(kind);
            document["verificationMethod"][0]["publicKeyMultibase"] = json!(encoded);
            let document = serde_json::from_value(document).unwrap();
            assert!(SigningKey::of(&did(ALICE), &document).is_err(), "{kind} {encoded}");
        }
    }
}

/// Whether a verifier that takes high S and DER would take this signature.
fn valid_but_for_its_form(key: &Key, message: &str, signature: &[u8]) -> bool {
    let (curve, point) = atrium_crypto::did::parse_multikey(&key.multikey()).unwrap();
    assert_eq!(curve == Algorithm::P256, key.alg() == "ES256");
    Verifier::new(true).verify(curve, &point, message.as_bytes(), signature).is_ok()
}

fn subtract(from: &[u8], what: &[u8]) -> Vec<u8> {
    let mut borrow = 0;
    let mut result: Vec<u8> = from
        .iter()
        .zip(what)
        .rev()
        .map(|(a, b)| {
            let difference = i16::from(*a) - i16::from(*b) - borrow;
            borrow = i16::from(difference < 0);
            difference.rem_euclid(256) as u8
        })
        .collect();
    result.reverse();
    result
}

//! What a token must say, and who has signed it.

use catbird_server::{
    auth::{DevelopmentSecret, mint_development_token},
    clock::Clock,
};
use e2e::{
    room::creation,
    server::{JWT_SECRET, SERVICE_DID, TestServer},
};
use reqwest::header::AUTHORIZATION;
use serde_json::{Value, json};

use super::{
    World,
    directory::{Key, account, but, claims, unsigned},
};

#[tokio::test]
async fn accounts_of_both_curves_may_call() {
    for key in [Key::k256(1), Key::p256(1)] {
        let world = World::with(key, &[]).await;
        let group_id = "ab".repeat(16);
        let create = world.server.call("createConvo").token(world.token("createConvo"));
        let convo = create.input(&creation(&group_id, &[])).send().await.output();
        assert_eq!(convo["creator"], json!(world.alice), "{}", world.key.alg());
        let convos = world.present(world.token("getConvos")).await.output();
        assert_eq!(convos["conversations"][0]["id"], json!(group_id));
        assert_eq!(world.directory.asked(), 1, "the document is remembered");
    }
}

/// Each row takes a good token's claims and spoils them.
#[tokio::test]
async fn claims_that_do_not_hold_are_refused() {
    let world = World::new().await;
    let now = world.server.clock.now().timestamp();
    let (minute, year) = (60, 365 * 24 * 60 * 60);
    let rows: [(&str, Value, &str); 21] = [
        ("exp", json!(now - minute), "ExpiredToken"),
        ("exp", json!(now - 10), "ExpiredToken"),
        ("exp", json!(now + 10 * year), "InvalidToken"),
        ("exp", json!(now + 6 * minute), "InvalidToken"),
        ("exp", Value::Null, "InvalidToken"),
        ("exp", json!("soon"), "InvalidToken"),
        ("iat", json!(now + 5 * minute), "InvalidToken"),
        ("nbf", json!(now + 5 * minute), "InvalidToken"),
        ("aud", json!("did:web:other.test"), "BadJwtAudience"),
        ("aud", json!(format!("{SERVICE_DID}#bsky_appview")), "BadJwtAudience"),
        ("aud", json!("https://mls.test"), "BadJwtAudience"),
        ("aud", json!(""), "BadJwtAudience"),
        ("aud", Value::Null, "BadJwtAudience"),
        ("lxm", json!("blue.catbird.mls.getEpoch"), "BadJwtLexiconMethod"),
        ("lxm", json!("blue.catbird.mls.*"), "BadJwtLexiconMethod"),
        ("lxm", json!("BLUE.CATBIRD.MLS.GETCONVOS"), "BadJwtLexiconMethod"),
        ("lxm", Value::Null, "BadJwtLexiconMethod"),
        ("iss", Value::Null, "InvalidToken"),
        ("iss", json!(format!("{}#atproto_pds", world.alice.as_str())), "InvalidToken"),
        ("iss", json!("did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"), "InvalidToken"),
        ("iss", json!(account("nobody")), "InvalidToken"),
    ];
    let good = || claims(&world.server, &world.alice, "getConvos");
    for (name, value, error) in rows {
        let token = world.key.token(&but(good(), name, value.clone()));
        let message = world.present(&token).await.refused(401, error);
        for part in token.split('.') {
            assert!(!message.contains(part), "{name} {value}: the message quotes the token: {message}");
        }
    }
    for (name, value) in
        [("aud", json!(format!("{SERVICE_DID}#atproto_mls"))), ("iat", Value::Null), ("jti", Value::Null)]
    {
        world.present(world.key.token(&but(good(), name, value))).await.output();
    }
    // With a ten-year life from a ten-year past it is no better.
    let old = but(but(good(), "iat", json!(now - 10 * year)), "exp", json!(now + minute));
    world.present(world.key.token(&old)).await.refused(401, "InvalidToken");
}

#[tokio::test]
async fn a_token_expires_also_after_it_was_good() {
    let world = World::new().await;
    let token = world.token("getConvos");
    world.present(&token).await.output();
    world.present(&token).await.output();
    world.server.clock.advance(chrono::TimeDelta::seconds(80));
    world.present(&token).await.refused(401, "ExpiredToken");
}

#[tokio::test]
async fn signatures_must_be_the_issuers_by_the_key_for_atproto() {
    let world = World::new().await;
    let bob = account("bob");
    world.directory.publish(&bob, &Key::k256(2));
    let good = claims(&world.server, &world.alice, "getConvos");
    let token = world.key.token(&good);
    let (message, signature) = token.rsplit_once('.').unwrap();
    let header = |alg: &str, typ: &str| json!({"alg": alg, "typ": typ});
    let forged = [
        ("another's key", Key::k256(2).token(&good)),
        ("alice's key for something else", Key::k256(250).token(&good)),
        ("the other curve", Key::p256(1).token(&good)),
        ("the other curve's name", world.key.token_with(&header("ES256", "JWT"), &good)),
        ("no signature", format!("{message}.")),
        ("no algorithm", format!("{}.", unsigned(&header("none", "JWT"), &good))),
        ("no algorithm in capitals", format!("{}.", unsigned(&header("NONE", "JWT"), &good))),
        ("no algorithm with a signature", world.key.token_with(&header("none", "JWT"), &good)),
        ("an unknown algorithm", world.key.token_with(&header("RS256", "JWT"), &good)),
        ("a signature of something else", {
            let other = but(good.clone(), "jti", json!("other"));
            format!("{}.{signature}", unsigned(&header("ES256K", "JWT"), &other))
        }),
        ("an access token", world.key.token_with(&header("ES256K", "at+jwt"), &good)),
        ("a refresh token", world.key.token_with(&header("ES256K", "refresh+jwt"), &good)),
        ("an access token by its full name", world.key.token_with(&header("ES256K", "application/AT+JWT"), &good)),
        ("a critical extension", {
            let header = json!({"alg": "ES256K", "typ": "JWT", "crit": ["b64"], "b64": false});
            world.key.token_with(&header, &good)
        }),
        ("four parts", format!("{token}.x")),
        ("two parts", message.to_owned()),
        ("nothing of a token", "token".to_owned()),
    ];
    for (what, token) in forged {
        let answer = world.present(token).await;
        assert_eq!(answer.status, 401, "{what}: {}", String::from_utf8_lossy(&answer.body));
        answer.refused(401, "InvalidToken");
    }
    world.present(&token).await.output();
}

#[tokio::test]
async fn the_caller_is_who_signed_whatever_sub_says() {
    let world = World::new().await;
    let bob = account("bob");
    world.directory.publish(&bob, &Key::p256(2));
    let to_create = but(claims(&world.server, &world.alice, "createConvo"), "sub", json!(bob));
    let create = world.server.call("createConvo").token(world.key.token(&to_create));
    let convo = create.input(&creation("abcd", &[])).send().await.output();
    assert_eq!(convo["creator"], json!(world.alice));
    assert_eq!(convo["members"][0]["userDid"], json!(world.alice));
    let as_bob = Key::p256(2).token(&claims(&world.server, &bob, "getConvos"));
    assert_eq!(world.present(as_bob).await.output()["conversations"], json!([]));
    // Nor can bob act as alice by naming her as the issuer, and himself as who signed.
    let crossed = but(claims(&world.server, &world.alice, "getConvos"), "sub", json!(bob));
    world.present(Key::p256(2).token(&crossed)).await.refused(401, "InvalidToken");
}

#[tokio::test]
async fn a_request_without_a_bearer_token_has_none() {
    let world = World::new().await;
    let token = world.token("getConvos");
    let ask = async |value: &str| world.server.call("getConvos").header(AUTHORIZATION, value).send().await;
    world.server.call("getConvos").send().await.refused(401, "AuthenticationRequired");
    for value in ["", "Bearer", "Bearer ", &format!("Basic {token}"), &format!("DPoP {token}"), &token] {
        ask(value).await.refused(401, "AuthenticationRequired");
    }
    // In the query or the body, a token is none.
    let elsewhere = world.server.call("getConvos").query(format!("access_token={token}")).send().await;
    elsewhere.refused(401, "AuthenticationRequired");
    ask(&format!("Bearer {}", "a".repeat(9000))).await.refused(401, "InvalidToken");
    ask(&format!("bearer {token}")).await.output();
}

#[tokio::test]
async fn development_tokens_are_for_servers_with_the_secret() {
    let world = World::new().await;
    let nsid = "blue.catbird.mls.getConvos";
    let mint = |secret: &str| {
        let (secret, life) = (DevelopmentSecret::new(secret).unwrap(), std::time::Duration::from_secs(60));
        mint_development_token(&secret, &world.alice, SERVICE_DID, nsid, life, world.server.clock.now())
    };
    world.present(mint(JWT_SECRET)).await.refused(401, "InvalidToken");
    // Not even with what everybody knows of alice for a secret.
    world.present(mint("a public key is no secret, however long it is")).await.refused(401, "InvalidToken");

    let open = TestServer::start().await;
    let present = async |token: String| open.call("getConvos").token(token).send().await;
    present(mint(JWT_SECRET)).await.output();
    present(mint("another secret that is long enough to be taken")).await.refused(401, "InvalidToken");
    let expired = open.token(&world.alice, nsid);
    open.clock.advance(chrono::TimeDelta::seconds(80));
    present(expired).await.refused(401, "ExpiredToken");
}

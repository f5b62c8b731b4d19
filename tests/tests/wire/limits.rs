//! More requests than the server, or a caller's share of it, can take.

use std::time::{Duration, Instant};

use e2e::{
    actor::Actor,
    http::Answer,
    server::{SERVICE_DID, TestServer},
};
use reqwest::Method;
use serde_json::json;

use super::{Scene, raw::Raw};

#[tokio::test]
async fn a_full_server_refuses_at_once_and_looks_alive() {
    let scene = Scene::with_flags(&["--max-concurrent-requests=1"]).await;
    let message = scene.message().to_string();
    // A request takes its place while its body is on the way.
    let mut first = Raw::connect(&scene.server).await;
    first.send(scene.head("sendMessage", &format!("Content-Length: {}\r\n", message.len()))).await;
    first.send(&message[..10]).await;
    // The head may take a moment to arrive.
    let mut busy = scene.call("getConvos").send().await;
    let deadline = Instant::now() + Duration::from_secs(30);
    while busy.status == 200 && Instant::now() < deadline {
        busy = scene.call("getConvos").send().await;
    }
    let text = busy.refused(503, "ServiceUnavailable");
    assert_eq!(busy.header("retry-after"), "1");
    assert!(text.contains("try again in 1 s"), "{text}");
    for path in ["/health/live", "/health/ready", "/health"] {
        assert_eq!(scene.server.fetch(Method::GET, path, &[]).await.status, 200, "{path}");
    }
    first.send(&message[10..]).await;
    assert_eq!(first.answer().await.output()["seq"], 1);
    scene.call("getConvos").send().await.output();
}

#[tokio::test]
async fn a_request_that_does_not_come_to_its_end_is_given_up() {
    let scene = Scene::with_flags(&["--request-timeout=300ms"]).await;
    let mut slow = Raw::connect(&scene.server).await;
    slow.send(scene.head("sendMessage", "Content-Length: 100\r\n")).await;
    let answer = slow.answer().await;
    answer.refused(503, "ServiceUnavailable");
    assert_eq!(answer.header("retry-after"), "1");
    scene.call("getConvos").send().await.output();
}

/// Calls until there is a refusal, and gives it with the number of calls before.
async fn exhaust(server: &TestServer, actor: &Actor) -> (Answer, u64) {
    for served in 0..500 {
        // The share is that of the caller, whatever is called.
        let method = ["getConvos", "getKeyPackageStats"][served as usize % 2];
        let answer = server.call(method).by(&actor.did).send().await;
        if answer.status != 200 {
            return (answer, served);
        }
    }
    panic!("500 calls are served, one after the other");
}

#[tokio::test]
async fn a_caller_beyond_their_share_is_told_when_to_come_back() {
    let server = TestServer::with_flags(&["--rate-limit-per-caller=1", "--rate-limit-burst=5"]).await;
    let (alice, bob) = (server.actor("alice"), server.actor("bob"));
    let started = Instant::now();
    let (refused, served) = exhaust(&server, &alice).await;
    let message = refused.refused(429, "RateLimitExceeded");
    // A proxy drops headers, so the message must say it too.
    assert_eq!(message, format!("Too many requests; try again in {} s", refused.header("retry-after")));
    // While they are served, more comes in at one a second.
    assert!((5..=6 + started.elapsed().as_secs()).contains(&served), "{served}");
    assert_eq!((refused.header("ratelimit-limit"), refused.header("ratelimit-remaining")), ("5", "0"));
    let delay = refused.header("retry-after");
    assert_eq!(refused.header("ratelimit-reset"), delay);
    let delay: u64 = delay.parse().unwrap();
    assert!((1..=2).contains(&delay), "{delay}");
    // Somebody else has a share of their own, and health checks need none.
    server.call("getConvos").by(&bob.did).send().await.output();
    assert_eq!(server.fetch(Method::GET, "/health", &[]).await.status, 200);
    tokio::time::sleep(Duration::from_secs(delay)).await;
    server.call("getConvos").by(&alice.did).send().await.output();
}

#[tokio::test]
async fn nobody_uses_up_the_share_of_another() {
    let server = TestServer::with_flags(&["--rate-limit-per-caller=1", "--rate-limit-burst=5"]).await;
    let victim = server.actor("victim");
    let good = server.token(&victim.did, "blue.catbird.mls.getConvos");
    let (message, _) = good.rsplit_once('.').unwrap();
    let unsigned = {
        let part = |value: serde_json::Value| catbird_server::mls::encode_base64url(value.to_string().as_bytes());
        let claims = json!({"iss": victim.did, "aud": SERVICE_DID, "lxm": "blue.catbird.mls.getConvos"});
        format!("{}.{}.", part(json!({"alg": "none"})), part(claims))
    };
    for forged in [format!("{message}.{}", "A".repeat(43)), unsigned] {
        for _ in 0..10 {
            server.call("getConvos").token(&forged).send().await.refused(401, "InvalidToken");
        }
    }
    // Neither do tokens that are the victim's own and meant for something else.
    let elsewhere = server.token(&victim.did, "blue.catbird.mls.getEpoch");
    for _ in 0..10 {
        server.call("getConvos").token(&elsewhere).send().await.refused(401, "BadJwtLexiconMethod");
    }
    for _ in 0..5 {
        server.call("getConvos").token(&good).send().await.output();
    }
}

#[tokio::test]
async fn a_connection_on_which_nothing_happens_is_closed() {
    let scene = Scene::with_flags(&["--request-timeout=500ms", "--idle-timeout=1s"]).await;
    let (mut silent, mut begun, mut kept) =
        (Raw::connect(&scene.server).await, Raw::connect(&scene.server).await, Raw::connect(&scene.server).await);
    // As HTTP/2 begins, too.
    begun.send("PRI * HTTP/2").await;
    let message = scene.message().to_string();
    let head = scene.head("sendMessage", &format!("Content-Length: {}\r\n", message.len()));
    let started = Instant::now();
    // One that is used stays.
    for _ in 0..4 {
        kept.send(format!("{head}{message}")).await;
        kept.answer().await.output();
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    assert!(started.elapsed() > Duration::from_secs(2));
    for connection in [&mut silent, &mut begun, &mut kept] {
        connection.assert_closed().await;
    }
}

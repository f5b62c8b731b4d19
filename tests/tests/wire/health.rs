//! What load balancers and people ask, without a token.

use std::time::Duration;

use catbird_server::clock::Clock;
use chrono::{DateTime, Utc};
use reqwest::Method;

use super::Scene;

#[tokio::test]
async fn health_is_reported_to_anybody() {
    let scene = Scene::new().await;
    for path in ["/health", "/xrpc/_health"] {
        let answer = scene.server.fetch(Method::GET, path, &[]).await;
        assert_eq!(answer.header("cache-control"), "no-store");
        let report = answer.output();
        assert_eq!(report["status"], "healthy");
        assert_eq!(report["version"], env!("CARGO_PKG_VERSION"));
        assert_eq!(report["checks"]["database"]["status"], "healthy");
        assert!(report["checks"]["database"]["latencyMs"].is_u64());
        assert_eq!(report["checks"]["stream"]["status"], "healthy");
        assert_eq!(report["checks"]["memory"]["status"], "healthy");
        let written: DateTime<Utc> = report["timestamp"].as_str().unwrap().parse().unwrap();
        assert_eq!(written.timestamp_millis(), scene.server.clock.now().timestamp_millis());
    }
    for path in ["/health/live", "/health/ready"] {
        let answer = scene.server.fetch(Method::GET, path, &[]).await;
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(answer.output()["status"], "healthy");
    }
}

#[tokio::test]
async fn health_checks_say_nothing_of_who_uses_the_server() {
    let scene = Scene::new().await;
    scene.send(&scene.message()).await.output();
    for path in ["/health", "/health/live", "/health/ready", "/.well-known/did.json"] {
        let text = scene.server.fetch(Method::GET, path, &[]).await.output().to_string();
        for secret in [scene.room.convo_id.as_str(), "did:plc:", "postgres", "/tmp", "127.0.0.1:5432"] {
            assert!(!text.contains(secret), "{path} names {secret}: {text}");
        }
    }
    // A moment in which many may ask costs the database one question.
    let asking = (0..50).map(|_| scene.server.fetch(Method::GET, "/health", &[]));
    let answers = tokio::time::timeout(Duration::from_secs(20), futures::future::join_all(asking)).await.unwrap();
    assert!(answers.iter().all(|answer| answer.status == 200));
}

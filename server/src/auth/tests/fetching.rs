//! How much the server takes from the hosts that it asks, and what it makes of their answers.

use std::time::{Duration, Instant};

use futures::future::join_all;

use super::super::*;
use super::support::*;

/// What comes of looking a did:web and a did:plc up that are answered like this.
async fn outcomes(answer: Answer) -> Vec<LookupError> {
    outcomes_within(limits(), answer).await
}

async fn outcomes_within(limits: FetchLimits, answer: Answer) -> Vec<LookupError> {
    let directory = Directory::start().await;
    let resolver = resolver_within(&directory, limits);
    let mut errors = Vec::new();
    for issuer in [directory.web_did(), ALICE.to_owned()] {
        directory.set(directory.path(&issuer), answer.clone());
        errors.push(resolver.document(&did(&issuer)).await.unwrap_err());
    }
    errors
}

#[tokio::test]
async fn oversize_documents_are_refused() {
    for (count, chunked) in [(64 * 1024 + 1, false), (65 * 1024, true), (64 * 1024 * 1024, true)] {
        for error in outcomes(Answer::Bytes { count, chunked }).await {
            assert!(matches!(&error, LookupError::Unusable(reason) if reason.contains("larger")), "{error:?}");
        }
    }
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let elsewhere = Directory::start().await;
    elsewhere.publish("did:web:x", &Key::k256(1));
    let to = format!("{}.well-known/did.json", elsewhere.url());
    for error in outcomes(Answer::Redirect(to)).await {
        assert!(matches!(&error, LookupError::Unusable(reason) if reason.contains("302")), "{error:?}");
    }
    assert_eq!(elsewhere.count(), 0);
}

#[tokio::test]
async fn slow_documents_are_given_up() {
    let document = document(ALICE, &Key::k256(1));
    for answer in [Answer::Slow(Duration::from_secs(20), document), Answer::Stalled] {
        let limits = FetchLimits { total_timeout: Duration::from_millis(500), ..limits() };
        let start = Instant::now();
        for error in outcomes_within(limits, answer).await {
            assert!(matches!(error, LookupError::Unavailable(_)), "{error:?}");
        }
        assert!(start.elapsed() < Duration::from_secs(10));
    }
}

#[tokio::test]
async fn statuses_tell_missing_from_unavailable() {
    for status in [404, 410] {
        assert_eq!(outcomes(Answer::Status(status)).await, [LookupError::Missing, LookupError::Missing], "{status}");
    }
    for status in [408, 429, 500, 502, 503, 504] {
        for error in outcomes(Answer::Status(status)).await {
            assert!(matches!(error, LookupError::Unavailable(_)), "{status}: {error:?}");
        }
    }
    for status in [204, 400, 401, 403] {
        for error in outcomes(Answer::Status(status)).await {
            assert!(matches!(error, LookupError::Unusable(_)), "{status}: {error:?}");
        }
    }
}

#[tokio::test]
async fn what_is_not_a_document_is_refused() {
    for value in [serde_json::json!([]), serde_json::json!("x"), serde_json::json!({"verificationMethod": 1})] {
        for error in outcomes(Answer::Json(value)).await {
            assert!(matches!(error, LookupError::Unusable(_)), "{error:?}");
        }
    }
}

/// DID core allows a lone `@context`, objects in it, and endpoints that are objects.
#[tokio::test]
async fn did_web_documents_may_be_written_in_other_ways() {
    let directory = Directory::start().await;
    let issuer = directory.web_did();
    for (field, value) in [
        ("@context", serde_json::json!("https://www.w3.org/ns/did/v1")),
        ("@context", serde_json::json!(["https://www.w3.org/ns/did/v1", {"@base": issuer}])),
        ("service", serde_json::json!([{"id": "#x", "type": ["A"], "serviceEndpoint": {"uri": "https://x"}}])),
        ("alsoKnownAs", serde_json::json!(null)),
    ] {
        let mut document = document(&issuer, &Key::k256(1));
        document[field] = value;
        directory.set(directory.path(&issuer), Answer::Json(document));
        let found = resolver(&directory).document(&did(&issuer)).await.unwrap();
        assert_eq!(found.id, issuer);
    }
}

#[tokio::test]
async fn a_closed_port_is_unavailable() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let directory = Directory::start().await;
    let error = resolver(&directory).document(&did(&format!("did:web:localhost%3A{port}"))).await.unwrap_err();
    assert!(matches!(error, LookupError::Unavailable(_)), "{error:?}");
}

#[tokio::test]
async fn no_more_look_ups_run_at_once_than_allowed() {
    let directory = Directory::start().await;
    let key = Key::k256(1);
    let limits = FetchLimits { concurrent: 2, ..limits() };
    let resolver = resolver_within(&directory, limits);
    let dids: Vec<_> = (0..6).map(|n| format!("did:plc:{}", ["a", "b", "c", "d", "e", "f"][n].repeat(24))).collect();
    for did in &dids {
        directory.set(did, Answer::Slow(Duration::from_millis(150), document(did, &key)));
    }
    let start = Instant::now();
    let dids: Vec<_> = dids.iter().map(|text| did(text)).collect();
    let found = join_all(dids.iter().map(|did| resolver.document(did))).await;
    assert!(found.iter().all(Result::is_ok));
    assert!(start.elapsed() >= Duration::from_millis(450), "six look-ups, two at a time");
}

//! Which addresses there are, by which HTTP methods, and for whom.

use catbird_lexicon::blue::catbird::mls::METHODS;
use e2e::{http::short, server::SERVICE_DID};
use lexicon_runtime::service::MethodKind;
use reqwest::{
    Method,
    header::{ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, ORIGIN},
};
use serde_json::json;

use super::Scene;

#[tokio::test]
async fn each_method_is_called_with_its_own_http_method() {
    let scene = Scene::new().await;
    for method in METHODS {
        let own = if method.kind == MethodKind::Procedure { Method::POST } else { Method::GET };
        for verb in [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
            if verb == own {
                continue;
            }
            let answer = scene.call(short(method)).verb(verb.clone()).send().await;
            let message = answer.refused(405, "MethodNotAllowed");
            assert_eq!(answer.header("allow"), own.as_str());
            assert!(message.contains(own.as_str()), "{message}");
        }
        // It would run the method and throw the output away; and a HEAD has no body in which to say so.
        let head = scene.call(short(method)).verb(Method::HEAD).send().await;
        assert_eq!((head.status, head.header("allow"), head.body.len()), (405, own.as_str(), 0));
    }
}

#[tokio::test]
async fn what_is_not_there_is_said_in_the_usual_form() {
    let scene = Scene::new().await;
    let unknown = [
        "/xrpc/blue.catbird.mls.streamNothing",
        "/xrpc/blue.catbird.mls.getepoch",
        "/xrpc/com.example.other",
        "/xrpc/blue.catbird.mls.getEpoch/more",
        "/xrpc/nonsense",
        "/xrpc/%3Cscript%3E",
    ];
    for path in unknown {
        for verb in [Method::GET, Method::POST, Method::PUT] {
            let message = scene.server.fetch(verb, path, &[]).await.refused(501, "MethodNotImplemented");
            assert!(!message.contains("script"), "{message}");
        }
    }
    let message = scene.server.fetch(Method::GET, unknown[0], &[]).await.refused(501, "MethodNotImplemented");
    assert!(message.contains("blue.catbird.mls.streamNothing"), "{message}");
    for path in ["/", "/nowhere", "/health/", "/health/more", "/xrpc", "/xrpc/", "//xrpc/blue.catbird.mls.getEpoch"] {
        for verb in [Method::GET, Method::POST] {
            scene.server.fetch(verb, path, &[]).await.refused(404, "NotFound");
        }
    }
}

#[tokio::test]
async fn pages_beside_the_api_take_get_and_say_so() {
    let scene = Scene::new().await;
    for path in ["/health", "/health/live", "/health/ready", "/xrpc/_health", "/.well-known/did.json"] {
        for verb in [Method::POST, Method::DELETE] {
            let answer = scene.server.fetch(verb, path, &[]).await;
            answer.refused(405, "MethodNotAllowed");
            assert!(answer.header("allow").contains("GET"), "{path}");
        }
        let head = scene.server.fetch(Method::HEAD, path, &[]).await;
        assert_eq!((head.status, head.body.len()), (200, 0), "{path}: probes use HEAD");
    }
}

#[tokio::test]
async fn browsers_may_call_from_anywhere_and_read_what_refusals_say() {
    let scene = Scene::new().await;
    let origin = (ORIGIN, "https://app.example.com");
    let headers = "authorization,content-type,atproto-proxy";
    let preflight =
        [origin.clone(), (ACCESS_CONTROL_REQUEST_METHOD, "POST"), (ACCESS_CONTROL_REQUEST_HEADERS, headers)];
    let answer = scene.server.fetch(Method::OPTIONS, "/xrpc/blue.catbird.mls.sendMessage", &preflight).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    assert_eq!(answer.header("access-control-allow-headers"), headers);
    assert!(answer.header("access-control-allow-methods").contains("POST"));
    assert!(!answer.headers.contains_key("access-control-allow-credentials"), "cookies have no business here");

    let refused = scene.server.fetch(Method::GET, "/xrpc/blue.catbird.mls.getConvos", &[origin]).await;
    refused.refused(401, "AuthenticationRequired");
    assert_eq!(refused.header("access-control-allow-origin"), "*");
    let exposed = refused.header("access-control-expose-headers");
    for name in ["retry-after", "ratelimit-limit", "ratelimit-remaining", "ratelimit-reset", "x-request-id"] {
        assert!(exposed.contains(name), "{name} can't be read in {exposed}");
    }
}

#[tokio::test]
async fn each_answer_has_an_id_of_its_own() {
    let scene = Scene::new().await;
    let mut ids = std::collections::BTreeSet::new();
    for path in ["/health", "/nowhere", "/xrpc/blue.catbird.mls.getConvos", "/xrpc/blue.catbird.mls.getConvos"] {
        let answer = scene.server.fetch(Method::GET, path, &[]).await;
        assert!(ids.insert(answer.header("x-request-id").to_owned()), "{ids:?}");
    }
}

#[tokio::test]
async fn the_service_document_says_where_the_service_is() {
    let scene = Scene::with_flags(&["--public-url=https://mls.test/"]).await;
    let answer = scene.server.fetch(Method::GET, "/.well-known/did.json", &[]).await;
    assert_eq!(answer.header("content-type"), "application/json");
    let document = answer.output();
    assert_eq!(document["id"], SERVICE_DID);
    assert_eq!(
        document["service"],
        json!([{
            "id": "#atproto_mls", "type": "CatbirdMlsDeliveryService", "serviceEndpoint": "https://mls.test",
        }])
    );
}

//! What every request meets before and after its route: ids, CORS, compression, panics, overload and time limits.

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    body::Body,
    extract::Request,
    http::{Response, StatusCode, header},
    routing::get,
};
use catbird_server::{config, http};
use http_body_util::BodyExt;
use tokio::sync::Notify;
use tower::ServiceExt;

/// Routes that behave in one way each, with these flags.
fn router(flags: &[&str], gate: &Arc<Notify>) -> Router {
    let gate = Arc::clone(gate);
    let wait = move || {
        let gate = Arc::clone(&gate);
        async move { gate.notified().await }
    };
    let api = Router::new()
        .route("/text", get(async || "text ".repeat(1000)))
        .route("/events", get(async || ([(header::CONTENT_TYPE, "text/event-stream")], "data: x\n\n".repeat(1000))))
        .route(
            "/panic",
            get(async || {
                if true {
                    panic!("a secret")
                }
            }),
        )
        .route("/wait", get(wait));
    let health = Router::new().route("/health/live", get(async || "alive"));
    http::surround(api, health, &config::from_flags(flags).unwrap().limits)
}

fn ask(path: &str) -> Request {
    Request::builder().uri(path).body(Body::empty()).unwrap()
}

async fn answer(router: Router, request: Request) -> Response<Body> {
    router.oneshot(request).await.unwrap()
}

async fn text(response: Response<Body>) -> String {
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[tokio::test]
async fn each_answer_has_a_request_id_of_its_own() {
    let router = router(&[], &Arc::default());
    let first = answer(router.clone(), ask("/text")).await.headers()[http::REQUEST_ID].clone();
    let second = answer(router.clone(), ask("/nowhere")).await.headers()[http::REQUEST_ID].clone();
    assert_ne!(first, second);
}

#[tokio::test]
async fn answers_are_compressed_when_asked_for_and_streams_never() {
    let router = router(&[], &Arc::default());
    for encoding in ["gzip", "zstd"] {
        let asking = |path: &str| {
            let mut request = ask(path);
            request.headers_mut().insert(header::ACCEPT_ENCODING, encoding.parse().unwrap());
            request
        };
        let compressed = answer(router.clone(), asking("/text")).await;
        assert_eq!(compressed.headers()[header::CONTENT_ENCODING], encoding);
        let length = compressed.into_body().collect().await.unwrap().to_bytes().len();
        assert!(length < 1000, "{length}");
        assert!(!answer(router.clone(), asking("/events")).await.headers().contains_key(header::CONTENT_ENCODING));
    }
    assert!(!answer(router, ask("/text")).await.headers().contains_key(header::CONTENT_ENCODING));
}

#[tokio::test]
async fn browsers_may_call_from_anywhere_with_a_token() {
    let preflight = Request::builder()
        .method("OPTIONS")
        .uri("/text")
        .header(header::ORIGIN, "https://app.example.com")
        .header(header::ACCESS_CONTROL_REQUEST_METHOD, "POST")
        .header(header::ACCESS_CONTROL_REQUEST_HEADERS, "authorization,content-type");
    let response = answer(router(&[], &Arc::default()), preflight.body(Body::empty()).unwrap()).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()[header::ACCESS_CONTROL_ALLOW_ORIGIN], "*");
    assert_eq!(response.headers()[header::ACCESS_CONTROL_ALLOW_HEADERS], "authorization,content-type");
}

#[tokio::test]
async fn a_panic_is_a_500_that_tells_nothing() {
    let response = answer(router(&[], &Arc::default()), ask("/panic")).await;
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    let body = text(response).await;
    assert!(body.starts_with(r#"{"error":"InternalServerError","message":""#) && !body.contains("secret"), "{body}");
}

#[tokio::test]
async fn a_request_that_takes_too_long_is_given_up() {
    let router = router(&["--request-timeout=50ms"], &Arc::default());
    let response = tokio::time::timeout(Duration::from_secs(10), answer(router, ask("/wait"))).await.unwrap();
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(text(response).await.contains("the request took too long"));
}

#[tokio::test]
async fn what_has_no_route_is_refused_in_the_usual_form() {
    let router = router(&[], &Arc::default());
    let unknown = answer(router.clone(), ask("/xrpc/com.example.nothing")).await;
    assert_eq!(unknown.status(), StatusCode::NOT_IMPLEMENTED);
    assert!(text(unknown).await.starts_with(r#"{"error":"MethodNotImplemented","message":""#));
    let elsewhere = answer(router, ask("/nowhere")).await;
    assert_eq!(elsewhere.status(), StatusCode::NOT_FOUND);
    assert!(text(elsewhere).await.starts_with(r#"{"error":""#));
}

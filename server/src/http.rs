//! What surrounds every route: request ids, tracing, CORS, compression, panics, overload and time limits.
//!
//! [`surround`] takes the finished router, so that no route can be merged after the layers and escape them.

mod reference;

use std::time::Duration;

use axum::{
    Router,
    extract::{MatchedPath, Request, State},
    http::{HeaderName, HeaderValue, Method, header},
    middleware::{Next, from_fn, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::get,
};
use lexicon_runtime::{
    error::{Refusal, RefusalKind},
    router::with_fallbacks,
};
use serde::Serialize;
use tokio::time::timeout;
use tower_http::{
    CompressionLevel,
    catch_panic::CatchPanicLayer,
    compression::{
        CompressionLayer, Predicate,
        predicate::{DefaultPredicate, NotForContentType},
    },
    cors::{AllowHeaders, Any, CorsLayer},
};
use tracing::Instrument;

pub use self::reference::reference;
use crate::config::LimitSettings;

/// Carries the id under which a request stands in the log.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// How long a server asks clients to wait that could not answer in time.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// Puts the layers around the routes of the API and the health checks.
///
/// What has no route is answered in the usual form too. How many requests may be in progress is for the API to say, once it
/// knows whose they are; health checks are exempt: a server that is merely busy must not look dead.
pub fn surround(api: Router, health: Router, limits: &LimitSettings) -> Router {
    let limited = api.layer(from_fn_with_state(limits.request_timeout, limit_time));
    // The first is the outermost. Together they cost each request one box and not one each.
    let layers = (from_fn(trace), cors(), compression(), CatchPanicLayer::custom(|_| internal_error()));
    with_fallbacks(limited.merge(health)).method_not_allowed_fallback(method_not_allowed).layer(layers)
}

/// The route of the service's did:web document, from which a PDS learns where this server is.
pub fn did_document(document: &impl Serialize) -> Result<Router, serde_json::Error> {
    let text: bytes::Bytes = serde_json::to_vec(document)?.into();
    let serve = move || {
        let text = text.clone();
        async move { ([(header::CONTENT_TYPE, "application/json")], text) }
    };
    Ok(Router::new().route("/.well-known/did.json", get(serve)))
}

/// Methods of the API answer for themselves; this is for the pages beside them. Which methods they have is said in `Allow`.
async fn method_not_allowed() -> Refusal {
    Refusal::new(RefusalKind::MethodNotAllowed, "this address is not called with that HTTP method")
}

/// Gzip and zstd, when the client accepts them and it pays. Ciphertexts don't shrink and streams must not be held back.
fn compression() -> CompressionLayer<impl Predicate> {
    let worthwhile = DefaultPredicate::new()
        .and(NotForContentType::const_new("text/event-stream"))
        .and(NotForContentType::const_new("application/octet-stream"));
    CompressionLayer::new().quality(CompressionLevel::Fastest).compress_when(worthwhile)
}

/// Clients in browsers may call from anywhere: a token in a header, never a cookie, says who they are.
fn cors() -> CorsLayer {
    let limits = ["ratelimit-limit", "ratelimit-remaining", "ratelimit-reset", "ratelimit-policy"];
    let exposed = limits.map(HeaderName::from_static).into_iter().chain([REQUEST_ID, header::RETRY_AFTER]);
    CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([Method::GET, Method::POST])
        // A `*` would not cover Authorization.
        .allow_headers(AllowHeaders::mirror_request())
        .expose_headers(exposed.collect::<Vec<_>>())
        .max_age(Duration::from_secs(86_400))
}

/// Gives up on a request whose answer does not begin in time; its work is dropped where it stands.
async fn limit_time(State(limit): State<Duration>, request: Request, next: Next) -> Response {
    match timeout(limit, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Refusal::unavailable("the request took too long", RETRY_AFTER).into_response(),
    }
}

/// Gives the request an id and a span, and logs its end. The route is logged as a pattern, never the address itself,
/// whose query may name users.
async fn trace(request: Request, next: Next) -> Response {
    let id = format!("{:016x}", rand::random::<u64>());
    let route = request.extensions().get::<MatchedPath>().map_or("(none)", MatchedPath::as_str).to_owned();
    let span = tracing::info_span!("request", id = id.as_str(), method = %request.method(), route);
    let run = async {
        let started = tokio::time::Instant::now();
        let response = next.run(request).await;
        let status = response.status().as_u16();
        let took = started.elapsed().as_millis() as u64;
        match status {
            500.. => tracing::warn!(http.status = status, took.ms = took, "request failed"),
            _ => tracing::debug!(http.status = status, took.ms = took, "request answered"),
        }
        response
    };
    let mut response = run.instrument(span).await;
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}

/// A panic outside of a method's handler; those answer for themselves. The panic hook has logged where it happened.
fn internal_error() -> Response {
    Refusal::internal("a panic outside of a handler").into_response()
}

//! One request from its head to its answer.

use std::any::Any;
use std::future::Future;
use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{ConnectInfo, FromRequestParts, Request};
use axum::response::Response;
use futures::future::FutureExt;
use http::Method;
use http::request::Parts;

use super::incoming::Incoming;
use super::{BodyRequest, FromBody, IntoReply, Reply, RouterOptions};
use crate::error::{DeclaredError, Failure, Refusal};
use crate::query::{Parameters, Query, count_undeclared};
use crate::service::{Call, MethodInfo, MethodKind, Service};
use crate::stream::{MessageStream, serve_messages};
use crate::union::Union;
use crate::validate::Validate;

/// What belongs to the route rather than to the request.
pub(super) struct Context<S> {
    pub(super) method: &'static MethodInfo,
    pub(super) service: Arc<S>,
    pub(super) options: Arc<RouterOptions>,
    pub(super) last_length: Arc<AtomicUsize>,
}

/// Answers a query or a procedure.
pub(super) async fn request<S, P, I, O, E, F, Fut>(context: Context<S>, request: Request, handler: Arc<F>) -> Response
where
    S: Service,
    P: Parameters + Send,
    I: FromBody,
    O: IntoReply + Send,
    E: DeclaredError,
    F: Fn(Arc<S>, S::Caller, P, I) -> Fut + Send + Sync,
    Fut: Future<Output = Result<O, Failure<E>>> + Send,
{
    let nsid = context.method.nsid;
    guarded(nsid, async move {
        let Context { method, service, options, last_length } = context;
        let (parts, body) = request.into_parts();
        let incoming = Incoming::new(&parts, body, &options);
        let (caller, params) = enter(method, &*service, &parts, &options).await?;
        let make_room = |bytes| service.make_room(&caller, bytes).boxed();
        let body = BodyRequest { method, headers: &parts.headers, incoming, options: &options, make_room: &make_room };
        let input = I::from_body(body).await?;
        let output = handler(service, caller, params, input).await?;
        Ok(output.into_reply(Reply { method, options: &options, last_length: &last_length })?)
    })
    .await
}

/// Answers a subscription: an HTTP error, or the upgrade to the stream that the handler gave.
pub(super) async fn subscription<S, P, M, E, F, Fut>(context: Context<S>, request: Request, handler: Arc<F>) -> Response
where
    S: Service,
    P: Parameters + Send,
    M: Union + Validate + serde::Serialize + Send + Sync + 'static,
    E: DeclaredError,
    F: Fn(Arc<S>, S::Caller, P) -> Fut + Send + Sync,
    Fut: Future<Output = Result<MessageStream<M, E>, Failure<E>>> + Send,
{
    let nsid = context.method.nsid;
    guarded(nsid, async move {
        let Context { method, service, options, .. } = context;
        let (mut parts, _body) = request.into_parts();
        check_http_method(method, &parts.method)?;
        // Before authentication, which may use up a ticket.
        let upgrade = WebSocketUpgrade::from_request_parts(&mut parts, &())
            .await
            .map_err(|_| Refusal::invalid_request("a subscription needs an upgrade to WebSocket"))?;
        let (caller, params) = enter(method, &*service, &parts, &options).await?;
        let messages = handler(service, caller, params).await?;
        Ok::<_, Failure<E>>(serve_messages(upgrade, messages, method, options))
    })
    .await
}

/// The steps that all methods begin with.
async fn enter<S: Service, P: Parameters>(
    method: &'static MethodInfo,
    service: &S,
    parts: &Parts,
    options: &RouterOptions,
) -> Result<(S::Caller, P), Refusal> {
    check_http_method(method, &parts.method)?;
    let caller = service.authenticate(&call(method, parts)).await?;
    let mut query = Query::parse(parts.uri.query().unwrap_or_default());
    query.refuse_nul(options.refuse_nul);
    count_undeclared(method, &query);
    let params = P::decode(&query)?;
    Ok((caller, params))
}

/// `HEAD` is refused too: it would run the method and throw its output away.
fn check_http_method(method: &MethodInfo, given: &Method) -> Result<(), Refusal> {
    let allowed = match method.kind {
        MethodKind::Query | MethodKind::Subscription => Method::GET,
        MethodKind::Procedure => Method::POST,
    };
    let name = if allowed == Method::GET { "GET" } else { "POST" };
    if *given == allowed { Ok(()) } else { Err(Refusal::method_not_allowed(name)) }
}

fn call<'a>(method: &'static MethodInfo, parts: &'a Parts) -> Call<'a> {
    Call {
        nsid: method.nsid,
        kind: method.kind,
        headers: &parts.headers,
        uri: &parts.uri,
        peer: parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0),
        extensions: &parts.extensions,
    }
}

/// Turns a failure or a panic into a response.
async fn guarded<E: DeclaredError>(
    nsid: &'static str,
    attempt: impl Future<Output = Result<Response, Failure<E>>> + Send,
) -> Response {
    match AssertUnwindSafe(attempt).catch_unwind().await {
        Ok(Ok(response)) => response,
        Ok(Err(failure)) => failure.into_response(nsid),
        Err(panic) => Refusal::internal(panic_message(&*panic)).into_response_for(nsid),
    }
}

/// What a panic said, for the log, as far as it is part of the program: a formatted text may carry what a user sent.
pub(crate) fn panic_message(panic: &(dyn Any + Send)) -> String {
    format!("panic: {}", panic.downcast_ref::<&'static str>().copied().unwrap_or("(not shown)"))
}

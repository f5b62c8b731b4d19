//! Serving methods over HTTP, at `/xrpc/<nsid>`.
//!
//! For every request the order is: HTTP method (405), authentication (401), parameters (400), content type (415), body within
//! its limit (413), decoding and limits of the lexicon (400), handler, output. A handler that panics answers 500; one whose
//! client went away is dropped.

mod attempt;
mod incoming;
mod input;
mod nul;
mod output;
mod route;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, Request};
use axum::routing::any;

use crate::error::{Refusal, RefusalKind};
use crate::formats::Nsid;
use crate::service::Service;

pub(crate) use attempt::panic_message;
pub(crate) use input::push_path;
pub use input::{BodyRequest, FromBody};
pub use output::{IntoReply, Reply};
pub use route::Route;

/// How a router treats requests.
#[derive(Clone, Debug)]
pub struct RouterOptions {
    /// The longest body of an input with a schema, in bytes. The default of 14.5 MiB takes 10 MiB of `bytes` in base64.
    pub max_input_bytes: usize,
    /// The longest body of an input without a schema, in bytes. The default is 50 MiB.
    pub max_body_bytes: u64,
    /// Whether outputs, also on streams, are checked against the lexicon; one that breaks it answers 500. By default in
    /// debug builds only.
    pub validate_outputs: bool,
    /// The longest silence on a stream: then a comment (Server-Sent Events) or a ping (WebSocket) is sent. The default is 10 s.
    pub keep_alive: Duration,
    /// How long a client on WebSocket may take for what it is sent; then it is closed. The default is 30 s.
    pub write_patience: Duration,
    /// How much of a body that was refused is read on and thrown away, in bytes, so that the refusal reaches a client that
    /// sends before it reads. The default is 64 MiB.
    pub max_drain_bytes: u64,
    /// How long such a body is read on. The default is 10 s.
    pub max_drain_time: Duration,
    /// Whether U+0000 in any string of an input or of the parameters is refused with 400, for servers whose storage can't
    /// hold it (PostgreSQL's text can't). `bytes` and bodies without a schema are not text and may hold anything. By
    /// default it is let through.
    pub refuse_nul: bool,
}

impl Default for RouterOptions {
    fn default() -> Self {
        const MIB: usize = 1024 * 1024;
        Self {
            max_input_bytes: 14 * MIB + MIB / 2,
            max_body_bytes: 50 * MIB as u64,
            validate_outputs: cfg!(debug_assertions),
            keep_alive: Duration::from_secs(10),
            write_patience: Duration::from_secs(30),
            max_drain_bytes: 64 * MIB as u64,
            max_drain_time: Duration::from_secs(10),
            refuse_nul: false,
        }
    }
}

/// A router of the given methods. Routers of several namespaces can be merged; [`with_fallbacks`] comes last.
pub fn build<S: Service>(
    service: Arc<S>,
    options: RouterOptions,
    routes: impl IntoIterator<Item = Route<S>>,
) -> Router {
    let options = Arc::new(options);
    routes.into_iter().fold(Router::new(), |router, route| {
        let path = format!("/xrpc/{}", route.method().nsid);
        // One count for each request, not one for each part.
        let parts = Arc::new((Arc::clone(&service), Arc::clone(&options), route));
        let serve = move |request: Request| {
            let (service, options, route) = &*parts;
            route.serve(Arc::clone(service), Arc::clone(options), request)
        };
        router.route(&path, any(serve))
    })
}

/// Adds what answers where there is no route: 501 `MethodNotImplemented` below `/xrpc/`, 404 `NotFound` elsewhere, both with
/// the usual body. The router must not have a fallback yet.
pub fn with_fallbacks(router: Router) -> Router {
    router.route("/xrpc/{*nsid}", any(not_implemented)).fallback(not_found)
}

async fn not_implemented(Path(name): Path<String>) -> Refusal {
    // What isn't an NSID isn't repeated.
    let message = match name.parse::<Nsid>() {
        Ok(nsid) => format!("this server has no method {}", nsid.as_str()),
        Err(_) => "this server has no such method".to_owned(),
    };
    Refusal::new(RefusalKind::MethodNotImplemented, message)
}

async fn not_found() -> Refusal {
    Refusal::new(RefusalKind::NotFound, "there is nothing at this address")
}

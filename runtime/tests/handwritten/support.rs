//! Requests against the server, in memory and over a real socket.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Body;
use http::{Request, Response, StatusCode};
use http_body_util::BodyExt;
use lexicon_runtime::client::XrpcHttp;
use lexicon_runtime::codegen::{Router, RouterOptions};
use lexicon_runtime::router::with_fallbacks;
use serde_json::Value;
use tower::ServiceExt;

use crate::chat;
use crate::server::Server;

/// Limits that are small enough to reach.
pub fn options() -> RouterOptions {
    RouterOptions {
        max_input_bytes: 200_000,
        max_body_bytes: 300_000,
        validate_outputs: true,
        keep_alive: Duration::from_millis(50),
        ..RouterOptions::default()
    }
}

pub fn app(options: RouterOptions) -> Router {
    with_fallbacks(chat::router(Arc::new(Server), options))
}

/// What a client sees of a response that ends.
#[derive(Debug)]
pub struct Answer {
    pub head: Response<()>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn status(&self) -> StatusCode {
        self.head.status()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.headers().get(name).map(|value| value.to_str().unwrap())
    }

    pub fn json(&self) -> Value {
        assert_eq!(self.header("content-type"), Some("application/json"));
        serde_json::from_slice(&self.body).unwrap()
    }

    /// Status, name and message of an error, which has exactly these two fields.
    pub fn error(&self) -> (u16, String, String) {
        let json = self.json();
        assert_eq!(json.as_object().unwrap().len(), 2, "{json}");
        let text = |field: &str| json[field].as_str().unwrap().to_owned();
        (self.status().as_u16(), text("error"), text("message"))
    }
}

/// Sends a request to the router in memory.
pub async fn send(request: Request<Body>) -> Answer {
    send_to(options(), request).await
}

/// Sends a request to a router with other options.
pub async fn send_to(options: RouterOptions, request: Request<Body>) -> Answer {
    let response = app(options).oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes().to_vec();
    Answer { head: Response::from_parts(parts, ()), body }
}

/// A request with the right token for its method.
pub fn request(method: &str, path: &str) -> http::request::Builder {
    let nsid = path.trim_start_matches("/xrpc/").split('?').next().unwrap();
    Request::builder().method(method).uri(path).header("authorization", format!("Bearer {nsid}"))
}

pub async fn get(path: &str) -> Answer {
    send(request("GET", path).body(Body::empty()).unwrap()).await
}

pub async fn post(path: &str, content_type: &str, body: impl Into<Body>) -> Answer {
    send(request("POST", path).header("content-type", content_type).body(body.into()).unwrap()).await
}

/// A server on a real socket, until it is dropped.
pub struct Running {
    pub address: SocketAddr,
    task: tokio::task::JoinHandle<()>,
}

impl Running {
    pub async fn start(router: Router) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        let task = tokio::spawn(async move { axum::serve(listener, service).await.unwrap() });
        Self { address, task }
    }

    /// A client with the right token for each method.
    pub fn client(&self) -> chat::Client<XrpcHttp> {
        install_crypto();
        let xrpc = XrpcHttp::new(format!("http://{}", self.address));
        chat::Client::new(xrpc.with_tokens(|nsid: String| async move { Ok(Some(nsid)) }))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// An HTTP client asks for a crypto provider even when it never uses one.
pub fn install_crypto() {
    // Another test may have been first.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// What was logged, as text.
#[derive(Clone, Default)]
pub struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    pub fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    /// Collects what the current thread logs while the guard lives.
    pub fn collect(&self) -> tracing::subscriber::DefaultGuard {
        let log = self.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::DEBUG)
            .with_ansi(false)
            .with_writer(move || log.clone())
            .finish();
        tracing::subscriber::set_default(subscriber)
    }
}

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

//! An HTTP server that plays the PLC directory and a did:web host.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use serde_json::Value;

use super::support::{Key, document};

/// What the directory answers at a path.
#[derive(Clone)]
pub enum Answer {
    Json(Value),
    Status(u16),
    Redirect(String),
    /// The document, after a while.
    Slow(Duration, Value),
    /// As many bytes, of known length or in chunks.
    Bytes {
        count: usize,
        chunked: bool,
    },
    /// Headers, and then nothing.
    Stalled,
}

/// An HTTP server on loopback: PLC directory and did:web host in one.
#[derive(Clone)]
pub struct Directory {
    pub address: SocketAddr,
    pages: Arc<Mutex<HashMap<String, Answer>>>,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Directory {
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let directory = Self { address, pages: Arc::default(), requests: Arc::default() };
        let app = Router::new().fallback(serve).with_state(directory.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        directory
    }

    pub fn set(&self, path: impl AsRef<str>, answer: Answer) {
        let path = format!("/{}", path.as_ref().trim_start_matches('/'));
        self.pages.lock().unwrap().insert(path, answer);
    }

    /// Publishes `did` with `key`, at the place where it belongs.
    pub fn publish(&self, did: &str, key: &Key) {
        self.set(self.path(did), Answer::Json(document(did, key)));
    }

    pub fn path(&self, did: &str) -> String {
        if did.starts_with("did:web:") { "/.well-known/did.json".to_owned() } else { format!("/{did}") }
    }

    /// The did:web that this server answers for.
    pub fn web_did(&self) -> String {
        format!("did:web:localhost%3A{}", self.address.port())
    }

    pub fn url(&self) -> reqwest::Url {
        format!("http://{}", self.address).parse().unwrap()
    }

    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    pub fn count(&self) -> usize {
        self.requests().len()
    }

    /// Waits until as many requests have arrived, a few seconds at most.
    pub async fn wait_for(&self, count: usize) {
        for _ in 0..500 {
            if self.count() >= count {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("the directory got {} requests, not {count}", self.count());
    }
}

async fn serve(State(directory): State<Directory>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    directory.requests.lock().unwrap().push(path.clone());
    let answer = directory.pages.lock().unwrap().get(&path).cloned().unwrap_or(Answer::Status(404));
    let respond = Response::builder().header("content-type", "application/json");
    match answer {
        Answer::Json(value) => respond.body(Body::from(value.to_string())),
        Answer::Status(status) => respond.status(status).body(Body::empty()),
        Answer::Redirect(to) => respond.status(302).header("location", to).body(Body::empty()),
        Answer::Slow(delay, value) => {
            tokio::time::sleep(delay).await;
            respond.body(Body::from(value.to_string()))
        }
        Answer::Bytes { count, chunked: false } => respond.body(Body::from(vec![b' '; count])),
        Answer::Bytes { count, chunked: true } => {
            let chunks = (0..count.div_ceil(1024)).map(|_| Ok::<_, std::io::Error>(vec![b' '; 1024]));
            respond.body(Body::from_stream(futures::stream::iter(chunks)))
        }
        Answer::Stalled => {
            let never = futures::stream::pending::<Result<Vec<u8>, std::io::Error>>();
            respond.body(Body::from_stream(never))
        }
    }
    .unwrap()
}

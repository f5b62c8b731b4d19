//! Keeps what the servers of a test run answer, to be held against the lexicons by somebody else's implementation of them
//! (`tests/official/src/responses.ts`).

use std::{
    env,
    fs::{self, File},
    io::Write,
    path::PathBuf,
    process,
    sync::{Mutex, OnceLock},
};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::Request,
    http::{StatusCode, header::CONTENT_TYPE},
    middleware::{Next, from_fn},
    response::Response,
};

/// Names the folder for what is kept. Without it, nothing is.
const FOLDER: &str = "RECORD_RESPONSES";

/// These routes, with every JSON output that they give being kept.
pub fn recorded(routes: Router) -> Router {
    if env::var_os(FOLDER).is_some() { routes.layer(from_fn(record)) } else { routes }
}

async fn record(request: Request, next: Next) -> Response {
    let nsid = request.uri().path().strip_prefix("/xrpc/").map(str::to_owned);
    let response = next.run(request).await;
    let is_json = response.headers().get(CONTENT_TYPE).is_some_and(|value| value == "application/json");
    let Some(nsid) = nsid.filter(|_| is_json && response.status() == StatusCode::OK) else { return response };
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.expect("JSON outputs are there whole");
    keep(&nsid, &body);
    Response::from_parts(parts, Body::from(body))
}

/// Appends a line with the method and its output.
fn keep(nsid: &str, body: &[u8]) {
    static KEPT: OnceLock<Mutex<File>> = OnceLock::new();
    assert!(!body.contains(&b'\n'), "outputs are written without line breaks");
    let line = [nsid.as_bytes(), b" ", body, b"\n"].concat();
    let mut file = KEPT.get_or_init(open).lock().expect("no write panics");
    file.write_all(&line).expect("there is space for what is kept");
}

fn open() -> Mutex<File> {
    let folder = PathBuf::from(env::var_os(FOLDER).expect("somebody asked for it"));
    fs::create_dir_all(&folder).expect("the folder can be made");
    let file = File::options().create(true).append(true).open(folder.join(process::id().to_string()));
    Mutex::new(file.expect("the folder can be written to"))
}

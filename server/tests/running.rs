//! A server starts, tells how it is, and stops without dropping anybody; in this process and as a program.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{Router, body::Body, http::StatusCode, response::Response, routing::get};
use catbird_server::{
    config,
    serve::{BoxError, Foundations, Server},
};
use futures::{StreamExt, stream};
use rustix::process::{Pid, Signal, kill_process};
use tokio::sync::Notify;

async fn start(directory: &Path, flags: &[&str], routes: Router) -> Server {
    let data = format!("--data-dir={}", directory.display());
    let flags = flags.iter().copied().chain(["--listen=127.0.0.1:0", &data]);
    let config = config::from_flags(flags).unwrap();
    let build = |_: &Foundations| -> Result<Router, BoxError> { Ok(routes) };
    Server::start(config, build).await.unwrap()
}

async fn fetch(url: String) -> reqwest::Result<reqwest::Response> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::new().get(url).send().await
}

fn url(server: &Server, path: &str) -> String {
    format!("http://{}{path}", server.address())
}

#[tokio::test]
async fn a_healthy_server_tells_its_state() {
    let directory = tempfile::tempdir().unwrap();
    let server = start(directory.path(), &[], Router::new()).await;
    for path in ["/health", "/xrpc/_health"] {
        let response = fetch(url(&server, path)).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        let report: serde_json::Value = response.json().await.unwrap();
        assert_eq!(report["status"], "healthy");
        assert_eq!(report["version"], env!("CARGO_PKG_VERSION"));
        assert!(report["timestamp"].as_str().unwrap().ends_with('Z'));
        assert_eq!(report["checks"]["database"]["status"], "healthy");
        assert!(report["checks"]["memory"]["residentBytes"].as_u64().unwrap() > 1_000_000);
    }
    for path in ["/health/live", "/health/ready"] {
        assert_eq!(fetch(url(&server, path)).await.unwrap().status(), StatusCode::OK);
    }
    server.stop().await.unwrap();
}

#[tokio::test]
async fn a_server_without_its_database_is_alive_and_unhealthy_until_it_is_back() {
    let directory = tempfile::tempdir().unwrap();
    let server = start(directory.path(), &[], Router::new()).await;
    let postmaster = server.database().cluster.as_ref().unwrap().pid().unwrap();
    // Stopped rather than ended, so that the check has to give up by itself.
    let postmaster = Pid::from_raw(postmaster as i32).unwrap();
    let signal_all = |signal| {
        for pid in family(postmaster) {
            let _ = kill_process(pid, signal);
        }
    };
    signal_all(Signal::STOP);
    let health = || async { fetch(url(&server, "/health")).await.unwrap() };
    let down = eventually(health, StatusCode::SERVICE_UNAVAILABLE).await;
    let report: serde_json::Value = down.json().await.unwrap();
    assert_eq!(report["status"], "unhealthy");
    assert_eq!(report["checks"]["database"]["status"], "unhealthy");
    assert_eq!(fetch(url(&server, "/health/live")).await.unwrap().status(), StatusCode::OK);
    assert_eq!(fetch(url(&server, "/health/ready")).await.unwrap().status(), StatusCode::SERVICE_UNAVAILABLE);
    signal_all(Signal::CONT);
    eventually(health, StatusCode::OK).await;
    // And ended: it is started again, and the server comes back with it.
    server.database().cluster.as_ref().unwrap().kill();
    eventually(health, StatusCode::SERVICE_UNAVAILABLE).await;
    eventually(health, StatusCode::OK).await;
    server.stop().await.unwrap();
}

/// A process and its children.
fn family(parent: Pid) -> Vec<Pid> {
    let id = parent.as_raw_nonzero();
    let children = fs::read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap();
    let children = children.split_whitespace().filter_map(|child| Pid::from_raw(child.parse().ok()?));
    std::iter::once(parent).chain(children).collect()
}

async fn eventually<F: Future<Output = reqwest::Response>>(
    ask: impl Fn() -> F,
    status: StatusCode,
) -> reqwest::Response {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let response = ask().await;
        if response.status() == status {
            return response;
        }
        assert!(Instant::now() < deadline, "still {} after 60 s", response.status());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn a_stop_lets_requests_finish_and_takes_no_more() {
    let directory = tempfile::tempdir().unwrap();
    let begun = Arc::new(Notify::new());
    let theirs = Arc::clone(&begun);
    let slow = move || async move {
        theirs.notify_one();
        tokio::time::sleep(Duration::from_millis(700)).await;
        "finished"
    };
    let server = start(directory.path(), &[], Router::new().route("/slow", get(slow))).await;
    let (slow, other) = (url(&server, "/slow"), url(&server, "/health/live"));
    let request = tokio::spawn(async { fetch(slow).await.unwrap().text().await.unwrap() });
    begun.notified().await;
    server.stop().await.unwrap();
    assert_eq!(request.await.unwrap(), "finished");
    assert!(fetch(other).await.unwrap_err().is_connect());
}

#[tokio::test]
async fn a_stop_waits_no_longer_than_its_grace() {
    let directory = tempfile::tempdir().unwrap();
    let endless = || async { Response::new(Body::from_stream(stream::pending::<Result<String, BoxError>>())) };
    let flags = ["--shutdown-grace=300ms"];
    let server = start(directory.path(), &flags, Router::new().route("/endless", get(endless))).await;
    let response = fetch(url(&server, "/endless")).await.unwrap();
    let started = Instant::now();
    server.stop().await.unwrap();
    assert!(started.elapsed() > Duration::from_millis(300));
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
    drop(response);
}

#[tokio::test]
async fn streams_are_told_to_end_when_the_server_stops() {
    let directory = tempfile::tempdir().unwrap();
    let data = format!("--data-dir={}", directory.path().display());
    let config = config::from_flags(["--listen=127.0.0.1:0", &data]).unwrap();
    let routes = |foundations: &Foundations| -> Result<Router, BoxError> {
        let lifecycle = foundations.lifecycle.clone();
        let events = move || {
            let lifecycle = lifecycle.clone();
            let endless = stream::repeat_with(|| Ok::<_, BoxError>("data: x\n\n")).then(|event| async {
                tokio::time::sleep(Duration::from_millis(5)).await;
                event
            });
            let stream = endless.take_until(Box::pin(async move { lifecycle.draining().await }));
            async { Response::new(Body::from_stream(stream)) }
        };
        Ok(Router::new().route("/events", get(events)))
    };
    let server = Server::start(config, routes).await.unwrap();
    let mut response = fetch(url(&server, "/events")).await.unwrap();
    assert!(response.chunk().await.unwrap().is_some());
    let reading = tokio::spawn(response.bytes());
    let started = Instant::now();
    server.stop().await.unwrap();
    // Ended in good order, not cut off.
    reading.await.unwrap().unwrap();
    assert!(started.elapsed() < Duration::from_secs(15), "{:?}", started.elapsed());
}

#[tokio::test]
async fn a_taken_port_is_named_and_nothing_is_left_running() {
    let directory = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let data = format!("--data-dir={}", directory.path().display());
    let config = config::from_flags([format!("--listen={address}"), data]).unwrap();
    let refused = Server::start(config, |_| Ok(Router::new())).await.err().unwrap();
    assert_eq!(refused.to_string(), format!("cannot listen on {address}"));
    assert!(!directory.path().join("pg").exists());
}

/// The server's program, with its private database.
struct Program {
    process: Child,
    postmaster: Pid,
    base: String,
}

impl Program {
    fn start(directory: &Path) -> Self {
        Self::start_with(directory, &[])
    }

    fn start_with(directory: &Path, flags: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_catbird-server"));
        command.args(["--listen=127.0.0.1:0", "--data-dir"]).arg(directory).args(flags);
        command.env_remove("DATABASE_URL").env_remove("JWT_SECRET").stdout(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let base = line.split_whitespace().find(|word| word.starts_with("http://")).unwrap().to_owned();
        let lock_file = fs::read_to_string(directory.join("pg/data/postmaster.pid")).unwrap();
        let postmaster = Pid::from_raw(lock_file.lines().next().unwrap().parse().unwrap()).unwrap();
        Self { process, postmaster, base }
    }

    fn postgres_runs(&self) -> bool {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.postmaster.as_raw_nonzero()));
        stat.is_ok_and(|stat| !stat.contains(") Z "))
    }
}

#[tokio::test]
async fn the_program_stops_cleanly_on_a_signal() {
    let directory = tempfile::tempdir().unwrap();
    let mut program = Program::start(directory.path());
    assert_eq!(fetch(format!("{}/health", program.base)).await.unwrap().status(), StatusCode::OK);
    kill_process(Pid::from_child(&program.process), Signal::TERM).unwrap();
    assert!(program.process.wait().unwrap().success());
    assert!(!program.postgres_runs());
}

#[tokio::test]
async fn a_killed_program_takes_its_database_along_and_the_next_one_has_the_data() {
    let directory = tempfile::tempdir().unwrap();
    let mut first = Program::start(directory.path());
    first.process.kill().unwrap();
    first.process.wait().unwrap();
    let mut second = Program::start(directory.path());
    assert!(!first.postgres_runs());
    assert_eq!(fetch(format!("{}/health", second.base)).await.unwrap().status(), StatusCode::OK);
    kill_process(Pid::from_child(&second.process), Signal::INT).unwrap();
    assert!(second.process.wait().unwrap().success());
    assert!(!second.postgres_runs());
}

#[tokio::test]
async fn a_development_token_opens_its_method_and_no_other() {
    const SECRET: &str = "--jwt-secret=a development secret for this test";
    let directory = tempfile::tempdir().unwrap();
    let mut program = Program::start_with(directory.path(), &[SECRET, "--service-did=did:web:chat.example"]);
    let mint = |flags: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_catbird-server"));
        command.args(["token", "--did=did:web:alice.example", "--lxm=blue.catbird.mls.getConvos"]).args(flags);
        command.env_remove("JWT_SECRET").output().unwrap()
    };
    let unable = mint(&["--aud=did:web:chat.example"]);
    assert!(String::from_utf8_lossy(&unable.stderr).contains("JWT_SECRET must be set"));
    let minted = mint(&[SECRET, "--aud=did:web:chat.example"]);
    let token = String::from_utf8(minted.stdout).unwrap().trim().to_owned();
    let call = async |method: &str| {
        let url = format!("{}/xrpc/{method}", program.base);
        reqwest::Client::new().get(url).bearer_auth(&token).send().await.unwrap()
    };
    let _ = rustls::crypto::ring::default_provider().install_default();
    assert_eq!(call("blue.catbird.mls.getConvos").await.status(), StatusCode::OK);
    assert_eq!(call("blue.catbird.mls.getKeyPackageStats").await.status(), StatusCode::UNAUTHORIZED);
    kill_process(Pid::from_child(&program.process), Signal::TERM).unwrap();
    assert!(program.process.wait().unwrap().success());
}

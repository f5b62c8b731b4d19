//! When the fault is the server's: what clients are told, what the log says, and that it passes.

use std::{
    io,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use catbird_postgres::{Cluster, Options};
use e2e::{http::Answer, server::TestServer};
use reqwest::Method;
use tracing_subscriber::fmt::MakeWriter;

use super::Scene;

/// What was logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(text);
        Ok(text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

impl Log {
    /// Keeps what this thread logs, which is all of a server that runs on it alone.
    fn keep() -> (Self, tracing::subscriber::DefaultGuard) {
        let log = Self::default();
        let subscriber =
            tracing_subscriber::fmt().with_writer(log.clone()).with_ansi(false).with_max_level(tracing::Level::INFO);
        let guard = tracing::subscriber::set_default(subscriber.finish());
        (log, guard)
    }

    fn lines(&self) -> Vec<String> {
        let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        text.lines().map(str::to_owned).collect()
    }
}

#[tokio::test]
async fn an_internal_error_has_an_id_that_the_log_has_too_and_nothing_of_the_cause() {
    let (log, _guard) = Log::keep();
    let scene = Scene::new().await;
    let rename = async |from: &str, to: &str| {
        let statement = format!("ALTER TABLE conversations RENAME COLUMN {from} TO {to}");
        sqlx::query(sqlx::AssertSqlSafe(statement)).execute(scene.server.db()).await.unwrap();
    };
    let about = format!("convoId={}", scene.room.convo_id);
    scene.call("getEpoch").query(&about).send().await.output();
    rename("epoch", "epoch_of_old").await;

    let mut ids = Vec::new();
    let failed = [scene.call("getEpoch").query(&about).send().await, scene.send(&scene.message()).await];
    for answer in &failed {
        let message = answer.refused(500, "InternalServerError");
        assert!(!answer.headers.contains_key("retry-after"), "trying again won't help");
        let id = message.strip_prefix("internal error ").unwrap().to_owned();
        assert_eq!((id.len(), hex::decode(&id).is_ok()), (16, true), "{message}");
        let told: Vec<_> = log.lines().into_iter().filter(|line| line.contains(&id)).collect();
        assert_eq!(told.len(), 1, "one line of the log has the id: {told:?}");
        assert!(told[0].contains("ERROR") && told[0].contains("epoch"), "the cause stands there: {}", told[0]);
        ids.push(id);
    }
    assert_ne!(ids[0], ids[1]);
    for line in log.lines() {
        assert!(!line.contains(&scene.room.convo_id) && !line.contains("did:plc:"), "the log names somebody: {line}");
    }

    rename("epoch_of_old", "epoch").await;
    scene.call("getEpoch").query(&about).send().await.output();
    assert_eq!(scene.send(&scene.message()).await.output()["seq"], 1);
}

/// Asks until the answer has a status, for a minute at most.
async fn eventually<F: Future<Output = Answer>>(ask: impl Fn() -> F, status: u16) -> Answer {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let answer = ask().await;
        if answer.status == status {
            return answer;
        }
        assert!(Instant::now() < deadline, "still {}", answer.status);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn without_its_database_the_server_asks_to_come_back_and_is_well_again_with_it() {
    let directory = tempfile::tempdir().unwrap();
    let start = async || Cluster::start(Options::durable(directory.path().join("pg"))).await.unwrap();
    let cluster = start().await;
    cluster.create_database("catbird", None).await.unwrap();
    let url = format!("--database-url={}", cluster.url("catbird"));
    let scene = Scene::with_flags(&[&url, "--migrate-on-start=true", "--pool-acquire-timeout=500ms"]).await;
    scene.send(&scene.message()).await.output();
    let server: &TestServer = &scene.server;
    let ready = || server.fetch(Method::GET, "/health/ready", &[]);
    ready().await.output();

    cluster.stop().await.unwrap();
    let about = format!("convoId={}", scene.room.convo_id);
    let unsent = scene.message();
    let calls = [
        scene.call("getEpoch").query(&about).send().await,
        scene.call("getConvos").send().await,
        scene.call("getKeyPackageStats").send().await,
        scene.send(&unsent).await,
        scene.call("confirmWelcome").input(&serde_json::json!({"convoId": "00", "success": true})).send().await,
    ];
    for answer in calls {
        let message = answer.refused(503, "ServiceUnavailable");
        let delay: u64 = answer.header("retry-after").parse().unwrap();
        assert_eq!(message, format!("The database is not available; try again in {delay} s"));
    }
    // What needs no database goes on.
    server.call("getConvos").send().await.refused(401, "AuthenticationRequired");
    scene.call("sendMessage").json("{").send().await.refused(400, "InvalidRequest");
    assert_eq!(server.fetch(Method::GET, "/health/live", &[]).await.status, 200);
    eventually(ready, 503).await;

    let _cluster = start().await;
    eventually(ready, 200).await;
    let sent = eventually(|| scene.send(&unsent), 200).await;
    assert_eq!(sent.output()["seq"], 2);
    assert_eq!(scene.length().await, 2);
    scene.call("getEpoch").query(&about).send().await.output();
}

//! How the server is: for load balancers (`/health/live`, `/health/ready`) and for people (`/health`, `/xrpc/_health`).
//!
//! These are no lexicon methods, so their answers are defined here. None of them needs a token, hence none may cost much:
//! the database is asked at most once a second, over a connection of its own, so that a busy pool is not taken for a dead
//! database.

use std::{sync::Arc, time::Duration};

use axum::{
    Json, Router,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;
use sqlx::{Connection, PgConnection, postgres::PgConnectOptions};
use tokio::{
    sync::Mutex,
    time::{Instant, timeout},
};

use crate::{
    clock::Clock,
    lifecycle::{Lifecycle, Phase},
    pulse::Pulse,
};

/// How long the database may take to answer.
const PATIENCE: Duration = Duration::from_secs(1);
/// How long an answer of the database is repeated.
const MEMORY: Duration = Duration::from_secs(1);

/// What the checks look at.
#[derive(Clone)]
pub struct Health {
    lifecycle: Lifecycle,
    pulse: Pulse,
    clock: Arc<dyn Clock>,
    probe: Arc<Mutex<Probe>>,
}

/// The whole answer of `/health`.
#[derive(Debug, Serialize)]
struct Report {
    status: Status,
    timestamp: String,
    version: &'static str,
    checks: Checks,
}

#[derive(Debug, Serialize)]
struct Checks {
    database: DatabaseCheck,
    stream: StreamCheck,
    memory: MemoryCheck,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct DatabaseCheck {
    status: Status,
    /// How long the last question took.
    #[serde(skip_serializing_if = "Option::is_none")]
    latency_ms: Option<u64>,
}

/// Whether committed events are found for those who listen here.
#[derive(Debug, Serialize)]
struct StreamCheck {
    status: Status,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct MemoryCheck {
    status: Status,
    /// Main memory that the process occupies; absent where the system doesn't tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    resident_bytes: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Status {
    Healthy,
    Unhealthy,
}

impl Status {
    fn of(is_well: bool) -> Self {
        if is_well { Self::Healthy } else { Self::Unhealthy }
    }
}

impl Health {
    /// Checks against the database that `options` lead to, and whether the stream has a pulse.
    pub fn new(options: PgConnectOptions, lifecycle: Lifecycle, pulse: Pulse, clock: Arc<dyn Clock>) -> Self {
        let probe = Probe { options, connection: None, last: None };
        Self { lifecycle, pulse, clock, probe: Arc::new(Mutex::new(probe)) }
    }

    /// The routes.
    pub fn routes(self) -> Router {
        Router::new()
            .route("/health", get(report))
            .route("/xrpc/_health", get(report))
            .route("/health/live", get(live))
            .route("/health/ready", get(ready))
            .with_state(self)
    }

    fn stream(&self) -> Status {
        Status::of(self.pulse.is_well())
    }

    async fn report(&self) -> Report {
        let database = self.probe.lock().await.check().await;
        let memory = MemoryCheck { status: Status::Healthy, resident_bytes: resident_bytes() };
        let stream = StreamCheck { status: self.stream() };
        let is_well = [database.status, stream.status].iter().all(|status| *status == Status::Healthy);
        Report {
            status: Status::of(is_well),
            timestamp: written(self.clock.now()),
            version: env!("CARGO_PKG_VERSION"),
            checks: Checks { database, stream, memory },
        }
    }
}

async fn report(State(health): State<Health>) -> Response {
    let report = health.report().await;
    answer(report.status == Status::Healthy, report)
}

/// The process runs and answers; nothing else, or a database that is down would get every replica restarted.
async fn live(State(health): State<Health>) -> Response {
    answer(true, Brief { status: Status::Healthy, timestamp: written(health.clock.now()) })
}

/// Requests may be sent here: the server neither starts nor stops, its database answers, and it follows the log.
async fn ready(State(health): State<Health>) -> Response {
    let ready = health.lifecycle.phase() == Phase::Ready
        && health.stream() == Status::Healthy
        && health.probe.lock().await.check().await.status == Status::Healthy;
    let status = Status::of(ready);
    answer(ready, Brief { status, timestamp: written(health.clock.now()) })
}

#[derive(Debug, Serialize)]
struct Brief {
    status: Status,
    timestamp: String,
}

fn answer(well: bool, body: impl Serialize) -> Response {
    let status = if well { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, [(header::CACHE_CONTROL, "no-store")], Json(body)).into_response()
}

fn written(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// The database's last answer, and the connection to ask again.
struct Probe {
    options: PgConnectOptions,
    connection: Option<PgConnection>,
    last: Option<(Instant, DatabaseCheck)>,
}

impl Probe {
    async fn check(&mut self) -> DatabaseCheck {
        if let Some((asked, answer)) = &self.last
            && asked.elapsed() < MEMORY
        {
            return answer.clone();
        }
        let started = Instant::now();
        let answered = timeout(PATIENCE, self.ask()).await;
        let latency = started.elapsed().as_millis().try_into().ok();
        let answer = match answered {
            Ok(Ok(())) => DatabaseCheck { status: Status::Healthy, latency_ms: latency },
            Ok(Err(error)) => down(&error.to_string()),
            Err(_) => down("no answer within a second"),
        };
        self.last = Some((Instant::now(), answer.clone()));
        answer
    }

    /// Takes the connection out while it is used: a question that is given up halfway must not be continued by the next.
    async fn ask(&mut self) -> Result<(), sqlx::Error> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => PgConnection::connect_with(&self.options).await?,
        };
        connection.ping().await?;
        self.connection = Some(connection);
        Ok(())
    }
}

fn down(reason: &str) -> DatabaseCheck {
    tracing::error!("the database is down: {reason}");
    DatabaseCheck { status: Status::Unhealthy, latency_ms: None }
}

/// The second number of `/proc/self/statm`, in pages.
fn resident_bytes() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = text.split_whitespace().nth(1)?.parse().ok()?;
    pages.checked_mul(rustix::param::page_size() as u64)
}

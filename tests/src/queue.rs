//! Requests that meet: they wait for what somebody else has locked, and go on together.

use std::time::{Duration, Instant};

use futures::future::BoxFuture;
use sqlx::{Connection, PgConnection};

use crate::server::TestServer;

/// Holds the lock of a conversation until all of the requests wait for it, in this order, then lets them go.
pub async fn race<T: Send + 'static>(
    server: &TestServer,
    convo_id: &str,
    requests: Vec<BoxFuture<'static, T>>,
) -> Vec<T> {
    let lock = sqlx::query("SELECT FROM conversations WHERE convo_id = $1 FOR UPDATE");
    let gate = Gate::close(server, lock.bind(convo_id)).await;
    let mut running = Vec::new();
    for request in requests {
        running.push(tokio::spawn(request));
        until_waiting(server, running.len()).await;
    }
    gate.open().await;
    let mut answers = Vec::new();
    for request in running {
        answers.push(request.await.expect("no request panics"));
    }
    answers
}

/// A query with its parameters.
type Query<'q> = sqlx::query::Query<'q, sqlx::Postgres, sqlx::postgres::PgArguments>;

/// Something locked: whoever needs it waits until the gate opens.
pub struct Gate<'a> {
    server: &'a TestServer,
    holder: PgConnection,
}

impl<'a> Gate<'a> {
    /// Locks what this statement locks.
    pub async fn close(server: &'a TestServer, lock: Query<'_>) -> Self {
        let mut holder = PgConnection::connect_with(&server.db().connect_options()).await.expect("a connection");
        sqlx::query("BEGIN").execute(&mut holder).await.expect("a transaction");
        lock.execute(&mut holder).await.expect("it can be locked");
        Self { server, holder }
    }

    /// Does something while the lock is held, in its transaction.
    pub async fn meanwhile(&mut self, query: Query<'_>) {
        query.execute(&mut self.holder).await.expect("it can be done");
    }

    /// Keeps what was done meanwhile, and lets everybody go on.
    pub async fn open(mut self) {
        sqlx::query("COMMIT").execute(&mut self.holder).await.expect("the lock can be released");
    }

    /// The same once so many statements wait. One that has no need to wait gets a second for what it does.
    pub async fn open_when(self, waiting: usize) {
        are_waiting(self.server, waiting, Duration::from_secs(1)).await;
        self.open().await;
    }
}

/// Waits until so many statements wait for a lock.
pub async fn until_waiting(server: &TestServer, statements: usize) {
    let in_time = are_waiting(server, statements, Duration::from_secs(5)).await;
    assert!(in_time, "no {statements} statements wait for a lock");
}

async fn are_waiting(server: &TestServer, statements: usize, patience: Duration) -> bool {
    let query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    let until = Instant::now() + patience;
    while Instant::now() < until {
        let found: i64 = sqlx::query_scalar(query).fetch_one(server.db()).await.expect("activity can be read");
        if found >= statements as i64 {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    false
}

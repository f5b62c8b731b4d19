//! Requests that reach a conversation at once: all of them wait for its lock before the first one gets it.

use std::time::Duration;

use futures::future::BoxFuture;
use sqlx::{Connection, PgConnection};

use crate::server::TestServer;

/// Holds the lock of a conversation until all of the requests wait for it, in this order, then lets them go.
pub async fn race<T: Send + 'static>(
    server: &TestServer,
    convo_id: &str,
    requests: Vec<BoxFuture<'static, T>>,
) -> Vec<T> {
    let mut holder = PgConnection::connect_with(&server.db().connect_options()).await.expect("a connection");
    let mut lock = holder.begin().await.expect("a transaction");
    let query = sqlx::query("SELECT FROM conversations WHERE convo_id = $1 FOR UPDATE").bind(convo_id);
    query.execute(&mut *lock).await.expect("the conversation can be locked");
    let mut running = Vec::new();
    for request in requests {
        running.push(tokio::spawn(request));
        wait_for(server, running.len()).await;
    }
    lock.rollback().await.expect("the lock can be released");
    let mut answers = Vec::new();
    for request in running {
        answers.push(request.await.expect("no request panics"));
    }
    answers
}

/// Waits until so many statements wait for a lock.
async fn wait_for(server: &TestServer, waiting: usize) {
    let query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    for _ in 0..1000 {
        let found: i64 = sqlx::query_scalar(query).fetch_one(server.db()).await.expect("activity can be read");
        if found >= waiting as i64 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("no {waiting} requests wait for the conversation");
}

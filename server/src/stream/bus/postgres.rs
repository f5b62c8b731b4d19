//! Signals by NOTIFY, each in a transaction of its own on a connection of its own.

use sqlx::{
    Connection, PgConnection, PgPool,
    postgres::{PgConnectOptions, PgListener, PgPoolOptions},
};
use tokio::time::sleep;

use super::{BoxError, PAUSE};

/// The name that servers listen to; channels belong to a database.
const CHANNEL: &str = "catbird_events";

/// Signals through this database.
pub struct Channel {
    options: PgConnectOptions,
}

/// A connection that signals are sent over.
pub struct Sender(PgConnection);

/// A connection that signals come over.
pub struct Receiver(PgListener);

impl Channel {
    /// Signals through the database of this pool. They don't take its connections.
    pub fn new(pool: &PgPool) -> Self {
        // Nobody waits for a signal to reach the disk.
        Self { options: (*pool.connect_options()).clone().options([("synchronous_commit", "off")]) }
    }

    /// Connects.
    pub async fn sender(&self) -> Result<Sender, BoxError> {
        Ok(Sender(PgConnection::connect_with(&self.options).await?))
    }

    /// Connects and listens.
    pub async fn receiver(&self) -> Result<Receiver, BoxError> {
        let pool = PgPoolOptions::new().max_connections(1).connect_lazy_with(self.options.clone());
        let mut listener = PgListener::connect_with(&pool).await?;
        listener.listen(CHANNEL).await?;
        Ok(Receiver(listener))
    }
}

impl Receiver {
    /// The next signal.
    pub async fn next(&mut self) -> Result<String, BoxError> {
        Ok(self.0.recv().await?.payload().to_owned())
    }
}

impl Sender {
    /// Sends a signal, and doesn't send the next one at once.
    pub async fn send(&mut self, signal: &str) -> Result<(), BoxError> {
        crate::store::stream::notify(&mut self.0, CHANNEL, signal).await?;
        sleep(PAUSE).await;
        Ok(())
    }
}

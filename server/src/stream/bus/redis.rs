//! Signals by Redis, for operators with many servers.

use futures::StreamExt;
use redis::{
    AsyncCommands, Client,
    aio::{MultiplexedConnection, PubSub},
};
use sqlx::PgPool;
use tokio::time::sleep;

use super::{BoxError, PAUSE};
use crate::{config::Secret, keyed_hash::HashKey, store};

/// Signals through a Redis, which may serve other databases too.
pub struct Channel {
    client: Client,
    pool: PgPool,
    hashes: HashKey,
}

/// A connection that signals are sent over.
pub struct Sender {
    connection: MultiplexedConnection,
    channel: String,
}

/// A connection that signals come over.
pub struct Receiver(PubSub);

impl Channel {
    /// Signals between the servers on the database of this pool.
    pub fn new(url: &Secret, pool: &PgPool, hashes: &HashKey) -> Result<Self, BoxError> {
        let client = Client::open(url.text())?;
        Ok(Self { client, pool: pool.clone(), hashes: hashes.clone() })
    }

    /// What servers listen to that are on this database and have its secret.
    async fn name(&self) -> Result<String, BoxError> {
        let database = store::stream::database(&mut *self.pool.acquire().await?).await?;
        let tag = self.hashes.tag("redis channel", &[database.as_bytes()]);
        Ok(format!("catbird:{}", hex::encode(&tag[..16])))
    }

    /// Connects.
    pub async fn sender(&self) -> Result<Sender, BoxError> {
        let connection = self.client.get_multiplexed_async_connection().await?;
        Ok(Sender { connection, channel: self.name().await? })
    }

    /// Connects and listens.
    pub async fn receiver(&self) -> Result<Receiver, BoxError> {
        let mut subscription = self.client.get_async_pubsub().await?;
        subscription.subscribe(self.name().await?).await?;
        Ok(Receiver(subscription))
    }
}

impl Receiver {
    /// The next signal.
    pub async fn next(&mut self) -> Result<String, BoxError> {
        let message = self.0.on_message().next().await.ok_or("Redis has closed the connection")?;
        Ok(message.get_payload()?)
    }
}

impl Sender {
    /// Sends a signal, and doesn't send the next one at once.
    pub async fn send(&mut self, signal: &str) -> Result<(), BoxError> {
        let _: i64 = self.connection.publish(&self.channel, signal).await?;
        sleep(PAUSE).await;
        Ok(())
    }
}

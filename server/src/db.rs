//! The way to PostgreSQL: which one, with which settings, and the schema in it.

use std::{str::FromStr, time::Duration};

use catbird_postgres::{Cluster, Options};
use sqlx::{
    Connection, PgConnection, PgPool,
    migrate::Migrator,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use tokio::time::{Instant, sleep, timeout};

use crate::config::DatabaseSettings;

/// The migrations of this release, applied in order and never changed afterwards.
pub static MIGRATIONS: Migrator = sqlx::migrate!("../migrations");

/// The database's name in the private PostgreSQL.
const PRIVATE_DATABASE: &str = "catbird";

/// A connection that was used less long ago is taken to work still.
const TRUSTED_IDLE: Duration = Duration::from_secs(2);

/// How long a connection may think about whether it works.
const PING_PATIENCE: Duration = Duration::from_secs(1);

/// Why there is no usable database.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// The private PostgreSQL does not run.
    #[error("the private PostgreSQL could not be started")]
    Private(#[source] catbird_postgres::Error),
    /// `DATABASE_URL` is not understood.
    #[error("DATABASE_URL is not a PostgreSQL URL")]
    Url(#[source] sqlx::Error),
    /// The database does not answer, or refuses us.
    #[error("cannot connect to the database")]
    Connect(#[source] sqlx::Error),
    /// The schema could not be brought up to date.
    #[error("cannot migrate the database")]
    Migrate(#[source] sqlx::migrate::MigrateError),
}

/// A database to use, and the private PostgreSQL that it is in, if we run one.
#[derive(Debug)]
pub struct Database {
    /// How to connect, with all session settings.
    pub options: PgConnectOptions,
    /// The private PostgreSQL; stopped after everybody has disconnected.
    pub cluster: Option<Cluster>,
}

impl Database {
    /// The database that the settings name, or the private one under the data folder, which is started.
    ///
    /// # Errors
    /// [`DatabaseError::Private`] or [`DatabaseError::Url`].
    pub async fn open(settings: &DatabaseSettings) -> Result<Self, DatabaseError> {
        if let Some(url) = &settings.database_url {
            let options = PgConnectOptions::from_str(url).map_err(DatabaseError::Url)?;
            return Ok(Self { options: session(options, settings), cluster: None });
        }
        // Beside the pool: other replicas of ours are not expected, but an operator's psql and the jobs are.
        let connections = (settings.pool_max + 20).max(50);
        let options = Options::durable(settings.data_dir.join("pg")).setting("max_connections", connections);
        let cluster = Cluster::start(options).await.map_err(DatabaseError::Private)?;
        cluster.ensure_database(PRIVATE_DATABASE).await.map_err(DatabaseError::Private)?;
        let options = session(cluster.connect_options(PRIVATE_DATABASE), settings);
        Ok(Self { options, cluster: Some(cluster) })
    }

    /// A pool of connections, after waiting for the database to answer.
    ///
    /// # Errors
    /// [`DatabaseError::Connect`]: at once when the database refuses us, after `connect_timeout` when it is silent.
    pub async fn pool(&self, settings: &DatabaseSettings) -> Result<PgPool, DatabaseError> {
        wait_until_answering(&self.options, settings.connect_timeout).await?;
        let pool = PgPoolOptions::new()
            .min_connections(settings.pool_min)
            .max_connections(settings.pool_max)
            .acquire_timeout(settings.pool_acquire_timeout)
            .idle_timeout(settings.pool_idle_timeout)
            // Asking before each use whether the connection still works would cost as much as most queries.
            .test_before_acquire(false)
            .before_acquire(|conn, meta| {
                Box::pin(async move {
                    // A connection that doesn't answer is dropped, and another one is tried.
                    let is_trusted = meta.idle_for <= TRUSTED_IDLE;
                    Ok(is_trusted || matches!(timeout(PING_PATIENCE, conn.ping()).await, Ok(Ok(()))))
                })
            });
        pool.connect_with(self.options.clone()).await.map_err(DatabaseError::Connect)
    }

    /// Brings the schema up to date. Several servers may do so at once: one works, the others wait.
    ///
    /// # Errors
    /// [`DatabaseError::Connect`] or [`DatabaseError::Migrate`].
    pub async fn migrate(&self, settings: &DatabaseSettings) -> Result<(), DatabaseError> {
        wait_until_answering(&self.options, settings.connect_timeout).await?;
        // A migration may take longer than any statement of the server, and waits for the locks it needs.
        let patient = self.options.clone().options([("statement_timeout", "0"), ("lock_timeout", "0")]);
        let mut connection = PgConnection::connect_with(&patient).await.map_err(DatabaseError::Connect)?;
        MIGRATIONS.run(&mut connection).await.map_err(DatabaseError::Migrate)?;
        connection.close().await.map_err(DatabaseError::Connect)
    }

    /// Stops the private PostgreSQL, if there is one.
    ///
    /// # Errors
    /// [`DatabaseError::Private`] when it does not end.
    pub async fn close(self) -> Result<(), DatabaseError> {
        match self.cluster {
            Some(cluster) => cluster.stop().await.map_err(DatabaseError::Private),
            None => Ok(()),
        }
    }
}

/// The settings of every session of ours.
fn session(options: PgConnectOptions, settings: &DatabaseSettings) -> PgConnectOptions {
    let milliseconds = |limit: Duration| limit.as_millis().to_string();
    options.application_name("catbird-server").options([
        // What was acknowledged is on disk, whatever the database's own default is.
        ("synchronous_commit", "on".to_owned()),
        ("statement_timeout", milliseconds(settings.statement_timeout)),
        ("lock_timeout", milliseconds(settings.lock_timeout)),
        // A connection that is lost in the middle of a transaction must not hold a conversation's lock for long.
        ("idle_in_transaction_session_timeout", milliseconds(settings.statement_timeout)),
        ("timezone", "UTC".to_owned()),
        // Each statement of ours is answered by the same indexes whatever its parameters are; planning it anew for each
        // set of them takes longer than carrying it out.
        ("plan_cache_mode", "force_generic_plan".to_owned()),
        // And it is planned once per connection, perhaps while its tables are small: it must be a plan for large ones.
        ("enable_seqscan", "off".to_owned()),
    ])
}

async fn wait_until_answering(options: &PgConnectOptions, limit: Duration) -> Result<(), DatabaseError> {
    let deadline = Instant::now() + limit;
    let mut pause = Duration::from_millis(100);
    loop {
        let error = match PgConnection::connect_with(options).await {
            Ok(connection) => return connection.close().await.map_err(DatabaseError::Connect),
            Err(error) => error,
        };
        if !is_passing(&error) || Instant::now() + pause > deadline {
            return Err(DatabaseError::Connect(error));
        }
        tracing::warn!("the database does not answer yet: {error}");
        sleep(pause).await;
        pause = Duration::from_secs(2).min(pause * 2);
    }
}

/// Whether a failed connection attempt may succeed later: nobody listens yet, or the database is starting or full.
fn is_passing(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) => true,
        sqlx::Error::Database(error) => {
            error.code().is_some_and(|code| code.starts_with("57P") || code.starts_with("53") || code.starts_with("08"))
        }
        _ => false,
    }
}

//! A running server: from configuration to open port, and from a stop signal to the last answer.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use axum::{Router, serve::ListenerExt};
use rustix::net::sockopt::set_tcp_user_timeout;
use sqlx::PgPool;
use tokio::{net::TcpListener, task::JoinHandle, time::timeout};

use crate::{
    clock::{Clock, SystemClock},
    config::Config,
    db::{Database, DatabaseError},
    health::Health,
    http,
    keyed_hash::HashKey,
    lifecycle::{Lifecycle, Phase},
    patience::ImpatientListener,
    pulse::Pulse,
    secret_file::{SecretError, hash_key},
    store::StoreError,
    stream::era,
};

/// How long connections to the database get to come back after the last request.
const POOL_CLOSE: Duration = Duration::from_secs(5);

/// How long a client that takes nothing has for the message that says so.
const FAREWELL: Duration = Duration::from_secs(3);

/// Any error, with its causes.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// What the routes of the API are built on.
#[derive(Clone)]
pub struct Foundations {
    /// The configuration, with the address that is really listened on.
    pub config: Arc<Config>,
    /// Connections to the migrated database.
    pub pool: PgPool,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The key of all keyed hashes.
    pub hash_key: HashKey,
    /// Tells streams when to end.
    pub lifecycle: Lifecycle,
    /// Says that the log is followed.
    pub pulse: Pulse,
    /// Which cursors mean something in this database.
    pub era: u8,
}

/// Why a server did not start, or did not stop as it should.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address can't be listened on.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why it failed.
        #[source]
        source: io::Error,
    },
    /// There is no usable database.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The state of the stream can't be read.
    #[error("cannot read the state of the stream")]
    Stream(#[from] StoreError),
    /// There is no server secret.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The routes could not be built.
    #[error("cannot build the routes")]
    Routes(#[source] BoxError),
    /// The listening task ended by itself.
    #[error("the server stopped accepting connections")]
    Accept(#[source] BoxError),
}

/// A server that accepts requests, until it is stopped.
pub struct Server {
    foundations: Foundations,
    database: Database,
    task: JoinHandle<io::Result<()>>,
}

impl Server {
    /// Starts a server: takes the port, then opens and migrates the database, then accepts requests.
    ///
    /// # Errors
    /// [`ServeError`]; nothing is left running then.
    pub async fn start<F>(config: Config, routes: F) -> Result<Self, ServeError>
    where
        F: FnOnce(&Foundations) -> Result<Router, BoxError>,
    {
        Self::start_with_clock(config, Arc::new(SystemClock), routes).await
    }

    /// [`Server::start`] with a clock of the caller's.
    ///
    /// # Errors
    /// As [`Server::start`].
    pub async fn start_with_clock<F>(mut config: Config, clock: Arc<dyn Clock>, routes: F) -> Result<Self, ServeError>
    where
        F: FnOnce(&Foundations) -> Result<Router, BoxError>,
    {
        let listener = listen(&mut config).await?;
        let database = Database::open(&config.database).await?;
        if config.database.migrate_on_start || database.cluster.is_some() {
            database.migrate(&config.database).await?;
        }
        let pool = database.pool(&config.database).await?;
        let hash_key = hash_key(&config)?;
        let era = era::settle(&pool).await?;
        let (lifecycle, pulse) = (Lifecycle::default(), Pulse::default());
        let foundations = Foundations { config: Arc::new(config), pool, clock, hash_key, lifecycle, pulse, era };
        let api = routes(&foundations).map_err(ServeError::Routes)?;
        let write_timeout = foundations.config.streams.stream_write_timeout;
        let listener = ImpatientListener { listener, patience: foundations.config.limits.idle_timeout };
        let router = router(&foundations, &database, api);
        let task = tokio::spawn(accept(listener, router, write_timeout, foundations.lifecycle.clone()));
        foundations.lifecycle.advance(Phase::Ready);
        Ok(Self { foundations, database, task })
    }

    /// The address that is listened on.
    pub fn address(&self) -> SocketAddr {
        self.foundations.config.service.listen
    }

    /// What the server stands on.
    pub fn foundations(&self) -> &Foundations {
        &self.foundations
    }

    /// Its database.
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// Ends only when the server stops accepting connections without having been told to.
    pub async fn failed(&mut self) -> ServeError {
        match (&mut self.task).await {
            Ok(Ok(())) => ServeError::Accept("it ended".into()),
            Ok(Err(error)) => ServeError::Accept(error.into()),
            Err(error) => ServeError::Accept(error.into()),
        }
    }

    /// Stops: accepts nothing more, tells streams to end, lets requests in progress finish within `shutdown_grace`, and
    /// then closes the database.
    ///
    /// # Errors
    /// [`ServeError::Database`] when the private PostgreSQL does not end.
    pub async fn stop(mut self) -> Result<(), ServeError> {
        let grace = self.foundations.config.service.shutdown_grace;
        self.foundations.lifecycle.advance(Phase::Draining);
        if timeout(grace, &mut self.task).await.is_err() {
            tracing::warn!(grace.s = grace.as_secs(), "requests still in progress are cut off");
            self.task.abort();
        }
        if timeout(POOL_CLOSE, self.foundations.pool.close()).await.is_err() {
            tracing::warn!("connections to the database are cut off");
        }
        Ok(self.database.close().await?)
    }
}

/// Takes the port, and notes in the configuration which one it is.
async fn listen(config: &mut Config) -> Result<TcpListener, ServeError> {
    let address = config.service.listen;
    let failed = |source| ServeError::Listen { address, source };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    config.service.listen = listener.local_addr().map_err(failed)?;
    Ok(listener)
}

fn router(foundations: &Foundations, database: &Database, api: Router) -> Router {
    let Foundations { config, clock, lifecycle, pulse, .. } = foundations;
    let health = Health::new(database.options.clone(), lifecycle.clone(), pulse.clone(), Arc::clone(clock));
    http::surround(api, health.routes(), &config.limits)
}

async fn accept(
    listener: ImpatientListener,
    router: Router,
    write_timeout: Duration,
    lifecycle: Lifecycle,
) -> io::Result<()> {
    let listener = listener.tap_io(move |connection| {
        let connection = connection.get_ref();
        // Answers are short and written at once; waiting to fill a packet only delays them.
        if let Err(error) = connection.set_nodelay(true) {
            tracing::debug!("cannot set TCP_NODELAY: {error}");
        }
        // A stream's client that takes nothing any more would else be kept for ever: nothing is read from it either.
        // On WebSocket it is told so before.
        let milliseconds = u32::try_from((write_timeout + FAREWELL).as_millis()).unwrap_or(u32::MAX);
        if let Err(error) = set_tcp_user_timeout(connection, milliseconds) {
            tracing::debug!("cannot set TCP_USER_TIMEOUT: {error}");
        }
    });
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service).with_graceful_shutdown(async move { lifecycle.draining().await }).await
}

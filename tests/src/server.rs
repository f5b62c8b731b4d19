//! Servers to test against, each with a database of its own.

use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use atrium_api::types::string::Did;
use catbird_postgres::{Cluster, Options};
use catbird_server::{
    app,
    auth::DevelopmentSecret,
    clock::{Clock, ManualClock, SystemClock},
    config,
    db::Database,
    jobs::{key_packages, retention},
    keyed_hash::HashKey,
    serve::{Foundations, Server},
    stream::Cursors,
};
use sqlx::PgPool;
use tokio::time::timeout;

use crate::{PATIENCE, actor::Actor, endpoint::Endpoint, responses::recorded};

/// The DID of the service under test.
pub const SERVICE_DID: &str = "did:web:mls.test";

/// What development tokens of the service under test are made with.
pub const JWT_SECRET: &str = "a secret that every test knows, and nobody else needs to";

/// The database that the others are copies of.
const TEMPLATE: &str = "template_migrated";

/// A server in this process, listening on a port of its own.
pub struct TestServer {
    server: Server,
    flags: Vec<String>,
    pub(crate) http: reqwest::Client,
    /// The server's clock. It stands still until a test moves it.
    pub clock: Arc<ManualClock>,
}

impl TestServer {
    /// A server with the settings that tests mostly want.
    pub async fn start() -> Self {
        Self::with_flags(&[]).await
    }

    /// A server with further flags, as on its command line. They take the place of those that tests mostly want.
    pub async fn with_flags(flags: &[&str]) -> Self {
        Self::new([format!("--jwt-secret={JWT_SECRET}")], flags).await
    }

    /// A server as in production: it takes no development tokens.
    pub async fn without_development_tokens(flags: &[&str]) -> Self {
        Self::new([], flags).await
    }

    async fn new(auth: impl IntoIterator<Item = String>, flags: &[&str]) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let usual = [
            "--listen=127.0.0.1:0".to_owned(),
            "--migrate-on-start=false".to_owned(),
            "--server-secret=another secret that every test knows, and that hashes".to_owned(),
            format!("--service-did={SERVICE_DID}"),
            "--rate-limit-per-caller=0".to_owned(),
        ];
        let given: Vec<_> = flags.iter().map(|flag| name(flag)).collect();
        let mut all: Vec<_> = usual.into_iter().chain(auth).filter(|flag| !given.contains(&name(flag))).collect();
        all.extend(flags.iter().map(|flag| (*flag).to_owned()));
        // Also where another database is given: whoever starts it needs what starting the shared one prepares.
        let cluster = cluster();
        if !given.contains(&"--database-url") {
            let name = format!("test_{}", COUNT.fetch_add(1, Ordering::Relaxed));
            cluster.create_database(&name, Some(TEMPLATE)).await.expect("a database can be copied");
            all.push(format!("--database-url={}", cluster.url(&name)));
        }
        Self::launch(all, Arc::new(ManualClock::new(SystemClock.now()))).await
    }

    async fn launch(flags: Vec<String>, clock: Arc<ManualClock>) -> Self {
        let config = config::from_flags(flags.iter().map(String::as_str)).expect("the flags are valid");
        let routes = |foundations: &Foundations| app::routes(foundations).map(recorded);
        let server = Server::start_with_clock(config, clock.clone(), routes).await.expect("the server starts");
        Self { server, flags, http: reqwest::Client::new(), clock }
    }

    /// A further replica: another server on the same database, with the same clock.
    pub async fn replica(&self) -> Self {
        Self::launch(self.flags.clone(), Arc::clone(&self.clock)).await
    }

    /// A further replica, with other settings in the place of this one's.
    pub async fn replica_with(&self, flags: &[&str]) -> Self {
        let kept = self.flags.iter().filter(|flag| !flags.iter().any(|new| name(new) == name(flag)));
        let flags = kept.cloned().chain(flags.iter().map(|flag| (*flag).to_owned())).collect();
        Self::launch(flags, Arc::clone(&self.clock)).await
    }

    /// Stops the server, for tests with so many that the database would run out of connections.
    pub async fn stop(self) {
        self.server.stop().await.expect("the server stops");
    }

    /// Stops the server and starts it again on the same database.
    pub async fn restart(self) -> Self {
        let Self { server, flags, clock, .. } = self;
        server.stop().await.expect("the server stops");
        Self::launch(flags, clock).await
    }

    /// Where the server listens, as `http://host:port`.
    pub fn url(&self) -> String {
        format!("http://{}", self.server.address())
    }

    /// Where this server is, for those who need nothing else of it.
    pub fn endpoint(&self) -> Endpoint {
        endpoint(self.url(), self.clock.clone())
    }

    /// The database, for what a test must set up that no method can.
    pub fn db(&self) -> &PgPool {
        &self.server.foundations().pool
    }

    /// The key of the server's keyed hashes, for what a test must make that only the server makes.
    pub fn hash_key(&self) -> &HashKey {
        &self.server.foundations().hash_key
    }

    /// Waits until nothing can come before the events that are there: whoever reads in the order of the stream sees them
    /// then. Transactions of other tests count too, since all share a cluster and with it the numbers of transactions.
    pub async fn settled(&self) {
        let is_open = "SELECT EXISTS (SELECT FROM events WHERE txid >= pg_snapshot_xmin(pg_current_snapshot()))";
        let until_it_is = async {
            while sqlx::query_scalar(is_open).fetch_one(self.db()).await.expect("events can be read") {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        timeout(PATIENCE, until_it_is).await.expect("every transaction in the cluster ends");
    }

    /// Makes and reads the server's cursors.
    pub fn cursors(&self) -> Cursors {
        let foundations = self.server.foundations();
        Cursors::new(foundations.hash_key.clone(), foundations.era)
    }

    /// A user of one device without a name, whose DID ends in `name`.
    pub fn actor(&self, name: &str) -> Actor {
        self.endpoint().actor(&did(name), None)
    }

    /// A further device of a user, with a name of its own.
    pub fn device(&self, name: &str, device_id: uuid::Uuid) -> Actor {
        self.endpoint().actor(&did(name), Some(device_id))
    }

    /// A development token with which `caller` may call `nsid`.
    pub fn token(&self, caller: &Did, nsid: &str) -> String {
        self.endpoint().token(caller, nsid)
    }

    /// The time by the server's clock.
    pub fn now(&self) -> chrono::DateTime<chrono::Utc> {
        self.clock.now()
    }

    /// Moves the clock and lets the jobs run.
    pub async fn pass_time(&self, time: Duration) {
        self.clock.advance(chrono::TimeDelta::from_std(time).expect("times in tests are short"));
        let hashes = &self.server.foundations().hash_key;
        // Events go only once they are final, which other tests' transactions in the cluster can put off.
        self.settled().await;
        retention::purge(self.db(), hashes, retention::Keep::default(), self.clock.now())
            .await
            .expect("retention works");
        let threshold = self.server.foundations().config.key_packages.low_stock;
        key_packages::watch(self.db(), threshold.into(), self.clock.now()).await.expect("stocks can be looked at");
    }
}

/// What a flag sets.
fn name(flag: &str) -> &str {
    flag.split('=').next().unwrap_or_default()
}

/// A server anywhere that has the name and the secret of the service under test.
pub fn endpoint(url: String, clock: Arc<dyn Clock>) -> Endpoint {
    let secret = DevelopmentSecret::new(JWT_SECRET).expect("the secret is long enough");
    Endpoint { url, service_did: SERVICE_DID.to_owned(), secret, clock }
}

/// The DID of a user called `name` in a test.
pub fn did(name: &str) -> Did {
    format!("did:plc:{name}").parse().expect("names in tests are plain letters")
}

/// The throw-away cluster of this process, started and migrated by whoever comes first. It ends with the process,
/// however the process ends.
fn cluster() -> &'static Cluster {
    static CLUSTER: OnceLock<Cluster> = OnceLock::new();
    CLUSTER.get_or_init(|| {
        std::thread::spawn(|| {
            let _ = rustls::crypto::ring::default_provider().install_default();
            let options = Options::throw_away().setting("max_connections", 600);
            let cluster = Cluster::start_blocking(options).expect("PostgreSQL must be installed and start");
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(migrate(&cluster));
            cluster
        })
        .join()
        .expect("the cluster starts")
    })
}

async fn migrate(cluster: &Cluster) {
    cluster.create_database(TEMPLATE, None).await.expect("the template can be made");
    let flags = [format!("--database-url={}", cluster.url(TEMPLATE)), format!("--server-secret={JWT_SECRET}")];
    let config = config::from_flags(flags.iter().map(String::as_str)).expect("the flags are valid");
    let database = Database::open(&config.database).await.expect("the template can be opened");
    database.migrate(&config.database).await.expect("migrations run from zero");
}

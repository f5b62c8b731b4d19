//! The test stand: a durable PostgreSQL of our own, a database for pgbench in it and one for each server.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

use catbird_postgres::{Binaries, Cluster, Options};
use sqlx::{Connection, PgConnection};
use tempfile::TempDir;

use crate::{
    Fallible, directory,
    server::{Build, Server},
    usage::{self, CpuTimes},
};

/// pgbench's database.
const PLAIN: &str = "plain";

/// Where everything runs.
pub struct Stand {
    // Before the folder, so that it is stopped before its files go.
    cluster: Cluster,
    folder: TempDir,
    plc: SocketAddr,
    /// The servers to measure; the first is the one that the goals are for.
    pub builds: Vec<Build>,
}

impl Stand {
    /// Starts PostgreSQL in a new folder below `parent` and brings every server's database up to date.
    pub async fn start(parent: &Path, builds: Vec<Build>) -> Fallible<Self> {
        let folder = tempfile::Builder::new().prefix("catbird-bench-").tempdir_in(parent)?;
        // As a server's private PostgreSQL, but for the connections that 256 clients of pgbench need.
        let options = Options::durable(folder.path().join("postgres")).restart(false).setting("max_connections", 300);
        let cluster = Cluster::start(options).await?;
        cluster.create_database(PLAIN, None).await?;
        for build in &builds {
            cluster.create_database(&build.database, None).await?;
        }
        let stand = Self { cluster, folder, plc: directory::start().await?, builds };
        for build in &stand.builds {
            // A start migrates.
            stand.server(build).await?.stop().await?;
        }
        Ok(stand)
    }

    /// A connection to a server's database.
    pub async fn connect(&self, build: &Build) -> Fallible<PgConnection> {
        Ok(PgConnection::connect_with(&self.cluster.connect_options(&build.database)).await?)
    }

    /// A connection to pgbench's database.
    pub async fn connect_plain(&self) -> Fallible<PgConnection> {
        Ok(PgConnection::connect_with(&self.cluster.connect_options(PLAIN)).await?)
    }

    /// The address of pgbench's database, or of the first server's, for libpq.
    pub fn url(&self, servers: bool) -> String {
        self.cluster.url(if servers { &self.builds[0].database } else { PLAIN })
    }

    /// Starts a server.
    pub async fn server(&self, build: &Build) -> Fallible<Server> {
        let log = self.folder.path().join("server.log");
        let started = Server::start(build, &self.cluster.url(&build.database), self.plc, &log).await;
        started.map_err(|error| {
            let text = std::fs::read_to_string(&log).unwrap_or_default();
            let tail: Vec<_> = text.lines().rev().take(10).collect();
            format!("{error}\n{}", tail.into_iter().rev().collect::<Vec<_>>().join("\n")).into()
        })
    }

    /// CPU time so far of PostgreSQL, of this process and of a server.
    pub fn cpu(&self, server: Option<u32>) -> Fallible<CpuTimes> {
        let server = server.map_or(Ok(0.0), usage::process)?;
        Ok(CpuTimes { server, postgres: self.cpu_of_postgres()?, driver: usage::own()? })
    }

    /// CPU time so far of PostgreSQL with all its processes.
    pub fn cpu_of_postgres(&self) -> Fallible<f64> {
        usage::family(self.cluster.pid().ok_or("PostgreSQL has ended")?)
    }

    /// Writes down what earlier loads left in memory, so that no measurement pays for another.
    pub async fn checkpoint(&self) -> Fallible<()> {
        let mut db = self.connect_plain().await?;
        sqlx::query("CHECKPOINT").execute(&mut db).await?;
        Ok(())
    }

    /// PostgreSQL's version in full.
    pub async fn postgres_version(&self) -> Fallible<String> {
        let mut db = self.connect_plain().await?;
        Ok(sqlx::query_scalar("SELECT current_setting('server_version')").fetch_one(&mut db).await?)
    }

    /// The program `pgbench` of the PostgreSQL that runs.
    pub fn pgbench(&self) -> Fallible<PathBuf> {
        let program = Binaries::find(Some(self.cluster.major()))?.directory.join("pgbench");
        match program.is_file() {
            true => Ok(program),
            false => {
                Err(format!("{} is missing; it comes with PostgreSQL's server programs", program.display()).into())
            }
        }
    }

    /// A folder for files that come and go.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Ends PostgreSQL in order and deletes everything.
    pub async fn stop(self) -> Fallible<()> {
        self.cluster.stop().await?;
        Ok(self.folder.close()?)
    }
}

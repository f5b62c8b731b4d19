//! A running cluster: making it, starting it, connecting to it, stopping it.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::{Duration, Instant},
};

use rustix::process::Signal;
use sqlx::{
    AssertSqlSafe, Connection, Executor, PgConnection,
    postgres::{PgConnectOptions, PgSslMode},
};

use crate::{
    binaries::Binaries,
    error::{Error, Result},
    layout::{self, Layout},
    leftovers,
    options::{Options, Profile},
    privilege::Identity,
    supervisor::{Plan, Supervisor},
    throwaway::{self, Janitor},
};

/// The role that owns everything; whoever reaches the socket is trusted to be it.
const SUPERUSER: &str = "postgres";

/// A PostgreSQL of our own. It ends when this value is dropped, and when this process dies, however it dies.
#[derive(Debug)]
pub struct Cluster {
    layout: Layout,
    socket_directory: PathBuf,
    options: Options,
    supervisor: Supervisor,
    janitor: Option<Janitor>,
    major: u32,
    stopped: bool,
}

impl Cluster {
    /// Makes the cluster when its directory is new, starts it, and waits until it accepts connections.
    ///
    /// # Errors
    /// See [`Error`]; when PostgreSQL itself fails, the error shows the end of its log.
    pub async fn start(options: Options) -> Result<Self> {
        let started = tokio::task::spawn_blocking(|| Self::start_blocking(options)).await;
        started.map_err(|error| Error::spawn("the task that starts PostgreSQL")(std::io::Error::other(error)))?
    }

    /// [`Cluster::start`] for callers outside of an async runtime. Blocks for about a second with a new directory.
    ///
    /// # Errors
    /// As [`Cluster::start`].
    pub fn start_blocking(options: Options) -> Result<Self> {
        let layout = match &options.directory {
            Some(directory) => Layout::open(directory)?,
            None => throwaway::create()?,
        };
        let janitor = match options.profile {
            Profile::Durable => None,
            Profile::ThrowAway => Some(Janitor::hire(layout.directory())?),
        };
        leftovers::settle(&layout.data(), options.profile == Profile::Durable)?;
        let binaries = Binaries::find(layout.data_version())?;
        let identity = Identity::choose(layout.directory())?;
        make_data(&layout, &binaries, identity, options.profile)?;
        let socket_directory = layout.socket_directory()?;
        identity.take(&socket_directory)?;
        let log_start = fs::metadata(layout.log()).map_or(0, |found| found.len());
        let plan = plan(&layout, &binaries, identity, &socket_directory, &options);
        let supervisor = Supervisor::start(plan)?;
        let major = binaries.major;
        let cluster = Self { layout, socket_directory, options, supervisor, janitor, major, stopped: false };
        cluster.wait_until_ready(log_start)?;
        Ok(cluster)
    }

    /// The directory that the cluster lives in.
    pub fn directory(&self) -> &Path {
        self.layout.directory()
    }

    /// The log that PostgreSQL writes.
    pub fn log_file(&self) -> PathBuf {
        self.layout.log()
    }

    /// Major version of PostgreSQL, such as 15.
    pub fn major(&self) -> u32 {
        self.major
    }

    /// Process id of the postmaster; `None` while it is down.
    pub fn pid(&self) -> Option<u32> {
        self.supervisor.pid().map(|pid| pid.as_raw_nonzero().get().unsigned_abs())
    }

    /// How to connect to one of its databases as superuser.
    pub fn connect_options(&self, database: &str) -> PgConnectOptions {
        PgConnectOptions::new_without_pgpass()
            .host("localhost")
            .port(5432)
            .socket(&self.socket_directory)
            .username(SUPERUSER)
            .database(database)
            .ssl_mode(PgSslMode::Disable)
    }

    /// The same as a URL, understood by sqlx and by libpq's programs.
    pub fn url(&self, database: &str) -> String {
        let host = percent_encode(self.socket_directory.as_os_str().as_encoded_bytes());
        let database = percent_encode(database.as_bytes());
        format!("postgres://{SUPERUSER}@localhost:5432/{database}?host={host}&sslmode=disable")
    }

    /// Makes an empty database in UTF-8 with the C collation, or a copy of `template`, which nobody may be connected to.
    ///
    /// # Errors
    /// [`Error::Sql`], also when the database exists.
    pub async fn create_database(&self, name: &str, template: Option<&str>) -> Result<()> {
        let template = quote_identifier(template.unwrap_or("template0"));
        let statement = format!("CREATE DATABASE {} TEMPLATE {template}", quote_identifier(name));
        self.execute(format!("create the database {name}"), statement).await
    }

    /// Makes an empty database unless it exists.
    ///
    /// # Errors
    /// [`Error::Sql`].
    pub async fn ensure_database(&self, name: &str) -> Result<()> {
        const DUPLICATE_DATABASE: &str = "42P04";
        match self.create_database(name, None).await {
            Err(Error::Sql { source: sqlx::Error::Database(refusal), .. })
                if refusal.code().as_deref() == Some(DUPLICATE_DATABASE) =>
            {
                Ok(())
            }
            other => other,
        }
    }

    /// Drops a database when it exists, throwing out whoever is connected to it.
    ///
    /// # Errors
    /// [`Error::Sql`].
    pub async fn drop_database(&self, name: &str) -> Result<()> {
        let statement = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", quote_identifier(name));
        self.execute(format!("drop the database {name}"), statement).await
    }

    /// Lets running transactions be cut off, writes everything down and waits for the end; deletes a throw-away cluster.
    ///
    /// # Errors
    /// [`Error::Leftovers`] when it does not end in time.
    pub async fn stop(mut self) -> Result<()> {
        let stopped = tokio::task::spawn_blocking(move || self.stop_blocking()).await;
        stopped.map_err(|error| Error::spawn("the task that stops PostgreSQL")(std::io::Error::other(error)))?
    }

    /// Kills the postmaster without warning (`SIGKILL`), as a fault for tests. The cluster comes back when its options
    /// say that it restarts.
    pub fn kill(&self) {
        self.supervisor.signal(Signal::KILL);
    }

    /// Waits until PostgreSQL accepts connections, for tests that killed it.
    ///
    /// # Errors
    /// [`Error::NotReady`] after the options' start time, [`Error::Program`] when it is not coming back.
    pub fn wait_until_ready(&self, log_start: u64) -> Result<()> {
        let limit = self.options.start_timeout;
        let started = Instant::now();
        let mut reported = started;
        while !self.is_ready() {
            if let Some(status) = self.supervisor.ended() {
                let output = self.layout.log_tail(log_start);
                return Err(Error::Program { program: "postgres".to_owned(), status, output });
            }
            if started.elapsed() > limit {
                return Err(Error::NotReady { seconds: limit.as_secs(), log: self.layout.log_tail(log_start) });
            }
            if reported.elapsed() > Duration::from_secs(10) {
                reported = Instant::now();
                tracing::info!(waited.s = started.elapsed().as_secs(), "PostgreSQL is still starting or recovering");
            }
            thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }

    /// Reads PostgreSQL's own word in its lock file: process id in line 1, `ready` in line 8.
    fn is_ready(&self) -> bool {
        let Some(pid) = self.pid() else { return false };
        let Ok(text) = fs::read_to_string(self.layout.data().join("postmaster.pid")) else {
            return false;
        };
        let mut lines = text.lines().map(str::trim);
        lines.next() == Some(&pid.to_string()) && lines.nth(6) == Some("ready")
    }

    async fn execute(&self, action: String, statement: String) -> Result<()> {
        let run = async {
            let mut connection = PgConnection::connect_with(&self.connect_options("postgres")).await?;
            connection.execute(AssertSqlSafe(statement)).await?;
            connection.close().await
        };
        run.await.map_err(|source| Error::Sql { action, source })
    }

    fn stop_blocking(&mut self) -> Result<()> {
        if std::mem::replace(&mut self.stopped, true) {
            return Ok(());
        }
        let patience = self.options.stop_timeout;
        let harsh = [(Signal::QUIT, Duration::from_secs(10)), (Signal::KILL, Duration::from_secs(5))];
        let ended = match self.options.profile {
            Profile::Durable => self.supervisor.stop(&[(Signal::INT, patience), harsh[0], harsh[1]]),
            Profile::ThrowAway => self.supervisor.stop(&harsh),
        };
        if self.socket_directory != self.layout.directory() {
            // Fails when something else was put there, which then is not ours to delete.
            let _ = fs::remove_dir(&self.socket_directory);
        }
        if self.options.profile == Profile::ThrowAway {
            throwaway::delete(self.layout.directory());
            self.janitor.take().into_iter().for_each(Janitor::dismiss);
        }
        if ended {
            return Ok(());
        }
        let pids = self.pid().map_or_else(|| "(unknown)".to_owned(), |pid| pid.to_string());
        Err(Error::Leftovers { directory: self.layout.data(), pids, seconds: patience.as_secs() + 15 })
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if let Err(error) = self.stop_blocking() {
            tracing::error!("{error}");
        }
    }
}

/// Runs initdb when there is no data yet. It works beside the final place and is renamed, so that a kill in the middle
/// leaves no half-made cluster that a later start would take for a whole one.
fn make_data(layout: &Layout, binaries: &Binaries, identity: Identity, profile: Profile) -> Result<()> {
    let data = layout.data();
    if let Some(made_by) = layout.data_version() {
        if made_by == binaries.major {
            return Ok(());
        }
        return Err(Error::OtherVersion { directory: data, made_by, found: binaries.major });
    }
    let unfinished = layout.directory().join("data.new");
    if unfinished.exists() {
        fs::remove_dir_all(&unfinished).map_err(Error::file("delete", &unfinished))?;
    }
    let mut initdb = identity.command(binaries.program("initdb"), "KILL");
    initdb.arg("--pgdata").arg(&unfinished);
    initdb.args(["--encoding=UTF8", "--locale=C", "--auth=trust"]).arg(format!("--username={SUPERUSER}"));
    initdb.args(["--data-checksums", "--no-instructions", "--no-sync"]);
    let output = initdb.output().map_err(Error::spawn("initdb (through `setpriv` of util-linux)"))?;
    if !output.status.success() {
        let printed = [output.stdout, output.stderr].concat();
        let printed = String::from_utf8_lossy(&printed).trim().to_owned();
        return Err(Error::Program {
            program: "initdb".to_owned(),
            status: output.status.to_string(),
            output: printed,
        });
    }
    // One write-through of the whole file system is many times faster than initdb's, file by file.
    if profile == Profile::Durable {
        write_through(&unfinished)?;
    }
    fs::rename(&unfinished, &data).map_err(Error::file("rename", &unfinished))?;
    if profile == Profile::Durable { write_through(layout.directory()) } else { Ok(()) }
}

/// Waits until everything that was written to the file system of `directory` is on the disk.
fn write_through(directory: &Path) -> Result<()> {
    let opened = fs::File::open(directory).map_err(Error::file("open", directory))?;
    rustix::fs::syncfs(&opened).map_err(|error| Error::file("write through", directory)(error.into()))
}

fn plan(layout: &Layout, binaries: &Binaries, identity: Identity, socket: &Path, options: &Options) -> Plan {
    let data = layout.data();
    let gentle = options.profile == Profile::Durable;
    let mut arguments = vec!["-c".to_owned(), format!("unix_socket_directories={}", quote_directory(socket))];
    for (name, value) in options.settings() {
        arguments.extend(["-c".to_owned(), format!("{name}={value}")]);
    }
    let program = binaries.program("postgres");
    let log = layout.log();
    let directory = data.clone();
    let command = move || {
        let log = layout::open_log(&log)?;
        let errors = log.try_clone().map_err(Error::file("open", "the log of PostgreSQL"))?;
        // SIGINT asks for a fast but orderly shutdown, SIGQUIT for an immediate one.
        let mut command: Command = identity.command(&program, if gentle { "INT" } else { "QUIT" });
        command.arg("-D").arg(&directory).args(&arguments).stdout(log).stderr(errors);
        Ok(command)
    };
    let before_restart = move || leftovers::settle(&data, gentle);
    Plan { command: Box::new(command), before_restart: Box::new(before_restart), restart: options.restart }
}

/// A name in double quotes, as in the list that `unix_socket_directories` is.
fn quote_directory(directory: &Path) -> String {
    quote_identifier(&directory.to_string_lossy())
}

fn quote_identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn percent_encode(bytes: &[u8]) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let encode = |&byte: &u8| {
        if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }
    };
    bytes.iter().map(encode).collect()
}

//! The server under test: its release build in a process of its own.

use std::{
    fs::File,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    time::timeout,
};

use crate::{
    Fallible,
    token::{JWT_SECRET, SERVICE_DID},
};

/// How long a start, migrations included, and an end may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// A server to measure: this build, or another one to compare it with.
#[derive(Clone, Debug)]
pub struct Build {
    /// What the report calls it.
    pub name: String,
    pub program: PathBuf,
    /// The database of the cluster that it uses.
    pub database: String,
}

/// A running server. It is killed when this is dropped.
pub struct Server {
    child: Child,
    pub pid: u32,
    pub address: SocketAddr,
}

impl Server {
    /// Starts a server on a database and waits until it listens. Its log goes to `log`.
    pub async fn start(build: &Build, database_url: &str, plc: SocketAddr, log: &Path) -> Fallible<Self> {
        // The kernel ends the server when the benchmark dies without having been able to.
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "TERM", "--"]).arg(&build.program).args(["serve", "--listen=127.0.0.1:0"]);
        command.env_clear().envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
        command.env("DATABASE_URL", database_url).env("JWT_SECRET", JWT_SECRET).env("SERVICE_DID", SERVICE_DID);
        command.env("SERVER_SECRET", "a secret for hashes that nobody has to keep");
        command
            .env("RATE_LIMIT_PER_CALLER", "0")
            .env("MAX_REQUESTS_PER_CALLER", "1000000")
            .env("ALLOW_LOOPBACK_HTTP", "true");
        command.env("PLC_URL", format!("http://{plc}"));
        let log_file = File::options().create(true).append(true).open(log)?;
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log_file).kill_on_drop(true).process_group(0);
        let mut child = command.spawn().map_err(|error| format!("cannot run {}: {error}", build.program.display()))?;
        let pid = child.id().ok_or("the server ended at once")?;
        let mut lines = BufReader::new(child.stdout.take().ok_or("the server has no output")?).lines();
        let failed =
            || format!("the server {} did not start; its log is in {}", build.program.display(), log.display());
        let line = timeout(PATIENCE, lines.next_line()).await??.ok_or_else(failed)?;
        let address = line.split_once("http://").and_then(|(_, rest)| rest.split(' ').next());
        let address = address.and_then(|address| address.parse().ok()).ok_or_else(failed)?;
        // Whatever else it prints is read and dropped, so that it never waits for a reader.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Ok(Self { child, pid, address })
    }

    /// Ends it in order.
    pub async fn stop(mut self) -> Fallible<()> {
        if let Some(pid) = self.child.id().and_then(|pid| Pid::from_raw(i32::try_from(pid).ok()?)) {
            kill_process(pid, Signal::TERM)?;
        }
        timeout(PATIENCE, self.child.wait()).await??;
        Ok(())
    }
}

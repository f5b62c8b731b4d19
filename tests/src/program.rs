//! The server's own program with its private database, as it runs elsewhere, and how it is ended in the middle of things.

use std::{
    fs::{self, File},
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Arc,
};

use catbird_server::clock::SystemClock;
use sqlx::{
    ConnectOptions, PgConnection,
    postgres::{PgConnectOptions, PgSslMode},
};

use crate::{
    actor::Actor,
    server::{JWT_SECRET, SERVICE_DID, did, endpoint},
};

/// A running server program. It is killed when this is dropped.
pub struct Program {
    process: Child,
    directory: PathBuf,
    /// Where it listens, as `http://host:port`.
    pub base: String,
}

impl Program {
    /// Starts the program at `executable` with its data in `directory`, and waits until it listens. What it logs is
    /// appended to [`log`](Self::log).
    pub fn start(executable: &str, directory: &Path, flags: &[&str]) -> Self {
        let log = File::options().create(true).append(true).open(directory.join("log")).expect("a log can be written");
        let mut command = Command::new(executable);
        command.env_clear();
        for name in ["PATH", "HOME", "PG_BIN", "TMPDIR"] {
            command.envs(std::env::var_os(name).map(|value| (name, value)));
        }
        command.args(["--listen=127.0.0.1:0", "--rate-limit-per-caller=0", "--data-dir"]).arg(directory);
        command.arg(format!("--jwt-secret={JWT_SECRET}")).arg(format!("--service-did={SERVICE_DID}")).args(flags);
        let mut process = command.stdout(Stdio::piped()).stderr(log).spawn().expect("the program starts");
        let mut line = String::new();
        let output = process.stdout.take().expect("its output is piped");
        BufReader::new(output).read_line(&mut line).expect("it says where it listens");
        let base = line.split_whitespace().find(|word| word.starts_with("http://"));
        let base = base.unwrap_or_else(|| panic!("the program says {line:?}")).to_owned();
        Self { process, directory: directory.to_owned(), base }
    }

    /// A user of this program without a named device.
    pub fn actor(&self, name: &str) -> Actor {
        endpoint(self.base.clone(), Arc::new(SystemClock)).actor(&did(name), None)
    }

    /// Ends the program as a power cut would.
    pub fn kill(mut self) {
        self.process.kill().expect("it can be killed");
        self.process.wait().expect("it ends");
    }

    /// The process id of its PostgreSQL; nothing while it is being started.
    pub fn postmaster(&self) -> Option<i32> {
        self.lock_file_line(0)?.parse().ok()
    }

    /// A connection to its database, for what a test must break that no method can.
    pub async fn database(&self) -> PgConnection {
        let socket = self.lock_file_line(4).expect("PostgreSQL runs");
        let options = PgConnectOptions::new_without_pgpass().socket(socket).port(5432);
        let options = options.username("postgres").database("catbird").ssl_mode(PgSslMode::Disable);
        options.connect().await.expect("its PostgreSQL can be reached")
    }

    /// PostgreSQL's lock file has its process id in the first line and the directory of its socket in the fifth.
    fn lock_file_line(&self, number: usize) -> Option<String> {
        let file = fs::read_to_string(self.directory.join("pg/data/postmaster.pid")).ok()?;
        file.lines().nth(number).map(str::to_owned)
    }

    /// What the program and its PostgreSQL have logged.
    pub fn log(&self) -> String {
        let read = |name: &str| fs::read_to_string(self.directory.join(name)).expect("the log can be read");
        read("log") + &read("pg/postgres.log")
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

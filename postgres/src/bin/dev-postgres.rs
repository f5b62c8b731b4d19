//! Runs a command with a throw-away, migrated PostgreSQL: `dev-postgres [--migrations DIR | --empty | --directory DIR] -- COMMAND ARGS...`
//!
//! `DATABASE_URL` is set for the command, and everything is gone when it ends. Meant for checking queries against a real
//! schema and for trying migrations; it stands apart from the server so that it builds while the server does not.

use std::{path::PathBuf, process::ExitCode};

use catbird_postgres::{Cluster, Options};
use clap::Parser;
use sqlx::{Connection, PgConnection, migrate::Migrator};
use tokio::process::Command;

/// Runs a command with DATABASE_URL naming a throw-away PostgreSQL.
#[derive(Debug, Parser)]
struct Arguments {
    /// Folder of the migrations to apply first.
    #[arg(long, default_value = "migrations")]
    migrations: PathBuf,
    /// Apply no migrations.
    #[arg(long)]
    empty: bool,
    /// Use a lasting cluster in this folder, such as `data/pg` of a server that is stopped. Implies --empty.
    #[arg(long)]
    directory: Option<PathBuf>,
    /// The command and its arguments.
    #[arg(required = true, trailing_var_arg = true)]
    command: Vec<String>,
}

type AnyError = Box<dyn std::error::Error>;

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    match run(Arguments::parse()).await {
        Ok(code) => code,
        Err(error) => {
            let causes = std::iter::successors(error.source(), |cause| cause.source());
            eprintln!("{}", causes.fold(format!("error: {error}"), |text, cause| format!("{text}: {cause}")));
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<ExitCode, AnyError> {
    let options = arguments.directory.as_ref().map_or_else(Options::throw_away, Options::durable);
    let cluster = Cluster::start(options).await?;
    cluster.ensure_database("catbird").await?;
    if !arguments.empty && arguments.directory.is_none() {
        let mut connection = PgConnection::connect_with(&cluster.connect_options("catbird")).await?;
        Migrator::new(arguments.migrations).await?.run(&mut connection).await?;
        connection.close().await?;
    }
    let mut words = arguments.command.iter();
    let program = words.next().ok_or("no command given")?;
    let status = Command::new(program).args(words).env("DATABASE_URL", cluster.url("catbird")).status().await;
    cluster.stop().await?;
    let code = status.map_err(|error| format!("cannot run {program}: {error}"))?.code();
    Ok(code.and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from))
}

//! The command line: `catbird-server [serve | migrate | token | settings]`.

mod serve;
mod token;

use std::{ffi::OsString, process::ExitCode, time::Duration};

use atrium_api::types::string::Did;
use axum::Router;
use chrono::{DateTime, Utc};
use clap::{Args, Command, FromArgMatches, Parser, Subcommand};

use crate::{
    config::{self, Config, Secret, settings_page},
    db::Database,
    serve::{BoxError, Foundations},
    telemetry,
};

/// What the command line needs of the rest of the server.
#[derive(Clone, Copy)]
pub struct Parts {
    /// Builds the routes of the API.
    pub routes: fn(&Foundations) -> Result<Router, BoxError>,
    /// Makes a development token.
    pub mint: fn(&TokenRequest<'_>) -> Result<String, BoxError>,
}

/// What a development token is to say.
#[derive(Clone, Copy, Debug)]
pub struct TokenRequest<'a> {
    /// The development secret.
    pub secret: &'a Secret,
    /// Who it speaks for.
    pub did: &'a Did,
    /// The service that is to accept it.
    pub audience: &'a str,
    /// The one method that it is good for.
    pub method: &'a str,
    /// How long it is good for.
    pub lifetime: Duration,
    /// From when on.
    pub now: DateTime<Utc>,
}

/// A delivery service for MLS conversations on AT Protocol.
#[derive(Debug, Parser)]
#[command(name = "catbird-server", version)]
struct Cli {
    #[command(flatten)]
    config: Config,
    #[command(subcommand)]
    command: Option<Action>,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Run the server (the default)
    Serve(ServeArguments),
    /// Bring the database's schema up to date and end
    Migrate,
    /// Print a development token; the server must have the same JWT_SECRET
    Token(TokenArguments),
    /// Print the reference of all settings, in Markdown
    Settings,
}

#[derive(Args, Debug, Default)]
struct ServeArguments {
    /// Print a development token and a command to try, once the server runs. Needs JWT_SECRET
    #[arg(long)]
    print_dev_token: bool,
}

#[derive(Args, Debug)]
struct TokenArguments {
    /// The DID to act as
    #[arg(long)]
    did: Did,
    /// The method to call, such as blue.catbird.mls.getConvos
    #[arg(long)]
    lxm: String,
    /// The DID of the service that is to accept it [default: SERVICE_DID]
    #[arg(long)]
    aud: Option<String>,
    /// How long it is good for, in seconds; servers accept 300 at most
    #[arg(long, default_value_t = 300, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    lifetime: u64,
}

/// Does what the command line and the environment of this process say.
pub fn main(parts: Parts) -> ExitCode {
    // The only cryptography that TLS uses here; a second installation by a library would change nothing.
    let _ = rustls::crypto::ring::default_provider().install_default();
    match run(std::env::args_os().collect(), parts) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {}", chain(error.as_ref()));
            ExitCode::FAILURE
        }
    }
}

fn run(words: Vec<OsString>, parts: Parts) -> Result<(), BoxError> {
    let (config, action) = read(&words)?;
    match action {
        Action::Settings => {
            print!("{}", settings_page());
            Ok(())
        }
        Action::Token(arguments) => token::print(&config, &arguments, parts),
        Action::Serve(arguments) => {
            telemetry::start(&config.log);
            runtime()?.block_on(serve::run(config, &arguments, parts))
        }
        Action::Migrate => {
            telemetry::start(&config.log);
            runtime()?.block_on(migrate(&config))
        }
    }
}

fn read(words: &[OsString]) -> Result<(Config, Action), BoxError> {
    let command: Command = <Cli as clap::CommandFactory>::command();
    let mut matches = config::parse(command, words)?;
    let cli = Cli::from_arg_matches_mut(&mut matches)?;
    config::check(&cli.config)?;
    Ok((cli.config, cli.command.unwrap_or(Action::Serve(ServeArguments::default()))))
}

fn runtime() -> Result<tokio::runtime::Runtime, BoxError> {
    Ok(tokio::runtime::Builder::new_multi_thread().enable_all().build()?)
}

async fn migrate(config: &Config) -> Result<(), BoxError> {
    let database = Database::open(&config.database).await?;
    database.migrate(&config.database).await?;
    database.close().await?;
    tracing::info!("the schema is up to date");
    Ok(())
}

/// An error with its causes, on one line.
pub(crate) fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

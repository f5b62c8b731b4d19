//! What the operator may set, by environment variable or flag; the flag wins.
//!
//! This is the only place where a setting, its default and its meaning are decided: `--help`, the page
//! `docs/configuration.md` and the messages about bad values all come from here.

mod blocks;
mod limits;
mod page;
mod reading;
mod streams;
mod values;

use std::{
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    time::Duration,
};

use atrium_api::types::string::Did;
use clap::Args;
use reqwest::Url;

pub use blocks::{BlockSettings, Enforcement};
pub use limits::{KeyPackageSettings, LimitSettings, RetentionSettings};
pub use page::settings_page;
pub use reading::{Problems, check, from_flags, parse};
pub use streams::StreamSettings;
pub use values::{LogFormat, MINIMUM_SECRET_BYTES, Secret};

/// The whole configuration, one group for each subject.
#[derive(Args, Clone, Debug)]
pub struct Config {
    /// Address and name of the service.
    #[command(flatten)]
    pub service: ServiceSettings,
    /// Who may call.
    #[command(flatten)]
    pub auth: AuthSettings,
    /// Where the data is.
    #[command(flatten)]
    pub database: DatabaseSettings,
    /// How long things are kept.
    #[command(flatten)]
    pub retention: RetentionSettings,
    /// Key packages.
    #[command(flatten)]
    pub key_packages: KeyPackageSettings,
    /// Blocks between users.
    #[command(flatten)]
    pub blocks: BlockSettings,
    /// How much is accepted.
    #[command(flatten)]
    pub limits: LimitSettings,
    /// The live stream.
    #[command(flatten)]
    pub streams: StreamSettings,
    /// What is logged.
    #[command(flatten)]
    pub log: LogSettings,
}

/// Address and name of the service.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Service")]
pub struct ServiceSettings {
    /// Address and port to listen on; port 0 takes a free one.
    #[arg(long, env = "LISTEN", default_value = "127.0.0.1:3000", value_parser = values::address, value_name = "ADDRESS:PORT")]
    pub listen: SocketAddr,
    /// Base URL under which clients reach the server. Stands in its DID document. By default `http://` and LISTEN.
    #[arg(long, env = "PUBLIC_URL", value_parser = values::base_url, value_name = "URL")]
    pub public_url: Option<Url>,
    /// DID of the service, which tokens must name as `aud`. By default the did:web of PUBLIC_URL, or
    /// `did:web:localhost%3A<port>` when that isn't set either.
    #[arg(long, env = "SERVICE_DID", value_parser = values::did, value_name = "DID")]
    pub service_did: Option<Did>,
    /// How long a stopping server waits for requests in progress; streams are told to end at once.
    #[arg(long, env = "SHUTDOWN_GRACE", default_value = "20s", value_parser = values::duration, value_name = "DURATION")]
    pub shutdown_grace: Duration,
}

/// Who may call.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Authentication")]
pub struct AuthSettings {
    /// Development only: whoever knows this secret may act as anybody, with HS256 tokens made by
    /// `catbird-server token`. At least 32 bytes. Never set it in production.
    #[arg(long, env = "JWT_SECRET", hide_env_values = true, value_parser = values::secret, value_name = "SECRET")]
    pub jwt_secret: Option<Secret>,
    /// Key of the keyed hashes that stand in the database and in logs instead of names. At least 32 bytes, the same for
    /// all replicas, never changed. Required with DATABASE_URL; otherwise made once and kept in DATA_DIR.
    #[arg(long, env = "SERVER_SECRET", hide_env_values = true, value_parser = values::secret, value_name = "SECRET")]
    pub server_secret: Option<Secret>,
    /// Directory that knows the did:plc identities.
    #[arg(long, env = "PLC_URL", default_value = "https://plc.directory", value_parser = values::base_url, value_name = "URL")]
    pub plc_url: Url,
    /// Whether a token's `jti` is good for one procedure call only.
    #[arg(long, env = "ENFORCE_JTI", default_value = "false", value_parser = values::switch, num_args = 0..=1, require_equals = true, default_missing_value = "true", action = clap::ArgAction::Set, value_name = "BOOL")]
    pub enforce_jti: bool,
    /// Users who may ask for statistics of the whole server, as DIDs with commas between them.
    #[arg(long, env = "OPERATOR_DIDS", value_parser = values::did, value_delimiter = ',', value_name = "DIDS")]
    pub operator_dids: Vec<Did>,
    /// Development only: look identities up over plain http and on loopback addresses too.
    #[arg(long, env = "ALLOW_LOOPBACK_HTTP", default_value = "false", value_parser = values::switch, num_args = 0..=1, require_equals = true, default_missing_value = "true", action = clap::ArgAction::Set, value_name = "BOOL")]
    pub allow_loopback_http: bool,
}

/// Where the data is.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Database")]
pub struct DatabaseSettings {
    /// PostgreSQL to use, such as `postgres://user:password@host/database`. Without it, the server runs a private one
    /// under DATA_DIR.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, value_parser = values::database_url, value_name = "URL")]
    pub database_url: Option<String>,
    /// Folder for what the server keeps on disk: the private PostgreSQL and the secret that was made for it.
    #[arg(long, env = "DATA_DIR", default_value = "./data", value_name = "FOLDER")]
    pub data_dir: PathBuf,
    /// Whether `serve` brings the schema up to date before it starts. Replicas may do so at the same time.
    #[arg(long, env = "MIGRATE_ON_START", default_value = "true", value_parser = values::switch, num_args = 0..=1, require_equals = true, default_missing_value = "true", action = clap::ArgAction::Set, value_name = "BOOL")]
    pub migrate_on_start: bool,
    /// Connections that are kept open.
    #[arg(long, env = "POOL_MIN", default_value = "2", value_parser = clap::value_parser!(u32).range(0..=1000), value_name = "NUMBER")]
    pub pool_min: u32,
    /// Connections at most.
    #[arg(long, env = "POOL_MAX", default_value = "10", value_parser = clap::value_parser!(u32).range(1..=1000), value_name = "NUMBER")]
    pub pool_max: u32,
    /// How long a request waits for a connection before it is answered with 503.
    #[arg(long, env = "POOL_ACQUIRE_TIMEOUT", default_value = "30s", value_parser = values::duration, value_name = "DURATION")]
    pub pool_acquire_timeout: Duration,
    /// After how long an idle connection above POOL_MIN is closed.
    #[arg(long, env = "POOL_IDLE_TIMEOUT", default_value = "600s", value_parser = values::duration, value_name = "DURATION")]
    pub pool_idle_timeout: Duration,
    /// How long one statement may run.
    #[arg(long, env = "STATEMENT_TIMEOUT", default_value = "30s", value_parser = values::session_limit, value_name = "DURATION")]
    pub statement_timeout: Duration,
    /// How long one statement may wait for a lock.
    #[arg(long, env = "LOCK_TIMEOUT", default_value = "10s", value_parser = values::session_limit, value_name = "DURATION")]
    pub lock_timeout: Duration,
    /// How long a start waits for a database that does not answer yet.
    #[arg(long, env = "CONNECT_TIMEOUT", default_value = "60s", value_parser = values::duration, value_name = "DURATION")]
    pub connect_timeout: Duration,
}

/// What is logged.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Log")]
pub struct LogSettings {
    /// What is logged: a level (`error`, `warn`, `info`, `debug`, `trace`), or levels by module as in
    /// `info,catbird_server=debug`.
    #[arg(long, env = "LOG", default_value = "info,sqlx=warn", value_parser = values::log_filter, value_name = "FILTER")]
    pub log: String,
    /// How it is written: `text` for people, `json` for machines (one object a line).
    #[arg(long, env = "LOG_FORMAT", default_value = "text", value_name = "FORMAT")]
    pub log_format: LogFormat,
}

impl Config {
    /// The base URL under which clients reach the server, without a slash at the end.
    pub fn public_url(&self) -> String {
        match &self.service.public_url {
            Some(url) => url.as_str().trim_end_matches('/').to_owned(),
            None => format!("http://{}", self.service.listen),
        }
    }

    /// The DID of the service, given or derived.
    pub fn service_did(&self) -> Did {
        let given = self.service.service_did.clone();
        given.unwrap_or_else(|| {
            let host = match &self.service.public_url {
                Some(url) => values::did_web_host(url),
                None => format!("localhost%3A{}", self.service.listen.port()),
            };
            Did::new(format!("did:web:{host}")).expect("host names and ports are what did:web is made of")
        })
    }

    /// Whether the server is open to other machines while its name is a local one, which only development wants.
    pub fn is_open_but_nameless(&self) -> bool {
        let open = !self.service.listen.ip().is_loopback();
        open && self.service.service_did.is_none() && self.service.public_url.is_none()
    }

    /// What is wrong between settings that are right by themselves.
    fn contradictions(&self) -> Vec<String> {
        let mut found = Vec::new();
        let database = &self.database;
        if database.pool_min > database.pool_max {
            let (min, max) = (database.pool_min, database.pool_max);
            found.push(format!("POOL_MIN={min} must not be larger than POOL_MAX={max}"));
        }
        if database.database_url.is_some() && self.auth.server_secret.is_none() {
            let remedy = "for example the output of `openssl rand -hex 32`, the same for all replicas";
            found.push(format!("SERVER_SECRET must be set when DATABASE_URL is: at least 32 bytes, {remedy}"));
        }
        if self.auth.plc_url.scheme() != "https" && !(self.auth.allow_loopback_http && is_loopback(&self.auth.plc_url))
        {
            let url = &self.auth.plc_url;
            found.push(format!(
                "PLC_URL={url} must be an https:// URL (plain http is for loopback addresses, with ALLOW_LOOPBACK_HTTP=true)"
            ));
        }
        if self.key_packages.low_stock > self.key_packages.max_per_device {
            let (low, max) = (self.key_packages.low_stock, self.key_packages.max_per_device);
            found
                .push(format!("KEY_PACKAGE_LOW_STOCK={low} must not be larger than MAX_KEY_PACKAGES_PER_DEVICE={max}"));
        }
        if self.limits.idle_timeout <= self.limits.request_timeout {
            found.push(
                "IDLE_TIMEOUT must be longer than REQUEST_TIMEOUT: nothing comes or goes while a request is worked on"
                    .to_owned(),
            );
        }
        if self.retention.message_retention > self.retention.commit_retention {
            found.push(
                "MESSAGE_RETENTION must not be longer than COMMIT_RETENTION: messages need the commits before them"
                    .to_owned(),
            );
        }
        if self.retention.event_retention < self.retention.message_retention {
            found.push(
                "EVENT_RETENTION must not be shorter than MESSAGE_RETENTION: events tell of the messages".to_owned(),
            );
        }
        found
    }
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

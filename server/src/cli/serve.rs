//! `catbird-server serve`: runs the server until a signal ends it.

use std::{io::Write, time::Duration};

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::{Parts, ServeArguments, TokenRequest, chain};
use crate::{
    config::Config,
    serve::{BoxError, Server},
};

/// Whom the printed token speaks for.
const SOMEBODY: &str = "did:web:alice.example";
/// What the printed command calls.
const METHOD: &str = "blue.catbird.mls.getConvos";

/// Starts, announces, waits for SIGTERM or SIGINT (or for a failure), and drains. A second signal ends it at once.
pub async fn run(config: Config, arguments: &ServeArguments, parts: Parts) -> Result<(), BoxError> {
    // Before anything is started: from here on signals are ours, and none can end us halfway through a start.
    let mut stop = Stop::listen()?;
    let starting = Server::start(config, parts.routes);
    let mut server = tokio::select! {
        started = starting => started?,
        () = stop.requested() => return Err("stopped while starting".into()),
    };
    announce(&server, arguments, parts)?;
    let failure = tokio::select! {
        () = stop.requested() => None,
        failure = server.failed() => Some(failure),
    };
    match &failure {
        None => tracing::info!("stopping; once more to stop at once"),
        Some(failure) => tracing::error!("{}", chain(failure)),
    }
    tokio::select! {
        stopped = server.stop() => stopped?,
        () = stop.requested() => return Err("stopped before all requests were answered".into()),
    }
    tracing::info!("stopped");
    failure.map_or(Ok(()), |failure| Err(failure.into()))
}

/// The two signals that ask for an end.
struct Stop {
    terminate: Signal,
    interrupt: Signal,
}

impl Stop {
    fn listen() -> Result<Self, BoxError> {
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    async fn requested(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// Says where the server is, and whatever the operator should not miss.
fn announce(server: &Server, arguments: &ServeArguments, parts: Parts) -> Result<(), BoxError> {
    let config = &server.foundations().config;
    let (version, address, did) = (env!("CARGO_PKG_VERSION"), server.address(), config.service_did());
    let mut text = format!("Catbird MLS {version} listens on http://{address} as {}\n", did.as_str());
    if let Some(cluster) = &server.database().cluster {
        let (major, directory) = (cluster.major(), cluster.directory().display());
        text += &format!("Private PostgreSQL {major} in {directory}\n");
    }
    if arguments.print_dev_token {
        text += &trial(server, parts)?;
    }
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush())?;
    if config.is_open_but_nameless() {
        tracing::warn!("the server is open to other machines but has a local name; set PUBLIC_URL or SERVICE_DID");
    }
    Ok(())
}

/// A token and a command that uses it.
fn trial(server: &Server, parts: Parts) -> Result<String, BoxError> {
    let foundations = server.foundations();
    let config = &foundations.config;
    let secret = config.auth.jwt_secret.as_ref().ok_or("--print-dev-token needs JWT_SECRET")?;
    let service = config.service_did();
    let token = (parts.mint)(&TokenRequest {
        secret,
        did: &SOMEBODY.parse()?,
        audience: service.as_str(),
        method: METHOD,
        lifetime: Duration::from_secs(300),
        now: foundations.clock.now(),
    })?;
    let address = server.address();
    Ok(format!(
        "\nA token for {SOMEBODY}, good for {METHOD} and five minutes:\n\n  {token}\n\nTry it:\n\n  \
         curl -H 'Authorization: Bearer {token}' http://{address}/xrpc/{METHOD}\n\n"
    ))
}

//! Which server the demo talks to: one that runs already, else one of its own.

use std::{sync::Arc, time::Duration};

use atrium_api::did_doc::DidDocument;
use catbird_lexicon::blue::catbird::mls::get_convos;
use catbird_postgres::{Cluster, Options};
use catbird_server::{app, auth::DevelopmentSecret, clock::SystemClock, config, serve::Server};
use lexicon_runtime::client::ClientError;
use uuid::Uuid;

use super::{BoxError, cast};
use crate::endpoint::Endpoint;

/// Where `make run` serves.
const USUAL_URL: &str = "http://127.0.0.1:3000";

/// How long a running server may take to say that it runs.
const PATIENCE: Duration = Duration::from_secs(3);

/// A server of the demo's own, with a database that is gone when it ends.
pub struct OwnServer {
    server: Server,
    cluster: Cluster,
}

/// The server at `CATBIRD_URL`, or at the usual place if one runs there and `JWT_SECRET` is known; else a new one, which
/// the caller must [stop](OwnServer::stop).
///
/// # Errors
/// A server that was asked for and doesn't answer, one that takes no tokens of ours, or one that does not start.
pub async fn open() -> Result<(Endpoint, Option<OwnServer>), BoxError> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let variable = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    let (asked_for, secret) = (variable("CATBIRD_URL"), variable("JWT_SECRET"));
    let url = asked_for.clone().unwrap_or_else(|| USUAL_URL.to_owned());
    let answers = answers(&url).await;
    match (answers, secret, asked_for) {
        (true, Some(secret), _) => Ok((running(url, secret).await?, None)),
        (false, _, Some(url)) => Err(format!("CATBIRD_URL is {url}, and no Catbird server answers there").into()),
        (true, None, Some(_)) => Err("CATBIRD_URL is set; JWT_SECRET must be set to that server's own".into()),
        (_, _, None) => OwnServer::start().await.map(|(endpoint, server)| (endpoint, Some(server))),
    }
}

async fn get(url: String) -> Result<Vec<u8>, reqwest::Error> {
    let response = reqwest::Client::new().get(url).timeout(PATIENCE).send().await?.error_for_status()?;
    Ok(response.bytes().await?.into())
}

/// Whether a healthy server of ours is there, and not something else on the same port.
async fn answers(url: &str) -> bool {
    let Ok(body) = get(format!("{url}/xrpc/_health")).await else { return false };
    let report: serde_json::Value = serde_json::from_slice(&body).unwrap_or_default();
    report["status"] == "healthy" && report["checks"]["database"].is_object()
}

/// Somebody's server, once it is certain that it takes our tokens.
async fn running(url: String, secret: String) -> Result<Endpoint, BoxError> {
    let document = get(format!("{url}/.well-known/did.json")).await?;
    let document: DidDocument = serde_json::from_slice(&document)?;
    let secret = DevelopmentSecret::new(secret)?;
    let endpoint = Endpoint { url, service_did: document.id, secret, clock: Arc::new(SystemClock) };
    let [somebody, ..] = cast::three_strangers(&endpoint);
    match somebody.actor.api.get_convos(&get_convos::Params { limit: 1, cursor: None }).await {
        Ok(_) => Ok(endpoint),
        Err(ClientError::Refused { status: 401, message, .. }) => {
            let url = &endpoint.url;
            Err(format!("the server at {url} has another JWT_SECRET (or DATA_DIR) than this demo: {message}").into())
        }
        Err(error) => Err(error.into()),
    }
}

impl OwnServer {
    /// A server on a free port, with secrets that nobody else knows.
    ///
    /// # Errors
    /// When PostgreSQL or the server does not start.
    pub async fn start() -> Result<(Endpoint, Self), BoxError> {
        let cluster = Cluster::start(Options::throw_away()).await?;
        cluster.create_database("demo", None).await?;
        let secret = || format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
        let jwt_secret = secret();
        let flags = [
            "--listen=127.0.0.1:0".to_owned(),
            format!("--database-url={}", cluster.url("demo")),
            format!("--server-secret={}", secret()),
            format!("--jwt-secret={jwt_secret}"),
        ];
        let server = Server::start(config::from_flags(flags.iter().map(String::as_str))?, app::routes).await?;
        let endpoint = Endpoint {
            url: format!("http://{}", server.address()),
            service_did: server.foundations().config.service_did().as_str().to_owned(),
            secret: DevelopmentSecret::new(jwt_secret)?,
            clock: Arc::new(SystemClock),
        };
        Ok((endpoint, Self { server, cluster }))
    }

    /// Stops the server and deletes its database.
    ///
    /// # Errors
    /// When either does not end.
    pub async fn stop(self) -> Result<(), BoxError> {
        self.server.stop().await?;
        Ok(self.cluster.stop().await?)
    }
}

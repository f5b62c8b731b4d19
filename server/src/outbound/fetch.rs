//! Fetches a small document from a host that a stranger chose.

use std::error::Error as _;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use atrium_xrpc::HttpClient;
use atrium_xrpc::http::{Request, Response, StatusCode};
use reqwest::Url;
use reqwest::header::ACCEPT;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::BoxError;
use super::address::{Destinations, GuardedDns, Lookup, Refused};

/// Bounds on one fetch, and on all together.
#[derive(Clone, Copy, Debug)]
pub struct FetchLimits {
    /// For name resolution, connection and TLS handshake.
    pub connect_timeout: Duration,
    /// For everything, waiting for a free slot included.
    pub total_timeout: Duration,
    /// The largest body, in bytes.
    pub max_body_bytes: usize,
    /// How many fetches may run at once, from the directory, did:web hosts and repositories each: a
    /// flood of forged tokens with ever new issuers costs them and this server no more than that. How
    /// many may wait is for those who ask to say.
    pub concurrent: usize,
}

impl Default for FetchLimits {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(3),
            total_timeout: Duration::from_secs(5),
            max_body_bytes: 64 * 1024,
            concurrent: 64,
        }
    }
}

/// Why a document could not be fetched.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FetchError {
    #[error(transparent)]
    Refused(#[from] Refused),
    #[error("its document is larger than {0} bytes")]
    TooLarge(usize),
    #[error("took longer than {0:?}")]
    TimedOut(Duration),
    #[error("the host could not be reached")]
    Unreachable(#[source] BoxError),
}

impl FetchError {
    /// What may stand in the log. The causes of a failure may name the host, such as a certificate that is another's, and
    /// with it a user: only their kind is told.
    pub fn for_log(&self) -> String {
        let causes = std::iter::successors(self.source(), |error| (**error).source());
        let kind = causes.filter_map(|error| error.downcast_ref::<io::Error>()).map(io::Error::kind).next();
        kind.map_or_else(|| self.to_string(), |kind| format!("{self}: {kind}"))
    }
}

/// An HTTP client that goes only where [`Destinations`] allow, follows no redirects, uses no proxy
/// (one would resolve names itself) and stays within its [`FetchLimits`].
pub(crate) struct Fetcher {
    http: reqwest::Client,
    destinations: Destinations,
    limits: FetchLimits,
    slots: Semaphore,
}

impl Fetcher {
    /// # Errors
    /// When the TLS configuration is refused, which depends on nothing but the build.
    pub fn new(destinations: Destinations, limits: FetchLimits, lookup: Lookup) -> Result<Self, BoxError> {
        let http = reqwest::Client::builder()
            .tls_backend_preconfigured(tls_config()?)
            .http1_only()
            .https_only(!destinations.allow_loopback)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .referer(false)
            .retry(reqwest::retry::never())
            .dns_resolver(Arc::new(GuardedDns { destinations, lookup }))
            .connect_timeout(limits.connect_timeout)
            .timeout(limits.total_timeout)
            .pool_max_idle_per_host(8)
            .pool_idle_timeout(Duration::from_secs(10))
            .user_agent(concat!("catbird-mls/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self { http, destinations, limits, slots: Semaphore::new(limits.concurrent) })
    }

    /// The answer to a GET, whatever its status.
    pub async fn get(&self, url: Url) -> Result<(StatusCode, Vec<u8>), FetchError> {
        self.destinations.check_url(&url)?;
        timeout(self.limits.total_timeout, self.get_unhurried(url))
            .await
            .unwrap_or(Err(FetchError::TimedOut(self.limits.total_timeout)))
    }

    async fn get_unhurried(&self, url: Url) -> Result<(StatusCode, Vec<u8>), FetchError> {
        let _slot = self.slots.acquire().await.map_err(|error| FetchError::Unreachable(error.into()))?;
        let request = self.http.get(url).header(ACCEPT, "application/did+ld+json, application/json");
        let mut response = request.send().await.map_err(transport)?;
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(transport)? {
            if body.len() + chunk.len() > self.limits.max_body_bytes {
                return Err(FetchError::TooLarge(self.limits.max_body_bytes));
            }
            body.extend_from_slice(&chunk);
        }
        Ok((response.status(), body))
    }
}

/// What `atrium-identity` resolves through.
impl HttpClient for Fetcher {
    async fn send_http(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, BoxError> {
        let url = Url::parse(&request.uri().to_string())?;
        let (status, body) = self.get(url).await?;
        let mut response = Response::new(body);
        *response.status_mut() = status;
        Ok(response)
    }
}

/// Tells a refusal by [`GuardedDns`], which arrives deep in the chain of sources, from a failure.
fn transport(error: reqwest::Error) -> FetchError {
    let mut source = error.source();
    while let Some(cause) = source {
        if let Some(refused) = cause.downcast_ref::<Refused>() {
            return FetchError::Refused(*refused);
        }
        source = cause.source();
    }
    FetchError::Unreachable(error.without_url().into())
}

fn tls_config() -> Result<rustls::ClientConfig, BoxError> {
    let roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    Ok(rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_is_told_of_no_host() {
        let cause = io::Error::new(io::ErrorKind::InvalidData, "the certificate is not valid for bob.example.com");
        let error = FetchError::Unreachable(Box::new(FetchError::Unreachable(cause.into())));
        assert_eq!(error.for_log(), "the host could not be reached: invalid data");
        let error = FetchError::Unreachable("no answer from bob.example.com".into());
        assert_eq!(error.for_log(), "the host could not be reached");
    }
}

//! Finds the DID document of an issuer.

use std::sync::Arc;

use atrium_api::did_doc::{DidDocument, Service, VerificationMethod};
use atrium_api::types::string::Did;
use atrium_identity::did::{CommonDidResolver, CommonDidResolverConfig, DidResolver};
use atrium_xrpc::http::StatusCode;
use futures::future::{BoxFuture, FutureExt};
use reqwest::Url;
use serde::Deserialize;

use super::error::Message;
use super::issuer::Issuer;
use crate::outbound::{BoxError, Destinations, FetchError, FetchLimits, Fetcher, Lookup, system_lookup};

/// Why there is no document. The messages are for the client.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LookupError {
    /// The DID does not exist, or exists no more.
    #[error("the DID does not exist")]
    Missing,
    /// There is something, but nothing that could ever serve.
    #[error("{0}")]
    Unusable(Message),
    /// It can't be known right now: the directory or host does not answer. The reason is for the log.
    #[error("the DID document can't be fetched right now")]
    Unavailable(String),
}

/// Where DID documents come from. Uncached: the authenticator remembers what it got.
pub trait DocumentSource: Send + Sync + 'static {
    /// The current document of a DID.
    fn document<'a>(&'a self, did: &'a Did) -> BoxFuture<'a, Result<DidDocument, LookupError>>;
}

/// Settings of [`HttpResolver`].
#[derive(Clone, Debug)]
pub struct ResolverConfig {
    /// The PLC directory; a path in it is not supported.
    pub plc_url: Url,
    /// Development: `localhost` and loopback addresses may be asked, by plain http too.
    pub allow_loopback_http: bool,
    /// Bounds on the look-ups.
    pub limits: FetchLimits,
}

/// A setting of [`ResolverConfig`] is of no use.
#[derive(Debug, thiserror::Error)]
pub enum ResolverConfigError {
    /// The PLC URL has a path or a query.
    #[error("the PLC directory's URL must have neither path nor query: {0}")]
    PlcUrlWithPath(Url),
    /// The PLC URL is not allowed.
    #[error("the PLC directory's URL can't be used, since {reason}: {url}")]
    PlcUrlRefused {
        /// The URL.
        url: Url,
        /// Why not.
        reason: String,
    },
    /// The HTTP client could not be built.
    #[error("the HTTP client for DID documents could not be built")]
    Client(#[source] BoxError),
}

/// Looks did:plc up in a PLC directory and did:web at its host.
///
/// https to public addresses only, no redirects, bounded in size, time and number; see
/// [`ResolverConfig`] for the exception in development.
pub struct HttpResolver {
    plc: CommonDidResolver<Fetcher>,
    /// Not the one that asks the directory: strangers choose these hosts, and slow ones must not
    /// take the directory's slots.
    web: Fetcher,
}

impl HttpResolver {
    /// A resolver that uses the system's name resolution.
    ///
    /// # Errors
    /// When the PLC URL can't be used.
    pub fn new(config: ResolverConfig) -> Result<Self, ResolverConfigError> {
        Self::with_lookup(config, system_lookup())
    }

    pub(super) fn with_lookup(config: ResolverConfig, lookup: Lookup) -> Result<Self, ResolverConfigError> {
        let destinations = Destinations { allow_loopback: config.allow_loopback_http };
        let url = config.plc_url;
        if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
            return Err(ResolverConfigError::PlcUrlWithPath(url));
        }
        if let Err(refused) = destinations.check_url(&url) {
            return Err(ResolverConfigError::PlcUrlRefused { url, reason: refused.to_string() });
        }
        let fetcher =
            || Fetcher::new(destinations, config.limits, Arc::clone(&lookup)).map_err(ResolverConfigError::Client);
        let plc = CommonDidResolver::new(CommonDidResolverConfig {
            plc_directory_url: url.to_string(),
            http_client: Arc::new(fetcher()?),
        });
        Ok(Self { plc, web: fetcher()? })
    }

    /// did:web is not left to `atrium-identity`, which knows no port on localhost and refuses
    /// documents whose `@context` or service endpoints are written in other ways that DID core allows.
    async fn web_document(&self, url: Url) -> Result<DidDocument, LookupError> {
        let (status, body) = self.web.get(url).await.map_err(LookupError::from)?;
        if status != StatusCode::OK {
            return Err(of_status(status));
        }
        let document: WebDocument = serde_json::from_slice(&body).map_err(|_| not_a_document())?;
        Ok(document.into())
    }
}

impl DocumentSource for HttpResolver {
    fn document<'a>(&'a self, did: &'a Did) -> BoxFuture<'a, Result<DidDocument, LookupError>> {
        async move {
            match Issuer::of(did) {
                Ok(Issuer::Plc) => plc_document(&self.plc, did).await,
                Ok(Issuer::Web(url)) => self.web_document(url).await,
                Err(reason) => Err(LookupError::Unusable(reason.into())),
            }
        }
        .boxed()
    }
}

async fn plc_document(resolver: &impl DidResolver, did: &Did) -> Result<DidDocument, LookupError> {
    resolver.resolve(did).await.map_err(|error| match error {
        atrium_identity::Error::HttpStatus(status) => of_status(status),
        atrium_identity::Error::HttpClient(error) => match error.downcast::<FetchError>() {
            Ok(error) => (*error).into(),
            Err(_) => LookupError::Unavailable("the request could not be made".to_owned()),
        },
        _ => not_a_document(),
    })
}

/// 404 and 410 are answers, and so is anything that says the request itself is wrong. A server that
/// is busy or broken, or wants to be asked later, says nothing about the DID.
fn of_status(status: StatusCode) -> LookupError {
    match status {
        StatusCode::NOT_FOUND | StatusCode::GONE => LookupError::Missing,
        StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT => {
            LookupError::Unavailable(format!("status {}", status.as_u16()))
        }
        status if status.is_server_error() => LookupError::Unavailable(format!("status {}", status.as_u16())),
        status => LookupError::Unusable(format!("its host answers with status {}", status.as_u16()).into()),
    }
}

fn not_a_document() -> LookupError {
    LookupError::Unusable("its document is not a DID document".into())
}

impl From<FetchError> for LookupError {
    fn from(error: FetchError) -> Self {
        match error {
            FetchError::Refused(refused) => Self::Unusable(refused.0.into()),
            FetchError::TooLarge(_) => Self::Unusable(error.to_string().into()),
            FetchError::TimedOut(_) | FetchError::Unreachable(_) => Self::Unavailable(error.for_log()),
        }
    }
}

/// A DID document, as far as this server reads it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WebDocument {
    id: String,
    #[serde(default)]
    verification_method: Vec<WebMethod>,
    /// Read one by one: services of other kinds may be written in ways that the ones we read can't.
    #[serde(default)]
    service: serde_json::Value,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WebMethod {
    id: String,
    #[serde(default)]
    r#type: String,
    #[serde(default)]
    controller: String,
    public_key_multibase: Option<String>,
}

impl From<WebDocument> for DidDocument {
    fn from(document: WebDocument) -> Self {
        let methods = document.verification_method.into_iter().map(|method| VerificationMethod {
            id: method.id,
            r#type: method.r#type,
            controller: method.controller,
            public_key_multibase: method.public_key_multibase,
        });
        let services = document.service.as_array().into_iter().flatten();
        let services = services.filter_map(|service| Service::deserialize(service).ok());
        Self {
            context: None,
            id: document.id,
            also_known_as: None,
            verification_method: Some(methods.collect()),
            service: Some(services.collect()),
        }
    }
}

//! A ready client over HTTP.

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use atrium_xrpc::{HttpClient, XrpcClient};
use futures::future::{BoxFuture, FutureExt};
use futures::stream::{StreamExt, TryStreamExt};
use http::header::AUTHORIZATION;
use http::{HeaderValue, Request, Response};

use super::{BoxError, ByteStream, StreamingClient};

/// Where the tokens for calls come from. A service token names the method that it is for, so the source gets the NSID.
pub trait TokenProvider: Send + Sync {
    /// The token for a call of `nsid`; `None` calls without one.
    ///
    /// # Errors
    /// When there should be a token but isn't; the call then fails as a transport error.
    fn token<'a>(&'a self, nsid: &'a str) -> BoxFuture<'a, Result<Option<String>, BoxError>>;
}

impl<F, Fut> TokenProvider for F
where
    F: Fn(String) -> Fut + Send + Sync,
    Fut: Future<Output = Result<Option<String>, BoxError>> + Send + 'static,
{
    fn token<'a>(&'a self, nsid: &'a str) -> BoxFuture<'a, Result<Option<String>, BoxError>> {
        self(nsid.to_owned()).boxed()
    }
}

/// An XRPC client over HTTP. Cloning it is cheap: clones share connections and the source of tokens.
#[derive(Clone)]
pub struct XrpcHttp {
    base: String,
    http: reqwest::Client,
    tokens: Option<Arc<dyn TokenProvider>>,
}

impl XrpcHttp {
    /// A client of the server at `base` (`https://host`, without a path), which calls without tokens.
    ///
    /// The process must have a default crypto provider of rustls when `base` is https.
    pub fn new(base: impl Into<String>) -> Self {
        Self::with_client(base, reqwest::Client::new())
    }

    /// The same, over an HTTP client that the caller set up.
    pub fn with_client(base: impl Into<String>, http: reqwest::Client) -> Self {
        let base = base.into().trim_end_matches('/').to_owned();
        Self { base, http, tokens: None }
    }

    /// Calls with tokens.
    #[must_use]
    pub fn with_tokens(self, tokens: impl TokenProvider + 'static) -> Self {
        Self { tokens: Some(Arc::new(tokens)), ..self }
    }

    async fn send(&self, mut request: Request<Vec<u8>>) -> Result<reqwest::Response, BoxError> {
        if let Some(tokens) = &self.tokens {
            let nsid = request.uri().path().rsplit('/').next().unwrap_or_default();
            if let Some(token) = tokens.token(nsid).await? {
                let mut value = HeaderValue::try_from(format!("Bearer {token}"))?;
                value.set_sensitive(true);
                request.headers_mut().insert(AUTHORIZATION, value);
            }
        }
        Ok(self.http.execute(request.try_into()?).await?)
    }
}

impl fmt::Debug for XrpcHttp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("XrpcHttp").field("base", &self.base).finish_non_exhaustive()
    }
}

impl HttpClient for XrpcHttp {
    async fn send_http(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, BoxError> {
        let response = self.send(request).await?;
        let (parts, body) = Response::from(response).into_parts();
        let body = http_body_util::BodyExt::collect(body).await?.to_bytes();
        Ok(Response::from_parts(parts, body.into()))
    }
}

impl XrpcClient for XrpcHttp {
    fn base_uri(&self) -> String {
        self.base.clone()
    }
}

impl StreamingClient for XrpcHttp {
    async fn send_streaming(&self, request: Request<Vec<u8>>) -> Result<Response<ByteStream>, BoxError> {
        let response = self.send(request).await?;
        let mut head = Response::builder().status(response.status());
        if let Some(headers) = head.headers_mut() {
            headers.clone_from(response.headers());
        }
        let body: ByteStream = response.bytes_stream().map_err(BoxError::from).boxed();
        Ok(head.body(body)?)
    }
}

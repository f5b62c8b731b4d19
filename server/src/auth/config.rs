//! What the authenticator must be told. Reading it from the environment is the caller's business.

use std::fmt;
use std::time::Duration;

use atrium_api::types::string::Did;

/// The shortest development secret: as long as the output of HS256, as RFC 7518 section 3.2 demands.
pub const MINIMUM_SECRET_BYTES: usize = 32;

/// Settings of the [`Authenticator`](super::Authenticator).
#[derive(Clone, Debug)]
pub struct AuthConfig {
    /// The DID of this service: what `aud` must name.
    pub service_did: Did,
    /// The service's id in its DID document, without `#`. `aud` may carry it as fragment.
    pub service_id: String,
    /// When set, HS256 tokens made with it are accepted for any issuer. Never set it in production.
    pub jwt_secret: Option<DevelopmentSecret>,
    /// Whether procedures demand a `jti` that was not used before.
    pub enforce_jti: bool,
    /// How far the clocks of issuers may differ from ours, in either direction.
    pub clock_leeway: Duration,
    /// The longest life of a token: from `iat` to `exp`, or from now when it has no `iat`.
    pub max_lifetime: Duration,
    /// How many verified tokens are remembered. Only those that were used twice are, so clients that make
    /// a new one for each request need no room.
    pub verified_tokens: u64,
    /// How DID documents are remembered.
    pub documents: DocumentCachePolicy,
}

impl AuthConfig {
    /// Production settings for a service: id `atproto_mls`, no development secret, tokens of at
    /// most 5 minutes, 10 s of leeway, `jti` not enforced.
    pub fn new(service_did: Did) -> Self {
        Self {
            service_did,
            service_id: "atproto_mls".to_owned(),
            jwt_secret: None,
            enforce_jti: false,
            clock_leeway: Duration::from_secs(10),
            max_lifetime: Duration::from_secs(5 * 60),
            verified_tokens: 10_000,
            documents: DocumentCachePolicy::default(),
        }
    }
}

/// How long DID documents are believed. Time is counted from when the document was fetched.
#[derive(Clone, Copy, Debug)]
pub struct DocumentCachePolicy {
    /// How many issuers are remembered.
    pub capacity: u64,
    /// Younger documents are used without asking again.
    pub fresh_for: Duration,
    /// Older ones up to this age are used while a newer one is fetched in the background; beyond
    /// it, requests wait for the fetch.
    pub stale_for: Duration,
    /// How long "no such DID" and "that document is of no use" are remembered.
    pub missing_for: Duration,
    /// How long a failed look-up keeps others of the same DID from being tried.
    pub unavailable_for: Duration,
    /// At most once in this time does a bad signature cause a look-up past the cache, for each DID:
    /// else forged tokens could hammer the directory.
    pub refetch_interval: Duration,
}

impl Default for DocumentCachePolicy {
    fn default() -> Self {
        Self {
            capacity: 50_000,
            fresh_for: Duration::from_secs(5 * 60),
            stale_for: Duration::from_secs(2 * 60 * 60),
            missing_for: Duration::from_secs(30),
            unavailable_for: Duration::from_secs(3),
            refetch_interval: Duration::from_secs(30),
        }
    }
}

/// The secret that development tokens are made with. It shows itself to nobody.
#[derive(Clone)]
pub struct DevelopmentSecret(Vec<u8>);

/// The development secret is shorter than [`MINIMUM_SECRET_BYTES`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the development secret must be at least {MINIMUM_SECRET_BYTES} bytes long, not {0}")]
pub struct SecretTooShort(pub usize);

impl DevelopmentSecret {
    /// Takes a secret of at least [`MINIMUM_SECRET_BYTES`] bytes.
    pub fn new(secret: impl Into<Vec<u8>>) -> Result<Self, SecretTooShort> {
        let secret = secret.into();
        if secret.len() < MINIMUM_SECRET_BYTES {
            return Err(SecretTooShort(secret.len()));
        }
        Ok(Self(secret))
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for DevelopmentSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DevelopmentSecret([redacted])")
    }
}

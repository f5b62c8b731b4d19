//! Service auth: who is calling, proven by a token that the caller's key has signed.
//!
//! A request carries `Authorization: Bearer <JWT>`. The token names its issuer, this service and the
//! one method that it is good for, lives for minutes, and is signed with the `#atproto` key of the
//! issuer's DID document. In development, tokens made with a shared secret are accepted as well.
//!
//! - `token` takes a token apart, `claims` checks what it says, `signing_key` who signed it, by the
//!   arithmetic of `verify`; `sightings` tells which tokens come again and are worth remembering;
//! - `keys` remembers the issuers' keys, `lookups` says how many may wait for them, `resolver` finds their DID documents, by way of
//!   [`outbound`](crate::outbound), which keeps strangers from sending this server where they like;
//! - `replay` remembers used tokens, `development` makes and checks the ones with a shared secret.

mod claims;
mod config;
mod development;
mod error;
mod issuer;
mod keys;
mod lookups;
mod replay;
mod resolver;
mod service_document;
mod sightings;
mod signing_key;
#[cfg(test)]
mod tests;
mod token;
mod verify;

use std::sync::Arc;
use std::time::Duration;

use atrium_api::types::string::Did;
use chrono::{DateTime, Utc};
use moka::future::Cache;

pub use config::{AuthConfig, DevelopmentSecret, DocumentCachePolicy, MINIMUM_SECRET_BYTES, SecretTooShort};
pub use development::mint_development_token;
pub use error::{AuthError, Message};
pub use replay::{InMemoryReplay, ReplayGuard};
pub use resolver::{DocumentSource, HttpResolver, LookupError, ResolverConfig, ResolverConfigError};
pub use service_document::{SERVICE_TYPE, service_document};
pub use token::MAX_TOKEN_BYTES;

use crate::clock::Clock;
use crate::keyed_hash::HashKey;
use claims::Rules;
use development::DevelopmentKey;
use error::invalid;
use issuer::{Issuer, parse_did};
use keys::KeyCache;
use sightings::Sightings;
use signing_key::Mismatch;
use token::{Claims, Signed, Token, TokenAlgorithm, bearer};

/// Finds out who is calling. Meant to be shared by all requests.
pub struct Authenticator {
    rules: Rules,
    development: Option<DevelopmentKey>,
    keys: KeyCache,
    enforce_jti: bool,
    replay: Arc<dyn ReplayGuard>,
    clock: Arc<dyn Clock>,
    sightings: Sightings,
    /// Tokens that were used before, by the SHA-256 of what is signed.
    verified: Cache<[u8; 32], Arc<Known>>,
}

/// What a token says whose signature was checked.
struct Verified {
    issuer: Did,
    claims: Claims,
}

/// Who is calling, by a token whose signature was checked.
pub struct Authenticated(Arc<Verified>);

impl Authenticated {
    /// The caller.
    pub fn did(&self) -> &Did {
        &self.0.issuer
    }
}

/// A token that was used before.
struct Known {
    token: Arc<Verified>,
    /// The one that was checked. Another one over the same claims has to be checked by itself.
    signature: Box<str>,
}

impl Authenticator {
    /// An authenticator with empty caches. In its log lines issuers have names that `hashes` makes.
    pub fn new(
        config: AuthConfig,
        resolver: Arc<dyn DocumentSource>,
        replay: Arc<dyn ReplayGuard>,
        clock: Arc<dyn Clock>,
        hashes: HashKey,
    ) -> Self {
        if config.jwt_secret.is_some() {
            tracing::warn!("DEVELOPMENT: a JWT secret is set; whoever knows it can act as anybody");
        }
        // No token can be used for longer than this, so none need be remembered for longer.
        let memory = config.max_lifetime + 2 * config.clock_leeway + Duration::from_secs(1);
        Self {
            rules: Rules::new(&config),
            development: config.jwt_secret.as_ref().map(DevelopmentKey::new),
            keys: KeyCache::new(resolver, Arc::clone(&clock), config.documents, hashes),
            enforce_jti: config.enforce_jti,
            replay,
            clock,
            sightings: Sightings::new(),
            verified: Cache::builder().max_capacity(config.verified_tokens).time_to_live(memory).build(),
        }
    }

    /// The caller of method `nsid`, from the value of the request's `Authorization` header. A procedure's token is then
    /// to be [used up](Self::use_up).
    ///
    /// # Errors
    /// See [`AuthError`]; each variant is one name of the wire contract.
    pub async fn authenticate(&self, authorization: Option<&str>, nsid: &str) -> Result<Authenticated, AuthError> {
        let signed = Signed::split(bearer(authorization)?)?;
        let now = self.clock.now();
        if let Some(known) = self.known(&signed).await {
            self.rules.check(&known.token.claims, nsid, now)?;
            return Ok(Authenticated(Arc::clone(&known.token)));
        }
        let token = Arc::new(self.verify(signed, nsid, now).await?);
        self.remember(&signed, &token).await;
        Ok(Authenticated(token))
    }

    async fn known(&self, signed: &Signed<'_>) -> Option<Arc<Known>> {
        let known = self.verified.get(&signed.input.digest()).await?;
        (*known.signature == *signed.signature).then_some(known)
    }

    /// Keeps a token that comes for the second time: it is likely to come again.
    async fn remember(&self, signed: &Signed<'_>, token: &Arc<Verified>) {
        let digest = signed.input.digest();
        if self.sightings.note(&digest) {
            let known = Known { token: Arc::clone(token), signature: signed.signature.into() };
            self.verified.insert(digest, Arc::new(known)).await;
        }
    }

    /// Checks claims and signature. Claims come first: a token that is not for us is no reason to look
    /// its issuer up.
    async fn verify(&self, signed: Signed<'_>, nsid: &str, now: DateTime<Utc>) -> Result<Verified, AuthError> {
        let mut token = Token::read(signed)?;
        self.rules.check(&token.claims, nsid, now)?;
        let issuer = parse_did(token.claims.iss.take())?;
        self.check_signature(&issuer, &token).await?;
        Ok(Verified { issuer, claims: token.claims })
    }

    async fn check_signature(&self, issuer: &Did, token: &Token<'_>) -> Result<(), AuthError> {
        match (token.algorithm, &self.development) {
            (TokenAlgorithm::Issuer(_), _) => self.check_issuer_signature(issuer, token).await,
            (TokenAlgorithm::Development, Some(key)) if key.verifies(token) => Ok(()),
            (TokenAlgorithm::Development, Some(_)) => {
                Err(invalid("the token was not made with this server's development secret"))
            }
            (TokenAlgorithm::Development, None) => {
                Err(invalid("this server takes no HS256 tokens; `alg` must be ES256K or ES256"))
            }
        }
    }

    async fn check_issuer_signature(&self, did: &Did, token: &Token<'_>) -> Result<(), AuthError> {
        Issuer::of(did).map_err(|reason| invalid(format!("the token's `iss` can't be used: {reason}")))?;
        check_key_id(did, token)?;
        let found = self.keys.find(did).await.map_err(|error| lookup_failed(did, error))?;
        let Err(mismatch) = found.key.verify(token) else {
            return Ok(());
        };
        // The issuer may have changed its key since we looked.
        match self.keys.find_newer(did, &found).await.map(|key| key.verify(token)) {
            Some(Ok(())) => Ok(()),
            Some(Err(mismatch)) => Err(bad_signature(did, mismatch)),
            None => Err(bad_signature(did, mismatch)),
        }
    }

    /// Lets each `jti` of an issuer through once, when [`AuthConfig::enforce_jti`] is on. For procedures, whose callers have
    /// been counted: it costs a write.
    ///
    /// # Errors
    /// `InvalidToken` when it was used before or is absent; [`AuthError::Internal`] when that can't be known.
    pub async fn use_up(&self, Authenticated(verified): &Authenticated) -> Result<(), AuthError> {
        if !self.enforce_jti {
            return Ok(());
        }
        let now = self.clock.now();
        let jti = verified.claims.jti.as_deref().filter(|jti| !jti.is_empty());
        let jti = jti.ok_or_else(|| invalid("the token has no `jti`, which this server demands for procedures"))?;
        let until = self.rules.usable_until(&verified.claims, now);
        match self.replay.first_use(&verified.issuer, jti, until).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(invalid("the token was used before; each call of a procedure needs a new one")),
            Err(source) => Err(AuthError::Internal(source)),
        }
    }
}

/// A `kid` may name the verification method, but only the one that is used anyway.
fn check_key_id(did: &Did, token: &Token<'_>) -> Result<(), AuthError> {
    match token.header.kid.as_deref() {
        None | Some("#atproto") => Ok(()),
        Some(kid) if kid.strip_suffix("#atproto") == Some(did.as_str()) => Ok(()),
        Some(_) => Err(invalid("the token's `kid` must be `#atproto`, the only key that is accepted")),
    }
}

fn bad_signature(did: &Did, mismatch: Mismatch) -> AuthError {
    let did = did.as_str();
    match mismatch {
        Mismatch::Curve => invalid(format!("the token's `alg` does not fit the curve of the `#atproto` key of {did}")),
        Mismatch::Signature => invalid(format!("the token is not signed with the `#atproto` key of {did}")),
    }
}

/// How long a client waits before it tries again with an issuer that can't be looked up.
const LOOKUP_RETRY_AFTER: Duration = Duration::from_secs(5);

fn lookup_failed(did: &Did, error: LookupError) -> AuthError {
    let did = did.as_str();
    match error {
        LookupError::Missing => invalid(format!("the issuer of the token does not exist: {did}")),
        LookupError::Unusable(reason) => invalid(format!("the issuer {did} can't be verified: {reason}")),
        LookupError::Unavailable(_) => AuthError::Unavailable {
            message: format!("the DID document of {did} can't be fetched right now; try again later").into(),
            retry_after: LOOKUP_RETRY_AFTER,
        },
    }
}

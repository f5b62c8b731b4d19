//! HS256 tokens for development, accepted only when a secret is configured.
//!
//! `jsonwebtoken` gets a crypto provider that can do HS256 and nothing else: no other algorithm can
//! slip in through it, and neither RSA nor a second ECDSA has to be built.

use std::time::Duration;

use atrium_api::types::string::Did;
use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{ErrorKind, Result as JwtResult};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};
use serde::Serialize;
use sha2::Sha256;
use signature::{Signer, Verifier};

use super::config::DevelopmentSecret;
use super::token::Token;

/// Checks tokens made with the development secret.
pub(super) struct DevelopmentKey(DecodingKey);

impl DevelopmentKey {
    pub fn new(secret: &DevelopmentSecret) -> Self {
        install_provider();
        Self(DecodingKey::from_secret(secret.bytes()))
    }

    /// Whether the token was made with the secret.
    pub fn verifies(&self, token: &Token<'_>) -> bool {
        let text = token.input.text().as_bytes();
        jsonwebtoken::crypto::verify(token.signature, text, &self.0, Algorithm::HS256).unwrap_or(false)
    }
}

#[derive(Serialize)]
struct DevelopmentClaims<'a> {
    iss: &'a str,
    aud: &'a str,
    lxm: &'a str,
    iat: i64,
    exp: i64,
    jti: String,
}

/// Makes a token with which `did` may call the method `lxm` of the service `aud` (a DID, with or
/// without service id), from `now` and for `lifetime` (whole seconds; the server's maximum holds).
/// Only a server with the same secret accepts it.
pub fn mint_development_token(
    secret: &DevelopmentSecret,
    did: &Did,
    aud: &str,
    lxm: &str,
    lifetime: Duration,
    now: DateTime<Utc>,
) -> String {
    install_provider();
    let iat = now.timestamp();
    let claims = DevelopmentClaims {
        iss: did.as_str(),
        aud,
        lxm,
        iat,
        exp: iat.saturating_add_unsigned(lifetime.as_secs()),
        jti: uuid::Uuid::new_v4().simple().to_string(),
    };
    let key = EncodingKey::from_secret(secret.bytes());
    jsonwebtoken::encode(&jsonwebtoken::Header::new(Algorithm::HS256), &claims, &key)
        .expect("HMAC takes any key, and these claims are always JSON")
}

static PROVIDER: CryptoProvider =
    CryptoProvider { signer_factory: signer, verifier_factory: verifier, key_utils: KeyUtils::new_unimplemented() };

/// Installs the provider for this process. The first installation stays; a later one changes nothing.
fn install_provider() {
    let _ = PROVIDER.install_default();
}

struct Hs256(Hmac<Sha256>);

impl Hs256 {
    fn new(algorithm: &Algorithm, key: &[u8]) -> JwtResult<Self> {
        if *algorithm != Algorithm::HS256 {
            return Err(ErrorKind::InvalidAlgorithm.into());
        }
        Ok(Self(Hmac::new_from_slice(key).map_err(|_| ErrorKind::InvalidKeyFormat)?))
    }
}

fn signer(algorithm: &Algorithm, key: &EncodingKey) -> JwtResult<Box<dyn JwtSigner>> {
    Ok(Box::new(Hs256::new(algorithm, key.as_bytes())?))
}

fn verifier(algorithm: &Algorithm, key: &DecodingKey) -> JwtResult<Box<dyn JwtVerifier>> {
    Ok(Box::new(Hs256::new(algorithm, key.try_get_as_bytes()?)?))
}

impl Signer<Vec<u8>> for Hs256 {
    fn try_sign(&self, message: &[u8]) -> Result<Vec<u8>, signature::Error> {
        Ok(self.0.clone().chain_update(message).finalize().into_bytes().to_vec())
    }
}

impl Verifier<Vec<u8>> for Hs256 {
    /// Compares in constant time.
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> Result<(), signature::Error> {
        self.0.clone().chain_update(message).verify_slice(signature).map_err(|_| signature::Error::new())
    }
}

impl JwtSigner for Hs256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}

impl JwtVerifier for Hs256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}

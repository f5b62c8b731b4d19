//! Issuers, their tokens and documents, the clock, and the authenticator under test.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use atrium_api::types::string::Did;
use atrium_crypto::keypair::{Did as _, P256Keypair, Secp256k1Keypair};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::super::*;
pub use super::directory::{Answer, Directory};
use crate::keyed_hash::HashKey;
pub use crate::outbound::FetchLimits;

pub const METHOD: &str = "blue.catbird.mls.sendMessage";
pub const SERVICE: &str = "did:web:mls.example.com";
pub const ALICE: &str = "did:plc:aliceaaaaaaaaaaaaaaaaaaa";
pub const BOB: &str = "did:plc:bobbbbbbbbbbbbbbbbbbbbbb";

/// When these tests begin.
pub const START: i64 = 1_800_000_000;

/// A clock that stands still until it is moved.
pub struct TestClock(AtomicI64);

impl TestClock {
    pub fn advance(&self, duration: Duration) {
        self.0.fetch_add(duration.as_secs() as i64, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp(self.0.load(Ordering::SeqCst), 0).unwrap()
    }
}

/// An issuer's private key.
pub enum Key {
    K256(Secp256k1Keypair),
    P256(P256Keypair),
}

impl Key {
    pub fn k256(seed: u8) -> Self {
        Self::K256(Secp256k1Keypair::import(&[seed; 32]).unwrap())
    }

    pub fn p256(seed: u8) -> Self {
        Self::P256(P256Keypair::import(&[seed; 32]).unwrap())
    }

    pub fn alg(&self) -> &'static str {
        match self {
            Self::K256(_) => "ES256K",
            Self::P256(_) => "ES256",
        }
    }

    pub fn multikey(&self) -> String {
        let did_key = match self {
            Self::K256(key) => key.did(),
            Self::P256(key) => key.did(),
        };
        did_key.strip_prefix("did:key:").unwrap().to_owned()
    }

    pub fn sign(&self, message: &str) -> Vec<u8> {
        match self {
            Self::K256(key) => key.sign(message.as_bytes()),
            Self::P256(key) => key.sign(message.as_bytes()),
        }
        .unwrap()
    }

    /// A token with these claims and an ordinary header.
    pub fn token(&self, claims: Value) -> String {
        self.token_with(json!({"typ": "JWT", "alg": self.alg()}), claims)
    }

    pub fn token_with(&self, header: Value, claims: Value) -> String {
        let message = message(&header, &claims);
        let signature = self.sign(&message);
        join(&message, &signature)
    }
}

pub fn base64url(bytes: impl AsRef<[u8]>) -> String {
    base64_simd::URL_SAFE_NO_PAD.encode_to_string(bytes)
}

/// What a token's signature covers.
pub fn message(header: &Value, claims: &Value) -> String {
    format!("{}.{}", base64url(header.to_string()), base64url(claims.to_string()))
}

pub fn join(message: &str, signature: &[u8]) -> String {
    format!("{message}.{}", base64url(signature))
}

/// Claims of a good token of this issuer, made at `START`.
pub fn claims(iss: &str) -> Value {
    json!({"iss": iss, "aud": SERVICE, "lxm": METHOD, "iat": START, "exp": START + 60, "jti": "nonce"})
}

/// The claims with one of them set, or taken out when null.
pub fn claims_but(iss: &str, name: &str, value: Value) -> Value {
    let mut claims = claims(iss);
    match value {
        Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
        value => claims[name] = value,
    }
    claims
}

pub fn did(did: &str) -> Did {
    Did::new(did.to_owned()).unwrap()
}

/// A DID document as the PLC directory writes it.
pub fn document(did: &str, key: &Key) -> Value {
    json!({
        "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"],
        "id": did,
        "alsoKnownAs": ["at://someone.example.com"],
        "verificationMethod": [{
            "id": format!("{did}#atproto"), "type": "Multikey", "controller": did, "publicKeyMultibase": key.multikey(),
        }],
        "service": [{
            "id": "#atproto_pds", "type": "AtprotoPersonalDataServer", "serviceEndpoint": "https://pds.example.com",
        }],
    })
}

/// The key of the names that issuers have in the log.
pub fn hashes() -> HashKey {
    HashKey::new(b"a secret of tests")
}

/// An authenticator, with what it stands on.
pub struct World {
    pub clock: Arc<TestClock>,
    pub directory: Directory,
    pub auth: Arc<Authenticator>,
    pub replay: Arc<dyn ReplayGuard>,
}

/// Generous, since tests may run on a busy machine.
pub fn limits() -> FetchLimits {
    FetchLimits {
        connect_timeout: Duration::from_secs(5),
        total_timeout: Duration::from_secs(10),
        ..FetchLimits::default()
    }
}

pub fn resolver(directory: &Directory) -> HttpResolver {
    resolver_within(directory, limits())
}

pub fn resolver_within(directory: &Directory, limits: FetchLimits) -> HttpResolver {
    let plc_url = directory.url();
    HttpResolver::new(ResolverConfig { plc_url, allow_loopback_http: true, limits }).unwrap()
}

impl World {
    pub async fn new() -> Self {
        Self::with(|_| {}).await
    }

    pub async fn with(adjust: impl FnOnce(&mut AuthConfig)) -> Self {
        let directory = Directory::start().await;
        let clock = Arc::new(TestClock(AtomicI64::new(START)));
        let replay: Arc<dyn ReplayGuard> = Arc::new(InMemoryReplay::new(clock.clone()));
        let mut config = AuthConfig::new(did(SERVICE));
        adjust(&mut config);
        let auth = Authenticator::new(config, Arc::new(resolver(&directory)), replay.clone(), clock.clone(), hashes());
        Self { clock, directory, auth: Arc::new(auth), replay }
    }

    /// A world in which Alice has published this key.
    pub async fn with_alice(key: &Key) -> Self {
        let world = Self::new().await;
        world.directory.publish(ALICE, key);
        world
    }

    /// Presents a token to a query.
    pub async fn present(&self, token: &str) -> Result<String, AuthError> {
        self.call(token, METHOD, false).await
    }

    pub async fn call(&self, token: &str, nsid: &str, is_procedure: bool) -> Result<String, AuthError> {
        let header = format!("Bearer {token}");
        let caller = authenticate(&self.auth, Some(&header), nsid, is_procedure).await?;
        Ok(caller.as_str().to_owned())
    }

    /// The error's wire name, after checking that it quotes no part of the token.
    pub async fn refusal(&self, token: &str) -> String {
        let error = self.present(token).await.expect_err("the token should be refused");
        for part in token.split('.').filter(|part| part.len() > 8) {
            assert!(!error.to_string().contains(part), "the message quotes the token: {error}");
        }
        error.name().to_owned()
    }
}

/// Presents a token as a request to a method does.
pub async fn authenticate(
    auth: &Authenticator,
    authorization: Option<&str>,
    nsid: &str,
    is_procedure: bool,
) -> Result<Did, AuthError> {
    let token = auth.authenticate(authorization, nsid).await?;
    if is_procedure {
        auth.use_up(&token).await?;
    }
    Ok(token.did().clone())
}

/// The other form of a signature.
pub fn to_der(signature: &[u8]) -> Vec<u8> {
    let integer = |bytes: &[u8]| {
        let zero = (bytes[0] >= 0x80).then_some(0);
        let body: Vec<u8> = zero.into_iter().chain(bytes.iter().copied()).collect();
        [vec![2, body.len() as u8], body].concat()
    };
    let body = [integer(&signature[..32]), integer(&signature[32..])].concat();
    [vec![0x30, body.len() as u8], body].concat()
}

/// Xorshift: the same sequence in each run.
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound as u64) as usize
    }
}

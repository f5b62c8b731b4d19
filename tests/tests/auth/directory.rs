//! A PLC directory, and accounts that have their keys in it.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use atrium_api::types::string::Did;
use atrium_crypto::keypair::{Did as _, P256Keypair, Secp256k1Keypair};
use axum::{
    Router,
    extract::{Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use catbird_server::{clock::Clock, mls::encode_base64url};
use e2e::server::{SERVICE_DID, TestServer};
use serde_json::{Value, json};

/// An HTTP server that plays the PLC directory.
#[derive(Clone, Default)]
pub struct Directory {
    documents: Arc<Mutex<HashMap<String, Value>>>,
    is_down: Arc<AtomicBool>,
    asked: Arc<AtomicUsize>,
}

impl Directory {
    /// Starts a directory without accounts, and gives its address.
    pub async fn start() -> (Self, String) {
        let directory = Self::default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let app = Router::new().fallback(answer).with_state(directory.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        (directory, url)
    }

    /// Says that this key is an account's.
    pub fn publish(&self, account: &Did, key: &Key) {
        let did = account.as_str();
        let document = json!({
            "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"],
            "id": did,
            "alsoKnownAs": ["at://someone.test"],
            // A key for something else comes first: it must not be taken.
            "verificationMethod": [
                {"id": format!("{did}#other"), "type": "Multikey", "controller": did,
                    "publicKeyMultibase": Key::k256(250).multibase()},
                {"id": format!("{did}#atproto"), "type": "Multikey", "controller": did,
                    "publicKeyMultibase": key.multibase()},
            ],
            "service": [{"id": "#atproto_pds", "type": "AtprotoPersonalDataServer", "serviceEndpoint": "https://pds.test"}],
        });
        self.documents.lock().unwrap().insert(format!("/{did}"), document);
    }

    /// From now on the directory answers nothing but errors, or answers again.
    pub fn set_down(&self, is_down: bool) {
        self.is_down.store(is_down, Ordering::SeqCst);
    }

    /// How often it was asked.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

async fn answer(State(directory): State<Directory>, request: Request) -> Response {
    directory.asked.fetch_add(1, Ordering::SeqCst);
    if directory.is_down.load(Ordering::SeqCst) {
        return StatusCode::BAD_GATEWAY.into_response();
    }
    match directory.documents.lock().unwrap().get(request.uri().path()) {
        Some(document) => axum::Json(document.clone()).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// An account's private key.
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

    fn multibase(&self) -> String {
        let did_key = match self {
            Self::K256(key) => key.did(),
            Self::P256(key) => key.did(),
        };
        did_key.strip_prefix("did:key:").unwrap().to_owned()
    }

    /// The name of the algorithm.
    pub fn alg(&self) -> &'static str {
        match self {
            Self::K256(_) => "ES256K",
            Self::P256(_) => "ES256",
        }
    }

    /// A token with these claims and an ordinary header.
    pub fn token(&self, claims: &Value) -> String {
        self.token_with(&json!({"typ": "JWT", "alg": self.alg()}), claims)
    }

    /// A token with this header, signed whatever it says.
    pub fn token_with(&self, header: &Value, claims: &Value) -> String {
        let message = unsigned(header, claims);
        let signature = match self {
            Self::K256(key) => key.sign(message.as_bytes()),
            Self::P256(key) => key.sign(message.as_bytes()),
        };
        format!("{message}.{}", encode_base64url(&signature.unwrap()))
    }
}

/// What a token's signature covers.
pub fn unsigned(header: &Value, claims: &Value) -> String {
    let part = |value: &Value| encode_base64url(value.to_string().as_bytes());
    format!("{}.{}", part(header), part(claims))
}

/// An account of the directory: `did:plc:` and a name that is filled up to its length.
pub fn account(name: &str) -> Did {
    format!("did:plc:{name:a<24}").parse().unwrap()
}

/// Claims of a good token for a method by its short name.
pub fn claims(server: &TestServer, issuer: &Did, method: &str) -> Value {
    let now = server.clock.now().timestamp();
    json!({
        "iss": issuer,
        "aud": SERVICE_DID,
        "lxm": format!("blue.catbird.mls.{method}"),
        "iat": now,
        "exp": now + 60,
        "jti": uuid::Uuid::new_v4().to_string(),
    })
}

/// The claims with one of them set, or taken out where the value is null.
pub fn but(mut claims: Value, name: &str, value: Value) -> Value {
    match value {
        Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
        value => claims[name] = value,
    }
    claims
}

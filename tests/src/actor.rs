//! A user at one device: a generated API client and an MLS client.

use std::sync::Arc;

use atrium_api::types::string::Did;
use catbird_lexicon::blue::catbird::mls::{
    Client, confirm_welcome, defs, get_key_packages, get_welcome, publish_key_packages,
};
use catbird_server::{
    clock::Clock,
    mls::{decode_base64, encode_base64url},
};
use lexicon_runtime::{client::XrpcHttp, formats::Datetime};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{
    endpoint::Endpoint,
    mls::{MlsDevice, SUITE_NAME},
    server::TestServer,
};

/// A user at one device.
pub struct Actor {
    /// The account.
    pub did: Did,
    /// The identity in the device's credential.
    pub identity: String,
    /// The server, as this user.
    pub api: Client<XrpcHttp>,
    /// The device's MLS side.
    pub mls: MlsDevice,
    clock: Arc<dyn Clock>,
}

impl Actor {
    pub(crate) fn new(endpoint: &Endpoint, did: &Did, device_id: Option<Uuid>) -> Self {
        let identity = match device_id {
            Some(id) => format!("{}#{id}", did.as_str()),
            None => did.as_str().to_owned(),
        };
        Self {
            did: did.clone(),
            api: endpoint.client(did),
            mls: MlsDevice::new(&identity),
            identity,
            clock: Arc::clone(&endpoint.clock),
        }
    }

    /// The same user at the same device, talking to another server.
    pub fn moved_to(self, server: &TestServer) -> Self {
        Self { api: client(server, &self.did), ..self }
    }

    /// Publishes `count` new key packages.
    pub async fn publish(&self, count: usize) {
        let key_packages = (0..count).map(|_| self.item(&self.mls.key_package())).collect();
        let output = self.api.publish_key_packages(&publish_key_packages::Input { key_packages }).await;
        let output = output.expect("valid key packages are taken");
        assert_eq!((output.succeeded, output.failed), (count as i64, 0), "{:?}", output.errors);
    }

    /// A key package as publishKeyPackages takes it, good for 30 days.
    pub fn item(&self, key_package: &[u8]) -> publish_key_packages::KeyPackageItem {
        publish_key_packages::KeyPackageItem {
            key_package: encode_base64url(key_package),
            cipher_suite: suite(),
            expires: Datetime::from(self.clock.now() + chrono::TimeDelta::days(30)),
            idempotency_key: None,
        }
    }

    /// One key package for each device of these users, reserved for this user.
    pub async fn fetch(&self, users: &[&Did]) -> Vec<Fetched> {
        let params =
            get_key_packages::Params { dids: users.iter().map(|did| (*did).clone()).collect(), cipher_suite: None };
        let output = self.api.get_key_packages(&params).await.expect("key packages can be asked for");
        assert_eq!(output.missing, None, "somebody has no key package");
        output.key_packages.into_iter().map(Fetched::from).collect()
    }

    /// The Welcome that waits for this user, if there is one.
    pub async fn welcome(&self, convo_id: &str) -> Option<Vec<u8>> {
        let params = get_welcome::Params { convo_id: convo_id.to_owned() };
        match self.api.get_welcome(&params).await {
            Ok(output) => Some(decode_base64(&output.welcome).expect("the server sends base64")),
            Err(error) if error.to_string().starts_with("WelcomeNotFound") => None,
            Err(error) => panic!("getWelcome: {error}"),
        }
    }

    /// Tells the server that this device has joined.
    pub async fn confirm(&self, convo_id: &str) {
        let input = confirm_welcome::Input { convo_id: convo_id.to_owned(), success: true, error_details: None };
        let output = self.api.confirm_welcome(&input).await.expect("a member can confirm");
        assert!(output.confirmed);
    }
}

/// A key package as the server handed it out.
#[derive(Clone, Debug)]
pub struct Fetched {
    /// The user whose it is.
    pub user: Did,
    /// The credential's identity.
    pub identity: String,
    pub content: Vec<u8>,
    /// Hexadecimal SHA-256 of the content.
    pub hash: String,
}

impl From<defs::KeyPackageRef> for Fetched {
    fn from(given: defs::KeyPackageRef) -> Self {
        let content = decode_base64(&given.key_package).expect("the server sends base64");
        let hash = hash(&content);
        assert_eq!(given.key_package_hash.as_ref(), Some(&hash), "the hash is that of the bytes given");
        let user = given.did.split('#').next().unwrap_or_default().parse().expect("the identity begins with a DID");
        Self { user, identity: given.did, content, hash }
    }
}

/// Hexadecimal SHA-256, by which key packages are named.
pub fn hash(content: &[u8]) -> String {
    hex::encode(Sha256::digest(content))
}

/// The suite of these tests, as the lexicon names it.
pub fn suite() -> defs::CipherSuite {
    defs::CipherSuite::from(SUITE_NAME.to_owned())
}

/// The API as a user calls it.
pub fn client(server: &TestServer, caller: &Did) -> Client<XrpcHttp> {
    server.endpoint().client(caller)
}

//! A user at one device: a generated API client and an MLS client.

use std::{fmt::Debug, sync::Arc, time::Duration};

use atrium_api::types::string::Did;
use catbird_lexicon::blue::catbird::mls::{
    Client, confirm_welcome, defs, get_commits, get_convos, get_epoch, get_group_info, get_key_packages, get_message,
    get_messages, get_pending_device_additions, get_welcome, publish_key_packages, register_device,
};
use catbird_server::{
    clock::Clock,
    mls::{decode_base64, encode_base64url},
};
use lexicon_runtime::{
    client::{ClientError, XrpcHttp},
    error::DeclaredError,
    formats::Datetime,
};
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
    /// A user of a server, at a device with this id or at one without a name.
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
        let packages: Vec<_> = (0..count).map(|_| self.mls.key_package()).collect();
        self.publish_these(&packages).await;
    }

    /// Publishes these key packages.
    pub async fn publish_these(&self, packages: &[Vec<u8>]) {
        let key_packages = packages.iter().map(|package| self.item(package)).collect();
        let output = self.api.publish_key_packages(&publish_key_packages::Input { key_packages }).await;
        let output = output.expect("valid key packages are taken");
        assert_eq!((output.succeeded, output.failed), (packages.len() as i64, 0), "{:?}", output.errors);
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

    /// Registers this device, which has an id, with `count` new key packages.
    pub async fn register(&self, count: usize) -> register_device::Output {
        let input = self.registration(count);
        self.api.register_device(&input).await.expect("a device can be registered")
    }

    /// A request that registers this device with `count` new key packages; one without an id leaves that to the server.
    pub fn registration(&self, count: usize) -> register_device::Input {
        let device_uuid = self.identity.split_once('#').map(|(_, id)| id.to_owned());
        registration(device_uuid, &self.mls, count)
    }

    /// The devices that wait to be added to this user's conversations.
    pub async fn waiting_devices(&self) -> Vec<get_pending_device_additions::PendingDeviceAddition> {
        let params = get_pending_device_additions::Params { convo_ids: None, limit: 100 };
        let output = self.api.get_pending_device_additions(&params).await;
        output.expect("anybody can ask for what waits for them").pending_additions
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

    /// The GroupInfo of a conversation's current epoch.
    pub async fn group_info(&self, convo_id: &str) -> Result<Vec<u8>, ClientError<get_group_info::Error>> {
        let output = self.api.get_group_info(&get_group_info::Params { convo_id: convo_id.to_owned() }).await?;
        Ok(decode_base64(&output.group_info).expect("the server sends base64"))
    }

    /// A page of a log as this user sees it.
    pub async fn page(
        &self,
        convo_id: &str,
        since_seq: impl Into<Option<i64>>,
        limit: i64,
    ) -> Result<get_messages::Output, ClientError<get_messages::Error>> {
        let (convo_id, since_seq) = (convo_id.to_owned(), since_seq.into());
        self.api.get_messages(&get_messages::Params { convo_id, limit, since_seq, seqs: None }).await
    }

    /// The whole log as this user may read it, page after page.
    pub async fn read(&self, convo_id: &str) -> Vec<defs::MessageView> {
        let mut entries = Vec::new();
        let mut since = 0;
        loop {
            let page = self.page_in_the_end(convo_id, since).await.expect("who was ever a member can read");
            let Some(last) = page.last_seq else { return entries };
            entries.extend(page.messages);
            since = last;
        }
    }

    /// A page, asked for again while the server asks for patience: as any client should, and as one has to that asks just
    /// after the database has come back.
    async fn page_in_the_end(
        &self,
        convo_id: &str,
        since: i64,
    ) -> Result<get_messages::Output, ClientError<get_messages::Error>> {
        let mut patience = 100;
        loop {
            match self.page(convo_id, since, 100).await {
                Err(ClientError::Refused { status: 503, .. }) if patience > 0 => patience -= 1,
                answer => return answer,
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// A message by its id.
    pub async fn message(&self, id: &str) -> Result<defs::MessageView, ClientError<get_message::Error>> {
        self.api.get_message(&get_message::Params { message_id: id.to_owned() }).await
    }

    /// The seqs of the commits of a conversation that this user may read, from the first epoch on.
    pub async fn commits(&self, convo_id: &str) -> Result<Vec<i64>, ClientError<get_commits::Error>> {
        let params = get_commits::Params { convo_id: convo_id.to_owned(), from_epoch: 0, to_epoch: None };
        let output = self.api.get_commits(&params).await?;
        Ok(output.commits.iter().filter_map(|commit| commit.seq).collect())
    }

    /// The conversations that this user is in.
    pub async fn convos(&self) -> Vec<defs::ConvoView> {
        let params = get_convos::Params { cursor: None, limit: 100 };
        self.api.get_convos(&params).await.expect("anybody can ask for their conversations").conversations
    }

    /// The ids of the conversations that this user is in.
    pub async fn convo_ids(&self) -> Vec<String> {
        self.convos().await.into_iter().map(|convo| convo.id).collect()
    }

    /// The epoch of a conversation.
    pub async fn epoch(&self, convo_id: &str) -> Result<i64, ClientError<get_epoch::Error>> {
        let params = get_epoch::Params { convo_id: convo_id.to_owned() };
        self.api.get_epoch(&params).await.map(|output| output.current_epoch)
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

/// A request that registers a device with `count` new key packages.
pub fn registration(device_uuid: Option<String>, mls: &MlsDevice, count: usize) -> register_device::Input {
    let item = || register_device::KeyPackageItem {
        key_package: encode_base64url(&mls.key_package()),
        cipher_suite: suite(),
        expires: None,
    };
    register_device::Input {
        device_name: "a device".to_owned(),
        device_uuid,
        signature_public_key: mls.signature_key().into(),
        key_packages: (0..count).map(|_| item()).collect(),
    }
}

/// The name of the error that an answer is.
///
/// # Panics
/// When the answer is a success, or none came.
pub fn refused<T: Debug, E: DeclaredError>(answer: Result<T, ClientError<E>>) -> String {
    match answer.expect_err("the request must be refused") {
        ClientError::Declared(error) => error.name().to_owned(),
        ClientError::Refused { name, .. } => name,
        ClientError::Transport(error) | ClientError::Decode(error) => panic!("no answer that can be read: {error}"),
    }
}

/// The API as a user calls it.
pub fn client(server: &TestServer, caller: &Did) -> Client<XrpcHttp> {
    server.endpoint().client(caller)
}

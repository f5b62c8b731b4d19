//! One MLS client, by openmls: keys, groups and what happens in them. It knows nothing of any server.

use openmls::prelude::*;
use openmls_basic_credential::SignatureKeyPair;
use openmls_rust_crypto::OpenMlsRustCrypto;

/// The suite that every client must have (RFC 9420, section 17.1), and that these speak.
pub const SUITE: Ciphersuite = Ciphersuite::MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519;

/// Its name on the wire.
pub const SUITE_NAME: &str = "MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519";

/// One device: a signature key and the private keys of its key packages.
pub struct MlsDevice {
    provider: OpenMlsRustCrypto,
    signer: SignatureKeyPair,
    credential: CredentialWithKey,
}

/// A group as one device sees it.
pub struct Group {
    inner: MlsGroup,
}

/// A commit in the making, and what goes along with it.
#[derive(Clone, Debug)]
pub struct Handshake {
    pub commit: Vec<u8>,
    pub welcome: Option<Vec<u8>>,
    /// The GroupInfo of the epoch that the commit leads to, where the commit was made with one.
    pub group_info: Option<Vec<u8>>,
}

/// What an entry of the log was to its reader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Received {
    Text(String),
    Proposal,
    /// The group is at this epoch now.
    Commit {
        epoch: i64,
    },
    /// The commit removed the reader.
    Removed,
}

impl MlsDevice {
    /// A device with new keys, whose credential names `identity`.
    pub fn new(identity: &str) -> Self {
        Self::with_signer(identity, SignatureKeyPair::new(SUITE.signature_algorithm()).expect("keys can be made"))
    }

    fn with_signer(identity: &str, signer: SignatureKeyPair) -> Self {
        let provider = OpenMlsRustCrypto::default();
        signer.store(provider.storage()).expect("keys can be kept in memory");
        let credential = CredentialWithKey {
            credential: BasicCredential::new(identity.as_bytes().to_vec()).into(),
            signature_key: signer.to_public_vec().into(),
        };
        Self { provider, signer, credential }
    }

    /// A client with the same signature key under another identity.
    pub fn renamed(&self, identity: &str) -> Self {
        let (storage, scheme) = (self.provider.storage(), SUITE.signature_algorithm());
        let signer = SignatureKeyPair::read(storage, &self.signature_key(), scheme).expect("the keys were kept");
        Self::with_signer(identity, signer)
    }

    /// The public key that this device signs with.
    pub fn signature_key(&self) -> Vec<u8> {
        self.signer.to_public_vec()
    }

    /// A new key package, as bare bytes.
    pub fn key_package(&self) -> Vec<u8> {
        self.key_package_from(SUITE, KeyPackage::builder())
    }

    /// A new key package for another suite with the same kind of signatures.
    pub fn key_package_of(&self, suite: Ciphersuite) -> Vec<u8> {
        self.key_package_from(suite, KeyPackage::builder())
    }

    /// A new last-resort key package (RFC 9420, section 16.8).
    pub fn last_resort_key_package(&self) -> Vec<u8> {
        // RFC 9420, section 10: extensions of a key package must be among the capabilities of its leaf.
        let capabilities = Capabilities::builder().extensions(vec![ExtensionType::LastResort]).build();
        self.key_package_from(SUITE, KeyPackage::builder().leaf_node_capabilities(capabilities).mark_as_last_resort())
    }

    /// A new key package whose lifetime ends after `seconds`.
    pub fn short_lived_key_package(&self, seconds: u64) -> Vec<u8> {
        self.key_package_from(SUITE, KeyPackage::builder().key_package_lifetime(Lifetime::new(seconds)))
    }

    fn key_package_from(&self, suite: Ciphersuite, builder: KeyPackageBuilder) -> Vec<u8> {
        let bundle = builder
            .build(suite, &self.provider, &self.signer, self.credential.clone())
            .expect("a key package can be made");
        bytes(bundle.key_package())
    }

    /// A group with this device alone in it, at epoch 0.
    pub fn create_group(&self, group_id: &[u8]) -> Group {
        self.create_group_framed(group_id, PURE_CIPHERTEXT_WIRE_FORMAT_POLICY)
    }

    /// The same, with handshake messages in the clear.
    pub fn create_public_group(&self, group_id: &[u8]) -> Group {
        self.create_group_framed(group_id, PURE_PLAINTEXT_WIRE_FORMAT_POLICY)
    }

    fn create_group_framed(&self, group_id: &[u8], policy: WireFormatPolicy) -> Group {
        let config = MlsGroupCreateConfig::builder()
            .ciphersuite(SUITE)
            .wire_format_policy(policy)
            .use_ratchet_tree_extension(true)
            .build();
        let group_id = GroupId::from_slice(group_id);
        let inner =
            MlsGroup::new_with_group_id(&self.provider, &self.signer, &config, group_id, self.credential.clone())
                .expect("a group can be made");
        Group { inner }
    }

    /// Joins by a Welcome for one of this device's key packages; nothing when it is for none.
    pub fn join(&self, welcome: &[u8]) -> Option<Group> {
        let message = MlsMessageIn::tls_deserialize_exact_bytes(welcome).expect("a Welcome is an MLSMessage");
        let MlsMessageBodyIn::Welcome(welcome) = message.extract() else {
            panic!("the message is no Welcome");
        };
        let config = MlsGroupJoinConfig::builder()
            .wire_format_policy(MIXED_CIPHERTEXT_WIRE_FORMAT_POLICY)
            .use_ratchet_tree_extension(true)
            .build();
        let staged = StagedWelcome::new_from_welcome(&self.provider, &config, welcome, None).ok()?;
        Some(Group { inner: staged.into_group(&self.provider).expect("a staged Welcome becomes a group") })
    }
}

impl Group {
    /// The epoch that this device is at.
    pub fn epoch(&self) -> i64 {
        self.inner.epoch().as_u64() as i64
    }

    /// The MLS group id.
    pub fn id(&self) -> Vec<u8> {
        self.inner.group_id().to_vec()
    }

    /// The identities in the group, in order of their leaves.
    pub fn identities(&self) -> Vec<String> {
        self.inner.members().map(|member| identity_of(&member.credential)).collect()
    }

    /// Encrypts a text for the group.
    pub fn encrypt(&mut self, device: &MlsDevice, text: &str) -> Vec<u8> {
        let message = self.inner.create_message(&device.provider, &device.signer, text.as_bytes());
        bytes(&message.expect("a member can encrypt"))
    }

    /// Prepares a commit that adds devices by their key packages.
    pub fn add(&mut self, device: &MlsDevice, key_packages: &[Vec<u8>]) -> Handshake {
        self.change(device, key_packages, &[])
    }

    /// Prepares a commit that removes every leaf whose identity is one of these.
    pub fn remove(&mut self, device: &MlsDevice, identities: &[&str]) -> Handshake {
        self.change(device, &[], identities)
    }

    /// Prepares a commit that adds and removes devices, and carries out the proposals that were received.
    pub fn change(&mut self, device: &MlsDevice, key_packages: &[Vec<u8>], identities: &[&str]) -> Handshake {
        let key_packages: Vec<_> = key_packages.iter().map(|package| read_key_package(device, package)).collect();
        let leaves: Vec<_> = identities.iter().flat_map(|identity| self.leaves(identity)).collect();
        let bundle = self
            .inner
            .commit_builder()
            .propose_adds(key_packages)
            .propose_removals(leaves)
            .load_psks(device.provider.storage())
            .expect("there are no PSKs to load")
            .create_group_info(true)
            .build(device.provider.rand(), device.provider.crypto(), &device.signer, |_| true)
            .expect("a commit can be built")
            .stage_commit(&device.provider)
            .expect("a commit can be staged");
        let (commit, welcome, group_info) = bundle.into_messages();
        Handshake {
            commit: bytes(&commit),
            welcome: welcome.map(|welcome| bytes(&welcome)),
            group_info: group_info.map(|info| bytes(&info)),
        }
    }

    fn leaves(&self, identity: &str) -> Vec<LeafNodeIndex> {
        let members = self.inner.members().filter(|member| identity_of(&member.credential) == identity);
        members.map(|member| member.index).collect()
    }

    /// Prepares a commit that changes this device's keys alone.
    pub fn update(&mut self, device: &MlsDevice) -> Handshake {
        let bundle = self
            .inner
            .self_update(&device.provider, &device.signer, LeafNodeParameters::default())
            .expect("keys can be updated");
        Handshake { commit: bytes(bundle.commit()), welcome: None, group_info: None }
    }

    /// A proposal to remove this device, for somebody else to commit.
    pub fn propose_leaving(&mut self, device: &MlsDevice) -> Vec<u8> {
        bytes(&self.inner.leave_group(&device.provider, &device.signer).expect("a member can propose to leave"))
    }

    /// A proposal to remove a device, for somebody else to commit.
    pub fn propose_removing(&mut self, device: &MlsDevice, identity: &str) -> Vec<u8> {
        let leaf = self.leaves(identity)[0];
        let (proposal, _) = self
            .inner
            .propose_remove_member(&device.provider, &device.signer, leaf)
            .expect("a member can propose to remove another");
        bytes(&proposal)
    }

    /// Prepares a commit of the proposals that were received.
    pub fn commit_proposals(&mut self, device: &MlsDevice) -> Handshake {
        self.change(device, &[], &[])
    }

    /// The GroupInfo of the current epoch, with its ratchet tree.
    pub fn group_info(&self, device: &MlsDevice) -> Vec<u8> {
        self.export_group_info(device, true)
    }

    /// The same without the ratchet tree.
    pub fn group_info_without_tree(&self, device: &MlsDevice) -> Vec<u8> {
        self.export_group_info(device, false)
    }

    fn export_group_info(&self, device: &MlsDevice, with_tree: bool) -> Vec<u8> {
        let info = self.inner.export_group_info(device.provider.crypto(), &device.signer, with_tree);
        bytes(&info.expect("a member can export GroupInfo"))
    }

    /// The server took the commit: the group moves on.
    pub fn merge(&mut self, device: &MlsDevice) {
        self.inner.merge_pending_commit(&device.provider).expect("a pending commit can be merged");
    }

    /// The server did not take the commit: the group stays.
    pub fn discard(&mut self, device: &MlsDevice) {
        self.inner.clear_pending_commit(device.provider.storage()).expect("a pending commit can be discarded");
    }

    /// The device forgets the group, as it must before it joins the same group anew.
    pub fn forget(mut self, device: &MlsDevice) {
        self.inner.delete(device.provider.storage()).expect("a group in memory can be deleted");
    }

    /// Processes an entry that another device sent.
    pub fn receive(&mut self, device: &MlsDevice, entry: &[u8]) -> Result<Received, String> {
        let message = MlsMessageIn::tls_deserialize_exact_bytes(entry).map_err(|error| error.to_string())?;
        let message = message.try_into_protocol_message().map_err(|error| error.to_string())?;
        let processed = self.inner.process_message(&device.provider, message).map_err(|error| error.to_string())?;
        Ok(match processed.into_content() {
            ProcessedMessageContent::ApplicationMessage(text) => {
                Received::Text(String::from_utf8(text.into_bytes()).map_err(|error| error.to_string())?)
            }
            ProcessedMessageContent::StagedCommitMessage(staged) => {
                let removed = staged.self_removed();
                self.inner.merge_staged_commit(&device.provider, *staged).map_err(|error| error.to_string())?;
                if removed { Received::Removed } else { Received::Commit { epoch: self.epoch() } }
            }
            ProcessedMessageContent::ProposalMessage(proposal)
            | ProcessedMessageContent::ExternalJoinProposalMessage(proposal) => {
                self.inner
                    .store_pending_proposal(device.provider.storage(), *proposal)
                    .map_err(|error| error.to_string())?;
                Received::Proposal
            }
            _ => return Err("a kind of message that these clients don't send".to_owned()),
        })
    }
}

/// A commit by which somebody outside joins the group that a GroupInfo describes (RFC 9420, section 12.4.3.2), and the group
/// as it is for them once the server has taken it. A leaf with the device's own signature key is removed by it.
pub fn join_outside(device: &MlsDevice, group_info: &[u8]) -> (Group, Handshake) {
    let message = MlsMessageIn::tls_deserialize_exact_bytes(group_info).expect("a GroupInfo is an MLSMessage");
    let MlsMessageBodyIn::GroupInfo(group_info) = message.extract() else {
        panic!("the message is no GroupInfo");
    };
    let config = MlsGroupJoinConfig::builder()
        .wire_format_policy(MIXED_CIPHERTEXT_WIRE_FORMAT_POLICY)
        .use_ratchet_tree_extension(true)
        .build();
    let (inner, bundle) = MlsGroup::external_commit_builder()
        .with_config(config)
        .build_group(&device.provider, group_info, device.credential.clone())
        .expect("the GroupInfo can be joined")
        .load_psks(device.provider.storage())
        .expect("there are no PSKs to load")
        .build(device.provider.rand(), device.provider.crypto(), &device.signer, |_| true)
        .expect("an external commit can be built")
        .finalize(&device.provider)
        .expect("an external commit can be finalized");
    let group = Group { inner };
    let group_info = Some(group.group_info(device));
    (group, Handshake { commit: bytes(&bundle.into_commit()), welcome: None, group_info })
}

/// The commit of [`join_outside`] alone. The device keeps nothing of the group.
pub fn external_commit(device: &MlsDevice, group_info: &[u8]) -> Vec<u8> {
    let (group, handshake) = join_outside(device, group_info);
    group.forget(device);
    handshake.commit
}

fn read_key_package(device: &MlsDevice, package: &[u8]) -> KeyPackage {
    KeyPackageIn::tls_deserialize_exact_bytes(package)
        .expect("a key package is what the server gave")
        .validate(device.provider.crypto(), ProtocolVersion::Mls10)
        .expect("the server gives valid key packages alone")
}

fn identity_of(credential: &Credential) -> String {
    let basic = BasicCredential::try_from(credential.clone()).expect("credentials here are basic");
    String::from_utf8_lossy(basic.identity()).into_owned()
}

fn bytes(message: &impl tls_codec::Serialize) -> Vec<u8> {
    message.tls_serialize_detached().expect("MLS structures can be written")
}

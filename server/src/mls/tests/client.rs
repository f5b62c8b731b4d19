//! An openmls client for these tests, in any of the six suites.

use openmls::prelude::*;
use openmls_basic_credential::SignatureKeyPair;
use openmls_traits::signatures::{Signer, SignerError};

use super::provider::AllSuites;
use crate::mls::Suite;

pub const ALICE: &str = "did:plc:alice2222222222222222222";
pub const BOB: &str = "did:plc:bob222222222222222222222";
pub const CAROL: &str = "did:web:carol.example";

/// Somebody with a signature key.
pub struct Client {
    pub suite: Suite,
    pub provider: AllSuites,
    pub signer: TestSigner,
    pub identity: String,
}

/// Signs in all schemes of the six suites.
pub enum TestSigner {
    Openmls(SignatureKeyPair),
    P521(Box<p521::ecdsa::SigningKey>),
    Ed448(Box<ed448_goldilocks::SigningKey>),
}

impl TestSigner {
    fn new(suite: Suite, provider: &AllSuites) -> Self {
        let random = |length| provider.rand().random_vec(length).unwrap();
        match suite.signature_scheme() {
            SignatureScheme::ECDSA_SECP521R1_SHA512 => {
                // A leading zero byte keeps the number below the group's order.
                let secret = [vec![0], random(65)].concat();
                Self::P521(Box::new(p521::ecdsa::SigningKey::from_slice(&secret).unwrap()))
            }
            SignatureScheme::ED448 => {
                let secret: [u8; 57] = random(57).try_into().unwrap();
                Self::Ed448(Box::new(ed448_goldilocks::SigningKey::from(&secret.into())))
            }
            scheme => Self::Openmls(SignatureKeyPair::new(scheme).unwrap()),
        }
    }

    pub fn public_key(&self) -> Vec<u8> {
        match self {
            Self::Openmls(pair) => pair.to_public_vec(),
            Self::P521(key) => key.verifying_key().to_sec1_point(false).as_bytes().to_vec(),
            Self::Ed448(key) => key.verifying_key().to_bytes().to_vec(),
        }
    }
}

impl Signer for TestSigner {
    fn sign(&self, payload: &[u8]) -> Result<Vec<u8>, SignerError> {
        match self {
            Self::Openmls(pair) => pair.sign(payload),
            Self::P521(key) => {
                use p521::ecdsa::{DerSignature, signature::Signer as _};
                let signature: DerSignature = key.sign(payload);
                Ok(signature.as_bytes().to_vec())
            }
            Self::Ed448(key) => Ok(key.sign_raw(payload).to_bytes().to_vec()),
        }
    }

    fn signature_scheme(&self) -> SignatureScheme {
        match self {
            Self::Openmls(pair) => pair.signature_scheme(),
            Self::P521(_) => SignatureScheme::ECDSA_SECP521R1_SHA512,
            Self::Ed448(_) => SignatureScheme::ED448,
        }
    }
}

impl Client {
    pub fn new(suite: Suite, identity: &str) -> Self {
        let provider = AllSuites::default();
        Self { suite, signer: TestSigner::new(suite, &provider), provider, identity: identity.to_owned() }
    }

    pub fn credential(&self) -> CredentialWithKey {
        self.credential_of(BasicCredential::new(self.identity.clone().into()).into())
    }

    pub fn credential_of(&self, credential: Credential) -> CredentialWithKey {
        CredentialWithKey { credential, signature_key: self.signer.public_key().into() }
    }

    pub fn key_package(&self) -> KeyPackage {
        let capabilities = self.capabilities().build();
        self.key_package_with(KeyPackage::builder().leaf_node_capabilities(capabilities))
    }

    /// Those that openmls gives by default, for this client's suite.
    pub fn capabilities(&self) -> CapabilitiesBuilder {
        Capabilities::builder().ciphersuites(vec![self.suite.openmls()])
    }

    pub fn key_package_with(&self, builder: KeyPackageBuilder) -> KeyPackage {
        self.key_package_as(builder, self.credential())
    }

    pub fn key_package_as(&self, builder: KeyPackageBuilder, who: CredentialWithKey) -> KeyPackage {
        let suite = self.suite.openmls();
        let bundle = builder.build(suite, &self.provider, &self.signer, who);
        bundle.unwrap().key_package().clone()
    }

    /// A new group with only this client in it, whose messages are framed as `policy` says.
    pub fn create_group(&self, policy: WireFormatPolicy) -> MlsGroup {
        let config = MlsGroupCreateConfig::builder()
            .ciphersuite(self.suite.openmls())
            .capabilities(self.capabilities().build())
            .wire_format_policy(policy)
            .use_ratchet_tree_extension(true)
            .build();
        MlsGroup::new(&self.provider, &self.signer, &config, self.credential()).unwrap()
    }

    /// Adds `others` and merges; returns the commit and the Welcome.
    pub fn add(&self, group: &mut MlsGroup, others: &[KeyPackage]) -> (Vec<u8>, Vec<u8>) {
        let added = group.add_members(&self.provider, &self.signer, others);
        let (commit, welcome, _) = added.unwrap();
        group.merge_pending_commit(&self.provider).unwrap();
        (bytes(&commit), bytes(&welcome))
    }

    /// Changes nothing but this client's keys, and merges; returns the commit.
    pub fn update(&self, group: &mut MlsGroup) -> Vec<u8> {
        let parameters = LeafNodeParameters::default();
        let bundle = group.self_update(&self.provider, &self.signer, parameters);
        let commit = bytes(bundle.unwrap().commit());
        group.merge_pending_commit(&self.provider).unwrap();
        commit
    }

    pub fn group_info(&self, group: &MlsGroup, with_tree: bool) -> Vec<u8> {
        let info = group.export_group_info(self.provider.crypto(), &self.signer, with_tree);
        bytes(&info.unwrap())
    }
}

pub fn bytes(message: &impl tls_codec::Serialize) -> Vec<u8> {
    message.tls_serialize_detached().unwrap()
}

/// An MLSMessage's body without its header.
pub fn bare(message: &[u8]) -> &[u8] {
    &message[4..]
}

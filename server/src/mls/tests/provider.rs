//! An openmls provider that lets clients make key packages and groups in all six suites.
//!
//! openmls_rust_crypto lacks the key exchanges of the 256-bit suites. A delivery service never performs one, so here
//! they are stand-ins that give bytes of the right lengths: what such a client makes is well-formed and truly signed,
//! but nobody can open its Welcomes. For the other suites everything is real.

use openmls::prelude::*;
use openmls_rust_crypto::{MemoryStorage, OpenMlsRustCrypto, RustCrypto};
use openmls_traits::types::{
    AeadType, CryptoError, ExporterSecret, HashType, HpkeConfig, HpkeKemType, HpkeKeyPair, KemOutput,
};
use tls_codec::SecretVLBytes;

use crate::mls::{Suite, signature};

#[derive(Default)]
pub struct AllSuites {
    inner: OpenMlsRustCrypto,
    crypto: Crypto,
}

#[derive(Default)]
pub struct Crypto(RustCrypto);

impl OpenMlsProvider for AllSuites {
    type CryptoProvider = Crypto;
    type RandProvider = RustCrypto;
    type StorageProvider = MemoryStorage;

    fn storage(&self) -> &MemoryStorage {
        self.inner.storage()
    }

    fn crypto(&self) -> &Crypto {
        &self.crypto
    }

    fn rand(&self) -> &RustCrypto {
        self.inner.rand()
    }
}

/// The public key length of a key exchange that openmls_rust_crypto lacks.
fn stand_in(config: &HpkeConfig) -> Option<usize> {
    match config.0 {
        HpkeKemType::DhKem448 => Some(56),
        HpkeKemType::DhKemP521 => Some(133),
        _ => None,
    }
}

fn stretch(seed: &[u8], length: usize) -> Vec<u8> {
    let mut out = Vec::new();
    while out.len() < length {
        out.extend(Suite::P521Aes256.hash(&[seed, &out].concat()));
    }
    out.truncate(length);
    out
}

impl OpenMlsCrypto for Crypto {
    fn supports(&self, suite: Ciphersuite) -> Result<(), CryptoError> {
        let known = Suite::from_id(suite.into());
        known.map(drop).map_err(|_| CryptoError::UnsupportedCiphersuite)
    }

    fn supported_ciphersuites(&self) -> Vec<Ciphersuite> {
        Suite::ALL.map(Suite::openmls).to_vec()
    }

    fn hkdf_extract(&self, hash: HashType, salt: &[u8], ikm: &[u8]) -> Result<SecretVLBytes, CryptoError> {
        self.0.hkdf_extract(hash, salt, ikm)
    }

    fn hmac(&self, hash: HashType, key: &[u8], message: &[u8]) -> Result<SecretVLBytes, CryptoError> {
        self.0.hmac(hash, key, message)
    }

    fn hkdf_expand(
        &self,
        hash: HashType,
        prk: &[u8],
        info: &[u8],
        length: usize,
    ) -> Result<SecretVLBytes, CryptoError> {
        self.0.hkdf_expand(hash, prk, info, length)
    }

    fn hash(&self, hash: HashType, data: &[u8]) -> Result<Vec<u8>, CryptoError> {
        self.0.hash(hash, data)
    }

    fn aead_encrypt(
        &self,
        aead: AeadType,
        key: &[u8],
        data: &[u8],
        nonce: &[u8],
        aad: &[u8],
    ) -> Result<Vec<u8>, CryptoError> {
        self.0.aead_encrypt(aead, key, data, nonce, aad)
    }

    fn aead_decrypt(
        &self,
        aead: AeadType,
        key: &[u8],
        data: &[u8],
        nonce: &[u8],
        aad: &[u8],
    ) -> Result<Vec<u8>, CryptoError> {
        self.0.aead_decrypt(aead, key, data, nonce, aad)
    }

    fn signature_key_gen(&self, scheme: SignatureScheme) -> Result<(Vec<u8>, Vec<u8>), CryptoError> {
        self.0.signature_key_gen(scheme)
    }

    fn verify_signature(
        &self,
        scheme: SignatureScheme,
        data: &[u8],
        key: &[u8],
        signature: &[u8],
    ) -> Result<(), CryptoError> {
        match signature::verify(scheme, key, data, signature) {
            true => Ok(()),
            false => Err(CryptoError::InvalidSignature),
        }
    }

    fn sign(&self, scheme: SignatureScheme, data: &[u8], key: &[u8]) -> Result<Vec<u8>, CryptoError> {
        self.0.sign(scheme, data, key)
    }

    fn hpke_seal(
        &self,
        config: HpkeConfig,
        key: &[u8],
        info: &[u8],
        aad: &[u8],
        text: &[u8],
    ) -> Result<HpkeCiphertext, CryptoError> {
        match stand_in(&config) {
            None => self.0.hpke_seal(config, key, info, aad, text),
            Some(length) => Ok(HpkeCiphertext {
                kem_output: stretch(key, length).into(),
                ciphertext: stretch(info, text.len() + 16).into(),
            }),
        }
    }

    fn hpke_open(
        &self,
        config: HpkeConfig,
        input: &HpkeCiphertext,
        key: &[u8],
        info: &[u8],
        aad: &[u8],
    ) -> Result<Vec<u8>, CryptoError> {
        self.0.hpke_open(config, input, key, info, aad)
    }

    fn hpke_setup_sender_and_export(
        &self,
        config: HpkeConfig,
        key: &[u8],
        info: &[u8],
        context: &[u8],
        length: usize,
    ) -> Result<(KemOutput, ExporterSecret), CryptoError> {
        match stand_in(&config) {
            None => (self.0).hpke_setup_sender_and_export(config, key, info, context, length),
            Some(kem) => Ok((stretch(key, kem), stretch(context, length).into())),
        }
    }

    fn hpke_setup_receiver_and_export(
        &self,
        config: HpkeConfig,
        enc: &[u8],
        key: &[u8],
        info: &[u8],
        context: &[u8],
        length: usize,
    ) -> Result<ExporterSecret, CryptoError> {
        (self.0).hpke_setup_receiver_and_export(config, enc, key, info, context, length)
    }

    fn derive_hpke_keypair(&self, config: HpkeConfig, ikm: &[u8]) -> Result<HpkeKeyPair, CryptoError> {
        match stand_in(&config) {
            None => self.0.derive_hpke_keypair(config, ikm),
            Some(length) => Ok(HpkeKeyPair { private: ikm.into(), public: stretch(ikm, length) }),
        }
    }
}

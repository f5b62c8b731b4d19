//! The cipher suites of RFC 9420 (section 17.1) that the service takes part in.

use std::{fmt, str::FromStr};

use openmls::prelude::{Ciphersuite, SignatureScheme};
use sha2::{Digest, Sha256, Sha512};

use super::MlsError;

/// A cipher suite of RFC 9420. The discriminant is its number on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u16)]
pub enum Suite {
    /// MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519
    X25519Aes128Ed25519 = 1,
    /// MLS_128_DHKEMP256_AES128GCM_SHA256_P256
    P256Aes128 = 2,
    /// MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519
    X25519ChaCha20Ed25519 = 3,
    /// MLS_256_DHKEMX448_AES256GCM_SHA512_Ed448
    X448Aes256Ed448 = 4,
    /// MLS_256_DHKEMP521_AES256GCM_SHA512_P521
    P521Aes256 = 5,
    /// MLS_256_DHKEMX448_CHACHA20POLY1305_SHA512_Ed448
    X448ChaCha20Ed448 = 6,
}

/// A name that is no suite's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the name of a supported cipher suite")]
pub struct UnknownSuite;

impl Suite {
    /// All suites, by number.
    pub const ALL: [Suite; 6] = [
        Suite::X25519Aes128Ed25519,
        Suite::P256Aes128,
        Suite::X25519ChaCha20Ed25519,
        Suite::X448Aes256Ed448,
        Suite::P521Aes256,
        Suite::X448ChaCha20Ed448,
    ];

    /// The suite's number in MLS structures.
    pub fn id(self) -> u16 {
        self as u16
    }

    /// The suite with this number.
    ///
    /// # Errors
    /// [`MlsError::UnsupportedSuite`].
    pub fn from_id(id: u16) -> Result<Self, MlsError> {
        let found = Self::ALL.into_iter().find(|suite| suite.id() == id);
        found.ok_or(MlsError::UnsupportedSuite(id))
    }

    /// The suite's name in RFC 9420, which is its name in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Suite::X25519Aes128Ed25519 => "MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519",
            Suite::P256Aes128 => "MLS_128_DHKEMP256_AES128GCM_SHA256_P256",
            Suite::X25519ChaCha20Ed25519 => "MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519",
            Suite::X448Aes256Ed448 => "MLS_256_DHKEMX448_AES256GCM_SHA512_Ed448",
            Suite::P521Aes256 => "MLS_256_DHKEMP521_AES256GCM_SHA512_P521",
            Suite::X448ChaCha20Ed448 => "MLS_256_DHKEMX448_CHACHA20POLY1305_SHA512_Ed448",
        }
    }

    /// openmls's name for the suite.
    pub fn openmls(self) -> Ciphersuite {
        match self {
            Suite::X25519Aes128Ed25519 => Ciphersuite::MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519,
            Suite::P256Aes128 => Ciphersuite::MLS_128_DHKEMP256_AES128GCM_SHA256_P256,
            Suite::X25519ChaCha20Ed25519 => Ciphersuite::MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519,
            Suite::X448Aes256Ed448 => Ciphersuite::MLS_256_DHKEMX448_AES256GCM_SHA512_Ed448,
            Suite::P521Aes256 => Ciphersuite::MLS_256_DHKEMP521_AES256GCM_SHA512_P521,
            Suite::X448ChaCha20Ed448 => Ciphersuite::MLS_256_DHKEMX448_CHACHA20POLY1305_SHA512_Ed448,
        }
    }

    /// The scheme that the suite's credentials sign with.
    pub fn signature_scheme(self) -> SignatureScheme {
        self.openmls().signature_algorithm()
    }

    /// The suite's hash function.
    pub fn hash(self, data: &[u8]) -> Vec<u8> {
        match self {
            Suite::X25519Aes128Ed25519 | Suite::P256Aes128 | Suite::X25519ChaCha20Ed25519 => {
                Sha256::digest(data).to_vec()
            }
            Suite::X448Aes256Ed448 | Suite::P521Aes256 | Suite::X448ChaCha20Ed448 => Sha512::digest(data).to_vec(),
        }
    }

    /// Length in bytes of what [`Self::hash`] gives, and so of a key package reference.
    pub fn hash_length(self) -> usize {
        self.openmls().hash_length()
    }

    /// Length in bytes of the suite's HPKE public keys (RFC 9180, section 7.1, Npk).
    pub(super) fn hpke_key_length(self) -> usize {
        match self {
            Suite::X25519Aes128Ed25519 | Suite::X25519ChaCha20Ed25519 => 32,
            Suite::P256Aes128 => 65,
            Suite::X448Aes256Ed448 | Suite::X448ChaCha20Ed448 => 56,
            Suite::P521Aes256 => 133,
        }
    }
}

impl fmt::Display for Suite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Suite {
    type Err = UnknownSuite;

    fn from_str(name: &str) -> Result<Self, UnknownSuite> {
        let found = Self::ALL.into_iter().find(|suite| suite.as_str() == name);
        found.ok_or(UnknownSuite)
    }
}

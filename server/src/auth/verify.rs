//! ECDSA in the one form that AT Protocol signs in: over SHA-256, `r` and `s` in 64 bytes, low S.
//!
//! A PDS signs a new token for each request, so this is where the time of a request goes. The libraries
//! are the fastest of those that build everywhere, by `make bench-tokens`: libsecp256k1 takes a third
//! of the time of `k256`, and `ring` a fifth of that of `p256`.

use std::fmt;

use atrium_crypto::Algorithm;
use base64_simd::{Out, URL_SAFE_NO_PAD};
use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use secp256k1::ecdsa;
use sha2::{Digest, Sha256};

/// `r` and `s`, big-endian, 32 bytes each.
pub(super) const SIGNATURE_BYTES: usize = 64;

/// How long a signature is in base64url without padding.
const SIGNATURE_CHARS: usize = 86;

/// An uncompressed point: a tag and two coordinates.
const POINT_BYTES: usize = 65;

/// Half the order of P-256, rounded down: the largest `s` that is low.
const P256_HALF_ORDER: [u8; 32] = [
    0x7f, 0xff, 0xff, 0xff, 0x80, 0x00, 0x00, 0x00, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, //
    0xde, 0x73, 0x7d, 0x56, 0xd3, 0x8b, 0xcf, 0x42, 0x79, 0xdc, 0xe5, 0x61, 0x7e, 0x31, 0x92, 0xa8,
];

/// A text that may be signed, and its SHA-256.
#[derive(Clone, Copy, Debug)]
pub(super) struct SigningInput<'a> {
    text: &'a str,
    digest: [u8; 32],
}

impl<'a> SigningInput<'a> {
    pub fn new(text: &'a str) -> Self {
        Self { text, digest: Sha256::digest(text).into() }
    }

    pub fn text(&self) -> &'a str {
        self.text
    }

    pub fn digest(&self) -> [u8; 32] {
        self.digest
    }
}

/// A public key in the form that checking starts from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum PublicKey {
    Secp256k1(secp256k1::PublicKey),
    /// Uncompressed, so that no square root has to be found for each signature.
    P256([u8; POINT_BYTES]),
}

impl PublicKey {
    /// Takes an uncompressed point of the curve, as `atrium-crypto` reads it from a multikey.
    pub fn new(curve: Algorithm, point: &[u8]) -> Option<Self> {
        match curve {
            Algorithm::Secp256k1 => secp256k1::PublicKey::from_slice(point).ok().map(Self::Secp256k1),
            Algorithm::P256 => point.try_into().ok().map(Self::P256),
        }
    }

    pub fn curve(&self) -> Algorithm {
        match self {
            Self::Secp256k1(_) => Algorithm::Secp256k1,
            Self::P256(_) => Algorithm::P256,
        }
    }

    /// Whether the owner of the key signed `input`. Only low S is accepted, as AT Protocol demands: else
    /// anybody could make a second valid signature from one that he has seen.
    pub fn verifies(&self, input: &SigningInput<'_>, signature: &[u8; SIGNATURE_BYTES]) -> bool {
        match self {
            // libsecp256k1 refuses high S by itself.
            Self::Secp256k1(key) => ecdsa::Signature::from_compact(signature)
                .and_then(|signature| signature.verify(secp256k1::Message::from_digest(input.digest), key))
                .is_ok(),
            // ring takes no digest, and has no opinion on S.
            Self::P256(point) => {
                signature[32..] <= P256_HALF_ORDER[..]
                    && UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)
                        .verify(input.text.as_bytes(), signature)
                        .is_ok()
            }
        }
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({:?})", self.curve())
    }
}

/// The bytes of a signature in base64url; none when it is anything else, or of another length.
pub(super) fn decode_signature(encoded: &str) -> Option<[u8; SIGNATURE_BYTES]> {
    if encoded.len() != SIGNATURE_CHARS {
        return None;
    }
    let mut signature = [0; SIGNATURE_BYTES];
    URL_SAFE_NO_PAD.decode(encoded.as_bytes(), Out::from_slice(&mut signature)).ok()?;
    Some(signature)
}

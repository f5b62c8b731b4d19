//! Labelled signatures and hash references (RFC 9420, sections 5.1.2 and 5.2), for all six suites.

use std::sync::LazyLock;

use openmls::prelude::{OpenMlsCrypto, SignatureScheme};
use openmls_rust_crypto::RustCrypto;

use super::{Suite, reader::write_opaque};

static RUST_CRYPTO: LazyLock<RustCrypto> = LazyLock::new(RustCrypto::default);

/// `VerifyWithLabel`: whether `signature` is `key`'s over `content` under `label` (without its "MLS 1.0 " prefix).
/// Keys in another encoding than the suite's own (compressed points, say) verify nothing.
pub(super) fn verify_with_label(suite: Suite, key: &[u8], label: &str, content: &[u8], signature: &[u8]) -> bool {
    let mut signed = Vec::with_capacity(content.len() + 48);
    write_opaque(&mut signed, format!("MLS 1.0 {label}").as_bytes());
    write_opaque(&mut signed, content);
    verify(suite.signature_scheme(), key, &signed, signature)
}

/// `RefHash`: the suite's hash over label and value.
pub(super) fn ref_hash(suite: Suite, label: &str, value: &[u8]) -> Vec<u8> {
    let mut input = Vec::with_capacity(value.len() + 48);
    write_opaque(&mut input, label.as_bytes());
    write_opaque(&mut input, value);
    suite.hash(&input)
}

/// Verifies one signature in the encodings that RFC 9420 prescribes (section 5.1.1): RFC 8032 for EdDSA, an
/// uncompressed point and a DER `ECDSA-Sig-Value` for ECDSA.
pub(super) fn verify(scheme: SignatureScheme, key: &[u8], message: &[u8], signature: &[u8]) -> bool {
    match scheme {
        SignatureScheme::ED25519 if key.len() == 32 => delegate(scheme, key, message, signature),
        SignatureScheme::ECDSA_SECP256R1_SHA256 if is_uncompressed(key, 65) => {
            delegate(scheme, key, message, signature)
        }
        SignatureScheme::ECDSA_SECP521R1_SHA512 if is_uncompressed(key, 133) => {
            verify_p521(key, message, signature).is_some()
        }
        SignatureScheme::ED448 => verify_ed448(key, message, signature).is_some(),
        _ => false,
    }
}

fn delegate(scheme: SignatureScheme, key: &[u8], message: &[u8], signature: &[u8]) -> bool {
    let verdict = RUST_CRYPTO.verify_signature(scheme, message, key, signature);
    verdict.is_ok()
}

fn is_uncompressed(key: &[u8], length: usize) -> bool {
    key.len() == length && key.first() == Some(&4)
}

fn verify_p521(key: &[u8], message: &[u8], signature: &[u8]) -> Option<()> {
    use p521::ecdsa::{Signature, VerifyingKey, signature::Verifier};
    let key = VerifyingKey::from_sec1_bytes(key).ok()?;
    let signature = Signature::from_der(signature).ok()?;
    key.verify(message, &signature).ok()
}

fn verify_ed448(key: &[u8], message: &[u8], signature: &[u8]) -> Option<()> {
    use ed448_goldilocks::{Signature, VerifyingKey};
    let key: &[u8; 57] = key.try_into().ok()?;
    let key = VerifyingKey::from_bytes(key).ok()?;
    let signature = Signature::try_from(signature).ok()?;
    key.verify_raw(&signature, message).ok()
}

//! The `#atproto` key of a DID document, and what it signed.

use atrium_api::did_doc::{DidDocument, VerificationMethod};
use atrium_api::types::string::Did;
use atrium_crypto::{Algorithm, did, multibase};

use super::token::{Token, TokenAlgorithm};
use super::verify::{PublicKey, decode_signature};

/// More than any encoding of a public key takes. Base58 decodes in quadratic time, so what a
/// stranger's document holds is not decoded at any length.
const MAX_MULTIBASE_CHARS: usize = 256;

/// An issuer's public key, ready for use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SigningKey(PublicKey);

/// Why a key did not verify a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mismatch {
    /// `alg` belongs to another curve than the key.
    Curve,
    /// The signature is not of this key over this token, or has a high S.
    Signature,
}

impl SigningKey {
    /// The key of the verification method `#atproto`, by its relative or full id: exactly that one.
    ///
    /// # Errors
    /// A sentence for the client when the document is of another DID, has no such key or several,
    /// or one that can't be read.
    pub fn of(did: &Did, document: &DidDocument) -> Result<Self, &'static str> {
        if document.id != did.as_str() {
            return Err("its `id` is another DID");
        }
        let full_id = format!("{}#atproto", did.as_str());
        let mut methods = document.verification_method.iter().flatten();
        let mut next = || methods.find(|method| method.id == "#atproto" || method.id == full_id);
        let method = next().ok_or("it has no verification method `#atproto`")?;
        if next().is_some() {
            return Err("it has several verification methods `#atproto`");
        }
        Self::read(method).ok_or("the key of its verification method `#atproto` can't be read")
    }

    fn read(method: &VerificationMethod) -> Option<Self> {
        let encoded = method.public_key_multibase.as_deref()?;
        if encoded.len() > MAX_MULTIBASE_CHARS {
            return None;
        }
        let (_, bytes) = multibase::decode(encoded).ok()?;
        // A document made before Multikey names the curve in the type and holds the bare point.
        let multikey = match method.r#type.as_str() {
            "Multikey" if bytes.len() > 2 => encoded.to_owned(),
            "EcdsaSecp256k1VerificationKey2019" => bare_point(Algorithm::Secp256k1, &bytes)?,
            "EcdsaSecp256r1VerificationKey2019" => bare_point(Algorithm::P256, &bytes)?,
            _ => return None,
        };
        let (curve, point) = did::parse_multikey(&multikey).ok()?;
        PublicKey::new(curve, &point).map(Self)
    }

    /// Checks the token's signature.
    pub fn verify(&self, token: &Token<'_>) -> Result<(), Mismatch> {
        if token.algorithm != TokenAlgorithm::Issuer(self.0.curve()) {
            return Err(Mismatch::Curve);
        }
        match decode_signature(token.signature) {
            Some(signature) if self.0.verifies(&token.input, &signature) => Ok(()),
            _ => Err(Mismatch::Signature),
        }
    }
}

fn bare_point(curve: Algorithm, bytes: &[u8]) -> Option<String> {
    let did_key = did::format_did_key(curve, bytes).ok()?;
    did_key.strip_prefix("did:key:").map(str::to_owned)
}

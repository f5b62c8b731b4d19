//! Judges KeyPackages before they are published (RFC 9420, sections 10.1 and 7.3).

use std::time::Duration;

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

use super::{
    KeyPackageRef, MLS10, MlsError, Suite,
    key_package::KeyPackage,
    leaf_node::{BASIC, LeafSource},
    reader::Reader,
    signature::verify_with_label,
};

/// How an MLSMessage opens that holds a KeyPackage: two version fields around the wire format. A bare KeyPackage of suite 5
/// that opened so would have an empty init key.
const MESSAGE: [u8; 5] = [0, 1, 0, 5, 0];

/// How far a package's `not_before` may lie ahead of this server's clock. Clients should set it into the past, for the
/// skew of everybody's clocks; this forgives the ones that set it to their own present.
pub const NOT_BEFORE_LEEWAY: Duration = Duration::from_secs(120);

/// The longest total lifetime that is accepted. RFC 9420, section 7.2, wants an application to set one: 90 days, and a
/// day for a `not_before` in the past.
pub const MAX_LIFETIME: Duration = Duration::from_secs(91 * 24 * 60 * 60);

/// The extension type `last_resort`.
const LAST_RESORT: u16 = 10;

/// What is known of a KeyPackage whose signatures and lifetime were verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckedKeyPackage {
    /// SHA-256 of the bytes as they were given, MLSMessage header included.
    pub hash: [u8; 32],
    /// What a Welcome calls the package.
    pub reference: KeyPackageRef,
    /// The suite of the groups that it can join.
    pub suite: Suite,
    /// The identity in its basic credential. Whether it is the publisher's is for the caller to decide
    /// ([`super::identity_belongs_to`]).
    pub identity: String,
    /// The public key that signed it.
    pub signature_key: Vec<u8>,
    /// From when it may be used.
    pub not_before: DateTime<Utc>,
    /// The first instant at which it may not be used any more.
    pub not_after: DateTime<Utc>,
    /// Whether it may be given out more than once (RFC 9420, section 16.8).
    pub last_resort: bool,
}

/// Why a KeyPackage is not taken. The texts are fit for clients.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyPackageRefusal {
    /// Not one whole KeyPackage of MLS 1.0.
    #[error("not a KeyPackage: {0}")]
    Unreadable(MlsError),
    /// A suite whose signatures this server can't verify.
    #[error("cipher suite {0} is not supported")]
    UnsupportedSuite(u16),
    /// The KeyPackage's own signature is wrong.
    #[error("the signature of the KeyPackage does not verify")]
    InvalidSignature,
    /// The signature of the leaf in it is wrong.
    #[error("the signature of the LeafNode does not verify")]
    InvalidLeafSignature,
    /// The leaf was not made for a KeyPackage, so it has no lifetime.
    #[error("the LeafNode was not made for a KeyPackage")]
    WrongLeafSource,
    /// An HPKE key is not a key of the suite, or both are the same.
    #[error("the HPKE keys must be two different keys of the cipher suite")]
    InvalidKeys,
    /// The credential isn't basic, or its identity isn't UTF-8.
    #[error("the credential must be basic, with an identity in UTF-8")]
    UnsupportedCredential,
    /// The leaf's capabilities don't cover what the package itself uses.
    #[error("the capabilities must list mls10, the cipher suite, basic credentials and the extensions in use")]
    IncompleteCapabilities,
    /// An extension that may not stand where it does.
    #[error("an extension is not allowed where it stands")]
    MisplacedExtension,
    /// `not_before` is in the future.
    #[error("the lifetime has not begun")]
    NotYetValid,
    /// `not_after` is past.
    #[error("the lifetime is over")]
    Expired,
    /// Longer than [`MAX_LIFETIME`], or ending before it begins.
    #[error("the lifetime is longer than 90 days")]
    LifetimeTooLong,
}

impl From<MlsError> for KeyPackageRefusal {
    fn from(error: MlsError) -> Self {
        match error {
            MlsError::UnsupportedSuite(id) => Self::UnsupportedSuite(id),
            error => Self::Unreadable(error),
        }
    }
}

/// Reads a KeyPackage, bare or in an MLSMessage, and verifies all that can be verified without a group.
///
/// # Errors
/// The first rule that is broken. Nothing is accepted whose signatures were not verified.
pub fn check_key_package(bytes: &[u8], now: DateTime<Utc>) -> Result<CheckedKeyPackage, KeyPackageRefusal> {
    let mut reader = Reader::unwrap_message(bytes, &MESSAGE);
    let package = KeyPackage::read(&mut reader)?;
    reader.finish()?;
    check_signatures(&package)?;
    check_keys(&package)?;
    check_extensions(&package)?;
    let (not_before, not_after) = check_lifetime(&package, now)?;
    let identity = package.leaf.credential.identity();
    Ok(CheckedKeyPackage {
        hash: Sha256::digest(bytes).into(),
        reference: package.reference(),
        suite: package.suite,
        identity: (identity.ok_or(KeyPackageRefusal::UnsupportedCredential)?).to_owned(),
        signature_key: package.leaf.signature_key.to_vec(),
        not_before,
        not_after,
        last_resort: package.extensions.get(LAST_RESORT).is_some(),
    })
}

fn check_signatures(package: &KeyPackage<'_>) -> Result<(), KeyPackageRefusal> {
    let leaf = &package.leaf;
    if !matches!(leaf.source, LeafSource::KeyPackage { .. }) {
        return Err(KeyPackageRefusal::WrongLeafSource);
    }
    let verify =
        |label, content, signature| verify_with_label(package.suite, leaf.signature_key, label, content, signature);
    if !verify("LeafNodeTBS", leaf.signed, leaf.signature) {
        return Err(KeyPackageRefusal::InvalidLeafSignature);
    }
    if !verify("KeyPackageTBS", package.signed, package.signature) {
        return Err(KeyPackageRefusal::InvalidSignature);
    }
    Ok(())
}

fn check_keys(package: &KeyPackage<'_>) -> Result<(), KeyPackageRefusal> {
    let length = package.suite.hpke_key_length();
    let keys = [package.init_key, package.leaf.encryption_key];
    if keys[0] == keys[1] || keys.iter().any(|key| key.len() != length) {
        return Err(KeyPackageRefusal::InvalidKeys);
    }
    Ok(())
}

fn check_extensions(package: &KeyPackage<'_>) -> Result<(), KeyPackageRefusal> {
    let leaf = &package.leaf;
    if leaf.credential.kind != BASIC {
        return Err(KeyPackageRefusal::UnsupportedCredential);
    }
    if !(leaf.extensions.fit_a_leaf() && package.extensions.fit_a_key_package()) {
        return Err(KeyPackageRefusal::MisplacedExtension);
    }
    let able = leaf.capabilities;
    let covered = able.versions.contains(MLS10)
        && able.suites.contains(package.suite.id())
        && able.credentials.contains(BASIC)
        && able.cover(&leaf.extensions)
        && able.cover(&package.extensions);
    if !covered {
        return Err(KeyPackageRefusal::IncompleteCapabilities);
    }
    Ok(())
}

/// The lifetime, if it is valid at `now`. Members refuse a package from `not_after` on, that second included, so this does too.
fn check_lifetime(
    package: &KeyPackage<'_>,
    now: DateTime<Utc>,
) -> Result<(DateTime<Utc>, DateTime<Utc>), KeyPackageRefusal> {
    let LeafSource::KeyPackage { not_before, not_after } = package.leaf.source else {
        return Err(KeyPackageRefusal::WrongLeafSource);
    };
    let now = u64::try_from(now.timestamp()).unwrap_or(0);
    if not_after <= now {
        return Err(KeyPackageRefusal::Expired);
    }
    if not_before > now.saturating_add(NOT_BEFORE_LEEWAY.as_secs()) {
        return Err(KeyPackageRefusal::NotYetValid);
    }
    if not_after.saturating_sub(not_before) > MAX_LIFETIME.as_secs() {
        return Err(KeyPackageRefusal::LifetimeTooLong);
    }
    let date = |seconds: u64| i64::try_from(seconds).ok().and_then(|s| DateTime::from_timestamp(s, 0));
    let dates = date(not_before).zip(date(not_after));
    dates.ok_or(KeyPackageRefusal::LifetimeTooLong)
}

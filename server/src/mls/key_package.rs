//! KeyPackage (RFC 9420, section 10) and the reference that Welcomes know it by.

use std::fmt;

use super::{
    MLS10, MlsError, Suite,
    leaf_node::{Extensions, LeafNode},
    reader::Reader,
    signature::ref_hash,
};

/// A hash that stands for a KeyPackage in a Welcome (RFC 9420, section 5.2): 32 or 64 bytes, by suite. Shown in hex.
///
/// It is made over the bare KeyPackage, so it is the same for packages published bare and inside an MLSMessage.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyPackageRef(Vec<u8>);

impl KeyPackageRef {
    /// The reference's bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// `MakeKeyPackageRef` over the bytes of a bare KeyPackage.
    pub(super) fn make(suite: Suite, key_package: &[u8]) -> Self {
        Self(ref_hash(suite, "MLS 1.0 KeyPackage Reference", key_package))
    }
}

impl From<Vec<u8>> for KeyPackageRef {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl fmt::Display for KeyPackageRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(&self.0))
    }
}

impl fmt::Debug for KeyPackageRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyPackageRef({self})")
    }
}

/// A KeyPackage of a supported version and suite, read but not verified.
#[derive(Clone, Debug)]
pub(super) struct KeyPackage<'a> {
    pub(super) suite: Suite,
    pub(super) init_key: &'a [u8],
    pub(super) leaf: LeafNode<'a>,
    pub(super) extensions: Extensions<'a>,
    /// All of it.
    pub(super) bytes: &'a [u8],
    /// KeyPackageTBS.
    pub(super) signed: &'a [u8],
    pub(super) signature: &'a [u8],
}

impl<'a> KeyPackage<'a> {
    pub(super) fn read(reader: &mut Reader<'a>) -> Result<Self, MlsError> {
        let start = reader.position();
        let version = reader.u16()?;
        if version != MLS10 {
            return Err(MlsError::UnsupportedVersion(version));
        }
        let suite = Suite::from_id(reader.u16()?)?;
        let init_key = reader.opaque()?;
        let leaf = LeafNode::read(reader)?;
        let extensions = Extensions::read(reader)?;
        let signed = reader.since(start);
        let signature = reader.opaque()?;
        Ok(Self { suite, init_key, leaf, extensions, bytes: reader.since(start), signed, signature })
    }

    pub(super) fn reference(&self) -> KeyPackageRef {
        KeyPackageRef::make(self.suite, self.bytes)
    }
}

//! LeafNode and the structures inside it (RFC 9420, sections 7.2, 5.3 and 13).

use super::{
    MlsError,
    reader::{Reader, U16s},
};

/// Credential type `basic`.
pub(super) const BASIC: u16 = 1;

/// A leaf of the ratchet tree, read but not verified.
#[derive(Clone, Debug)]
pub(super) struct LeafNode<'a> {
    pub(super) encryption_key: &'a [u8],
    pub(super) signature_key: &'a [u8],
    pub(super) credential: Credential<'a>,
    pub(super) capabilities: Capabilities<'a>,
    pub(super) source: LeafSource,
    pub(super) extensions: Extensions<'a>,
    /// All fields that the signature covers. For leaves of a KeyPackage, LeafNodeTBS is exactly this.
    pub(super) signed: &'a [u8],
    pub(super) signature: &'a [u8],
}

/// What names the holder of a leaf.
#[derive(Clone, Copy, Debug)]
pub(super) struct Credential<'a> {
    pub(super) kind: u16,
    /// The identity of a basic credential; of other kinds, what their first vector holds.
    pub(super) content: &'a [u8],
}

impl<'a> Credential<'a> {
    /// Certificate chains of X.509 credentials are a vector too, and so is what openmls takes unknown kinds for.
    fn read(reader: &mut Reader<'a>) -> Result<Self, MlsError> {
        let kind = reader.u16()?;
        let content = reader.opaque()?;
        Ok(Self { kind, content })
    }

    /// The identity of a basic credential, when it is text.
    pub(super) fn identity(self) -> Option<&'a str> {
        match self.kind {
            BASIC => std::str::from_utf8(self.content).ok(),
            _ => None,
        }
    }
}

/// What the leaf's client says it understands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Capabilities<'a> {
    pub(super) versions: U16s<'a>,
    pub(super) suites: U16s<'a>,
    pub(super) extensions: U16s<'a>,
    pub(super) credentials: U16s<'a>,
}

impl<'a> Capabilities<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self, MlsError> {
        let versions = reader.u16s()?;
        let suites = reader.u16s()?;
        let extensions = reader.u16s()?;
        let _proposals = reader.u16s()?;
        let credentials = reader.u16s()?;
        Ok(Self { versions, suites, extensions, credentials })
    }

    /// Whether all of `used` are understood. Those that RFC 9420 itself defines for everybody (1 to 5) are never listed.
    pub(super) fn cover(self, used: &Extensions<'_>) -> bool {
        (used.kinds()).all(|kind| matches!(kind, 1..=5) || self.extensions.contains(kind))
    }
}

/// How the leaf came into being.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LeafSource {
    /// Seconds since 1970 between which the leaf's KeyPackage may be used.
    KeyPackage {
        not_before: u64,
        not_after: u64,
    },
    Update,
    Commit,
}

impl LeafSource {
    fn read(reader: &mut Reader<'_>) -> Result<Self, MlsError> {
        match reader.u8()? {
            1 => Ok(Self::KeyPackage { not_before: reader.u64()?, not_after: reader.u64()? }),
            2 => Ok(Self::Update),
            3 => reader.opaque().map(|_parent_hash| Self::Commit),
            _ => Err(reader.malformed()),
        }
    }
}

/// A list of extensions; none occurs twice.
#[derive(Clone, Debug)]
pub(super) struct Extensions<'a>(Vec<(u16, &'a [u8])>);

impl<'a> Extensions<'a> {
    pub(super) fn read(reader: &mut Reader<'a>) -> Result<Self, MlsError> {
        let mut list = reader.vector()?;
        let mut extensions = Vec::new();
        while !list.is_empty() {
            // More than there are types: one occurs twice, and the list needn't be kept to know it.
            if extensions.len() > usize::from(u16::MAX) {
                return Err(list.malformed());
            }
            extensions.push((list.u16()?, list.opaque()?));
        }
        let mut kinds: Vec<u16> = extensions.iter().map(|(kind, _)| *kind).collect();
        kinds.sort_unstable();
        if kinds.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(reader.malformed());
        }
        Ok(Self(extensions))
    }

    fn kinds(&self) -> impl Iterator<Item = u16> {
        self.0.iter().map(|(kind, _)| *kind)
    }

    pub(super) fn get(&self, wanted: u16) -> Option<&'a [u8]> {
        let found = self.0.iter().find(|(kind, _)| *kind == wanted);
        found.map(|(_, data)| *data)
    }

    /// Whether all may stand in a leaf: RFC 9420 made 2 to 5 for GroupInfo and GroupContext, and last_resort (10) for
    /// KeyPackages.
    pub(super) fn fit_a_leaf(&self) -> bool {
        self.kinds().all(|kind| !matches!(kind, 2..=5 | 10))
    }

    /// Whether all may stand in a KeyPackage: RFC 9420 made 1 to 5 for other structures.
    pub(super) fn fit_a_key_package(&self) -> bool {
        self.kinds().all(|kind| !matches!(kind, 1..=5))
    }
}

impl<'a> LeafNode<'a> {
    pub(super) fn read(reader: &mut Reader<'a>) -> Result<Self, MlsError> {
        let start = reader.position();
        let encryption_key = reader.opaque()?;
        let signature_key = reader.opaque()?;
        let credential = Credential::read(reader)?;
        let capabilities = Capabilities::read(reader)?;
        let source = LeafSource::read(reader)?;
        let extensions = Extensions::read(reader)?;
        let signed = reader.since(start);
        let signature = reader.opaque()?;
        Ok(Self { encryption_key, signature_key, credential, capabilities, source, extensions, signed, signature })
    }
}

//! Proposals, and commits of them, as far as a PublicMessage shows them (RFC 9420, sections 12.1 and 12.4).

use super::{
    KeyPackageRef, MlsError,
    key_package::KeyPackage,
    leaf_node::{Extensions, LeafNode},
    reader::Reader,
};

/// What a public commit does by value, or what a public proposal proposes. Read, not verified: that takes the group's
/// context, and for a member's message the group's secrets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ByValue {
    /// The devices added, in order.
    pub adds: Vec<AddedMember>,
    /// The leaf indexes removed, in order.
    pub removes: Vec<u32>,
    /// Whether there is an ExternalInit: the commit is an external one.
    pub external_init: bool,
    /// Whether the group is proposed to end and begin anew.
    pub reinit: bool,
    /// How many proposals a commit takes by reference; what they do was said when they were sent.
    pub references: usize,
    /// How many pre-shared keys are injected.
    pub psks: usize,
    /// How many other proposals there are: updates, extensions of the group context, kinds unknown here.
    pub others: usize,
    /// The identity in the committer's new leaf, when there is a path with a basic credential in UTF-8.
    pub committer: Option<String>,
}

/// A device that an Add brings in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddedMember {
    /// The reference of the key package used: the same one that its Welcome names.
    pub reference: KeyPackageRef,
    /// The identity in its basic credential, when it is UTF-8.
    pub identity: Option<String>,
}

impl ByValue {
    /// Reads `Commit`.
    pub(super) fn read_commit(reader: &mut Reader<'_>) -> Result<Self, MlsError> {
        Self::read_commit_and_leaf(reader).map(|(seen, _leaf)| seen)
    }

    /// Reads `Commit`, with the committer's new leaf when there is a path.
    pub(super) fn read_commit_and_leaf<'a>(reader: &mut Reader<'a>) -> Result<(Self, Option<LeafNode<'a>>), MlsError> {
        let mut seen = Self::default();
        let mut list = reader.vector()?;
        while !list.is_empty() {
            match list.u8()? {
                1 => seen.read_one(&mut list)?,
                2 => {
                    list.opaque()?;
                    seen.references += 1;
                }
                _ => return Err(list.malformed()),
            }
        }
        let leaf = if reader.optional()? { Some(read_path(reader)?) } else { None };
        seen.committer = leaf.as_ref().and_then(|leaf| leaf.credential.identity()).map(str::to_owned);
        Ok((seen, leaf))
    }

    /// Reads `Proposal`.
    pub(super) fn read_proposal(reader: &mut Reader<'_>) -> Result<Self, MlsError> {
        let mut seen = Self::default();
        seen.read_one(reader)?;
        Ok(seen)
    }

    fn read_one(&mut self, reader: &mut Reader<'_>) -> Result<(), MlsError> {
        match reader.u16()? {
            1 => self.adds.push(AddedMember::read(reader)?),
            3 => self.removes.push(reader.u32()?),
            4 => {
                read_psk(reader)?;
                self.psks += 1;
            }
            5 => {
                read_reinit(reader)?;
                self.reinit = true;
            }
            // An external commit has exactly one, any other none.
            6 if self.external_init => return Err(reader.malformed()),
            6 => {
                reader.opaque()?;
                self.external_init = true;
            }
            kind => {
                read_other(kind, reader)?;
                self.others += 1;
            }
        }
        Ok(())
    }
}

impl AddedMember {
    fn read(reader: &mut Reader<'_>) -> Result<Self, MlsError> {
        let package = KeyPackage::read(reader)?;
        let identity = package.leaf.credential.identity();
        Ok(Self { reference: package.reference(), identity: identity.map(str::to_owned) })
    }
}

/// `UpdatePath` (section 7.6): the committer's new leaf, and encrypted secrets for the others.
fn read_path<'a>(reader: &mut Reader<'a>) -> Result<LeafNode<'a>, MlsError> {
    let leaf = LeafNode::read(reader)?;
    let mut nodes = reader.vector()?;
    while !nodes.is_empty() {
        let _encryption_key = nodes.opaque()?;
        let mut secrets = nodes.vector()?;
        while !secrets.is_empty() {
            let _kem_output = secrets.opaque()?;
            let _ciphertext = secrets.opaque()?;
        }
    }
    Ok(leaf)
}

fn read_reinit(reader: &mut Reader<'_>) -> Result<(), MlsError> {
    let _group_id = reader.opaque()?;
    let _version = reader.u16()?;
    let _suite = reader.u16()?;
    Extensions::read(reader).map(drop)
}

/// Proposals that change nothing the server keeps. SelfRemove (10) is empty; a kind unknown here is read as one vector,
/// which is how openmls frames the kinds of applications.
fn read_other(kind: u16, reader: &mut Reader<'_>) -> Result<(), MlsError> {
    match kind {
        2 => LeafNode::read(reader).map(drop),
        7 => Extensions::read(reader).map(drop),
        10 => Ok(()),
        _ => reader.opaque().map(drop),
    }
}

/// `PreSharedKeyID` (section 8.4).
fn read_psk(reader: &mut Reader<'_>) -> Result<(), MlsError> {
    match reader.u8()? {
        1 => {
            let _psk_id = reader.opaque()?;
        }
        2 => {
            let _usage = reader.u8()?;
            let _psk_group_id = reader.opaque()?;
            let _psk_epoch = reader.u64()?;
        }
        _ => return Err(reader.malformed()),
    }
    reader.opaque().map(|_nonce| ())
}

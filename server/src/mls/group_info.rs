//! GroupInfo (RFC 9420, section 12.4.3): what somebody needs to join by an external commit.

use super::{
    MLS10, MlsError, Suite,
    framing::{read_epoch, read_group_id},
    leaf_node::Extensions,
    ratchet_tree::{RatchetTree, TreeMember},
    reader::Reader,
    signature::verify_with_label,
};

/// How an MLSMessage opens that holds a GroupInfo: two version fields around the wire format. A bare GroupInfo of suite 4
/// that opened so would have an empty group id.
const MESSAGE: [u8; 5] = [0, 1, 0, 4, 0];

/// The extension types that a server looks for.
const RATCHET_TREE: u16 = 2;
const EXTERNAL_PUB: u16 = 4;

/// What a GroupInfo says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupInfoFacts {
    /// The MLS group id; never empty.
    pub group_id: Vec<u8>,
    /// The epoch that it describes.
    pub epoch: i64,
    /// The group's suite.
    pub suite: Suite,
    /// The leaf index of the member who signed it. Verified when there is a ratchet tree, else merely said.
    pub signer: u32,
    /// Whether it carries the ratchet tree. Then its signature was verified with the signer's key in that tree, and the
    /// tree is the one that the group context commits to. Whether the tree is the group's, with true signatures on its
    /// leaves, is for members and joiners to judge.
    pub has_ratchet_tree: bool,
    /// The members in the ratchet tree, by leaf index; empty without one.
    pub members: Vec<TreeMember>,
    /// Whether it carries external_pub, without which nobody can join by an external commit.
    pub has_external_pub: bool,
}

impl GroupInfoFacts {
    /// The signer as the ratchet tree names it; `None` without a tree.
    pub fn signing_member(&self) -> Option<&TreeMember> {
        self.members.iter().find(|member| member.leaf == self.signer)
    }
}

/// Reads a GroupInfo, bare or in an MLSMessage, and verifies it as far as it carries the means.
///
/// # Errors
/// Bytes that are anything else or more, unsupported suites, epochs beyond `i64`; with a ratchet tree also wrong
/// signatures, absent signers, and trees that aren't the one committed to.
pub fn group_info(bytes: &[u8]) -> Result<GroupInfoFacts, MlsError> {
    let (info, tree) = read_verified(bytes)?;
    Ok(GroupInfoFacts {
        group_id: info.group_id.to_vec(),
        epoch: info.epoch,
        suite: info.suite,
        signer: info.signer,
        has_ratchet_tree: tree.is_some(),
        members: tree.map(|tree| tree.members).unwrap_or_default(),
        has_external_pub: info.extensions.get(EXTERNAL_PUB).is_some(),
    })
}

/// A GroupInfo and its ratchet tree, by which it was verified.
pub(super) fn read_verified(bytes: &[u8]) -> Result<(GroupInfo<'_>, Option<RatchetTree<'_>>), MlsError> {
    let mut reader = Reader::unwrap_message(bytes, &MESSAGE);
    let info = GroupInfo::read(&mut reader)?;
    reader.finish()?;
    let tree = info.extensions.get(RATCHET_TREE).map(RatchetTree::read).transpose()?;
    if let Some(tree) = &tree {
        info.verify(tree)?;
    }
    Ok((info, tree))
}

pub(super) struct GroupInfo<'a> {
    /// GroupContext, as it goes into the signatures of members.
    pub(super) context: &'a [u8],
    pub(super) suite: Suite,
    pub(super) group_id: &'a [u8],
    epoch: i64,
    tree_hash: &'a [u8],
    extensions: Extensions<'a>,
    signer: u32,
    /// GroupInfoTBS.
    signed: &'a [u8],
    signature: &'a [u8],
}

impl<'a> GroupInfo<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self, MlsError> {
        let start = reader.position();
        let version = reader.u16()?;
        if version != MLS10 {
            return Err(MlsError::UnsupportedVersion(version));
        }
        let suite = Suite::from_id(reader.u16()?)?;
        let group_id = read_group_id(reader)?;
        let epoch = read_epoch(reader)?;
        let tree_hash = reader.opaque()?;
        let _confirmed_transcript_hash = reader.opaque()?;
        let _context_extensions = Extensions::read(reader)?;
        let context = reader.since(start);
        let extensions = Extensions::read(reader)?;
        let _confirmation_tag = reader.opaque()?;
        let signer = reader.u32()?;
        Ok(Self {
            context,
            suite,
            group_id,
            epoch,
            tree_hash,
            extensions,
            signer,
            signed: reader.since(start),
            signature: reader.opaque()?,
        })
    }

    /// Signature first: it is cheaper than the hash of a large tree.
    fn verify(&self, tree: &RatchetTree<'_>) -> Result<(), MlsError> {
        let signer = tree.member(self.signer).ok_or(MlsError::UnknownSigner)?;
        let key = &signer.signature_key;
        if !verify_with_label(self.suite, key, "GroupInfoTBS", self.signed, self.signature) {
            return Err(MlsError::InvalidSignature);
        }
        if tree.hash(self.suite) != self.tree_hash {
            return Err(MlsError::TreeHashMismatch);
        }
        Ok(())
    }
}

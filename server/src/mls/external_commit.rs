//! External commits (RFC 9420, section 12.4.3.2), by which somebody joins a group without being added.
//!
//! They are public and signed with a key that they carry themselves, so that a server can verify them, given the GroupInfo that
//! they were made by. Whether their secrets are sound is for members to judge.

use super::{
    MlsError, Suite, TreeMember,
    framing::{ContentKind, PublicHead, Sender, WireFormat, read_wire_format},
    group_info::{GroupInfo, read_verified},
    leaf_node::{BASIC, LeafNode, LeafSource},
    proposals::ByValue,
    ratchet_tree::RatchetTree,
    reader::{Reader, write_opaque},
    signature::verify_with_label,
};

/// What an external commit leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExternalJoin {
    /// The identity in the new member's credential.
    pub identity: String,
    /// The leaf that is removed, for a new member who was in the group before.
    pub removed: Option<TreeMember>,
    /// The other members.
    pub others: Vec<TreeMember>,
}

/// Why an external commit is not taken. The texts are fit for clients.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExternalCommitRefusal {
    /// Not one whole MLS message.
    #[error("not a commit: {0}")]
    Unreadable(#[from] MlsError),
    /// Some other message, or one without a path.
    #[error("not a commit by which somebody joins from outside")]
    NotExternal,
    /// The GroupInfo can't be used to verify one.
    #[error("the GroupInfo is of no use: {0}")]
    UnusableGroupInfo(MlsError),
    /// The GroupInfo doesn't say who is in the group.
    #[error("the GroupInfo carries no ratchet tree")]
    NoRatchetTree,
    /// Something else than one ExternalInit, one Remove at most, and PSKs.
    #[error("an external commit holds one ExternalInit, at most one Remove, PSKs, and nothing else")]
    ForbiddenProposals,
    /// Nobody is at the leaf that is to be removed.
    #[error("there is no member at the leaf that the commit removes")]
    NoSuchLeaf,
    /// The new leaf may not stand in a commit of this group.
    #[error("the new leaf must be made for a commit, with a basic credential in UTF-8 and keys of the cipher suite")]
    InvalidLeaf,
    /// Another member has the new leaf's signature key.
    #[error("another leaf of the group has the same signature key: remove it in the same commit")]
    KeyInUse,
    /// The new leaf's signature is wrong.
    #[error("the signature of the new leaf does not verify")]
    InvalidLeafSignature,
    /// The commit's signature is wrong, or was made for another state of the group.
    #[error("the signature of the commit does not verify for the current epoch")]
    InvalidSignature,
}
use ExternalCommitRefusal as Refusal;

/// Verifies a commit by which somebody joins from outside, against the GroupInfo of the epoch that it was made at. Group id
/// and epoch are in what is signed: a commit of another epoch does not verify.
///
/// # Errors
/// The first rule that is broken.
pub fn verify_external_commit(commit: &[u8], group_info: &[u8]) -> Result<ExternalJoin, Refusal> {
    let commit = ExternalCommit::read(commit)?;
    let (info, tree) = read_verified(group_info).map_err(Refusal::UnusableGroupInfo)?;
    let tree = tree.ok_or(Refusal::NoRatchetTree)?;
    commit.verify_signature(&info)?;
    let removed = commit.removed(&tree)?;
    let others: Vec<_> =
        tree.members.into_iter().filter(|member| Some(member.leaf) != removed.as_ref().map(|gone| gone.leaf)).collect();
    if others.iter().any(|member| member.signature_key == commit.leaf.signature_key) {
        return Err(Refusal::KeyInUse);
    }
    check_leaf(&commit.leaf, &info, first_free(&others))?;
    let identity = commit.leaf.credential.identity().ok_or(Refusal::InvalidLeaf)?.to_owned();
    Ok(ExternalJoin { identity, removed, others })
}

/// A PublicMessage from outside that is a commit with a path.
struct ExternalCommit<'a> {
    by_value: ByValue,
    leaf: LeafNode<'a>,
    /// Version, wire format and FramedContent: FramedContentTBS up to the group context.
    signed: &'a [u8],
    signature: &'a [u8],
}

impl<'a> ExternalCommit<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, Refusal> {
        let mut reader = Reader::new(bytes);
        let WireFormat::Public = read_wire_format(&mut reader)? else { return Err(Refusal::NotExternal) };
        let head = PublicHead::read(&mut reader)?;
        if head.sender != Sender::NewMemberCommit || head.content != ContentKind::Commit {
            return Err(Refusal::NotExternal);
        }
        let (by_value, leaf) = ByValue::read_commit_and_leaf(&mut reader)?;
        let signed = reader.since(0);
        let signature = reader.opaque()?;
        let _confirmation_tag = reader.opaque()?;
        // A membership tag, which only members can make, would be left over here.
        reader.finish()?;
        let leaf = leaf.ok_or(Refusal::NotExternal)?;
        let forbidden = by_value.adds.len() + by_value.references + by_value.others;
        if !by_value.external_init || by_value.reinit || forbidden > 0 || by_value.removes.len() > 1 {
            return Err(Refusal::ForbiddenProposals);
        }
        Ok(Self { by_value, leaf, signed, signature })
    }

    fn verify_signature(&self, info: &GroupInfo<'_>) -> Result<(), Refusal> {
        let signed = [self.signed, info.context].concat();
        match verify_with_label(info.suite, self.leaf.signature_key, "FramedContentTBS", &signed, self.signature) {
            true => Ok(()),
            false => Err(Refusal::InvalidSignature),
        }
    }

    fn removed(&self, tree: &RatchetTree<'_>) -> Result<Option<TreeMember>, Refusal> {
        let Some(leaf) = self.by_value.removes.first() else { return Ok(None) };
        tree.member(*leaf).cloned().map(Some).ok_or(Refusal::NoSuchLeaf)
    }
}

/// Section 7.3, as far as it doesn't take the group's secrets. The new leaf's index is in what it signs.
fn check_leaf(leaf: &LeafNode<'_>, info: &GroupInfo<'_>, index: u32) -> Result<(), Refusal> {
    let is_fit = leaf.source == LeafSource::Commit
        && leaf.credential.kind == BASIC
        && leaf.capabilities.credentials.contains(BASIC)
        && leaf.capabilities.cover(&leaf.extensions)
        && leaf.extensions.fit_a_leaf()
        && has_length(info.suite, leaf.encryption_key);
    if !is_fit {
        return Err(Refusal::InvalidLeaf);
    }
    let mut signed = leaf.signed.to_vec();
    write_opaque(&mut signed, info.group_id);
    signed.extend(index.to_be_bytes());
    match verify_with_label(info.suite, leaf.signature_key, "LeafNodeTBS", &signed, leaf.signature) {
        true => Ok(()),
        false => Err(Refusal::InvalidLeafSignature),
    }
}

fn has_length(suite: Suite, key: &[u8]) -> bool {
    key.len() == suite.hpke_key_length()
}

/// Where a new member is put: the leftmost leaf without a member, else a new one to the right of all.
fn first_free(members: &[TreeMember]) -> u32 {
    let mut free = 0;
    for member in members {
        if member.leaf != free {
            break;
        }
        free += 1;
    }
    free
}

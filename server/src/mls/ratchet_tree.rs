//! The ratchet tree that a GroupInfo may carry (RFC 9420, sections 7.8 and 12.4.3.3): who is in it, and its hash.

use super::{
    MlsError, Suite,
    leaf_node::LeafNode,
    reader::{Reader, write_opaque},
};

/// The most leaves, blank ones included, of a tree that this service hashes: the next power of two above the devices that a
/// conversation can have, and a bound on the work that somebody can ask for with one request.
pub const MAX_LEAVES: usize = 1 << 14;

/// A member, as the ratchet tree names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreeMember {
    /// The member's leaf index.
    pub leaf: u32,
    /// The identity in its basic credential, when it is UTF-8.
    pub identity: Option<String>,
    /// Its public signature key.
    pub signature_key: Vec<u8>,
}

/// A ratchet tree, read but not verified.
pub(super) struct RatchetTree<'a> {
    /// In array order (appendix C): leaves at even places, parents at odd ones. `None` is blank, the others are the
    /// encoded LeafNode or ParentNode.
    nodes: Vec<Option<&'a [u8]>>,
    pub(super) members: Vec<TreeMember>,
}

impl<'a> RatchetTree<'a> {
    /// Reads `optional<Node> ratchet_tree<V>`, the content of the ratchet_tree extension.
    pub(super) fn read(extension: &'a [u8]) -> Result<Self, MlsError> {
        let mut reader = Reader::new(extension);
        let mut list = reader.vector()?;
        reader.finish()?;
        let mut tree = Self { nodes: Vec::new(), members: Vec::new() };
        while !list.is_empty() {
            if tree.nodes.len() >= 2 * MAX_LEAVES - 1 {
                return Err(MlsError::TreeTooLarge);
            }
            tree.read_node(&mut list)?;
        }
        // The last node is a leaf that is not blank, so that a tree has one encoding.
        match tree.nodes.last() {
            Some(Some(_)) if tree.nodes.len() % 2 == 1 => Ok(tree),
            _ => Err(list.malformed()),
        }
    }

    fn read_node(&mut self, list: &mut Reader<'a>) -> Result<(), MlsError> {
        if !list.optional()? {
            self.nodes.push(None);
            return Ok(());
        }
        let place = self.nodes.len();
        let kind = list.u8()?;
        let start = list.position();
        match (kind, place % 2) {
            (1, 0) => {
                let leaf = LeafNode::read(list)?;
                self.members.push(TreeMember {
                    leaf: (place / 2) as u32,
                    identity: leaf.credential.identity().map(str::to_owned),
                    signature_key: leaf.signature_key.to_vec(),
                });
            }
            (2, 1) => {
                let _encryption_key = list.opaque()?;
                let _parent_hash = list.opaque()?;
                let _unmerged_leaves = list.opaque()?;
            }
            _ => return Err(list.malformed()),
        }
        self.nodes.push(Some(list.since(start)));
        Ok(())
    }

    /// The member at a leaf.
    pub(super) fn member(&self, leaf: u32) -> Option<&TreeMember> {
        let found = self.members.binary_search_by_key(&leaf, |member| member.leaf);
        found.ok().and_then(|place| self.members.get(place))
    }

    /// The root's tree hash. The tree is taken as full, with blank nodes to its right.
    pub(super) fn hash(&self, suite: Suite) -> Vec<u8> {
        let leaves = self.nodes.len().div_ceil(2).next_power_of_two();
        self.subtree_hash(suite, leaves - 1, leaves)
    }

    /// The hash of the subtree whose root stands at `root` and which has `leaves` leaves, a power of two. It recurses as
    /// deep as the tree is high: [`MAX_LEAVES`] allows 15 levels.
    fn subtree_hash(&self, suite: Suite, root: usize, leaves: usize) -> Vec<u8> {
        let node = self.nodes.get(root).copied().flatten();
        let mut input = Vec::with_capacity(node.map_or(0, <[u8]>::len) + 160);
        if leaves == 1 {
            input.push(1);
            input.extend(((root / 2) as u32).to_be_bytes());
            write_optional(&mut input, node);
        } else {
            let half = leaves / 2;
            input.push(2);
            write_optional(&mut input, node);
            write_opaque(&mut input, &self.subtree_hash(suite, root - half, half));
            write_opaque(&mut input, &self.subtree_hash(suite, root + half, half));
        }
        suite.hash(&input)
    }
}

fn write_optional(out: &mut Vec<u8>, value: Option<&[u8]>) {
    out.push(u8::from(value.is_some()));
    out.extend(value.unwrap_or_default());
}

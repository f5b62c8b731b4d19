//! What goes along with a commit: a Welcome for those who join, GroupInfo for those who come back by themselves.
//!
//! Both are read before a conversation is locked: parsing and checking signatures takes time that others should not wait for.

use std::collections::HashSet;

use super::InvalidGroupInfo;
use crate::{
    mls::{self, GroupInfoFacts, MlsError, WelcomeFacts},
    store::conversations::LockedConversation,
};

/// A Welcome (RFC 9420, section 12.4.3.1) and whom it is for.
#[derive(Clone, Debug)]
pub struct Welcome {
    bytes: Vec<u8>,
    facts: WelcomeFacts,
}

impl Welcome {
    /// Reads a Welcome.
    pub fn read(bytes: Vec<u8>) -> Result<Self, MlsError> {
        let facts = mls::welcome(&bytes)?;
        Ok(Self { bytes, facts })
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) fn suite(&self) -> &'static str {
        self.facts.suite.as_str()
    }

    /// The key packages that it names.
    pub(super) fn recipients(&self) -> HashSet<&[u8]> {
        self.facts.recipients.iter().map(|reference| reference.as_bytes()).collect()
    }
}

/// A GroupInfo (RFC 9420, section 12.4.3) and what it describes.
#[derive(Clone, Debug)]
pub struct GroupInfo {
    bytes: Vec<u8>,
    facts: GroupInfoFacts,
}

impl GroupInfo {
    /// Reads a GroupInfo and verifies it as far as it carries the means.
    pub fn read(bytes: Vec<u8>) -> Result<Self, InvalidGroupInfo> {
        match mls::group_info(&bytes) {
            Ok(facts) => Ok(Self { bytes, facts }),
            Err(error) => Err(InvalidGroupInfo(format!("the GroupInfo can't be used: {error}"))),
        }
    }

    /// The epoch that it describes.
    pub fn epoch(&self) -> i64 {
        self.facts.epoch
    }

    /// Refuses one that nobody could join by, or that could not be verified.
    pub fn require_joinable(&self) -> Result<(), InvalidGroupInfo> {
        match (self.facts.has_ratchet_tree, self.facts.has_external_pub) {
            (true, true) => Ok(()),
            (false, _) => Err(InvalidGroupInfo("the GroupInfo carries no ratchet tree".to_owned())),
            (_, false) => Err(InvalidGroupInfo("the GroupInfo carries no external_pub".to_owned())),
        }
    }

    /// Holds it against the conversation, the epoch that it is to be kept for, and the caller who brings it.
    pub(super) fn check(&self, convo: &LockedConversation, epoch: i64, actor: &str) -> Result<(), InvalidGroupInfo> {
        let facts = &self.facts;
        let is_ours = facts.group_id == convo.group_id && facts.suite.as_str() == convo.cipher_suite;
        if !is_ours || facts.epoch != epoch {
            return Err(InvalidGroupInfo(format!("the GroupInfo must be that of this group at epoch {epoch}")));
        }
        // With a ratchet tree the signer is known: it must be who brings it.
        let signer = facts.signing_member().map(|member| member.identity.as_deref());
        let is_own = |identity| mls::identity_belongs_to(identity, actor).is_some();
        if signer.is_some_and(|identity| !identity.is_some_and(is_own)) {
            return Err(InvalidGroupInfo("the GroupInfo was signed by somebody else".to_owned()));
        }
        Ok(())
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

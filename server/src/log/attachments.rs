//! What goes along with a commit: a Welcome for those who join, GroupInfo for those who come back by themselves.
//!
//! Both are read before a conversation is locked: parsing and checking signatures takes time that others should not wait for.

use std::collections::HashSet;

use super::InvalidCommit;
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
    pub fn read(bytes: Vec<u8>) -> Result<Self, InvalidCommit> {
        match mls::group_info(&bytes) {
            Ok(facts) => Ok(Self { bytes, facts }),
            Err(error) => Err(InvalidCommit(format!("the GroupInfo can't be used: {error}"))),
        }
    }

    /// Holds it against the conversation, the epoch that the commit leads to, and the caller who brings it.
    pub(super) fn check(&self, convo: &LockedConversation, epoch: i64, actor: &str) -> Result<(), InvalidCommit> {
        let facts = &self.facts;
        let is_ours = facts.group_id == convo.group_id && facts.suite.as_str() == convo.cipher_suite;
        if !is_ours || facts.epoch != epoch {
            let text = format!("the GroupInfo must be that of this group at epoch {epoch}, after the commit");
            return Err(InvalidCommit(text));
        }
        // With a ratchet tree the signer is known: it must be whoever made the commit.
        let signer = facts.signing_member().and_then(|member| member.identity.as_deref());
        if signer.is_some_and(|identity| mls::identity_belongs_to(identity, actor).is_none()) {
            return Err(InvalidCommit("the GroupInfo was signed by somebody else".to_owned()));
        }
        Ok(())
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

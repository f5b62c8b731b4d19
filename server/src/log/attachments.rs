//! What goes along with a commit: a Welcome for those who join, GroupInfo for those who come back by themselves.
//!
//! Both are read before a conversation is locked: parsing and checking signatures takes time that others should not wait for.

use std::collections::HashSet;

use super::InvalidGroupInfo;
use crate::{
    mls::{self, DeviceIdentity, GroupInfoFacts, MlsError, WelcomeFacts},
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
    /// Reads a GroupInfo and verifies it by the ratchet tree that it carries. One that can't be verified, or that nobody
    /// could join by, is refused, whichever way it comes: what is stored is handed to those who come back.
    pub fn read(bytes: Vec<u8>) -> Result<Self, InvalidGroupInfo> {
        let facts = mls::group_info(&bytes)
            .map_err(|error| InvalidGroupInfo(format!("the GroupInfo can't be used: {error}")))?;
        match (facts.has_ratchet_tree, facts.has_external_pub) {
            (true, true) => Ok(Self { bytes, facts }),
            (false, _) => Err(InvalidGroupInfo("the GroupInfo carries no ratchet tree".to_owned())),
            (_, false) => Err(InvalidGroupInfo("the GroupInfo carries no external_pub".to_owned())),
        }
    }

    /// The epoch that it describes.
    pub fn epoch(&self) -> i64 {
        self.facts.epoch
    }

    /// Holds it against the conversation, the epoch that it is to be kept for, and the caller who brings it.
    pub(super) fn check(&self, convo: &LockedConversation, epoch: i64, actor: &str) -> Result<(), InvalidGroupInfo> {
        let facts = &self.facts;
        let is_ours = facts.group_id == convo.group_id && facts.suite.as_str() == convo.cipher_suite;
        if !is_ours || facts.epoch != epoch {
            return Err(InvalidGroupInfo(format!("the GroupInfo must be that of this group at epoch {epoch}")));
        }
        match self.signer(actor) {
            Some(_) => Ok(()),
            None => Err(InvalidGroupInfo("the GroupInfo was signed by somebody else".to_owned())),
        }
    }

    /// The device of this user that signed it, by the identity in its leaf; nothing when it was somebody else's.
    pub(super) fn signer(&self, user_did: &str) -> Option<DeviceIdentity> {
        mls::identity_belongs_to(self.facts.signing_member()?.identity.as_deref()?, user_did)
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

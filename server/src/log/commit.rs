//! A commit, read from its own bytes.

use bytes::Bytes;

use crate::{
    mls::{self, ByValue, ContentKind, Framing, Sender},
    store::conversations::LockedConversation,
};

/// The bytes are not a commit of this group that a member may make. The text is for the client.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct InvalidCommit(pub String);

/// Why a conversation does not take a commit.
#[derive(Debug, thiserror::Error)]
pub enum CommitRefusal {
    #[error(transparent)]
    Invalid(#[from] InvalidCommit),
    /// Another commit was first, or the client is ahead of what it sent.
    #[error("the conversation is at epoch {current}")]
    EpochMismatch { current: i64 },
}

/// An MLS commit, private or public. Group and epoch are those in its framing.
#[derive(Clone, Debug)]
pub struct Commit {
    bytes: Bytes,
    framing: Framing,
}

impl Commit {
    /// Reads a commit. `stated_epoch` is what the request says of it, when it says something.
    ///
    /// # Errors
    /// Anything else than one commit by a member; a stated epoch that is not that of the bytes.
    pub fn read(bytes: Bytes, stated_epoch: Option<i64>) -> Result<Self, InvalidCommit> {
        let framing = read_framing(&bytes)?;
        // External commits have a method of their own, which verifies them.
        if !matches!(framing.sender(), None | Some(Sender::Member(_))) {
            return Err(InvalidCommit("the commit was not made by a member of the group".to_owned()));
        }
        if let Some(stated) = stated_epoch.filter(|stated| *stated != framing.epoch) {
            let made = framing.epoch;
            return Err(InvalidCommit(format!("the request says epoch {stated}, the commit was made at epoch {made}")));
        }
        Ok(Self { bytes, framing })
    }

    /// Reads a commit by which somebody joins from outside.
    ///
    /// # Errors
    /// Anything else.
    pub fn read_external(bytes: Bytes) -> Result<Self, InvalidCommit> {
        let framing = read_framing(&bytes)?;
        if !framing.is_external_commit() {
            return Err(InvalidCommit("the commit is not an external one".to_owned()));
        }
        Ok(Self { bytes, framing })
    }

    /// The epoch that it was made at.
    pub(super) fn epoch(&self) -> i64 {
        self.framing.epoch
    }

    /// Holds the commit against the conversation that it is for and the caller who brings it.
    pub(super) fn check(&self, convo: &LockedConversation, actor: &str) -> Result<(), CommitRefusal> {
        // A public commit with a path shows who made it.
        let committer = self.by_value().and_then(|by_value| by_value.committer.as_deref());
        if committer.is_some_and(|identity| mls::identity_belongs_to(identity, actor).is_none()) {
            return Err(InvalidCommit("the commit was made by somebody else".to_owned()).into());
        }
        if self.framing.group_id != convo.group_id {
            return Err(InvalidCommit("the commit is for another group".to_owned()).into());
        }
        if self.framing.epoch != convo.epoch {
            return Err(CommitRefusal::EpochMismatch { current: convo.epoch });
        }
        Ok(())
    }

    /// What a public commit does in the clear; nothing of a private one.
    pub(super) fn by_value(&self) -> Option<&ByValue> {
        self.framing.by_value()
    }

    pub(super) fn bytes(&self) -> &Bytes {
        &self.bytes
    }
}

fn read_framing(bytes: &[u8]) -> Result<Framing, InvalidCommit> {
    let framing = mls::framing(bytes).map_err(|error| InvalidCommit(error.to_string()))?;
    match framing.content {
        ContentKind::Commit => Ok(framing),
        _ => Err(InvalidCommit("the MLS message is not a commit".to_owned())),
    }
}

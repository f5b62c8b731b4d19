//! Why a change of membership is refused. Each step of a change has its own, no wider than it needs: so a handler can only
//! let through what its method declares.

use super::{CommitRefusal, InvalidCommit};
use crate::{mls::ExternalCommitRefusal, store::StoreError};

/// Why a caller has nothing to do in a conversation. Tells a stranger no more than these two.
#[derive(Debug, thiserror::Error)]
pub enum AccessRefusal {
    #[error("there is no such conversation")]
    ConvoNotFound,
    #[error("the caller is not a member of the conversation")]
    NotMember,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a change can't begin.
#[derive(Debug, thiserror::Error)]
pub enum BeginRefusal {
    #[error(transparent)]
    Access(#[from] AccessRefusal),
    #[error(transparent)]
    Commit(#[from] CommitRefusal),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The acting member is no admin.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("only admins of the conversation may do this")]
pub struct NotAdmin;

/// A named key package is unknown, consumed, expired, of another suite or user, or reserved for another caller.
#[derive(Debug, thiserror::Error)]
pub enum KeyPackageNotFound {
    #[error("no key package that can be used here has the hash {0}")]
    Hash(String),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why the acting member may not add somebody.
#[derive(Debug, thiserror::Error)]
pub enum AddRefusal {
    #[error("only admins may add members to this conversation")]
    NotAdmin,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a policy can't be changed.
#[derive(Debug, thiserror::Error)]
pub enum PolicyRefusal {
    #[error("maxMembers must be at least {least}, who are members now, and at most {most}, as the server allows")]
    InvalidMaxMembers { least: i64, most: i64 },
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a report is not taken.
#[derive(Debug, thiserror::Error)]
pub enum ReportRefusal {
    #[error("the user is not a member of the conversation")]
    TargetNotMember,
    #[error("{limit} reports of the caller are pending")]
    TooManyPending { limit: i64 },
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why somebody can't be removed.
#[derive(Debug, thiserror::Error)]
pub enum RemoveRefusal {
    #[error("the caller may not remove this member: that is for admins, or for moderators unless it is an admin")]
    NotAdmin,
    #[error("{0} is not a member of the conversation")]
    TargetNotMember(String),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why somebody can't join.
#[derive(Debug, thiserror::Error)]
pub enum JoinRefusal {
    #[error("the conversation may have at most {limit} members")]
    TooManyMembers { limit: i64 },
    #[error("{0}")]
    InvalidWelcome(String),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why what goes along with a change doesn't fit it: the GroupInfo, or those to be added by a public commit.
#[derive(Debug, thiserror::Error)]
pub enum MisfitRefusal {
    #[error(transparent)]
    Invalid(#[from] InvalidCommit),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a device can't be taken out of its conversations.
#[derive(Debug, thiserror::Error)]
pub enum RetireRefusal {
    /// A member was adding it to another one meanwhile. It is in that one now, so that the next try takes it out there too.
    #[error("the device is being added to a conversation")]
    BeingAdded,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The bytes are not the GroupInfo that is wanted. The text is for the client.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct InvalidGroupInfo(pub String);

/// Why a GroupInfo is not kept.
#[derive(Debug, thiserror::Error)]
pub enum GroupInfoRefusal {
    #[error(transparent)]
    Invalid(#[from] InvalidGroupInfo),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What goes along with a commit makes the whole of it invalid.
impl From<InvalidGroupInfo> for InvalidCommit {
    fn from(InvalidGroupInfo(text): InvalidGroupInfo) -> Self {
        Self(text)
    }
}

impl From<GroupInfoRefusal> for MisfitRefusal {
    fn from(refusal: GroupInfoRefusal) -> Self {
        match refusal {
            GroupInfoRefusal::Invalid(invalid) => Self::Invalid(invalid.into()),
            GroupInfoRefusal::Store(error) => error.into(),
        }
    }
}

/// Why nobody joins by an external commit.
#[derive(Debug, thiserror::Error)]
pub enum ExternalRefusal {
    #[error(transparent)]
    Access(#[from] AccessRefusal),
    #[error(transparent)]
    Commit(#[from] CommitRefusal),
    #[error(transparent)]
    GroupInfo(#[from] InvalidGroupInfo),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<ExternalCommitRefusal> for ExternalRefusal {
    fn from(refusal: ExternalCommitRefusal) -> Self {
        match refusal {
            ExternalCommitRefusal::NoRatchetTree | ExternalCommitRefusal::UnusableGroupInfo(_) => {
                Self::GroupInfo(InvalidGroupInfo(format!("the commit can't be verified: {refusal}")))
            }
            refusal => Self::Commit(InvalidCommit(refusal.to_string()).into()),
        }
    }
}

//! Sending application messages and proposals.

use bytes::Bytes;
use subtle::ConstantTimeEq;

use super::{AccessRefusal, Log, writer::WriteError};
use crate::{
    clock,
    store::{
        EntryKind, Timestamp,
        messages::{Candidate, Verdict},
    },
};

/// A message to append.
#[derive(Debug)]
pub struct Message {
    pub convo_id: String,
    pub sender_did: String,
    pub msg_id: String,
    pub kind: EntryKind,
    pub epoch: i64,
    /// The group named by the message's own framing, when it has one.
    pub group_id: Option<Vec<u8>>,
    pub ciphertext: Bytes,
    pub embed_type: Option<String>,
    pub embed_uri: Option<String>,
}

/// Where a message stands in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    pub seq: i64,
    pub epoch: i64,
    pub received_at: Timestamp,
}

/// Why a message is not taken. Nothing of it is stored then, unless the database failed.
#[derive(Debug, thiserror::Error)]
pub enum SendRefusal {
    #[error("there is no such conversation")]
    ConvoNotFound,
    #[error("the sender is not a member of the conversation")]
    NotMember,
    #[error("the conversation is at epoch {current}")]
    EpochMismatch { current: i64 },
    #[error("the message id already stands for another message")]
    MsgIdTaken,
    #[error("the message is for another MLS group")]
    OtherGroup,
    #[error(transparent)]
    NotWritten(#[from] WriteError),
}

impl From<AccessRefusal> for SendRefusal {
    fn from(refusal: AccessRefusal) -> Self {
        match refusal {
            AccessRefusal::ConvoNotFound => Self::ConvoNotFound,
            AccessRefusal::NotMember => Self::NotMember,
            AccessRefusal::Store(error) => Self::NotWritten(error.into()),
        }
    }
}

impl Log {
    /// Appends a message and returns once it is durable. The same message again gives the first receipt.
    pub async fn send(&self, message: Message, now: Timestamp) -> Result<Receipt, SendRefusal> {
        let tag = self.request_tag(&message);
        let created_at = clock::bucket(now);
        let epoch = message.epoch;
        let candidate = Candidate {
            convo_id: message.convo_id,
            sender_did: message.sender_did,
            kind: message.kind,
            epoch,
            group_id: message.group_id,
            msg_id: message.msg_id,
            request_tag: tag,
            ciphertext: message.ciphertext,
            embed_type: message.embed_type,
            embed_uri: message.embed_uri,
            created_at,
            expires_at: self.retention.expiry(message.kind, created_at),
        };
        match self.writers.write(candidate).await? {
            Verdict::Appended { seq } => Ok(Receipt { seq, epoch, received_at: created_at }),
            Verdict::Earlier { seq, epoch, request_tag, created_at }
                if bool::from(request_tag.as_slice().ct_eq(&tag)) =>
            {
                Ok(Receipt { seq, epoch, received_at: created_at })
            }
            Verdict::Earlier { .. } => Err(SendRefusal::MsgIdTaken),
            Verdict::OtherEpoch { current } => Err(SendRefusal::EpochMismatch { current }),
            Verdict::OtherGroup => Err(SendRefusal::OtherGroup),
            Verdict::NoMember => Err(SendRefusal::NotMember),
            Verdict::NoConversation => Err(SendRefusal::ConvoNotFound),
            Verdict::Busy => Err(WriteError::Locked.into()),
        }
    }

    /// Who sends what, in a form that only this deployment can test.
    fn request_tag(&self, message: &Message) -> [u8; 32] {
        self.hashes.tag(
            "message",
            &[
                message.sender_did.as_bytes(),
                message.convo_id.as_bytes(),
                message.msg_id.as_bytes(),
                &message.epoch.to_be_bytes(),
                message.embed_type.as_deref().unwrap_or_default().as_bytes(),
                message.embed_uri.as_deref().unwrap_or_default().as_bytes(),
                &message.ciphertext,
            ],
        )
    }
}

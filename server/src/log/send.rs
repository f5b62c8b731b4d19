//! Sending application messages and proposals.

use subtle::ConstantTimeEq;

use super::{AccessRefusal, Log};
use crate::{
    clock,
    store::{
        EntryKind, StoreError, Timestamp, conversations,
        messages::{self, Earlier, NewEntry},
    },
};

/// A message to append.
#[derive(Debug)]
pub struct Message<'a> {
    pub convo_id: &'a str,
    pub sender_did: &'a str,
    pub msg_id: &'a str,
    pub kind: EntryKind,
    pub epoch: i64,
    /// The group named by the message's own framing, when it has one.
    pub group_id: Option<&'a [u8]>,
    pub ciphertext: &'a [u8],
    pub embed_type: Option<&'a str>,
    pub embed_uri: Option<&'a str>,
}

/// Where a message stands in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    pub seq: i64,
    pub epoch: i64,
    pub received_at: Timestamp,
}

/// Why a message is not taken. Nothing of it is stored then.
#[derive(Debug, thiserror::Error)]
pub enum SendRefusal {
    #[error(transparent)]
    Access(#[from] AccessRefusal),
    #[error("the conversation is at epoch {current}")]
    EpochMismatch { current: i64 },
    #[error("the message id already stands for another message")]
    MsgIdTaken,
    #[error("the message is for another MLS group")]
    OtherGroup,
}

impl From<StoreError> for SendRefusal {
    fn from(error: StoreError) -> Self {
        Self::Access(error.into())
    }
}

impl Log {
    /// Appends a message and returns once it is durable. The same message again gives the first receipt.
    pub async fn send(&self, message: &Message<'_>, now: Timestamp) -> Result<Receipt, SendRefusal> {
        let tag = self.request_tag(message);
        let mut tx = self.db.begin().await.map_err(StoreError::from)?;
        let convo = conversations::lock(&mut tx, message.convo_id).await?.ok_or(AccessRefusal::ConvoNotFound)?;
        // Read after the lock is held, so that a concurrent retry is seen here and not as a broken constraint.
        let standing = messages::send_standing(&mut tx, message.convo_id, message.sender_did, message.msg_id).await?;
        if !standing.is_member {
            return Err(AccessRefusal::NotMember.into());
        }
        if let Some(earlier) = standing.earlier {
            return answer_again(&earlier, &tag);
        }
        if message.group_id.is_some_and(|group_id| group_id != convo.group_id) {
            return Err(SendRefusal::OtherGroup);
        }
        if message.epoch != convo.epoch {
            return Err(SendRefusal::EpochMismatch { current: convo.epoch });
        }
        let entry = self.entry(message, &tag, now);
        let seq = messages::append(&mut tx, &entry).await?;
        tx.commit().await.map_err(StoreError::from)?;
        Ok(Receipt { seq, epoch: entry.epoch, received_at: entry.created_at })
    }

    fn entry<'a>(&self, message: &Message<'a>, tag: &'a [u8], now: Timestamp) -> NewEntry<'a> {
        let created_at = clock::bucket(now);
        NewEntry {
            convo_id: message.convo_id,
            kind: message.kind,
            epoch: message.epoch,
            msg_id: message.msg_id,
            request_tag: tag,
            ciphertext: message.ciphertext,
            embed_type: message.embed_type,
            embed_uri: message.embed_uri,
            created_at,
            expires_at: self.retention.expiry(message.kind, created_at),
        }
    }

    /// Who sends what, in a form that only this deployment can test.
    fn request_tag(&self, message: &Message<'_>) -> [u8; 32] {
        self.hashes.tag(
            "message",
            &[
                message.sender_did.as_bytes(),
                message.convo_id.as_bytes(),
                message.msg_id.as_bytes(),
                &message.epoch.to_be_bytes(),
                message.embed_type.unwrap_or_default().as_bytes(),
                message.embed_uri.unwrap_or_default().as_bytes(),
                message.ciphertext,
            ],
        )
    }
}

fn answer_again(earlier: &Earlier, tag: &[u8]) -> Result<Receipt, SendRefusal> {
    if !bool::from(earlier.request_tag.as_slice().ct_eq(tag)) {
        return Err(SendRefusal::MsgIdTaken);
    }
    Ok(Receipt { seq: earlier.seq, epoch: earlier.epoch, received_at: earlier.created_at })
}

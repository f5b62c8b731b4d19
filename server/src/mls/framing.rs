//! Message framing (RFC 9420, section 6): which group, which epoch, what kind of content, and from what kind of sender.

use super::{MLS10, MlsError, proposals::ByValue, reader::Reader};

/// What an MLSMessage says of itself in the clear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Framing {
    /// The MLS group id; never empty.
    pub group_id: Vec<u8>,
    /// The epoch that the message belongs to. For a commit, the epoch that it ends.
    pub epoch: i64,
    /// What is inside.
    pub content: ContentKind,
    /// How it is framed.
    pub wire: Wire,
}

/// What kind of content a message carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ContentKind {
    /// Application data.
    Application,
    /// One proposal.
    Proposal,
    /// A commit.
    Commit,
}

/// How a message is framed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wire {
    /// A PrivateMessage: sender and content are encrypted.
    Private,
    /// A PublicMessage: signed, in the clear.
    Public {
        /// Who says to have sent it. Only members can verify that.
        sender: Sender,
        /// What the handshake message does; empty for application data, which [`framing`] refuses.
        by_value: ByValue,
    },
}

/// The sender of a PublicMessage (RFC 9420, section 6.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sender {
    /// The member at this leaf.
    Member(u32),
    /// An external sender, by its place in the group's external_senders extension.
    External(u32),
    /// Somebody who proposes to be added.
    NewMemberProposal,
    /// Somebody who joins by an external commit.
    NewMemberCommit,
}

impl Framing {
    /// Whether this is a commit by which somebody joins from outside.
    pub fn is_external_commit(&self) -> bool {
        let sender = self.sender();
        self.content == ContentKind::Commit && sender == Some(Sender::NewMemberCommit)
    }

    /// The sender, when the message is public.
    pub fn sender(&self) -> Option<Sender> {
        match &self.wire {
            Wire::Private => None,
            Wire::Public { sender, .. } => Some(*sender),
        }
    }

    /// What a public handshake message does, when the message is public.
    pub fn by_value(&self) -> Option<&ByValue> {
        match &self.wire {
            Wire::Private => None,
            Wire::Public { by_value, .. } => Some(by_value),
        }
    }
}

/// Reads the framing of exactly one MLSMessage that is a PrivateMessage or a PublicMessage.
///
/// # Errors
/// Bytes that are anything else or more, epochs beyond `i64`, public application data, senders that may not send such
/// content, external commits without ExternalInit or without a path whose credential is basic.
pub fn framing(bytes: &[u8]) -> Result<Framing, MlsError> {
    let mut reader = Reader::new(bytes);
    let framing = match read_wire_format(&mut reader)? {
        WireFormat::Private => read_private(&mut reader)?,
        WireFormat::Public => {
            let head = PublicHead::read(&mut reader)?;
            let by_value = head.read_body(&mut reader)?;
            head.framing(by_value)
        }
    };
    reader.finish()?;
    check_sender(&framing)?;
    Ok(framing)
}

/// The framing of the MLSMessage that the bytes begin with, when they do; `None` when they are opaque.
///
/// Meant for sendMessage, whose ciphertext may be anything that members agreed on, and made so that a commit or proposal
/// doesn't pass for something else: what follows a whole message is taken for padding, a PublicMessage is recognised by
/// its head even when its content can't be read (its `by_value` is empty then), and the further rules of [`framing`] are
/// not applied.
pub fn looks_like_mls(bytes: &[u8]) -> Option<Framing> {
    let mut reader = Reader::new(bytes);
    match read_wire_format(&mut reader).ok()? {
        WireFormat::Private => read_private(&mut reader).ok(),
        WireFormat::Public => {
            let head = PublicHead::read(&mut reader).ok()?;
            let by_value = head.read_body(&mut reader).unwrap_or_default();
            Some(head.framing(by_value))
        }
    }
}

/// The kinds of MLSMessage that are framed.
pub(super) enum WireFormat {
    Public,
    Private,
}

pub(super) fn read_wire_format(reader: &mut Reader<'_>) -> Result<WireFormat, MlsError> {
    let version = reader.u16()?;
    if version != MLS10 {
        return Err(MlsError::UnsupportedVersion(version));
    }
    match reader.u16()? {
        1 => Ok(WireFormat::Public),
        2 => Ok(WireFormat::Private),
        other => Err(MlsError::UnexpectedWireFormat(other)),
    }
}

fn read_private(reader: &mut Reader<'_>) -> Result<Framing, MlsError> {
    let group_id = read_group_id(reader)?.to_vec();
    let epoch = read_epoch(reader)?;
    let content = read_content_kind(reader)?;
    let _authenticated_data = reader.opaque()?;
    let _encrypted_sender_data = reader.opaque()?;
    let _ciphertext = reader.opaque()?;
    Ok(Framing { group_id, epoch, content, wire: Wire::Private })
}

/// A PublicMessage up to its content.
pub(super) struct PublicHead<'a> {
    group_id: &'a [u8],
    epoch: i64,
    pub(super) sender: Sender,
    pub(super) content: ContentKind,
}

impl<'a> PublicHead<'a> {
    pub(super) fn read(reader: &mut Reader<'a>) -> Result<Self, MlsError> {
        let group_id = read_group_id(reader)?;
        let epoch = read_epoch(reader)?;
        let sender = read_sender(reader)?;
        let _authenticated_data = reader.opaque()?;
        let content = read_content_kind(reader)?;
        Ok(Self { group_id, epoch, sender, content })
    }

    /// Reads what follows: the content and its authentication.
    fn read_body(&self, reader: &mut Reader<'a>) -> Result<ByValue, MlsError> {
        let by_value = match self.content {
            ContentKind::Application => reader.opaque().map(|_data| ByValue::default())?,
            ContentKind::Proposal => ByValue::read_proposal(reader)?,
            ContentKind::Commit => ByValue::read_commit(reader)?,
        };
        let _signature = reader.opaque()?;
        if self.content == ContentKind::Commit {
            let _confirmation_tag = reader.opaque()?;
        }
        if matches!(self.sender, Sender::Member(_)) {
            let _membership_tag = reader.opaque()?;
        }
        Ok(by_value)
    }

    fn framing(self, by_value: ByValue) -> Framing {
        let sender = self.sender;
        Framing {
            group_id: self.group_id.to_vec(),
            epoch: self.epoch,
            content: self.content,
            wire: Wire::Public { sender, by_value },
        }
    }
}

/// A group id is not empty: none could be a convo's.
pub(super) fn read_group_id<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8], MlsError> {
    match reader.opaque()? {
        [] => Err(MlsError::EmptyGroupId),
        group_id => Ok(group_id),
    }
}

pub(super) fn read_epoch(reader: &mut Reader<'_>) -> Result<i64, MlsError> {
    i64::try_from(reader.u64()?).map_err(|_| MlsError::EpochOutOfRange)
}

fn read_content_kind(reader: &mut Reader<'_>) -> Result<ContentKind, MlsError> {
    match reader.u8()? {
        1 => Ok(ContentKind::Application),
        2 => Ok(ContentKind::Proposal),
        3 => Ok(ContentKind::Commit),
        _ => Err(reader.malformed()),
    }
}

fn read_sender(reader: &mut Reader<'_>) -> Result<Sender, MlsError> {
    match reader.u8()? {
        1 => Ok(Sender::Member(reader.u32()?)),
        2 => Ok(Sender::External(reader.u32()?)),
        3 => Ok(Sender::NewMemberProposal),
        4 => Ok(Sender::NewMemberCommit),
        _ => Err(reader.malformed()),
    }
}

/// Section 6.1 ties senders to content; section 12.4.3.2 asks an external commit for one ExternalInit, and nobody else may commit one.
fn check_sender(framing: &Framing) -> Result<(), MlsError> {
    let Wire::Public { sender, by_value } = &framing.wire else {
        return Ok(());
    };
    let allowed = match (sender, framing.content) {
        (_, ContentKind::Application) => return Err(MlsError::PublicApplicationData),
        (Sender::Member(_), ContentKind::Commit) => !by_value.external_init,
        (Sender::Member(_), ContentKind::Proposal) => true,
        (Sender::External(_), content) => content == ContentKind::Proposal,
        (Sender::NewMemberProposal, content) => content == ContentKind::Proposal && by_value.adds.len() == 1,
        (Sender::NewMemberCommit, content) => {
            content == ContentKind::Commit && by_value.external_init && by_value.committer.is_some()
        }
    };
    match allowed {
        true => Ok(()),
        false => Err(MlsError::SenderNotAllowed),
    }
}

//! How refusals from below become errors of a method.
//!
//! Each conversion asks that the method declares the errors it needs, so `?` on a refusal compiles exactly where the
//! lexicon allows it. What no client can do anything about becomes 503 or 500.

use std::{borrow::Borrow, error::Error, time::Duration};

use catbird_lexicon::blue::catbird::mls::errors;
use lexicon_runtime::error::{Failure, RateLimit, Refusal};

use super::{idempotency::KeyRefusal, reactions::ReactionRefusal};
use crate::{
    log::{
        AccessRefusal, AddRefusal, BeginRefusal, CommitRefusal, ExternalRefusal, GroupInfoRefusal, InvalidCommit,
        InvalidGroupInfo, JoinRefusal, KeyPackageNotFound, MisfitRefusal, NotAdmin, PolicyRefusal, RemoveRefusal,
        RetireRefusal, SendRefusal, WriteError,
    },
    store::{StoreError, devices::SaveRefusal},
    stream::{CapReached, OpenRefusal},
};

impl<E> From<StoreError> for Failure<E> {
    fn from(error: StoreError) -> Self {
        Failure::Refused(not_stored(error))
    }
}

/// What a client can do about a failing database: wait, or nothing.
pub fn not_stored(error: impl Borrow<StoreError> + Into<Box<dyn Error + Send + Sync>>) -> Refusal {
    match error.borrow().retry_after() {
        Some(delay) => Refusal::unavailable("The database is not available.", delay).with_source(error),
        None => Refusal::internal(error),
    }
}

impl<E> From<AccessRefusal> for Failure<E>
where
    Failure<E>: From<errors::ConvoNotFound> + From<errors::NotMember>,
{
    fn from(refusal: AccessRefusal) -> Self {
        match refusal {
            AccessRefusal::ConvoNotFound => errors::ConvoNotFound::new("There is no such conversation.").into(),
            AccessRefusal::NotMember => errors::NotMember::new("You are not a member of the conversation.").into(),
            AccessRefusal::Store(error) => error.into(),
        }
    }
}

/// A refusal by a method that is for admins and says nothing of members: who isn't one is no admin either.
pub struct ForAdmins(pub AccessRefusal);

impl<E> From<ForAdmins> for Failure<E>
where
    Failure<E>: From<errors::ConvoNotFound> + From<errors::NotAdmin>,
{
    fn from(ForAdmins(refusal): ForAdmins) -> Self {
        match refusal {
            AccessRefusal::ConvoNotFound => errors::ConvoNotFound::new("There is no such conversation.").into(),
            AccessRefusal::NotMember => NotAdmin.into(),
            AccessRefusal::Store(error) => error.into(),
        }
    }
}

impl<E> From<NotAdmin> for Failure<E>
where
    Failure<E>: From<errors::NotAdmin>,
{
    fn from(NotAdmin: NotAdmin) -> Self {
        errors::NotAdmin::new("Only admins of the conversation may do this.").into()
    }
}

impl<E> From<BeginRefusal> for Failure<E>
where
    Failure<E>: From<errors::ConvoNotFound>
        + From<errors::NotMember>
        + From<errors::InvalidCommit>
        + From<errors::EpochMismatch>,
{
    fn from(refusal: BeginRefusal) -> Self {
        match refusal {
            BeginRefusal::Access(refusal) => refusal.into(),
            BeginRefusal::Commit(refusal) => refusal.into(),
            BeginRefusal::Store(error) => error.into(),
        }
    }
}

impl<E> From<SendRefusal> for Failure<E>
where
    Failure<E>: From<errors::ConvoNotFound>
        + From<errors::NotMember>
        + From<errors::EpochMismatch>
        + From<errors::InvalidMessageId>,
{
    fn from(refusal: SendRefusal) -> Self {
        match refusal {
            SendRefusal::ConvoNotFound => AccessRefusal::ConvoNotFound.into(),
            SendRefusal::NotMember => AccessRefusal::NotMember.into(),
            SendRefusal::EpochMismatch { current } => epoch_mismatch(current).into(),
            SendRefusal::MsgIdTaken => {
                errors::InvalidMessageId::new("The msgId already stands for another message.").into()
            }
            SendRefusal::NotWritten(WriteError::Full) => {
                Refusal::unavailable("Too many messages are waiting to be stored.", Duration::from_secs(1)).into()
            }
            SendRefusal::NotWritten(WriteError::Locked) => {
                Refusal::unavailable("The conversation is busy.", Duration::from_secs(1)).into()
            }
            SendRefusal::NotWritten(WriteError::Store(error)) => not_stored(error).into(),
            SendRefusal::OtherGroup => {
                Refusal::invalid_request("input/ciphertext: is a message of another MLS group").into()
            }
        }
    }
}

impl<E> From<InvalidCommit> for Failure<E>
where
    Failure<E>: From<errors::InvalidCommit>,
{
    fn from(InvalidCommit(text): InvalidCommit) -> Self {
        errors::InvalidCommit::new(text).into()
    }
}

impl<E> From<CommitRefusal> for Failure<E>
where
    Failure<E>: From<errors::InvalidCommit> + From<errors::EpochMismatch>,
{
    fn from(refusal: CommitRefusal) -> Self {
        match refusal {
            CommitRefusal::Invalid(invalid) => invalid.into(),
            CommitRefusal::EpochMismatch { current } => epoch_mismatch(current).into(),
        }
    }
}

impl<E> From<AddRefusal> for Failure<E>
where
    Failure<E>: From<errors::NotAdmin>,
{
    fn from(refusal: AddRefusal) -> Self {
        match refusal {
            AddRefusal::NotAdmin => errors::NotAdmin::new(refusal.to_string()).into(),
            AddRefusal::Store(error) => error.into(),
        }
    }
}

impl<E> From<PolicyRefusal> for Failure<E>
where
    Failure<E>: From<errors::InvalidMaxMembers>,
{
    fn from(refusal: PolicyRefusal) -> Self {
        match refusal {
            PolicyRefusal::InvalidMaxMembers { .. } => errors::InvalidMaxMembers::new(refusal.to_string()).into(),
            PolicyRefusal::Store(error) => error.into(),
        }
    }
}

impl<E> From<RemoveRefusal> for Failure<E>
where
    Failure<E>: From<errors::NotAdmin> + From<errors::NotMember>,
{
    fn from(refusal: RemoveRefusal) -> Self {
        match refusal {
            RemoveRefusal::NotAdmin => errors::NotAdmin::new(refusal.to_string()).into(),
            RemoveRefusal::TargetNotMember(_) => errors::NotMember::new(refusal.to_string()).into(),
            RemoveRefusal::Store(error) => error.into(),
        }
    }
}

impl<E> From<KeyPackageNotFound> for Failure<E>
where
    Failure<E>: From<errors::KeyPackageNotFound>,
{
    fn from(refusal: KeyPackageNotFound) -> Self {
        match refusal {
            KeyPackageNotFound::Hash(_) => errors::KeyPackageNotFound::new(refusal.to_string()).into(),
            KeyPackageNotFound::Store(error) => error.into(),
        }
    }
}

impl<E> From<JoinRefusal> for Failure<E>
where
    Failure<E>: From<errors::TooManyMembers> + From<errors::InvalidWelcome>,
{
    fn from(refusal: JoinRefusal) -> Self {
        match refusal {
            JoinRefusal::TooManyMembers { .. } => errors::TooManyMembers::new(refusal.to_string()).into(),
            JoinRefusal::InvalidWelcome(text) => errors::InvalidWelcome::new(text).into(),
            JoinRefusal::Store(error) => error.into(),
        }
    }
}

impl<E> From<MisfitRefusal> for Failure<E>
where
    Failure<E>: From<errors::InvalidCommit>,
{
    fn from(refusal: MisfitRefusal) -> Self {
        match refusal {
            MisfitRefusal::Invalid(invalid) => invalid.into(),
            MisfitRefusal::Store(error) => error.into(),
        }
    }
}

/// For methods that tell whoever is no member nothing else.
pub fn unauthorized<E>(refusal: AccessRefusal) -> Failure<E>
where
    Failure<E>: From<errors::Unauthorized>,
{
    match refusal {
        AccessRefusal::ConvoNotFound | AccessRefusal::NotMember => {
            errors::Unauthorized::new("You are not a member of such a conversation.").into()
        }
        AccessRefusal::Store(error) => error.into(),
    }
}

/// As [`unauthorized`], for methods that name conversations which aren't there.
pub fn not_found_or_unauthorized<E>(refusal: AccessRefusal) -> Failure<E>
where
    Failure<E>: From<errors::NotFound> + From<errors::Unauthorized>,
{
    match refusal {
        AccessRefusal::ConvoNotFound => errors::NotFound::new("There is no such conversation.").into(),
        refusal => unauthorized(refusal),
    }
}

impl<E> From<InvalidGroupInfo> for Failure<E>
where
    Failure<E>: From<errors::InvalidGroupInfo>,
{
    fn from(InvalidGroupInfo(text): InvalidGroupInfo) -> Self {
        errors::InvalidGroupInfo::new(text).into()
    }
}

impl<E> From<GroupInfoRefusal> for Failure<E>
where
    Failure<E>: From<errors::InvalidGroupInfo>,
{
    fn from(refusal: GroupInfoRefusal) -> Self {
        match refusal {
            GroupInfoRefusal::Invalid(invalid) => invalid.into(),
            GroupInfoRefusal::Store(error) => error.into(),
        }
    }
}

impl<E> From<ExternalRefusal> for Failure<E>
where
    Failure<E>: From<errors::Unauthorized> + From<errors::InvalidCommit> + From<errors::InvalidGroupInfo>,
{
    fn from(refusal: ExternalRefusal) -> Self {
        match refusal {
            ExternalRefusal::Access(refusal) => unauthorized(refusal),
            ExternalRefusal::Commit(CommitRefusal::Invalid(invalid)) => invalid.into(),
            ExternalRefusal::Commit(CommitRefusal::EpochMismatch { current }) => {
                let text = format!("The conversation is at epoch {current}: make the commit by its new GroupInfo.");
                errors::InvalidCommit::new(text).into()
            }
            ExternalRefusal::GroupInfo(invalid) => invalid.into(),
            ExternalRefusal::Store(error) => error.into(),
        }
    }
}

impl<E> From<ReactionRefusal> for Failure<E>
where
    Failure<E>: From<errors::NotFound> + From<errors::NotMember>,
{
    fn from(refusal: ReactionRefusal) -> Self {
        match refusal {
            ReactionRefusal::NotFound => {
                errors::NotFound::new("You can read no such message in such a conversation.").into()
            }
            ReactionRefusal::NotMember => errors::NotMember::new("You are not a member of the conversation.").into(),
            ReactionRefusal::Store(error) => error.into(),
        }
    }
}

impl<E> From<OpenRefusal> for Failure<E>
where
    Failure<E>: From<errors::InvalidCursor> + From<errors::CursorExpired>,
{
    fn from(refusal: OpenRefusal) -> Self {
        match refusal {
            OpenRefusal::NoSuchPlace => {
                errors::InvalidCursor::new("This server never made the cursor. Start again without one.").into()
            }
            OpenRefusal::Expired => cursor_expired().into(),
            other => not_opened(other).into(),
        }
    }
}

/// Events behind a reader's place are gone.
pub fn cursor_expired() -> errors::CursorExpired {
    errors::CursorExpired::new("Events behind the cursor are gone. Fetch what is missing, and start without a cursor.")
}

/// Why there is no stream, whatever the cursor.
pub fn not_opened(refusal: OpenRefusal) -> Refusal {
    const SOON: Duration = Duration::from_secs(5);
    match refusal {
        OpenRefusal::Cap(CapReached::User { limit }) => {
            let text = format!("You have {limit} streams open, as many as one may have. Close one.");
            Refusal::rate_limited(text, RateLimit { limit: limit.into(), remaining: 0, reset: SOON })
        }
        OpenRefusal::Cap(CapReached::Server) => {
            Refusal::unavailable("The server has no room for another stream.", SOON)
        }
        OpenRefusal::NotReady => Refusal::unavailable("The stream isn't there yet.", SOON),
        OpenRefusal::Store(error) => not_stored(error),
        OpenRefusal::NoSuchPlace | OpenRefusal::Expired => Refusal::internal(refusal),
    }
}

impl<E> From<KeyRefusal> for Failure<E>
where
    Failure<E>: From<errors::IdempotencyKeyReused>,
{
    fn from(refusal: KeyRefusal) -> Self {
        match refusal {
            KeyRefusal::Reused => {
                errors::IdempotencyKeyReused::new("The idempotencyKey was used for another request.").into()
            }
            KeyRefusal::Store(error) => error.into(),
        }
    }
}

impl<E> From<RetireRefusal> for Failure<E> {
    fn from(refusal: RetireRefusal) -> Self {
        match refusal {
            RetireRefusal::BeingAdded => {
                Refusal::unavailable("The device is being added to a conversation.", Duration::from_secs(1)).into()
            }
            RetireRefusal::Store(error) => error.into(),
        }
    }
}

impl<E> From<SaveRefusal> for Failure<E>
where
    Failure<E>: From<errors::DuplicatePublicKey>,
{
    fn from(refusal: SaveRefusal) -> Self {
        match refusal {
            SaveRefusal::KeyTaken => {
                errors::DuplicatePublicKey::new("The key is registered for another device.").into()
            }
            SaveRefusal::Store(error) => error.into(),
        }
    }
}

fn epoch_mismatch(current: i64) -> errors::EpochMismatch {
    errors::EpochMismatch::new(format!("The conversation is at epoch {current}: catch up and try again."))
}

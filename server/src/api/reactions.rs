//! Clear-text reactions: addReaction, removeReaction.

use catbird_lexicon::blue::catbird::mls::{
    add_reaction::{self, AddReaction},
    errors,
    remove_reaction::{self, RemoveReaction},
};
use lexicon_runtime::{
    error::{Failure, Refusal},
    formats::Datetime,
};
use sqlx::PgConnection;

use super::{Api, Caller, require_member};
use crate::{
    clock,
    log::AccessRefusal,
    store::{
        StoreError, Timestamp, conversations,
        events::{self, EventPlace, NewEvent, Occurrence},
        pages,
        reactions::{self, Reaction},
    },
};

/// The most reactions of one user to one entry, as the lexicon promises.
const MOST_REACTIONS: i64 = 20;

/// Why somebody can't react to an entry.
#[derive(Debug)]
pub enum ReactionRefusal {
    /// No such conversation, or none of its entries that the caller may read.
    NotFound,
    NotMember,
    Store(StoreError),
}

impl AddReaction for Api {
    async fn add_reaction(
        &self,
        caller: Caller,
        input: add_reaction::Input,
    ) -> Result<add_reaction::Output, Failure<add_reaction::Error>> {
        let now = self.now();
        let created_at = clock::bucket(now);
        let mut tx = self.begin().await?;
        let seq = take_entry(&mut tx, &caller, &input.convo_id, &input.message_id, now).await?;
        let new = Reaction {
            convo_id: input.convo_id.clone(),
            seq,
            user_did: caller.did().to_owned(),
            reaction: input.reaction.clone(),
            created_at,
        };
        if !reactions::add(&mut tx, &new).await? {
            return Err(errors::AlreadyReacted::new("You have left this reaction before.").into());
        }
        if reactions::count(&mut tx, &input.convo_id, seq, caller.did()).await? > MOST_REACTIONS {
            let text = format!("input/reaction: at most {MOST_REACTIONS} reactions of a user to one message");
            return Err(Refusal::invalid_request(text).into());
        }
        let occurrence =
            Occurrence::Reaction { message_id: input.message_id, reaction: input.reaction, is_added: true };
        tell(&mut tx, &caller, &input.convo_id, seq, occurrence, created_at).await?;
        self.commit(tx).await?;
        Ok(add_reaction::Output { success: true, reacted_at: Some(Datetime::from(created_at)) })
    }
}

impl RemoveReaction for Api {
    async fn remove_reaction(
        &self,
        caller: Caller,
        input: remove_reaction::Input,
    ) -> Result<remove_reaction::Output, Failure<remove_reaction::Error>> {
        let now = self.now();
        let mut tx = self.begin().await?;
        let seq = take_entry(&mut tx, &caller, &input.convo_id, &input.message_id, now).await?;
        if reactions::remove(&mut tx, &input.convo_id, seq, caller.did(), &input.reaction).await? {
            let occurrence =
                Occurrence::Reaction { message_id: input.message_id, reaction: input.reaction, is_added: false };
            tell(&mut tx, &caller, &input.convo_id, seq, occurrence, clock::bucket(now)).await?;
        }
        self.commit(tx).await?;
        Ok(remove_reaction::Output { success: true })
    }
}

/// Locks the conversation, so that reactions come one by one, and finds the entry in what the caller may read.
async fn take_entry(
    conn: &mut PgConnection,
    caller: &Caller,
    convo_id: &str,
    message_id: &str,
    now: Timestamp,
) -> Result<i64, ReactionRefusal> {
    // Asked before the lock, so that a stranger can't hold others up by queueing for it, and again under it.
    require_member(conn, convo_id, caller).await?;
    conversations::lock(conn, convo_id).await?.ok_or(ReactionRefusal::NotFound)?;
    require_member(conn, convo_id, caller).await?;
    pages::readable_seq(conn, convo_id, caller.did(), message_id, now).await?.ok_or(ReactionRefusal::NotFound)
}

async fn tell(
    conn: &mut PgConnection,
    caller: &Caller,
    convo_id: &str,
    seq: i64,
    occurrence: Occurrence,
    at: Timestamp,
) -> Result<(), StoreError> {
    let place = EventPlace { convo_id, actor_did: caller.did(), at };
    events::write_about(conn, &place, &NewEvent::new(occurrence, caller.did()), seq).await
}

impl From<StoreError> for ReactionRefusal {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<AccessRefusal> for ReactionRefusal {
    fn from(refusal: AccessRefusal) -> Self {
        match refusal {
            AccessRefusal::ConvoNotFound => Self::NotFound,
            AccessRefusal::NotMember => Self::NotMember,
            AccessRefusal::Store(error) => Self::Store(error),
        }
    }
}

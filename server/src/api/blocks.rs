//! Blocks: checkBlocks, getBlockStatus, handleBlockChange, and what they mean for those who are to be added.

use std::{collections::BTreeSet, time::Duration};

use catbird_lexicon::blue::catbird::mls::{
    check_blocks::{self, BlockRelationship, CheckBlocks},
    errors,
    get_block_status::{self, GetBlockStatus},
    handle_block_change::{self, AffectedConvo, AffectedConvoAction, HandleBlockChange, InputAction},
};
use lexicon_runtime::{
    error::{Failure, Refusal},
    formats::{AtUri, Datetime, Did},
};

use super::{Api, Caller, refusals, views};
use crate::{
    blocks::{Asker, Blocks, COLLECTION, Findings, Purpose, Relation},
    clock,
    config::Enforcement,
    log::{AccessRefusal, BlockRefusal, BlockRule},
    store::{
        StoreError,
        blocks::{Pair, SharedConversation},
        members::{self, Standing},
    },
};

/// How long somebody waits who asks for blocks and nothing else.
const PATIENCE: Duration = Duration::from_secs(10);

/// Nobody knows who blocks whom.
const UNREADABLE: &str = "The blocks of somebody concerned can't be read right now.";

/// Requests that reading a repository anew counts as.
const WORTH_OF_READING: usize = 10;

/// When to ask again for what can't be read.
const RETRY_AFTER: Duration = Duration::from_secs(10);

/// What the lexicon allows in a list of blocks.
const MOST_RELATIONS: usize = 10_000;

/// Blocks, and what is done about them.
pub struct BlockPolicy {
    pub blocks: Blocks,
    pub enforcement: Enforcement,
    /// How long a request that adds people waits for their blocks.
    pub lookup_timeout: Duration,
}

impl Caller {
    /// Who wants to know of blocks.
    fn asking(&self) -> Asker<'_> {
        Asker { caller: self.did(), purpose: Purpose::Asking }
    }
}

impl CheckBlocks for Api {
    async fn check_blocks(
        &self,
        caller: Caller,
        params: check_blocks::Params,
    ) -> Result<check_blocks::Output, Failure<check_blocks::Error>> {
        let limit = self.limits.dids_per_request;
        if params.dids.len() > limit {
            return Err(errors::TooManyDids::new(format!("This server takes at most {limit} DIDs at once.")).into());
        }
        let users = params.dids.iter().map(|did| did.as_str().to_owned()).collect();
        let found = self.blocks.blocks.among(caller.asking(), &users, MOST_RELATIONS, PATIENCE).await;
        if !found.unread.is_empty() {
            let text = format!("The blocks of {} can't be read right now.", found.unread.join(", "));
            return Err(errors::BlueskyServiceUnavailable::new(text).into());
        }
        Ok(check_blocks::Output { checked_at: self.checked_at(&found), blocks: views(found)? })
    }
}

impl GetBlockStatus for Api {
    async fn get_block_status(
        &self,
        caller: Caller,
        params: get_block_status::Params,
    ) -> Result<get_block_status::Output, Failure<get_block_status::Error>> {
        let users = self.members_for_admin(&params.convo_id, &caller).await?;
        let found = self.blocks.blocks.among(caller.asking(), &users, MOST_RELATIONS, PATIENCE).await;
        Ok(get_block_status::Output {
            convo_id: params.convo_id,
            has_conflicts: !found.relations.is_empty(),
            checked_at: self.checked_at(&found),
            blocks: views(found)?,
            member_count: Some(users.len() as i64),
        })
    }
}

impl HandleBlockChange for Api {
    async fn handle_block_change(
        &self,
        caller: Caller,
        input: handle_block_change::Input,
    ) -> Result<handle_block_change::Output, Failure<handle_block_change::Error>> {
        let is_reported = match &input.action {
            InputAction::Created => true,
            InputAction::Removed => false,
            InputAction::Other(_) => {
                return Err(Refusal::invalid_request("input/action: must be created or removed").into());
            }
        };
        let pair = Pair { blocker: input.blocker_did.as_str(), blocked: input.blocked_did.as_str() };
        let is_theirs = |uri: &AtUri| uri.authority() == pair.blocker && uri.collection() == Some(COLLECTION);
        if !input.block_uri.as_ref().is_none_or(is_theirs) {
            return Err(errors::BlockNotVerified::new("blockUri is no block in the blocker's repository.").into());
        }
        caller.charge(WORTH_OF_READING)?;
        let reading = self.blocks.blocks.read_anew(caller.asking(), pair.blocker, PATIENCE).await;
        let reading = reading.map_err(|error| unreadable().with_source(error))?;
        let stands = reading.made.contains_key(pair.blocked);
        if stands != is_reported {
            let text = if stands { "still has" } else { "has no" };
            return Err(errors::BlockNotVerified::new(format!("The blocker's repository {text} such block.")).into());
        }
        let conflicts = self.conflicts();
        let shared = match stands {
            true => conflicts.tell_of(pair, caller.did()).await?,
            false => conflicts.settle(pair, caller.did()).await?,
        };
        let shared = shared.into_iter().filter(|convo| convo.is_askers);
        Ok(handle_block_change::Output { affected_convos: shared.map(affected).collect() })
    }
}

impl Api {
    /// Reads the blocks of those who are to be together in a conversation, so that they are remembered when it is decided
    /// under its lock. For nobody who may not decide it.
    ///
    /// # Errors
    /// 503 when so much is being read for the caller that somebody's server wasn't even asked: that says nothing of their
    /// blocks, and it would be in the caller's hand.
    pub(super) async fn read_blocks_before_adding<'a>(
        &self,
        convo_id: Option<&str>,
        caller: &Caller,
        newcomers: impl Iterator<Item = &'a Did>,
    ) -> Result<(), Refusal> {
        if self.blocks.enforcement == Enforcement::Off {
            return Ok(());
        }
        let mut newcomers: BTreeSet<_> = newcomers.map(|did| did.as_str().to_owned()).collect();
        newcomers.remove(caller.did());
        if newcomers.is_empty() {
            return Ok(());
        }
        let mut users = newcomers.clone();
        if let Some(convo_id) = convo_id {
            let members = async { members::users(&mut *self.connection().await?, convo_id).await };
            users.extend(members.await.map_err(refusals::not_stored)?);
            if !users.contains(caller.did()) {
                return Ok(());
            }
        }
        users.insert(caller.did().to_owned());
        let asker = Asker { caller: caller.did(), purpose: Purpose::Adding };
        let found = self.blocks.blocks.among(asker, &users, 0, self.blocks.lookup_timeout).await;
        if found.is_unasked {
            return Err(unreadable());
        }
        if self.blocks.enforcement == Enforcement::FailOpen && !found.unread.is_empty() {
            self.conflicts().watch(caller.did().to_owned(), users, newcomers);
        }
        Ok(())
    }

    /// What keeps people apart, if anything does.
    pub(super) fn block_rule(&self) -> Option<BlockRule<'_>> {
        let fails_closed = match self.blocks.enforcement {
            Enforcement::Off => return None,
            Enforcement::FailOpen => false,
            Enforcement::FailClosed => true,
        };
        Some(BlockRule { blocks: &self.blocks.blocks, fails_closed })
    }

    async fn members_for_admin<E>(&self, convo_id: &str, caller: &Caller) -> Result<BTreeSet<String>, Failure<E>>
    where
        Failure<E>: From<AccessRefusal> + From<errors::NotAdmin>,
    {
        let mut tx = self.snapshot().await?;
        match members::standing(&mut tx, convo_id, caller.did()).await? {
            Standing::NoConversation => Err(AccessRefusal::ConvoNotFound.into()),
            Standing::Stranger | Standing::Former => Err(AccessRefusal::NotMember.into()),
            Standing::Member(role) if role.is_admin || role.is_moderator => {
                Ok(members::users(&mut tx, convo_id).await?.into_iter().collect())
            }
            Standing::Member(_) => {
                Err(errors::NotAdmin::new("Only admins and moderators may see who blocks whom.").into())
            }
        }
    }

    /// The oldest reading's time, else now, as clients see times.
    fn checked_at(&self, found: &Findings) -> Datetime {
        Datetime::from(clock::bucket(found.read_at.unwrap_or_else(|| self.now())))
    }
}

/// A refusal by blocks as a method declares it.
pub fn kept_apart<E, D>(declared: impl FnOnce(String) -> D) -> impl FnOnce(BlockRefusal) -> Failure<E>
where
    Failure<E>: From<D> + From<errors::BlueskyServiceUnavailable>,
{
    move |refusal| match refusal {
        BlockRefusal::Blocked { .. } => declared(format!("{refusal}.")).into(),
        BlockRefusal::Unreadable => errors::BlueskyServiceUnavailable::new(UNREADABLE).into(),
        BlockRefusal::Store(error) => error.into(),
    }
}

fn unreadable() -> Refusal {
    Refusal::unavailable(UNREADABLE, RETRY_AFTER)
}

fn affected(convo: SharedConversation) -> AffectedConvo {
    let action = match convo.told_at {
        Some(_) => AffectedConvoAction::AdminNotified,
        None => AffectedConvoAction::NoAction,
    };
    AffectedConvo {
        convo_id: convo.convo_id,
        action,
        admin_notified: convo.told_at.is_some(),
        notification_sent_at: convo.told_at.map(Datetime::from),
    }
}

fn views(found: Findings) -> Result<Vec<BlockRelationship>, StoreError> {
    found.relations.into_iter().map(view).collect()
}

fn view(relation: Relation) -> Result<BlockRelationship, StoreError> {
    let uri = format!("at://{}/{COLLECTION}/{}", relation.blocker, relation.block.rkey);
    let uri: AtUri = uri.parse().map_err(|error| StoreError::Impossible(format!("a record's address: {error}")))?;
    Ok(BlockRelationship {
        blocker_did: views::did(relation.blocker)?,
        blocked_did: views::did(relation.blocked)?,
        created_at: Datetime::from(relation.block.created_at),
        block_uri: Some(uri),
    })
}

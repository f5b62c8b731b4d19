//! Keeping those apart who block each other, when somebody is to be added.

use std::collections::BTreeSet;

use super::{Additions, Change};
use crate::{
    blocks::Blocks,
    store::{StoreError, blocks as block_store, members},
};

/// Why nobody is added.
#[derive(Debug, thiserror::Error)]
pub enum BlockRefusal {
    #[error("{blocker} blocks {blocked}")]
    Blocked { blocker: String, blocked: String },
    /// Blocks that count can't be read now.
    #[error("the blocks of somebody concerned can't be read right now")]
    Unreadable,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What is held against those to be added: everything that was read before.
pub struct BlockRule<'a> {
    pub blocks: &'a Blocks,
    /// Whether nobody is added while somebody's blocks can't be read.
    pub fails_closed: bool,
}

impl Change<'_> {
    /// Refuses to add a user whom a block keeps apart from a member, or from another one to be added. Blocks between those
    /// who are members already are no obstacle.
    ///
    /// Asks the memory alone: what it lacks was to be read before the transaction. A block that is reported meanwhile is
    /// seen here, or whoever reports it sees these members.
    pub async fn keep_apart(&mut self, additions: &Additions, rule: &BlockRule<'_>) -> Result<(), BlockRefusal> {
        let members: BTreeSet<_> = members::users(self.conn, &self.convo.convo_id).await?.into_iter().collect();
        let joiners: BTreeSet<_> = additions.joiners().into_iter().map(|joiner| joiner.user_did).collect();
        let newcomers: BTreeSet<_> = joiners.difference(&members).cloned().collect();
        if newcomers.is_empty() {
            return Ok(());
        }
        let users: BTreeSet<_> = members.union(&newcomers).cloned().collect();
        let (all, new): (Vec<_>, Vec<_>) = (users.iter().cloned().collect(), newcomers.iter().cloned().collect());
        block_store::take_turns_adding(self.conn, &new).await?;
        let since = self.now - rule.blocks.memory_span();
        if let Some((blocker, blocked)) = block_store::reported_among(self.conn, &all, &new, since).await? {
            return Err(BlockRefusal::Blocked { blocker, blocked });
        }
        let found = rule.blocks.remembered(&users, &newcomers).await;
        if let Some(relation) = found.relations.into_iter().next() {
            return Err(BlockRefusal::Blocked { blocker: relation.blocker, blocked: relation.blocked });
        }
        if rule.fails_closed && !found.unread.is_empty() {
            return Err(BlockRefusal::Unreadable);
        }
        Ok(())
    }
}

//! Blocks between members: their admins are told, once while the block stands.

use std::{
    collections::BTreeSet,
    sync::{Arc, LazyLock},
    time::Duration,
};

use sqlx::{PgPool, Postgres, Transaction};
use tokio::sync::Semaphore;

use super::Api;
use crate::{
    blocks::{Asker, Blocks, Purpose, Relation},
    clock::{self, Clock},
    store::{
        StoreError,
        blocks::{self, Pair, SharedConversation},
        conversations,
        events::{self, Alert, Audience, NewEvent, Occurrence},
    },
    stream::Streams,
};

/// What the lexicon allows in a list of conversations.
const MOST_CONVERSATIONS: i64 = 10_000;

/// Conversations whose admins are told in one transaction, which locks them.
const TOLD_AT_ONCE: usize = 100;

/// How long somebody's blocks are waited for after they were added without them. No reading takes longer.
const LATE: Duration = Duration::from_secs(120);

/// Additions whose blocks are waited for at once. What goes beyond isn't followed.
static WATCHES: LazyLock<Arc<Semaphore>> = LazyLock::new(|| Arc::new(Semaphore::new(256)));

/// Who tells admins of blocks, also after the request that made them worth telling.
#[derive(Clone)]
pub struct Conflicts {
    db: PgPool,
    streams: Arc<Streams>,
    clock: Arc<dyn Clock>,
    blocks: Blocks,
}

impl Api {
    pub(super) fn conflicts(&self) -> Conflicts {
        Conflicts {
            db: self.db.clone(),
            streams: Arc::clone(&self.streams),
            clock: Arc::clone(&self.clock),
            blocks: self.blocks.blocks.clone(),
        }
    }
}

impl Conflicts {
    /// Waits for blocks that could not be read in time for an addition, which may go ahead without them. What they show then
    /// is told as if it had been reported. Ends with the server, and with nothing where the addition was refused.
    pub(super) fn watch(self, caller: String, users: BTreeSet<String>, newcomers: BTreeSet<String>) {
        let Ok(permit) = Arc::clone(&WATCHES).try_acquire_owned() else { return };
        tokio::spawn(async move {
            let _permit = permit;
            let asker = Asker { caller: &caller, purpose: Purpose::Adding };
            let found = self.blocks.among(asker, &users, usize::MAX, LATE).await;
            let concerns = |one: &&Relation| newcomers.contains(&one.blocker) || newcomers.contains(&one.blocked);
            for Relation { blocker, blocked, .. } in found.relations.iter().filter(concerns) {
                if let Err(error) = self.tell_of(Pair { blocker, blocked }, blocker).await {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "could not tell of a block that was read late"
                    );
                }
            }
        });
    }

    /// Tells the admins of all conversations that both are in and that don't know of the block yet, some in a transaction:
    /// a report that is cut off is finished by its repetition.
    pub(super) async fn tell_of(&self, pair: Pair<'_>, asker: &str) -> Result<Vec<SharedConversation>, StoreError> {
        let mut tx = self.db.begin().await?;
        blocks::take_turns_reporting(&mut tx, pair).await?;
        let now = self.clock.now();
        blocks::note(&mut tx, pair, now, now - self.blocks.memory_span()).await?;
        self.commit(tx).await?;

        let mut conn = self.db.acquire().await?;
        let ids = blocks::shared_ids(&mut conn, pair, MOST_CONVERSATIONS).await?;
        let shared = blocks::shared_among(&mut conn, pair, asker, &ids).await?;
        drop(conn);
        let (mut shared, untold): (Vec<_>, Vec<_>) = shared.into_iter().partition(|convo| convo.told_at.is_some());
        let untold: Vec<_> = untold.into_iter().map(|convo| convo.convo_id).collect();
        for ids in untold.chunks(TOLD_AT_ONCE) {
            shared.extend(self.tell_admins(pair, asker, ids).await?);
        }
        shared.sort_by(|a, b| a.convo_id.cmp(&b.convo_id));
        Ok(shared)
    }

    /// Tells the admins of those of the conversations that both are still in, unless somebody else has just done so.
    async fn tell_admins(
        &self,
        pair: Pair<'_>,
        asker: &str,
        convo_ids: &[String],
    ) -> Result<Vec<SharedConversation>, StoreError> {
        let mut tx = self.db.begin().await?;
        let locked = conversations::lock_these(&mut tx, convo_ids).await?;
        let mut shared = blocks::shared_among(&mut tx, pair, asker, &locked).await?;
        let at = clock::bucket(self.clock.now());
        let untold: Vec<_> = shared.iter_mut().filter(|convo| convo.told_at.is_none()).collect();
        let ids: Vec<_> = untold.iter().map(|convo| convo.convo_id.clone()).collect();
        blocks::keep_told(&mut tx, &ids, pair, at).await?;
        let alert = NewEvent::new(Occurrence::Alert(Alert::BlockConflict), pair.blocker);
        let alert = NewEvent { audience: Audience::Admins, ..alert };
        let alerts: Vec<_> = ids.into_iter().map(|convo_id| (convo_id, alert.clone())).collect();
        events::write_to_many(&mut tx, pair.blocker, at, &alerts).await?;
        untold.into_iter().for_each(|convo| convo.told_at = Some(at));
        self.commit(tx).await?;
        Ok(shared)
    }

    /// Forgets a block that stands no longer.
    pub(super) async fn settle(&self, pair: Pair<'_>, asker: &str) -> Result<Vec<SharedConversation>, StoreError> {
        let mut tx = self.db.begin().await?;
        blocks::take_turns_reporting(&mut tx, pair).await?;
        blocks::forget(&mut tx, pair, clock::bucket(self.clock.now())).await?;
        let ids = blocks::shared_ids(&mut tx, pair, MOST_CONVERSATIONS).await?;
        let shared = blocks::shared_among(&mut tx, pair, asker, &ids).await?;
        self.commit(tx).await?;
        Ok(shared)
    }

    async fn commit(&self, tx: Transaction<'static, Postgres>) -> Result<(), StoreError> {
        tx.commit().await?;
        self.streams.wake();
        Ok(())
    }
}

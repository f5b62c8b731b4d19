//! Which senders are members, as far as a writer remembers, and appending by that.
//!
//! What is remembered is never believed by itself: the statement that appends holds it against the conversation's row. When
//! it is wrong, the entry is judged as if nothing were remembered.

use std::{
    collections::{HashMap, HashSet},
    hash::{BuildHasher, RandomState},
    mem,
};

use sqlx::PgConnection;

use crate::store::{
    EntryKind, StoreError,
    messages::{self, Candidate, Verdict},
    standings::{self, Standing},
    unopposed::{self, Known},
};

/// Members that one generation holds, a conversation counting as many. A generation takes up to ten megabytes.
const ROOM: usize = 200_000;
const CONVERSATION: usize = 8;

/// What a writer knows of its conversations: of those in use, and of those that were before.
#[derive(Default)]
pub struct Members {
    young: Generation,
    old: Generation,
    /// Keyed at random, so that nobody can choose users of one hash.
    hasher: RandomState,
    /// A sender that was found to be a member, by conversation.
    found: HashMap<String, String>,
}

#[derive(Default)]
struct Generation {
    convos: HashMap<String, Convo>,
    size: usize,
}

struct Convo {
    last_departure: i64,
    /// Hashes of their DIDs.
    users: HashSet<u64>,
}

impl Members {
    /// Appends what may be appended, as [`messages::append_all`] does without waiting: most of it at the least cost.
    pub async fn append(
        &mut self,
        conn: &mut PgConnection,
        candidates: &[&Candidate],
    ) -> Result<Vec<Verdict>, StoreError> {
        let mut verdicts = vec![None; candidates.len()];
        let known: Vec<_> = candidates
            .iter()
            .enumerate()
            .filter_map(|(place, candidate)| {
                let last_departure = self.last_departure(candidate)?;
                Some((place, Known { candidate, last_departure }))
            })
            .collect();
        let seqs = unopposed::append(conn, &known.iter().map(|(_, known)| *known).collect::<Vec<_>>()).await?;
        for ((place, _), seq) in known.iter().zip(seqs) {
            verdicts[*place] = seq.map(|seq| Verdict::Appended { seq });
        }
        let left: Vec<_> = (0..candidates.len()).filter(|place| verdicts[*place].is_none()).collect();
        if !left.is_empty() {
            let candidates: Vec<_> = left.iter().map(|place| candidates[*place]).collect();
            let judged = messages::append_all(conn, &candidates, false).await?;
            for ((place, candidate), verdict) in left.iter().zip(candidates).zip(judged) {
                // Whoever sends proposals alone is never asked for.
                if candidate.kind == EntryKind::App && matches!(verdict, Verdict::Appended { .. }) {
                    self.found.insert(candidate.convo_id.clone(), candidate.sender_did.clone());
                }
                verdicts[*place] = Some(verdict);
            }
        }
        let complete: Option<Vec<_>> = verdicts.into_iter().collect();
        complete.ok_or_else(|| StoreError::Impossible("a candidate without a verdict".to_owned()))
    }

    /// Looks up the members of conversations in which something was appended without remembering its sender.
    pub async fn learn(&mut self, conn: &mut PgConnection) -> Result<(), StoreError> {
        if self.found.is_empty() {
            return Ok(());
        }
        let found = mem::take(&mut self.found);
        let (convo_ids, senders): (Vec<_>, Vec<_>) = found.iter().map(|(c, s)| (c.as_str(), s.as_str())).unzip();
        for standing in standings::read(conn, &convo_ids, &senders).await? {
            self.remember(standing);
        }
        Ok(())
    }

    /// Forgets everything.
    pub fn forget(&mut self) {
        *self = Self::default();
    }

    /// The departure since which the sender is known to be a member; nothing when that isn't known, or the entry is not one to be
    /// appended at the least cost.
    fn last_departure(&mut self, candidate: &Candidate) -> Option<i64> {
        if candidate.kind != EntryKind::App {
            return None;
        }
        if !self.young.convos.contains_key(&candidate.convo_id) {
            let (convo_id, convo) = self.old.convos.remove_entry(&candidate.convo_id)?;
            self.keep(convo_id, convo);
        }
        let convo = self.young.convos.get(&candidate.convo_id)?;
        convo.users.contains(&self.hasher.hash_one(&candidate.sender_did)).then_some(convo.last_departure)
    }

    fn remember(&mut self, standing: Standing) {
        let Standing { convo_id, last_departure, users } = standing;
        let mut users: HashSet<_> = users.iter().map(|user| self.hasher.hash_one(user)).collect();
        self.old.convos.remove(&convo_id);
        if let Some(before) = self.young.convos.remove(&convo_id) {
            self.young.size -= before.users.len() + CONVERSATION;
            if before.last_departure == last_departure {
                users.extend(before.users);
            }
        }
        self.keep(convo_id, Convo { last_departure, users });
    }

    fn keep(&mut self, convo_id: String, convo: Convo) {
        if self.young.size > ROOM {
            self.old = mem::take(&mut self.young);
        }
        self.young.size += convo.users.len() + CONVERSATION;
        self.young.convos.insert(convo_id, convo);
    }
}

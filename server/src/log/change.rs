//! Changes of membership and epoch: the one path for createConvo, addMembers, removeMember, leaveConvo and submitCommit.
//! Roles, policy and reports go the same way without a commit: their steps are in modules of their own.
//! processExternalCommit begins in a way of its own ([`super::external`]).
//!
//! A [`Change`] holds the lock of its conversation from beginning to end of its transaction. Its steps are taken in the
//! order in which they stand here, each refuses what breaks its own rule, and nothing is visible to anybody until the
//! caller commits the transaction: commit, members, key packages, Welcome, GroupInfo and events become true together.

use std::collections::{BTreeSet, HashSet};

use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    AccessRefusal, Additions, BeginRefusal, Commit, GroupInfo, GroupInfoRefusal, InvalidCommit, JoinRefusal,
    KeyPackageNotFound, Log, MisfitRefusal, Named, RemoveRefusal, Welcome,
};
use crate::{
    clock,
    store::{
        EntryKind, StoreError, Timestamp,
        audit::{self, Act},
        blocks as block_store,
        conversations::{self, LockedConversation, NewConversation},
        device_additions, devices,
        events::{self, EventPlace, NewEvent, Occurrence},
        group_infos::{self, NewGroupInfo},
        key_package_use, member_devices,
        members::{self, JoinPoint, Role, Standing},
        messages::{self, Candidate, Verdict},
        rejoin_requests, welcomes,
    },
};

/// Devices in a conversation at most: what the lexicon allows in a list of members.
pub const MAX_DEVICES: i64 = 10_000;

/// What a change led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Changed {
    /// The seq of the commit, else of the last entry before the change.
    pub seq: i64,
    /// The epoch from now on.
    pub epoch: i64,
}

/// A change in the making. Dropping it without [`finish`](Self::finish), or the transaction without a commit, undoes it.
#[derive(Debug)]
pub struct Change<'c> {
    pub(super) log: &'c Log,
    pub(super) conn: &'c mut PgConnection,
    pub(super) convo: LockedConversation,
    pub(super) actor: &'c str,
    pub(super) role: Role,
    pub(super) commit: Option<Commit>,
    /// Told at the end, when seq and epoch are known.
    pub(super) events: Vec<NewEvent>,
    /// For the audit log.
    pub(super) acts: Vec<Act>,
    pub(super) now: Timestamp,
}

impl<'c> Change<'c> {
    /// Opens a conversation to a change by a member: locks it, and looks up what the member may do.
    pub async fn open(
        log: &'c Log,
        conn: &'c mut PgConnection,
        convo_id: &str,
        actor: &'c str,
        now: Timestamp,
    ) -> Result<Self, AccessRefusal> {
        // Asked before the lock, so that a stranger can't hold others up by queueing for it, and again under it.
        role_of(conn, convo_id, actor).await?;
        let convo = conversations::lock(conn, convo_id).await?.ok_or(AccessRefusal::ConvoNotFound)?;
        let role = role_of(conn, convo_id, actor).await?;
        Ok(Self { log, conn, convo, actor, role, commit: None, events: Vec::new(), acts: Vec::new(), now })
    }

    /// Begins a change that a commit may carry, which is taken if it is made at the current epoch. Of several racing
    /// commits the first to hold the lock is taken; the others find the epoch moved.
    pub async fn begin(
        log: &'c Log,
        conn: &'c mut PgConnection,
        convo_id: &str,
        actor: &'c str,
        commit: Option<Commit>,
        now: Timestamp,
    ) -> Result<Self, BeginRefusal> {
        let change = Self::open(log, conn, convo_id, actor, now).await?;
        if let Some(commit) = &commit {
            commit.check(&change.convo, actor)?;
        }
        Ok(Self { commit, ..change })
    }

    /// The same for a change that adds these users: their devices stay what they are until it ends.
    pub async fn begin_adding(
        log: &'c Log,
        conn: &'c mut PgConnection,
        convo_id: &str,
        actor: &'c str,
        users: &[String],
        commit: Option<Commit>,
        now: Timestamp,
    ) -> Result<Self, BeginRefusal> {
        if !users.is_empty() {
            role_of(conn, convo_id, actor).await?;
            devices::take_turns_joining(conn, users).await?;
        }
        Self::begin(log, conn, convo_id, actor, commit, now).await
    }

    /// Begins a conversation, with its creator as member and admin, to which these users are to be added. Nothing when its
    /// id or group id was used before.
    pub async fn create(
        log: &'c Log,
        conn: &'c mut PgConnection,
        new: &NewConversation<'c>,
        users: &[String],
        now: Timestamp,
    ) -> Result<Option<Self>, StoreError> {
        devices::take_turns_joining(conn, users).await?;
        if !conversations::create(conn, new).await? {
            return Ok(None);
        }
        members::add_creator(conn, new.convo_id, new.creator_did, new.created_at).await?;
        let convo = conversations::lock(conn, new.convo_id)
            .await?
            .ok_or_else(|| StoreError::Impossible("a new conversation is gone".to_owned()))?;
        // Their other devices, and streams that are open already, learn of the conversation by it.
        let events = vec![NewEvent::new(Occurrence::Joined, new.creator_did)];
        let (actor, role, acts) = (new.creator_did, Role::ADMIN, Vec::new());
        Ok(Some(Self { log, conn, convo, actor, role, commit: None, events, acts, now }))
    }

    /// Removes users, all their devices at once. They read up to and including the commit that removes them.
    pub async fn remove(&mut self, users: &[String], reason: Option<&str>) -> Result<(), RemoveRefusal> {
        if users.is_empty() {
            return Ok(());
        }
        let roles = members::roles(self.conn, &self.convo.convo_id, users).await?;
        for user in users {
            let Some(target) = roles.get(user) else {
                return Err(RemoveRefusal::TargetNotMember(user.clone()));
            };
            if !self.may_remove(*target) {
                return Err(RemoveRefusal::NotAdmin);
            }
        }
        self.end_membership(users, &Occurrence::Removed, reason).await?;
        Ok(())
    }

    /// The acting member leaves. False when they are the last admin while others remain; nothing has happened then.
    pub async fn leave(&mut self) -> Result<bool, StoreError> {
        let census = self.census().await?;
        if self.role.is_admin && census.other_users > 0 && census.other_admins == 0 {
            return Ok(false);
        }
        let actor = [self.actor.to_owned()];
        self.end_membership(&actor, &Occurrence::Left, None).await?;
        Ok(true)
    }

    /// Locks the key packages that bring in new devices, so that no other change can have them.
    ///
    /// # Errors
    /// Each of `named` must be usable by the actor and belong to the user it is named for.
    pub async fn take_key_packages(
        &mut self,
        users: impl IntoIterator<Item = String>,
        named: &BTreeSet<Named>,
    ) -> Result<Additions, KeyPackageNotFound> {
        let hashes: Vec<_> = named.iter().map(|named| named.hash.clone()).collect();
        let suite = &self.convo.cipher_suite;
        let found = key_package_use::lock_usable(self.conn, self.actor, &hashes, suite, self.now).await?;
        let usable: HashSet<_> = found.iter().map(|taken| (&taken.hash, &taken.user_did)).collect();
        if let Some(named) = named.iter().find(|named| !usable.contains(&(&named.hash, &named.user_did))) {
            return Err(KeyPackageNotFound::Hash(hex::encode(&named.hash)));
        }
        Ok(Additions::new(self.actor, users, found))
    }

    /// The first of those to be added who is a member already: a device by its credential, a user by their DID. Devices that
    /// ask to be added anew don't count, if it is by the key package that they left, while that can be used.
    pub async fn already_member(&mut self, additions: &Additions) -> Result<Option<String>, StoreError> {
        let (dids, hashes): (Vec<_>, Vec<_>) =
            additions.key_packages().iter().map(|taken| (taken.did.clone(), taken.hash.clone())).unzip();
        let returning = rejoin_requests::answered_by(self.conn, &self.convo.convo_id, &dids, &hashes, self.now).await?;
        let mut joiners = additions.joiners();
        joiners.retain(|joiner| !returning.contains(&joiner.did));
        let dids: Vec<_> = joiners.iter().map(|joiner| joiner.did.clone()).collect();
        // Whoever brings no key package is added as a user, and a user is a member if any of their devices is.
        let users: Vec<_> =
            joiners.iter().filter(|joiner| joiner.did == joiner.user_did).map(|joiner| joiner.did.clone()).collect();
        members::first_active(self.conn, &self.convo.convo_id, &dids, &users).await
    }

    /// A public commit that holds its proposals itself and removes nobody can't be what removes members.
    pub fn check_commit_removes(&self) -> Result<(), InvalidCommit> {
        let removes_some = self.events.iter().any(|event| event.occurrence == Occurrence::Removed);
        match self.commit.as_ref().and_then(Commit::by_value) {
            Some(commit) if removes_some && commit.removes.is_empty() && commit.references == 0 => {
                Err(InvalidCommit("the commit removes nobody".to_owned()))
            }
            _ => Ok(()),
        }
    }

    /// Holds those to be added against what a public commit shows in the clear. Key packages that this conversation
    /// has used before need not be named again: older clients send the commit after addMembers.
    pub async fn check_commit_adds(&mut self, additions: &Additions) -> Result<(), MisfitRefusal> {
        let Some(by_value) = self.commit.as_ref().and_then(Commit::by_value) else { return Ok(()) };
        let unnamed = additions.unnamed(by_value);
        let used = key_package_use::count_used_by(self.conn, &self.convo.convo_id, &unnamed).await?;
        Ok(additions.check_public_commit(by_value, used)?)
    }

    /// Adds users and their devices: consumes the key packages and keeps the Welcome for each device it is for.
    pub async fn add(&mut self, additions: Additions, welcome: Option<&Welcome>) -> Result<(), JoinRefusal> {
        additions.check_welcome(&self.convo.cipher_suite, welcome)?;
        let joiners = additions.joiners();
        if joiners.is_empty() {
            return Ok(());
        }
        let convo_id = self.convo.convo_id.clone();
        let point = JoinPoint { seq: self.seq(), app_count: self.convo.app_count, at: self.at() };
        members::join(self.conn, &convo_id, &joiners, point).await?;
        let (limit, census) = (self.convo.max_members, self.census().await?);
        if census.other_users + 1 > limit {
            return Err(JoinRefusal::TooManyMembers { limit });
        }
        if census.devices > MAX_DEVICES {
            return Err(JoinRefusal::TooManyMembers { limit: MAX_DEVICES });
        }
        let waiting = self.settle_devices(&joiners).await?;
        let dids: Vec<_> = additions.key_packages().iter().map(|taken| taken.did.clone()).collect();
        let hashes: Vec<_> = additions.key_packages().iter().map(|taken| taken.hash.clone()).collect();
        rejoin_requests::exchange(self.conn, &convo_id, &dids, &hashes).await?;
        self.settle_requests(&dids).await?;
        self.use_up(additions.key_packages()).await?;
        if let Some(welcome) = welcome {
            welcomes::store(self.conn, &convo_id, welcome.bytes(), additions.key_packages(), self.at()).await?;
        }
        let joined: BTreeSet<_> = joiners.into_iter().map(|joiner| joiner.user_did).collect();
        self.events.extend(joined.into_iter().map(|user_did| NewEvent::new(Occurrence::Joined, user_did)));
        self.events.extend(waiting);
        Ok(())
    }

    /// Keeps the GroupInfo of the epoch that the commit leads to, without one of the current epoch. Who signed it tells by
    /// which device the actor is in the group. False when another member's is kept for it already: whether one leads into
    /// the group can't be seen, so that the first to send one keeps the word, unless it is an admin's.
    pub async fn keep_group_info(&mut self, group_info: &GroupInfo) -> Result<bool, GroupInfoRefusal> {
        group_info.check(&self.convo, self.epoch(), self.actor)?;
        let convo_id = &self.convo.convo_id;
        let new = NewGroupInfo {
            epoch: self.epoch(),
            content: group_info.bytes(),
            sender_tag: &self.log.hashes.tag("group info", &[convo_id.as_bytes(), self.actor.as_bytes()]),
            replaces_others: self.role.is_admin,
        };
        let is_kept = group_infos::store(self.conn, convo_id, &new, self.at()).await?;
        if let Some(device_id) = group_info.signer(self.actor).and_then(|signer| signer.device_id) {
            member_devices::name(self.conn, convo_id, self.actor, &device_id.to_string()).await?;
        }
        Ok(is_kept)
    }

    /// Appends the commit, moves the epoch and writes the events. A conversation without members ends here.
    pub async fn finish(mut self) -> Result<Changed, StoreError> {
        let changed = Changed { seq: self.seq(), epoch: self.epoch() };
        if let Some(commit) = self.commit.take() {
            self.append(&commit, changed.seq).await?;
        }
        self.tell().await?;
        let is_gone = |event: &&NewEvent| matches!(event.occurrence, Occurrence::Left | Occurrence::Removed);
        let gone: Vec<_> = self.events.iter().filter(is_gone).map(|event| event.subject_did.clone()).collect();
        if !gone.is_empty() {
            let place = EventPlace { convo_id: &self.convo.convo_id, actor_did: self.actor, at: self.at() };
            block_store::settle_of_users(self.conn, &place, &gone).await?;
            if self.census().await?.devices == 0 {
                conversations::mark_deleted(self.conn, &self.convo.convo_id, self.at()).await?;
            }
        }
        Ok(changed)
    }

    /// The time of this change as clients see it.
    pub(super) fn at(&self) -> Timestamp {
        clock::bucket(self.now)
    }

    /// Where this change stands in the log: its commit's own place, else right after the last entry.
    pub(super) fn seq(&self) -> i64 {
        self.convo.next_seq - if self.commit.is_some() { 0 } else { 1 }
    }

    /// The epoch that this change leads to.
    fn epoch(&self) -> i64 {
        self.convo.epoch + if self.commit.is_some() { 1 } else { 0 }
    }

    async fn end_membership(
        &mut self,
        users: &[String],
        occurrence: &Occurrence,
        reason: Option<&str>,
    ) -> Result<(), StoreError> {
        let last_seq = self.seq();
        members::leave(self.conn, &self.convo.convo_id, users, last_seq, self.at()).await?;
        welcomes::withdraw(self.conn, &self.convo.convo_id, users).await?;
        device_additions::drop_of_users(self.conn, &self.convo.convo_id, users).await?;
        rejoin_requests::drop_of_users(self.conn, &self.convo.convo_id, users).await?;
        for user in users {
            let reason = reason.map(str::to_owned);
            if *occurrence == Occurrence::Removed {
                self.acts.push(Act { reason: reason.clone(), ..Act::new(audit::REMOVED).to(user) });
            }
            self.events.push(NewEvent { reason, ..NewEvent::new(occurrence.clone(), user) });
        }
        Ok(())
    }

    /// Appends the commit by the statement that appends all entries. Under the lock nothing can be in its way.
    async fn append(&mut self, commit: &Commit, seq: i64) -> Result<(), StoreError> {
        let convo_id = &self.convo.convo_id;
        let parts = [self.actor.as_bytes(), convo_id.as_bytes(), commit.bytes()];
        let candidate = Candidate {
            convo_id: convo_id.clone(),
            sender_did: self.actor.to_owned(),
            kind: EntryKind::Commit,
            epoch: self.convo.epoch,
            group_id: Some(self.convo.group_id.clone()),
            msg_id: Uuid::new_v4().to_string(),
            request_tag: self.log.hashes.tag("commit", &parts),
            ciphertext: commit.bytes().clone(),
            embed_type: None,
            embed_uri: None,
            created_at: self.at(),
            expires_at: self.log.retention.expiry(EntryKind::Commit, self.at()),
        };
        let verdicts = messages::append_all(self.conn, &[&candidate], true).await?;
        if verdicts == [Verdict::Appended { seq }] {
            return Ok(());
        }
        Err(StoreError::Impossible(format!(
            "a commit under its conversation's lock: {verdicts:?} instead of seq {seq}"
        )))
    }

    /// Writes the events of this change, and the audit log.
    async fn tell(&mut self) -> Result<(), StoreError> {
        let place = EventPlace { convo_id: &self.convo.convo_id, actor_did: self.actor, at: self.at() };
        events::write(self.conn, &place, &self.events).await?;
        audit::record(self.conn, &place, &self.acts).await
    }
}

pub(super) async fn role_of(conn: &mut PgConnection, convo_id: &str, user_did: &str) -> Result<Role, AccessRefusal> {
    match members::standing(conn, convo_id, user_did).await? {
        Standing::NoConversation => Err(AccessRefusal::ConvoNotFound),
        Standing::Stranger | Standing::Former => Err(AccessRefusal::NotMember),
        Standing::Member(role) => Ok(role),
    }
}

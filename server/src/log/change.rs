//! Changes of membership and epoch: the one path for createConvo, addMembers, removeMember, leaveConvo and submitCommit.
//!
//! A [`Change`] holds the lock of its conversation from beginning to end of its transaction. Its steps are taken in the
//! order in which they stand here, each refuses what breaks its own rule, and nothing is visible to anybody until the
//! caller commits the transaction: commit, members, key packages, Welcome, GroupInfo and events become true together.

use std::collections::BTreeSet;

use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    AccessRefusal, Additions, Commit, CommitRefusal, GroupInfoRefusal, InvalidCommit, JoinRefusal, KeyPackageNotFound,
    Log, Named, RemoveRefusal,
};
use crate::{
    clock, mls,
    store::{
        EntryKind, StoreError, Timestamp, audit,
        conversations::{self, LockedConversation, NewConversation},
        events::{self, MembershipEvent, MembershipKind},
        group_infos, key_packages,
        members::{self, JoinPoint, Role, Standing},
        messages::{self, NewEntry},
        welcomes,
    },
};

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
    log: &'c Log,
    conn: &'c mut PgConnection,
    convo: LockedConversation,
    actor: &'c str,
    role: Role,
    commit: Option<Commit>,
    happenings: Vec<Happening>,
    now: Timestamp,
}

/// A membership event that waits for the seq and epoch that the change ends at.
#[derive(Debug)]
struct Happening {
    kind: MembershipKind,
    user_did: String,
    reason: Option<String>,
}

impl<'c> Change<'c> {
    /// Begins a change by a member: locks the conversation and looks up what the member may do.
    pub async fn begin(
        log: &'c Log,
        conn: &'c mut PgConnection,
        convo_id: &str,
        actor: &'c str,
        now: Timestamp,
    ) -> Result<Self, AccessRefusal> {
        let convo = conversations::lock(conn, convo_id).await?.ok_or(AccessRefusal::ConvoNotFound)?;
        let Standing::Member(role) = members::standing(conn, convo_id, actor).await? else {
            return Err(AccessRefusal::NotMember);
        };
        let now = clock::bucket(now);
        Ok(Self { log, conn, convo, actor, role, commit: None, happenings: Vec::new(), now })
    }

    /// Begins a conversation, with its creator as member and admin. Nothing when its id or group id was used before.
    pub async fn create(
        log: &'c Log,
        conn: &'c mut PgConnection,
        new: &NewConversation<'c>,
    ) -> Result<Option<Self>, StoreError> {
        if !conversations::create(conn, new).await? {
            return Ok(None);
        }
        let now = new.created_at;
        members::add_creator(conn, new.convo_id, new.creator_did, now).await?;
        let convo = conversations::lock(conn, new.convo_id)
            .await?
            .ok_or_else(|| StoreError::Impossible("a new conversation is gone".to_owned()))?;
        let role = Role { is_admin: true, is_moderator: false };
        Ok(Some(Self { log, conn, convo, actor: new.creator_did, role, commit: None, happenings: Vec::new(), now }))
    }

    /// Whether the acting member may add others: admins always, the rest as the conversation's policy has it.
    pub fn may_add(&self) -> bool {
        self.role.is_admin || self.convo.allow_member_add
    }

    /// Takes the commit that carries this change, if it is made at the current epoch. Of several racing commits the
    /// first to hold the lock is taken; the others find the epoch moved.
    pub fn take_commit(&mut self, commit: Commit) -> Result<(), CommitRefusal> {
        commit.check(&self.convo)?;
        self.commit = Some(commit);
        Ok(())
    }

    /// Removes users, all their devices at once. They read up to and including the commit that removes them.
    pub async fn remove(&mut self, users: &[String], reason: Option<&str>) -> Result<(), RemoveRefusal> {
        if users.is_empty() {
            return Ok(());
        }
        for user in users {
            let Standing::Member(target) = members::standing(self.conn, &self.convo.convo_id, user).await? else {
                return Err(RemoveRefusal::TargetNotMember(user.clone()));
            };
            if !self.role.is_admin && (target.is_admin || !self.role.is_moderator) {
                return Err(RemoveRefusal::NotAdmin);
            }
        }
        self.end_membership(users, MembershipKind::Removed, reason).await?;
        Ok(())
    }

    /// The acting member leaves. False when they are the last admin while others remain; nothing has happened then.
    pub async fn leave(&mut self) -> Result<bool, StoreError> {
        let census = members::census(self.conn, &self.convo.convo_id, self.actor).await?;
        if self.role.is_admin && census.other_users > 0 && census.other_admins == 0 {
            return Ok(false);
        }
        let actor = [self.actor.to_owned()];
        self.end_membership(&actor, MembershipKind::Left, None).await?;
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
        let found = key_packages::lock_usable(self.conn, self.actor, &hashes, suite, self.now).await?;
        for named in named {
            if !found.iter().any(|taken| taken.hash == named.hash && taken.user_did == named.user_did) {
                return Err(KeyPackageNotFound::Hash(hex::encode(&named.hash)));
            }
        }
        Ok(Additions::new(self.actor, users, found))
    }

    /// The first of those to be added who is a member already: a device by its credential, a user by their DID.
    pub async fn already_member(&mut self, additions: &Additions) -> Result<Option<String>, StoreError> {
        let joiners = additions.joiners();
        let dids: Vec<_> = joiners.iter().map(|joiner| joiner.did.clone()).collect();
        // Whoever brings no key package is added as a user, and a user is a member if any of their devices is.
        let users: Vec<_> =
            joiners.iter().filter(|joiner| joiner.did == joiner.user_did).map(|joiner| joiner.did.clone()).collect();
        members::first_active(self.conn, &self.convo.convo_id, &dids, &users).await
    }

    /// A public commit that holds its proposals itself and removes nobody can't be what removes members.
    pub fn check_commit_removes(&self) -> Result<(), InvalidCommit> {
        let removes_some = self.happenings.iter().any(|happening| happening.kind == MembershipKind::Removed);
        match self.commit.as_ref().and_then(Commit::by_value) {
            Some(commit) if removes_some && commit.removes.is_empty() && commit.references == 0 => {
                Err(InvalidCommit("the commit removes nobody".to_owned()))
            }
            _ => Ok(()),
        }
    }

    /// Holds those to be added against what a public commit shows in the clear.
    pub fn check_commit_adds(&self, additions: &Additions) -> Result<(), InvalidCommit> {
        match self.commit.as_ref().and_then(Commit::by_value) {
            Some(by_value) => additions.check_public_commit(by_value),
            None => Ok(()),
        }
    }

    /// Adds users and their devices: consumes the key packages and keeps the Welcome for each device it is for.
    pub async fn add(&mut self, additions: Additions, welcome: Option<&[u8]>) -> Result<(), JoinRefusal> {
        additions.check_welcome(&self.convo.cipher_suite, welcome)?;
        let joiners = additions.joiners();
        if joiners.is_empty() {
            return Ok(());
        }
        let convo_id = self.convo.convo_id.clone();
        let point = JoinPoint { seq: self.seq(), app_count: self.convo.app_count, at: self.now };
        members::join(self.conn, &convo_id, &joiners, point).await?;
        let limit = self.convo.max_members;
        if members::census(self.conn, &convo_id, self.actor).await?.other_users + 1 > limit {
            return Err(JoinRefusal::TooManyMembers { limit });
        }
        key_packages::consume(self.conn, &additions.hashes(), &convo_id, self.now).await?;
        if let Some(welcome) = welcome {
            welcomes::store(self.conn, &convo_id, welcome, additions.key_packages(), self.now).await?;
        }
        let joined: BTreeSet<_> = joiners.into_iter().map(|joiner| joiner.user_did).collect();
        for user_did in joined {
            self.happenings.push(Happening { kind: MembershipKind::Joined, user_did, reason: None });
        }
        Ok(())
    }

    /// Keeps the GroupInfo of the epoch that the commit leads to.
    pub async fn keep_group_info(&mut self, group_info: &[u8]) -> Result<(), GroupInfoRefusal> {
        let facts = mls::group_info(group_info)
            .map_err(|error| InvalidCommit(format!("the GroupInfo can't be used: {error}")))?;
        let epoch = self.epoch();
        let is_ours = facts.group_id == self.convo.group_id && facts.suite.as_str() == self.convo.cipher_suite;
        if !is_ours || facts.epoch != epoch {
            let text = format!("the GroupInfo must be that of this group at epoch {epoch}, after the commit");
            return Err(InvalidCommit(text).into());
        }
        // With a ratchet tree the signer is known: it must be whoever made the commit.
        let signer = facts.signing_member().and_then(|member| member.identity.as_deref());
        if signer.is_some_and(|identity| mls::identity_belongs_to(identity, self.actor).is_none()) {
            return Err(InvalidCommit("the GroupInfo was signed by somebody else".to_owned()).into());
        }
        group_infos::store(self.conn, &self.convo.convo_id, epoch, group_info, self.now).await?;
        Ok(())
    }

    /// Appends the commit, moves the epoch and writes the events. A conversation without members ends here.
    pub async fn finish(mut self) -> Result<Changed, StoreError> {
        let changed = Changed { seq: self.seq(), epoch: self.epoch() };
        if let Some(commit) = self.commit.take() {
            let seq = self.append(&commit).await?;
            debug_assert_eq!(seq, changed.seq, "the lock keeps anybody else from taking this seq");
        }
        for happening in std::mem::take(&mut self.happenings) {
            self.write(&happening, changed).await?;
        }
        let census = members::census(self.conn, &self.convo.convo_id, self.actor).await?;
        if census.other_users == 0 && !census.actor_is_active {
            conversations::mark_deleted(self.conn, &self.convo.convo_id, self.now).await?;
        }
        Ok(changed)
    }

    /// Where this change stands in the log: its commit's own place, else right after the last entry.
    fn seq(&self) -> i64 {
        self.convo.next_seq - if self.commit.is_some() { 0 } else { 1 }
    }

    /// The epoch that this change leads to.
    fn epoch(&self) -> i64 {
        self.convo.epoch + if self.commit.is_some() { 1 } else { 0 }
    }

    async fn end_membership(
        &mut self,
        users: &[String],
        kind: MembershipKind,
        reason: Option<&str>,
    ) -> Result<(), StoreError> {
        let last_seq = self.seq();
        members::leave(self.conn, &self.convo.convo_id, users, last_seq, self.now).await?;
        welcomes::withdraw(self.conn, &self.convo.convo_id, users).await?;
        for user in users {
            let reason = reason.map(str::to_owned);
            self.happenings.push(Happening { kind, user_did: user.clone(), reason });
        }
        Ok(())
    }

    async fn append(&mut self, commit: &Commit) -> Result<i64, StoreError> {
        let convo_id = &self.convo.convo_id;
        let parts = [self.actor.as_bytes(), convo_id.as_bytes(), commit.bytes()];
        messages::append(
            self.conn,
            &NewEntry {
                convo_id,
                kind: EntryKind::Commit,
                epoch: self.convo.epoch,
                msg_id: &Uuid::new_v4().to_string(),
                request_tag: &self.log.hashes.tag("commit", &parts),
                ciphertext: commit.bytes(),
                embed_type: None,
                embed_uri: None,
                created_at: self.now,
                expires_at: self.log.retention.expiry(EntryKind::Commit, self.now),
            },
        )
        .await
    }

    async fn write(&mut self, happening: &Happening, changed: Changed) -> Result<(), StoreError> {
        let event = MembershipEvent {
            convo_id: &self.convo.convo_id,
            kind: happening.kind,
            seq: changed.seq,
            epoch: changed.epoch,
            subject_did: &happening.user_did,
            actor_did: self.actor,
            reason: happening.reason.as_deref(),
            at: self.now,
        };
        events::write_membership(self.conn, &event).await?;
        if happening.kind == MembershipKind::Removed {
            audit::record(self.conn, &event).await?;
        }
        Ok(())
    }
}

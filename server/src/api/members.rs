//! Membership and epoch: addMembers, removeMember, leaveConvo, submitCommit.

use std::collections::BTreeSet;

use catbird_lexicon::blue::catbird::mls::{
    add_members::{self, AddMembers},
    errors,
    leave_convo::{self, LeaveConvo},
    remove_member::{self, RemoveMember},
    submit_commit::{self, SubmitCommit},
};
use lexicon_runtime::error::Failure;

use super::{Api, Caller, blocks::kept_apart, convert, idempotency::Turn};
use crate::log::{Change, Commit, InvalidCommit, MisfitRefusal, users_concerned};

impl AddMembers for Api {
    async fn add_members(
        &self,
        caller: Caller,
        input: add_members::Input,
    ) -> Result<add_members::Output, Failure<add_members::Error>> {
        let mls_commit = convert::commit(input.commit.as_deref())?;
        let welcome = convert::welcome(input.welcome_message.as_deref())?;
        let hashes = input.key_package_hashes.iter().flatten();
        let named = convert::named(hashes.map(|entry| (entry.did.as_str(), entry.hash.as_str())))?;
        convert::accounts("input/didList", &input.did_list)?;

        self.read_blocks_before_adding(Some(&input.convo_id), &caller, input.did_list.iter()).await?;
        let mut tx = self.begin().await?;
        let key = input.idempotency_key.as_deref();
        let claim = match self.take_key(&mut tx, &caller, add_members::NSID, key, &input).await? {
            Turn::Answered(answer) => return Ok(answer),
            Turn::First(claim) => claim,
        };
        let users: Vec<_> = input.did_list.iter().map(|did| did.as_str().to_owned()).collect();
        let (convo_id, concerned) = (&input.convo_id, users_concerned(&users, &named));
        let mut change =
            Change::begin_adding(&self.log, &mut tx, convo_id, caller.did(), &concerned, mls_commit, self.now())
                .await?;
        change.require_may_add(&users).await?;
        let additions = change.take_key_packages(users, &named).await?;
        refuse_members(change.already_member(&additions).await?)?;
        if let Some(rule) = self.block_rule() {
            change.keep_apart(&additions, &rule).await.map_err(kept_apart(errors::BlockedByMember::new))?;
        }
        change.check_commit_adds(&additions).await?;
        change.add(additions, welcome.as_ref()).await?;
        let changed = change.finish().await?;
        let output = add_members::Output { success: true, new_epoch: changed.epoch };
        claim.settle(&mut tx, &output).await?;
        self.commit(tx).await?;
        Ok(output)
    }
}

impl RemoveMember for Api {
    async fn remove_member(
        &self,
        caller: Caller,
        input: remove_member::Input,
    ) -> Result<remove_member::Output, Failure<remove_member::Error>> {
        let mls_commit = convert::commit(input.commit.as_deref())?;
        if input.target_did.as_str() == caller.did() {
            return Err(errors::CannotRemoveSelf::new("Leave with leaveConvo instead.").into());
        }

        let mut tx = self.begin().await?;
        let key = Some(input.idempotency_key.as_str());
        let claim = match self.take_key(&mut tx, &caller, remove_member::NSID, key, &input).await? {
            Turn::Answered(answer) => return Ok(answer),
            Turn::First(claim) => claim,
        };
        let mut change =
            Change::begin(&self.log, &mut tx, &input.convo_id, caller.did(), mls_commit, self.now()).await?;
        let target = [input.target_did.as_str().to_owned()];
        change.remove(&target, input.reason.as_deref()).await?;
        change.check_commit_removes()?;
        let changed = change.finish().await?;
        let output = remove_member::Output { ok: true, epoch_hint: Some(changed.epoch) };
        claim.settle(&mut tx, &output).await?;
        self.commit(tx).await?;
        Ok(output)
    }
}

impl LeaveConvo for Api {
    async fn leave_convo(
        &self,
        caller: Caller,
        input: leave_convo::Input,
    ) -> Result<leave_convo::Output, Failure<leave_convo::Error>> {
        let mls_commit = convert::commit(input.commit.as_deref())?;
        let other = input.target_did.as_ref().map(|did| did.as_str()).filter(|did| *did != caller.did());
        if mls_commit.is_some() && other.is_none() {
            return Err(own_removal().into());
        }

        let mut tx = self.begin().await?;
        let mut change =
            Change::begin(&self.log, &mut tx, &input.convo_id, caller.did(), mls_commit, self.now()).await?;
        match other {
            Some(other) => {
                change.remove(&[other.to_owned()], None).await?;
                change.check_commit_removes()?;
            }
            None if change.leave().await? => {}
            None => {
                let text = "You are the last admin: promote somebody first, or remove the others.";
                return Err(errors::LastMember::new(text).into());
            }
        }
        let changed = change.finish().await?;
        self.commit(tx).await?;
        Ok(leave_convo::Output { success: true, new_epoch: changed.epoch })
    }
}

impl SubmitCommit for Api {
    async fn submit_commit(
        &self,
        caller: Caller,
        input: submit_commit::Input,
    ) -> Result<submit_commit::Output, Failure<submit_commit::Error>> {
        convert::accounts("input/addDids", input.add_dids.iter().flatten())?;
        let mls_commit = Commit::read(input.commit.clone().into_inner(), Some(input.epoch))?;
        let welcome = convert::welcome(input.welcome_message.as_deref())?;
        let hashes = input.key_package_hashes.iter().flatten();
        let named = convert::named(hashes.map(|entry| (entry.did.as_str(), entry.hash.as_str())))?;
        let removed: BTreeSet<_> = input.remove_dids.iter().flatten().map(|did| did.as_str().to_owned()).collect();
        let removed: Vec<_> = removed.into_iter().collect();
        if removed.iter().any(|did| did == caller.did()) {
            return Err(own_removal().into());
        }
        let group_info = match &input.group_info {
            Some(text) => {
                let read = self.read_group_info(&caller, text).await?;
                Some(read.map_err(InvalidCommit::from)?)
            }
            None => None,
        };

        self.read_blocks_before_adding(Some(&input.convo_id), &caller, input.add_dids.iter().flatten()).await?;
        let mut tx = self.begin().await?;
        let key = input.idempotency_key.as_deref();
        let claim = match self.take_key(&mut tx, &caller, submit_commit::NSID, key, &input).await? {
            Turn::Answered(answer) => return Ok(answer),
            Turn::First(claim) => claim,
        };
        let added: Vec<_> = input.add_dids.iter().flatten().map(|did| did.as_str().to_owned()).collect();
        let (convo_id, concerned) = (&input.convo_id, users_concerned(&added, &named));
        let mut change =
            Change::begin_adding(&self.log, &mut tx, convo_id, caller.did(), &concerned, Some(mls_commit), self.now())
                .await?;
        change.remove(&removed, None).await?;
        change.check_commit_removes()?;
        change.require_may_add(&added).await?;
        let additions = change.take_key_packages(added, &named).await?;
        refuse_members(change.already_member(&additions).await?)?;
        if let Some(rule) = self.block_rule() {
            change.keep_apart(&additions, &rule).await.map_err(kept_apart(errors::InvalidCommit::new))?;
        }
        change.check_commit_adds(&additions).await?;
        change.add(additions, welcome.as_ref()).await?;
        if let Some(group_info) = group_info {
            change.keep_group_info(&group_info).await.map_err(MisfitRefusal::from)?;
        }
        let changed = change.finish().await?;
        let output = submit_commit::Output { seq: changed.seq, new_epoch: changed.epoch };
        claim.settle(&mut tx, &output).await?;
        self.commit(tx).await?;
        Ok(output)
    }
}

/// RFC 9420 section 12.2: a commit can't remove whoever made it.
fn own_removal() -> InvalidCommit {
    InvalidCommit("a commit can't remove who made it: leave with leaveConvo and let another member commit".to_owned())
}

fn refuse_members(member: Option<String>) -> Result<(), errors::AlreadyMember> {
    match member {
        None => Ok(()),
        Some(did) => Err(errors::AlreadyMember::new(format!("{did} is a member already."))),
    }
}

//! Membership and epoch: addMembers, removeMember, leaveConvo, submitCommit.

use catbird_lexicon::blue::catbird::mls::{
    add_members::{self, AddMembers},
    errors,
    leave_convo::{self, LeaveConvo},
    remove_member::{self, RemoveMember},
    submit_commit::{self, SubmitCommit},
};
use lexicon_runtime::error::Failure;

use super::{Api, Caller, commit, convert, idempotency::Turn};
use crate::{
    log::{Change, Commit, InvalidCommit},
    mls,
};

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

        let mut tx = self.begin().await?;
        let key = input.idempotency_key.as_deref();
        let claim = match self.take_key(&mut tx, &caller, add_members::NSID, key, &input).await? {
            Turn::Answered(answer) => return Ok(answer),
            Turn::First(claim) => claim,
        };
        let mut change = Change::begin(&self.log, &mut tx, &input.convo_id, caller.did(), self.now()).await?;
        require_may_add(&change)?;
        if let Some(mls_commit) = mls_commit {
            change.take_commit(mls_commit)?;
        }
        let users = input.did_list.iter().map(|did| did.as_str().to_owned());
        let additions = change.take_key_packages(users, &named).await?;
        refuse_members(change.already_member(&additions).await?)?;
        change.check_commit_adds(&additions)?;
        change.add(additions, welcome.as_deref()).await?;
        let changed = change.finish().await?;
        let output = add_members::Output { success: true, new_epoch: changed.epoch };
        claim.settle(&mut tx, &output).await?;
        commit(tx).await?;
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
        let mut change = Change::begin(&self.log, &mut tx, &input.convo_id, caller.did(), self.now()).await?;
        if let Some(mls_commit) = mls_commit {
            change.take_commit(mls_commit)?;
        }
        let target = [input.target_did.as_str().to_owned()];
        change.remove(&target, input.reason.as_deref()).await?;
        change.check_commit_removes()?;
        let changed = change.finish().await?;
        let output = remove_member::Output { ok: true, epoch_hint: Some(changed.epoch) };
        claim.settle(&mut tx, &output).await?;
        commit(tx).await?;
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

        let mut tx = self.begin().await?;
        let mut change = Change::begin(&self.log, &mut tx, &input.convo_id, caller.did(), self.now()).await?;
        if let Some(mls_commit) = mls_commit {
            change.take_commit(mls_commit)?;
        }
        match other {
            Some(other) => change.remove(&[other.to_owned()], None).await?,
            None if change.leave().await? => {}
            None => {
                let text = "You are the last admin: promote somebody first, or remove the others.";
                return Err(errors::LastMember::new(text).into());
            }
        }
        let changed = change.finish().await?;
        commit(tx).await?;
        Ok(leave_convo::Output { success: true, new_epoch: changed.epoch })
    }
}

impl SubmitCommit for Api {
    async fn submit_commit(
        &self,
        caller: Caller,
        input: submit_commit::Input,
    ) -> Result<submit_commit::Output, Failure<submit_commit::Error>> {
        let mls_commit = Commit::read(input.commit.to_vec(), Some(input.epoch))?;
        let welcome = convert::welcome(input.welcome_message.as_deref())?;
        let hashes = input.key_package_hashes.iter().flatten();
        let named = convert::named(hashes.map(|entry| (entry.did.as_str(), entry.hash.as_str())))?;
        let removed: Vec<_> = input.remove_dids.iter().flatten().map(|did| did.as_str().to_owned()).collect();
        if removed.iter().any(|did| did == caller.did()) {
            // RFC 9420 section 12.2: a commit can't remove its own committer.
            return Err(InvalidCommit("a commit can't remove who made it: use leaveConvo".to_owned()).into());
        }
        let group_info = group_info(input.group_info.as_deref())?;

        let mut tx = self.begin().await?;
        let key = input.idempotency_key.as_deref();
        let claim = match self.take_key(&mut tx, &caller, submit_commit::NSID, key, &input).await? {
            Turn::Answered(answer) => return Ok(answer),
            Turn::First(claim) => claim,
        };
        let mut change = Change::begin(&self.log, &mut tx, &input.convo_id, caller.did(), self.now()).await?;
        change.take_commit(mls_commit)?;
        change.remove(&removed, None).await?;
        change.check_commit_removes()?;
        let added = input.add_dids.iter().flatten().map(|did| did.as_str().to_owned());
        let additions = change.take_key_packages(added, &named).await?;
        if !additions.is_empty() {
            require_may_add(&change)?;
        }
        refuse_members(change.already_member(&additions).await?)?;
        change.check_commit_adds(&additions)?;
        change.add(additions, welcome.as_deref()).await?;
        if let Some(group_info) = group_info {
            change.keep_group_info(&group_info).await?;
        }
        let changed = change.finish().await?;
        let output = submit_commit::Output { seq: changed.seq, new_epoch: changed.epoch };
        claim.settle(&mut tx, &output).await?;
        commit(tx).await?;
        Ok(output)
    }
}

fn require_may_add(change: &Change<'_>) -> Result<(), errors::NotAdmin> {
    let text = "Only admins may add members to this conversation.";
    change.may_add().then_some(()).ok_or_else(|| errors::NotAdmin::new(text))
}

fn refuse_members(member: Option<String>) -> Result<(), errors::AlreadyMember> {
    match member {
        None => Ok(()),
        Some(did) => Err(errors::AlreadyMember::new(format!("{did} is a member already."))),
    }
}

fn group_info(text: Option<&str>) -> Result<Option<Vec<u8>>, InvalidCommit> {
    let refused = |error| InvalidCommit(format!("the GroupInfo can't be read: {error}"));
    text.map(mls::decode_base64).transpose().map_err(refused)
}

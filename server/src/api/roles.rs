//! Roles: promoteAdmin, demoteAdmin, promoteModerator, demoteModerator, warnMember.

use catbird_lexicon::blue::catbird::mls::{
    demote_admin::{self, DemoteAdmin},
    demote_moderator::{self, DemoteModerator},
    errors,
    promote_admin::{self, PromoteAdmin},
    promote_moderator::{self, PromoteModerator},
    warn_member::{self, WarnMember},
};
use lexicon_runtime::{
    error::{Failure, Refusal},
    formats::{Datetime, Did},
};

use super::{Api, Caller, refusals::ForAdmins};
use crate::{
    log::{AccessRefusal, Change, MemberStanding, NotAdmin},
    store::{Timestamp, events::RoleChange},
};

impl PromoteAdmin for Api {
    async fn promote_admin(
        &self,
        caller: Caller,
        input: promote_admin::Input,
    ) -> Result<promote_admin::Output, Failure<promote_admin::Error>> {
        let (convo_id, target) = (&input.convo_id, &input.target_did);
        let promoted = self.change_role(&caller, convo_id, target, RoleChange::PromotedAdmin, |standing| {
            if standing.role.is_admin {
                return Err(errors::AlreadyAdmin::new("The user is an admin already.").into());
            }
            Ok(())
        });
        Ok(promote_admin::Output { ok: true, promoted_at: Datetime::from(promoted.await?) })
    }
}

impl DemoteAdmin for Api {
    async fn demote_admin(
        &self,
        caller: Caller,
        input: demote_admin::Input,
    ) -> Result<demote_admin::Output, Failure<demote_admin::Error>> {
        let (convo_id, target) = (&input.convo_id, &input.target_did);
        let demoted = self.change_role(&caller, convo_id, target, RoleChange::DemotedAdmin, |standing| {
            if !standing.role.is_admin {
                return Err(errors::NotAdminTarget::new("The user is no admin.").into());
            }
            if standing.is_last_admin {
                return Err(errors::LastAdmin::new("The user is the last admin: promote somebody else first.").into());
            }
            Ok(())
        });
        demoted.await?;
        Ok(demote_admin::Output { ok: true })
    }
}

impl PromoteModerator for Api {
    async fn promote_moderator(
        &self,
        caller: Caller,
        input: promote_moderator::Input,
    ) -> Result<promote_moderator::Output, Failure<promote_moderator::Error>> {
        let (convo_id, target) = (&input.convo_id, &input.target_did);
        let promoted = self.change_role(&caller, convo_id, target, RoleChange::PromotedModerator, |standing| {
            if standing.role.is_admin {
                return Err(errors::IsAdmin::new("The user is an admin, who may do all of it.").into());
            }
            if standing.role.is_moderator {
                return Err(errors::AlreadyModerator::new("The user is a moderator already.").into());
            }
            Ok(())
        });
        Ok(promote_moderator::Output { ok: true, promoted_at: Datetime::from(promoted.await?) })
    }
}

impl DemoteModerator for Api {
    async fn demote_moderator(
        &self,
        caller: Caller,
        input: demote_moderator::Input,
    ) -> Result<demote_moderator::Output, Failure<demote_moderator::Error>> {
        let (convo_id, target) = (&input.convo_id, &input.target_did);
        let demoted = self.change_role(&caller, convo_id, target, RoleChange::DemotedModerator, |standing| {
            if !standing.role.is_moderator {
                return Err(errors::NotModerator::new("The user is no moderator.").into());
            }
            Ok(())
        });
        demoted.await?;
        Ok(demote_moderator::Output { ok: true })
    }
}

impl WarnMember for Api {
    async fn warn_member(
        &self,
        caller: Caller,
        input: warn_member::Input,
    ) -> Result<warn_member::Output, Failure<warn_member::Error>> {
        let (member, now) = (input.member_did.as_str(), self.now());
        let expires_at = input.expires_at.as_ref().map(Datetime::to_utc);
        if expires_at.is_some_and(|expiry| expiry <= now) {
            return Err(Refusal::invalid_request("input/expiresAt: must be in the future").into());
        }
        let mut tx = self.begin().await?;
        let change = Change::open(&self.log, &mut tx, &input.convo_id, caller.did(), now).await;
        let mut change = change.map_err(ForAdmins)?;
        change.require_admin()?;
        match change.standing(member).await? {
            None => return Err(errors::TargetNotMember::new("The user is not a member of the conversation.").into()),
            Some(standing) if standing.role.is_admin => {
                return Err(errors::CannotWarnAdmin::new("The user is an admin.").into());
            }
            Some(_) => {}
        }
        let warning = change.warn(member, &input.reason, expires_at).await?;
        change.finish().await?;
        self.commit(tx).await?;
        Ok(warn_member::Output { warning_id: warning.id.to_string(), delivered_at: Datetime::from(warning.at) })
    }
}

impl Api {
    /// Changes the role of a member on behalf of an admin, unless what they are now stands against it. All of it under
    /// the lock: of two admins who demote each other, the second is an admin no longer.
    async fn change_role<E>(
        &self,
        caller: &Caller,
        convo_id: &str,
        target: &Did,
        to: RoleChange,
        check: fn(MemberStanding) -> Result<(), Failure<E>>,
    ) -> Result<Timestamp, Failure<E>>
    where
        Failure<E>: From<AccessRefusal> + From<NotAdmin> + From<errors::NotMember>,
    {
        let mut tx = self.begin().await?;
        let mut change = Change::open(&self.log, &mut tx, convo_id, caller.did(), self.now()).await?;
        change.require_admin()?;
        let Some(standing) = change.standing(target.as_str()).await? else {
            return Err(errors::NotMember::new("The user is not a member of the conversation.").into());
        };
        check(standing)?;
        let at = change.set_role(target.as_str(), to).await?;
        change.finish().await?;
        self.commit(tx).await?;
        Ok(at)
    }
}

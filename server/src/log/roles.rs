//! What a user may do in a conversation, and how that changes: roles and warnings.

use chrono::TimeDelta;
use uuid::Uuid;

use super::{Change, NotAdmin};
use crate::store::{
    StoreError, Timestamp,
    audit::{self, Act, Warning},
    events::{Audience, EventPlace, NewEvent, Occurrence, RoleChange},
    members::{self, Role},
};

/// How long the same warning again is a retry of the first.
const WARNING_RETRIES: TimeDelta = TimeDelta::minutes(10);

/// What a member may do, as it stands under the lock.
#[derive(Clone, Copy, Debug)]
pub struct MemberStanding {
    pub role: Role,
    /// Whether the conversation would have no admin without them.
    pub is_last_admin: bool,
}

impl Change<'_> {
    /// Refuses whoever is no admin.
    pub fn require_admin(&self) -> Result<(), NotAdmin> {
        if self.role.is_admin { Ok(()) } else { Err(NotAdmin) }
    }

    /// What a user may do; nothing if they are not a member.
    pub async fn standing(&mut self, user_did: &str) -> Result<Option<MemberStanding>, StoreError> {
        let convo_id = &self.convo.convo_id;
        let roles = members::roles(self.conn, convo_id, &[user_did.to_owned()]).await?;
        let Some(role) = roles.get(user_did).copied() else { return Ok(None) };
        let others = members::census(self.conn, convo_id, user_did).await?;
        Ok(Some(MemberStanding { role, is_last_admin: role.is_admin && others.other_admins == 0 }))
    }

    /// Gives a member another role, on all their devices. Whether they may have it is the caller's to decide.
    pub async fn set_role(&mut self, user_did: &str, change: RoleChange) -> Result<Timestamp, StoreError> {
        let (role, action) = match change {
            RoleChange::PromotedAdmin => (Role::ADMIN, "promoted_admin"),
            RoleChange::DemotedAdmin => (Role::PLAIN, "demoted_admin"),
            RoleChange::PromotedModerator => (Role::MODERATOR, "promoted_moderator"),
            RoleChange::DemotedModerator => (Role::PLAIN, "demoted_moderator"),
            RoleChange::Warned => return Err(StoreError::Impossible("a warning gives no role".to_owned())),
        };
        let at = self.at();
        members::set_role(self.conn, &self.convo.convo_id, user_did, role, self.actor, at).await?;
        self.events.push(NewEvent::new(Occurrence::Role(change), user_did));
        self.acts.push(Act::new(action).to(user_did));
        Ok(at)
    }

    /// Warns a member, whom alone the event is for. The same warning again soon after is the first one repeated, and
    /// told to nobody.
    pub async fn warn(
        &mut self,
        user_did: &str,
        reason: &str,
        expires_at: Option<Timestamp>,
    ) -> Result<Warning, StoreError> {
        let warning = Warning { id: Uuid::new_v4(), at: self.at() };
        let reason = Some(reason.to_owned());
        let act = Act {
            reason: reason.clone(),
            item_id: Some(warning.id),
            expires_at,
            ..Act::new(audit::WARNED).to(user_did)
        };
        let place = EventPlace { convo_id: &self.convo.convo_id, actor_did: self.actor, at: warning.at };
        if let Some(earlier) = audit::same_warning(self.conn, &place, &act, self.now - WARNING_RETRIES).await? {
            return Ok(earlier);
        }
        let event = NewEvent::new(Occurrence::Role(RoleChange::Warned), user_did);
        self.events.push(NewEvent { audience: Audience::Subject, reason, ..event });
        self.acts.push(act);
        Ok(warning)
    }
}

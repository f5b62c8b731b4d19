//! What a conversation allows its members: who may add and remove whom, and how that changes.

use super::{AddRefusal, Change, PolicyRefusal};
use crate::store::{
    StoreError,
    audit::Act,
    events::{NewEvent, Occurrence},
    members::{self, Role},
    policies::{self, Policy, PolicyChange},
};

impl Change<'_> {
    /// Refuses whoever may not add these users: admins may, the others as the policy has it. Further devices of
    /// those who are members already add nobody.
    pub async fn require_may_add(&mut self, users: &[String]) -> Result<(), AddRefusal> {
        let may_members_add = self.convo.allow_member_add && !self.convo.require_admin_approval;
        if self.role.is_admin || may_members_add {
            return Ok(());
        }
        let members = members::roles(self.conn, &self.convo.convo_id, users).await?;
        if users.iter().all(|user| members.contains_key(user)) { Ok(()) } else { Err(AddRefusal::NotAdmin) }
    }

    /// Whether the acting member may remove one of this role: admins anybody, moderators all but admins, and plain
    /// members each other where the policy lets them.
    pub(super) fn may_remove(&self, target: Role) -> bool {
        match self.role {
            Role { is_admin: true, .. } => true,
            Role { is_moderator: true, .. } => !target.is_admin,
            _ => self.convo.allow_member_remove && target == Role::PLAIN,
        }
    }

    /// Changes the policy on behalf of an admin. `most` is how many members the server allows at most.
    pub async fn set_policy(&mut self, change: &PolicyChange, most: i64) -> Result<(), PolicyRefusal> {
        if let Some(max_members) = change.max_members {
            let users = self.census().await?.other_users + 1;
            if !(users..=most).contains(&max_members) {
                return Err(PolicyRefusal::InvalidMaxMembers { least: users, most });
            }
        }
        if policies::update(self.conn, &self.convo.convo_id, change, self.actor, self.at()).await? {
            self.acts.push(Act { detail: Some(describe(change)), ..Act::new("updated_policy") });
            let policy = policies::of(self.conn, &self.convo.convo_id).await?;
            let policy = policy.ok_or_else(|| StoreError::Impossible("a locked conversation is gone".to_owned()))?;
            self.events.push(NewEvent::new(occurrence(&policy), self.actor));
        }
        Ok(())
    }
}

/// What members are told.
fn occurrence(policy: &Policy) -> Occurrence {
    Occurrence::Policy {
        allow_invites: policy.allow_invites,
        admin_only_invites: policy.admin_only_invites,
        allow_member_add: policy.allow_member_add,
        allow_member_remove: policy.allow_member_remove,
        require_admin_approval: policy.require_admin_approval,
        max_members: policy.max_members,
    }
}

/// What was asked for, for the audit log.
fn describe(change: &PolicyChange) -> String {
    let switches = [
        ("allowInvites", change.allow_invites),
        ("adminOnlyInvites", change.admin_only_invites),
        ("allowMemberAdd", change.allow_member_add),
        ("allowMemberRemove", change.allow_member_remove),
        ("requireAdminApproval", change.require_admin_approval),
    ];
    let switches = switches.into_iter().filter_map(|(name, value)| value.map(|value| format!("{name}={value}")));
    let most = change.max_members.map(|most| format!("maxMembers={most}"));
    switches.chain(most).collect::<Vec<_>>().join(", ")
}

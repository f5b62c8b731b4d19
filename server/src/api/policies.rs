//! Policies: getPolicy, updatePolicy.

use catbird_lexicon::blue::catbird::mls::{
    errors,
    get_policy::{self, GetPolicy},
    update_policy::{self, PolicyView, UpdatePolicy},
};
use lexicon_runtime::{error::Failure, formats::Datetime};
use sqlx::PgConnection;

use super::{Api, Caller, require_member, views};
use crate::{
    log::Change,
    store::{
        StoreError,
        policies::{self, PolicyChange},
    },
};

impl GetPolicy for Api {
    async fn get_policy(
        &self,
        caller: Caller,
        params: get_policy::Params,
    ) -> Result<get_policy::Output, Failure<get_policy::Error>> {
        let mut tx = self.snapshot().await?;
        require_member(&mut tx, &params.convo_id, &caller).await?;
        match view(&mut tx, params.convo_id).await? {
            Some(policy) => Ok(get_policy::Output { policy }),
            None => Err(errors::ConvoNotFound::new("The conversation was just deleted.").into()),
        }
    }
}

impl UpdatePolicy for Api {
    async fn update_policy(
        &self,
        caller: Caller,
        input: update_policy::Input,
    ) -> Result<update_policy::Output, Failure<update_policy::Error>> {
        let wanted = PolicyChange {
            allow_invites: input.allow_invites,
            admin_only_invites: input.admin_only_invites,
            allow_member_add: input.allow_member_add,
            allow_member_remove: input.allow_member_remove,
            require_admin_approval: input.require_admin_approval,
            max_members: input.max_members,
        };
        let mut tx = self.begin().await?;
        let mut change = Change::open(&self.log, &mut tx, &input.convo_id, caller.did(), self.now()).await?;
        let not_admin = |_| errors::Unauthorized::new("Only admins of the conversation may change its policy.");
        change.require_admin().map_err(not_admin)?;
        if wanted == PolicyChange::default() {
            return Err(errors::NoFieldsProvided::new("Name at least one property to change.").into());
        }
        change.set_policy(&wanted, self.limits.members).await?;
        change.finish().await?;
        let policy = view(&mut tx, input.convo_id).await?;
        let policy = policy.ok_or_else(|| StoreError::Impossible("a locked conversation is gone".to_owned()))?;
        self.commit(tx).await?;
        Ok(update_policy::Output { policy })
    }
}

async fn view(conn: &mut PgConnection, convo_id: String) -> Result<Option<PolicyView>, StoreError> {
    let Some(policy) = policies::of(conn, &convo_id).await? else { return Ok(None) };
    Ok(Some(PolicyView {
        convo_id,
        allow_invites: policy.allow_invites,
        admin_only_invites: policy.admin_only_invites,
        allow_member_add: policy.allow_member_add,
        allow_member_remove: policy.allow_member_remove,
        require_admin_approval: policy.require_admin_approval,
        max_members: policy.max_members,
        updated_at: Datetime::from(policy.updated_at),
        updated_by: policy.updated_by.map(views::did).transpose()?,
    }))
}

//! GroupInfo: getGroupInfo, updateGroupInfo, groupInfoRefresh.

use catbird_lexicon::blue::catbird::mls::{
    errors,
    get_group_info::{self, GetGroupInfo},
    group_info_refresh::{self, GroupInfoRefresh},
    update_group_info::{self, UpdateGroupInfo},
};
use lexicon_runtime::error::Failure;

use super::{
    Api, Caller,
    refusals::{not_found_or_unauthorized, unauthorized},
    require_member,
};
use crate::{
    log::{AccessRefusal, Change, InvalidGroupInfo},
    mls,
    store::group_infos,
};

impl GetGroupInfo for Api {
    async fn get_group_info(
        &self,
        caller: Caller,
        params: get_group_info::Params,
    ) -> Result<get_group_info::Output, Failure<get_group_info::Error>> {
        let mut conn = self.connection().await?;
        if let Some(stored) = group_infos::current_for(&mut conn, &params.convo_id, caller.did()).await? {
            let group_info = mls::encode_base64url(&stored.content);
            return Ok(get_group_info::Output { group_info, epoch: stored.epoch, expires_at: None });
        }
        match require_member(&mut conn, &params.convo_id, &caller).await {
            Ok(_) => {
                let text = "Nobody has sent the GroupInfo of the current epoch.";
                Err(errors::GroupInfoUnavailable::new(text).into())
            }
            Err(refusal) => Err(not_found_or_unauthorized(refusal)),
        }
    }
}

impl UpdateGroupInfo for Api {
    async fn update_group_info(
        &self,
        caller: Caller,
        input: update_group_info::Input,
    ) -> Result<update_group_info::Output, Failure<update_group_info::Error>> {
        require_member(&mut *self.connection().await?, &input.convo_id, &caller).await.map_err(unauthorized)?;
        let group_info = self.read_group_info(&caller, &input.group_info).await??;
        if group_info.epoch() != input.epoch {
            let text = format!("the request says epoch {}, the GroupInfo says {}", input.epoch, group_info.epoch());
            return Err(InvalidGroupInfo(text).into());
        }
        let mut tx = self.begin().await?;
        let change = Change::open(&self.log, &mut tx, &input.convo_id, caller.did(), self.now()).await;
        let mut change = change.map_err(unauthorized)?;
        let updated = change.keep_group_info(&group_info).await?;
        change.finish().await?;
        self.commit(tx).await?;
        Ok(update_group_info::Output { updated })
    }
}

impl GroupInfoRefresh for Api {
    async fn group_info_refresh(
        &self,
        caller: Caller,
        input: group_info_refresh::Input,
    ) -> Result<group_info_refresh::Output, Failure<group_info_refresh::Error>> {
        let mut tx = self.begin().await?;
        let change = Change::open(&self.log, &mut tx, &input.convo_id, caller.did(), self.now()).await;
        let mut change = match change {
            Ok(change) => change,
            Err(AccessRefusal::ConvoNotFound) => {
                return Err(errors::ConversationNotFound::new("There is no such conversation.").into());
            }
            Err(refusal) => return Err(unauthorized(refusal)),
        };
        let census = change.ask_for_group_info().await?;
        change.finish().await?;
        self.commit(tx).await?;
        let active_members = Some(census.other_users);
        Ok(group_info_refresh::Output { requested: census.devices > 1, active_members })
    }
}

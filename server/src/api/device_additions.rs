//! Devices that wait for conversations: getPendingDeviceAdditions, claimPendingDeviceAddition,
//! completePendingDeviceAddition.

use std::time::Duration;

use catbird_lexicon::blue::catbird::mls::{
    claim_pending_device_addition::{self, ClaimPendingDeviceAddition},
    complete_pending_device_addition::{self, CompletePendingDeviceAddition},
    errors,
    get_pending_device_additions::{
        self, GetPendingDeviceAdditions, PendingDeviceAddition, PendingDeviceAdditionStatus,
    },
};
use lexicon_runtime::{error::Failure, formats::Datetime};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Api, Caller, views};
use crate::store::{
    StoreError,
    device_additions::{self, Addition, Found},
    devices,
    key_packages::{self, Reserved, Wanted},
    members,
};

/// How long a claim holds.
const CLAIM: Duration = Duration::from_secs(60);

impl GetPendingDeviceAdditions for Api {
    async fn get_pending_device_additions(
        &self,
        caller: Caller,
        params: get_pending_device_additions::Params,
    ) -> Result<get_pending_device_additions::Output, Failure<get_pending_device_additions::Error>> {
        let mut conn = self.connection().await?;
        let convo_ids = params.convo_ids.as_deref();
        if let Some(ids) = convo_ids.filter(|ids| !ids.is_empty())
            && !members::is_in_all(&mut conn, caller.did(), ids).await?
        {
            return Err(errors::Unauthorized::new("You are not a member of all these conversations.").into());
        }
        let page = device_additions::page(&mut conn, caller.did(), convo_ids, params.limit, self.now()).await?;
        let pending_additions = page.into_iter().map(view).collect::<Result<_, _>>()?;
        Ok(get_pending_device_additions::Output { pending_additions })
    }
}

fn view(addition: Addition) -> Result<PendingDeviceAddition, StoreError> {
    let status = match addition.claimed_by {
        Some(_) => PendingDeviceAdditionStatus::InProgress,
        None => PendingDeviceAdditionStatus::Pending,
    };
    Ok(PendingDeviceAddition {
        id: addition.addition_id.to_string(),
        convo_id: addition.convo_id,
        device_credential_did: devices::mls_did(&addition.user_did, &addition.device_id),
        user_did: views::did(addition.user_did)?,
        device_id: addition.device_id,
        device_name: addition.device_name,
        status,
        claimed_by: addition.claimed_by.map(views::did).transpose()?,
        created_at: Datetime::from(addition.created_at),
    })
}

impl ClaimPendingDeviceAddition for Api {
    async fn claim_pending_device_addition(
        &self,
        caller: Caller,
        input: claim_pending_device_addition::Input,
    ) -> Result<claim_pending_device_addition::Output, Failure<claim_pending_device_addition::Error>> {
        let mut tx = self.begin_in_turn(&caller).await?;
        let found = find(&mut tx, &caller, &input.pending_addition_id).await?;
        let Some((id, found)) = found else {
            return Err(errors::NotMember::new("There is no such addition in your conversations.").into());
        };
        let (now, until) = (self.now(), self.now() + CLAIM);
        let claimed = device_additions::claim(&mut tx, caller.did(), id, now, until).await?;
        let key_package = if claimed { self.reserve_of(&mut tx, &caller, &found).await? } else { None };
        if key_package.is_none() {
            // Without a key package to give, a claim would only keep others from it.
            tx.rollback().await.map_err(StoreError::from)?;
            return Ok(self.not_claimed(&caller, id, found).await?);
        }
        self.commit(tx).await?;
        Ok(claim_pending_device_addition::Output {
            claimed: true,
            claimed_by: Some(caller.did.clone()),
            key_package: key_package.map(views::key_package_ref),
            ..unclaimed(found)
        })
    }
}

impl Api {
    /// A key package of the device that waits, for the conversation that it waits for. The identity counts: one under the
    /// bare DID of a user who is a member already adds nobody.
    async fn reserve_of(
        &self,
        conn: &mut PgConnection,
        caller: &Caller,
        found: &Found,
    ) -> Result<Option<Reserved>, StoreError> {
        let wanted = Wanted {
            user_dids: std::slice::from_ref(&found.user_did),
            did: Some(&devices::mls_did(&found.user_did, &found.device_id)),
            cipher_suite: Some(&found.cipher_suite),
        };
        let now = self.now();
        let until = now + self.limits.key_package_reservation;
        Ok(key_packages::hand_out(conn, caller.did(), wanted, now, until).await?.pop())
    }

    /// Says who was first, as things are now: the claim that was in the way may be newer than what was found.
    async fn not_claimed(
        &self,
        caller: &Caller,
        id: Uuid,
        found: Found,
    ) -> Result<claim_pending_device_addition::Output, StoreError> {
        let mut conn = self.connection().await?;
        let latest = device_additions::find(&mut conn, caller.did(), id).await?;
        let holder =
            latest.filter(|latest| !latest.is_done).and_then(|latest| latest.holder(self.now()).map(str::to_owned));
        Ok(claim_pending_device_addition::Output {
            claimed_by: holder.map(views::did).transpose()?,
            ..unclaimed(found)
        })
    }
}

fn unclaimed(found: Found) -> claim_pending_device_addition::Output {
    claim_pending_device_addition::Output {
        claimed: false,
        device_credential_did: Some(devices::mls_did(&found.user_did, &found.device_id)),
        convo_id: Some(found.convo_id),
        key_package: None,
        claimed_by: None,
    }
}

impl CompletePendingDeviceAddition for Api {
    async fn complete_pending_device_addition(
        &self,
        caller: Caller,
        input: complete_pending_device_addition::Input,
    ) -> Result<complete_pending_device_addition::Output, Failure<complete_pending_device_addition::Error>> {
        let mut conn = self.connection().await?;
        let found = find(&mut conn, &caller, &input.pending_addition_id).await?;
        // Once it is done, nobody else can have claimed it since.
        let is_mine = |found: &Found| match found.is_done {
            true => found.claimed_by.as_deref() == Some(caller.did()),
            false => found.holder(self.now()) == Some(caller.did()),
        };
        let Some((_, found)) = found.filter(|(_, found)| is_mine(found)) else {
            return Err(errors::NotClaimed::new("You have no claim on such an addition.").into());
        };
        let error = match (found.is_done, found.epoch) {
            (false, _) => {
                Some("The device has not been added: use its key package by addMembers or submitCommit.".to_owned())
            }
            (true, epoch) if epoch < input.new_epoch => Some(format!("The conversation is at epoch {epoch}.")),
            (true, _) => None,
        };
        Ok(complete_pending_device_addition::Output { success: error.is_none(), error })
    }
}

/// Finds an addition that the caller may know of. Text that is no UUID names none.
async fn find(conn: &mut PgConnection, caller: &Caller, id: &str) -> Result<Option<(Uuid, Found)>, StoreError> {
    let Ok(id) = Uuid::try_parse(id) else { return Ok(None) };
    Ok(device_additions::find(conn, caller.did(), id).await?.map(|found| (id, found)))
}

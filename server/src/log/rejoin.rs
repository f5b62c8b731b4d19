//! Requests to be added anew: a device that lost the group's state, and is still listed as a member, has others add it.

use uuid::Uuid;

use super::Change;
use crate::store::{
    StoreError,
    events::{NewEvent, Occurrence},
    key_package_stock,
    key_packages::{self, NewKeyPackage},
    lost_commits,
    members::{self, Census},
    rejoin_requests::{self, Askers, NewRequest, RejoinRequest},
    welcomes,
};

/// Why a device needn't ask, or can't with what it brings.
#[derive(Debug, thiserror::Error)]
pub enum RejoinRefusal {
    #[error("a Welcome waits for this device")]
    WelcomeWaits,
    #[error("the key package was published before: make a new one")]
    KeyPackageKnown,
    #[error("the key package is for {0}, which is not in the conversation")]
    DeviceNotMember(String),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Change<'_> {
    /// Has one of the acting member's devices ask by a key package, which is set aside for it. The same one again asks
    /// nothing: the answer says how its request stands.
    pub async fn ask_to_rejoin(
        &mut self,
        package: &NewKeyPackage<'_>,
        reason: Option<&str>,
    ) -> Result<RejoinRequest, RejoinRefusal> {
        let convo_id = self.convo.convo_id.clone();
        let earlier = rejoin_requests::find(self.conn, &convo_id, package.did).await?;
        if let Some(request) = &earlier
            && key_packages::is_set_aside(self.conn, package.did, package.hash).await?
        {
            return Ok(request.clone());
        }
        if welcomes::waits_for(self.conn, &convo_id, package.did).await? {
            return Err(RejoinRefusal::WelcomeWaits);
        }
        if key_packages::is_known(self.conn, package.reference).await? {
            return Err(RejoinRefusal::KeyPackageKnown);
        }
        if members::first_active(self.conn, &convo_id, &[package.did.to_owned()], &[]).await?.is_none() {
            return Err(RejoinRefusal::DeviceNotMember(package.did.to_owned()));
        }
        if let Some(replaced) = earlier.as_ref().and_then(|request| request.key_package_hash.clone()) {
            key_package_stock::delete(self.conn, package.user_did, &[replaced]).await?;
        }
        key_packages::publish(self.conn, package).await?;
        key_packages::set_aside(self.conn, package.hash).await?;
        let open = earlier.filter(|request| request.approved_at.is_none());
        let request_id = open.as_ref().map_or_else(Uuid::new_v4, |request| request.request_id);
        let told_before = open.map(|request| request.told_at).filter(|told_at| *told_at > self.last_reminder());
        let (user_did, did, at) = (package.user_did, package.did, self.at());
        let told_at = told_before.unwrap_or(at);
        let new = NewRequest { request_id, user_did, did, key_package_hash: package.hash, reason, at, told_at };
        rejoin_requests::open(self.conn, &convo_id, new).await?;
        if told_before.is_none() && self.census().await?.devices > 1 {
            self.events.push(NewEvent::new(Occurrence::RejoinRequested, self.actor));
        }
        let key_package_hash = Some(package.hash.to_vec());
        Ok(RejoinRequest { request_id, key_package_hash, approved_at: None, told_at })
    }

    /// Has the acting member's devices ask to be added by what they have published. Nobody is asked when there is no other
    /// device.
    pub async fn ask_to_be_readded(&mut self) -> Result<Census, StoreError> {
        self.ask_by(None, None).await
    }

    /// Takes back the Welcome that was given out last to the acting member, and has the devices that it was for ask to be
    /// added by what they have published. Nothing when none was given out.
    pub async fn take_back_welcome(&mut self, reason: &str) -> Result<Option<Uuid>, StoreError> {
        let taken = welcomes::take_back_served(self.conn, &self.convo.convo_id, self.actor).await?;
        let Some(welcome_id) = taken.first().map(|taken| taken.welcome_id) else { return Ok(None) };
        let dids: Vec<_> = taken.into_iter().map(|taken| taken.did).collect();
        self.ask_by(Some(&dids), Some(reason)).await?;
        Ok(Some(welcome_id))
    }

    /// Opens requests of the acting member's devices that have none open, and tells the others of what is new.
    async fn ask_by(&mut self, dids: Option<&[String]>, reason: Option<&str>) -> Result<Census, StoreError> {
        let census = self.census().await?;
        if census.devices > 1 {
            let (last, convo_id) = (self.last_reminder(), &self.convo.convo_id);
            let askers = Askers { user_did: self.actor, dids, reason, at: self.at() };
            let reminded = rejoin_requests::remind(self.conn, convo_id, askers, last).await?;
            let opened = rejoin_requests::open_several(self.conn, convo_id, askers, Uuid::new_v4()).await?;
            if reminded + opened > 0 {
                self.events.push(NewEvent::new(Occurrence::RejoinRequested, self.actor));
            }
        }
        Ok(census)
    }

    /// Devices that are in the group again ask no more, and earlier Welcomes for them lead nowhere.
    pub(super) async fn settle_requests(&mut self, dids: &[String]) -> Result<(), StoreError> {
        let at = self.at();
        let settled = rejoin_requests::settle(self.conn, &self.convo.convo_id, dids, at).await?;
        lost_commits::pass_over(self.conn, &self.convo.convo_id, &settled, self.now).await?;
        welcomes::withdraw_from_devices(self.conn, &self.convo.convo_id, &settled).await
    }
}

//! What follows when devices join a conversation: they wait no more, and their key packages are used up.

use super::Change;
use crate::store::{
    StoreError,
    device_additions::{self, LeftBehind},
    devices,
    events::{NewEvent, Occurrence},
    key_package_alerts::{self, Owner},
    key_package_use::{self, Taken},
    members::Joiner,
};

impl Change<'_> {
    /// Devices that are added wait no more. Others of their users do from now on, if they are registered: whoever adds a
    /// user may have found no key package for one. Returns what is to be told of those.
    pub(super) async fn settle_devices(&mut self, joiners: &[Joiner]) -> Result<Vec<NewEvent>, StoreError> {
        let (convo_id, at) = (&self.convo.convo_id, self.at());
        let (users, devices): (Vec<_>, Vec<_>) = joiners
            .iter()
            .filter(|joiner| joiner.did != joiner.user_did)
            .filter_map(|joiner| Some((joiner.user_did.clone(), joiner.device_id.clone()?)))
            .unzip();
        device_additions::settle(self.conn, convo_id, &users, &devices, at).await?;
        let waiting = device_additions::open_rest(self.conn, convo_id, &users, at).await?;
        Ok(waiting.into_iter().map(device_added).collect())
    }

    /// Consumes key packages, and tells their owners who are left with few.
    pub(super) async fn use_up(&mut self, taken: &[Taken]) -> Result<(), StoreError> {
        if taken.is_empty() {
            return Ok(());
        }
        let hashes: Vec<_> = taken.iter().map(|taken| taken.hash.clone()).collect();
        key_package_use::consume(self.conn, &hashes, &self.convo.convo_id, self.actor, self.now).await?;
        let owner = |taken: &Taken| Owner { user_did: taken.user_did.clone(), did: taken.did.clone() };
        let owners: Vec<_> = taken.iter().map(owner).collect();
        key_package_alerts::tell_if_low(self.conn, &owners, self.log.low_stock, self.now, self.at()).await
    }
}

fn device_added(device: LeftBehind) -> NewEvent {
    let occurrence = Occurrence::DeviceAdded {
        did: devices::mls_did(&device.user_did, &device.device_id),
        device_id: device.device_id,
        device_name: Some(device.device_name),
        pending_addition_id: device.addition_id.to_string(),
    };
    NewEvent::new(occurrence, device.user_did)
}

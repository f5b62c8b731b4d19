//! What registering and deleting a device means for its user's conversations.
//!
//! Both concern many conversations at once and change neither log nor epoch: a server can't add a device to an MLS group
//! nor take one out. They change who is listed, and tell members what is left to do. The rows of all conversations
//! concerned are locked first, in order.

use sqlx::PgConnection;
use uuid::Uuid;

use super::RetireRefusal;
use crate::store::{
    StoreError, Timestamp, conversations,
    device_additions::{self, Opened},
    devices,
    events::{self, NewEvent, Occurrence},
    key_package_alerts, member_devices,
};

/// A device that belongs to a user, whether or not it is registered yet.
#[derive(Clone, Copy, Debug)]
pub struct Device<'a> {
    pub user_did: &'a str,
    pub device_id: Uuid,
}

impl Device<'_> {
    /// The id as it is stored and shown.
    pub fn id(&self) -> String {
        self.device_id.to_string()
    }

    /// The identity in its credential.
    pub fn mls_did(&self) -> String {
        devices::mls_did(self.user_did, &self.id())
    }

    /// Takes the device out of its conversations and deletes what is in store for it. Its user stays a member; members
    /// are told to remove the device's leaf. Returns how many key packages were deleted.
    pub async fn retire(&self, conn: &mut PgConnection, now: Timestamp) -> Result<i64, RetireRefusal> {
        conversations::lock_all_of(conn, self.user_did, Some(&self.mls_did())).await?;
        self.take_out(conn, &[], now).await
    }

    /// The device lost its keys and has new ones: takes it out of its conversations, and has it wait to be added anew.
    /// The key packages `kept` are those that it has published with its new keys.
    pub async fn renew(
        &self,
        conn: &mut PgConnection,
        name: &str,
        kept: &[Vec<u8>],
        now: Timestamp,
    ) -> Result<(), RetireRefusal> {
        // All of them at once, or they would not be in order.
        let convos = conversations::lock_all_of(conn, self.user_did, None).await?;
        self.take_out(conn, kept, now).await?;
        Ok(self.announce_in(conn, name, &convos, now).await?)
    }

    /// Has the device wait to be added to all its user's conversations that it isn't in, and tells their members.
    pub async fn announce(&self, conn: &mut PgConnection, name: &str, now: Timestamp) -> Result<(), StoreError> {
        let convos = conversations::lock_all_of(conn, self.user_did, None).await?;
        self.announce_in(conn, name, &convos, now).await
    }

    async fn take_out(&self, conn: &mut PgConnection, kept: &[Vec<u8>], now: Timestamp) -> Result<i64, RetireRefusal> {
        let (id, did) = (self.id(), self.mls_did());
        let released = member_devices::release_device(conn, self.user_did, &id, &did).await?;
        let event = NewEvent::new(Occurrence::DeviceRemoved { device_id: id.clone(), did: did.clone() }, self.user_did);
        let told: Vec<_> = released.into_iter().map(|convo_id| (convo_id, event.clone())).collect();
        events::write_to_many(conn, self.user_did, now, &told).await?;
        devices::drop_welcomes(conn, self.user_did, &id, &[]).await?;
        let deleted = devices::drop_key_packages(conn, self.user_did, &id, kept).await?;
        // Deleting key packages waits for whoever is using one; nobody can use one after that.
        if member_devices::has(conn, self.user_did, &did).await? {
            return Err(RetireRefusal::BeingAdded);
        }
        device_additions::drop_of_device(conn, self.user_did, &id).await?;
        key_package_alerts::forget(conn, self.user_did, &did).await?;
        Ok(deleted)
    }

    async fn announce_in(
        &self,
        conn: &mut PgConnection,
        name: &str,
        convos: &[String],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let (id, did) = (self.id(), self.mls_did());
        let opened = device_additions::open(conn, self.user_did, &id, &did, convos, now).await?;
        let told = opened.into_iter().map(|Opened { convo_id, addition_id }| {
            let occurrence = Occurrence::DeviceAdded {
                device_id: id.clone(),
                device_name: Some(name.to_owned()),
                did: did.clone(),
                pending_addition_id: addition_id.to_string(),
            };
            (convo_id, NewEvent::new(occurrence, self.user_did))
        });
        events::write_to_many(conn, self.user_did, now, &told.collect::<Vec<_>>()).await
    }
}

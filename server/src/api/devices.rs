//! Devices: registerDevice, listDevices, deleteDevice.

use std::mem;

use catbird_lexicon::blue::catbird::mls::{
    delete_device::{self, DeleteDevice},
    errors,
    list_devices::{self, DeviceInfo, ListDevices},
    register_device::{self, KeyPackageItem, RegisterDevice, WelcomeMessageRef},
};
use lexicon_runtime::{
    error::{DeclaredError, Failure},
    formats::Datetime,
};
use openmls::prelude::SignatureScheme;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    Api, Caller, convert,
    publishable::{Publishable, Terms},
};
use crate::{
    clock,
    log::{RetireRefusal, devices::Device},
    mls::encode_base64url,
    store::{
        StoreError, device_additions,
        devices::{self, DeviceView, NewDevice, Ownership},
        key_packages,
    },
};

/// The most Welcomes in one answer. getWelcome has the rest.
const MOST_WELCOMES: i64 = 50;

/// What a registration was, apart from the device's name.
enum Registered {
    /// The device was not known.
    New,
    /// It was, with this key.
    Again,
    /// It was, with another key: what it had is of no use any more.
    Rekeyed,
}

impl RegisterDevice for Api {
    async fn register_device(
        &self,
        caller: Caller,
        mut input: register_device::Input,
    ) -> Result<register_device::Output, Failure<register_device::Error>> {
        let name = clean_name(&input.device_name)?;
        let stated =
            input.device_uuid.as_deref().map(|text| convert::device_id("input/deviceUUID", text)).transpose()?;
        let mut packages = self.check_all(&caller, mem::take(&mut input.key_packages)).await?;
        let key = input.signature_public_key.as_ref();
        check_signers(&packages, key)?;

        let mut tx = self.begin_in_turn(&caller).await?;
        devices::take_turns_changing(&mut tx, caller.did()).await?;
        let device = Device { user_did: caller.did(), device_id: find_id(&mut tx, &caller, stated, key).await? };
        check_owner(&packages, device.device_id, stated.is_some())?;
        let what = self.save(&mut tx, &device, &name, key).await?;
        packages.iter_mut().for_each(|package| package.device_id = Some(device.id()));
        self.stock(&mut tx, &device, &what, &name, &packages).await?;
        self.note_published(&mut tx, &caller, &packages).await?;
        let output = answer(&mut tx, &device, &packages).await?;
        self.commit(tx).await?;
        Ok(output)
    }
}

impl Api {
    /// Checks all key packages strictly: a device that registers makes them all anew, so a bad one is a mistake in it.
    async fn check_all(
        &self,
        caller: &Caller,
        items: Vec<KeyPackageItem>,
    ) -> Result<Vec<Publishable>, Failure<register_device::Error>> {
        let limit = self.limits.key_packages_per_device;
        if items.len() as i64 > limit {
            let text = format!("A device may have at most {limit} key packages in store.");
            return Err(errors::InvalidKeyPackage::new(text).into());
        }
        let count = items.len();
        let check = move |terms: &Terms| {
            let checked = items.iter().enumerate().map(|(index, item)| {
                let checked = terms.check(&item.key_package, item.cipher_suite.as_str(), item.expires.as_ref());
                checked.map_err(|error| (index, error))
            });
            checked.collect::<Result<Vec<_>, _>>()
        };
        let checked = self.check_many(caller, count, check).await?;
        checked.map_err(|(index, error)| {
            errors::InvalidKeyPackage::new(format!("Key package {index}: {}", error.message())).into()
        })
    }

    async fn save(
        &self,
        conn: &mut PgConnection,
        device: &Device<'_>,
        name: &str,
        key: &[u8],
    ) -> Result<Registered, Failure<register_device::Error>> {
        let id = device.id();
        let what = match devices::signature_key(conn, device.user_did, &id).await? {
            None => Registered::New,
            Some(known) if known == key => Registered::Again,
            Some(_) => Registered::Rekeyed,
        };
        let limit = self.limits.devices_per_user;
        let holdings = key_packages::holdings(conn, device.user_did, &device.mls_did(), self.now()).await?;
        if matches!(what, Registered::New) && holdings.other_devices >= limit {
            return Err(errors::TooManyDevices::new(format!("A user may have at most {limit} devices.")).into());
        }
        let at = clock::bucket(self.now());
        let new = NewDevice { user_did: device.user_did, device_id: &id, device_name: name, signature_key: key, at };
        devices::save(conn, &new).await?;
        Ok(what)
    }

    /// Brings stock and conversations in line with the device as it is registered now. The key packages come first: the
    /// conversations, which are locked from then on, don't wait for them.
    async fn stock(
        &self,
        conn: &mut PgConnection,
        device: &Device<'_>,
        what: &Registered,
        name: &str,
        packages: &[Publishable],
    ) -> Result<(), RetireRefusal> {
        let (id, at, kept) = (device.id(), clock::bucket(self.now()), hashes(packages));
        let rows: Vec<_> = packages.iter().map(|package| package.row(device.user_did, self.now())).collect();
        key_packages::publish_all(conn, &rows).await?;
        match what {
            Registered::New => device.announce(conn, name, at).await?,
            Registered::Again => {
                devices::drop_welcomes(conn, device.user_did, &id, &kept).await?;
                devices::drop_key_packages(conn, device.user_did, &id, &kept).await?;
            }
            Registered::Rekeyed => device.renew(conn, name, &kept, at).await?,
        }
        Ok(())
    }
}

/// The id of the device to register. Without one from the client, the key tells whether it was registered before: an
/// answer that was lost must not leave the client with a key that it can't register.
async fn find_id(
    conn: &mut PgConnection,
    caller: &Caller,
    stated: Option<Uuid>,
    key: &[u8],
) -> Result<Uuid, StoreError> {
    match (stated, devices::with_key(conn, caller.did(), key).await?) {
        (Some(id), _) => Ok(id),
        (None, None) => Ok(Uuid::new_v4()),
        (None, Some(id)) => id.parse().map_err(|_| StoreError::Impossible("the id of a device is no UUID".to_owned())),
    }
}

async fn answer(
    conn: &mut PgConnection,
    device: &Device<'_>,
    packages: &[Publishable],
) -> Result<register_device::Output, StoreError> {
    let welcomes = devices::waiting_welcomes(conn, device.user_did, &hashes(packages), MOST_WELCOMES).await?;
    let welcomes = welcomes
        .into_iter()
        .map(|waiting| WelcomeMessageRef { convo_id: waiting.convo_id, welcome: encode_base64url(&waiting.content) });
    let welcomes: Vec<_> = welcomes.collect();
    Ok(register_device::Output {
        device_id: device.id(),
        mls_did: device.mls_did(),
        auto_joined_convos: device_additions::waiting_for(conn, device.user_did, &device.id()).await?,
        welcome_messages: (!welcomes.is_empty()).then_some(welcomes),
    })
}

fn hashes(packages: &[Publishable]) -> Vec<Vec<u8>> {
    packages.iter().map(|package| package.checked.hash.to_vec()).collect()
}

/// A name without what could disturb a list of members.
fn clean_name(name: &str) -> Result<String, errors::InvalidDeviceName> {
    let clean: String = name.chars().filter(|character| !character.is_control()).collect();
    match clean.trim() {
        "" => Err(errors::InvalidDeviceName::new("Nothing is left of the name without control characters.")),
        clean => Ok(clean.to_owned()),
    }
}

/// A key package signed with the key proves that the device has it, so that nobody can take another's key.
fn check_signers(packages: &[Publishable], key: &[u8]) -> Result<(), errors::InvalidSignatureKey> {
    let mut signed = packages
        .iter()
        .map(|package| &package.checked)
        .filter(|checked| checked.suite.signature_scheme() == SignatureScheme::ED25519)
        .peekable();
    if signed.peek().is_none() {
        let text = "None of the key packages is of a suite with Ed25519, so nothing shows that the key is yours.";
        return Err(errors::InvalidSignatureKey::new(text));
    }
    match signed.all(|checked| checked.signature_key == key) {
        true => Ok(()),
        false => Err(errors::InvalidSignatureKey::new("A key package is signed with another key.")),
    }
}

/// Each key package must be the device's. A client that left the id to the server could only name its user.
fn check_owner(packages: &[Publishable], id: Uuid, was_stated: bool) -> Result<(), errors::InvalidKeyPackage> {
    let is_owned = |package: &Publishable| match package.identity.device_id {
        Some(named) => named == id,
        None => !was_stated,
    };
    match packages.iter().position(|package| !is_owned(package)) {
        None => Ok(()),
        Some(index) => {
            let text = format!("Key package {index}: the credential is not that of the device.");
            Err(errors::InvalidKeyPackage::new(text))
        }
    }
}

impl ListDevices for Api {
    async fn list_devices(&self, caller: Caller) -> Result<list_devices::Output, Failure<list_devices::Error>> {
        let mut conn = self.connection().await?;
        let devices = devices::list(&mut conn, caller.did(), self.now()).await?;
        Ok(list_devices::Output { devices: devices.into_iter().map(|device| info(&caller, device)).collect() })
    }
}

fn info(caller: &Caller, device: DeviceView) -> DeviceInfo {
    DeviceInfo {
        credential_did: devices::mls_did(caller.did(), &device.device_id),
        device_uuid: Some(device.device_id.clone()),
        device_id: device.device_id,
        device_name: device.device_name,
        last_seen_at: Datetime::from(device.last_seen_at),
        registered_at: Datetime::from(device.registered_at),
        key_package_count: device.key_packages,
    }
}

impl DeleteDevice for Api {
    async fn delete_device(
        &self,
        caller: Caller,
        input: delete_device::Input,
    ) -> Result<delete_device::Output, Failure<delete_device::Error>> {
        // Text that is no UUID is the id of no device.
        let not_found = || errors::DeviceNotFound::new("There is no such device.");
        let device_id = convert::device_id("input/deviceId", &input.device_id).map_err(|_| not_found())?;
        let device = Device { user_did: caller.did(), device_id };

        let mut tx = self.begin_in_turn(&caller).await?;
        devices::take_turns_changing(&mut tx, caller.did()).await?;
        match devices::ownership(&mut tx, device.user_did, &device.id()).await? {
            Ownership::Own => {}
            // Devices may publish key packages, and with them become members, without having registered.
            _ if devices::has_traces(&mut tx, device.user_did, &device.id()).await? => {}
            Ownership::Others => return Err(errors::Unauthorized::new("The device is somebody else's.").into()),
            Ownership::Nobodys => return Err(not_found().into()),
        }
        let key_packages_deleted = device.retire(&mut tx, clock::bucket(self.now())).await?;
        devices::delete(&mut tx, device.user_did, &device.id()).await?;
        self.commit(tx).await?;
        Ok(delete_device::Output { deleted: true, key_packages_deleted })
    }
}

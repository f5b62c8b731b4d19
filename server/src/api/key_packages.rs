//! Key packages: publishKeyPackage, publishKeyPackages, getKeyPackages.

use std::collections::{BTreeSet, HashMap, HashSet};

use catbird_lexicon::blue::catbird::mls::{
    defs, errors,
    get_key_packages::{self, GetKeyPackages},
    publish_key_package::{self, PublishKeyPackage},
    publish_key_packages::{self, BatchError, KeyPackageItem, PublishKeyPackages},
};
use lexicon_runtime::{
    error::{DeclaredError, Failure},
    formats::Datetime,
};
use sqlx::PgConnection;

use super::{
    Api, Caller, convert,
    idempotency::{KeyRefusal, Turn},
};
use crate::{
    mls::{self, CheckedKeyPackage, DeviceIdentity, KeyPackageRefusal, encode_base64url},
    store::{
        StoreError, Timestamp,
        key_packages::{self, Holdings, NewKeyPackage, Reserved},
    },
};

/// Devices of one user that may have key packages. A request for a user's key packages gets one of each.
const MAX_DEVICES_OF_USER: i64 = 50;

/// A key package that may be stored.
struct Publishable {
    content: Vec<u8>,
    checked: CheckedKeyPackage,
    device: DeviceIdentity,
    expires_at: Timestamp,
}

impl PublishKeyPackage for Api {
    async fn publish_key_package(
        &self,
        caller: Caller,
        input: publish_key_package::Input,
    ) -> Result<publish_key_package::Output, Failure<publish_key_package::Error>> {
        let suite = input.cipher_suite.as_str();
        let publishable = self.check(&caller, &input.key_package, suite, input.expires.as_ref())?;
        let key = input.idempotency_key.as_deref();
        let mut tx = self.begin().await?;
        key_packages::take_turns(&mut tx, caller.did()).await?;
        self.publish(&mut tx, &caller, &publishable, key).await?;
        self.commit(tx).await?;
        Ok(publish_key_package::Output {})
    }
}

impl PublishKeyPackages for Api {
    async fn publish_key_packages(
        &self,
        caller: Caller,
        input: publish_key_packages::Input,
    ) -> Result<publish_key_packages::Output, Failure<publish_key_packages::Error>> {
        let limit = self.limits.key_package_batch;
        if input.key_packages.len() > limit {
            let text = format!("This server takes at most {limit} key packages at once.");
            return Err(errors::BatchTooLarge::new(text).into());
        }
        check_keys_of_batch(&input.key_packages)?;
        let mut checked = Vec::with_capacity(input.key_packages.len());
        for item in &input.key_packages {
            let suite = item.cipher_suite.as_str();
            checked.push(self.check(&caller, &item.key_package, suite, Some(&item.expires)));
            // Signatures take their time; others may go in between.
            tokio::task::yield_now().await;
        }
        let mut tx = self.begin().await?;
        key_packages::take_turns(&mut tx, caller.did()).await?;
        let mut refused = Vec::new();
        for (index, (item, checked)) in input.key_packages.iter().zip(checked).enumerate() {
            let key = item.idempotency_key.as_deref();
            let published = match checked {
                Ok(publishable) => self.publish(&mut tx, &caller, &publishable, key).await,
                Err(error) => Err(error.into()),
            };
            match published {
                Ok(()) => {}
                // A declared error is this item's own; anything else is the whole batch's.
                Err(Failure::Declared(error)) => {
                    let error = format!("{}: {}", error.name(), error.message());
                    refused.push(BatchError { index: index as i64, error });
                }
                Err(Failure::Refused(refusal)) => return Err(refusal.into()),
            }
        }
        self.commit(tx).await?;
        let failed = refused.len() as i64;
        Ok(publish_key_packages::Output {
            succeeded: input.key_packages.len() as i64 - failed,
            failed,
            errors: (failed > 0).then_some(refused),
        })
    }
}

/// One key for two different items says that the client has mixed something up.
fn check_keys_of_batch(items: &[KeyPackageItem]) -> Result<(), errors::InvalidBatch> {
    let mut contents = HashMap::new();
    for item in items {
        let Some(key) = &item.idempotency_key else { continue };
        if *contents.entry(key).or_insert(&item.key_package) != &item.key_package {
            return Err(errors::InvalidBatch::new("Two items have the same idempotencyKey and different content."));
        }
    }
    Ok(())
}

impl Api {
    /// Checks what can be checked without the database. The bytes decide; what the request says must agree.
    fn check(
        &self,
        caller: &Caller,
        key_package: &str,
        stated_suite: &str,
        expires: Option<&Datetime>,
    ) -> Result<Publishable, publish_key_package::Error> {
        let now = self.now();
        let invalid = |text: String| errors::InvalidKeyPackage::new(text);
        let suite = convert::suite(stated_suite)?;
        let content = mls::decode_base64(key_package).map_err(|error| invalid(error.to_string()))?;
        let checked = mls::check_key_package(&content, now).map_err(refuse)?;
        if checked.suite != suite {
            let text = format!("The key package is for {}, not {stated_suite}.", checked.suite.as_str());
            return Err(errors::InvalidCipherSuite::new(text).into());
        }
        let device = mls::identity_belongs_to(&checked.identity, caller.did())
            .ok_or_else(|| invalid("The credential is neither yours nor one of your devices'.".to_owned()))?;
        let latest = now + self.limits.key_package_expiry;
        let expires = expires.map(Datetime::to_utc);
        if expires.is_some_and(|expires| expires > latest) {
            return Err(errors::ExpirationTooFar::new(format!("expires may be at most {latest}.")).into());
        }
        if expires.is_some_and(|expires| expires <= now) {
            return Err(invalid("expires is in the past.".to_owned()).into());
        }
        let expires_at = expires.unwrap_or(latest).min(checked.not_after);
        Ok(Publishable { content, checked, device, expires_at })
    }

    /// Stores a key package; the caller's own requests take turns, so that the count holds.
    async fn publish(
        &self,
        conn: &mut PgConnection,
        caller: &Caller,
        package: &Publishable,
        key: Option<&str>,
    ) -> Result<(), Failure<publish_key_package::Error>> {
        let now = self.now();
        let (checked, did) = (&package.checked, package.device.to_string());
        let is_known = key_packages::is_known(conn, checked.reference.as_bytes()).await?;
        if !is_known {
            self.check_room(key_packages::holdings(conn, caller.did(), &did, now).await?)?;
        }
        // Last of what may refuse: a key package that is refused leaves its key free.
        self.take_publishing_key(conn, caller, key, &checked.hash).await?;
        if is_known {
            return Ok(());
        }
        let device_id = package.device.device_id.map(|id| id.to_string());
        let new = NewKeyPackage {
            hash: &checked.hash,
            reference: checked.reference.as_bytes(),
            user_did: caller.did(),
            did: &did,
            device_id: device_id.as_deref(),
            cipher_suite: checked.suite.as_str(),
            content: &package.content,
            last_resort: checked.last_resort,
            published_at: now,
            expires_at: package.expires_at,
            lifetime_end: checked.not_after,
        };
        Ok(key_packages::publish(conn, &new).await?)
    }
}

impl Api {
    /// An idempotency key stands for one key package. The bytes themselves make a repetition harmless.
    async fn take_publishing_key(
        &self,
        conn: &mut PgConnection,
        caller: &Caller,
        key: Option<&str>,
        hash: &[u8],
    ) -> Result<(), Failure<publish_key_package::Error>> {
        match self.take_key::<bool>(conn, caller, publish_key_package::NSID, key, &hash).await {
            Ok(Turn::First(claim)) => Ok(claim.settle(conn, &true).await?),
            Ok(Turn::Answered(_)) => Ok(()),
            Err(KeyRefusal::Reused) => {
                Err(errors::InvalidKeyPackage::new("The idempotencyKey was used for another key package.").into())
            }
            Err(KeyRefusal::Store(error)) => Err(error.into()),
        }
    }

    fn check_room(&self, holdings: Holdings) -> Result<(), errors::TooManyKeyPackages> {
        let limit = self.limits.key_packages_per_device;
        if holdings.of_device >= limit {
            let text = format!("A device may have at most {limit} key packages in store.");
            return Err(errors::TooManyKeyPackages::new(text));
        }
        if holdings.of_device == 0 && holdings.other_devices >= MAX_DEVICES_OF_USER {
            let text = format!("A user may have key packages for at most {MAX_DEVICES_OF_USER} devices in store.");
            return Err(errors::TooManyKeyPackages::new(text));
        }
        Ok(())
    }
}

fn refuse(refusal: KeyPackageRefusal) -> publish_key_package::Error {
    match refusal {
        KeyPackageRefusal::UnsupportedSuite(_) => errors::InvalidCipherSuite::new(refusal.to_string()).into(),
        KeyPackageRefusal::LifetimeTooLong => errors::ExpirationTooFar::new(refusal.to_string()).into(),
        refusal => errors::InvalidKeyPackage::new(refusal.to_string()).into(),
    }
}

impl GetKeyPackages for Api {
    async fn get_key_packages(
        &self,
        caller: Caller,
        params: get_key_packages::Params,
    ) -> Result<get_key_packages::Output, Failure<get_key_packages::Error>> {
        let limit = self.limits.dids_per_request;
        if params.dids.len() > limit {
            return Err(errors::TooManyDids::new(format!("This server takes at most {limit} DIDs at once.")).into());
        }
        params.dids.iter().try_for_each(convert::known_method)?;
        let suite = params.cipher_suite.as_ref().map(|suite| suite.as_str());
        let users: BTreeSet<_> = params.dids.iter().map(|did| did.as_str().to_owned()).collect();
        let users: Vec<_> = users.into_iter().collect();
        let reserved = self.reserve(&caller, &users, suite).await?;
        let mut told: HashSet<_> = reserved.iter().map(|reserved| reserved.user_did.clone()).collect();
        let missing: Vec<_> = params.dids.into_iter().filter(|did| told.insert(did.as_str().to_owned())).collect();
        Ok(get_key_packages::Output {
            key_packages: reserved.into_iter().map(key_package_ref).collect(),
            missing: (!missing.is_empty()).then_some(missing),
        })
    }
}

impl Api {
    /// One key package per device: the one the caller holds, else the oldest, else the last resort.
    async fn reserve(
        &self,
        caller: &Caller,
        users: &[String],
        suite: Option<&str>,
    ) -> Result<Vec<Reserved>, StoreError> {
        let now = self.now();
        let mut tx = self.begin().await?;
        // Of one caller's own requests the second must see what the first reserved, or it would reserve more.
        key_packages::take_turns(&mut tx, caller.did()).await?;
        let until = now + self.limits.key_package_reservation;
        let mut reserved = key_packages::reserve(&mut tx, caller.did(), users, suite, now, until).await?;
        let served: Vec<_> = reserved.iter().map(|reserved| reserved.did.clone()).collect();
        reserved.extend(key_packages::last_resorts(&mut tx, users, &served, suite, now).await?);
        self.commit(tx).await?;
        reserved.sort_by(|a, b| a.did.cmp(&b.did));
        Ok(reserved)
    }
}

fn key_package_ref(reserved: Reserved) -> defs::KeyPackageRef {
    defs::KeyPackageRef {
        did: reserved.did,
        key_package: encode_base64url(&reserved.content),
        cipher_suite: convert::suite_name(&reserved.cipher_suite),
        key_package_hash: Some(hex::encode(&reserved.hash)),
        device_id: reserved.device_id,
    }
}

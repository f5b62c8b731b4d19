//! Key packages as they come in: whether one may be stored, and what follows from it.

use std::collections::BTreeSet;

use catbird_lexicon::blue::catbird::mls::{errors, publish_key_package};
use lexicon_runtime::{error::Refusal, formats::Datetime};
use sqlx::PgConnection;

use super::{Api, Caller, convert};
use crate::{
    clock,
    mls::{self, CheckedKeyPackage, DeviceIdentity, KeyPackageRefusal},
    store::{
        StoreError, Timestamp, devices,
        key_package_alerts::{self, Owner},
        key_packages::NewKeyPackage,
    },
};

/// A key package that may be stored.
pub struct Publishable {
    pub content: Vec<u8>,
    pub checked: CheckedKeyPackage,
    pub identity: DeviceIdentity,
    /// Credential identity.
    pub did: String,
    /// The device that it is for.
    pub device_id: Option<String>,
    pub expires_at: Timestamp,
}

impl Publishable {
    /// The row to store.
    pub fn row<'a>(&'a self, user_did: &'a str, now: Timestamp) -> NewKeyPackage<'a> {
        NewKeyPackage {
            hash: &self.checked.hash,
            reference: self.checked.reference.as_bytes(),
            user_did,
            did: &self.did,
            device_id: self.device_id.as_deref(),
            cipher_suite: self.checked.suite.as_str(),
            content: &self.content,
            last_resort: self.checked.last_resort,
            published_at: now,
            expires_at: self.expires_at,
            lifetime_end: self.checked.not_after,
        }
    }
}

/// Whose key packages are checked, and when.
pub struct Terms {
    owner: String,
    now: Timestamp,
    /// When one may expire at the latest.
    latest: Timestamp,
}

impl Terms {
    /// Checks what can be checked without the database. The bytes decide; what the request says must agree.
    pub fn check(
        &self,
        key_package: &str,
        stated_suite: &str,
        expires: Option<&Datetime>,
    ) -> Result<Publishable, publish_key_package::Error> {
        let Self { now, latest, .. } = *self;
        let invalid = |text: String| errors::InvalidKeyPackage::new(text);
        let suite = convert::suite(stated_suite)?;
        let content = mls::decode_base64(key_package).map_err(|error| invalid(error.to_string()))?;
        let checked = mls::check_key_package(&content, now).map_err(refuse)?;
        if checked.suite != suite {
            let text = format!("The key package is for {}, not {stated_suite}.", checked.suite.as_str());
            return Err(errors::InvalidCipherSuite::new(text).into());
        }
        let identity = mls::identity_belongs_to(&checked.identity, &self.owner)
            .ok_or_else(|| invalid("The credential is neither yours nor one of your devices'.".to_owned()))?;
        let expires = expires.map(Datetime::to_utc);
        if expires.is_some_and(|expires| expires > latest) {
            return Err(errors::ExpirationTooFar::new(format!("expires may be at most {latest}.")).into());
        }
        if expires.is_some_and(|expires| expires <= now) {
            return Err(invalid("expires is in the past.".to_owned()).into());
        }
        let expires_at = expires.unwrap_or(latest).min(checked.not_after);
        let (did, device_id) = (identity.to_string(), identity.device_id.map(|id| id.to_string()));
        Ok(Publishable { content, checked, identity, did, device_id, expires_at })
    }
}

impl Api {
    /// On which terms the caller may publish now.
    pub(super) fn terms(&self, caller: &Caller) -> Terms {
        let now = self.now();
        Terms { owner: caller.did().to_owned(), now, latest: now + self.limits.key_package_expiry }
    }

    /// Checks one key package.
    pub(super) fn check(
        &self,
        caller: &Caller,
        key_package: &str,
        stated_suite: &str,
        expires: Option<&Datetime>,
    ) -> Result<Publishable, publish_key_package::Error> {
        self.terms(caller).check(key_package, stated_suite, expires)
    }

    /// Checks many, each of which counts as a request. One caller has this done for one request at a time.
    pub(super) async fn check_many<T: Send + 'static>(
        &self,
        caller: &Caller,
        count: usize,
        check: impl FnOnce(&Terms) -> T + Send + 'static,
    ) -> Result<T, Refusal> {
        caller.charge(count.saturating_sub(1))?;
        caller.place.take_turn().await;
        let terms = self.terms(caller);
        Ok(self.log.work().run(move || check(&terms)).await)
    }

    /// The devices that these are for have been seen, and may have enough again.
    pub(super) async fn note_published(
        &self,
        conn: &mut PgConnection,
        caller: &Caller,
        packages: &[Publishable],
    ) -> Result<(), StoreError> {
        let ids: BTreeSet<_> = packages.iter().filter_map(|package| package.device_id.clone()).collect();
        let ids: Vec<_> = ids.into_iter().collect();
        devices::seen(conn, caller.did(), &ids, clock::bucket(self.now())).await?;
        let owner = |package: &Publishable| Owner { user_did: caller.did().to_owned(), did: package.did.clone() };
        let owners: BTreeSet<_> = packages.iter().map(owner).collect();
        let owners: Vec<_> = owners.into_iter().collect();
        key_package_alerts::replenished(conn, &owners, self.limits.key_package_threshold, self.now()).await
    }
}

fn refuse(refusal: KeyPackageRefusal) -> publish_key_package::Error {
    match refusal {
        KeyPackageRefusal::UnsupportedSuite(_) => errors::InvalidCipherSuite::new(refusal.to_string()).into(),
        KeyPackageRefusal::LifetimeTooLong => errors::ExpirationTooFar::new(refusal.to_string()).into(),
        refusal => errors::InvalidKeyPackage::new(refusal.to_string()).into(),
    }
}

//! Key packages: publishKeyPackage, publishKeyPackages, getKeyPackages.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::Arc,
};

use catbird_lexicon::blue::catbird::mls::{
    errors,
    get_key_packages::{self, GetKeyPackages},
    publish_key_package::{self, PublishKeyPackage},
    publish_key_packages::{self, BatchError, KeyPackageItem, PublishKeyPackages},
};
use lexicon_runtime::error::{DeclaredError, Failure};
use sqlx::PgConnection;

use super::{
    Api, Caller, convert,
    idempotency::{KeyRefusal, Turn},
    publishable::{Publishable, Terms},
    views,
};
use crate::store::{
    StoreError,
    key_packages::{self, Holdings, Reserved, Wanted},
};

/// Key packages in one answer, in bytes: so many that a user with as many devices as one may have fits.
const MOST_BYTES: usize = 16 * 1024 * 1024;

/// Users whose key packages are looked for at once.
const PORTION: usize = 10;

impl PublishKeyPackage for Api {
    async fn publish_key_package(
        &self,
        caller: Caller,
        input: publish_key_package::Input,
    ) -> Result<publish_key_package::Output, Failure<publish_key_package::Error>> {
        let suite = input.cipher_suite.as_str();
        let publishable = self.check(&caller, &input.key_package, suite, input.expires.as_ref())?;
        let key = input.idempotency_key.as_deref();
        let mut tx = self.begin_in_turn(&caller).await?;
        self.publish(&mut tx, &caller, &publishable, key).await?;
        self.note_published(&mut tx, &caller, &[publishable]).await?;
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
        let items = Arc::new(input.key_packages);
        let to_check = Arc::clone(&items);
        let check = move |terms: &Terms| {
            let checked = to_check
                .iter()
                .map(|item| terms.check(&item.key_package, item.cipher_suite.as_str(), Some(&item.expires)));
            checked.collect::<Vec<_>>()
        };
        let checked = self.check_many(&caller, items.len(), check).await?;
        let mut tx = self.begin_in_turn(&caller).await?;
        let (mut published, mut refused) = (Vec::new(), Vec::new());
        for (index, (item, checked)) in items.iter().zip(checked).enumerate() {
            let key = item.idempotency_key.as_deref();
            let outcome = match checked {
                Ok(publishable) => self.publish(&mut tx, &caller, &publishable, key).await.map(|()| publishable),
                Err(error) => Err(error.into()),
            };
            match outcome {
                Ok(publishable) => published.push(publishable),
                // A declared error is this item's own; anything else is the whole batch's.
                Err(Failure::Declared(error)) => {
                    let error = format!("{}: {}", error.name(), error.message());
                    refused.push(BatchError { index: index as i64, error });
                }
                Err(Failure::Refused(refusal)) => return Err(refusal.into()),
            }
        }
        self.note_published(&mut tx, &caller, &published).await?;
        self.commit(tx).await?;
        let failed = refused.len() as i64;
        Ok(publish_key_packages::Output {
            succeeded: items.len() as i64 - failed,
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
    /// Stores a key package; the caller's own requests take turns, so that the count holds.
    async fn publish(
        &self,
        conn: &mut PgConnection,
        caller: &Caller,
        package: &Publishable,
        key: Option<&str>,
    ) -> Result<(), Failure<publish_key_package::Error>> {
        let now = self.now();
        let checked = &package.checked;
        let is_known = key_packages::is_known(conn, checked.reference.as_bytes()).await?;
        if !is_known {
            self.check_room(key_packages::holdings(conn, caller.did(), &package.did, now).await?)?;
        }
        // Last of what may refuse: a key package that is refused leaves its key free.
        self.take_publishing_key(conn, caller, key, &checked.hash).await?;
        if is_known {
            return Ok(());
        }
        Ok(key_packages::publish(conn, &package.row(caller.did(), now)).await?)
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
        let devices = self.limits.devices_per_user;
        if holdings.of_device == 0 && holdings.other_devices >= devices {
            let text = format!("A user may have key packages for at most {devices} devices in store.");
            return Err(errors::TooManyKeyPackages::new(text));
        }
        Ok(())
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
        let Some(reserved) = self.reserve(&caller, &users, suite).await? else {
            let text = "The key packages of all these are too long for one answer. Ask for fewer users at once.";
            return Err(errors::TooManyDids::new(text).into());
        };
        let mut told: HashSet<_> = reserved.iter().map(|reserved| reserved.user_did.clone()).collect();
        let missing: Vec<_> = params.dids.into_iter().filter(|did| told.insert(did.as_str().to_owned())).collect();
        Ok(get_key_packages::Output {
            key_packages: reserved.into_iter().map(views::key_package_ref).collect(),
            missing: (!missing.is_empty()).then_some(missing),
        })
    }
}

impl Api {
    /// One key package per device: the one the caller holds, else the oldest, else the last resort. Nothing, and nothing is
    /// reserved, when they are too long for one answer.
    async fn reserve(
        &self,
        caller: &Caller,
        users: &[String],
        suite: Option<&str>,
    ) -> Result<Option<Vec<Reserved>>, StoreError> {
        let now = self.now();
        // Of one caller's own requests the second must see what the first reserved, or it would reserve more.
        let mut tx = self.begin_in_turn(caller).await?;
        let until = now + self.limits.key_package_reservation;
        let mut reserved = Vec::new();
        // In portions, so that no more than one too many is ever read.
        for portion in users.chunks(PORTION) {
            let wanted = Wanted { user_dids: portion, did: None, cipher_suite: suite };
            reserved.extend(key_packages::hand_out(&mut tx, caller.did(), wanted, now, until).await?);
            if reserved.iter().map(|reserved| reserved.content.len()).sum::<usize>() > MOST_BYTES {
                return Ok(None);
            }
        }
        self.commit(tx).await?;
        reserved.sort_by(|a, b| a.did.cmp(&b.did));
        Ok(Some(reserved))
    }
}

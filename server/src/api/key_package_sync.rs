//! A user's own stock of key packages: syncKeyPackages, getKeyPackageStatus, getKeyPackageHistory.

use std::collections::HashSet;

use catbird_lexicon::blue::catbird::mls::{
    get_key_package_history::{self, GetKeyPackageHistory, KeyPackageHistoryEntry},
    get_key_package_status::{self, ConsumedPackageView, GetKeyPackageStatus},
    sync_key_packages::{self, SyncKeyPackages},
};
use lexicon_runtime::{
    error::{Failure, Refusal},
    formats::Datetime,
};

use super::{Api, Caller, convert};
use crate::{
    clock, mls,
    store::{
        Timestamp, devices,
        key_package_alerts::{self, Owner},
        key_package_stock::{self, Fate, Page},
    },
};

/// The most hashes that the lexicon lets a device name. A list of so many may lack some.
const MOST_HASHES: usize = 200;

impl SyncKeyPackages for Api {
    async fn sync_key_packages(
        &self,
        caller: Caller,
        input: sync_key_packages::Input,
    ) -> Result<sync_key_packages::Output, Failure<sync_key_packages::Error>> {
        let device = convert::device_id("input/deviceId", &input.device_id)?.to_string();
        let local = read_hashes(&input.local_hashes)?;
        let now = self.now();
        let mut tx = self.begin_in_turn(&caller).await?;
        let stored = key_package_stock::in_store(&mut tx, caller.did(), &device, now).await?;
        let (mut kept, orphaned): (Vec<_>, Vec<_>) = stored.into_iter().partition(|hash| local.contains(hash));
        let may_be_cut = local.len() >= MOST_HASHES && kept.len() + orphaned.len() > MOST_HASHES;
        let deleted = match may_be_cut {
            false => key_package_stock::delete(&mut tx, caller.did(), &orphaned).await?.len(),
            true => {
                kept.extend(orphaned.iter().cloned());
                0
            }
        };
        let owner = Owner { user_did: caller.did().to_owned(), did: devices::mls_did(caller.did(), &device) };
        key_package_alerts::replenished(&mut tx, &[owner], self.limits.key_package_threshold, now).await?;
        let available = key_package_stock::available(&mut tx, caller.did(), &device, now).await?;
        devices::seen(&mut tx, caller.did(), std::slice::from_ref(&device), clock::bucket(now)).await?;
        self.commit(tx).await?;
        Ok(sync_key_packages::Output {
            remaining_available: Some(available),
            server_hashes: kept.iter().map(hex::encode).collect(),
            orphaned_count: orphaned.len() as i64,
            deleted_count: deleted as i64,
            orphaned_hashes: (!orphaned.is_empty()).then(|| orphaned.iter().map(hex::encode).collect()),
            device_id: device,
        })
    }
}

/// Anything that is no hash would make good key packages look like orphans.
fn read_hashes(hashes: &[String]) -> Result<HashSet<Vec<u8>>, Refusal> {
    let read = |(index, text): (usize, &String)| match hex::decode(text) {
        Ok(hash) if hash.len() == 32 => Ok(hash),
        _ => Err(Refusal::invalid_request(format!("input/localHashes/{index}: must be a SHA-256 in hexadecimal"))),
    };
    hashes.iter().enumerate().map(read).collect()
}

impl GetKeyPackageStatus for Api {
    async fn get_key_package_status(
        &self,
        caller: Caller,
        params: get_key_package_status::Params,
    ) -> Result<get_key_package_status::Output, Failure<get_key_package_status::Error>> {
        let after = read_cursor(params.cursor.as_deref())?;
        let page = Page { after: after.as_deref(), limit: params.limit };
        let mut conn = self.connection().await?;
        let counts = key_package_stock::counts(&mut conn, caller.did(), self.now()).await?;
        let used = key_package_stock::used(&mut conn, caller.did(), page).await?;
        Ok(get_key_package_status::Output {
            total_uploaded: counts.total,
            available: counts.available,
            consumed: counts.consumed,
            reserved: Some(counts.reserved),
            cursor: cursor(&used, page),
            consumed_packages: Some(used.into_iter().filter_map(consumed_view).collect()),
        })
    }
}

impl GetKeyPackageHistory for Api {
    async fn get_key_package_history(
        &self,
        caller: Caller,
        params: get_key_package_history::Params,
    ) -> Result<get_key_package_history::Output, Failure<get_key_package_history::Error>> {
        let after = read_cursor(params.cursor.as_deref())?;
        let page = Page { after: after.as_deref(), limit: params.limit };
        let mut conn = self.connection().await?;
        let fates = key_package_stock::history(&mut conn, caller.did(), page).await?;
        Ok(get_key_package_history::Output {
            cursor: cursor(&fates, page),
            history: fates.into_iter().map(history_entry).collect(),
        })
    }
}

fn consumed_view(fate: Fate) -> Option<ConsumedPackageView> {
    Some(ConsumedPackageView {
        key_package_hash: hex::encode(&fate.hash),
        used_in_group: fate.consumed_convo,
        consumed_at: shown(fate.consumed_at?),
        cipher_suite: Some(convert::suite_name(&fate.cipher_suite)),
    })
}

fn history_entry(fate: Fate) -> KeyPackageHistoryEntry {
    KeyPackageHistoryEntry {
        package_id: hex::encode(&fate.hash),
        created_at: shown(fate.published_at),
        consumed_at: fate.consumed_at.map(shown),
        consumed_for_convo: fate.consumed_convo,
        consumed_for_convo_name: fate.convo_name,
        consumed_by_device: fate.consumed_by,
        device_id: fate.device_id,
        cipher_suite: fate.cipher_suite,
    }
}

/// Key packages have exact times, for the order in which they are handed out.
fn shown(time: Timestamp) -> Datetime {
    Datetime::from(clock::bucket(time))
}

/// A cursor is the hash of the last key package of the page before.
fn cursor(fates: &[Fate], page: Page<'_>) -> Option<String> {
    let is_full = fates.len() as i64 == page.limit;
    fates.last().filter(|_| is_full).map(|fate| mls::encode_base64url(&fate.hash))
}

fn read_cursor(cursor: Option<&str>) -> Result<Option<Vec<u8>>, Refusal> {
    let read = |cursor| mls::decode_base64(cursor).ok().filter(|hash| hash.len() == 32);
    match cursor {
        None => Ok(None),
        Some(cursor) => match read(cursor) {
            Some(hash) => Ok(Some(hash)),
            None => Err(Refusal::invalid_request("params/cursor: was not made by this method")),
        },
    }
}

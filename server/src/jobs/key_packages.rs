//! Watches stocks of key packages: one that is used by nobody still runs low, because key packages expire.
//!
//! It may run on every replica at once: each takes devices that no other one is at.

use sqlx::PgPool;

use crate::{
    clock,
    store::{StoreError, Timestamp, key_package_alerts},
};

/// Devices that are looked at in one transaction.
const BATCH: i64 = 200;

/// Tells the users of devices that have fewer than `threshold` key packages left since some have expired.
///
/// # Errors
/// When the database can't be reached, or a query fails.
pub async fn watch(db: &PgPool, threshold: i64, now: Timestamp) -> Result<(), StoreError> {
    loop {
        let mut tx = db.begin().await?;
        let due = key_package_alerts::due(&mut tx, now, BATCH).await?;
        if due.is_empty() {
            return Ok(());
        }
        key_package_alerts::tell_if_low(&mut tx, &due, threshold, now, clock::bucket(now)).await?;
        tx.commit().await?;
    }
}

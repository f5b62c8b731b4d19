//! The era of the stream: for how long places can be compared.
//!
//! Places are made of transaction ids, which belong to a cluster. A dump that is restored into another cluster begins a new era
//! there: its events are forgotten, since new ones would mix with them, and cursors from before are known as outdated.

use sqlx::PgPool;

use crate::store::{StoreError, stream};

/// The era of this database, after beginning a new one if it has come to another cluster.
pub async fn settle(db: &PgPool) -> Result<u8, StoreError> {
    let mut tx = db.begin().await?;
    let is_new = stream::begin_era(&mut tx).await?;
    let era = stream::era(&mut tx).await?;
    tx.commit().await?;
    if is_new {
        tracing::warn!(stream.era = era, "the database has come to another cluster: earlier cursors are outdated");
    }
    // A cursor has 8 bits for it; nobody keeps one over 256 restored dumps.
    Ok((era % 256) as u8)
}

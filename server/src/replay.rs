//! The memory of used token ids that all replicas share: the database.

use std::sync::Arc;

use atrium_api::types::string::Did;
use futures::future::{BoxFuture, FutureExt};
use sqlx::PgPool;

use crate::{
    auth::ReplayGuard,
    clock::Clock,
    keyed_hash::HashKey,
    outbound::BoxError,
    store::{StoreError, Timestamp, used_jti},
};

/// Remembers token ids in the database, as keyed hashes.
pub struct SharedReplay {
    db: PgPool,
    hashes: HashKey,
    clock: Arc<dyn Clock>,
}

impl SharedReplay {
    /// The memory in this database.
    pub fn new(db: PgPool, hashes: HashKey, clock: Arc<dyn Clock>) -> Self {
        Self { db, hashes, clock }
    }
}

impl ReplayGuard for SharedReplay {
    fn first_use<'a>(
        &'a self,
        issuer: &'a Did,
        jti: &'a str,
        expires_at: Timestamp,
    ) -> BoxFuture<'a, Result<bool, BoxError>> {
        let tag = self.hashes.tag("jti", &[issuer.as_str().as_bytes(), jti.as_bytes()]);
        let now = self.clock.now();
        async move {
            let mut conn = self.db.acquire().await.map_err(StoreError::from)?;
            Ok(used_jti::first_use(&mut conn, &tag, expires_at, now).await?)
        }
        .boxed()
    }
}

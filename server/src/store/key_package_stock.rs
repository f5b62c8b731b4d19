//! What a user has of key packages: counted, listed, and compared with what a device has. Those that were left with requests
//! to rejoin are for these alone, and no stock.

use sqlx::PgConnection;

use super::{StoreError, Timestamp};

/// A user's key packages, as far back as they are kept.
#[derive(Clone, Copy, Debug)]
pub struct Counts {
    pub total: i64,
    pub available: i64,
    pub consumed: i64,
    /// The available ones that are reserved for somebody.
    pub reserved: i64,
}

/// A key package and what became of it.
#[derive(Debug)]
pub struct Fate {
    pub hash: Vec<u8>,
    pub device_id: Option<String>,
    pub cipher_suite: String,
    pub published_at: Timestamp,
    pub consumed_at: Option<Timestamp>,
    pub consumed_convo: Option<String>,
    /// Its name, for those who are in it.
    pub convo_name: Option<String>,
    /// The identity of the device that used it, where that is known.
    pub consumed_by: Option<String>,
}

/// Stock of one suite.
#[derive(Debug)]
pub struct SuiteStock {
    pub cipher_suite: String,
    /// Available, consumed and expired ones.
    pub total: i64,
    pub available: i64,
    pub consumed: i64,
    pub consumed_last_24h: i64,
    pub consumed_last_7d: i64,
    pub first_expiry: Option<Timestamp>,
}

/// Where a list of key packages goes on.
#[derive(Clone, Copy, Debug)]
pub struct Page<'a> {
    /// After the key package with this hash.
    pub after: Option<&'a [u8]>,
    pub limit: i64,
}

/// The hashes of a device's key packages that can still be used, oldest first.
pub async fn in_store(
    conn: &mut PgConnection,
    user_did: &str,
    device_id: &str,
    now: Timestamp,
) -> Result<Vec<Vec<u8>>, StoreError> {
    Ok(sqlx::query_scalar!(
        "-- key_package_stock.in_store
        SELECT hash FROM key_packages
        WHERE user_did = $1 AND device_id = $2 AND consumed_at IS NULL AND expires_at > $3
        ORDER BY published_at, hash",
        user_did,
        device_id,
        now,
    )
    .fetch_all(conn)
    .await?)
}

/// How many key packages of a device can still be handed out.
pub async fn available(
    conn: &mut PgConnection,
    user_did: &str,
    device_id: &str,
    now: Timestamp,
) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"-- key_package_stock.available
        SELECT count(*) AS "count!" FROM key_packages
        WHERE user_did = $1 AND device_id = $2 AND consumed_at IS NULL AND expires_at > $3 AND NOT for_rejoin"#,
        user_did,
        device_id,
        now,
    )
    .fetch_one(conn)
    .await?)
}

/// Deletes these key packages of a user unless they were used up meanwhile; returns which were deleted. Those that somebody
/// got stay known, so that nobody else gets their bytes.
pub async fn delete(conn: &mut PgConnection, user_did: &str, hashes: &[Vec<u8>]) -> Result<Vec<Vec<u8>>, StoreError> {
    Ok(sqlx::query_scalar!(
        "-- key_package_stock.delete
        WITH deleted AS (
            DELETE FROM key_packages WHERE hash = ANY ($2) AND user_did = $1 AND consumed_at IS NULL
            RETURNING hash, reference, reserved_by, lifetime_end
        ), remembered AS (
            INSERT INTO withdrawn_key_packages (reference, lifetime_end)
            SELECT reference, lifetime_end FROM deleted WHERE reserved_by IS NOT NULL
            ON CONFLICT DO NOTHING
        )
        SELECT hash FROM deleted",
        user_did,
        hashes,
    )
    .fetch_all(conn)
    .await?)
}

/// Counts a user's key packages.
pub async fn counts(conn: &mut PgConnection, user_did: &str, now: Timestamp) -> Result<Counts, StoreError> {
    Ok(sqlx::query_as!(
        Counts,
        r#"-- key_package_stock.counts
        SELECT count(*) AS "total!",
            count(*) FILTER (WHERE consumed_at IS NULL AND expires_at > $2 AND NOT for_rejoin) AS "available!",
            count(*) FILTER (WHERE consumed_at IS NOT NULL) AS "consumed!",
            count(*) FILTER (WHERE consumed_at IS NULL AND expires_at > $2 AND reserved_until > $2) AS "reserved!"
        -- In two halves, since each has an index of its own.
        FROM (
            SELECT expires_at, consumed_at, reserved_until, for_rejoin FROM key_packages
            WHERE user_did = $1 AND consumed_at IS NULL
            UNION ALL
            SELECT expires_at, consumed_at, reserved_until, for_rejoin FROM key_packages
            WHERE user_did = $1 AND consumed_at IS NOT NULL) k"#,
        user_did,
        now,
    )
    .fetch_one(conn)
    .await?)
}

/// A user's key packages that were used up, last used first.
pub async fn used(conn: &mut PgConnection, user_did: &str, page: Page<'_>) -> Result<Vec<Fate>, StoreError> {
    Ok(sqlx::query_as!(
        Fate,
        r#"-- key_package_stock.used
        SELECT hash, device_id, cipher_suite, published_at, consumed_at, consumed_convo, NULL AS convo_name,
            consumed_by
        FROM key_packages
        WHERE user_did = $1 AND consumed_at IS NOT NULL AND ($2::bytea IS NULL OR (consumed_at, hash) < (
            SELECT k.consumed_at, k.hash FROM key_packages k WHERE k.hash = $2 AND k.user_did = $1))
        ORDER BY consumed_at DESC, hash DESC LIMIT $3"#,
        user_did,
        page.after,
        page.limit,
    )
    .fetch_all(conn)
    .await?)
}

/// A user's key packages, newest first.
pub async fn history(conn: &mut PgConnection, user_did: &str, page: Page<'_>) -> Result<Vec<Fate>, StoreError> {
    Ok(sqlx::query_as!(
        Fate,
        r#"-- key_package_stock.history
        SELECT k.hash AS "hash!", k.device_id, k.cipher_suite AS "cipher_suite!", k.published_at AS "published_at!",
            k.consumed_at, k.consumed_convo,
            (SELECT c.name FROM conversations c WHERE c.convo_id = k.consumed_convo AND EXISTS (
                SELECT FROM members m
                WHERE m.convo_id = c.convo_id AND m.user_did = $1 AND m.left_at IS NULL)) AS convo_name,
            k.consumed_by
        FROM (
            SELECT * FROM key_packages WHERE user_did = $1 AND consumed_at IS NULL
            UNION ALL
            SELECT * FROM key_packages WHERE user_did = $1 AND consumed_at IS NOT NULL) k
        WHERE $2::bytea IS NULL OR (k.published_at, k.hash) < (
            SELECT p.published_at, p.hash FROM key_packages p WHERE p.hash = $2 AND p.user_did = $1)
        ORDER BY k.published_at DESC, k.hash DESC LIMIT $3"#,
        user_did,
        page.after,
        page.limit,
    )
    .fetch_all(conn)
    .await?)
}

/// Stock and use of a user's key packages by suite, as far back as consumed ones are kept.
pub async fn stock(
    conn: &mut PgConnection,
    user_did: &str,
    cipher_suite: Option<&str>,
    now: Timestamp,
) -> Result<Vec<SuiteStock>, StoreError> {
    Ok(sqlx::query_as!(
        SuiteStock,
        r#"-- key_package_stock.stock
        SELECT cipher_suite AS "cipher_suite!",
            count(*) AS "total!",
            count(*) FILTER (WHERE consumed_at IS NULL AND expires_at > $3 AND NOT for_rejoin) AS "available!",
            count(*) FILTER (WHERE consumed_at IS NOT NULL) AS "consumed!",
            count(*) FILTER (WHERE consumed_at > $3 - interval '24 hours') AS "consumed_last_24h!",
            count(*) FILTER (WHERE consumed_at > $3 - interval '7 days') AS "consumed_last_7d!",
            min(expires_at) FILTER (WHERE consumed_at IS NULL AND expires_at > $3 AND NOT for_rejoin) AS first_expiry
        -- In two halves, since each has an index of its own.
        FROM (
            SELECT cipher_suite, expires_at, consumed_at, for_rejoin FROM key_packages
            WHERE user_did = $1 AND consumed_at IS NULL
            UNION ALL
            SELECT cipher_suite, expires_at, consumed_at, for_rejoin FROM key_packages
            WHERE user_did = $1 AND consumed_at IS NOT NULL) k
        WHERE cipher_suite = coalesce($2, cipher_suite)
        GROUP BY cipher_suite
        ORDER BY cipher_suite"#,
        user_did,
        cipher_suite,
        now,
    )
    .fetch_all(conn)
    .await?)
}

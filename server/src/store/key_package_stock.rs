//! What a user has of key packages: counted, listed, compared with what a device has, and watched for running out.

use sqlx::PgConnection;

use super::{StoreError, Timestamp};

/// A device by the identity in its credential.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Owner {
    pub user_did: String,
    pub did: String,
}

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
}

/// Where a list of key packages goes on.
#[derive(Clone, Copy, Debug)]
pub struct Page<'a> {
    /// After the key package with this hash.
    pub after: Option<&'a [u8]>,
    pub limit: i64,
}

/// The hashes of a device's key packages that can still be handed out, oldest first.
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

/// Deletes these key packages of a user unless they were used up meanwhile; returns which were deleted.
pub async fn delete(conn: &mut PgConnection, user_did: &str, hashes: &[Vec<u8>]) -> Result<Vec<Vec<u8>>, StoreError> {
    Ok(sqlx::query_scalar!(
        "-- key_package_stock.delete
        DELETE FROM key_packages WHERE hash = ANY ($2) AND user_did = $1 AND consumed_at IS NULL RETURNING hash",
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
            count(*) FILTER (WHERE consumed_at IS NULL AND expires_at > $2) AS "available!",
            count(*) FILTER (WHERE consumed_at IS NOT NULL) AS "consumed!",
            count(*) FILTER (WHERE consumed_at IS NULL AND expires_at > $2 AND reserved_until > $2) AS "reserved!"
        -- In two halves, since each has an index of its own.
        FROM (
            SELECT expires_at, consumed_at, reserved_until FROM key_packages
            WHERE user_did = $1 AND consumed_at IS NULL
            UNION ALL
            SELECT expires_at, consumed_at, reserved_until FROM key_packages
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
        SELECT hash, device_id, cipher_suite, published_at, consumed_at, consumed_convo, NULL AS convo_name
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
                WHERE m.convo_id = c.convo_id AND m.user_did = $1 AND m.left_at IS NULL)) AS convo_name
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

/// Notes what was used up: returns the devices that have fewer than `threshold` left and whose users have not been told so
/// since they last had enough.
pub async fn running_low(
    conn: &mut PgConnection,
    owners: &[Owner],
    threshold: i64,
    now: Timestamp,
) -> Result<Vec<Owner>, StoreError> {
    lock(conn, owners).await?;
    let (users, dids) = columns(owners);
    Ok(sqlx::query_as!(
        Owner,
        "-- key_package_stock.running_low
        UPDATE key_package_stocks s SET is_low = true
        FROM unnest($1::text[], $2::text[]) AS o (user_did, did)
        WHERE s.user_did = o.user_did AND s.did = o.did AND NOT s.is_low AND $3 > (
            SELECT count(*) FROM key_packages k
            WHERE k.user_did = s.user_did AND k.did = s.did AND k.consumed_at IS NULL AND k.expires_at > $4)
        RETURNING s.user_did, s.did",
        &users as &[&str],
        &dids as &[&str],
        threshold,
        now,
    )
    .fetch_all(conn)
    .await?)
}

/// Notes what was published: a device that has enough again is worth an alert the next time it has not.
pub async fn replenished(
    conn: &mut PgConnection,
    owners: &[Owner],
    threshold: i64,
    now: Timestamp,
) -> Result<(), StoreError> {
    lock(conn, owners).await?;
    let (users, dids) = columns(owners);
    sqlx::query!(
        "-- key_package_stock.replenished
        UPDATE key_package_stocks s SET is_low = false
        FROM unnest($1::text[], $2::text[]) AS o (user_did, did)
        WHERE s.user_did = o.user_did AND s.did = o.did AND s.is_low AND $3 <= (
            SELECT count(*) FROM key_packages k
            WHERE k.user_did = s.user_did AND k.did = s.did AND k.consumed_at IS NULL AND k.expires_at > $4)",
        &users as &[&str],
        &dids as &[&str],
        threshold,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Has all who change a stock take turns at looking at it, in one order, and the last one see what the others did.
async fn lock(conn: &mut PgConnection, owners: &[Owner]) -> Result<(), StoreError> {
    let (users, dids) = columns(owners);
    sqlx::query!(
        "-- key_package_stock.lock
        INSERT INTO key_package_stocks AS s (user_did, did)
        SELECT DISTINCT o.user_did, o.did FROM unnest($1::text[], $2::text[]) AS o (user_did, did)
        ORDER BY o.user_did, o.did
        ON CONFLICT (user_did, did) DO UPDATE SET is_low = s.is_low",
        &users as &[&str],
        &dids as &[&str],
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Forgets a device that was deleted.
pub async fn forget(conn: &mut PgConnection, user_did: &str, did: &str) -> Result<(), StoreError> {
    sqlx::query!(
        "-- key_package_stock.forget\nDELETE FROM key_package_stocks WHERE user_did = $1 AND did = $2",
        user_did,
        did,
    )
    .execute(conn)
    .await?;
    Ok(())
}

fn columns(owners: &[Owner]) -> (Vec<&str>, Vec<&str>) {
    owners.iter().map(|owner| (owner.user_did.as_str(), owner.did.as_str())).unzip()
}

//! Telling the owners of key packages that they run out: because they are used up, or because they expire.

use sqlx::PgConnection;

use super::{
    StoreError, Timestamp,
    events::{self, Alert, NewEvent, Occurrence},
};

/// A device by the identity in its credential.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Owner {
    pub user_did: String,
    pub did: String,
}

/// Tells the users of those devices that have fewer than `threshold` left, and that have not been told so since they last
/// had enough. Notes when expiry alone will make others low.
pub async fn tell_if_low(
    conn: &mut PgConnection,
    owners: &[Owner],
    threshold: i64,
    now: Timestamp,
    at: Timestamp,
) -> Result<(), StoreError> {
    lock(conn, owners).await?;
    for owner in running_low(conn, owners, threshold, now).await? {
        let alert = NewEvent::new(Occurrence::Alert(Alert::KeyPackagesLow), owner.user_did);
        events::write_private(conn, &alert, at).await?;
    }
    Ok(())
}

async fn running_low(
    conn: &mut PgConnection,
    owners: &[Owner],
    threshold: i64,
    now: Timestamp,
) -> Result<Vec<Owner>, StoreError> {
    let (users, dids) = columns(owners);
    Ok(sqlx::query_as!(
        Owner,
        r#"-- key_package_alerts.running_low
        WITH looked AS (
            SELECT s.user_did, s.did, s.is_low, k.usable < $3::bigint AS runs_low, k.low_at
            FROM key_package_stocks s
            CROSS JOIN LATERAL (
                -- With the last but threshold - 1 of those that expire, fewer than threshold are left.
                SELECT count(*) AS usable,
                    (array_agg(p.expires_at ORDER BY p.expires_at DESC))[greatest($3::bigint, 1)::integer] AS low_at
                FROM key_packages p
                WHERE p.user_did = s.user_did AND p.did = s.did AND p.consumed_at IS NULL AND p.expires_at > $4
                    AND NOT p.for_rejoin) k
            WHERE (s.user_did, s.did) IN (SELECT * FROM unnest($1::text[], $2::text[]))
        ), noted AS (
            UPDATE key_package_stocks s SET is_low = s.is_low OR l.runs_low, low_at = l.low_at
            FROM looked l WHERE s.user_did = l.user_did AND s.did = l.did
        )
        SELECT user_did, did FROM looked WHERE runs_low AND NOT is_low ORDER BY user_did, did"#,
        &users as &[&str],
        &dids as &[&str],
        threshold,
        now,
    )
    .fetch_all(conn)
    .await?)
}

/// Notes what was published or deleted: a device that has enough again is worth an alert the next time it has not.
pub async fn replenished(
    conn: &mut PgConnection,
    owners: &[Owner],
    threshold: i64,
    now: Timestamp,
) -> Result<(), StoreError> {
    lock(conn, owners).await?;
    let (users, dids) = columns(owners);
    sqlx::query!(
        "-- key_package_alerts.replenished
        UPDATE key_package_stocks s SET is_low = s.is_low AND k.usable < $3::bigint, low_at = k.low_at
        FROM (
            SELECT o.user_did, o.did, count(p.expires_at) AS usable,
                (array_agg(p.expires_at ORDER BY p.expires_at DESC))[greatest($3::bigint, 1)::integer] AS low_at
            FROM (SELECT DISTINCT * FROM unnest($1::text[], $2::text[])) AS o (user_did, did)
            LEFT JOIN key_packages p ON p.user_did = o.user_did AND p.did = o.did AND p.consumed_at IS NULL
                AND p.expires_at > $4 AND NOT p.for_rejoin
            GROUP BY o.user_did, o.did) k
        WHERE s.user_did = k.user_did AND s.did = k.did",
        &users as &[&str],
        &dids as &[&str],
        threshold,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Locks some of the devices that may have become low because key packages have expired. Those that somebody is at already
/// are left to them.
pub async fn due(conn: &mut PgConnection, now: Timestamp, limit: i64) -> Result<Vec<Owner>, StoreError> {
    Ok(sqlx::query_as!(
        Owner,
        "-- key_package_alerts.due
        SELECT user_did, did FROM key_package_stocks WHERE low_at <= $1
        ORDER BY low_at LIMIT $2 FOR UPDATE SKIP LOCKED",
        now,
        limit,
    )
    .fetch_all(conn)
    .await?)
}

/// Has all who change a stock take turns at looking at it, in one order, and the last one see what the others did.
async fn lock(conn: &mut PgConnection, owners: &[Owner]) -> Result<(), StoreError> {
    let (users, dids) = columns(owners);
    sqlx::query!(
        "-- key_package_alerts.lock
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
        "-- key_package_alerts.forget\nDELETE FROM key_package_stocks WHERE user_did = $1 AND did = $2",
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

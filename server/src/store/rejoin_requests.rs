//! Requests of members to have a device added anew.

use sqlx::PgConnection;
use uuid::Uuid;

use super::{StoreError, Timestamp};

/// A request, open until it is approved.
#[derive(Clone, Debug)]
pub struct RejoinRequest {
    pub request_id: Uuid,
    /// The key package left with it.
    pub key_package_hash: Option<Vec<u8>>,
    pub approved_at: Option<Timestamp>,
    /// When the other members were told last.
    pub told_at: Timestamp,
}

/// A request to be kept.
#[derive(Clone, Copy, Debug)]
pub struct NewRequest<'a> {
    pub request_id: Uuid,
    pub user_did: &'a str,
    pub did: &'a str,
    pub key_package_hash: &'a [u8],
    pub reason: Option<&'a str>,
    pub at: Timestamp,
    /// When the other members are or were told.
    pub told_at: Timestamp,
}

/// The latest request of a device.
pub async fn find(conn: &mut PgConnection, convo_id: &str, did: &str) -> Result<Option<RejoinRequest>, StoreError> {
    Ok(sqlx::query_as!(
        RejoinRequest,
        r#"-- rejoin_requests.find
        SELECT request_id, key_package_hash, approved_at, coalesce(told_at, requested_at) AS "told_at!"
        FROM rejoin_requests WHERE convo_id = $1 AND did = $2"#,
        convo_id,
        did,
    )
    .fetch_optional(conn)
    .await?)
}

/// Opens a request of a device, in the place of an earlier one.
pub async fn open(conn: &mut PgConnection, convo_id: &str, new: NewRequest<'_>) -> Result<(), StoreError> {
    sqlx::query!(
        "-- rejoin_requests.open
        INSERT INTO rejoin_requests (convo_id, user_did, did, request_id, key_package_hash, reason, requested_at, told_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (convo_id, did) DO UPDATE SET
            request_id = excluded.request_id, key_package_hash = excluded.key_package_hash, reason = excluded.reason,
            requested_at = excluded.requested_at, told_at = excluded.told_at, approved_at = NULL",
        convo_id,
        new.user_did,
        new.did,
        new.request_id,
        new.key_package_hash,
        new.reason,
        new.at,
        new.told_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A member's devices that ask together, without key packages of their own.
#[derive(Clone, Copy, Debug)]
pub struct Askers<'a> {
    pub user_did: &'a str,
    /// These of them, by their credentials; else all.
    pub dids: Option<&'a [String]>,
    pub reason: Option<&'a str>,
    pub at: Timestamp,
}

/// Opens a request of each of these devices that is a member and has none open; returns how many that were.
pub async fn open_several(
    conn: &mut PgConnection,
    convo_id: &str,
    askers: Askers<'_>,
    request_id: Uuid,
) -> Result<u64, StoreError> {
    let opened = sqlx::query!(
        "-- rejoin_requests.open_several
        INSERT INTO rejoin_requests (convo_id, user_did, did, request_id, reason, requested_at, told_at)
        SELECT convo_id, user_did, did, $3, $4, $5, $5 FROM members
        WHERE convo_id = $1 AND user_did = $2 AND left_at IS NULL AND ($6::text[] IS NULL OR did = ANY ($6))
        ON CONFLICT (convo_id, did) DO UPDATE SET
            request_id = excluded.request_id, key_package_hash = NULL, reason = excluded.reason,
            requested_at = excluded.requested_at, told_at = excluded.told_at, approved_at = NULL
        WHERE rejoin_requests.approved_at IS NOT NULL",
        convo_id,
        askers.user_did,
        request_id,
        askers.reason,
        askers.at,
        askers.dids,
    )
    .execute(conn)
    .await?;
    Ok(opened.rows_affected())
}

/// Notes that members are told anew of the open requests of these devices that they were told of before `last`; returns how
/// many there are.
pub async fn remind(
    conn: &mut PgConnection,
    convo_id: &str,
    askers: Askers<'_>,
    last: Timestamp,
) -> Result<u64, StoreError> {
    let reminded = sqlx::query!(
        "-- rejoin_requests.remind
        UPDATE rejoin_requests SET told_at = $3
        WHERE convo_id = $1 AND user_did = $2 AND approved_at IS NULL AND coalesce(told_at, requested_at) <= $4
            AND ($5::text[] IS NULL OR did = ANY ($5))",
        convo_id,
        askers.user_did,
        askers.at,
        last,
        askers.dids,
    )
    .execute(conn)
    .await?;
    Ok(reminded.rows_affected())
}

/// Which of these devices have an open request that one of these key packages answers: one that the device has left with a
/// request, this or another, or any where the one left with this can't be used any more.
pub async fn answered_by(
    conn: &mut PgConnection,
    convo_id: &str,
    dids: &[String],
    hashes: &[Vec<u8>],
    now: Timestamp,
) -> Result<Vec<String>, StoreError> {
    Ok(sqlx::query_scalar!(
        "-- rejoin_requests.answered_by
        SELECT r.did FROM rejoin_requests r
        LEFT JOIN key_packages k ON k.hash = r.key_package_hash AND k.consumed_at IS NULL AND k.expires_at > $4
        WHERE r.convo_id = $1 AND r.did = ANY($2) AND r.approved_at IS NULL AND (k.hash IS NULL OR EXISTS (
            SELECT FROM key_packages g WHERE g.hash = ANY($3) AND g.did = r.did AND g.for_rejoin))",
        convo_id,
        dids,
        hashes,
        now,
    )
    .fetch_all(conn)
    .await?)
}

/// Where these key packages, which bring devices back to a conversation, were left for others, has those go on with the ones
/// left for this one: each request keeps one that can be used. Rows are locked in one order.
pub async fn exchange(
    conn: &mut PgConnection,
    convo_id: &str,
    dids: &[String],
    hashes: &[Vec<u8>],
) -> Result<(), StoreError> {
    sqlx::query!(
        "-- rejoin_requests.exchange
        WITH open AS MATERIALIZED (
            SELECT convo_id, did, key_package_hash FROM rejoin_requests
            WHERE did = ANY($2) AND approved_at IS NULL AND user_did = ANY (ARRAY(
                SELECT user_did FROM rejoin_requests WHERE convo_id = $1 AND did = ANY($2)))
            ORDER BY did, convo_id FOR UPDATE
        )
        UPDATE rejoin_requests r SET key_package_hash = here.key_package_hash
        FROM open o JOIN open here USING (did)
        WHERE r.convo_id = o.convo_id AND r.did = o.did AND o.convo_id <> $1 AND o.key_package_hash = ANY($3)
            AND here.convo_id = $1 AND here.key_package_hash <> ALL($3)",
        convo_id,
        dids,
        hashes,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Settles the open requests of devices that are in the group again; returns those.
pub async fn settle(
    conn: &mut PgConnection,
    convo_id: &str,
    dids: &[String],
    at: Timestamp,
) -> Result<Vec<String>, StoreError> {
    Ok(sqlx::query_scalar!(
        "-- rejoin_requests.settle
        UPDATE rejoin_requests SET approved_at = $3
        WHERE convo_id = $1 AND did = ANY($2) AND approved_at IS NULL
        RETURNING did",
        convo_id,
        dids,
        at,
    )
    .fetch_all(conn)
    .await?)
}

/// Drops the requests of users who are no longer members.
pub async fn drop_of_users(conn: &mut PgConnection, convo_id: &str, user_dids: &[String]) -> Result<(), StoreError> {
    sqlx::query!(
        "-- rejoin_requests.drop_of_users
        DELETE FROM rejoin_requests WHERE convo_id = $1 AND user_did = ANY($2)",
        convo_id,
        user_dids,
    )
    .execute(conn)
    .await?;
    Ok(())
}

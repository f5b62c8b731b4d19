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
}

/// The latest request of a device.
pub async fn find(conn: &mut PgConnection, convo_id: &str, did: &str) -> Result<Option<RejoinRequest>, StoreError> {
    Ok(sqlx::query_as!(
        RejoinRequest,
        "-- rejoin_requests.find
        SELECT request_id, key_package_hash, approved_at FROM rejoin_requests WHERE convo_id = $1 AND did = $2",
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
        INSERT INTO rejoin_requests (convo_id, user_did, did, request_id, key_package_hash, reason, requested_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (convo_id, did) DO UPDATE SET
            request_id = excluded.request_id, key_package_hash = excluded.key_package_hash, reason = excluded.reason,
            requested_at = excluded.requested_at, approved_at = NULL",
        convo_id,
        new.user_did,
        new.did,
        new.request_id,
        new.key_package_hash,
        new.reason,
        new.at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Opens a request of each device of a member that has none open, without a key package.
pub async fn open_all(
    conn: &mut PgConnection,
    convo_id: &str,
    user_did: &str,
    request_id: Uuid,
    at: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query!(
        "-- rejoin_requests.open_all
        INSERT INTO rejoin_requests (convo_id, user_did, did, request_id, requested_at)
        SELECT convo_id, user_did, did, $3, $4 FROM members WHERE convo_id = $1 AND user_did = $2 AND left_at IS NULL
        ON CONFLICT (convo_id, did) DO UPDATE SET
            request_id = excluded.request_id, key_package_hash = NULL, reason = NULL,
            requested_at = excluded.requested_at, approved_at = NULL
        WHERE rejoin_requests.approved_at IS NOT NULL",
        convo_id,
        user_did,
        request_id,
        at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Which of these devices have an open request.
pub async fn open_among(conn: &mut PgConnection, convo_id: &str, dids: &[String]) -> Result<Vec<String>, StoreError> {
    Ok(sqlx::query_scalar!(
        "-- rejoin_requests.open_among
        SELECT did FROM rejoin_requests WHERE convo_id = $1 AND did = ANY($2) AND approved_at IS NULL",
        convo_id,
        dids,
    )
    .fetch_all(conn)
    .await?)
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

//! Welcomes: kept for each device they are for until that device has confirmed.

use sqlx::PgConnection;
use uuid::Uuid;

use super::{StoreError, Timestamp, key_packages::Taken};

/// Stores a Welcome for the devices whose key packages it answers.
pub async fn store(
    conn: &mut PgConnection,
    convo_id: &str,
    content: &[u8],
    recipients: &[Taken],
    now: Timestamp,
) -> Result<(), StoreError> {
    let hashes: Vec<_> = recipients.iter().map(|taken| taken.hash.clone()).collect();
    let users: Vec<_> = recipients.iter().map(|taken| taken.user_did.clone()).collect();
    let dids: Vec<_> = recipients.iter().map(|taken| taken.did.clone()).collect();
    sqlx::query!(
        "-- welcomes.store
        WITH welcome AS (
            INSERT INTO welcomes (convo_id, welcome_id, content, created_at) VALUES ($1, $2, $3, $4)
            RETURNING convo_id, welcome_id
        )
        INSERT INTO welcome_recipients (convo_id, welcome_id, key_package_hash, user_did, did)
        SELECT w.convo_id, w.welcome_id, r.hash, r.user_did, r.did
        FROM welcome w CROSS JOIN unnest($5::bytea[], $6::text[], $7::text[]) AS r (hash, user_did, did)",
        convo_id,
        Uuid::new_v4(),
        content,
        now,
        &hashes,
        &users,
        &dids,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The newest Welcome for a user that one of their devices has not confirmed.
pub async fn newest_waiting(
    conn: &mut PgConnection,
    convo_id: &str,
    user_did: &str,
) -> Result<Option<Vec<u8>>, StoreError> {
    Ok(sqlx::query_scalar!(
        "-- welcomes.newest_waiting
        SELECT w.content FROM welcomes w JOIN welcome_recipients r USING (convo_id, welcome_id)
        WHERE r.convo_id = $1 AND r.user_did = $2 AND r.confirmed_at IS NULL
        ORDER BY w.position DESC LIMIT 1",
        convo_id,
        user_did,
    )
    .fetch_optional(conn)
    .await?)
}

/// Settles the newest waiting Welcome for one device of the user; false when none waits. The row is locked, so that two
/// devices that confirm at once settle one each.
pub async fn confirm(
    conn: &mut PgConnection,
    convo_id: &str,
    user_did: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let settled = sqlx::query!(
        "-- welcomes.confirm
        UPDATE welcome_recipients SET confirmed_at = $3
        WHERE (convo_id, welcome_id, key_package_hash) = (
            SELECT r.convo_id, r.welcome_id, r.key_package_hash
            FROM welcome_recipients r JOIN welcomes w USING (convo_id, welcome_id)
            WHERE r.convo_id = $1 AND r.user_did = $2 AND r.confirmed_at IS NULL
            ORDER BY w.position DESC, r.key_package_hash LIMIT 1
            FOR UPDATE OF r SKIP LOCKED)",
        convo_id,
        user_did,
        now,
    )
    .execute(conn)
    .await?;
    Ok(settled.rows_affected() > 0)
}

/// Records that a device could not use the newest waiting Welcome, which stays available; false when none waits.
pub async fn record_failure(
    conn: &mut PgConnection,
    convo_id: &str,
    user_did: &str,
    failure: Option<&str>,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let recorded = sqlx::query!(
        "-- welcomes.record_failure
        UPDATE welcome_recipients SET failed_at = $3, failure = $4
        WHERE (convo_id, welcome_id, key_package_hash) = (
            SELECT r.convo_id, r.welcome_id, r.key_package_hash
            FROM welcome_recipients r JOIN welcomes w USING (convo_id, welcome_id)
            WHERE r.convo_id = $1 AND r.user_did = $2 AND r.confirmed_at IS NULL
            ORDER BY w.position DESC, r.key_package_hash LIMIT 1)",
        convo_id,
        user_did,
        now,
        failure,
    )
    .execute(conn)
    .await?;
    Ok(recorded.rows_affected() > 0)
}

/// Takes back the waiting Welcomes of users who are no longer members: they would lead into an epoch that is not theirs.
pub async fn withdraw(conn: &mut PgConnection, convo_id: &str, user_dids: &[String]) -> Result<(), StoreError> {
    sqlx::query!(
        "-- welcomes.withdraw
        DELETE FROM welcome_recipients WHERE convo_id = $1 AND user_did = ANY($2) AND confirmed_at IS NULL",
        convo_id,
        user_dids,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Whether the user has ever confirmed a Welcome to the conversation.
pub async fn was_confirmed(conn: &mut PgConnection, convo_id: &str, user_did: &str) -> Result<bool, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"-- welcomes.was_confirmed
        SELECT EXISTS (
            SELECT FROM welcome_recipients WHERE convo_id = $1 AND user_did = $2 AND confirmed_at IS NOT NULL) AS "yes!""#,
        convo_id,
        user_did,
    )
    .fetch_one(conn)
    .await?)
}

//! Welcomes: kept for each device they are for until that device has confirmed.

use sqlx::PgConnection;
use uuid::Uuid;

use super::{StoreError, Timestamp, key_package_use::Taken};

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

/// Gives out a Welcome that one of the user's devices has not confirmed: the newest, but one that a device could not use
/// after those that none has tried. Notes that it was given out.
pub async fn serve(
    conn: &mut PgConnection,
    convo_id: &str,
    user_did: &str,
    now: Timestamp,
) -> Result<Option<Vec<u8>>, StoreError> {
    Ok(sqlx::query_scalar!(
        "-- welcomes.serve
        WITH given AS (
            SELECT r.welcome_id FROM welcome_recipients r JOIN welcomes w USING (convo_id, welcome_id)
            WHERE r.convo_id = $1 AND r.user_did = $2 AND r.confirmed_at IS NULL
            ORDER BY r.failed_at NULLS FIRST, w.position DESC LIMIT 1
        ), noted AS (
            UPDATE welcome_recipients SET served_at = $3
            WHERE convo_id = $1 AND user_did = $2 AND welcome_id IN (SELECT welcome_id FROM given)
        )
        SELECT w.content FROM welcomes w JOIN given USING (welcome_id) WHERE w.convo_id = $1",
        convo_id,
        user_did,
        now,
    )
    .fetch_optional(conn)
    .await?)
}

/// Settles, for one device of the user, the Welcome that was given out last; false when none was given out since the last
/// confirmation.
///
/// Nobody can tell from which of a user's devices a confirmation comes, nor whether it is a repetition. So a confirmation
/// uses up what was given out: a repetition finds nothing to settle. And of a Welcome for several devices the last one's row
/// is never settled, since the other device may have fetched it before. Such a row goes when Welcomes of its age do.
pub async fn confirm(
    conn: &mut PgConnection,
    convo_id: &str,
    user_did: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let settled = sqlx::query!(
        "-- welcomes.confirm
        WITH meant AS (
            SELECT r.welcome_id, r.key_package_hash,
                count(*) OVER (PARTITION BY r.welcome_id) AS waiting,
                (SELECT count(*) FROM welcome_recipients a
                    WHERE a.convo_id = $1 AND a.user_did = $2 AND a.welcome_id = r.welcome_id) AS devices
            FROM welcome_recipients r JOIN welcomes w USING (convo_id, welcome_id)
            WHERE r.convo_id = $1 AND r.user_did = $2 AND r.confirmed_at IS NULL AND r.served_at IS NOT NULL
            ORDER BY r.served_at DESC, r.failed_at NULLS FIRST, w.position DESC, r.key_package_hash LIMIT 1
        )
        UPDATE welcome_recipients r SET
            served_at = NULL,
            confirmed_at = CASE
                WHEN r.welcome_id = m.welcome_id AND r.key_package_hash = m.key_package_hash
                    AND (m.devices = 1 OR m.waiting > 1) THEN $3::timestamptz END
        FROM meant m
        WHERE r.convo_id = $1 AND r.user_did = $2 AND r.confirmed_at IS NULL",
        convo_id,
        user_did,
        now,
    )
    .execute(conn)
    .await?;
    Ok(settled.rows_affected() > 0)
}

/// Records that a device could not use the Welcome that was given out last, or else the newest. It stays available, after
/// others; false when none waits.
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
        WHERE convo_id = $1 AND user_did = $2 AND confirmed_at IS NULL AND welcome_id = (
            SELECT r.welcome_id FROM welcome_recipients r JOIN welcomes w USING (convo_id, welcome_id)
            WHERE r.convo_id = $1 AND r.user_did = $2 AND r.confirmed_at IS NULL
            ORDER BY r.served_at DESC NULLS LAST, r.failed_at NULLS FIRST, w.position DESC LIMIT 1)",
        convo_id,
        user_did,
        now,
        failure,
    )
    .execute(conn)
    .await?;
    Ok(recorded.rows_affected() > 0)
}

/// A Welcome that was taken back from a device.
#[derive(Debug)]
pub struct TakenBack {
    pub welcome_id: Uuid,
    /// The device's credential.
    pub did: String,
}

/// Takes back, from all devices of the user that have not confirmed it, the Welcome that was given out last. As with a
/// confirmation, that uses up what was given out: a repetition finds nothing to take back.
pub async fn take_back_served(
    conn: &mut PgConnection,
    convo_id: &str,
    user_did: &str,
) -> Result<Vec<TakenBack>, StoreError> {
    Ok(sqlx::query_as!(
        TakenBack,
        "-- welcomes.take_back_served
        WITH meant AS (
            SELECT r.welcome_id FROM welcome_recipients r JOIN welcomes w USING (convo_id, welcome_id)
            WHERE r.convo_id = $1 AND r.user_did = $2 AND r.confirmed_at IS NULL AND r.served_at IS NOT NULL
            ORDER BY r.served_at DESC, r.failed_at NULLS FIRST, w.position DESC LIMIT 1
        ), others AS (
            UPDATE welcome_recipients SET served_at = NULL
            WHERE convo_id = $1 AND user_did = $2 AND confirmed_at IS NULL
                AND welcome_id NOT IN (SELECT welcome_id FROM meant)
        )
        DELETE FROM welcome_recipients r USING meant m
        WHERE r.convo_id = $1 AND r.user_did = $2 AND r.confirmed_at IS NULL AND r.welcome_id = m.welcome_id
        RETURNING r.welcome_id, r.did",
        convo_id,
        user_did,
    )
    .fetch_all(conn)
    .await?)
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

/// Takes back the waiting Welcomes of devices, by their credentials.
pub async fn withdraw_from_devices(conn: &mut PgConnection, convo_id: &str, dids: &[String]) -> Result<(), StoreError> {
    sqlx::query!(
        "-- welcomes.withdraw_from_devices
        DELETE FROM welcome_recipients WHERE convo_id = $1 AND did = ANY($2) AND confirmed_at IS NULL",
        convo_id,
        dids,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Whether a Welcome waits for a device that it hasn't reported as of no use.
pub async fn waits_for(conn: &mut PgConnection, convo_id: &str, did: &str) -> Result<bool, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"-- welcomes.waits_for
        SELECT EXISTS (
            SELECT FROM welcome_recipients
            WHERE convo_id = $1 AND did = $2 AND confirmed_at IS NULL AND failed_at IS NULL) AS "yes!""#,
        convo_id,
        did,
    )
    .fetch_one(conn)
    .await?)
}

/// Whether the user has confirmed a Welcome of their current membership.
pub async fn was_confirmed(conn: &mut PgConnection, convo_id: &str, user_did: &str) -> Result<bool, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"-- welcomes.was_confirmed
        SELECT EXISTS (
            SELECT FROM welcome_recipients r JOIN welcomes w USING (convo_id, welcome_id)
            WHERE r.convo_id = $1 AND r.user_did = $2 AND r.confirmed_at IS NOT NULL AND w.created_at >= (
                SELECT min(m.joined_at) FROM members m
                WHERE m.convo_id = $1 AND m.user_did = $2 AND m.left_at IS NULL)) AS "yes!""#,
        convo_id,
        user_did,
    )
    .fetch_one(conn)
    .await?)
}

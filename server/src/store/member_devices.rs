//! Members and their devices: which device a membership is by, and how it goes over to others.

use sqlx::PgConnection;

use super::StoreError;

/// Notes by which device a user is a member who is listed without one, such as who made the conversation; unless the
/// device is listed beside them.
pub async fn name(conn: &mut PgConnection, convo_id: &str, user_did: &str, device_id: &str) -> Result<(), StoreError> {
    sqlx::query!(
        "-- member_devices.name
        UPDATE members SET device_id = $3
        WHERE convo_id = $1 AND did = $2 AND device_id IS NULL AND left_at IS NULL AND NOT EXISTS (
            SELECT FROM members o WHERE o.convo_id = $1 AND o.did = $2 || '#' || $3 AND o.left_at IS NULL)",
        convo_id,
        user_did,
        device_id,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes a device out of its user's memberships. The user stays a member and loses nothing: role, positions and the part
/// of the log that they may read go to their other devices, or to themselves if there are none. Returns the
/// conversations, whose rows the caller has locked.
///
/// A client under the user's bare DID can't be told from the user: that membership stays, without the device's name.
pub async fn release_device(
    conn: &mut PgConnection,
    user_did: &str,
    device_id: &str,
    did: &str,
) -> Result<Vec<String>, StoreError> {
    sqlx::query!(
        "-- member_devices.release_device (lock)
        SELECT FROM members WHERE user_did = $1 AND left_at IS NULL AND convo_id IN (
            SELECT convo_id FROM members WHERE user_did = $1 AND did = $2 AND left_at IS NULL)
        ORDER BY convo_id, did FOR UPDATE",
        user_did,
        did,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "-- member_devices.release_device (bare DID)
        UPDATE members SET device_id = NULL WHERE user_did = $1 AND did = $1 AND device_id = $2",
        user_did,
        device_id,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "-- member_devices.release_device (to other devices)
        UPDATE members h SET
            is_admin = h.is_admin OR g.is_admin, is_moderator = h.is_moderator OR g.is_moderator,
            joined_seq = least(h.joined_seq, g.joined_seq), joined_event = least(h.joined_event, g.joined_event),
            read_seq = greatest(h.read_seq, g.read_seq), read_app_count = greatest(h.read_app_count, g.read_app_count),
            delivered_seq = greatest(h.delivered_seq, g.delivered_seq),
            read_event_txid = greatest(h.read_event_txid, g.read_event_txid)
        FROM members g
        WHERE g.user_did = $1 AND g.did = $2 AND g.left_at IS NULL
            AND h.convo_id = g.convo_id AND h.user_did = $1 AND h.did <> $2 AND h.left_at IS NULL",
        user_did,
        did,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "-- member_devices.release_device (to the user)
        INSERT INTO members
            (convo_id, did, user_did, is_admin, is_moderator, promoted_at, promoted_by, joined_at, joined_seq,
             joined_event, read_seq, read_app_count, delivered_seq, read_event_txid)
        SELECT g.convo_id, $1, $1, g.is_admin, g.is_moderator, g.promoted_at, g.promoted_by, g.joined_at, g.joined_seq,
            g.joined_event, g.read_seq, g.read_app_count, g.delivered_seq, g.read_event_txid
        FROM members g
        WHERE g.user_did = $1 AND g.did = $2 AND g.left_at IS NULL AND NOT EXISTS (
            SELECT FROM members h
            WHERE h.convo_id = g.convo_id AND h.user_did = $1 AND h.did <> $2 AND h.left_at IS NULL)
        -- The user was a member without a device before, and left.
        ON CONFLICT (convo_id, did) DO UPDATE SET
            device_id = NULL, is_admin = excluded.is_admin, is_moderator = excluded.is_moderator,
            promoted_at = excluded.promoted_at, promoted_by = excluded.promoted_by, joined_at = excluded.joined_at,
            joined_seq = excluded.joined_seq, joined_event = excluded.joined_event, left_at = NULL, left_seq = NULL,
            left_event = NULL, left_event_txid = NULL, read_seq = excluded.read_seq,
            read_app_count = excluded.read_app_count, delivered_seq = excluded.delivered_seq,
            read_event_txid = excluded.read_event_txid",
        user_did,
        did,
    )
    .execute(&mut *conn)
    .await?;
    Ok(sqlx::query_scalar!(
        "-- member_devices.release_device
        DELETE FROM members WHERE user_did = $1 AND did = $2 AND left_at IS NULL RETURNING convo_id",
        user_did,
        did,
    )
    .fetch_all(conn)
    .await?)
}

/// Whether a device is a member of any conversation.
pub async fn has(conn: &mut PgConnection, user_did: &str, did: &str) -> Result<bool, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"-- member_devices.has
        SELECT EXISTS (SELECT FROM members WHERE user_did = $1 AND did = $2 AND left_at IS NULL) AS "yes!""#,
        user_did,
        did,
    )
    .fetch_one(conn)
    .await?)
}

/// Puts one device of a user in the place of another, which is listed no more: role, positions and the part of the log
/// that they may read go over. Both are in the conversation.
pub async fn hand_over(
    conn: &mut PgConnection,
    convo_id: &str,
    from_did: &str,
    to_did: &str,
) -> Result<(), StoreError> {
    sqlx::query!(
        "-- member_devices.hand_over (lock)
        SELECT FROM members WHERE convo_id = $1 AND did IN ($2, $3) ORDER BY did FOR UPDATE",
        convo_id,
        from_did,
        to_did,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "-- member_devices.hand_over
        WITH gone AS (
            DELETE FROM members WHERE convo_id = $1 AND did = $2 AND left_at IS NULL RETURNING *
        )
        UPDATE members m SET
            is_admin = m.is_admin OR g.is_admin, is_moderator = m.is_moderator OR g.is_moderator,
            promoted_at = coalesce(m.promoted_at, g.promoted_at), promoted_by = coalesce(m.promoted_by, g.promoted_by),
            joined_seq = least(m.joined_seq, g.joined_seq), joined_event = least(m.joined_event, g.joined_event),
            read_seq = greatest(m.read_seq, g.read_seq), read_app_count = greatest(m.read_app_count, g.read_app_count),
            delivered_seq = greatest(m.delivered_seq, g.delivered_seq),
            read_event_txid = greatest(m.read_event_txid, g.read_event_txid)
        FROM gone g WHERE m.convo_id = $1 AND m.did = $3 AND m.left_at IS NULL",
        convo_id,
        from_did,
        to_did,
    )
    .execute(conn)
    .await?;
    Ok(())
}

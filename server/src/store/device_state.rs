//! Where a user's devices are, and where they should be.

use sqlx::PgConnection;

use super::{StoreError, Timestamp};

/// Where a user's device is, and what is in store for it.
#[derive(Clone, Debug)]
pub struct State {
    pub is_registered: bool,
    /// Conversations that the user is in.
    pub convos: i64,
    /// Those of them that the device is in, or that the user is in without a device, which may be this one.
    pub convos_of_device: i64,
    /// Those that the device waits for and is not in.
    pub waiting: i64,
    /// Those where it asks to be added anew, by id.
    pub rejoining: Vec<String>,
    /// Usable key packages of all the user's devices.
    pub available: i64,
    /// Those of the device.
    pub of_device: i64,
}

/// Looks at a user's device, or at the user alone: then whatever is about the device is zero, and `rejoining` is about all
/// of them.
pub async fn state(
    conn: &mut PgConnection,
    user_did: &str,
    device_id: Option<&str>,
    now: Timestamp,
) -> Result<State, StoreError> {
    Ok(sqlx::query_as!(
        State,
        r#"-- device_state.state
        WITH convos AS (SELECT * FROM device_standing($1, $2)), stored AS (
            SELECT device_id FROM key_packages
            WHERE user_did = $1 AND consumed_at IS NULL AND expires_at > $3 AND NOT for_rejoin
        )
        SELECT EXISTS (SELECT FROM devices WHERE user_did = $1 AND device_id = $2) AS "is_registered!",
            (SELECT count(*) FROM convos) AS "convos!",
            (SELECT count(*) FROM convos WHERE is_in) AS "convos_of_device!",
            (SELECT count(*) FROM convos WHERE is_waiting) AS "waiting!",
            ARRAY(SELECT convo_id FROM convos WHERE asks_anew ORDER BY convo_id) AS "rejoining!",
            (SELECT count(*) FROM stored) AS "available!",
            (SELECT count(*) FROM stored WHERE device_id = $2) AS "of_device!""#,
        user_did,
        device_id,
        now,
    )
    .fetch_one(conn)
    .await?)
}

/// A conversation that a user is a member of, and how a device stands in it.
#[derive(Debug)]
pub struct Expected {
    pub convo_id: String,
    pub name: Option<String>,
    pub last_message_at: Option<Timestamp>,
    /// Users who are members.
    pub users: i64,
    /// Whether the device is listed; nothing without a device.
    pub is_in: Option<bool>,
    /// Whether it waits for a member to add it.
    pub is_waiting: bool,
    /// Whether it, or any device, asks to be added anew.
    pub asks_anew: bool,
}

/// All conversations that a user is a member of, by id.
pub async fn expected(
    conn: &mut PgConnection,
    user_did: &str,
    device_id: Option<&str>,
) -> Result<Vec<Expected>, StoreError> {
    Ok(sqlx::query_as!(
        Expected,
        r#"-- device_state.expected
        SELECT c.convo_id, c.name, c.last_message_at,
            (SELECT count(DISTINCT m.user_did) FROM members m WHERE m.convo_id = c.convo_id AND m.left_at IS NULL)
                AS "users!",
            s.is_in, s.is_waiting AS "is_waiting!", s.asks_anew AS "asks_anew!"
        FROM device_standing($1, $2) s JOIN conversations c USING (convo_id)
        WHERE c.deleted_at IS NULL
        ORDER BY c.convo_id"#,
        user_did,
        device_id,
    )
    .fetch_all(conn)
    .await?)
}

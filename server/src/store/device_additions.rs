//! Devices that wait to be added to conversations which their users are in already.

use sqlx::PgConnection;
use uuid::Uuid;

use super::{StoreError, Timestamp};

/// A device that waits, and who is at it.
#[derive(Debug)]
pub struct Addition {
    pub addition_id: Uuid,
    pub convo_id: String,
    pub user_did: String,
    pub device_id: String,
    pub device_name: Option<String>,
    pub created_at: Timestamp,
    /// Who has a claim that holds.
    pub claimed_by: Option<String>,
}

/// An addition as one member of its conversation finds it.
#[derive(Debug)]
pub struct Found {
    pub convo_id: String,
    pub cipher_suite: String,
    /// The conversation's.
    pub epoch: i64,
    pub user_did: String,
    pub device_id: String,
    /// Who claimed it last.
    pub claimed_by: Option<String>,
    pub claimed_until: Option<Timestamp>,
    pub is_done: bool,
}

impl Found {
    /// Who has a claim that holds now.
    pub fn holder(&self, now: Timestamp) -> Option<&str> {
        self.claimed_by.as_deref().filter(|_| self.claimed_until.is_some_and(|until| until > now))
    }
}

/// A conversation that a device waits for.
#[derive(Debug)]
pub struct Opened {
    pub convo_id: String,
    pub addition_id: Uuid,
}

/// Has a device wait to be added to each of its user's conversations that it isn't in. For those locked by the caller:
/// membership can't change meanwhile.
pub async fn open(
    conn: &mut PgConnection,
    user_did: &str,
    device_id: &str,
    mls_did: &str,
    convo_ids: &[String],
    now: Timestamp,
) -> Result<Vec<Opened>, StoreError> {
    Ok(sqlx::query_as!(
        Opened,
        "-- device_additions.open
        INSERT INTO device_additions (convo_id, user_did, device_id, addition_id, created_at)
        SELECT c.convo_id, $1, $2, gen_random_uuid(), $5
        FROM unnest($4::text[]) AS c (convo_id)
        WHERE EXISTS (
                SELECT FROM members m WHERE m.convo_id = c.convo_id AND m.user_did = $1 AND m.left_at IS NULL)
            AND NOT EXISTS (
                SELECT FROM members m
                WHERE m.convo_id = c.convo_id AND (m.did = $3 OR m.did = $1 AND m.device_id = $2) AND m.left_at IS NULL)
        ON CONFLICT (convo_id, user_did, device_id) DO NOTHING
        RETURNING convo_id, addition_id",
        user_did,
        device_id,
        mls_did,
        convo_ids,
        now,
    )
    .fetch_all(conn)
    .await?)
}

/// A device that was left behind when its user was added.
#[derive(Debug)]
pub struct LeftBehind {
    pub user_did: String,
    pub device_id: String,
    pub device_name: String,
    pub addition_id: Uuid,
}

/// Has all registered devices of users wait that were not added to a conversation together with them. Where a user is a
/// member without a device, nobody knows which of them that is, and none waits.
pub async fn open_rest(
    conn: &mut PgConnection,
    convo_id: &str,
    users: &[String],
    now: Timestamp,
) -> Result<Vec<LeftBehind>, StoreError> {
    Ok(sqlx::query_as!(
        LeftBehind,
        r#"-- device_additions.open_rest
        WITH opened AS (
            INSERT INTO device_additions (convo_id, user_did, device_id, addition_id, created_at)
            SELECT $1, d.user_did, d.device_id, gen_random_uuid(), $3
            FROM devices d
            WHERE d.user_did = ANY ($2) AND NOT EXISTS (
                SELECT FROM members m
                WHERE m.convo_id = $1 AND m.left_at IS NULL AND (m.did = d.user_did || '#' || d.device_id
                    OR m.did = d.user_did AND coalesce(m.device_id, d.device_id) = d.device_id))
            ON CONFLICT (convo_id, user_did, device_id) DO NOTHING
            RETURNING user_did, device_id, addition_id
        )
        SELECT o.user_did, o.device_id, d.device_name, o.addition_id FROM opened o JOIN devices d USING (user_did, device_id)
        ORDER BY o.user_did, o.device_id"#,
        convo_id,
        users,
        now,
    )
    .fetch_all(conn)
    .await?)
}

/// The conversations that a device waits for, by id.
pub async fn waiting_for(conn: &mut PgConnection, user_did: &str, device_id: &str) -> Result<Vec<String>, StoreError> {
    Ok(sqlx::query_scalar!(
        "-- device_additions.waiting_for
        SELECT convo_id FROM device_additions
        WHERE user_did = $1 AND device_id = $2 AND done_at IS NULL ORDER BY convo_id",
        user_did,
        device_id,
    )
    .fetch_all(conn)
    .await?)
}

/// What waits in the conversations of a member, in these alone if given, oldest first.
pub async fn page(
    conn: &mut PgConnection,
    member: &str,
    convo_ids: Option<&[String]>,
    limit: i64,
    now: Timestamp,
) -> Result<Vec<Addition>, StoreError> {
    Ok(sqlx::query_as!(
        Addition,
        r#"-- device_additions.page
        SELECT a.addition_id, a.convo_id, a.user_did, a.device_id, d.device_name AS "device_name?", a.created_at,
            CASE WHEN a.claimed_until > $4 THEN a.claimed_by END AS claimed_by
        FROM device_additions a LEFT JOIN devices d USING (user_did, device_id)
        WHERE a.done_at IS NULL AND a.convo_id IN (
            SELECT m.convo_id FROM members m
            WHERE m.user_did = $1 AND m.left_at IS NULL AND ($2::text[] IS NULL OR m.convo_id = ANY ($2)))
        ORDER BY a.created_at, a.addition_id LIMIT $3"#,
        member,
        convo_ids,
        limit,
        now,
    )
    .fetch_all(conn)
    .await?)
}

/// Finds an addition in a conversation of this member.
pub async fn find(conn: &mut PgConnection, member: &str, addition_id: Uuid) -> Result<Option<Found>, StoreError> {
    Ok(sqlx::query_as!(
        Found,
        r#"-- device_additions.find
        SELECT a.convo_id, c.cipher_suite, c.epoch, a.user_did, a.device_id, a.claimed_by, a.claimed_until,
            a.done_at IS NOT NULL AS "is_done!"
        FROM device_additions a JOIN conversations c USING (convo_id)
        WHERE a.addition_id = $2 AND c.deleted_at IS NULL AND EXISTS (
            SELECT FROM members m WHERE m.convo_id = a.convo_id AND m.user_did = $1 AND m.left_at IS NULL)"#,
        member,
        addition_id,
    )
    .fetch_optional(conn)
    .await?)
}

/// Claims an addition unless it is done or somebody else's claim holds: one statement, so that of several at once one
/// gets it. Whoever has had it for five minutes, renewals included, leaves it to others for a minute. False when the caller
/// doesn't get it.
pub async fn claim(
    conn: &mut PgConnection,
    member: &str,
    addition_id: Uuid,
    now: Timestamp,
    until: Timestamp,
) -> Result<bool, StoreError> {
    let claimed = sqlx::query!(
        "-- device_additions.claim
        UPDATE device_additions a SET
            claimed_by = $1, claimed_since = n.since, claimed_until = least($4, n.since + interval '5 minutes')
        FROM (
            SELECT addition_id, CASE
                WHEN claimed_by = $1 AND claimed_until > $3::timestamptz - interval '1 minute'
                    THEN coalesce(claimed_since, $3) ELSE $3 END AS since
            FROM device_additions WHERE addition_id = $2 FOR UPDATE) n
        WHERE a.addition_id = n.addition_id AND a.done_at IS NULL
            AND (a.claimed_by IS NULL OR a.claimed_by = $1 OR a.claimed_until <= $3)
            AND n.since > $3::timestamptz - interval '5 minutes'",
        member,
        addition_id,
        now,
        until,
    )
    .execute(conn)
    .await?;
    Ok(claimed.rows_affected() == 1)
}

/// Settles what waited for devices that have become members of a conversation.
pub async fn settle(
    conn: &mut PgConnection,
    convo_id: &str,
    users: &[String],
    device_ids: &[String],
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query!(
        "-- device_additions.settle
        UPDATE device_additions a SET done_at = $4
        FROM unnest($2::text[], $3::text[]) AS j (user_did, device_id)
        WHERE a.convo_id = $1 AND a.user_did = j.user_did AND a.device_id = j.device_id AND a.done_at IS NULL",
        convo_id,
        users,
        device_ids,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Drops what waits for devices of users who are no longer members of a conversation.
pub async fn drop_of_users(conn: &mut PgConnection, convo_id: &str, users: &[String]) -> Result<(), StoreError> {
    sqlx::query!(
        "-- device_additions.drop_of_users\nDELETE FROM device_additions WHERE convo_id = $1 AND user_did = ANY ($2)",
        convo_id,
        users,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Drops what waits for a device, and what was done for it.
pub async fn drop_of_device(conn: &mut PgConnection, user_did: &str, device_id: &str) -> Result<(), StoreError> {
    sqlx::query!(
        "-- device_additions.drop_of_device\nDELETE FROM device_additions WHERE user_did = $1 AND device_id = $2",
        user_did,
        device_id,
    )
    .execute(conn)
    .await?;
    Ok(())
}

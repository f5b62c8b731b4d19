//! Members: who is in a conversation, in which role, and which part of its log they may read.

use std::collections::HashMap;

use sqlx::PgConnection;

use super::{StoreError, Timestamp};

/// An active member: one device, or one user who never named a device.
#[derive(Clone, Debug)]
pub struct Member {
    pub convo_id: String,
    /// Credential identity: the user's DID, or `<user did>#<device id>`.
    pub did: String,
    pub user_did: String,
    pub device_id: Option<String>,
    pub device_name: Option<String>,
    pub is_admin: bool,
    pub is_moderator: bool,
    pub promoted_at: Option<Timestamp>,
    pub promoted_by: Option<String>,
    pub joined_at: Timestamp,
}

/// A member to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Joiner {
    pub did: String,
    pub user_did: String,
    pub device_id: Option<String>,
}

/// Where in the log somebody joins.
#[derive(Clone, Copy, Debug)]
pub struct JoinPoint {
    /// The joiner reads what comes after this seq.
    pub seq: i64,
    /// `conversations.app_count` at that point.
    pub app_count: i64,
    pub at: Timestamp,
}

/// What a user is to a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    NoConversation,
    Stranger,
    Former,
    Member(Role),
}

/// What a member may do: all that can be done, some of it, or nothing special. Never both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Role {
    pub is_admin: bool,
    pub is_moderator: bool,
}

impl Role {
    pub const ADMIN: Self = Self { is_admin: true, is_moderator: false };
    pub const MODERATOR: Self = Self { is_admin: false, is_moderator: true };
    pub const PLAIN: Self = Self { is_admin: false, is_moderator: false };
}

/// What a user is to a conversation, over all their devices.
pub async fn standing(conn: &mut PgConnection, convo_id: &str, user_did: &str) -> Result<Standing, StoreError> {
    let row = sqlx::query!(
        r#"-- members.standing
        SELECT count(m.did) AS "rows!", coalesce(bool_or(m.left_at IS NULL), false) AS "is_active!",
            coalesce(bool_or(m.is_admin AND m.left_at IS NULL), false) AS "is_admin!",
            coalesce(bool_or(m.is_moderator AND m.left_at IS NULL), false) AS "is_moderator!"
        FROM conversations c LEFT JOIN members m ON m.convo_id = c.convo_id AND m.user_did = $2
        WHERE c.convo_id = $1 AND c.deleted_at IS NULL
        GROUP BY c.convo_id"#,
        convo_id,
        user_did,
    )
    .fetch_optional(conn)
    .await?;
    Ok(match row {
        None => Standing::NoConversation,
        Some(row) if row.rows == 0 => Standing::Stranger,
        Some(row) if !row.is_active => Standing::Former,
        Some(row) => Standing::Member(Role { is_admin: row.is_admin, is_moderator: row.is_moderator }),
    })
}

/// Whether a user is a member of all these conversations.
pub async fn is_in_all(conn: &mut PgConnection, user_did: &str, convo_ids: &[String]) -> Result<bool, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"-- members.is_in_all
        SELECT NOT EXISTS (
            SELECT FROM unnest($2::text[]) AS c (convo_id) WHERE NOT EXISTS (
                SELECT FROM members m WHERE m.convo_id = c.convo_id AND m.user_did = $1 AND m.left_at IS NULL)) AS "yes!""#,
        user_did,
        convo_ids,
    )
    .fetch_one(conn)
    .await?)
}

/// The roles of those of the users who are members.
pub async fn roles(
    conn: &mut PgConnection,
    convo_id: &str,
    user_dids: &[String],
) -> Result<HashMap<String, Role>, StoreError> {
    let rows = sqlx::query!(
        r#"-- members.roles
        SELECT user_did, bool_or(is_admin) AS "is_admin!", bool_or(is_moderator) AS "is_moderator!"
        FROM members WHERE convo_id = $1 AND user_did = ANY($2) AND left_at IS NULL
        GROUP BY user_did"#,
        convo_id,
        user_dids,
    )
    .fetch_all(conn)
    .await?;
    let role = |is_admin, is_moderator| Role { is_admin, is_moderator };
    Ok(rows.into_iter().map(|row| (row.user_did, role(row.is_admin, row.is_moderator))).collect())
}

/// Gives a user another role, on all their devices. Admins remember who promoted them, and when.
pub async fn set_role(
    conn: &mut PgConnection,
    convo_id: &str,
    user_did: &str,
    role: Role,
    actor: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query!(
        "-- members.set_role
        WITH locked AS MATERIALIZED (
            SELECT did FROM members WHERE convo_id = $1 AND user_did = $2 AND left_at IS NULL
            ORDER BY did FOR NO KEY UPDATE
        )
        UPDATE members m SET is_admin = $3, is_moderator = $4,
            promoted_at = CASE WHEN $3 THEN $6::timestamptz END, promoted_by = CASE WHEN $3 THEN $5 END
        FROM locked l WHERE m.convo_id = $1 AND m.did = l.did",
        convo_id,
        user_did,
        role.is_admin,
        role.is_moderator,
        actor,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The users who are members of a conversation.
pub async fn users(conn: &mut PgConnection, convo_id: &str) -> Result<Vec<String>, StoreError> {
    Ok(sqlx::query_scalar!(
        "-- members.users
        SELECT DISTINCT user_did FROM members WHERE convo_id = $1 AND left_at IS NULL ORDER BY user_did",
        convo_id,
    )
    .fetch_all(conn)
    .await?)
}

/// Those of the users who are members now.
pub async fn still_in(
    conn: &mut PgConnection,
    convo_id: &str,
    user_dids: &[String],
) -> Result<Vec<String>, StoreError> {
    Ok(sqlx::query_scalar!(
        "-- members.still_in
        SELECT DISTINCT user_did FROM members WHERE convo_id = $1 AND user_did = ANY($2) AND left_at IS NULL",
        convo_id,
        user_dids,
    )
    .fetch_all(conn)
    .await?)
}

/// The active members of several conversations in one query, by conversation, oldest first within each; no more than so
/// many.
pub async fn active_in(conn: &mut PgConnection, convo_ids: &[String], limit: i64) -> Result<Vec<Member>, StoreError> {
    Ok(sqlx::query_as!(
        Member,
        r#"-- members.active_in
        SELECT m.convo_id, m.did, m.user_did, m.device_id, d.device_name AS "device_name?", m.is_admin, m.is_moderator,
            m.promoted_at, m.promoted_by, m.joined_at
        FROM members m LEFT JOIN devices d USING (user_did, device_id)
        WHERE m.convo_id = ANY($1) AND m.left_at IS NULL
        ORDER BY m.convo_id, m.joined_at, m.did
        LIMIT $2"#,
        convo_ids,
        limit,
    )
    .fetch_all(conn)
    .await?)
}

/// The creator's own row, as the admin of a conversation that has no entries yet.
pub async fn add_creator(
    conn: &mut PgConnection,
    convo_id: &str,
    user_did: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query!(
        "-- members.add_creator
        INSERT INTO members
            (convo_id, did, user_did, is_admin, joined_at, joined_seq, joined_event, read_seq, read_app_count,
             delivered_seq)
        VALUES ($1, $2, $2, true, $3, 0, 0, 0, 0, 0)",
        convo_id,
        user_did,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Adds members at one point of the log; their part of the stream begins with the event that is to tell of it. Somebody
/// who left before joins anew; a further device has its user's role and read position.
pub async fn join(
    conn: &mut PgConnection,
    convo_id: &str,
    joiners: &[Joiner],
    point: JoinPoint,
) -> Result<(), StoreError> {
    let dids: Vec<_> = joiners.iter().map(|joiner| joiner.did.clone()).collect();
    let users: Vec<_> = joiners.iter().map(|joiner| joiner.user_did.clone()).collect();
    let devices: Vec<_> = joiners.iter().map(|joiner| joiner.device_id.clone()).collect();
    sqlx::query!(
        "-- members.join
        INSERT INTO members
            (convo_id, did, user_did, device_id, is_admin, is_moderator, promoted_at, promoted_by, joined_at,
             joined_seq, read_seq, read_app_count, delivered_seq)
        SELECT $1, j.did, j.user_did, j.device_id, coalesce(own.is_admin, false), coalesce(own.is_moderator, false),
            own.promoted_at, own.promoted_by, $5, $6,
            coalesce(own.read_seq, $6), coalesce(own.read_app_count, $7), coalesce(own.delivered_seq, $6)
        FROM unnest($2::text[], $3::text[], $4::text[]) AS j (did, user_did, device_id)
        LEFT JOIN LATERAL (
            SELECT bool_or(m.is_admin) AS is_admin, bool_or(m.is_moderator) AS is_moderator,
                max(m.promoted_at) AS promoted_at, max(m.promoted_by) AS promoted_by,
                max(m.read_seq) AS read_seq, max(m.read_app_count) AS read_app_count,
                max(m.delivered_seq) AS delivered_seq
            FROM members m WHERE m.convo_id = $1 AND m.user_did = j.user_did AND m.left_at IS NULL) own ON true
        ORDER BY j.did
        ON CONFLICT (convo_id, did) DO UPDATE SET
            is_admin = excluded.is_admin, is_moderator = excluded.is_moderator,
            promoted_at = excluded.promoted_at, promoted_by = excluded.promoted_by,
            joined_at = excluded.joined_at, joined_seq = excluded.joined_seq, joined_event = NULL,
            left_at = NULL, left_seq = NULL, left_event = NULL, left_event_txid = NULL,
            read_seq = excluded.read_seq, read_app_count = excluded.read_app_count,
            delivered_seq = excluded.delivered_seq
        WHERE members.left_at IS NOT NULL",
        convo_id,
        &dids,
        &users,
        &devices as &[Option<String>],
        point.at,
        point.seq,
        point.app_count,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Ends the membership of users, all their devices at once. They read up to and including `last_seq`.
pub async fn leave(
    conn: &mut PgConnection,
    convo_id: &str,
    user_dids: &[String],
    last_seq: i64,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query!(
        "-- members.leave
        WITH locked AS MATERIALIZED (
            SELECT did FROM members WHERE convo_id = $1 AND user_did = ANY($2) AND left_at IS NULL
            ORDER BY did FOR NO KEY UPDATE
        )
        UPDATE members m SET left_at = $4, left_seq = $3 FROM locked l WHERE m.convo_id = $1 AND m.did = l.did",
        convo_id,
        user_dids,
        last_seq,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// How many are in a conversation.
#[derive(Clone, Copy, Debug)]
pub struct Census {
    /// Users apart from the one who asks.
    pub other_users: i64,
    /// The admins among them.
    pub other_admins: i64,
    /// Members: devices, and users without one. Whoever asks counts too.
    pub devices: i64,
}

/// Counts the active members of a conversation.
pub async fn census(conn: &mut PgConnection, convo_id: &str, actor: &str) -> Result<Census, StoreError> {
    Ok(sqlx::query_as!(
        Census,
        r#"-- members.census
        SELECT count(DISTINCT user_did) FILTER (WHERE user_did <> $2) AS "other_users!",
            count(DISTINCT user_did) FILTER (WHERE user_did <> $2 AND is_admin) AS "other_admins!",
            count(*) AS "devices!"
        FROM members WHERE convo_id = $1 AND left_at IS NULL"#,
        convo_id,
        actor,
    )
    .fetch_one(conn)
    .await?)
}

/// The first user who is a member by one of these credentials, or by any device of one of these users.
pub async fn first_active(
    conn: &mut PgConnection,
    convo_id: &str,
    dids: &[String],
    user_dids: &[String],
) -> Result<Option<String>, StoreError> {
    Ok(sqlx::query_scalar!(
        "-- members.first_active
        SELECT user_did FROM members
        WHERE convo_id = $1 AND left_at IS NULL AND (did = ANY($2) OR user_did = ANY($3))
        ORDER BY user_did LIMIT 1",
        convo_id,
        dids,
        user_dids,
    )
    .fetch_optional(conn)
    .await?)
}

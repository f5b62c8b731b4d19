//! Policies: what a conversation allows its members.

use sqlx::PgConnection;

use super::{StoreError, Timestamp};

/// What a conversation allows its members.
#[derive(Clone, Debug)]
pub struct Policy {
    pub allow_invites: bool,
    pub admin_only_invites: bool,
    pub allow_member_add: bool,
    pub allow_member_remove: bool,
    pub require_admin_approval: bool,
    pub max_members: i64,
    /// When it last changed, else when the conversation was created.
    pub updated_at: Timestamp,
    pub updated_by: Option<String>,
}

/// What is to change; the rest stays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PolicyChange {
    pub allow_invites: Option<bool>,
    pub admin_only_invites: Option<bool>,
    pub allow_member_add: Option<bool>,
    pub allow_member_remove: Option<bool>,
    pub require_admin_approval: Option<bool>,
    pub max_members: Option<i64>,
}

/// The policy of a conversation, whoever asks.
pub async fn of(conn: &mut PgConnection, convo_id: &str) -> Result<Option<Policy>, StoreError> {
    Ok(sqlx::query_as!(
        Policy,
        r#"-- policies.of
        SELECT allow_invites, admin_only_invites, allow_member_add, allow_member_remove, require_admin_approval,
            max_members, coalesce(policy_updated_at, created_at) AS "updated_at!", policy_updated_by AS updated_by
        FROM conversations WHERE convo_id = $1 AND deleted_at IS NULL"#,
        convo_id,
    )
    .fetch_optional(conn)
    .await?)
}

/// Changes the policy of a locked conversation; false when it says all of this already.
pub async fn update(
    conn: &mut PgConnection,
    convo_id: &str,
    change: &PolicyChange,
    actor: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let updated = sqlx::query!(
        "-- policies.update
        UPDATE conversations c SET
            allow_invites = n.allow_invites, admin_only_invites = n.admin_only_invites,
            allow_member_add = n.allow_member_add, allow_member_remove = n.allow_member_remove,
            require_admin_approval = n.require_admin_approval, max_members = n.max_members,
            policy_updated_at = $9, policy_updated_by = $8
        FROM (
            SELECT coalesce($2, allow_invites) AS allow_invites, coalesce($3, admin_only_invites) AS admin_only_invites,
                coalesce($4, allow_member_add) AS allow_member_add,
                coalesce($5, allow_member_remove) AS allow_member_remove,
                coalesce($6, require_admin_approval) AS require_admin_approval,
                coalesce($7, max_members) AS max_members
            FROM conversations WHERE convo_id = $1) n
        WHERE c.convo_id = $1
            AND (c.allow_invites, c.admin_only_invites, c.allow_member_add, c.allow_member_remove,
                c.require_admin_approval, c.max_members)
            IS DISTINCT FROM (n.allow_invites, n.admin_only_invites, n.allow_member_add, n.allow_member_remove,
                n.require_admin_approval, n.max_members)",
        convo_id,
        change.allow_invites,
        change.admin_only_invites,
        change.allow_member_add,
        change.allow_member_remove,
        change.require_admin_approval,
        change.max_members,
        actor,
        now,
    )
    .execute(conn)
    .await?;
    Ok(updated.rows_affected() == 1)
}

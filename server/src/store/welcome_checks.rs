//! Whom a Welcome is for.

use sqlx::PgConnection;

use super::{StoreError, Timestamp};

/// A key package that a Welcome names.
#[derive(Debug)]
pub struct Addressed {
    pub hash: Vec<u8>,
    pub user_did: String,
    pub is_consumed: bool,
    pub expires_at: Timestamp,
    /// Who has it reserved, and until when.
    pub held_by: Option<String>,
    pub held_until: Option<Timestamp>,
    /// The conversation in which this Welcome waits for the user who asks, as one that is for this key package.
    pub waits_in: Option<String>,
}

/// The key packages with these references, as they stand for a user who asks about a Welcome.
pub async fn addressed(
    conn: &mut PgConnection,
    references: &[Vec<u8>],
    user_did: &str,
    content: &[u8],
    now: Timestamp,
) -> Result<Vec<Addressed>, StoreError> {
    Ok(sqlx::query_as!(
        Addressed,
        r#"-- welcome_checks.addressed
        SELECT k.hash, k.user_did, k.consumed_at IS NOT NULL AS "is_consumed!", k.expires_at,
            CASE WHEN k.reserved_until > $4 THEN k.reserved_by END AS held_by,
            CASE WHEN k.reserved_until > $4 THEN k.reserved_until END AS held_until,
            (SELECT r.convo_id FROM welcome_recipients r JOIN welcomes w USING (convo_id, welcome_id)
                WHERE r.convo_id IN (SELECT m.convo_id FROM members m WHERE m.user_did = $2 AND m.left_at IS NULL)
                    AND r.user_did = $2 AND r.confirmed_at IS NULL AND r.key_package_hash = k.hash AND w.content = $3
                LIMIT 1) AS waits_in
        FROM key_packages k WHERE k.reference = ANY ($1)
        ORDER BY k.hash"#,
        references,
        user_did,
        content,
        now,
    )
    .fetch_all(conn)
    .await?)
}

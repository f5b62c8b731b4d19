//! Token ids that were used, shared by all replicas.

use sqlx::PgConnection;

use super::{StoreError, Timestamp};

/// Marks a token id as used; false when it was already. An id whose token has expired counts as new.
pub async fn first_use(
    conn: &mut PgConnection,
    tag: &[u8],
    expires_at: Timestamp,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let first = sqlx::query!(
        "-- used_jti.first_use
        INSERT INTO used_jti (tag, expires_at) VALUES ($1, $2)
        ON CONFLICT (tag) DO UPDATE SET expires_at = excluded.expires_at WHERE used_jti.expires_at < $3",
        tag,
        expires_at,
        now,
    )
    .execute(conn)
    .await?;
    Ok(first.rows_affected() == 1)
}

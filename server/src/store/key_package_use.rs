//! The use of key packages by changes of membership.

use sqlx::PgConnection;

use super::{StoreError, Timestamp};

/// A key package that a change of membership uses up.
#[derive(Clone, Debug)]
pub struct Taken {
    pub hash: Vec<u8>,
    pub reference: Vec<u8>,
    pub user_did: String,
    pub did: String,
    pub device_id: Option<String>,
}

/// Locks the named key packages that the caller may use in a conversation: of this suite, neither consumed nor expired, not
/// reserved for somebody else, and not left with a request to rejoin, unless to a conversation that the caller is in. What is
/// missing from the answer can't be used. Rows are locked in one order, so that two changes never wait for each other in a
/// circle; after waiting for one, its state is looked at again.
pub async fn lock_usable(
    conn: &mut PgConnection,
    caller: &str,
    hashes: &[Vec<u8>],
    cipher_suite: &str,
    now: Timestamp,
) -> Result<Vec<Taken>, StoreError> {
    Ok(sqlx::query_as!(
        Taken,
        "-- key_package_use.lock_usable
        SELECT hash, reference, user_did, did, device_id FROM key_packages k
        WHERE hash = ANY($2) AND cipher_suite = $3 AND consumed_at IS NULL AND expires_at > $4
            AND (last_resort OR reserved_until IS NULL OR reserved_until <= $4 OR reserved_by = $1)
            AND (NOT for_rejoin OR EXISTS (
                SELECT FROM rejoin_requests r JOIN members m USING (convo_id)
                WHERE r.user_did = k.user_did AND r.key_package_hash = k.hash AND r.approved_at IS NULL
                    AND m.user_did = $1 AND m.left_at IS NULL))
        ORDER BY hash
        FOR UPDATE",
        caller,
        hashes,
        cipher_suite,
        now,
    )
    .fetch_all(conn)
    .await?)
}

/// How many of the key packages with these references the conversation has used: used up, or last resorts, which stay.
pub async fn count_used_by(conn: &mut PgConnection, convo_id: &str, references: &[Vec<u8>]) -> Result<i64, StoreError> {
    if references.is_empty() {
        return Ok(0);
    }
    Ok(sqlx::query_scalar!(
        r#"-- key_package_use.count_used_by
        SELECT count(*) AS "count!" FROM key_packages
        WHERE reference = ANY($2) AND (consumed_convo = $1 OR last_resort)"#,
        convo_id,
        references,
    )
    .fetch_one(conn)
    .await?)
}

/// Uses up locked key packages for a conversation, and notes by which of the actor's devices if there is only one. Last-resort
/// ones stay.
pub async fn consume(
    conn: &mut PgConnection,
    hashes: &[Vec<u8>],
    convo_id: &str,
    actor: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query!(
        "-- key_package_use.consume
        UPDATE key_packages SET consumed_at = $3, consumed_convo = $2, consumed_by = (
            SELECT CASE WHEN count(*) = 1 THEN
                min(CASE WHEN m.did <> $4 THEN m.did WHEN m.device_id IS NOT NULL THEN $4 || '#' || m.device_id END) END
            FROM members m WHERE m.convo_id = $2 AND m.user_did = $4 AND m.left_at IS NULL)
        WHERE hash = ANY($1) AND NOT last_resort",
        hashes,
        convo_id,
        now,
        actor,
    )
    .execute(conn)
    .await?;
    Ok(())
}

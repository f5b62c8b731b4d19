//! Registered devices.

use sqlx::PgConnection;

use super::{StoreError, Timestamp, pages::PAGE_BYTES};

/// A device to register.
#[derive(Clone, Copy, Debug)]
pub struct NewDevice<'a> {
    pub user_did: &'a str,
    pub device_id: &'a str,
    pub device_name: &'a str,
    pub signature_key: &'a [u8],
    pub at: Timestamp,
}

/// A registered device as its user sees it.
#[derive(Debug)]
pub struct DeviceView {
    pub device_id: String,
    pub device_name: String,
    pub registered_at: Timestamp,
    pub last_seen_at: Timestamp,
    /// Its key packages that can still be handed out.
    pub key_packages: i64,
}

/// Whose a device is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ownership {
    /// The user's who asks.
    Own,
    Others,
    Nobodys,
}

/// Why a device can't be registered.
#[derive(Debug, thiserror::Error)]
pub enum SaveRefusal {
    /// Another device has the signature key, of this user or any other.
    #[error("the signature key is registered for another device")]
    KeyTaken,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The credential identity of a registered device.
pub fn mls_did(user_did: &str, device_id: &str) -> String {
    format!("{user_did}#{device_id}")
}

/// Makes whoever brings these users into a conversation and whoever changes their devices take turns until the transaction
/// ends: the former don't wait for each other. To be taken before any conversation's lock.
pub async fn take_turns_joining(conn: &mut PgConnection, users: &[String]) -> Result<(), StoreError> {
    sqlx::query!(
        "-- devices.take_turns_joining
        SELECT pg_advisory_xact_lock_shared(key)
        FROM (SELECT DISTINCT hashtextextended(u, 10) AS key FROM unnest($1::text[]) u ORDER BY key OFFSET 0) k",
        users,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The same for whoever registers or deletes a device of a user: what they find the user to be in stays all of it.
pub async fn take_turns_changing(conn: &mut PgConnection, user_did: &str) -> Result<(), StoreError> {
    sqlx::query!("-- devices.take_turns_changing\nSELECT pg_advisory_xact_lock(hashtextextended($1, 10))", user_did,)
        .execute(conn)
        .await?;
    Ok(())
}

/// The signature key of a user's device; nothing when it isn't registered.
pub async fn signature_key(
    conn: &mut PgConnection,
    user_did: &str,
    device_id: &str,
) -> Result<Option<Vec<u8>>, StoreError> {
    Ok(sqlx::query_scalar!(
        "-- devices.signature_key
        SELECT signature_key FROM devices WHERE user_did = $1 AND device_id = $2",
        user_did,
        device_id,
    )
    .fetch_optional(conn)
    .await?)
}

/// The user's device that has this signature key.
pub async fn with_key(conn: &mut PgConnection, user_did: &str, key: &[u8]) -> Result<Option<String>, StoreError> {
    Ok(sqlx::query_scalar!(
        "-- devices.with_key
        SELECT device_id FROM devices WHERE user_did = $1 AND signature_key = $2",
        user_did,
        key,
    )
    .fetch_optional(conn)
    .await?)
}

/// Registers a device, or renews its name and key. That two devices have one key is prevented by the database, whoever
/// registers them at once; the transaction can't go on after that.
pub async fn save(conn: &mut PgConnection, new: &NewDevice<'_>) -> Result<(), SaveRefusal> {
    let saved = sqlx::query!(
        "-- devices.save
        INSERT INTO devices (user_did, device_id, device_name, signature_key, registered_at, last_seen_at)
        VALUES ($1, $2, $3, $4, $5, $5)
        ON CONFLICT (user_did, device_id) DO UPDATE SET
            device_name = excluded.device_name, signature_key = excluded.signature_key,
            last_seen_at = excluded.last_seen_at",
        new.user_did,
        new.device_id,
        new.device_name,
        new.signature_key,
        new.at,
    )
    .execute(conn)
    .await;
    match saved {
        Ok(_) => Ok(()),
        Err(sqlx::Error::Database(error)) if error.constraint() == Some("devices_signature_key") => {
            Err(SaveRefusal::KeyTaken)
        }
        Err(error) => Err(StoreError::from(error).into()),
    }
}

/// The user's registered devices, oldest first.
pub async fn list(conn: &mut PgConnection, user_did: &str, now: Timestamp) -> Result<Vec<DeviceView>, StoreError> {
    Ok(sqlx::query_as!(
        DeviceView,
        r#"-- devices.list
        SELECT d.device_id, d.device_name, d.registered_at, d.last_seen_at,
            (SELECT count(*) FROM key_packages k
                WHERE k.user_did = $1 AND k.device_id = d.device_id AND k.consumed_at IS NULL AND k.expires_at > $2
                    AND NOT k.for_rejoin)
                AS "key_packages!"
        FROM devices d WHERE d.user_did = $1
        ORDER BY d.registered_at, d.device_id"#,
        user_did,
        now,
    )
    .fetch_all(conn)
    .await?)
}

/// Whose a device is.
pub async fn ownership(conn: &mut PgConnection, user_did: &str, device_id: &str) -> Result<Ownership, StoreError> {
    let own = sqlx::query_scalar!(
        r#"-- devices.ownership
        SELECT bool_or(user_did = $1) AS "own?" FROM devices WHERE device_id = $2"#,
        user_did,
        device_id,
    )
    .fetch_one(conn)
    .await?;
    Ok(match own {
        None => Ownership::Nobodys,
        Some(false) => Ownership::Others,
        Some(true) => Ownership::Own,
    })
}

/// Whether a device that nobody may have registered is in a conversation of a user, or has key packages in store there.
pub async fn has_traces(conn: &mut PgConnection, user_did: &str, device_id: &str) -> Result<bool, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"-- devices.has_traces
        SELECT EXISTS (SELECT FROM members WHERE user_did = $1 AND did = $1 || '#' || $2 AND left_at IS NULL)
            OR EXISTS (
                SELECT FROM key_packages WHERE user_did = $1 AND did = $1 || '#' || $2 AND consumed_at IS NULL) AS "yes!""#,
        user_did,
        device_id,
    )
    .fetch_one(conn)
    .await?)
}

/// Deletes a user's device itself; see `log::devices` for what belongs to it.
pub async fn delete(conn: &mut PgConnection, user_did: &str, device_id: &str) -> Result<(), StoreError> {
    sqlx::query!("-- devices.delete\nDELETE FROM devices WHERE user_did = $1 AND device_id = $2", user_did, device_id)
        .execute(conn)
        .await?;
    Ok(())
}

/// Notes that devices did something, once an hour at most: more would cost writes and tell too much.
pub async fn seen(
    conn: &mut PgConnection,
    user_did: &str,
    device_ids: &[String],
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query!(
        "-- devices.seen
        UPDATE devices SET last_seen_at = $3
        WHERE user_did = $1 AND device_id = ANY($2) AND last_seen_at <= $3::timestamptz - interval '1 hour'",
        user_did,
        device_ids,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Deletes a device's key packages that were not used up, except these; returns how many. Those that were used or handed out
/// stay known, so that their bytes can't be published again.
pub async fn drop_key_packages(
    conn: &mut PgConnection,
    user_did: &str,
    device_id: &str,
    except: &[Vec<u8>],
) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"-- devices.drop_key_packages
        WITH deleted AS (
            DELETE FROM key_packages
            WHERE user_did = $1 AND device_id = $2 AND consumed_at IS NULL AND hash <> ALL ($3)
            RETURNING reference, reserved_by, lifetime_end
        ), remembered AS (
            INSERT INTO withdrawn_key_packages (reference, lifetime_end)
            SELECT reference, lifetime_end FROM deleted WHERE reserved_by IS NOT NULL
            ON CONFLICT DO NOTHING
        )
        SELECT count(*) AS "deleted!" FROM deleted"#,
        user_did,
        device_id,
        except,
    )
    .fetch_one(conn)
    .await?)
}

/// Takes back the Welcomes that a device has not confirmed, except those made with these key packages. To be done before
/// its key packages are deleted: one under the user's bare DID is known to be the device's by nothing else.
pub async fn drop_welcomes(
    conn: &mut PgConnection,
    user_did: &str,
    device_id: &str,
    except: &[Vec<u8>],
) -> Result<(), StoreError> {
    sqlx::query!(
        "-- devices.drop_welcomes
        DELETE FROM welcome_recipients r
        WHERE r.user_did = $1 AND r.confirmed_at IS NULL AND r.key_package_hash <> ALL ($3)
            AND r.convo_id IN (SELECT convo_id FROM members WHERE user_did = $1)
            AND (r.did = $1 || '#' || $2 OR EXISTS (
                SELECT FROM key_packages k
                WHERE k.hash = r.key_package_hash AND k.user_did = $1 AND k.device_id = $2))",
        user_did,
        device_id,
        except,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A Welcome that a device has not confirmed.
#[derive(Debug)]
pub struct WaitingWelcome {
    pub convo_id: String,
    pub content: Vec<u8>,
}

/// The Welcomes that a device has not confirmed, newest first.
pub async fn waiting_welcomes(
    conn: &mut PgConnection,
    user_did: &str,
    key_packages: &[Vec<u8>],
    limit: i64,
) -> Result<Vec<WaitingWelcome>, StoreError> {
    Ok(sqlx::query_as!(
        WaitingWelcome,
        "-- devices.waiting_welcomes
        SELECT convo_id, content
        FROM (
            SELECT w.convo_id, w.content, w.position,
                sum(octet_length(w.content)) OVER (ORDER BY w.position DESC ROWS UNBOUNDED PRECEDING)
                    - octet_length(w.content) AS bytes_before
            FROM welcomes w JOIN welcome_recipients r USING (convo_id, welcome_id)
            WHERE r.user_did = $1 AND r.key_package_hash = ANY ($2) AND r.confirmed_at IS NULL
                AND r.convo_id IN (SELECT convo_id FROM members WHERE user_did = $1 AND left_at IS NULL)
            ORDER BY w.position DESC LIMIT $3) waiting
        WHERE bytes_before < $4
        ORDER BY position DESC",
        user_did,
        key_packages,
        limit,
        PAGE_BYTES,
    )
    .fetch_all(conn)
    .await?)
}

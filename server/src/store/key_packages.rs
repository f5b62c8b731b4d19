//! Key packages: published once, reserved for one caller at a time, consumed by one group.

use sqlx::PgConnection;

use super::{StoreError, Timestamp, column};

/// A key package whose signature, suite, lifetime and owner were checked.
#[derive(Debug)]
pub struct NewKeyPackage<'a> {
    /// SHA-256 of `content`.
    pub hash: &'a [u8],
    /// KeyPackageRef, RFC 9420 section 5.2.
    pub reference: &'a [u8],
    pub user_did: &'a str,
    /// Credential identity.
    pub did: &'a str,
    pub device_id: Option<&'a str>,
    pub cipher_suite: &'a str,
    pub content: &'a [u8],
    pub last_resort: bool,
    pub published_at: Timestamp,
    /// When it stops being handed out.
    pub expires_at: Timestamp,
    /// End of the lifetime in its leaf node.
    pub lifetime_end: Timestamp,
}

/// A key package handed out to a caller.
#[derive(Debug)]
pub struct Reserved {
    pub hash: Vec<u8>,
    pub user_did: String,
    pub did: String,
    pub device_id: Option<String>,
    pub cipher_suite: String,
    pub content: Vec<u8>,
}

/// Makes concurrent requests about one subject take turns until the transaction ends. Subjects never wait for each other
/// except by a collision of 64-bit hashes, which costs time alone.
pub async fn take_turns(conn: &mut PgConnection, subject: &str) -> Result<(), StoreError> {
    sqlx::query!("-- key_packages.take_turns\nSELECT pg_advisory_xact_lock(hashtextextended($1, 0))", subject)
        .execute(conn)
        .await?;
    Ok(())
}

/// Whether this key package was published before, bare or in an MLSMessage, also when it is consumed by now, or deleted
/// after somebody got it.
pub async fn is_known(conn: &mut PgConnection, reference: &[u8]) -> Result<bool, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"-- key_packages.is_known
        SELECT EXISTS (SELECT FROM key_packages WHERE reference = $1)
            OR EXISTS (SELECT FROM withdrawn_key_packages WHERE reference = $1) AS "exists!""#,
        reference,
    )
    .fetch_one(conn)
    .await?)
}

/// What a user has in store.
#[derive(Clone, Copy, Debug)]
pub struct Holdings {
    /// Key packages of one device that were not used up and whose lifetime has not ended.
    pub of_device: i64,
    /// The user's other devices that have any, or are registered.
    pub other_devices: i64,
}

/// Counts what a user has in store, for the device `did` and besides.
pub async fn holdings(
    conn: &mut PgConnection,
    user_did: &str,
    did: &str,
    now: Timestamp,
) -> Result<Holdings, StoreError> {
    Ok(sqlx::query_as!(
        Holdings,
        r#"-- key_packages.holdings
        WITH stored AS (
            SELECT did, coalesce(user_did || '#' || device_id, did) AS device FROM key_packages
            WHERE user_did = $1 AND consumed_at IS NULL AND lifetime_end > $3)
        SELECT (SELECT count(*) FROM stored WHERE did = $2) AS "of_device!",
            (SELECT count(*) FROM (
                SELECT device FROM stored UNION SELECT user_did || '#' || device_id FROM devices WHERE user_did = $1) d (device)
                WHERE device <> $2) AS "other_devices!""#,
        user_did,
        did,
        now,
    )
    .fetch_one(conn)
    .await?)
}

/// Stores a key package; the same bytes again change nothing.
pub async fn publish(conn: &mut PgConnection, new: &NewKeyPackage<'_>) -> Result<(), StoreError> {
    publish_all(conn, std::slice::from_ref(new)).await
}

/// Stores key packages at once, except those that were deleted after somebody got them.
pub async fn publish_all(conn: &mut PgConnection, all: &[NewKeyPackage<'_>]) -> Result<(), StoreError> {
    sqlx::query!(
        "-- key_packages.publish_all
        INSERT INTO key_packages
            (hash, reference, user_did, did, device_id, cipher_suite, content, last_resort, published_at, expires_at,
             lifetime_end)
        SELECT * FROM unnest($1::bytea[], $2::bytea[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bytea[],
            $8::boolean[], $9::timestamptz[], $10::timestamptz[], $11::timestamptz[]) AS n (hash, reference)
        WHERE NOT EXISTS (SELECT FROM withdrawn_key_packages w WHERE w.reference = n.reference)
        ON CONFLICT DO NOTHING",
        &column(all, |new| new.hash) as &[&[u8]],
        &column(all, |new| new.reference) as &[&[u8]],
        &column(all, |new| new.user_did) as &[&str],
        &column(all, |new| new.did) as &[&str],
        &column(all, |new| new.device_id) as &[Option<&str>],
        &column(all, |new| new.cipher_suite) as &[&str],
        &column(all, |new| new.content) as &[&[u8]],
        &column(all, |new| new.last_resort),
        &column(all, |new| new.published_at),
        &column(all, |new| new.expires_at),
        &column(all, |new| new.lifetime_end),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Whose key packages are asked for.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    pub user_dids: &'a [String],
    /// Of this device alone, by its credential identity.
    pub did: Option<&'a str>,
    pub cipher_suite: Option<&'a str>,
}

/// One key package per device: the one that it left with a request to rejoin a conversation of the caller's, else the one
/// that the caller holds, else the oldest, else the last resort. The caller's own requests must take turns first.
pub async fn hand_out(
    conn: &mut PgConnection,
    caller: &str,
    wanted: Wanted<'_>,
    now: Timestamp,
    until: Timestamp,
) -> Result<Vec<Reserved>, StoreError> {
    let left = left_for_rejoin(conn, caller, wanted.user_dids).await?;
    let mut given = Vec::new();
    if !left.is_empty() {
        given = reserve(conn, caller, wanted, Choice::OfThese(&left), now, until).await?;
    }
    given.extend(reserve(conn, caller, wanted, Choice::Except(&served(&given)), now, until).await?);
    given.extend(last_resorts(conn, wanted, &served(&given), now).await?);
    Ok(given)
}

fn served(given: &[Reserved]) -> Vec<String> {
    given.iter().map(|given| given.did.clone()).collect()
}

/// The key packages that devices left with open requests to rejoin a conversation that the caller is in.
async fn left_for_rejoin(
    conn: &mut PgConnection,
    caller: &str,
    user_dids: &[String],
) -> Result<Vec<Vec<u8>>, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"-- key_packages.left_for_rejoin
        SELECT r.key_package_hash AS "hash!" FROM rejoin_requests r
        WHERE r.user_did = ANY($2) AND r.approved_at IS NULL AND r.key_package_hash IS NOT NULL AND EXISTS (
            SELECT FROM members m WHERE m.convo_id = r.convo_id AND m.user_did = $1 AND m.left_at IS NULL)"#,
        caller,
        user_dids,
    )
    .fetch_all(conn)
    .await?)
}

/// Which of the one-time key packages may be given.
#[derive(Clone, Copy)]
enum Choice<'a> {
    /// These, by their hashes.
    OfThese(&'a [Vec<u8>]),
    /// Those that were published for everybody, except of these devices.
    Except(&'a [String]),
}

impl<'a> Choice<'a> {
    fn columns(self) -> (Option<&'a [Vec<u8>]>, &'a [String]) {
        match self {
            Self::OfThese(hashes) => (Some(hashes), &[]),
            Self::Except(dids) => (None, dids),
        }
    }
}

/// Whether a device left this key package with a request to rejoin, for whichever conversation.
pub async fn is_set_aside(conn: &mut PgConnection, did: &str, hash: &[u8]) -> Result<bool, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"-- key_packages.is_set_aside
        SELECT EXISTS (SELECT FROM key_packages WHERE hash = $2 AND did = $1 AND for_rejoin) AS "yes!""#,
        did,
        hash,
    )
    .fetch_one(conn)
    .await?)
}

/// Sets a key package aside that was left with a request to rejoin.
pub async fn set_aside(conn: &mut PgConnection, hash: &[u8]) -> Result<(), StoreError> {
    sqlx::query!("-- key_packages.set_aside\nUPDATE key_packages SET for_rejoin = true WHERE hash = $1", hash)
        .execute(conn)
        .await?;
    Ok(())
}

/// Reserves one one-time key package per device of the users, the oldest, or the one that the caller holds already.
/// `SKIP LOCKED` lets concurrent callers pass each other; one caller's own requests must take turns first. What the caller
/// holds is found without a lock: somebody else who looks at it in vain has it locked until their transaction ends.
async fn reserve(
    conn: &mut PgConnection,
    caller: &str,
    wanted: Wanted<'_>,
    choice: Choice<'_>,
    now: Timestamp,
    until: Timestamp,
) -> Result<Vec<Reserved>, StoreError> {
    let (hashes, served) = choice.columns();
    Ok(sqlx::query_as!(
        Reserved,
        r#"-- key_packages.reserve
        WITH usable AS NOT MATERIALIZED (
            SELECT hash, user_did, did, device_id, cipher_suite, content, published_at, reserved_by, reserved_until
            FROM key_packages
            WHERE user_did = ANY($2) AND consumed_at IS NULL AND expires_at > $4 AND NOT last_resort
                AND cipher_suite = coalesce($3, cipher_suite) AND did = coalesce($6, did) AND NOT did = ANY($7)
                AND CASE WHEN $8::bytea[] IS NULL THEN NOT for_rejoin ELSE hash = ANY($8) END
        ), held AS MATERIALIZED (
            SELECT DISTINCT ON (user_did, did) hash, user_did, did, device_id, cipher_suite, content
            FROM usable WHERE reserved_by = $1 AND reserved_until > $4
            ORDER BY user_did, did, published_at, hash
        ), devices AS (
            SELECT user_did, did FROM usable EXCEPT SELECT user_did, did FROM held
        ), chosen AS MATERIALIZED (
            SELECT k.hash FROM devices d CROSS JOIN LATERAL (
                SELECT hash FROM key_packages
                WHERE user_did = d.user_did AND did = d.did AND consumed_at IS NULL AND expires_at > $4
                    AND NOT last_resort AND cipher_suite = coalesce($3, cipher_suite)
                    AND CASE WHEN $8::bytea[] IS NULL THEN NOT for_rejoin ELSE hash = ANY($8) END
                    AND (reserved_until IS NULL OR reserved_until <= $4)
                ORDER BY published_at, hash
                LIMIT 1
                FOR UPDATE SKIP LOCKED) k
        ), taken AS (
            UPDATE key_packages k SET reserved_until = $5, reserved_by = $1
            FROM chosen WHERE k.hash = chosen.hash
            RETURNING k.hash, k.user_did, k.did, k.device_id, k.cipher_suite, k.content
        )
        SELECT hash AS "hash!", user_did AS "user_did!", did AS "did!", device_id, cipher_suite AS "cipher_suite!",
            content AS "content!"
        FROM (SELECT * FROM held UNION ALL SELECT * FROM taken) AS reserved"#,
        caller,
        wanted.user_dids,
        wanted.cipher_suite,
        now,
        until,
        wanted.did,
        served,
        hashes,
    )
    .fetch_all(conn)
    .await?)
}

/// The last-resort key package of each device of the users, except for devices that are already served. The newest one
/// is given: last-resort key packages are replaced, not used up.
async fn last_resorts(
    conn: &mut PgConnection,
    wanted: Wanted<'_>,
    served: &[String],
    now: Timestamp,
) -> Result<Vec<Reserved>, StoreError> {
    Ok(sqlx::query_as!(
        Reserved,
        "-- key_packages.last_resorts
        SELECT DISTINCT ON (user_did, did) hash, user_did, did, device_id, cipher_suite, content
        FROM key_packages
        WHERE user_did = ANY($1) AND NOT did = ANY($2) AND last_resort AND consumed_at IS NULL AND expires_at > $4
            AND cipher_suite = coalesce($3, cipher_suite) AND did = coalesce($5, did)
        ORDER BY user_did, did, published_at DESC, hash",
        wanted.user_dids,
        served,
        wanted.cipher_suite,
        now,
        wanted.did,
    )
    .fetch_all(conn)
    .await?)
}

//! Rows that don't belong to a log and are of no more use after some time.

use sqlx::{PgConnection, postgres::PgQueryResult};

use super::Batch;
use crate::store::{StoreError, Timestamp};

/// Rows that don't belong to a log and are of no more use after some time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShortLived {
    /// Events of the stream.
    Events,
    /// Subscription tickets that nobody used.
    Tickets,
    /// Answers kept by idempotency key.
    Answers,
    /// Ids of used tokens, whose own expiry is what counts.
    UsedJti,
    /// Key packages, by the end of their own lifetime, and what is remembered of the stock of a device that has none left.
    KeyPackages,
    /// Key packages that were handed out and deleted, likewise.
    WithdrawnKeyPackages,
    /// Welcomes, with their recipients.
    Welcomes,
    /// Reports, by when they were decided on.
    Reports,
    /// Entries of the audit log.
    Audit,
}

/// Removes the rows of a table whose time is over, by their key.
macro_rules! purge {
    ($conn:expr, $before:expr, $batch:expr, $table:literal, $key:literal, $time:literal) => {
        sqlx::query!(
            "-- retention."
                + $table
                + "\nDELETE FROM "
                + $table
                + " WHERE "
                + $key
                + " = ANY (ARRAY(SELECT "
                + $key
                + " FROM "
                + $table
                + " WHERE "
                + $time
                + " < $1 ORDER BY "
                + $time
                + " LIMIT $2 FOR UPDATE SKIP LOCKED))",
            $before,
            $batch.rows,
        )
        .execute($conn)
        .await
    };
}

/// Removes a batch of what is older than `before`, oldest first; returns how many rows that were. None when nothing that
/// is left can be removed now.
pub async fn purge_short_lived(
    conn: &mut PgConnection,
    kind: ShortLived,
    before: Timestamp,
    batch: Batch,
) -> Result<u64, StoreError> {
    let done = match kind {
        ShortLived::Events => events(conn, before, batch).await,
        ShortLived::Tickets => purge!(conn, before, batch, "subscription_tickets", "tag", "expires_at"),
        ShortLived::Answers => purge!(conn, before, batch, "idempotency_keys", "tag", "created_at"),
        ShortLived::UsedJti => purge!(conn, before, batch, "used_jti", "tag", "expires_at"),
        ShortLived::KeyPackages => key_packages(conn, before, batch).await,
        ShortLived::WithdrawnKeyPackages => {
            purge!(conn, before, batch, "withdrawn_key_packages", "reference", "lifetime_end")
        }
        ShortLived::Welcomes => welcomes(conn, before, batch).await,
        ShortLived::Reports => reports(conn, before, batch).await,
        ShortLived::Audit => audit(conn, before, batch).await,
    };
    Ok(done?.rows_affected())
}

/// Only from the beginning of the stream, and the floor says how far: whoever comes back with a cursor before it is
/// told that something is missing. What stands behind an event that must stay is seen to when that one goes.
async fn events(conn: &mut PgConnection, before: Timestamp, batch: Batch) -> sqlx::Result<PgQueryResult> {
    sqlx::query!(
        "-- retention.events
        WITH oldest AS (
            SELECT txid, id, created_at FROM events WHERE txid < pg_snapshot_xmin(pg_current_snapshot())
            ORDER BY txid, id LIMIT $2
        ), judged AS (
            SELECT txid, id, bool_and(created_at < $1) OVER (ORDER BY txid, id) AS is_due FROM oldest
        ), last AS (
            SELECT txid, id FROM judged WHERE is_due ORDER BY txid DESC, id DESC LIMIT 1
        ), moved AS (
            UPDATE stream s SET floor_txid = l.txid, floor_id = l.id FROM last l
            WHERE (s.floor_txid, s.floor_id) < (l.txid, l.id)
        )
        DELETE FROM events e USING last l WHERE (e.txid, e.id) <= (l.txid, l.id)",
        before,
        batch.rows,
    )
    .execute(conn)
    .await
}

async fn key_packages(conn: &mut PgConnection, before: Timestamp, batch: Batch) -> sqlx::Result<PgQueryResult> {
    sqlx::query!(
        "-- retention.key_packages
        WITH old AS MATERIALIZED (
            SELECT hash, user_did, did FROM key_packages WHERE lifetime_end < $1 ORDER BY lifetime_end LIMIT $2
            FOR UPDATE SKIP LOCKED
        ), forgotten AS (
            DELETE FROM key_package_stocks WHERE ctid = ANY (ARRAY(
                SELECT s.ctid FROM key_package_stocks s
                WHERE (s.user_did, s.did) IN (SELECT user_did, did FROM old) AND NOT EXISTS (
                    SELECT FROM key_packages k
                    WHERE k.user_did = s.user_did AND k.did = s.did AND k.lifetime_end >= $1)
                FOR UPDATE SKIP LOCKED))
        )
        DELETE FROM key_packages WHERE hash IN (SELECT hash FROM old)",
        before,
        batch.rows,
    )
    .execute(conn)
    .await
}

async fn welcomes(conn: &mut PgConnection, before: Timestamp, batch: Batch) -> sqlx::Result<PgQueryResult> {
    sqlx::query!(
        "-- retention.welcomes
        DELETE FROM welcomes WHERE ctid = ANY (ARRAY(
            SELECT place FROM (
                SELECT place, sum(bytes) OVER (ORDER BY created_at, position) - bytes AS bytes_before
                FROM (
                    SELECT ctid AS place, created_at, position, octet_length(content) AS bytes
                    FROM welcomes WHERE created_at < $1 ORDER BY created_at LIMIT $2
                    FOR UPDATE SKIP LOCKED) w) f
            WHERE bytes_before < $3))",
        before,
        batch.rows,
        batch.bytes,
    )
    .execute(conn)
    .await
}

async fn reports(conn: &mut PgConnection, before: Timestamp, batch: Batch) -> sqlx::Result<PgQueryResult> {
    sqlx::query!(
        "-- retention.reports
        DELETE FROM reports WHERE ctid = ANY (ARRAY(
            SELECT place FROM (
                SELECT place, sum(bytes) OVER (ORDER BY resolved_at, place) - bytes AS bytes_before
                FROM (
                    SELECT ctid AS place, resolved_at, octet_length(content) AS bytes
                    FROM reports WHERE resolved_at < $1 ORDER BY resolved_at LIMIT $2
                    FOR UPDATE SKIP LOCKED) r) f
            WHERE bytes_before < $3))",
        before,
        batch.rows,
        batch.bytes,
    )
    .execute(conn)
    .await
}

/// Entries are about as old as their ids.
async fn audit(conn: &mut PgConnection, before: Timestamp, batch: Batch) -> sqlx::Result<PgQueryResult> {
    sqlx::query!(
        "-- retention.audit
        DELETE FROM audit_log WHERE id = ANY (ARRAY(
            SELECT id FROM audit_log
            WHERE id IN (SELECT id FROM audit_log ORDER BY id LIMIT $2) AND created_at < $1
            FOR UPDATE SKIP LOCKED))",
        before,
        batch.rows,
    )
    .execute(conn)
    .await
}

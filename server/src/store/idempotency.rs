//! Answers kept by idempotency key, so that a repeated request has one effect and one answer.

use sqlx::PgConnection;

use super::{StoreError, Timestamp};

/// A keyed answer of an earlier request.
#[derive(Debug)]
pub struct Kept {
    pub request_tag: Vec<u8>,
    pub answer: Option<String>,
}

/// Takes the key for this transaction; false when an earlier request has it. While a concurrent request with the same key
/// is at work this waits for its end: the primary key's own lock makes the two take turns.
pub async fn take(conn: &mut PgConnection, tag: &[u8], request_tag: &[u8], now: Timestamp) -> Result<bool, StoreError> {
    let taken = sqlx::query!(
        "-- idempotency.take
        INSERT INTO idempotency_keys (tag, request_tag, created_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        tag,
        request_tag,
        now,
    )
    .execute(conn)
    .await?;
    Ok(taken.rows_affected() == 1)
}

/// The answer that an earlier request left under the key.
pub async fn find(conn: &mut PgConnection, tag: &[u8]) -> Result<Option<Kept>, StoreError> {
    Ok(sqlx::query_as!(
        Kept,
        "-- idempotency.find\nSELECT request_tag, answer FROM idempotency_keys WHERE tag = $1",
        tag
    )
    .fetch_optional(conn)
    .await?)
}

/// Leaves the answer under a key that this transaction took.
pub async fn settle(conn: &mut PgConnection, tag: &[u8], answer: &str) -> Result<(), StoreError> {
    sqlx::query!("-- idempotency.settle\nUPDATE idempotency_keys SET answer = $2 WHERE tag = $1", tag, answer)
        .execute(conn)
        .await?;
    Ok(())
}

//! Subscription tickets: good once, on any replica.

use sqlx::PgConnection;

use super::{StoreError, Timestamp};

/// Whom a ticket speaks for.
#[derive(Clone, Debug)]
pub struct Ticket {
    pub user_did: String,
    /// The one conversation that it is for, or all.
    pub convo_id: Option<String>,
}

/// Keeps a ticket under its keyed hash.
pub async fn keep(
    conn: &mut PgConnection,
    tag: &[u8],
    ticket: &Ticket,
    expires_at: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query!(
        "-- tickets.keep
        INSERT INTO subscription_tickets (tag, user_did, convo_id, expires_at) VALUES ($1, $2, $3, $4)",
        tag,
        ticket.user_did,
        ticket.convo_id,
        expires_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Uses a ticket up; nothing when there is none, or it has expired. Of several who bring the same at once, one gets it.
pub async fn redeem(conn: &mut PgConnection, tag: &[u8], now: Timestamp) -> Result<Option<Ticket>, StoreError> {
    let row = sqlx::query!(
        "-- tickets.redeem
        DELETE FROM subscription_tickets WHERE tag = $1 RETURNING user_did, convo_id, expires_at",
        tag,
    )
    .fetch_optional(conn)
    .await?;
    let valid = row.filter(|row| row.expires_at > now);
    Ok(valid.map(|row| Ticket { user_did: row.user_did, convo_id: row.convo_id }))
}

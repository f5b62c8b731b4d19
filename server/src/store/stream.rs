//! The stream as a whole.

use sqlx::PgConnection;

use super::{StoreError, places::Place};

/// How far the stream goes.
#[derive(Clone, Copy, Debug)]
pub struct Reach {
    /// Which era the places of now are of.
    pub era: i64,
    /// No event stands behind it yet.
    pub end: Place,
}

/// How far the stream goes now.
pub async fn reach(conn: &mut PgConnection) -> Result<Reach, StoreError> {
    let row = sqlx::query!(
        r#"-- stream.reach
        SELECT era, pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS "txid!" FROM stream"#
    )
    .fetch_one(conn)
    .await?;
    Ok(Reach { era: row.era, end: Place { txid: row.txid, id: 0 } })
}

//! For how long places can be compared.

use sqlx::PgConnection;

use crate::store::StoreError;

/// The era of the stream.
pub async fn era(conn: &mut PgConnection) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar!("-- stream.era\nSELECT era FROM stream").fetch_one(conn).await?)
}

/// Begins a new era when the database is in another cluster than its events were made in. Nobody may be writing: this is for
/// a start. Whoever comes second waits for the row, and finds it done.
pub async fn begin_era(conn: &mut PgConnection) -> Result<bool, StoreError> {
    let begun = sqlx::query!(
        "-- stream.begin_era
        UPDATE stream s SET cluster = c.system_identifier, era = s.era + 1, floor_txid = '0', floor_id = 0
        FROM pg_control_system() c WHERE s.cluster <> c.system_identifier",
    )
    .execute(&mut *conn)
    .await?;
    if begun.rows_affected() == 0 {
        return Ok(false);
    }
    sqlx::query!("-- stream.begin_era (events)\nDELETE FROM events").execute(&mut *conn).await?;
    sqlx::query!("-- stream.begin_era (conversations)\nUPDATE conversations SET last_event_txid = '0'")
        .execute(&mut *conn)
        .await?;
    sqlx::query!("-- stream.begin_era (members)\nUPDATE members SET read_event_txid = '0'").execute(&mut *conn).await?;
    sqlx::query!("-- stream.begin_era (messages)\nUPDATE messages SET event_txid = '0'").execute(conn).await?;
    Ok(true)
}

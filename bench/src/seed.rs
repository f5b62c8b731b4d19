//! Conversations and logs, written straight into a server's database as the server itself would have left them.

use sqlx::PgConnection;

use crate::{
    Fallible, mls,
    population::{Population, user_did},
    stock::SUITE,
};

/// Rows per statement.
const CHUNK: usize = 10_000;

/// Stores the conversations of a population, with their members and empty logs.
pub async fn population(db: &mut PgConnection, population: &Population) -> Fallible<()> {
    let numbered: Vec<_> = population.convos.iter().enumerate().collect();
    for chunk in numbered.chunks(CHUNK) {
        let ids: Vec<_> = chunk.iter().map(|(_, id)| id.as_str()).collect();
        let creators: Vec<_> = chunk
            .iter()
            .map(|(convo, _)| population.members(*convo).next().map(user_did).unwrap_or_default())
            .collect();
        sqlx::query(
            "INSERT INTO conversations (convo_id, group_id, cipher_suite, creator_did, created_at, epoch)
            SELECT id, decode(id, 'hex'), $3, creator, date_bin('2 s', now(), 'epoch'), 0
            FROM unnest($1::text[], $2::text[]) AS c (id, creator)",
        )
        .bind(&ids)
        .bind(&creators)
        .bind(SUITE)
        .execute(&mut *db)
        .await?;
        members(db, population, chunk).await?;
    }
    settle(db, &["conversations", "members"]).await
}

async fn members(db: &mut PgConnection, population: &Population, convos: &[(usize, &String)]) -> Fallible<()> {
    let pairs = convos.iter().flat_map(|(convo, id)| population.members(*convo).map(move |user| (id.as_str(), user)));
    let (ids, dids): (Vec<_>, Vec<_>) = pairs.map(|(id, user)| (id, user_did(user))).unzip();
    sqlx::query(
        "INSERT INTO members (convo_id, did, user_did, joined_at, joined_seq, read_seq, read_app_count, delivered_seq)
        SELECT id, did, did, date_bin('2 s', now(), 'epoch'), 0, 0, 0, 0
        FROM unnest($1::text[], $2::text[]) AS m (id, did)",
    )
    .bind(&ids)
    .bind(&dids)
    .execute(db)
    .await?;
    Ok(())
}

/// Fills the empty logs of these conversations with `entries` messages of `bytes` bytes each.
pub async fn logs(db: &mut PgConnection, convos: &[String], entries: usize, bytes: usize) -> Fallible<()> {
    for convo in convos {
        let ciphertext = mls::private_message(&hex::decode(convo)?, bytes);
        sqlx::query(
            "INSERT INTO messages (convo_id, seq, kind, epoch, msg_id, request_tag, ciphertext, app_ordinal, created_at,
                expires_at)
            SELECT $1, seq, 'app', 0, gen_random_uuid()::text, sha256(int8send(seq)), $2, seq,
                date_bin('2 s', now(), 'epoch'), date_bin('2 s', now(), 'epoch') + interval '30 days'
            FROM generate_series(1, $3::bigint) AS seq",
        )
        .bind(convo)
        .bind(&ciphertext)
        .bind(i64::try_from(entries)?)
        .execute(&mut *db)
        .await?;
    }
    sqlx::query(
        "UPDATE conversations SET next_seq = $2 + 1, kept_count = $2, app_count = $2, kept_app_count = $2,
            next_expiry = date_bin('2 s', now(), 'epoch') + interval '30 days', last_message_at = created_at
        WHERE convo_id = ANY ($1)",
    )
    .bind(convos)
    .bind(i64::try_from(entries)?)
    .execute(&mut *db)
    .await?;
    settle(db, &["conversations", "messages"]).await
}

/// Leaves nothing of the work above to be done during a measurement.
async fn settle(db: &mut PgConnection, tables: &[&str]) -> Fallible<()> {
    sqlx::query(sqlx::AssertSqlSafe(format!("VACUUM ANALYZE {}", tables.join(", ")))).execute(db).await?;
    Ok(())
}

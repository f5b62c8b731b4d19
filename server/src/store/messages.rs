//! Appending to a log. Reading it is in `pages`.

use sqlx::PgConnection;

use super::{EntryKind, StoreError, Timestamp};

/// An entry to append to a conversation that this transaction has locked.
#[derive(Debug)]
pub struct NewEntry<'a> {
    pub convo_id: &'a str,
    pub kind: EntryKind,
    pub epoch: i64,
    pub msg_id: &'a str,
    /// Keyed hash of sender and content.
    pub request_tag: &'a [u8],
    pub ciphertext: &'a [u8],
    pub embed_type: Option<&'a str>,
    pub embed_uri: Option<&'a str>,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
}

/// What an earlier request with the same message id left behind.
#[derive(Debug)]
pub struct Earlier {
    pub seq: i64,
    pub epoch: i64,
    pub request_tag: Vec<u8>,
    pub created_at: Timestamp,
}

/// What stands in the way of a send, or doesn't: read under the conversation's lock.
#[derive(Debug)]
pub struct SendStanding {
    pub is_member: bool,
    pub earlier: Option<Earlier>,
}

/// Appends an entry: takes the next seq, stores the entry and writes its event, in one statement. The epoch moves with a
/// commit. Returns the seq.
pub async fn append(conn: &mut PgConnection, entry: &NewEntry<'_>) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"-- messages.append
        WITH convo AS (
            UPDATE conversations SET
                next_seq = next_seq + 1,
                epoch = CASE WHEN $2 = 'commit' THEN $3::bigint + 1 ELSE epoch END,
                kept_min_seq = CASE WHEN kept_count = 0 THEN next_seq ELSE kept_min_seq END,
                kept_count = kept_count + 1,
                app_count = app_count + CASE WHEN $2 = 'app' THEN 1 ELSE 0 END,
                kept_app_count = kept_app_count + CASE WHEN $2 = 'app' THEN 1 ELSE 0 END,
                next_expiry = least(next_expiry, $10),
                last_message_at = CASE WHEN $2 = 'app' THEN greatest(last_message_at, $9) ELSE last_message_at END
            WHERE convo_id = $1
            RETURNING next_seq - 1 AS seq, app_count
        ), entry AS (
            INSERT INTO messages (convo_id, seq, kind, epoch, msg_id, request_tag, ciphertext, embed_type, embed_uri,
                app_ordinal, created_at, expires_at)
            SELECT $1, seq, $2, $3, $4, $5, $6, $7, $8, app_count, $9, $10 FROM convo
        )
        INSERT INTO events (convo_id, kind, seq, epoch, created_at)
        SELECT $1, 'entry', seq, $3, $9 FROM convo
        RETURNING seq"#,
        entry.convo_id,
        entry.kind.as_str(),
        entry.epoch,
        entry.msg_id,
        entry.request_tag,
        entry.ciphertext,
        entry.embed_type,
        entry.embed_uri,
        entry.created_at,
        entry.expires_at,
    )
    .fetch_one(conn)
    .await?)
}

/// Whether a user may send to a locked conversation, and whether the message id is already there.
pub async fn send_standing(
    conn: &mut PgConnection,
    convo_id: &str,
    user_did: &str,
    msg_id: &str,
) -> Result<SendStanding, StoreError> {
    let row = sqlx::query!(
        r#"-- messages.send_standing
        SELECT EXISTS (
                SELECT FROM members WHERE convo_id = $1 AND user_did = $2 AND left_at IS NULL) AS "is_member!",
            m.seq AS "seq?", m.epoch AS "epoch?", m.request_tag AS "request_tag?", m.created_at AS "created_at?"
        FROM (VALUES (1)) AS always LEFT JOIN messages m ON m.convo_id = $1 AND m.msg_id = $3"#,
        convo_id,
        user_did,
        msg_id,
    )
    .fetch_one(conn)
    .await?;
    let earlier = match (row.seq, row.epoch, row.request_tag, row.created_at) {
        (Some(seq), Some(epoch), Some(request_tag), Some(created_at)) => {
            Some(Earlier { seq, epoch, request_tag, created_at })
        }
        _ => None,
    };
    Ok(SendStanding { is_member: row.is_member, earlier })
}

//! Who is a member, to be remembered.

use sqlx::PgConnection;

use super::StoreError;

/// Members of a conversation.
#[derive(Debug)]
pub struct Standing {
    pub convo_id: String,
    /// They are members as long as the conversation's row says the same.
    pub last_departure: i64,
    /// Not necessarily all.
    pub users: Vec<String>,
}

/// Rows of members that are looked at of each conversation.
const MOST: i64 = 200;

/// Members of several conversations: of each the user named with it, if that is one, and as many others as a glance shows.
pub async fn read(
    conn: &mut PgConnection,
    convo_ids: &[&str],
    user_dids: &[&str],
) -> Result<Vec<Standing>, StoreError> {
    Ok(sqlx::query_as!(
        Standing,
        r#"-- standings.read
        SELECT c.convo_id, c.last_departure, ARRAY(
                SELECT m.user_did FROM members m
                WHERE m.convo_id = c.convo_id AND m.user_did = p.user_did AND m.left_at IS NULL
                UNION
                SELECT m.user_did FROM (
                    SELECT user_did, left_at FROM members WHERE convo_id = c.convo_id LIMIT $3) m
                WHERE m.left_at IS NULL) AS "users!"
        FROM unnest($1::text[], $2::text[]) AS p (convo_id, user_did)
        JOIN conversations c ON c.convo_id = p.convo_id AND c.deleted_at IS NULL"#,
        convo_ids as &[&str],
        user_dids as &[&str],
        MOST,
    )
    .fetch_all(conn)
    .await?)
}

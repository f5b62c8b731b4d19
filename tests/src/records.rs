//! What the database holds for readers whom no method serves so far: the events of a conversation, and its audit log.

use sqlx::Row;

use crate::server::TestServer;

/// What happened in a conversation apart from its entries, in the order of the stream, each as
/// `kind detail subject by actor for audience: reason`.
pub async fn events(server: &TestServer, convo_id: &str) -> Vec<String> {
    let rows = sqlx::query(
        "SELECT concat_ws(' ', kind, trim(both '\"' from detail::text), subject_did, 'by ' || actor_did,
            'for ' || audience) || coalesce(': ' || reason, '')
        FROM events WHERE convo_id = $1 AND kind <> 'entry' ORDER BY txid, id",
    );
    let rows = rows.bind(convo_id).fetch_all(server.db()).await.expect("events can be read");
    rows.iter().map(|row| short(row.get(0))).collect()
}

/// The audit log of a conversation, oldest first, each entry as `action subject by actor (detail): reason`.
pub async fn audit(server: &TestServer, convo_id: &str) -> Vec<String> {
    let rows = sqlx::query(
        "SELECT concat_ws(' ', action, subject_did, 'by ' || actor_did, '(' || detail || ')') || coalesce(': ' || reason, '')
        FROM audit_log WHERE convo_id = $1 ORDER BY id",
    );
    let rows = rows.bind(convo_id).fetch_all(server.db()).await.expect("the audit log can be read");
    rows.iter().map(|row| short(row.get(0))).collect()
}

/// Without what all users in tests have in common.
fn short(text: String) -> String {
    text.replace("did:plc:", "")
}

//! The two database functions that append, one for a single entry and one for many: what one does the other does too.

use e2e::{room::Room, server::TestServer};
use sqlx::PgPool;
use uuid::Uuid;

/// An entry as the functions take it.
#[derive(Clone, Debug)]
struct Given {
    convo_id: String,
    sender: String,
    kind: &'static str,
    epoch: i64,
    group_id: Option<Vec<u8>>,
    msg_id: String,
    tag: &'static [u8],
    may_wait: bool,
}

/// Appends an entry by a function, and says in words what came of it: the outcome, where an earlier entry stands, and
/// everything that is stored then. Undoes it.
async fn append(db: &PgPool, function: &'static str, given: &Given) -> (String, String) {
    let mut tx = db.begin().await.unwrap();
    let outcome: String = sqlx::query_scalar(function)
        .bind(&given.convo_id)
        .bind(&given.sender)
        .bind(given.kind)
        .bind(given.epoch)
        .bind(&given.group_id)
        .bind(&given.msg_id)
        .bind(given.tag)
        .bind(given.may_wait)
        .fetch_one(&mut *tx)
        .await
        .unwrap();
    // Ids of transactions and of events are others each time; that they belong together is what counts.
    let stored = "SELECT concat_ws(E'\n',
            (SELECT string_agg((to_jsonb(c) - 'last_event_txid')::text, ' ' ORDER BY c.convo_id) FROM conversations c),
            (SELECT string_agg(concat(to_jsonb(m) - 'event_txid' - 'event_id', e.kind, e.seq, e.epoch, e.created_at,
                    e.txid = c.last_event_txid), ' ' ORDER BY m.convo_id, m.seq)
                FROM messages m JOIN conversations c USING (convo_id)
                LEFT JOIN events e ON (e.txid, e.id) = (m.event_txid, m.event_id)))";
    let stored = sqlx::query_scalar(stored).fetch_one(&mut *tx).await.unwrap();
    tx.rollback().await.unwrap();
    (outcome, stored)
}

const BY_ONE: &str = "SELECT concat_ws(' ', outcome, seq, epoch, created_at, request_tag)
    FROM append_entry($1, $2, $3, $4, $5, $6, $7, 'bytes', 'link', 'https://example.org', '2026-01-01', '2026-02-01', $8)";

const BY_MANY: &str = "SELECT concat_ws(' ', outcome, seq, epoch, created_at, request_tag)
    FROM append_entries(ARRAY[$1], ARRAY[$2], ARRAY[$3], ARRAY[$4::bigint], ARRAY[$5::bytea], ARRAY[$6], ARRAY[$7::bytea],
        ARRAY['bytes'::bytea], ARRAY['link'], ARRAY['https://example.org'], ARRAY['2026-01-01'::timestamptz],
        ARRAY['2026-02-01'::timestamptz], $8)";

#[tokio::test]
async fn one_entry_is_judged_and_stored_as_one_of_many() {
    let server = TestServer::start().await;
    let (room, locked) = (Room::open(&server, &["alice"]).await, Room::open(&server, &["alice"]).await);
    let sent = room.message("first");
    room.members[0].api.send_message(&sent).await.unwrap();
    let known = locked.message("known");
    locked.members[0].api.send_message(&known).await.unwrap();
    // What the server made of it stays secret; this is a tag that the test knows.
    sqlx::query("UPDATE messages SET request_tag = 'mine'").execute(server.db()).await.unwrap();
    let mut others = server.db().begin().await.unwrap();
    let lock = sqlx::query("SELECT FROM conversations WHERE convo_id = $1 FOR UPDATE").bind(&locked.convo_id);
    lock.execute(&mut *others).await.unwrap();

    let good = Given {
        convo_id: room.convo_id.clone(),
        sender: room.members[0].did.as_str().to_owned(),
        kind: "app",
        epoch: 0,
        group_id: Some(room.group.id().to_vec()),
        msg_id: Uuid::new_v4().to_string(),
        tag: b"new",
        may_wait: false,
    };
    let in_locked = Given { convo_id: locked.convo_id.clone(), group_id: None, ..good.clone() };
    let stranger = "did:web:mallory.example".to_owned();
    let cases = [
        ("appended", good.clone()),
        ("appended", Given { may_wait: true, ..good.clone() }),
        ("appended", Given { group_id: None, kind: "proposal", ..good.clone() }),
        ("appended", Given { kind: "commit", ..good.clone() }),
        ("earlier", Given { msg_id: sent.msg_id.clone(), tag: b"mine", ..good.clone() }),
        ("earlier", Given { msg_id: sent.msg_id.clone(), ..good.clone() }),
        ("earlier", Given { msg_id: sent.msg_id.clone(), tag: b"mine", sender: stranger.clone(), ..good.clone() }),
        ("no member", Given { msg_id: sent.msg_id.clone(), sender: stranger.clone(), ..good.clone() }),
        ("no member", Given { sender: stranger, ..good.clone() }),
        ("other group", Given { group_id: Some(b"other".to_vec()), epoch: 7, ..good.clone() }),
        ("other epoch", Given { epoch: 7, ..good.clone() }),
        ("no conversation", Given { convo_id: "ffff".to_owned(), ..good.clone() }),
        ("busy", in_locked.clone()),
        ("busy", Given { msg_id: known.msg_id.clone(), ..in_locked.clone() }),
        ("earlier", Given { msg_id: known.msg_id.clone(), tag: b"mine", ..in_locked }),
    ];
    for (outcome, given) in cases {
        let (one, many) = (append(server.db(), BY_ONE, &given).await, append(server.db(), BY_MANY, &given).await);
        assert!(one.0.starts_with(outcome), "{given:?} gave {}", one.0);
        assert_eq!(one, many, "{given:?}");
    }
    others.rollback().await.unwrap();
}

//! The live stream: what comes, to whom, in which order, and that nothing is lost or comes twice.

mod client;
mod ephemeral;
mod history;
mod limits;
mod order;
mod pages;
mod receipts;
mod redis;
mod requests;
mod resume;
mod servers;
mod sockets;
mod windows;

use std::time::Duration;

use catbird_lexicon::blue::catbird::mls::{add_members, leave_convo, remove_member, send_typing_indicator};
use e2e::{
    actor::Actor,
    room::Room,
    stream::{Event, Listener},
};
use sqlx::{Connection, PgConnection, PgPool};
use uuid::Uuid;

/// A connection of its own to a server's database, for transactions that are held open.
async fn connect(db: &PgPool) -> PgConnection {
    PgConnection::connect_with(&db.connect_options()).await.expect("the database answers")
}

/// Appends an entry to a conversation in a transaction that is open, as a writer of the server does. Waits for the lock of
/// the conversation.
async fn append(conn: &mut PgConnection, convo_id: &str, sender: &str) {
    let append = "SELECT outcome FROM append_entries(ARRAY[$1], ARRAY[$2], ARRAY['app'], ARRAY[0::bigint],
        ARRAY[NULL::bytea], ARRAY[$3], ARRAY['tag'::bytea], ARRAY['bytes'::bytea], ARRAY[NULL::text], ARRAY[NULL::text],
        ARRAY[now()], ARRAY[now() + interval '30 days'], true)";
    let outcome: String = sqlx::query_scalar(append)
        .bind(convo_id)
        .bind(sender)
        .bind(Uuid::new_v4().to_string())
        .fetch_one(conn)
        .await
        .expect("an entry can be appended");
    assert_eq!(outcome, "appended");
}

/// Adds a user without a device, by nobody's commit.
async fn add(room: &Room, user: &Actor) {
    let input = add_members::Input {
        convo_id: room.convo_id.clone(),
        idempotency_key: None,
        did_list: vec![user.did.clone()],
        commit: None,
        welcome_message: None,
        key_package_hashes: None,
    };
    room.members[0].api.add_members(&input).await.expect("an admin can add");
}

/// Removes a user, by nobody's commit.
async fn remove(room: &Room, user: &Actor) {
    let input = remove_member::Input {
        convo_id: room.convo_id.clone(),
        target_did: user.did.clone(),
        idempotency_key: Uuid::new_v4().simple().to_string()[..26].to_owned(),
        reason: None,
        commit: None,
    };
    room.members[0].api.remove_member(&input).await.expect("an admin can remove");
}

async fn leave(room: &Room, user: &Actor) {
    let input = leave_convo::Input { convo_id: room.convo_id.clone(), target_did: None, commit: None };
    user.api.leave_convo(&input).await.expect("a member can leave");
}

/// Types until it is seen on another server: connecting takes servers a moment.
async fn seen_by(listener: &mut Listener, room: &Room) -> Vec<Event> {
    let input = send_typing_indicator::Input { convo_id: room.convo_id.clone(), is_typing: true };
    let typing = async {
        loop {
            room.members[0].api.send_typing_indicator(&input).await.expect("a member can type");
            tokio::time::sleep(Duration::from_millis(150)).await;
        }
    };
    tokio::select! {
        () = typing => unreachable!("it goes on"),
        seen = listener.take(1) => seen,
    }
}

/// Long enough for the tailer to have looked several times.
async fn a_while() {
    tokio::time::sleep(Duration::from_millis(300)).await;
}

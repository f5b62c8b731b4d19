//! What appending comes to: every entry is judged alone, by one order of rules.

use catbird_server::store::{
    EntryKind,
    messages::{self, Candidate, Verdict},
};
use chrono::{DateTime, TimeDelta};
use e2e::{queue::Gate, room::Room, server::TestServer};
use uuid::Uuid;

/// The verdict on a candidate. What is stored is undone.
async fn judge(server: &TestServer, candidate: &Candidate, may_wait: bool) -> String {
    let mut tx = server.db().begin().await.unwrap();
    let verdicts = messages::append_all(&mut tx, &[candidate], may_wait).await.unwrap();
    tx.rollback().await.unwrap();
    match &verdicts[..] {
        [Verdict::Earlier { seq, epoch, .. }] => format!("earlier {seq} {epoch}"),
        [verdict] => format!("{verdict:?}"),
        verdicts => panic!("{verdicts:?} on one candidate"),
    }
}

#[tokio::test]
async fn every_verdict_has_its_reason() {
    let server = TestServer::start().await;
    let (room, locked) = (Room::open(&server, &["alice"]).await, Room::open(&server, &["alice"]).await);
    let (sent, known) = (room.message("first"), locked.message("known"));
    room.members[0].api.send_message(&sent).await.unwrap();
    locked.members[0].api.send_message(&known).await.unwrap();
    // What the server made of it stays secret; this is a tag that the test knows.
    let tag = [1; 32];
    sqlx::query("UPDATE messages SET request_tag = $1").bind(&tag[..]).execute(server.db()).await.unwrap();
    let lock = sqlx::query("SELECT FROM conversations WHERE convo_id = $1 FOR UPDATE");
    let gate = Gate::close(&server, lock.bind(&locked.convo_id)).await;

    let at = DateTime::UNIX_EPOCH + TimeDelta::days(20_000);
    let good = Candidate {
        convo_id: room.convo_id.clone(),
        sender_did: room.members[0].did.to_string(),
        kind: EntryKind::App,
        epoch: 0,
        group_id: Some(room.group.id().to_vec()),
        msg_id: Uuid::new_v4().to_string(),
        request_tag: [2; 32],
        ciphertext: "bytes".into(),
        embed_type: None,
        embed_uri: None,
        created_at: at,
        expires_at: at + TimeDelta::days(30),
    };
    let in_locked = Candidate { convo_id: locked.convo_id.clone(), group_id: None, ..good.clone() };
    let stranger = "did:web:mallory.example".to_owned();
    let cases = [
        ("Appended { seq: 2 }", good.clone()),
        ("Appended { seq: 2 }", Candidate { group_id: None, kind: EntryKind::Proposal, ..good.clone() }),
        ("Appended { seq: 2 }", Candidate { kind: EntryKind::Commit, ..good.clone() }),
        ("earlier 1 0", Candidate { msg_id: sent.msg_id.clone(), request_tag: tag, ..good.clone() }),
        ("earlier 1 0", Candidate { msg_id: sent.msg_id.clone(), ..good.clone() }),
        (
            "earlier 1 0",
            Candidate { msg_id: sent.msg_id.clone(), request_tag: tag, sender_did: stranger.clone(), ..good.clone() },
        ),
        ("NoMember", Candidate { msg_id: sent.msg_id.clone(), sender_did: stranger.clone(), ..good.clone() }),
        ("NoMember", Candidate { sender_did: stranger, ..good.clone() }),
        ("OtherGroup", Candidate { group_id: Some(b"other".to_vec()), epoch: 7, ..good.clone() }),
        ("OtherEpoch { current: 0 }", Candidate { epoch: 7, ..good.clone() }),
        ("NoConversation", Candidate { convo_id: "ffff".to_owned(), ..good.clone() }),
        ("Busy", in_locked.clone()),
        ("Busy", Candidate { msg_id: known.msg_id.clone(), ..in_locked.clone() }),
        ("earlier 1 0", Candidate { msg_id: known.msg_id.clone(), request_tag: tag, ..in_locked }),
    ];
    for (verdict, candidate) in cases {
        assert_eq!(judge(&server, &candidate, false).await, verdict, "{candidate:?}");
    }
    assert_eq!(judge(&server, &good, true).await, "Appended { seq: 2 }");
    gate.open().await;
}

//! Pages of a log, their ends, and what is told of its gaps.

use catbird_lexicon::blue::catbird::mls::get_messages::{GapInfo, Output, Params};
use e2e::{actor::refused, room::Room, server::TestServer};

async fn room_of(server: &TestServer, count: usize) -> Room {
    let room = Room::open(server, &["alice"]).await;
    for number in 1..=count {
        room.send(format!("entry {number}")).await;
    }
    room
}

async fn exactly(room: &Room, seqs: &[i64]) -> Output {
    let params = Params { convo_id: room.convo_id.clone(), limit: 50, since_seq: None, seqs: Some(seqs.to_vec()) };
    room.members[0].api.get_messages(&params).await.unwrap()
}

async fn page(room: &Room, since_seq: impl Into<Option<i64>>, limit: i64) -> Output {
    room.members[0].page(&room.convo_id, since_seq, limit).await.unwrap()
}

fn seqs(page: &Output) -> Vec<i64> {
    assert_eq!(page.last_seq, page.messages.last().map(|entry| entry.seq), "lastSeq is that of the last entry");
    page.messages.iter().map(|entry| entry.seq).collect()
}

/// Takes entries out of a log, as nothing but their expiry can.
async fn delete(server: &TestServer, room: &Room, seqs: &[i64]) {
    let expire = "UPDATE messages SET expires_at = created_at, expires_in_turn = false
        WHERE convo_id = $1 AND seq = ANY($2)";
    let expired = sqlx::query(expire).bind(&room.convo_id).bind(seqs).execute(server.db()).await.unwrap();
    assert_eq!(expired.rows_affected(), seqs.len() as u64);
    let due = "UPDATE conversations SET next_expiry = created_at WHERE convo_id = $1";
    sqlx::query(due).bind(&room.convo_id).execute(server.db()).await.unwrap();
    server.pass_time(std::time::Duration::ZERO).await;
    let left: i64 = sqlx::query_scalar("SELECT count(*) FROM messages WHERE convo_id = $1 AND seq = ANY($2)")
        .bind(&room.convo_id)
        .bind(seqs)
        .fetch_one(server.db())
        .await
        .unwrap();
    assert_eq!(left, 0);
}

#[tokio::test]
async fn pages_follow_each_other_without_overlap_or_loss() {
    let server = TestServer::start().await;
    let room = room_of(&server, 25).await;
    assert_eq!(seqs(&page(&room, 0, 10).await), (1..=10).collect::<Vec<_>>());
    assert_eq!(seqs(&page(&room, 10, 10).await), (11..=20).collect::<Vec<_>>());
    assert_eq!(seqs(&page(&room, 20, 10).await), (21..=25).collect::<Vec<_>>());
    let end = page(&room, 25, 10).await;
    assert_eq!((end.messages.len(), end.last_seq, end.gap_info), (0, None, None));
    assert!(page(&room, i64::MAX, 10).await.messages.is_empty());
    // Without sinceSeq the newest, still ascending.
    assert_eq!(seqs(&page(&room, None, 10).await), (16..=25).collect::<Vec<_>>());
    assert_eq!(seqs(&page(&room, None, 1).await), [25]);
    assert_eq!(seqs(&page(&room, 3, 1).await), [4]);
    for limit in [0, 101, -1] {
        assert_eq!(refused(room.members[0].page(&room.convo_id, 0, limit).await), "InvalidRequest");
    }
    // What comes while somebody reads stands behind what was there.
    room.send("entry 26").await;
    assert_eq!(seqs(&page(&room, 25, 10).await), [26]);
}

#[tokio::test]
async fn seqs_give_exactly_the_entries_asked_for() {
    let server = TestServer::start().await;
    let room = room_of(&server, 6).await;
    assert_eq!(seqs(&exactly(&room, &[5, 2, 2]).await), [2, 5]);
    assert!(exactly(&room, &[7, 1000, i64::MAX]).await.messages.is_empty());
    let both = Params { convo_id: room.convo_id.clone(), limit: 50, since_seq: Some(0), seqs: Some(vec![1]) };
    assert_eq!(refused(room.members[0].api.get_messages(&both).await), "InvalidCursor");
}

#[tokio::test]
async fn large_entries_make_short_pages_and_none_is_lost() {
    const SIZE: usize = 1536 * 1024;
    let server = TestServer::start().await;
    let room = Room::open(&server, &["alice"]).await;
    for number in 1..=5 {
        room.send(vec![number; SIZE]).await;
    }
    room.send("a small one").await;
    let first = page(&room, 0, 100).await;
    assert_eq!(seqs(&first), [1, 2, 3], "the page ends with the entry that reaches 4 MiB");
    assert_eq!(seqs(&page(&room, 3, 100).await), [4, 5, 6]);
    assert_eq!(seqs(&page(&room, None, 100).await), [3, 4, 5, 6], "the tail keeps its newest entries");
    assert_eq!(seqs(&exactly(&room, &[1, 2, 3, 4, 5]).await), [1, 2, 3]);
    assert_eq!(seqs(&exactly(&room, &[4, 5]).await), [4, 5], "those above lastSeq, asked for again");
    for (index, entry) in first.messages.iter().enumerate() {
        assert!(entry.ciphertext.len() == SIZE && entry.ciphertext.iter().all(|byte| *byte == index as u8 + 1));
    }
}

#[tokio::test]
async fn missing_entries_are_told_of_and_only_they() {
    let server = TestServer::start().await;
    let room = room_of(&server, 5).await;
    assert_eq!(page(&room, 0, 100).await.gap_info, None);
    delete(&server, &room, &[3]).await;
    let one_missing = Some(GapInfo { has_gaps: true, missing_seqs: vec![3], total_messages: 4 });
    let whole = page(&room, 0, 100).await;
    assert_eq!(seqs(&whole), [1, 2, 4, 5]);
    assert_eq!(whole.gap_info, one_missing);
    assert_eq!(page(&room, 2, 1).await.gap_info, one_missing);
    assert_eq!(page(&room, None, 100).await.gap_info, one_missing);
    // Missing seqs are listed from the page asked for on.
    let behind = page(&room, 3, 100).await;
    assert_eq!(seqs(&behind), [4, 5]);
    assert_eq!(behind.gap_info, Some(GapInfo { has_gaps: true, missing_seqs: vec![], total_messages: 4 }));
    // What is gone from the beginning or the end of what is kept is no gap.
    delete(&server, &room, &[1, 5]).await;
    assert_eq!(seqs(&page(&room, 0, 100).await), [2, 4]);
    let still = Some(GapInfo { has_gaps: true, missing_seqs: vec![3], total_messages: 2 });
    assert_eq!(page(&room, 0, 100).await.gap_info, still);
    delete(&server, &room, &[2]).await;
    let rest = page(&room, 0, 100).await;
    assert_eq!((seqs(&rest), rest.gap_info), (vec![4], None));
    assert_eq!(room.send("the next").await.seq, 6);
    let gap = Some(GapInfo { has_gaps: true, missing_seqs: vec![5], total_messages: 2 });
    assert_eq!(page(&room, 0, 100).await.gap_info, gap);
}

#[tokio::test]
async fn an_outlier_far_away_makes_no_huge_answer() {
    let server = TestServer::start().await;
    let room = room_of(&server, 2).await;
    let jump = "WITH jumped AS (UPDATE conversations SET next_seq = 2000000000 WHERE convo_id = $1)
        INSERT INTO gaps (convo_id, first_seq, last_seq) VALUES ($1, 3, 1999999999)";
    sqlx::query(jump).bind(&room.convo_id).execute(server.db()).await.unwrap();
    assert_eq!(room.send("far away").await.seq, 2_000_000_000);
    let started = std::time::Instant::now();
    let whole = page(&room, 0, 100).await;
    assert_eq!(seqs(&whole), [1, 2, 2_000_000_000]);
    let gaps = whole.gap_info.unwrap();
    assert_eq!(gaps.missing_seqs, (3..=1002).collect::<Vec<_>>(), "at most a thousand are listed");
    assert_eq!(gaps.total_messages, 3);
    // The next thousand, from the page asked for on.
    let next = page(&room, 1002, 100).await;
    assert_eq!(next.gap_info.unwrap().missing_seqs, (1003..=2002).collect::<Vec<_>>());
    assert!(started.elapsed().as_secs() < 5, "it took {:?}", started.elapsed());
}

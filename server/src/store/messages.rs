//! Appending to a log. Reading it is in `pages`.

use sqlx::PgConnection;

use super::{EntryKind, StoreError, Timestamp, column};

/// An entry that is to be appended if it may.
#[derive(Clone, Debug)]
pub struct Candidate {
    pub convo_id: String,
    pub sender_did: String,
    pub kind: EntryKind,
    pub epoch: i64,
    /// The group that the entry says to be for.
    pub group_id: Option<Vec<u8>>,
    pub msg_id: String,
    /// Keyed hash of sender and content.
    pub request_tag: [u8; 32],
    pub ciphertext: bytes::Bytes,
    pub embed_type: Option<String>,
    pub embed_uri: Option<String>,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
}

/// What became of a candidate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    Appended {
        seq: i64,
    },
    /// An entry with this message id is there already.
    Earlier {
        seq: i64,
        epoch: i64,
        request_tag: Vec<u8>,
        created_at: Timestamp,
    },
    OtherEpoch {
        current: i64,
    },
    OtherGroup,
    NoMember,
    NoConversation,
    /// Somebody else holds the conversation's lock, and this call was not to wait.
    Busy,
}

/// Appends entries in one statement, each judged alone; the verdicts are in the order of the candidates. No two candidates
/// may have the same conversation and message id. See the database function.
pub async fn append_all(
    conn: &mut PgConnection,
    candidates: &[&Candidate],
    may_wait: bool,
) -> Result<Vec<Verdict>, StoreError> {
    let rows = sqlx::query!(
        r#"-- messages.append_all
        SELECT place AS "place!", outcome AS "outcome!", seq, epoch, created_at, request_tag
        FROM append_entries($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"#,
        &column(candidates, |c| c.convo_id.as_str()) as &[&str],
        &column(candidates, |c| c.sender_did.as_str()) as &[&str],
        &column(candidates, |c| c.kind.as_str()) as &[&str],
        &column(candidates, |c| c.epoch),
        &column(candidates, |c| c.group_id.as_deref()) as &[Option<&[u8]>],
        &column(candidates, |c| c.msg_id.as_str()) as &[&str],
        &column(candidates, |c| c.request_tag.as_slice()) as &[&[u8]],
        &column(candidates, |c| c.ciphertext.as_ref()) as &[&[u8]],
        &column(candidates, |c| c.embed_type.as_deref()) as &[Option<&str>],
        &column(candidates, |c| c.embed_uri.as_deref()) as &[Option<&str>],
        &column(candidates, |c| c.created_at),
        &column(candidates, |c| c.expires_at),
        may_wait,
    )
    .fetch_all(conn)
    .await?;
    let mut verdicts = vec![None; candidates.len()];
    for row in rows {
        let verdict = verdict(&row.outcome, row.seq, row.epoch, row.created_at, row.request_tag);
        let place = usize::try_from(row.place - 1).ok().and_then(|place| verdicts.get_mut(place));
        *place.ok_or_else(|| StoreError::Impossible(format!("a verdict on candidate {}", row.place)))? = verdict;
    }
    let complete: Option<Vec<_>> = verdicts.into_iter().collect();
    complete.ok_or_else(|| StoreError::Impossible("a candidate without a verdict".to_owned()))
}

fn verdict(
    outcome: &str,
    seq: Option<i64>,
    epoch: Option<i64>,
    created_at: Option<Timestamp>,
    request_tag: Option<Vec<u8>>,
) -> Option<Verdict> {
    match (outcome, seq, epoch) {
        ("appended", Some(seq), _) => Some(Verdict::Appended { seq }),
        ("earlier", Some(seq), Some(epoch)) => request_tag
            .zip(created_at)
            .map(|(request_tag, created_at)| Verdict::Earlier { seq, epoch, request_tag, created_at }),
        ("other epoch", _, Some(current)) => Some(Verdict::OtherEpoch { current }),
        ("other group", ..) => Some(Verdict::OtherGroup),
        ("no member", ..) => Some(Verdict::NoMember),
        ("no conversation", ..) => Some(Verdict::NoConversation),
        ("busy", ..) => Some(Verdict::Busy),
        _ => None,
    }
}

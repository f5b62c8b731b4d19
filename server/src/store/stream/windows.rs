//! Who may see which part of the events.

use sqlx::PgConnection;

use super::StoredEvent;
use crate::store::{
    StoreError,
    events::{Audience, Occurrence},
    places::Place,
};

/// The part of a conversation's events that is a user's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Entries after this seq.
    pub after_seq: i64,
    /// Entries up to this one; nothing while they are a member.
    pub last_seq: Option<i64>,
    /// Other events from this one on.
    pub from_event: i64,
    /// And up to the one at this place; nothing while they are a member.
    pub to_event: Option<Place>,
    /// Admin or moderator now.
    pub is_admin: bool,
}

impl Window {
    /// Whether `reader`, whose window this is, sees an event of the conversation.
    pub fn admits(&self, event: &StoredEvent, reader: &str) -> bool {
        let (seq, id) = (event.seq, event.place.id);
        let is_seen = self.after_seq < seq && self.last_seq.is_none_or(|last| seq <= last);
        let is_met = self.from_event <= id && self.to_event.is_none_or(|last| id <= last.id);
        let is_in_time = match event.occurrence {
            Some(Occurrence::Entry) => is_seen,
            // About an entry: for those who can read that one.
            Some(Occurrence::Reaction { .. }) => is_seen && is_met,
            // And ids of receipts don't rise with their places.
            Some(Occurrence::Read { .. }) => is_seen && is_met && self.to_event.is_none_or(|last| event.place <= last),
            // After an entry, which may be the one that one's own time begins behind.
            _ => is_met && (is_seen || self.after_seq == seq),
        };
        let is_for_reader = match event.audience {
            Audience::Members => true,
            Audience::Admins => self.is_admin && self.to_event.is_none(),
            Audience::Subject => event.subject_did.as_deref() == Some(reader),
        };
        is_in_time && is_for_reader
    }
}

/// A reader's windows, by conversation; of one conversation when it is named.
pub async fn windows(
    conn: &mut PgConnection,
    reader: &str,
    convo_id: Option<&str>,
) -> Result<Vec<(String, Window)>, StoreError> {
    let rows = sqlx::query!(
        r#"-- stream.windows
        SELECT convo_id AS "convo_id!", after_seq AS "after_seq!", last_seq, from_event AS "from_event!", to_event,
            to_txid::text::bigint AS to_txid, is_admin AS "is_admin!"
        FROM event_windows($1) WHERE $2::text IS NULL OR convo_id = $2"#,
        reader,
        convo_id,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let (after_seq, last_seq) = (row.after_seq, row.last_seq);
            let (from_event, to_event) = (row.from_event, end(row.to_event, row.to_txid));
            (row.convo_id, Window { after_seq, last_seq, from_event, to_event, is_admin: row.is_admin })
        })
        .collect())
}

/// Where a window ends. Earlier releases didn't keep the txid: by the id alone then.
pub(super) fn end(id: Option<i64>, txid: Option<i64>) -> Option<Place> {
    Some(Place { txid: txid.unwrap_or(i64::MAX), id: id? })
}

/// Whether a user is an admin or a moderator of a conversation.
pub async fn is_admin(conn: &mut PgConnection, convo_id: &str, user_did: &str) -> Result<bool, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"-- stream.is_admin
        SELECT EXISTS (
            SELECT FROM members
            WHERE convo_id = $1 AND user_did = $2 AND left_at IS NULL AND (is_admin OR is_moderator)) AS "is_admin!""#,
        convo_id,
        user_did,
    )
    .fetch_one(conn)
    .await?)
}

#[cfg(test)]
mod tests {
    use super::{Audience, Occurrence, StoredEvent, Window};
    use crate::store::places::Place;

    fn event(occurrence: Occurrence, seq: i64, id: i64) -> StoredEvent {
        StoredEvent {
            place: Place { txid: 1, id },
            convo_id: Some("c".to_owned()),
            occurrence: Some(occurrence),
            audience: Audience::Members,
            seq,
            epoch: 0,
            subject_did: Some("bob".to_owned()),
            actor_did: None,
            reason: None,
            created_at: chrono::DateTime::UNIX_EPOCH,
        }
    }

    /// Joined by the commit that is entry 5 and event 10, told by event 11; removed by entry 8, event 20, told by event 21.
    const BOB: Window = Window {
        after_seq: 5,
        last_seq: Some(8),
        from_event: 11,
        to_event: Some(Place { txid: 1, id: 21 }),
        is_admin: true,
    };

    #[test]
    fn a_window_begins_behind_the_joining_commit_and_ends_with_the_removing_one() {
        let sees = |occurrence, seq, id| BOB.admits(&event(occurrence, seq, id), "bob");
        let entries: Vec<_> = (4..=9).filter(|seq| sees(Occurrence::Entry, *seq, seq * 2)).collect();
        assert_eq!(entries, [6, 7, 8]);
        assert!(!sees(Occurrence::Joined, 5, 9), "who joined before in the same commit's wake");
        assert!(sees(Occurrence::Joined, 5, 11), "one's own joining");
        assert!(sees(Occurrence::Removed, 8, 21), "one's own removal");
        assert!(!sees(Occurrence::Removed, 8, 22), "another one's, told behind it");
        assert!(!sees(Occurrence::RejoinRequested, 9, 30));
        let read = Occurrence::Read { message_id: None };
        assert!(!sees(read.clone(), 5, 15), "of an entry from before");
        assert!(sees(read.clone(), 6, 15) && !sees(read.clone(), 8, 22));
        let behind = StoredEvent { place: Place { txid: 2, id: 20 }, ..event(read, 8, 20) };
        assert!(!BOB.admits(&behind, "bob"), "its id is of before the removal, its place is not");
        assert!(Window { to_event: super::end(Some(21), None), ..BOB }.admits(&behind, "bob"), "of an earlier release");
    }

    #[test]
    fn an_audience_narrows_a_window() {
        let open = Window { last_seq: None, to_event: None, ..BOB };
        let admins = StoredEvent { audience: Audience::Admins, ..event(Occurrence::RejoinRequested, 6, 15) };
        assert!(open.admits(&admins, "bob"));
        assert!(!Window { is_admin: false, ..open }.admits(&admins, "bob"));
        assert!(!BOB.admits(&admins, "bob"), "no longer a member");
        let subject = StoredEvent { audience: Audience::Subject, ..admins };
        assert!(open.admits(&subject, "bob"));
        assert!(!open.admits(&subject, "carol"));
    }
}

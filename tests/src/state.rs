//! What a user has read and received, and how they react; and the events that tell others of it.

use catbird_lexicon::blue::catbird::mls::{
    add_reaction, defs, get_pending_messages, remove_reaction, update_cursor, update_read,
};
use lexicon_runtime::client::ClientError;
use sqlx::PgPool;

use crate::actor::Actor;

impl Actor {
    /// Moves this user's positions.
    pub async fn move_to(
        &self,
        convo_id: &str,
        read_seq: impl Into<Option<i64>>,
        delivered_seq: impl Into<Option<i64>>,
    ) -> Result<update_cursor::Output, ClientError<update_cursor::Error>> {
        let (read_seq, delivered_seq) = (read_seq.into(), delivered_seq.into());
        let input = update_cursor::Input { convo_id: convo_id.to_owned(), read_seq, delivered_seq, cursor: None };
        self.api.update_cursor(&input).await
    }

    /// Moves the delivered position to where the stream was at a cursor.
    pub async fn received(
        &self,
        convo_id: &str,
        cursor: &str,
    ) -> Result<update_cursor::Output, ClientError<update_cursor::Error>> {
        let input = update_cursor::Input {
            convo_id: convo_id.to_owned(),
            read_seq: None,
            delivered_seq: None,
            cursor: Some(cursor.to_owned()),
        };
        self.api.update_cursor(&input).await
    }

    /// Marks a conversation as read up to a message, or to its end.
    pub async fn mark_read(
        &self,
        convo_id: &str,
        message_id: Option<&str>,
    ) -> Result<update_read::Output, ClientError<update_read::Error>> {
        let message_id = message_id.map(str::to_owned);
        self.api.update_read(&update_read::Input { convo_id: convo_id.to_owned(), message_id }).await
    }

    /// A page of what waits for this user.
    pub async fn pending(
        &self,
        cursor: Option<&str>,
        limit: i64,
    ) -> Result<get_pending_messages::Output, ClientError<get_pending_messages::Error>> {
        let params = get_pending_messages::Params { limit, cursor: cursor.map(str::to_owned) };
        self.api.get_pending_messages(&params).await
    }

    /// All that waits for this user behind a cursor, page after page, with the cursor of the last page that had something.
    pub async fn all_pending(&self, cursor: Option<&str>, limit: i64) -> (Vec<defs::MessageView>, Option<String>) {
        let (mut entries, mut cursor) = (Vec::new(), cursor.map(str::to_owned));
        loop {
            let page = self.pending(cursor.as_deref(), limit).await.expect("anybody can ask what waits for them");
            assert_eq!(page.messages.is_empty(), page.cursor.is_none(), "a cursor is that of the last entry");
            assert!(page.messages.len() as i64 <= limit);
            let Some(next) = page.cursor else { return (entries, cursor) };
            assert!(cursor.is_none_or(|cursor| cursor < next), "cursors rise");
            entries.extend(page.messages);
            cursor = Some(next);
        }
    }

    /// Leaves a reaction.
    pub async fn react(
        &self,
        convo_id: &str,
        message_id: &str,
        reaction: &str,
    ) -> Result<add_reaction::Output, ClientError<add_reaction::Error>> {
        let (convo_id, message_id, reaction) = (convo_id.to_owned(), message_id.to_owned(), reaction.to_owned());
        self.api.add_reaction(&add_reaction::Input { convo_id, message_id, reaction }).await
    }

    /// Takes a reaction back.
    pub async fn take_back(
        &self,
        convo_id: &str,
        message_id: &str,
        reaction: &str,
    ) -> Result<remove_reaction::Output, ClientError<remove_reaction::Error>> {
        let (convo_id, message_id, reaction) = (convo_id.to_owned(), message_id.to_owned(), reaction.to_owned());
        self.api.remove_reaction(&remove_reaction::Input { convo_id, message_id, reaction }).await
    }
}

/// An event as it was written.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Written {
    pub seq: i64,
    pub subject_did: Option<String>,
    /// What it tells, as JSON.
    pub detail: Option<String>,
}

/// The events of a kind that a conversation has had, in the order of the stream.
pub async fn events(db: &PgPool, convo_id: &str, kind: &str) -> Vec<Written> {
    let events =
        "SELECT seq, subject_did, detail::text FROM events WHERE convo_id = $1 AND kind = $2 ORDER BY txid, id";
    sqlx::query_as(events).bind(convo_id).bind(kind).fetch_all(db).await.expect("events can be read")
}

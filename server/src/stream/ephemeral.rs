//! What is shown to members who are connected, and kept nowhere.

use catbird_lexicon::blue::catbird::mls::{
    defs::MessageView,
    stream_convo_events::{EventWrapperEvent as Event, MessageEvent, TypingEvent},
};
use lexicon_runtime::formats::Did;
use serde::{Deserialize, Serialize};

use super::{Streams, item::Item};
use crate::store::{StoreError, members};

/// Longest ciphertext of an ephemeral message.
pub const MAX_EPHEMERAL_BYTES: usize = 4096;

/// Longest form on its way to other servers: what one notification of PostgreSQL holds.
const MAX_FORM_BYTES: usize = 7900;

/// Something that passes.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", content = "what", rename_all = "snake_case")]
pub enum Ephemeral {
    /// Somebody types, or has stopped.
    Typing { convo_id: String, did: Did, is_typing: bool },
    /// A message that is not stored.
    Message(Box<MessageView>),
}

impl Ephemeral {
    /// As it goes to other servers; nothing when it is too long.
    pub fn to_form(&self) -> Option<String> {
        serde_json::to_string(self).ok().filter(|form| form.len() <= MAX_FORM_BYTES)
    }

    /// What came from another server; nothing when that is of a release that has other forms.
    pub fn from_form(form: &str) -> Option<Self> {
        serde_json::from_str(form).ok()
    }

    fn convo_id(&self) -> &str {
        match self {
            Self::Typing { convo_id, .. } => convo_id,
            Self::Message(message) => &message.convo_id,
        }
    }

    fn event(self, cursor: String) -> Event {
        match self {
            Self::Typing { convo_id, did, is_typing } => TypingEvent { cursor, convo_id, did, is_typing }.into(),
            Self::Message(message) => MessageEvent { cursor, message: *message }.into(),
        }
    }
}

impl Streams {
    /// Shows something to the members of its conversation who are connected to this server. Whether they are members still is
    /// asked of the database: the log, which tells of removals, may be behind.
    pub async fn show_here(&self, ephemeral: Ephemeral) -> Result<(), StoreError> {
        let convo_id = ephemeral.convo_id().to_owned();
        let here: Vec<_> = self.hub.members_of(&convo_id).into_iter().map(|user| user.to_string()).collect();
        if here.is_empty() {
            return Ok(());
        }
        let members = members::still_in(&mut *self.db.acquire().await?, &convo_id, &here).await?;
        self.hub.broadcast(&convo_id, &members.into_iter().collect(), |place| {
            let cursor = self.cursors.write(place);
            Item::passing(place, cursor.clone(), ephemeral.event(cursor))
        });
        Ok(())
    }

    /// Shows something to the members of its conversation who are connected to any server. False when it is too long.
    pub async fn show(&self, ephemeral: Ephemeral) -> Result<bool, StoreError> {
        let Some(form) = ephemeral.to_form() else { return Ok(false) };
        self.outbox.show(&form);
        self.show_here(ephemeral).await?;
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::Ephemeral;

    #[test]
    fn what_another_server_sends_is_read_and_what_a_later_release_sends_is_ignored() {
        let typing =
            Ephemeral::Typing { convo_id: "c".to_owned(), did: "did:plc:alice".parse().unwrap(), is_typing: true };
        let form = typing.to_form().unwrap();
        assert!(matches!(Ephemeral::from_form(&form), Some(Ephemeral::Typing { is_typing: true, .. })), "{form}");
        for later in ["", "{}", r#"{"kind":"presence","what":{}}"#] {
            assert!(Ephemeral::from_form(later).is_none());
        }
    }
}

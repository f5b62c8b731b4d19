//! The people of the demo.

use std::collections::BTreeMap;

use atrium_api::types::string::Did;
use catbird_lexicon::blue::catbird::mls::defs::MessageView;
use uuid::Uuid;

use super::{BoxError, show::quoted};
use crate::{
    actor::Actor,
    chat::{Chat, Delivered},
    endpoint::Endpoint,
    mls::Received,
};

/// Somebody with a name, and a client.
pub struct Role {
    pub name: &'static str,
    pub actor: Actor,
}

/// Somebody in the conversation, and what each entry of the log was to them.
pub struct Person<'a> {
    pub name: &'static str,
    pub chat: Chat<'a>,
    pub saw: BTreeMap<i64, String>,
}

/// Alice, Bob and Carol as nobody has met them before, so that the demo runs any number of times on one server.
pub fn three_strangers(endpoint: &Endpoint) -> [Role; 3] {
    let run = &Uuid::new_v4().simple().to_string()[..12];
    ["Alice", "Bob", "Carol"].map(|name| {
        let did: Did = format!("did:web:{}-{run}.example", name.to_lowercase()).parse().expect("a DID");
        Role { name, actor: endpoint.actor(&did, None) }
    })
}

impl<'a> Person<'a> {
    pub fn new(role: &Role, chat: Chat<'a>) -> Self {
        Self { name: role.name, chat, saw: BTreeMap::new() }
    }

    /// Notes what an entry was to this person.
    pub fn saw(&mut self, seq: i64, what: String) {
        self.saw.insert(seq, what);
    }

    /// Processes what is new in the log.
    pub async fn read(&mut self) -> Vec<Delivered> {
        let delivered = self.chat.catch_up().await;
        for entry in &delivered {
            let what = match &entry.what {
                Received::Text(text) => quoted(text),
                Received::Proposal => "a proposal".to_owned(),
                Received::Commit { epoch } => format!("to epoch {epoch}"),
                Received::Removed => "removed".to_owned(),
            };
            self.saw(entry.seq, what);
        }
        delivered
    }

    /// The whole log, as far as the server shows it to this person.
    pub async fn log(&self) -> Result<Vec<MessageView>, BoxError> {
        Ok(self.chat.page(Some(0)).await?.messages)
    }

    /// The newest entry of the log.
    pub async fn newest(&self) -> Result<MessageView, BoxError> {
        let mut latest = self.chat.page(None).await?.messages;
        latest.pop().ok_or_else(|| "the log is empty".into())
    }
}

/// Ends the demo when a fact doesn't hold.
pub fn hold(fact: bool, text: &str) -> Result<(), BoxError> {
    if fact { Ok(()) } else { Err(format!("this should hold and doesn't: {text}").into()) }
}

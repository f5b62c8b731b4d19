//! HTTP as it arrives on the socket: what is accepted, what is refused, and in which words.

mod addresses;
mod bodies;
mod encodings;
mod examples;
mod failures;
mod health;
mod inputs;
mod limits;
mod parameters;
mod raw;
mod reference;
mod shares;

use e2e::{
    http::{Answer, Call},
    room::Room,
    server::TestServer,
};
use serde_json::{Value, json};

/// A server with one conversation of alice and bob, and ways to send to it.
struct Scene {
    server: TestServer,
    room: Room,
}

impl Scene {
    async fn with_flags(flags: &[&str]) -> Self {
        let server = TestServer::with_flags(flags).await;
        let room = Room::open(&server, &["alice", "bob"]).await;
        Self { server, room }
    }

    async fn new() -> Self {
        Self::with_flags(&[]).await
    }

    /// A call by alice.
    fn call(&self, method: &str) -> Call<'_> {
        self.server.call(method).by(&self.room.members[0].did)
    }

    /// A good sendMessage with a new message id, to be spoilt.
    fn message(&self) -> Value {
        json!({
            "convoId": self.room.convo_id,
            "msgId": uuid::Uuid::new_v4().to_string(),
            "ciphertext": {"$bytes": "/////w"},
            "epoch": 0,
        })
    }

    /// The good message with one field set to another value.
    fn message_with(&self, field: &str, value: Value) -> Value {
        let mut message = self.message();
        message[field] = value;
        message
    }

    async fn send(&self, message: &Value) -> Answer {
        self.call("sendMessage").input(message).send().await
    }

    /// How many entries the conversation has.
    async fn length(&self) -> usize {
        self.room.log().await.len()
    }
}

//! A server of the handwritten lexicon, whose room names say what to do.

use std::time::Duration;

use futures::stream::{self, StreamExt};
use lexicon_runtime::codegen::*;
use lexicon_runtime::error::RefusalKind;
use lexicon_runtime::service::Call;
use tokio::sync::Notify;

use crate::chat::{self, defs, errors, get_messages, put_file, send_message, stream_events, subscribe_events};

/// What happens to the one handler that waits for ever.
pub struct Waiting {
    pub started: Notify,
    pub dropped: Notify,
}

pub static WAITING: Waiting = Waiting { started: Notify::const_new(), dropped: Notify::const_new() };

struct Guard;

impl Drop for Guard {
    fn drop(&mut self) {
        WAITING.dropped.notify_one();
    }
}

/// The server. It keeps nothing.
#[derive(Debug, Default)]
pub struct Server;

impl Service for Server {
    type Caller = String;

    async fn authenticate(&self, call: &Call<'_>) -> Result<String, Refusal> {
        let token = call.headers.get("authorization").and_then(|value| value.to_str().ok());
        match token.and_then(|token| token.strip_prefix("Bearer ")) {
            None => Err(Refusal::new(RefusalKind::AuthenticationRequired, "a token is needed")),
            // A token is the NSID that it is for: enough to see that the right one arrives here.
            Some(token) if token == call.nsid => Ok("did:plc:caller".to_owned()),
            Some(_) => Err(Refusal::new(RefusalKind::BadJwtLexiconMethod, "the token is for another method")),
        }
    }
}

impl chat::Methods for Server {}

/// The message number `seq`.
pub fn message(seq: i64) -> defs::MessageView {
    defs::MessageView {
        seq,
        ciphertext: Bytes::from(*b"secret"),
        sent_at: "2024-03-01T12:00:00Z".parse().unwrap(),
        embed: defs::Link { uri: "https://example.com".parse().unwrap() }.into(),
        edited_by: None,
        title: None,
    }
}

/// Somebody who came.
pub fn came(count: i64) -> subscribe_events::Message {
    subscribe_events::Came { did: "did:plc:alice".parse().unwrap(), count }.into()
}

/// What several methods share: `?` works because each of them declares the error.
fn check_room(room: &str) -> Result<(), errors::NotMember> {
    if room == "closed" { Err(errors::NotMember::new("you are not in this room")) } else { Ok(()) }
}

impl chat::GetMessages for Server {
    async fn get_messages(
        &self,
        _caller: String,
        params: get_messages::Params,
    ) -> Result<get_messages::Output, Failure<get_messages::Error>> {
        check_room(&params.room)?;
        match params.room.as_str() {
            "panic" => panic!("the handler fell over"),
            "broken" => Err(Refusal::internal(std::io::Error::other("the secret cause")))?,
            "busy" => Err(Refusal::unavailable("too busy", Duration::from_millis(1500)))?,
            "wait" => {
                let _guard = Guard;
                WAITING.started.notify_one();
                std::future::pending().await
            }
            "wrong" => Ok(get_messages::Output { messages: vec![message(0)] }),
            _ => {
                let seqs = params.seqs.unwrap_or_else(|| (1..=params.limit).collect());
                Ok(get_messages::Output { messages: seqs.into_iter().map(message).collect() })
            }
        }
    }
}

impl chat::SendMessage for Server {
    async fn send_message(
        &self,
        _caller: String,
        input: send_message::Input,
    ) -> Result<send_message::Output, Failure<send_message::Error>> {
        check_room(&input.room)?;
        Ok(defs::MessageView { ciphertext: input.ciphertext, ..message(1) })
    }
}

impl chat::PutFile for Server {
    async fn put_file(
        &self,
        _caller: String,
        params: put_file::Params,
        body: Body,
    ) -> Result<Body, Failure<put_file::Error>> {
        if params.name.as_deref() == Some("refused") {
            return Err(Refusal::new(RefusalKind::Forbidden, "not this file").into());
        }
        let content_type = body.content_type().to_owned();
        Ok(Body::new(content_type, body.collect().await?))
    }
}

impl chat::StreamEvents for Server {
    async fn stream_events(
        &self,
        _caller: String,
        params: stream_events::Params,
    ) -> Result<SseStream<subscribe_events::Message>, Failure<stream_events::Error>> {
        let item = |id: &str, data| SseItem { id: Some(id.to_owned()), event: Some("came".to_owned()), data };
        let start = stream::iter([Ok(item("1", came(1))), Ok(item("2", came(2)))]);
        Ok(match params.cursor.as_deref() {
            Some("old") => return Err(errors::TooLate::new("begin again").into()),
            Some("quiet") => SseStream::new(start.chain(stream::pending())),
            Some("late") => {
                let error = stream_events::Error::from(errors::TooLate::new("too slow"));
                SseStream::new(start.chain(stream::iter([Err(error.into()), Ok(item("3", came(3)))])))
            }
            Some("panic") => SseStream::new(start.chain(stream::once(async { panic!("the stream fell over") }))),
            Some("wrong") => SseStream::new(stream::iter([Ok(item("1", came(0)))])),
            _ => SseStream::new(start),
        })
    }
}

impl chat::SubscribeEvents for Server {
    async fn subscribe_events(
        &self,
        _caller: String,
        params: subscribe_events::Params,
    ) -> Result<MessageStream<subscribe_events::Message, subscribe_events::Error>, Failure<subscribe_events::Error>>
    {
        let start = stream::iter([Ok(came(1)), Ok(message(7).into())]);
        Ok(match params.cursor {
            Some(0) => return Err(errors::TooLate::new("begin again").into()),
            Some(1) => MessageStream::new(start.chain(stream::pending())),
            Some(2) => {
                let error = errors::TooLate::new("too slow");
                MessageStream::new(start.chain(stream::iter([Err(error.into())])))
            }
            Some(3) => MessageStream::new(start.chain(stream::once(async { panic!("the stream fell over") }))),
            _ => MessageStream::new(start),
        })
    }
}

//! Somebody who listens to what happens.

use std::time::Duration;

use catbird_lexicon::blue::catbird::mls::{
    stream_convo_events::{self, EventWrapper, InfoEventInfo},
    subscribe_convo_events::{self, Message},
};
use futures::StreamExt;
use lexicon_runtime::{
    client::{ClientError, SseEvents},
    stream::frame::{self, Frame},
};
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream,
    tungstenite::{self, Message as Packet, client::IntoClientRequest},
};

use crate::{PATIENCE, actor::Actor, server::TestServer};

pub use catbird_lexicon::blue::catbird::mls::stream_convo_events::EventWrapperEvent as Event;

/// One who listens over Server-Sent Events.
#[derive(Debug)]
pub struct Listener {
    events: SseEvents<EventWrapper, stream_convo_events::Error>,
    /// That of the last event.
    pub cursor: Option<String>,
}

impl Actor {
    /// Listens to everything that happens from now on, or behind a cursor; returns when the server has sent what is older.
    pub async fn listen(&self, cursor: Option<&str>) -> Listener {
        self.try_listen(cursor, None).await.expect("anybody can listen")
    }

    /// Listens behind a cursor or to one conversation.
    pub async fn try_listen(
        &self,
        cursor: Option<&str>,
        convo_id: Option<&str>,
    ) -> Result<Listener, ClientError<stream_convo_events::Error>> {
        let params = stream_convo_events::Params { cursor: None, convo_id: convo_id.map(str::to_owned) };
        let events = self.api.stream_convo_events(&params, cursor).await?;
        Ok(Listener { events, cursor: cursor.map(str::to_owned) })
    }

    /// What was heard since a cursor, in a few words each, when everything that was committed is final.
    pub async fn heard_since(&self, server: &TestServer, cursor: Option<&str>) -> Vec<String> {
        server.settled().await;
        gists(&self.listen(cursor).await.catch_up().await)
    }

    /// Listens behind a cursor, which may be wrong.
    pub async fn listen_or_not(&self, cursor: &str) -> Result<Listener, ClientError<stream_convo_events::Error>> {
        self.try_listen(Some(cursor), None).await
    }

    /// Listens from now on: whatever happens after this is heard, and nothing from before.
    pub async fn listen_from_now(&self, server: &TestServer) -> Listener {
        server.settled().await;
        let mut listener = self.listen(None).await;
        let older = listener.catch_up().await;
        assert!(older.iter().all(|event| !matches!(event, Event::InfoEvent(_))), "{older:?}");
        listener
    }
}

impl Listener {
    /// What comes next, the end included.
    pub async fn item(&mut self) -> Option<Result<Event, ClientError<stream_convo_events::Error>>> {
        let item = timeout(PATIENCE, self.events.next()).await.expect("something comes");
        Some(item?.map(|item| {
            let event = item.data.event;
            assert_eq!(item.id.as_deref(), Some(cursor(&event)), "the id is the cursor");
            let name = lexicon_runtime::union::Union::type_name(&event).rsplit('#').next().map(str::to_owned);
            assert_eq!(item.event, name);
            assert!(item.id >= self.cursor, "cursors never fall: {:?} after {:?}", item.id, self.cursor);
            self.cursor = item.id;
            event
        }))
    }

    /// The next event.
    pub async fn next(&mut self) -> Event {
        self.item().await.expect("the stream goes on").expect("the stream has no error")
    }

    /// The next events that are no news of the stream itself.
    pub async fn take(&mut self, count: usize) -> Vec<Event> {
        let mut events = Vec::new();
        while events.len() < count {
            let event = self.next().await;
            if !matches!(event, Event::InfoEvent(_)) {
                events.push(event);
            }
        }
        events
    }

    /// The events up to where everything older has come.
    pub async fn catch_up(&mut self) -> Vec<Event> {
        let mut events = Vec::new();
        loop {
            match self.next().await {
                Event::InfoEvent(event) if event.info == InfoEventInfo::CaughtUp => return events,
                event => events.push(event),
            }
        }
    }

    /// Asserts that nothing comes for a while.
    pub async fn hears_nothing(&mut self) {
        if let Ok(event) = timeout(Duration::from_millis(600), self.events.next()).await {
            panic!("heard {event:?}");
        }
    }
}

/// The cursor of an event.
pub fn cursor(event: &Event) -> &str {
    match event {
        Event::MessageEvent(event) => &event.cursor,
        Event::ReactionEvent(event) => &event.cursor,
        Event::TypingEvent(event) => &event.cursor,
        Event::InfoEvent(event) => &event.cursor,
        Event::NewDeviceEvent(event) => &event.cursor,
        Event::GroupInfoRefreshRequestedEvent(event) => &event.cursor,
        Event::ReadditionRequestedEvent(event) => &event.cursor,
        Event::MembershipChangeEvent(event) => &event.cursor,
        Event::ReadEvent(event) => &event.cursor,
        Event::AdminAlertEvent(event) => &event.cursor,
        Event::PolicyChangedEvent(event) => &event.cursor,
        Event::Other(object) => panic!("unknown here: {}", object.type_name),
    }
}

/// An event in a few words: its seq if it is an entry, else what happened to whom.
pub fn gist(event: &Event) -> String {
    let name = |did: &str| did.rsplit(':').next().unwrap_or_default().to_owned();
    match event {
        Event::MessageEvent(event) => format!("#{}", event.message.seq),
        Event::MembershipChangeEvent(event) => format!("{} {}", name(event.did.as_str()), event.action.as_str()),
        Event::AdminAlertEvent(event) => format!("alert {}", event.kind.as_str()),
        Event::TypingEvent(event) => format!("{} types {}", name(event.did.as_str()), event.is_typing),
        Event::InfoEvent(event) => event.info.as_str().to_owned(),
        other => lexicon_runtime::union::Union::type_name(other).rsplit('#').next().unwrap_or_default().to_owned(),
    }
}

/// Events in a few words each.
pub fn gists(events: &[Event]) -> Vec<String> {
    events.iter().map(gist).collect()
}

/// One who listens over WebSocket.
pub struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    /// Opens a subscription at this address, with a token or without.
    pub async fn open(address: &str, token: Option<&str>) -> Result<Self, Box<tungstenite::Error>> {
        let mut request = address.into_client_request().map_err(Box::new)?;
        if let Some(token) = token {
            let value = format!("Bearer {token}").parse().expect("tokens are text");
            request.headers_mut().insert("authorization", value);
        }
        Ok(Self(tokio_tungstenite::connect_async(request).await.map_err(Box::new)?.0))
    }

    /// The next frame, and nothing when the server has closed.
    pub async fn frame(&mut self) -> Option<Frame<Message>> {
        timeout(PATIENCE, self.next_frame()).await.expect("something comes")
    }

    async fn next_frame(&mut self) -> Option<Frame<Message>> {
        loop {
            match self.0.next().await? {
                Ok(Packet::Binary(bytes)) => {
                    let frame = frame::decode(subscribe_convo_events::NSID, &bytes);
                    return Some(frame.expect("the server sends frames of the lexicon"));
                }
                Ok(Packet::Ping(_)) => {}
                Ok(_) | Err(_) => return None,
            }
        }
    }

    /// The frames that still come, and code and reason of the close frame.
    pub async fn rest(&mut self) -> (usize, Option<(u16, String)>) {
        let mut frames = 0;
        loop {
            match timeout(PATIENCE, self.0.next()).await.expect("something comes") {
                Some(Ok(Packet::Binary(_))) => frames += 1,
                Some(Ok(Packet::Close(frame))) => {
                    return (frames, frame.map(|frame| (frame.code.into(), frame.reason.as_str().to_owned())));
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return (frames, None),
            }
        }
    }

    /// The next message.
    pub async fn message(&mut self) -> Event {
        match self.frame().await.expect("the stream goes on") {
            Frame::Message(message) => event(message),
            Frame::Error { name, message } => panic!("{name}: {message}"),
        }
    }

    /// Leaves.
    pub async fn close(mut self) {
        let _ = self.0.close(None).await;
    }
}

/// The same event as Server-Sent Events have it.
fn event(message: Message) -> Event {
    match message {
        Message::MessageEvent(event) => Event::MessageEvent(event),
        Message::ReactionEvent(event) => Event::ReactionEvent(event),
        Message::TypingEvent(event) => Event::TypingEvent(event),
        Message::InfoEvent(event) => Event::InfoEvent(event),
        Message::NewDeviceEvent(event) => Event::NewDeviceEvent(event),
        Message::GroupInfoRefreshRequestedEvent(event) => Event::GroupInfoRefreshRequestedEvent(event),
        Message::ReadditionRequestedEvent(event) => Event::ReadditionRequestedEvent(event),
        Message::MembershipChangeEvent(event) => Event::MembershipChangeEvent(event),
        Message::ReadEvent(event) => Event::ReadEvent(event),
        Message::AdminAlertEvent(event) => Event::AdminAlertEvent(event),
        Message::PolicyChangedEvent(event) => Event::PolicyChangedEvent(event),
        Message::Other(object) => Event::Other(object),
    }
}

//! The generated client follows the stream over servers that come and go.

use std::{net::TcpListener, time::Duration};

use catbird_lexicon::blue::catbird::mls::stream_convo_events::{Error, EventWrapper, Params};
use catbird_server::store::places::Place;
use e2e::{
    room::Room,
    server::TestServer,
    stream::{Event, gist},
};
use futures::StreamExt;
use lexicon_runtime::{
    client::{ClientError, Follow, SseEvents},
    stream::SseItem,
};
use tokio::time::timeout;

const QUICK: Follow = Follow {
    first_pause: Duration::from_millis(20),
    longest_pause: Duration::from_millis(200),
    silence: Duration::from_secs(30),
};

fn follow(room: &Room, cursor: Option<String>) -> SseEvents<EventWrapper, Error> {
    let params = Params { cursor: None, convo_id: None };
    room.members[1].api.follow_stream_convo_events(params, cursor, QUICK, |item: &SseItem<_>| item.id.clone())
}

/// The next event that is no news of the stream itself.
async fn next(events: &mut SseEvents<EventWrapper, Error>) -> String {
    loop {
        let item = timeout(Duration::from_secs(30), events.next()).await.expect("something comes");
        match item.expect("the stream goes on").expect("no error comes").data.event {
            Event::InfoEvent(_) => {}
            event => return gist(&event),
        }
    }
}

#[tokio::test]
async fn a_client_follows_the_stream_over_restarts() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut server = TestServer::with_flags(&[&format!("--listen=127.0.0.1:{port}")]).await;
    let room = Room::open(&server, &["alice", "bob"]).await;
    server.settled().await;
    let start = server.cursors().write(newest(&server).await);
    let mut events = follow(&room, Some(start));
    for seq in 1..=9 {
        room.send("x").await;
        assert_eq!(next(&mut events).await, format!("#{seq}"));
        if seq % 3 == 0 {
            server = server.restart().await;
        }
    }
}

#[tokio::test]
async fn a_client_is_told_that_its_cursor_has_expired() {
    let server = TestServer::start().await;
    let room = Room::open(&server, &["alice", "bob"]).await;
    let start = server.cursors().write(Place::default());
    server.pass_time(Duration::from_secs(40 * 24 * 60 * 60)).await;
    let mut events = follow(&room, Some(start));
    let error = events.next().await.unwrap().unwrap_err();
    assert!(matches!(error, ClientError::Declared(Error::CursorExpired(_))), "{error}");
    assert!(events.next().await.is_none());
}

async fn newest(server: &TestServer) -> Place {
    catbird_server::store::stream::newest(&mut server.db().acquire().await.unwrap()).await.unwrap()
}

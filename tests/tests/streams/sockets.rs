//! The same over WebSocket, and tickets.

use std::time::Duration;

use catbird_lexicon::blue::catbird::mls::get_subscription_ticket;
use e2e::{
    actor::{Actor, refused},
    room::Room,
    server::TestServer,
    stream::{Event, Socket, cursor, gist, gists},
};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Error;

const NSID: &str = "blue.catbird.mls.subscribeConvoEvents";

/// Opens a subscription with a token.
async fn open(server: &TestServer, user: &Actor, query: &str) -> Socket {
    let address = format!("{}/xrpc/{NSID}{query}", server.url().replacen("http", "ws", 1));
    Socket::open(&address, Some(&server.token(&user.did, NSID))).await.expect("the connection is upgraded")
}

/// The next messages that are no news of the stream itself.
async fn take(socket: &mut Socket, count: usize) -> Vec<Event> {
    let mut events = Vec::new();
    while events.len() < count {
        match socket.message().await {
            Event::InfoEvent(_) => {}
            event => events.push(event),
        }
    }
    events
}

/// Status and body of a connection that isn't upgraded.
fn not_upgraded(answer: Result<Socket, Box<Error>>) -> (u16, String) {
    match answer.err().map(|error| *error) {
        Some(Error::Http(response)) => {
            let body = response.body().clone().unwrap_or_default();
            (response.status().as_u16(), String::from_utf8(body).unwrap())
        }
        other => panic!("the connection was not refused: {other:?}"),
    }
}

async fn ticket(user: &Actor, convo_id: Option<&str>) -> get_subscription_ticket::Output {
    let input = get_subscription_ticket::Input { convo_id: convo_id.map(str::to_owned) };
    user.api.get_subscription_ticket(&input).await.expect("anybody gets a ticket")
}

/// The address with a ticket, on a server.
fn address(server: &TestServer, ticket: &str, more: &str) -> String {
    format!("{}/xrpc/{NSID}?ticket={ticket}{more}", server.url().replacen("http", "ws", 1))
}

#[tokio::test]
async fn both_ways_give_the_same_events_with_the_same_cursors() {
    let server = TestServer::start().await;
    let mut room = Room::open(&server, &["alice", "bob"]).await;
    let mut listener = room.members[1].listen_from_now(&server).await;
    let mut socket = open(&server, &room.members[1], "").await;
    assert_eq!(gist(&socket.message().await), "caughtUp");
    room.send("one").await;
    room.advance().await;
    super::add(&room, &server.actor("carol")).await;
    let events = take(&mut socket, 3).await;
    assert_eq!(events, listener.take(3).await);
    assert_eq!(gists(&events), ["#1", "#2", "carol joined"]);
    socket.close().await;
    let first = cursor(&events[0]);
    let mut socket = open(&server, &room.members[1], &format!("?cursor={first}")).await;
    assert_eq!(take(&mut socket, 2).await, events[1..]);
}

#[tokio::test]
async fn an_outdated_cursor_goes_on_from_the_oldest_event() {
    let server = TestServer::start().await;
    let room = Room::open(&server, &["alice", "bob"]).await;
    let start = room.members[1].listen_from_now(&server).await.cursor.unwrap();
    room.send("one").await;
    server.pass_time(Duration::from_secs(40 * 24 * 60 * 60)).await;
    room.send("two").await;
    server.settled().await;
    let mut socket = open(&server, &room.members[1], &format!("?cursor={start}")).await;
    let told = [socket.message().await, socket.message().await, socket.message().await];
    assert_eq!(gists(&told), ["OutdatedCursor", "#2", "caughtUp"]);
    assert!(told.is_sorted_by_key(cursor));
}

#[tokio::test]
async fn a_stopping_server_says_so_and_the_next_one_goes_on() {
    let server = TestServer::start().await;
    let room = Room::open(&server, &["alice", "bob"]).await;
    let bob = room.members[1].did.clone();
    let mut socket = open(&server, &room.members[1], "").await;
    let mut quiet = open(&server, &server.actor("carol"), "").await;
    assert_eq!(gist(&quiet.message().await), "caughtUp");
    room.send("one").await;
    let heard = take(&mut socket, 1).await;
    let closing = tokio::spawn(async move { (socket.rest().await, quiet.rest().await) });
    let server = timeout(Duration::from_secs(10), server.restart()).await.expect("sockets don't hold up a stop");
    let said = (0, Some((1012, "the server stops, connect again".to_owned())));
    assert_eq!(closing.await.unwrap(), (said.clone(), said));
    let (alice, bob) = (server.actor("alice"), server.endpoint().actor(&bob, None));
    alice.api.send_message(&room.message("two")).await.unwrap();
    let mut socket = open(&server, &bob, &format!("?cursor={}", cursor(&heard[0]))).await;
    assert_eq!(gists(&take(&mut socket, 1).await), ["#2"]);
}

#[tokio::test]
async fn a_ticket_opens_one_subscription_on_any_server() {
    let server = TestServer::start().await;
    let replica = server.replica().await;
    let room = Room::open(&server, &["alice", "bob"]).await;
    let bob = &room.members[1];
    server.settled().await;
    let given = ticket(bob, None).await;
    assert_eq!(given.endpoint.as_str(), format!("{}/xrpc/{NSID}", server.url().replacen("http", "ws", 1)));
    let mut socket = Socket::open(&address(&replica, &given.ticket, ""), None).await.unwrap();
    room.send("one").await;
    assert_eq!(gists(&take(&mut socket, 1).await), ["#1"]);
    for again in [&server, &replica] {
        let (status, body) = not_upgraded(Socket::open(&address(again, &given.ticket, ""), None).await);
        assert!(status == 400 && body.contains("InvalidTicket"), "{status} {body}");
    }
    // Two who bring it at once, to two servers.
    for _ in 0..5 {
        let given = ticket(bob, None).await.ticket;
        let (here, there) = (address(&server, &given, ""), address(&replica, &given, ""));
        let (one, other) = tokio::join!(Socket::open(&here, None), Socket::open(&there, None));
        assert!(one.is_ok() != other.is_ok(), "one of them gets in");
    }
}

#[tokio::test]
async fn a_ticket_lasts_30_seconds() {
    let server = TestServer::start().await;
    let alice = server.actor("alice");
    let (early, late) = (ticket(&alice, None).await, ticket(&alice, None).await);
    server.clock.advance(chrono::TimeDelta::seconds(29));
    Socket::open(&address(&server, &early.ticket, ""), None).await.unwrap();
    server.clock.advance(chrono::TimeDelta::seconds(2));
    not_upgraded(Socket::open(&address(&server, &late.ticket, ""), None).await);
    let left = ticket(&alice, None).await;
    let count = "SELECT count(*) FROM subscription_tickets";
    let count = async || -> i64 { sqlx::query_scalar(count).fetch_one(server.db()).await.unwrap() };
    assert_eq!(count().await, 1);
    assert!(!left.ticket.is_empty());
    server.pass_time(Duration::from_secs(60)).await;
    assert_eq!(count().await, 0, "the job has removed it");
}

#[tokio::test]
async fn a_ticket_for_one_conversation_is_for_no_other() {
    let server = TestServer::start().await;
    let room = Room::open(&server, &["alice", "bob"]).await;
    let other = Room::open(&server, &["bob", "carol"]).await;
    let bob = &room.members[1];
    let given = ticket(bob, Some(&room.convo_id)).await.ticket;
    let asked = format!("&convoId={}", other.convo_id);
    let (_, body) = not_upgraded(Socket::open(&address(&server, &given, &asked), None).await);
    assert!(body.contains("InvalidTicket"), "{body}");
    server.settled().await;
    let given = ticket(bob, Some(&room.convo_id)).await.ticket;
    let mut socket = Socket::open(&address(&server, &given, ""), None).await.unwrap();
    other.send("there").await;
    room.send("here").await;
    other.send("there").await;
    room.send("here").await;
    assert_eq!(gists(&take(&mut socket, 2).await), ["#1", "#2"]);
    let stranger = get_subscription_ticket::Input { convo_id: Some(other.convo_id.clone()) };
    assert_eq!(refused(room.members[0].api.get_subscription_ticket(&stranger).await), "NotMember");
    // Who has left in between gets no further with it.
    let given = ticket(bob, Some(&room.convo_id)).await.ticket;
    super::leave(&room, bob).await;
    let (_, body) = not_upgraded(Socket::open(&address(&server, &given, ""), None).await);
    assert!(body.contains("NotMember"), "{body}");
}

#[tokio::test]
async fn a_ticket_is_stored_as_a_hash() {
    let server = TestServer::start().await;
    let given = ticket(&server.actor("alice"), None).await.ticket;
    let stored = "SELECT count(*) FROM subscription_tickets t WHERE t::text LIKE '%' || $1 || '%'
        OR t.tag = convert_to($1, 'UTF8')";
    let stored: i64 = sqlx::query_scalar(stored).bind(given).fetch_one(server.db()).await.unwrap();
    assert_eq!(stored, 0);
}

#[tokio::test]
async fn tickets_that_nobody_made_do_not_reach_the_database() {
    let server = TestServer::with_flags(&["--pool-max=1", "--pool-min=1", "--pool-acquire-timeout=300ms"]).await;
    let alice = server.actor("alice");
    let given = ticket(&alice, None).await.ticket;
    let held = server.db().acquire().await.unwrap();
    let first = if given.starts_with('A') { "B" } else { "A" };
    for forged in [format!("{first}{}", &given[1..]), given[..10].to_owned(), "A".repeat(43), String::new()] {
        let (status, body) = not_upgraded(Socket::open(&address(&server, &forged, ""), None).await);
        assert!(status == 400 && body.contains("InvalidTicket"), "{forged}: {status} {body}");
    }
    let (status, _) = not_upgraded(Socket::open(&address(&server, &given, ""), None).await);
    assert_eq!(status, 503, "a good one does");
    drop(held);
    Socket::open(&address(&server, &given, ""), None).await.unwrap();
}

#[tokio::test]
async fn a_ticket_is_not_tried_without_end() {
    let server = TestServer::with_flags(&["--rate-limit-per-caller=1", "--rate-limit-burst=5"]).await;
    let alice = server.actor("alice");
    let given = ticket(&alice, None).await.ticket;
    let mut statuses = Vec::new();
    for _ in 0..20 {
        match Socket::open(&address(&server, &given, ""), None).await {
            Ok(_) => statuses.push(101),
            refused => statuses.push(not_upgraded(refused).0),
        }
    }
    assert_eq!((statuses[0], statuses[1], statuses[19]), (101, 400, 429), "{statuses:?}");
}

//! Errors of the live stream.

use std::time::Duration;

use e2e::{http::Answer, stream::Socket};
use futures::future::join_all;
use lexicon_runtime::stream::frame::Frame;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use serde_json::json;

use super::{Row, requests, row, world::World};

pub const ROWS: [Row; 12] = [
    row!("streamConvoEvents", nowhere),
    row!("streamConvoEvents", stranger),
    row!("streamConvoEvents", "InvalidCursor", async |world: &World| {
        let room = world.room(2).await;
        let call =
            world.server.call("streamConvoEvents").by(&room.members[0].did).query("cursor=01ARZ3NDEKTSV4RRFFQ69G5FAV");
        world.refused(call).await
    }),
    row!("streamConvoEvents", "CursorExpired", async |world: &World| {
        let room = world.room(2).await;
        let old = expired_cursor(world, &room).await;
        let call = world.server.call("streamConvoEvents").by(&room.members[0].did).query(format!("cursor={old}"));
        world.refused(call).await
    }),
    row!("getSubscriptionTicket", stranger),
    row!("getSubscriptionTicket", "NotMember", async |world: &World| {
        requests::nowhere(world, "getSubscriptionTicket").await
    }),
    row!("sendTypingIndicator", "NotFound", async |world: &World| {
        requests::nowhere(world, "sendTypingIndicator").await
    }),
    row!("sendTypingIndicator", stranger),
    row!("subscribeConvoEvents", stranger),
    row!("subscribeConvoEvents", "InvalidTicket", async |world: &World| {
        world.refused(world.server.call("subscribeConvoEvents").query("ticket=none")).await
    }),
    row!("subscribeConvoEvents", "FutureCursor", async |world: &World| {
        let user = world.user();
        error_frame(world, &user, "?cursor=01ARZ3NDEKTSV4RRFFQ69G5FAV", Duration::ZERO).await
    }),
    row!("subscribeConvoEvents", "ConsumerTooSlow", async |world: &World| {
        let room = world.room(2).await;
        let first = room.members[0].listen_from_now(&world.server).await.cursor.expect("the stream has a cursor");
        for _ in 0..20 {
            join_all((0..100).map(|_| room.send(vec![7; super::world::LONGEST_MESSAGE]))).await;
        }
        error_frame(world, &room.members[1], &format!("?cursor={first}"), Duration::from_millis(2500)).await
    }),
];

/// A cursor of before the oldest event that is kept.
async fn expired_cursor(world: &World, room: &e2e::room::Room) -> String {
    let cursor = room.members[0].listen_from_now(&world.server).await.cursor.expect("the stream has a cursor");
    room.send("one").await;
    world.server.pass_time(Duration::from_secs(40 * 24 * 60 * 60)).await;
    cursor
}

/// The error that comes on the stream, as if it were the answer to a request. The client doesn't read for a while.
async fn error_frame(world: &World, user: &e2e::actor::Actor, query: &str, pause: Duration) -> Answer {
    let token = world.server.token(&user.did, "blue.catbird.mls.subscribeConvoEvents");
    let address = world.server.url().replacen("http", "ws", 1) + "/xrpc/blue.catbird.mls.subscribeConvoEvents" + query;
    let mut socket = Socket::open(&address, Some(&token)).await.expect("the connection is upgraded");
    tokio::time::sleep(pause).await;
    loop {
        if let Frame::Error { name, message } = socket.frame().await.expect("an error comes before the end") {
            let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
            let body = json!({"error": name, "message": message}).to_string().into_bytes();
            return Answer { status: 400, headers, body };
        }
    }
}

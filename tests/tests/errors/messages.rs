//! Errors of sendMessage, getMessages and getMessage.

use catbird_lexicon::blue::catbird::mls::{defs::EmbedType, send_message};
use e2e::{http::Answer, room::Room};
use uuid::Uuid;

use super::{
    Row, membership, row,
    world::{LONGEST_MESSAGE, World},
};

pub const ROWS: [Row; 23] = [
    row!("sendMessage", nowhere),
    row!("sendMessage", stranger),
    row!("sendMessage", "NotMember", send_after_leaving),
    row!("sendMessage", "EpochMismatch", send_at_a_later_epoch),
    row!("sendMessage", "EpochMismatch", send_at_an_earlier_epoch),
    row!("sendMessage", "MessageTooLarge", send_too_much),
    row!("sendMessage", "InvalidPadding", send_more_than_padded),
    row!("sendMessage", "InvalidPadding", send_with_padding_of_an_odd_size),
    row!("sendMessage", "InvalidMessageId", send_with_an_id_that_is_none),
    row!("sendMessage", "InvalidMessageId", send_with_an_id_that_stands_for_other_bytes),
    row!("sendMessage", "InvalidMessageId", send_with_an_id_of_another_member),
    row!("sendMessage", "InvalidAsset", send_with_half_an_embed),
    row!("sendMessage", "InvalidAsset", send_with_an_insecure_link),
    row!("sendMessage", "InvalidAsset", send_with_a_record_that_is_none),
    row!("getMessages", nowhere),
    row!("getMessages", stranger),
    row!("getMessages", "InvalidCursor", get_since_and_exactly),
    row!("getMessage", "MessageNotFound", get_nothing),
    row!("getMessage", "MessageNotFound", get_a_message_of_strangers),
    row!("getMessage", "MessageNotFound", get_an_expired_message),
    row!("getMessage", "NotMember", get_a_message_from_before),
    row!("getMessage", "NotMember", get_a_message_from_after),
    row!("getMessages", "ConvoNotFound", get_from_an_abandoned_conversation),
];

async fn send(world: &World, room: &Room, input: send_message::Input) -> Answer {
    world.refused(world.server.call("sendMessage").by(&room.members[0].did).input(&input)).await
}

async fn send_after_leaving(world: &World) -> Answer {
    let room = world.room(2).await;
    room.members[1].api.leave_convo(&membership::leaving(&room.convo_id)).await.unwrap();
    world.refused(world.server.call("sendMessage").by(&room.members[1].did).input(&room.message("bye"))).await
}

async fn send_at_a_later_epoch(world: &World) -> Answer {
    let room = world.room(1).await;
    let answer = send(world, &room, send_message::Input { epoch: 1, ..room.message("soon") }).await;
    assert!(answer.refused(400, "EpochMismatch").contains("epoch 0"), "the message names the current epoch");
    answer
}

async fn send_at_an_earlier_epoch(world: &World) -> Answer {
    let mut room = world.room(1).await;
    let late = room.message("late");
    room.advance().await;
    let answer = send(world, &room, late).await;
    assert!(answer.refused(400, "EpochMismatch").contains("epoch 1"), "the message names the current epoch");
    answer
}

async fn send_too_much(world: &World) -> Answer {
    let room = world.room(1).await;
    let answer = send(world, &room, room.message(vec![0xff; LONGEST_MESSAGE + 1])).await;
    assert!(answer.refused(400, "MessageTooLarge").contains("8192"), "the message names the limit");
    room.send(vec![0xff; LONGEST_MESSAGE]).await;
    answer
}

async fn send_more_than_padded(world: &World) -> Answer {
    let room = world.room(1).await;
    send(world, &room, send_message::Input { padded_size: Some(512), ..room.message(vec![0xff; 513]) }).await
}

async fn send_with_padding_of_an_odd_size(world: &World) -> Answer {
    let room = world.room(1).await;
    send(world, &room, send_message::Input { padded_size: Some(600), ..room.message(vec![0xff; 600]) }).await
}

async fn send_with_an_id_that_is_none(world: &World) -> Answer {
    let room = world.room(1).await;
    send(world, &room, send_message::Input { msg_id: "hello".to_owned(), ..room.message("hello") }).await
}

async fn send_with_an_id_that_stands_for_other_bytes(world: &World) -> Answer {
    let room = world.room(1).await;
    let msg_id = room.send("one").await.message_id;
    send(world, &room, send_message::Input { msg_id, ..room.message("two") }).await
}

async fn send_with_an_id_of_another_member(world: &World) -> Answer {
    let room = world.room(2).await;
    let same = room.message("the same bytes");
    room.members[1].api.send_message(&same).await.unwrap();
    send(world, &room, same).await
}

async fn send_embed(world: &World, kind: &str, uri: Option<&str>) -> Answer {
    let room = world.room(1).await;
    let input = send_message::Input {
        embed_type: Some(EmbedType::from(kind.to_owned())),
        embed_uri: uri.map(|uri| uri.parse().unwrap()),
        ..room.message("look")
    };
    send(world, &room, input).await
}

async fn send_with_half_an_embed(world: &World) -> Answer {
    send_embed(world, "link", None).await
}

async fn send_with_an_insecure_link(world: &World) -> Answer {
    send_embed(world, "link", Some("http://example.com/")).await
}

async fn send_with_a_record_that_is_none(world: &World) -> Answer {
    send_embed(world, "record", Some("https://example.com/")).await
}

async fn get_since_and_exactly(world: &World) -> Answer {
    let room = world.room(1).await;
    let query = format!("convoId={}&sinceSeq=0&seqs=1", room.convo_id);
    world.refused(world.server.call("getMessages").by(&room.members[0].did).query(query)).await
}

async fn get_from_an_abandoned_conversation(world: &World) -> Answer {
    let room = world.room(1).await;
    room.send("hello").await;
    room.members[0].api.leave_convo(&membership::leaving(&room.convo_id)).await.unwrap();
    let query = format!("convoId={}", room.convo_id);
    world.refused(world.server.call("getMessages").by(&room.members[0].did).query(query)).await
}

async fn get(world: &World, reader: &e2e::actor::Actor, id: &str) -> Answer {
    world.refused(world.server.call("getMessage").by(&reader.did).query(format!("messageId={id}"))).await
}

async fn get_nothing(world: &World) -> Answer {
    get(world, &world.user(), &Uuid::new_v4().to_string()).await
}

async fn get_a_message_of_strangers(world: &World) -> Answer {
    let sent = world.room(1).await.send("a secret").await;
    get(world, &world.user(), &sent.message_id).await
}

async fn get_an_expired_message(world: &World) -> Answer {
    let room = world.room(1).await;
    let sent = room.send("hello").await;
    world.server.clock.advance(chrono::TimeDelta::days(31));
    get(world, &room.members[0], &sent.message_id).await
}

async fn get_a_message_from_before(world: &World) -> Answer {
    let (room, late) = (world.room(1).await, world.user());
    let sent = room.send("before").await;
    room.members[0]
        .api
        .add_members(&e2e::room::addition(&room.convo_id, std::slice::from_ref(&late.did)))
        .await
        .unwrap();
    get(world, &late, &sent.message_id).await
}

async fn get_a_message_from_after(world: &World) -> Answer {
    let room = world.room(2).await;
    room.send("before").await;
    room.members[1].api.leave_convo(&membership::leaving(&room.convo_id)).await.unwrap();
    let sent = room.send("after").await;
    get(world, &room.members[1], &sent.message_id).await
}

//! Bodies by size and by type.

use catbird_server::mls::encode_base64url;
use reqwest::header::{CONTENT_ENCODING, CONTENT_TYPE};
use serde_json::{Value, json};

use super::{Scene, raw::Raw};

const MIB: usize = 1024 * 1024;
/// The longest body of a method with a schema.
const LONGEST: usize = 14 * MIB + MIB / 2;

/// Bytes that don't look like anything, as the `bytes` of a lexicon.
fn noise(length: usize) -> (Vec<u8>, Value) {
    let bytes: Vec<u8> = (0..length).map(|n| (n.wrapping_mul(2_654_435_761) >> 7) as u8 | 0x80).collect();
    let text = encode_base64url(&bytes).replace('-', "+").replace('_', "/");
    (bytes, json!({"$bytes": text}))
}

#[tokio::test]
async fn a_message_of_10_mib_is_taken_and_read_back_byte_for_byte() {
    let scene = Scene::new().await;
    let (bytes, value) = noise(10 * MIB);
    let mut message = scene.message_with("ciphertext", value);
    message["paddedSize"] = json!(10 * MIB);
    let sent = scene.send(&message).await.output();
    let read = scene.room.members[1].message(sent["messageId"].as_str().unwrap()).await.unwrap();
    assert!(*read.ciphertext == bytes, "the bytes are others");
    assert!(*scene.room.members[1].read(&scene.room.convo_id).await[0].ciphertext == bytes);

    let (_, value) = noise(10 * MIB + 1);
    let message = scene.send(&scene.message_with("ciphertext", value)).await.refused(400, "InvalidRequest");
    assert_eq!(message, "input/ciphertext: must be at most 10485760 bytes long");
    assert_eq!(scene.length().await, 1);
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_before_it_is_sent() {
    let scene = Scene::new().await;
    // Announced: the head is all that the server sees.
    let mut announced = Raw::connect(&scene.server).await;
    announced.send(scene.head("sendMessage", &format!("Content-Length: {}\r\n", LONGEST + 1))).await;
    let message = announced.answer().await.refused(413, "PayloadTooLarge");
    assert!(message.contains(&LONGEST.to_string()), "{message}");

    // A client that waits to be told to go on is told not to.
    let mut polite = Raw::connect(&scene.server).await;
    let headers = format!("Content-Length: {}\r\nExpect: 100-continue\r\n", 100 * MIB);
    polite.send(scene.head("sendMessage", &headers)).await;
    polite.answer().await.refused(413, "PayloadTooLarge");

    // Unannounced: in chunks, of which the last never comes.
    let mut chunked = Raw::connect(&scene.server).await;
    chunked.send(scene.head("sendMessage", "Transfer-Encoding: chunked\r\n")).await;
    let chunk = format!("10000\r\n{}\r\n", " ".repeat(65_536));
    for _ in 0..LONGEST / 65_536 {
        chunked.send(&chunk).await;
    }
    chunked.assert_silent().await;
    chunked.send("1\r\n \r\n").await;
    chunked.answer().await.refused(413, "PayloadTooLarge");

    // Who sends it all before reading is told as well.
    let whole = scene.call("sendMessage").json(vec![b' '; LONGEST + 1]).send().await;
    whole.refused(413, "PayloadTooLarge");
    assert_eq!(scene.length().await, 0);
}

#[tokio::test]
async fn a_body_of_the_longest_length_is_read() {
    let scene = Scene::new().await;
    let mut body = scene.message().to_string().into_bytes();
    body.resize(LONGEST, b' ');
    scene.call("sendMessage").json(body).send().await.output();
    // Chunks of any size make one body.
    let message = scene.message().to_string();
    let mut chunked = Raw::connect(&scene.server).await;
    chunked.send(scene.head("sendMessage", "Transfer-Encoding: chunked\r\n")).await;
    for byte in message.chars() {
        chunked.send(format!("1\r\n{byte}\r\n")).await;
    }
    chunked.assert_silent().await;
    chunked.send("0\r\n\r\n").await;
    assert_eq!(chunked.answer().await.output()["seq"], 2);
}

#[tokio::test]
async fn a_body_that_breaks_off_changes_nothing() {
    let scene = Scene::new().await;
    let message = scene.message().to_string();
    let mut broken = Raw::connect(&scene.server).await;
    broken.send(scene.head("sendMessage", &format!("Content-Length: {}\r\n", message.len()))).await;
    broken.send(&message[..message.len() - 1]).await;
    broken.assert_silent().await;
    drop(broken);
    assert_eq!(scene.length().await, 0);
    // One that announces less than it sends is read as announced.
    let mut short = Raw::connect(&scene.server).await;
    short.send(scene.head("sendMessage", "Content-Length: 10\r\n")).await;
    short.send(&message).await;
    short.answer().await.refused(400, "InvalidRequest");
}

#[tokio::test]
async fn a_body_must_say_that_it_is_json() {
    let scene = Scene::new().await;
    let body = || scene.message().to_string();
    let unsaid = scene.call("sendMessage").body(body()).send().await;
    assert!(unsaid.refused(415, "UnsupportedMediaType").contains("application/json"));
    let others = ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", "application/*", "", "json"];
    for content_type in others {
        let answer = scene.call("sendMessage").body(body()).header(CONTENT_TYPE, content_type).send().await;
        assert!(answer.refused(415, "UnsupportedMediaType").contains("application/json"), "{content_type}");
    }
    for content_type in ["application/json", "application/json; charset=utf-8", "Application/JSON"] {
        scene.call("sendMessage").body(body()).header(CONTENT_TYPE, content_type).send().await.output();
    }
    // Compressed bodies could be bombs.
    let compressed = scene.call("sendMessage").json(body()).header(CONTENT_ENCODING, "gzip").send().await;
    compressed.refused(415, "UnsupportedMediaType");
    // A query has no body, whatever comes with it.
    let query = format!("convoId={}", scene.room.convo_id);
    scene.call("getEpoch").query(query).body("not read").send().await.output();
    assert_eq!(scene.length().await, 3);
}

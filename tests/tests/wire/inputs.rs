//! JSON bodies: each constraint of the lexicon is kept, and a refusal names the place.

use std::fmt::Write;

use serde_json::{Value, json};

use super::Scene;

/// Sends each body and asserts that it is refused with a message that says all of this.
async fn assert_refused(scene: &Scene, method: &str, cases: Vec<(String, &[&str])>) {
    for (body, says) in cases {
        let answer = scene.call(method).json(body.clone()).send().await;
        let message = answer.refused(400, "InvalidRequest");
        for part in says {
            assert!(message.contains(part), "{body}\nis refused with {message:?}, which should say {part:?}");
        }
    }
}

#[tokio::test]
async fn bodies_that_are_not_json_are_refused() {
    let scene = Scene::new().await;
    let good = scene.message().to_string();
    let cases: Vec<(String, &[&str])> = vec![
        (String::new(), &["not JSON"]),
        ("{".to_owned(), &["not JSON"]),
        (good[..good.len() - 1].to_owned(), &["not JSON"]),
        (format!("{good},"), &["not JSON"]),
        (format!("{good}{good}"), &["not JSON"]),
        (good.replace("\"epoch\":0", "\"epoch\":00"), &["not JSON"]),
        (good.replace("\"epoch\":0", "\"epoch\":NaN"), &["not JSON"]),
        (good.replace('"', "'"), &["not JSON"]),
        ("null".to_owned(), &["input"]),
        ("[]".to_owned(), &["input"]),
        ("\"text\"".to_owned(), &["input"]),
    ];
    assert_refused(&scene, "sendMessage", cases).await;
    let mut latin1 = good.clone().into_bytes();
    latin1.splice(2..2, [0xe4]);
    scene.call("sendMessage").json(latin1).send().await.refused(400, "InvalidRequest");
    assert_eq!(scene.length().await, 0);
    scene.send(&scene.message()).await.output();
}

#[tokio::test]
async fn deep_nesting_hurts_nobody() {
    let scene = Scene::new().await;
    let nest = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    let mut ignored = scene.message().to_string();
    ignored.truncate(ignored.len() - 1);
    write!(ignored, ",\"extra\":{}}}", nest(1_000_000)).unwrap();
    scene.call("sendMessage").json(ignored).send().await.output();
    let declared = scene.message().to_string().replace("\"epoch\":0", &format!("\"epoch\":{}", nest(1_000_000)));
    scene.call("sendMessage").json(declared).send().await.refused(400, "InvalidRequest");
    scene.call("sendMessage").json(nest(1_000_000)).send().await.refused(400, "InvalidRequest");
    assert_eq!(scene.length().await, 1);
}

#[tokio::test]
async fn values_of_the_wrong_type_are_refused_by_place() {
    let scene = Scene::new().await;
    let with = |field: &str, value: Value| scene.message_with(field, value).to_string();
    let cases: Vec<(String, &[&str])> = vec![
        (with("convoId", json!(5)), &["input/convoId", "expected a string"]),
        (with("convoId", json!(["x"])), &["input/convoId"]),
        (with("convoId", json!({})), &["input/convoId"]),
        (with("epoch", json!("0")), &["input/epoch"]),
        (with("epoch", json!(true)), &["input/epoch"]),
        (with("epoch", json!(0.5)), &["input/epoch"]),
        (with("epoch", json!(1e300)), &["input/epoch"]),
        (with("epoch", json!(9_223_372_036_854_775_808_u64)), &["input/epoch"]),
        (with("ciphertext", json!("/////w")), &["input/ciphertext"]),
        (with("ciphertext", json!([1, 2])), &["input/ciphertext"]),
        (with("delivery", json!(1)), &["input/delivery"]),
        // Required ones can't be null, and neither can optional ones: absent is the way to say nothing.
        (with("msgId", Value::Null), &["input/msgId"]),
        (with("paddedSize", Value::Null), &["input/paddedSize"]),
        (with("senderDid", Value::Null), &["input/senderDid"]),
        (with("embedUri", Value::Null), &["input/embedUri"]),
        (with("delivery", Value::Null), &["input/delivery"]),
    ];
    assert_refused(&scene, "sendMessage", cases).await;

    let nested = |item: Value| {
        let items = json!([{"did": "did:plc:bob", "hash": "ab"}, item]);
        json!({"convoId": scene.room.convo_id, "didList": ["did:plc:carol"], "keyPackageHashes": items}).to_string()
    };
    let cases: Vec<(String, &[&str])> = vec![
        (nested(json!({"did": "did:plc:bob", "hash": 1})), &["input/keyPackageHashes/1/hash"]),
        (nested(json!({"did": "bob", "hash": "ab"})), &["input/keyPackageHashes/1/did", "DID"]),
        (nested(json!({"did": "did:plc:bob"})), &["input/keyPackageHashes/1", "hash"]),
        (nested(json!("ab")), &["input/keyPackageHashes/1"]),
        (nested(json!({"did": "did:plc:bob", "hash": "a".repeat(65)})), &["input/keyPackageHashes/1/hash", "64"]),
    ];
    assert_refused(&scene, "addMembers", cases).await;
    assert_eq!(scene.length().await, 0);
}

#[tokio::test]
async fn fields_that_must_be_there_are_named() {
    let scene = Scene::new().await;
    for field in ["convoId", "msgId", "ciphertext", "epoch"] {
        let mut message = scene.message();
        message.as_object_mut().unwrap().remove(field);
        assert_refused(&scene, "sendMessage", vec![(message.to_string(), &[field])]).await;
    }
    assert_refused(&scene, "addMembers", vec![("{}".to_owned(), &["convoId"])]).await;
    assert_refused(&scene, "publishKeyPackages", vec![("{}".to_owned(), &["keyPackages"])]).await;
}

#[tokio::test]
async fn limits_are_counted_in_bytes_and_items() {
    let scene = Scene::new().await;
    let with = |field: &str, value: Value| scene.message_with(field, value).to_string();
    let long_uri = format!("https://example.com/{}", "a".repeat(2029));
    let cases: Vec<(String, &[&str])> = vec![
        (with("convoId", json!("a".repeat(129))), &["input/convoId", "at most 128 bytes"]),
        // 65 characters of two bytes each.
        (with("convoId", json!("ä".repeat(65))), &["input/convoId", "at most 128 bytes"]),
        (with("msgId", json!("a".repeat(37))), &["input/msgId", "at most 36 bytes"]),
        (with("delivery", json!("d".repeat(65))), &["input/delivery", "64"]),
        (with("embedUri", json!(long_uri)), &["input/embedUri", "at most 2048 bytes"]),
        (with("epoch", json!(-1)), &["input/epoch", "at least 0"]),
        (with("paddedSize", json!(511)), &["input/paddedSize", "at least 512"]),
        (with("paddedSize", json!(10_485_761)), &["input/paddedSize", "at most 10485760"]),
    ];
    assert_refused(&scene, "sendMessage", cases).await;
    // As long as allowed is not too long, whatever else is wrong with it.
    let longest = scene.send(&scene.message_with("convoId", json!("ä".repeat(64)))).await;
    longest.refused(400, "ConvoNotFound");

    let position = |field: &str, value: Value| json!({"convoId": scene.room.convo_id, field: value}).to_string();
    let cases: Vec<(String, &[&str])> = vec![
        (position("readSeq", json!(-1)), &["input/readSeq", "at least 0"]),
        (position("deliveredSeq", json!(-1)), &["input/deliveredSeq", "at least 0"]),
        (position("cursor", json!("0".repeat(513))), &["input/cursor", "at most 512 bytes"]),
    ];
    assert_refused(&scene, "updateCursor", cases).await;

    let dids = |count: usize| json!((0..count).map(|n| format!("did:plc:many{n}")).collect::<Vec<_>>());
    let add = |dids: Value| json!({"convoId": scene.room.convo_id, "didList": dids}).to_string();
    let cases: Vec<(String, &[&str])> = vec![
        (add(dids(51)), &["input/didList", "at most 50 items"]),
        (add(dids(0)), &["input/didList", "at least 1 items"]),
    ];
    assert_refused(&scene, "addMembers", cases).await;
    let reason = |reason: String| json!({"convoId": scene.room.convo_id, "targetDid": "did:plc:nobody", "idempotencyKey": "k", "reason": reason});
    let too_long: Vec<(String, &[&str])> = vec![(reason("a".repeat(501)).to_string(), &["input/reason", "500"])];
    assert_refused(&scene, "removeMember", too_long).await;
    let longest = scene.call("removeMember").input(&reason("a".repeat(500))).send().await;
    longest.refused(400, "NotMember");
    scene.call("addMembers").json(add(dids(50))).send().await.output();
}

#[tokio::test]
async fn strings_must_have_their_format() {
    let scene = Scene::new().await;
    for text in ["", "bob", "did:plc:", "did:PLC:bob", "did:plc:bob#device", "did:plc:b b", "at://did:plc:bob"] {
        let body = json!({"convoId": scene.room.convo_id, "didList": [text]}).to_string();
        assert_refused(&scene, "addMembers", vec![(body, &["input/didList/0", "DID"])]).await;
        let body = scene.message_with("senderDid", json!(text)).to_string();
        assert_refused(&scene, "sendMessage", vec![(body, &["input/senderDid", "DID"])]).await;
    }
    for text in
        ["", "tomorrow", "2030-01-01", "2030-01-01T00:00:00", "2030-01-01 00:00:00Z", "2030-13-01T00:00:00Z", "1"]
    {
        let body = json!({"keyPackage": "x", "cipherSuite": "x", "expires": text}).to_string();
        assert_refused(&scene, "publishKeyPackage", vec![(body, &["input/expires", "datetime"])]).await;
    }
    for text in ["", "example.com", "//example.com", "https:", "ht tps://example.com", "https://example.com/a b"] {
        let mut message = scene.message_with("embedUri", json!(text));
        message["embedType"] = json!("link");
        assert_refused(&scene, "sendMessage", vec![(message.to_string(), &["input/embedUri", "URI"])]).await;
    }
    // A zone other than UTC is a datetime like any other: only the key package is bad here.
    let zoned =
        json!({"keyPackage": "x", "cipherSuite": e2e::mls::SUITE_NAME, "expires": "2030-01-01T01:00:00.5+01:00"});
    scene.call("publishKeyPackage").input(&zoned).send().await.refused(400, "InvalidKeyPackage");
}

#[tokio::test]
async fn open_sets_take_values_that_nobody_knows_yet() {
    let scene = Scene::new().await;
    let mut message = scene.message_with("embedType", json!("hologram"));
    message["embedUri"] = json!("holo:7");
    let sent = scene.send(&message).await.output();
    let query = format!("messageId={}", sent["messageId"].as_str().unwrap());
    let read = scene.call("getMessage").query(query).send().await.output();
    assert_eq!((&read["embedType"], &read["embedUri"]), (&json!("hologram"), &json!("holo:7")));
    // An unknown suite passes the lexicon, and is refused by what the server can verify.
    let create = json!({"groupId": "ab", "cipherSuite": "MLS_OF_THE_FUTURE"});
    scene.call("createConvo").input(&create).send().await.refused(400, "InvalidCipherSuite");
    // Delivery is durable unless the server knows better.
    scene.send(&scene.message_with("delivery", json!("by pigeon"))).await.output();
    let ephemeral = scene.send(&scene.message_with("delivery", json!("ephemeral"))).await.output();
    assert_eq!(ephemeral["seq"], json!(0));
    assert_eq!(scene.length().await, 2);
}

#[tokio::test]
async fn a_field_given_twice_is_refused() {
    let scene = Scene::new().await;
    let twice = scene.message().to_string().replace("\"epoch\":0", "\"epoch\":0,\"epoch\":0");
    let bytes_twice =
        scene.message().to_string().replace("\"$bytes\":\"/////w\"", "\"$bytes\":\"/w\",\"$bytes\":\"/w\"");
    assert!(twice.matches("epoch").count() == 2 && bytes_twice.matches("$bytes").count() == 2);
    let cases: Vec<(String, &[&str])> =
        vec![(twice, &["duplicate field", "epoch"]), (bytes_twice, &["input/ciphertext", "duplicate field"])];
    assert_refused(&scene, "sendMessage", cases).await;
    assert_eq!(scene.length().await, 0);
}

#[tokio::test]
async fn fields_that_the_lexicon_does_not_have_are_ignored() {
    let scene = Scene::new().await;
    let mut message = scene.message_with("$type", json!("blue.catbird.mls.somethingElse"));
    message["action"] = json!({"nested": [1, 2.5, null, "x"]});
    message["idempotency_key"] = json!(7);
    let sent = scene.send(&message).await.output();
    assert_eq!((&sent["seq"], &sent["messageId"]), (&json!(1), &message["msgId"]));
}

#[tokio::test]
async fn defaults_hold_where_a_field_is_left_out() {
    let scene = Scene::new().await;
    let created = scene.call("createConvo").input(&json!({"groupId": "abcd", "cipherSuite": e2e::mls::SUITE_NAME}));
    assert_eq!(created.send().await.output()["epoch"], 0);
    // A group id is hexadecimal, which no lexicon can say.
    for id in ["", "xy", "abc"] {
        let create = json!({"groupId": id, "cipherSuite": e2e::mls::SUITE_NAME});
        let message = scene.call("createConvo").input(&create).send().await.refused(400, "InvalidRequest");
        assert!(message.contains("input/groupId"), "{message}");
    }
    let mut message = scene.message();
    message["delivery"] = json!("persistent");
    assert_eq!(scene.send(&message).await.output()["seq"], 1);
    assert_eq!(scene.send(&scene.message()).await.output()["seq"], 2);
    for _ in 0..50 {
        scene.send(&scene.message()).await.output();
    }
    let page = scene.call("getMessages").query(format!("convoId={}", scene.room.convo_id)).send().await.output();
    assert_eq!(page["messages"].as_array().unwrap().len(), 50);
}

#[tokio::test]
async fn the_message_itself_must_agree_with_the_request() {
    let mut scene = Scene::new().await;
    let to_base64 = |bytes: &[u8]| json!({"$bytes": catbird_server::mls::encode_base64url(bytes).replace('-', "+").replace('_', "/")});

    let other = scene.send(&scene.message_with("senderDid", json!("did:plc:bob"))).await;
    assert!(other.refused(400, "InvalidRequest").contains("input/senderDid"));
    scene.send(&scene.message_with("senderDid", json!("did:plc:alice"))).await.output();

    let alice = scene.server.actor("alice");
    let mut group = alice.mls.create_group(&hex::decode(&scene.room.convo_id).unwrap());
    let commit = to_base64(&group.update(&alice.mls).commit);
    let message = scene.send(&scene.message_with("ciphertext", commit)).await.refused(400, "InvalidRequest");
    assert!(message.contains("submitCommit"), "{message}");

    let mut elsewhere = alice.mls.create_group(b"another group");
    let foreign = to_base64(&elsewhere.encrypt(&alice.mls, "hello"));
    let message = scene.send(&scene.message_with("ciphertext", foreign)).await.refused(400, "InvalidRequest");
    assert!(message.contains("input/ciphertext"), "{message}");

    group.discard(&alice.mls);
    let early = to_base64(&group.encrypt(&alice.mls, "hello"));
    scene.room.advance().await;
    let mut stale = scene.message_with("ciphertext", early);
    stale["epoch"] = json!(1);
    let message = scene.send(&stale).await.refused(400, "InvalidRequest");
    assert!(message.contains("input/epoch"), "{message}");
    assert_eq!(scene.length().await, 2);
}

#[tokio::test]
async fn padding_is_kept_to_where_it_is_claimed_or_demanded() {
    let scene = Scene::with_flags(&["--require-padding"]).await;
    let padded = |length: usize, claimed: usize| {
        let bytes = catbird_server::mls::encode_base64url(&vec![0xff; length]).replace('_', "/");
        let mut message = scene.message_with("ciphertext", json!({"$bytes": bytes}));
        message["paddedSize"] = json!(claimed);
        message
    };
    for size in [512, 1024, 2048, 4096, 8192, 16_384, 24_576] {
        scene.send(&padded(size, size)).await.output();
    }
    for (length, claimed) in [(513, 512), (511, 512), (1536, 1536), (8193, 8193), (10_240, 10_240), (1024, 2048)] {
        scene.send(&padded(length, claimed)).await.refused(400, "InvalidPadding");
    }
    // Said by the operator: without padding nothing is taken.
    let unsaid = scene.send(&scene.message()).await.refused(400, "InvalidPadding");
    assert!(unsaid.contains("paddedSize"), "{unsaid}");
    assert_eq!(scene.length().await, 7);
}

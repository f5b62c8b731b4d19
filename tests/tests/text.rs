//! U+0000, which the database can't store: wherever a request has text, it is refused as what it is, a bad request.

use e2e::{actor::Actor, mls::SUITE_NAME, room::Room, server::TestServer};
use serde_json::{Value, json};
use uuid::Uuid;

/// Status and error name of the answer to a raw request.
async fn call(server: &TestServer, actor: &Actor, name: &str, query: &str, body: Option<&Value>) -> (u16, String) {
    let nsid = format!("blue.catbird.mls.{name}");
    let url = format!("{}/xrpc/{nsid}{query}", server.url());
    let client = reqwest::Client::new();
    let request = match body {
        Some(body) => client.post(url).header("content-type", "application/json").body(body.to_string()),
        None => client.get(url),
    };
    let answer = request.bearer_auth(server.token(&actor.did, &nsid)).send().await.unwrap();
    let status = answer.status().as_u16();
    let body: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    (status, body["error"].as_str().unwrap_or_default().to_owned())
}

/// All copies of `value` in which one string, or one key of an object, ends in U+0000.
fn spoilt(value: &Value) -> Vec<Value> {
    match value {
        Value::String(text) => vec![json!(format!("{text}\0"))],
        Value::Array(items) => {
            let copies = |at: usize| {
                spoilt(&items[at]).into_iter().map(move |item| {
                    let mut items = items.clone();
                    items[at] = item;
                    Value::Array(items)
                })
            };
            (0..items.len()).flat_map(copies).collect()
        }
        Value::Object(fields) => {
            let copies = fields.iter().flat_map(|(key, value)| {
                spoilt(value).into_iter().map(move |value| {
                    let mut fields = fields.clone();
                    fields.insert(key.clone(), value);
                    Value::Object(fields)
                })
            });
            let mut with_key = fields.clone();
            with_key.insert("more\0".to_owned(), json!(1));
            copies.chain([Value::Object(with_key)]).collect()
        }
        _ => Vec::new(),
    }
}

/// Inputs of all procedures in which every string is given.
fn inputs(convo_id: &str) -> Vec<(&'static str, Value)> {
    let named = json!([{"did": "did:plc:bob", "hash": "00"}]);
    let key = "a key that is used once";
    let item = json!({"keyPackage": "AA", "idempotencyKey": key, "cipherSuite": SUITE_NAME,
        "expires": "2030-01-01T00:00:00Z"});
    let (id, did) = (Uuid::new_v4().to_string(), "did:plc:bob");
    vec![
        (
            "createConvo",
            json!({"groupId": "abcd", "idempotencyKey": key, "cipherSuite": SUITE_NAME, "initialMembers": [did],
                "welcomeMessage": "AA", "keyPackageHashes": named, "currentEpoch": 0,
                "metadata": {"name": "name", "description": "what it is"}}),
        ),
        (
            "addMembers",
            json!({"convoId": convo_id, "idempotencyKey": key, "didList": [did], "commit": "AA",
                "welcomeMessage": "AA", "keyPackageHashes": named}),
        ),
        ("confirmWelcome", json!({"convoId": convo_id, "success": false, "errorDetails": "it failed"})),
        ("leaveConvo", json!({"convoId": convo_id, "targetDid": did, "commit": "AA"})),
        ("publishKeyPackage", item.clone()),
        ("publishKeyPackages", json!({"keyPackages": [item]})),
        ("removeMember", json!({"convoId": convo_id, "targetDid": did, "idempotencyKey": key, "reason": "because"})),
        (
            "sendMessage",
            json!({"convoId": convo_id, "msgId": id, "idempotencyKey": id, "ciphertext": {"$bytes": "AAAA"},
                "epoch": 0, "delivery": "persistent", "embedType": "link", "embedUri": "https://example.com/",
                "senderDid": "did:plc:alice"}),
        ),
        (
            "submitCommit",
            json!({"convoId": convo_id, "commit": {"$bytes": "AAAA"}, "epoch": 0, "idempotencyKey": id,
                "addDids": [did], "removeDids": [did], "welcomeMessage": "AA", "keyPackageHashes": named,
                "groupInfo": "AA"}),
        ),
    ]
}

#[tokio::test]
async fn text_with_u0000_is_a_bad_request_in_every_field() {
    let server = TestServer::start().await;
    let room = Room::open(&server, &["alice", "bob"]).await;
    let alice = &room.members[0];
    for (name, input) in inputs(&room.convo_id) {
        for body in spoilt(&input) {
            assert_eq!(
                call(&server, alice, name, "", Some(&body)).await,
                (400, "InvalidRequest".into()),
                "{name} {body}"
            );
        }
    }
    for (name, query) in [
        ("getMessages", "convoId=a%00"),
        ("getMessages", "convoId=%00&sinceSeq=1"),
        ("getMessage", "messageId=a%00"),
        ("getCommits", "fromEpoch=0&convoId=a%00"),
        ("getEpoch", "convoId=a%00"),
        ("getWelcome", "convoId=a%00"),
        ("getConvos", "cursor=a%00"),
        ("getKeyPackages", "dids=did:plc:bob%00"),
        ("getKeyPackages", "dids=did:plc:bob&cipherSuite=a%00"),
        ("getKeyPackageStats", "did=did:plc:alice%00"),
        ("getKeyPackageStats", "cipherSuite=a%00"),
    ] {
        let answer = call(&server, alice, name, &format!("?{query}"), None).await;
        assert_eq!(answer, (400, "InvalidRequest".into()), "{name} {query}");
    }
    // Zero bytes of a ciphertext are no text.
    room.send(vec![0; 512]).await;
    assert_eq!(room.log().await[0].ciphertext.as_ref(), [0; 512]);
    // A cursor is base64, within which there is no knowing what a client wrote.
    let (status, error) = call(&server, alice, "getConvos", "?cursor=AAAA", None).await;
    assert_eq!((status, error.as_str()), (400, "InvalidCursor"));
}

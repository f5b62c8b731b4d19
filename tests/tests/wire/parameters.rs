//! Query strings: repeated keys, escapes, defaults, and what is refused.

use lexicon_runtime::query::undeclared_parameters;
use serde_json::json;

use super::Scene;

async fn refused(scene: &Scene, method: &str, query: String, says: &[&str]) {
    let message = scene.call(method).query(query.clone()).send().await.refused(400, "InvalidRequest");
    for part in says {
        assert!(message.contains(part), "{query} is refused with {message:?}, which should say {part:?}");
    }
}

#[tokio::test]
async fn parameters_must_be_there_once_and_of_their_type() {
    let scene = Scene::new().await;
    let id = &scene.room.convo_id;
    let cases: [(&str, String, &[&str]); 22] = [
        ("getEpoch", String::new(), &["params/convoId", "required"]),
        ("getEpoch", format!("convoid={id}"), &["params/convoId", "required"]),
        ("getEpoch", format!("convoId={id}&convoId={id}"), &["params/convoId", "once"]),
        ("getEpoch", format!("convoId={}", "a".repeat(129)), &["params/convoId", "128"]),
        ("getEpoch", "convoId=%FF".to_owned(), &["params/convoId", "UTF-8"]),
        ("getMessages", format!("convoId={id}&limit=0"), &["params/limit", "at least 1"]),
        ("getMessages", format!("convoId={id}&limit=101"), &["params/limit", "at most 100"]),
        ("getMessages", format!("convoId={id}&limit=-1"), &["params/limit"]),
        ("getMessages", format!("convoId={id}&limit=1.0"), &["params/limit", "integer"]),
        ("getMessages", format!("convoId={id}&limit="), &["params/limit", "integer"]),
        ("getMessages", format!("convoId={id}&limit=5&limit=5"), &["params/limit", "once"]),
        ("getMessages", format!("convoId={id}&sinceSeq=-1"), &["params/sinceSeq", "at least 0"]),
        ("getMessages", format!("convoId={id}&sinceSeq=9223372036854775808"), &["params/sinceSeq", "integer"]),
        ("getMessages", format!("convoId={id}&seqs=1&seqs=0"), &["params/seqs/1", "at least 1"]),
        ("getMessages", format!("convoId={id}&seqs=1,2"), &["params/seqs/0", "integer"]),
        ("getPendingMessages", "limit=0".to_owned(), &["params/limit", "at least 1"]),
        ("getPendingMessages", "limit=101".to_owned(), &["params/limit", "at most 100"]),
        ("getPendingMessages", "cursor=a&cursor=b".to_owned(), &["params/cursor", "once"]),
        ("getPendingMessages", format!("cursor={}", "0".repeat(513)), &["params/cursor", "512"]),
        ("getKeyPackages", String::new(), &["params/dids", "required"]),
        ("getKeyPackages", "dids=did:plc:alice&dids=bob".to_owned(), &["params/dids/1", "DID"]),
        ("getKeyPackages", vec!["dids=did:plc:alice"; 101].join("&"), &["params/dids", "at most 100 items"]),
    ];
    for (method, query, says) in cases {
        refused(&scene, method, query, says).await;
    }
    let many: Vec<_> = (1..=101).map(|seq| format!("seqs={seq}")).collect();
    refused(&scene, "getMessages", format!("convoId={id}&{}", many.join("&")), &["params/seqs", "100"]).await;
    // The largest numbers are numbers like others.
    let last = scene.call("getMessages").query(format!("convoId={id}&sinceSeq={}", i64::MAX)).send().await.output();
    assert_eq!(last["messages"], json!([]));
}

#[tokio::test]
async fn repeated_keys_are_an_array() {
    let scene = Scene::new().await;
    for actor in &scene.room.members {
        actor.publish(1).await;
    }
    let dids = |answer: serde_json::Value| -> Vec<String> {
        let packages = answer["keyPackages"].as_array().unwrap();
        packages.iter().map(|package| package["did"].as_str().unwrap().to_owned()).collect()
    };
    let query = "dids=did:plc:alice&dids=did%3Aplc%3Abob&cipherSuite=MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519";
    let answer = scene.call("getKeyPackages").query(query).send().await.output();
    assert_eq!(dids(answer), ["did:plc:alice", "did:plc:bob"]);
    // The same user twice is one user.
    let answer = scene.call("getKeyPackages").query("dids=did:plc:bob&dids=did:plc:bob").send().await.output();
    assert_eq!(dids(answer), ["did:plc:bob"]);
    let answer = scene.call("getKeyPackages").query("dids=did:plc:bob&dids=did:plc:nobody").send().await.output();
    assert_eq!(answer["missing"], json!(["did:plc:nobody"]));
    assert_eq!(dids(answer), ["did:plc:bob"]);

    for _ in 0..3 {
        scene.send(&scene.message()).await.output();
    }
    let query = format!("convoId={}&seqs=3&seqs=1&seqs=9", scene.room.convo_id);
    let page = scene.call("getMessages").query(query).send().await.output();
    let seqs: Vec<_> =
        page["messages"].as_array().unwrap().iter().map(|entry| entry["seq"].as_i64().unwrap()).collect();
    assert_eq!(seqs, [1, 3]);
}

#[tokio::test]
async fn escapes_are_read_in_names_and_values() {
    let scene = Scene::new().await;
    let id = &scene.room.convo_id;
    let escaped: String = id.bytes().map(|byte| format!("%{byte:02X}")).collect();
    for query in [format!("convoId={escaped}"), format!("%63onvoId={id}"), format!("&&convoId={id}&")] {
        let answer = scene.call("getEpoch").query(query).send().await.output();
        assert_eq!(answer["convoId"], json!(id));
    }
    // A space, a plus and what is beyond ASCII reach the lookup as what they are.
    scene.call("getEpoch").query("convoId=a+b%2Bc%C3%A4").send().await.refused(400, "ConvoNotFound");
}

#[tokio::test]
async fn parameters_that_the_lexicon_does_not_have_are_ignored_and_counted() {
    let scene = Scene::new().await;
    scene.send(&scene.message()).await.output();
    scene.send(&scene.message()).await.output();
    let nsid = "blue.catbird.mls.getMessages";
    let count = || undeclared_parameters().iter().find(|(name, _)| *name == nsid).map_or(0, |(_, count)| *count);
    let before = count();
    let query = format!("convoId={}&sinceMessage=67e55044-10b1-426f-9247-bb680e5fe0c8", scene.room.convo_id);
    let page = scene.call("getMessages").query(query).send().await.output();
    assert_eq!(page["messages"].as_array().unwrap().len(), 2, "as if it had not been given");
    assert_eq!(count(), before + 1);
    scene.call("getMessages").query(format!("convoId={}", scene.room.convo_id)).send().await.output();
    assert_eq!(count(), before + 1);
}

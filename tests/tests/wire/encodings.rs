//! How bytes travel: base64 in JSON, and answers that are compressed when asked for.

use std::io::Read;

use e2e::http::check_output;
use reqwest::header::ACCEPT_ENCODING;
use serde_json::{Value, json};

use super::Scene;

#[tokio::test]
async fn bytes_are_taken_padded_and_unpadded_and_sent_unpadded() {
    let scene = Scene::new().await;
    for (given, sent) in [("/////w", "/////w"), ("/////w==", "/////w"), ("AP/+", "AP/+"), ("", ""), ("AA==", "AA")] {
        let output = scene.send(&scene.message_with("ciphertext", json!({"$bytes": given}))).await.output();
        let query = format!("messageId={}", output["messageId"].as_str().unwrap());
        let read = scene.call("getMessage").query(query).send().await.output();
        assert_eq!(read["ciphertext"], json!({"$bytes": sent}));
    }
    let invalid = ["_____w", "/////x", "////", "AAAAA", "AA=", "AA= =", "A A A", "AA==\n", "=", "AA==AA==", "ä"];
    for text in invalid.into_iter().filter(|text| *text != "////") {
        let answer = scene.send(&scene.message_with("ciphertext", json!({"$bytes": text}))).await;
        let message = answer.refused(400, "InvalidRequest");
        assert!(message.contains("input/ciphertext") && message.contains("base64"), "{text}: {message}");
    }
    for value in [
        json!({}),
        json!({"$bytes": 1}),
        json!({"$bytes": null}),
        json!({"bytes": "AA"}),
        json!({"$bytes": "AA", "x": 1}),
    ] {
        let message = scene.send(&scene.message_with("ciphertext", value)).await.refused(400, "InvalidRequest");
        assert!(message.contains("input/ciphertext"), "{message}");
    }
    assert_eq!(scene.length().await, 5);
}

#[tokio::test]
async fn strings_that_carry_bytes_are_taken_in_either_alphabet() {
    let scene = Scene::new().await;
    let alice = &scene.room.members[0];
    let standard = |bytes: &[u8]| catbird_server::mls::encode_base64url(bytes).replace('-', "+").replace('_', "/");
    let padded = |text: String| format!("{text}{}", "=".repeat((4 - text.len() % 4) % 4));
    let spellings: [fn(&[u8]) -> String; 2] = [catbird_server::mls::encode_base64url, |bytes| {
        catbird_server::mls::encode_base64url(bytes).replace('-', "+").replace('_', "/")
    }];
    let package = alice.mls.key_package();
    for text in
        [spellings[0](&package), spellings[1](&package), padded(standard(&package)), padded(spellings[0](&package))]
    {
        let input = json!({"keyPackage": text, "cipherSuite": e2e::mls::SUITE_NAME});
        scene.call("publishKeyPackage").input(&input).send().await.output();
    }
    // The same bytes each time: one key package.
    let stats = scene.call("getKeyPackageStats").send().await.output();
    assert_eq!(stats["available"], 1);
    let given = scene.call("getKeyPackages").query("dids=did:plc:alice").send().await.output();
    assert_eq!(given["keyPackages"][0]["keyPackage"], spellings[0](&package));
}

#[tokio::test]
async fn answers_are_compressed_when_asked_for_and_not_otherwise() {
    let scene = Scene::new().await;
    let ask = async |encoding: Option<&str>| {
        let call = scene.call("getConvos");
        match encoding {
            Some(encoding) => call.header(ACCEPT_ENCODING, encoding).send().await,
            None => call.send().await,
        }
    };
    let plain = ask(None).await;
    assert!(!plain.headers.contains_key("content-encoding"));
    let expected = plain.output();
    for (asked, given) in [("gzip", "gzip"), ("zstd", "zstd"), ("gzip;q=0.5, zstd", "zstd")] {
        let answer = ask(Some(asked)).await;
        assert_eq!(answer.header("content-encoding"), given, "{asked}");
        assert!(answer.header("vary").contains("accept-encoding"));
        assert!(answer.body.len() < plain.body.len());
        let body = match given {
            "gzip" => {
                let mut body = Vec::new();
                flate2::read::GzDecoder::new(&answer.body[..]).read_to_end(&mut body).unwrap();
                body
            }
            _ => zstd::decode_all(&answer.body[..]).unwrap(),
        };
        check_output("blue.catbird.mls.getConvos", &body);
        assert_eq!(serde_json::from_slice::<Value>(&body).unwrap(), expected);
    }
    for asked in ["identity", "br", "gzip;q=0"] {
        assert_eq!(ask(Some(asked)).await.output(), expected, "{asked}");
    }
}

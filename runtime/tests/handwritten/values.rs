//! Values of generated types in JSON and in DAG-CBOR.

use lexicon_runtime::codegen::*;
use serde_json::json;

use crate::chat::defs::{self, MessageView, MessageViewEmbed};
use crate::chat::send_message::{Input, InputDelivery, InputEmbed};
use crate::server::message;

fn input(json: serde_json::Value) -> Result<Input, String> {
    serde_json::from_str(&json.to_string()).map_err(|error| error.to_string())
}

#[test]
fn bytes_are_read_with_and_without_padding_and_written_without() {
    for text in ["AQ", "AQ=="] {
        let read = input(json!({"room": "a", "ciphertext": {"$bytes": text}})).unwrap();
        assert_eq!(&*read.ciphertext, [1]);
        assert_eq!(serde_json::to_value(&read).unwrap()["ciphertext"], json!({"$bytes": "AQ"}));
    }
    let empty: Bytes = serde_json::from_value(json!({"$bytes": ""})).unwrap();
    assert_eq!(empty.len(), 0);
    for wrong in [
        json!({"$bytes": "A"}),
        json!({"$bytes": "AQ="}),
        json!({"$bytes": "AQ==="}),
        json!({"$bytes": "AR"}),
        json!({"$bytes": "A Q"}),
        json!({"$bytes": "_-8"}),
        json!({"$bytes": 1}),
        json!({"$bytes": "AQ", "more": 1}),
        json!({}),
        json!("AQ"),
        json!([1]),
        json!(null),
    ] {
        assert!(serde_json::from_value::<Bytes>(wrong.clone()).is_err(), "{wrong}");
        assert!(serde_json::from_str::<Bytes>(&wrong.to_string()).is_err(), "{wrong}");
    }
    // JSON may write any character as an escape, also in base64.
    let escaped: Bytes = serde_json::from_str(r#"{"$bytes": "\u0041Q"}"#).unwrap();
    assert_eq!(&*escaped, [1]);
}

#[test]
fn ten_mebibytes_go_both_ways() {
    let bytes: Vec<u8> = (0..10 * 1024 * 1024_u32).map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()[3]).collect();
    let bytes = Bytes::from(bytes);
    let json = serde_json::to_vec(&bytes).unwrap();
    assert_eq!(serde_json::from_slice::<Bytes>(&json).unwrap(), bytes);
    let cbor = serde_ipld_dagcbor::to_vec(&bytes).unwrap();
    assert_eq!(serde_ipld_dagcbor::from_slice::<Bytes>(&cbor).unwrap(), bytes);
}

#[test]
fn absent_null_and_present_are_told_apart() {
    let read = input(json!({"room": "a", "ciphertext": {"$bytes": "AQ"}})).unwrap();
    assert_eq!((read.padded_size, read.delivery), (None, InputDelivery::Persistent));
    for field in ["paddedSize", "delivery", "embed", "notes", "room"] {
        let mut json = json!({"room": "a", "ciphertext": {"$bytes": "AQ"}});
        json[field] = json!(null);
        assert!(input(json).is_err(), "{field}");
    }

    let mut json = serde_json::to_value(message(1)).unwrap();
    assert_eq!(json["editedBy"], json!(null));
    assert!(json.get("title").is_none());
    let read = |json: &serde_json::Value| serde_json::from_value::<MessageView>(json.clone());
    assert_eq!(read(&json).unwrap().title, None);
    json["title"] = json!(null);
    assert_eq!(read(&json).unwrap().title, Some(None));
    json["title"] = json!("x");
    assert_eq!(read(&json).unwrap().title, Some(Some("x".to_owned())));
    json.as_object_mut().unwrap().remove("editedBy");
    assert!(read(&json).unwrap_err().to_string().contains("missing field `editedBy`"));
}

#[test]
fn known_strings_never_become_others() {
    assert_eq!(InputDelivery::from("ephemeral".to_owned()), InputDelivery::Ephemeral);
    assert_eq!("ephemeral".parse(), Ok(InputDelivery::Ephemeral));
    let other: InputDelivery = serde_json::from_value(json!("pigeon")).unwrap();
    assert_eq!(other, InputDelivery::Other("pigeon".to_owned()));
    assert_eq!(serde_json::to_value(&other).unwrap(), json!("pigeon"));
    assert_eq!(other.to_string(), "pigeon");
}

#[test]
fn a_union_is_read_wherever_its_type_stands() {
    let link: InputEmbed = defs::Link { uri: "https://example.com".parse().unwrap() }.into();
    for text in [
        r#"{"$type": "com.example.chat.defs#link", "uri": "https://example.com"}"#,
        r#"{"uri": "https://example.com", "$type": "com.example.chat.defs#link"}"#,
        r#"{"later": [{"a": null}], "uri": "https://example.com", "$type": "com.example.chat.defs#link", "x": 1}"#,
    ] {
        assert_eq!(serde_json::from_str::<InputEmbed>(text).unwrap(), link, "{text}");
    }
    assert_eq!(
        serde_json::to_string(&link).unwrap(),
        r#"{"$type":"com.example.chat.defs#link","uri":"https://example.com"}"#
    );
}

#[test]
fn unions_keep_bytes_and_links_in_either_encoding() {
    let whole = "bafkreibme22gw2h7y2h7tg2fhqotaqjucnbc24deqo72b6mkl2egezxhvy".parse().unwrap();
    let image = defs::Image { thumb: Bytes::from([1, 2, 3]), whole: Some(whole) };
    // In DAG-CBOR the key order puts `$type` between the two fields, as it does with JSON from `serde_json::Value`.
    let image: InputEmbed = image.into();
    let cbor = serde_ipld_dagcbor::to_vec(&image).unwrap();
    assert_eq!(serde_ipld_dagcbor::from_slice::<InputEmbed>(&cbor).unwrap(), image);
    let text = r#"{"thumb": {"$bytes": "AQID"}, "whole": {"$link":
        "bafkreibme22gw2h7y2h7tg2fhqotaqjucnbc24deqo72b6mkl2egezxhvy"}, "$type": "com.example.chat.defs#image"}"#;
    assert_eq!(serde_json::from_str::<InputEmbed>(text).unwrap(), image);
    let json = serde_json::to_string(&image).unwrap();
    assert_eq!(serde_json::from_str::<InputEmbed>(&json).unwrap(), image);
}

#[test]
fn an_open_union_keeps_what_it_does_not_know_and_a_closed_one_refuses_it() {
    let json = json!({"$type": "com.example.other#thing", "data": {"$bytes": "AQID"}, "list": [1, null, {"a": true}]});
    let other: InputEmbed = serde_json::from_value(json.clone()).unwrap();
    let InputEmbed::Other(object) = &other else { panic!("{other:?}") };
    assert_eq!(object.fields["data"], Value::Bytes(Bytes::from([1, 2, 3])));
    assert_eq!(serde_json::to_value(&other).unwrap(), json);
    let cbor = serde_ipld_dagcbor::to_vec(&other).unwrap();
    assert_eq!(serde_ipld_dagcbor::from_slice::<InputEmbed>(&cbor).unwrap(), other);

    let error = serde_json::from_value::<MessageViewEmbed>(json).unwrap_err().to_string();
    assert_eq!(error, "$type must be one of com.example.chat.defs#link, com.example.chat.defs#image");
    for wrong in [json!({"uri": "https://example.com"}), json!({"$type": 1}), json!("link"), json!(null)] {
        assert!(serde_json::from_value::<MessageViewEmbed>(wrong).is_err());
    }
}

#[test]
fn whole_views_survive_both_encodings() {
    let view = MessageView { title: Some(None), ..message(3) };
    let json = serde_json::to_string(&view).unwrap();
    assert_eq!(serde_json::from_str::<MessageView>(&json).unwrap(), view);
    let cbor = serde_ipld_dagcbor::to_vec(&view).unwrap();
    assert_eq!(serde_ipld_dagcbor::from_slice::<MessageView>(&cbor).unwrap(), view);
}

#[test]
fn unknown_is_an_object_without_fractions() {
    let unknown: Unknown = serde_json::from_value(json!({"$type": "a.b.c", "n": -1, "l": {"$link":
        "bafkreibme22gw2h7y2h7tg2fhqotaqjucnbc24deqo72b6mkl2egezxhvy"}}))
    .unwrap();
    assert_eq!(unknown.type_name(), Some("a.b.c"));
    assert!(matches!(unknown.0["l"], Value::Link(_)));
    for wrong in
        [json!(1), json!([1]), json!("a"), json!(null), json!({"n": 1.5}), json!({"$type": 1}), json!({"n": u64::MAX})]
    {
        assert!(serde_json::from_value::<Unknown>(wrong.clone()).is_err(), "{wrong}");
    }
    let view: Unknown = serde_json::from_value(serde_json::to_value(message(2)).unwrap()).unwrap();
    assert_eq!(view.decode::<MessageView>().unwrap(), message(2));
}

#[test]
fn blobs_carry_their_tag() {
    let json = json!({"$type": "blob", "ref": {"$link":
        "bafkreibme22gw2h7y2h7tg2fhqotaqjucnbc24deqo72b6mkl2egezxhvy"}, "mimeType": "text/plain", "size": 3});
    let blob: BlobRef = serde_json::from_value(json.clone()).unwrap();
    assert_eq!(serde_json::to_value(&blob).unwrap(), json);
    let cbor = serde_ipld_dagcbor::to_vec(&blob).unwrap();
    assert_eq!(serde_ipld_dagcbor::from_slice::<BlobRef>(&cbor).unwrap(), blob);
    let mut wrong = json;
    wrong["$type"] = json!("blub");
    assert!(serde_json::from_value::<BlobRef>(wrong).is_err());
}

//! What a server answers to `com.atproto.repo.listRecords`, taken apart.
//!
//! The user's own server may say what it likes of its user, and nothing of anybody else. An answer that is not of the
//! form that the protocol gives it makes the whole reading fail; a record that is no block, which anybody can put into
//! their own repository, is passed over, as everywhere on the network.

use lexicon_runtime::formats::{AtUri, Datetime, Did};
use serde::Deserialize;

use super::{Block, Unreadable};
use crate::store::Timestamp;

/// The collection that holds a user's blocks.
pub const COLLECTION: &str = "app.bsky.graph.block";

/// The most records of one page that the protocol knows.
pub(super) const PAGE_RECORDS: usize = 100;

/// `did:web:` and the longest name that a host can have. Nobody with a longer one has an account.
const LONGEST_SUBJECT: usize = 8 + 253;

/// Longer cursors are no use of ours to carry back.
const LONGEST_CURSOR: usize = 1024;

/// A page of a user's blocks.
#[derive(Debug)]
pub(super) struct Page {
    /// Records on it, blocks or not.
    pub records: usize,
    /// Whom the user blocks.
    pub blocks: Vec<(String, Block)>,
    /// Where the next page begins.
    pub cursor: Option<String>,
}

#[derive(Deserialize)]
struct Answer {
    records: Vec<Record>,
    cursor: Option<String>,
}

#[derive(Deserialize)]
struct Record {
    uri: String,
    value: serde_json::Value,
}

#[derive(Deserialize)]
struct Value {
    #[serde(rename = "$type")]
    kind: String,
    subject: Did,
    #[serde(rename = "createdAt")]
    created_at: Datetime,
}

impl Page {
    /// Reads a page of the repository of `owner`.
    pub fn read(body: &[u8], owner: &str) -> Result<Self, Unreadable> {
        let answer: Answer = serde_json::from_slice(body).map_err(|_| Unreadable::new("its answer is no list"))?;
        if answer.records.len() > PAGE_RECORDS {
            return Err(Unreadable::new("it gives more records than asked for"));
        }
        if answer.cursor.as_ref().is_some_and(|cursor| cursor.len() > LONGEST_CURSOR) {
            return Err(Unreadable::new("its cursor is too long"));
        }
        let records = answer.records.len();
        let mut blocks = Vec::with_capacity(records);
        for record in answer.records {
            let rkey = key_of(&record.uri, owner)?;
            blocks.extend(block(record.value, rkey).filter(|(subject, _)| subject != owner));
        }
        Ok(Self { records, blocks, cursor: answer.cursor })
    }
}

/// The key of a record, which must be a block's in the owner's repository.
fn key_of(uri: &str, owner: &str) -> Result<String, Unreadable> {
    let foreign = || Unreadable::new("it gives records of another repository or kind");
    let uri: AtUri = uri.parse().map_err(|_| foreign())?;
    match (uri.authority(), uri.collection(), uri.record_key()) {
        (authority, Some(COLLECTION), Some(key)) if authority == owner => Ok(key.to_owned()),
        _ => Err(foreign()),
    }
}

/// Whom a record blocks, if it is a block.
fn block(value: serde_json::Value, rkey: String) -> Option<(String, Block)> {
    let Value { kind, subject, created_at } = Value::deserialize(value).ok()?;
    let created_at: Timestamp = created_at.into();
    let is_block = kind == COLLECTION && subject.as_str().len() <= LONGEST_SUBJECT;
    is_block.then(|| (subject.as_str().to_owned(), Block { rkey, created_at }))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ALICE: &str = "did:plc:aliceaaaaaaaaaaaaaaaaaaa";
    const BOB: &str = "did:plc:bobbbbbbbbbbbbbbbbbbbbbb";

    fn record(uri: &str, value: serde_json::Value) -> serde_json::Value {
        json!({"uri": uri, "cid": "bafy", "value": value})
    }

    fn read(answer: serde_json::Value) -> Result<Page, Unreadable> {
        Page::read(answer.to_string().as_bytes(), ALICE)
    }

    fn value() -> serde_json::Value {
        json!({"$type": COLLECTION, "subject": BOB, "createdAt": "2026-01-02T03:04:05.678Z"})
    }

    fn uri() -> String {
        format!("at://{ALICE}/{COLLECTION}/3jui7")
    }

    #[test]
    fn blocks_are_found() {
        let page = read(json!({"records": [record(&uri(), value())], "cursor": "3jui7"})).unwrap();
        assert_eq!((page.records, page.cursor.as_deref()), (1, Some("3jui7")));
        let (subject, block) = &page.blocks[0];
        assert_eq!((subject.as_str(), block.rkey.as_str()), (BOB, "3jui7"));
        assert_eq!(block.created_at.to_rfc3339(), "2026-01-02T03:04:05.678+00:00");
    }

    #[test]
    fn records_that_are_no_blocks_are_passed_over() {
        let own = json!({"$type": COLLECTION, "subject": ALICE, "createdAt": "2026-01-02T03:04:05Z"});
        let long = format!("did:web:{}.example", "a".repeat(260));
        let long = json!({"$type": COLLECTION, "subject": long, "createdAt": "2026-01-02T03:04:05Z"});
        let mut wrong = vec![json!(null), json!([]), json!("x"), json!({}), own, long];
        for (field, bad) in
            [("$type", json!("app.bsky.graph.follow")), ("subject", json!("bob")), ("createdAt", json!(5))]
        {
            let mut value = value();
            value[field] = bad;
            wrong.push(value);
        }
        let records: Vec<_> = wrong.into_iter().chain([value()]).map(|value| record(&uri(), value)).collect();
        let page = read(json!({"records": records})).unwrap();
        assert_eq!((page.records, page.blocks.len()), (records.len(), 1));
    }

    #[test]
    fn lies_are_refused() {
        let foreign = [
            format!("at://{BOB}/{COLLECTION}/3jui7"),
            format!("at://{ALICE}/app.bsky.graph.follow/3jui7"),
            format!("at://{ALICE}/{COLLECTION}"),
            format!("at://alice.example.com/{COLLECTION}/3jui7"),
            "https://example.com".to_owned(),
            String::new(),
        ];
        for uri in foreign {
            assert!(read(json!({"records": [record(&uri, value())]})).is_err(), "{uri}");
        }
        for answer in [
            json!(null),
            json!([]),
            json!({}),
            json!({"records": {}}),
            json!({"records": [1]}),
            json!({"records": [{"uri": 1, "value": value()}]}),
            json!({"records": [], "cursor": 7}),
            json!({"records": [], "cursor": "c".repeat(LONGEST_CURSOR + 1)}),
            json!({"records": vec![record(&uri(), value()); PAGE_RECORDS + 1]}),
        ] {
            assert!(read(answer.clone()).is_err(), "{answer}");
        }
        assert!(Page::read(b"\xff", ALICE).is_err());
        assert!(Page::read("[".repeat(100_000).as_bytes(), ALICE).is_err());
    }
}

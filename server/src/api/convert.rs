//! Reading what the lexicon carries as strings: suites, ids, base64 and hashes.

use std::collections::BTreeSet;

use catbird_lexicon::blue::catbird::mls::{defs, errors};
use lexicon_runtime::{error::Refusal, formats::Did};
use uuid::Uuid;

use crate::{
    log::{Commit, GroupInfo, InvalidCommit, InvalidGroupInfo, JoinRefusal, KeyPackageNotFound, Named, Welcome},
    mls::{self, Suite},
};

/// What the lexicon allows for a ciphertext.
const LONGEST_COMMIT: usize = 10 * 1024 * 1024;

/// `did:web:` and the longest name that a host can have.
const LONGEST_ACCOUNT: usize = 8 + 253;

/// A suite that this server can verify.
pub fn suite(name: &str) -> Result<Suite, errors::InvalidCipherSuite> {
    name.parse().map_err(|_| {
        let known: Vec<_> = Suite::ALL.iter().map(|suite| suite.as_str()).collect();
        errors::InvalidCipherSuite::new(format!("The cipher suite must be one of: {}.", known.join(", ")))
    })
}

/// The MLS group id that a conversation is named by.
pub fn group_id(text: &str) -> Result<Vec<u8>, Refusal> {
    match hex::decode(text) {
        Ok(id) if !id.is_empty() => Ok(id),
        _ => Err(Refusal::invalid_request("input/groupId: must be an MLS group id in hexadecimal")),
    }
}

/// A commit that came as base64, in a request that says nothing of its epoch.
pub fn commit(text: Option<&str>) -> Result<Option<Commit>, InvalidCommit> {
    let Some(text) = text else { return Ok(None) };
    Commit::read(commit_bytes(text)?.into(), None).map(Some)
}

/// The lexicon limits the text, which holds two bytes more without its padding. They would break the limit of what members
/// are then shown.
fn commit_bytes(text: &str) -> Result<Vec<u8>, InvalidCommit> {
    let bytes = mls::decode_base64(text).map_err(|error| InvalidCommit(error.to_string()))?;
    if bytes.len() > LONGEST_COMMIT {
        return Err(InvalidCommit(format!("it is longer than {LONGEST_COMMIT} bytes")));
    }
    Ok(bytes)
}

/// A Welcome that came as base64.
pub fn welcome(text: Option<&str>) -> Result<Option<Welcome>, JoinRefusal> {
    let Some(text) = text else { return Ok(None) };
    let bytes = mls::decode_base64(text).map_err(|error| JoinRefusal::InvalidWelcome(error.to_string()))?;
    Welcome::read(bytes).map(Some).map_err(|error| JoinRefusal::InvalidWelcome(error.to_string()))
}

/// An external commit that came as base64.
pub fn external_commit(text: &str) -> Result<Commit, InvalidCommit> {
    Commit::read_external(commit_bytes(text)?.into())
}

/// A GroupInfo that came as base64, verified.
pub fn group_info(text: &str) -> Result<GroupInfo, InvalidGroupInfo> {
    let bytes = mls::decode_base64(text).map_err(|error| InvalidGroupInfo(format!("the GroupInfo is {error}")))?;
    GroupInfo::read(bytes)
}

/// The key packages that a request names, as pairs of a user and a hash in hexadecimal.
pub fn named<'a>(entries: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<BTreeSet<Named>, KeyPackageNotFound> {
    entries
        .into_iter()
        .map(|(user_did, text)| match hex::decode(text) {
            Ok(hash) => Ok(Named { user_did: user_did.to_owned(), hash }),
            Err(_) => Err(KeyPackageNotFound::Hash(text.to_owned())),
        })
        .collect()
}

/// A suite as the store keeps it and the wire shows it.
pub fn suite_name(name: &str) -> defs::CipherSuite {
    defs::CipherSuite::from(name.to_owned())
}

/// AT Protocol has accounts under two DID methods; nobody else can have key packages here.
pub fn known_method(did: &Did) -> Result<(), errors::InvalidDid> {
    match did.method() {
        "did:plc" | "did:web" => Ok(()),
        method => Err(errors::InvalidDid::new(format!("{method} is not a DID method of AT Protocol accounts."))),
    }
}

/// Users who are to become members: nobody can be one without an account. `path` says where they stand.
pub fn accounts<'a>(path: &str, users: impl IntoIterator<Item = &'a Did>) -> Result<(), Refusal> {
    let is_account = |did: &Did| known_method(did).is_ok() && did.as_str().len() <= LONGEST_ACCOUNT;
    match users.into_iter().position(|did| !is_account(did)) {
        None => Ok(()),
        Some(index) => {
            Err(Refusal::invalid_request(format!("{path}/{index}: must be the did:plc or did:web of an account")))
        }
    }
}

/// A device's id, a UUID in its hyphenated form. `path` says where it stands.
pub fn device_id(path: &str, text: &str) -> Result<Uuid, Refusal> {
    let id = Uuid::try_parse(text).ok().filter(|_| text.len() == 36);
    id.ok_or_else(|| Refusal::invalid_request(format!("{path}: must be a UUID in its hyphenated form")))
}

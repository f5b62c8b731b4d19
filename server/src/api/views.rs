//! Rows as clients see them.

use std::collections::HashMap;

use catbird_lexicon::blue::catbird::mls::defs;
use lexicon_runtime::formats::{Datetime, Did, Uri};

use super::convert;
use crate::{
    mls::encode_base64url,
    store::{
        EntryKind, StoreError, conversations::ConversationView, key_packages::Reserved, members::Member, pages::Entry,
    },
};

/// Conversations with their members, which were read for all of them at once.
pub fn conversations(
    conversations: Vec<ConversationView>,
    members: Vec<Member>,
) -> Result<Vec<defs::ConvoView>, StoreError> {
    let mut by_convo: HashMap<String, Vec<defs::MemberView>> = HashMap::new();
    for member in members {
        by_convo.entry(member.convo_id.clone()).or_default().push(self::member(member)?);
    }
    conversations
        .into_iter()
        .map(|convo| {
            let members = by_convo.remove(&convo.convo_id).unwrap_or_default();
            conversation(convo, members)
        })
        .collect()
}

/// A conversation as one of its members sees it.
pub fn conversation(convo: ConversationView, members: Vec<defs::MemberView>) -> Result<defs::ConvoView, StoreError> {
    let metadata = (convo.name.is_some() || convo.description.is_some())
        .then_some(defs::ConvoMetadata { name: convo.name, description: convo.description });
    Ok(defs::ConvoView {
        id: convo.convo_id.clone(),
        group_id: convo.convo_id,
        creator: did(convo.creator_did)?,
        members,
        epoch: convo.epoch,
        cipher_suite: convert::suite_name(&convo.cipher_suite),
        created_at: Datetime::from(convo.created_at),
        last_message_at: convo.last_message_at.map(Datetime::from),
        metadata,
        unread_count: Some(convo.unread_count),
        last_seq: Some(convo.last_seq),
    })
}

/// A member.
pub fn member(member: Member) -> Result<defs::MemberView, StoreError> {
    Ok(defs::MemberView {
        did: member.did,
        user_did: did(member.user_did)?,
        device_id: member.device_id,
        device_name: member.device_name,
        joined_at: Datetime::from(member.joined_at),
        is_admin: member.is_admin,
        promoted_at: member.promoted_at.map(Datetime::from),
        promoted_by: member.promoted_by.map(did).transpose()?,
        // The server can't see the ratchet tree of a group whose handshakes are private.
        leaf_index: None,
        credential: None,
        is_moderator: Some(member.is_moderator),
    })
}

/// A log entry, without reactions.
pub fn entry(entry: Entry) -> Result<defs::MessageView, StoreError> {
    let embed_uri = entry.embed_uri.map(|uri| uri.parse::<Uri>());
    Ok(defs::MessageView {
        id: entry.msg_id,
        convo_id: entry.convo_id,
        ciphertext: entry.ciphertext.into(),
        epoch: entry.epoch,
        seq: entry.seq,
        created_at: Datetime::from(entry.created_at),
        message_type: Some(match entry.kind {
            EntryKind::App => defs::MessageViewMessageType::App,
            EntryKind::Proposal => defs::MessageViewMessageType::Proposal,
            EntryKind::Commit => defs::MessageViewMessageType::Commit,
        }),
        embed_type: entry.embed_type.map(defs::EmbedType::from),
        embed_uri: embed_uri.transpose().map_err(|error| StoreError::Impossible(error.to_string()))?,
        expires_at: Some(Datetime::from(entry.expires_at)),
        reactions: None,
    })
}

/// A DID that was checked when it came in.
pub fn did(text: String) -> Result<Did, StoreError> {
    Did::new(text).map_err(|error| StoreError::Impossible(format!("a stored DID is none: {error}")))
}

/// A key package that was handed out.
pub fn key_package_ref(reserved: Reserved) -> defs::KeyPackageRef {
    defs::KeyPackageRef {
        did: reserved.did,
        key_package: encode_base64url(&reserved.content),
        cipher_suite: convert::suite_name(&reserved.cipher_suite),
        key_package_hash: Some(hex::encode(&reserved.hash)),
        device_id: reserved.device_id,
    }
}

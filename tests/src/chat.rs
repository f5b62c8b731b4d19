//! A user's side of one conversation: the MLS group on the device and the log on the server, kept together as an app
//! would keep them.

use std::collections::HashSet;

use atrium_api::types::string::Did;
use catbird_lexicon::blue::catbird::mls::{
    add_members, create_convo, defs, get_messages, process_external_commit, remove_member, request_rejoin,
    send_message, submit_commit, update_group_info,
};
use catbird_server::mls::encode_base64url;
use lexicon_runtime::client::ClientError;
use uuid::Uuid;

use crate::{
    actor::{Actor, Fetched, suite},
    mls::{Group, Handshake, Received, join_outside},
};

/// A user's side of one conversation.
pub struct Chat<'a> {
    pub actor: &'a Actor,
    pub group: Group,
    pub convo_id: String,
    /// The seq of the last entry that was processed.
    pub seen: i64,
    /// The epoch at which this device joined. A user's later device is shown what the earlier ones may read, and has no
    /// keys for it.
    from_epoch: i64,
    /// Message ids and seqs of what this device sent: it can't decrypt its own messages, and has merged its own commits.
    own: HashSet<i64>,
}

/// What one entry of the log was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivered {
    pub seq: i64,
    pub epoch: i64,
    pub what: Received,
}

/// The texts among what was delivered.
pub fn texts(delivered: &[Delivered]) -> Vec<String> {
    let text = |entry: &Delivered| match &entry.what {
        Received::Text(text) => Some(text.clone()),
        _ => None,
    };
    delivered.iter().filter_map(text).collect()
}

impl<'a> Chat<'a> {
    /// Makes a conversation of this user and others, who must have published key packages.
    pub async fn create(actor: &'a Actor, others: &[&Did]) -> Self {
        Self::create_as(actor, actor.mls.create_group(Uuid::new_v4().as_bytes()), others).await
    }

    /// The same with a group that is there already, with the actor alone in it.
    pub async fn create_as(actor: &'a Actor, mut group: Group, others: &[&Did]) -> Self {
        let convo_id = hex::encode(group.id());
        let fetched = if others.is_empty() { Vec::new() } else { actor.fetch(others).await };
        let handshake = (!fetched.is_empty()).then(|| group.add(&actor.mls, &contents(&fetched)));
        if handshake.is_some() {
            group.merge(&actor.mls);
        }
        let input = create_convo::Input {
            group_id: convo_id.clone(),
            idempotency_key: None,
            cipher_suite: suite(),
            initial_members: Some(others.iter().map(|did| (*did).clone()).collect()),
            welcome_message: handshake.and_then(|handshake| handshake.welcome).map(|bytes| encode_base64url(&bytes)),
            key_package_hashes: Some(fetched.iter().map(created_with).collect()),
            metadata: None,
            current_epoch: group.epoch(),
        };
        actor.api.create_convo(&input).await.expect("a conversation can be made");
        Self { actor, from_epoch: group.epoch(), group, convo_id, seen: 0, own: HashSet::new() }
    }

    /// Joins by the Welcome that waits on the server, and confirms it.
    pub async fn join(actor: &'a Actor, convo_id: &str) -> Self {
        let welcome = actor.welcome(convo_id).await.expect("a Welcome waits");
        let group = actor.mls.join(&welcome).expect("the Welcome is for this device");
        actor.confirm(convo_id).await;
        Self { actor, from_epoch: group.epoch(), group, convo_id: convo_id.to_owned(), seen: 0, own: HashSet::new() }
    }

    /// Comes into the group by an external commit, with the GroupInfo that the server has.
    pub async fn rejoin(actor: &'a Actor, convo_id: &str) -> Self {
        let (group, handshake) = join_outside(&actor.mls, &actor.group_info(convo_id).await.expect("one is stored"));
        let output = actor.api.process_external_commit(&external(convo_id, &handshake)).await;
        let epoch = output.expect("a member can come back").epoch;
        assert_eq!(epoch, group.epoch());
        Self { actor, from_epoch: epoch, group, convo_id: convo_id.to_owned(), seen: 0, own: HashSet::new() }
    }

    /// Sends the GroupInfo of the current epoch to the server.
    pub async fn share_group_info(&self) {
        let input = group_info(&self.convo_id, self.group.epoch(), &self.group.group_info(&self.actor.mls));
        assert!(self.actor.api.update_group_info(&input).await.expect("a member can send GroupInfo").updated);
    }

    /// Encrypts and sends a text.
    pub async fn send(&mut self, text: &str) -> send_message::Output {
        let input = self.message(text);
        self.send_as(&input).await
    }

    /// Sends a prepared message of this device, such as a proposal.
    pub async fn send_as(&mut self, input: &send_message::Input) -> send_message::Output {
        let output = self.actor.api.send_message(input).await.expect("a member can send");
        self.own.insert(output.seq);
        output
    }

    /// A request that sends a text.
    pub fn message(&mut self, text: &str) -> send_message::Input {
        let ciphertext = self.group.encrypt(&self.actor.mls, text);
        message(&self.convo_id, self.group.epoch(), ciphertext)
    }

    /// Processes what is new in the log, oldest first. Own entries are passed over.
    pub async fn catch_up(&mut self) -> Vec<Delivered> {
        let mut delivered = Vec::new();
        loop {
            let page = self.page(Some(self.seen)).await.expect("a member can read");
            let Some(last) = page.last_seq else { return delivered };
            for entry in page.messages {
                self.process(entry, &mut delivered);
            }
            self.seen = last;
        }
    }

    fn process(&mut self, entry: defs::MessageView, delivered: &mut Vec<Delivered>) {
        let (seq, epoch) = (entry.seq, entry.epoch);
        if self.own.contains(&seq) || epoch < self.from_epoch {
            return;
        }
        let what = self.group.receive(&self.actor.mls, &entry.ciphertext);
        let what = what.unwrap_or_else(|error| panic!("entry {seq} of epoch {epoch} can't be processed: {error}"));
        delivered.push(Delivered { seq, epoch, what });
    }

    /// A page of the log as this user sees it.
    pub async fn page(&self, since_seq: Option<i64>) -> Result<get_messages::Output, ClientError<get_messages::Error>> {
        let params = get_messages::Params { convo_id: self.convo_id.clone(), limit: 100, since_seq, seqs: None };
        self.actor.api.get_messages(&params).await
    }

    /// Adds users by addMembers, with the commit that adds all their devices.
    pub async fn add(&mut self, users: &[&Did]) -> Result<i64, ClientError<add_members::Error>> {
        let fetched = self.actor.fetch(users).await;
        let handshake = self.group.add(&self.actor.mls, &contents(&fetched));
        let input = addition(&self.convo_id, users, &handshake, &fetched);
        let answer = self.actor.api.add_members(&input).await;
        self.settle(answer.is_ok()).await;
        answer.map(|output| output.new_epoch)
    }

    /// Removes a user by removeMember, with the commit that removes all their devices.
    pub async fn remove(&mut self, user: &Did) -> Result<Option<i64>, ClientError<remove_member::Error>> {
        let identities = self.group.identities();
        let theirs: Vec<_> = identities.iter().map(String::as_str).filter(|id| belongs_to(id, user)).collect();
        let handshake = self.group.remove(&self.actor.mls, &theirs);
        let input = remove_member::Input {
            convo_id: self.convo_id.clone(),
            target_did: user.clone(),
            idempotency_key: Uuid::new_v4().simple().to_string()[..26].to_owned(),
            reason: None,
            commit: Some(encode_base64url(&handshake.commit)),
        };
        let answer = self.actor.api.remove_member(&input).await;
        self.settle(answer.is_ok()).await;
        answer.map(|output| output.epoch_hint)
    }

    /// Changes this device's keys by submitCommit.
    pub async fn update(&mut self) -> Result<submit_commit::Output, ClientError<submit_commit::Error>> {
        let handshake = self.group.update(&self.actor.mls);
        self.submit(&handshake).await
    }

    /// Adds devices and removes users by one submitCommit.
    pub async fn change(
        &mut self,
        added: &[Fetched],
        removed: &[&Did],
    ) -> Result<submit_commit::Output, ClientError<submit_commit::Error>> {
        let gone = |identity: &&String| removed.iter().any(|user| belongs_to(identity, user));
        let identities = self.group.identities();
        let identities: Vec<_> = identities.iter().filter(gone).map(String::as_str).collect();
        let handshake = self.group.change(&self.actor.mls, &contents(added), &identities);
        let input = change(&self.convo_id, self.group.epoch(), handshake, added, removed);
        let answer = self.actor.api.submit_commit(&input).await;
        self.settle(answer.is_ok()).await;
        answer
    }

    /// Removes leaves by their identities, for devices that the server lists no more.
    pub async fn remove_leaves(
        &mut self,
        identities: &[&str],
    ) -> Result<submit_commit::Output, ClientError<submit_commit::Error>> {
        let handshake = self.group.remove(&self.actor.mls, identities);
        self.submit(&handshake).await
    }

    /// Submits a prepared commit that changes no membership.
    pub async fn submit(
        &mut self,
        handshake: &Handshake,
    ) -> Result<submit_commit::Output, ClientError<submit_commit::Error>> {
        let input = commit(&self.convo_id, self.group.epoch(), handshake.commit.clone());
        let answer = self.actor.api.submit_commit(&input).await;
        self.settle(answer.is_ok()).await;
        answer
    }

    /// Follows the server's verdict on the pending commit. A commit that was taken is the newest of the log.
    async fn settle(&mut self, taken: bool) {
        if !taken {
            return self.group.discard(&self.actor.mls);
        }
        let epoch = self.group.epoch();
        self.group.merge(&self.actor.mls);
        let page = self.page(Some(self.seen)).await.expect("a member can read");
        let own = page
            .messages
            .iter()
            .find(|entry| entry.epoch == epoch && entry.message_type == Some(defs::MessageViewMessageType::Commit));
        self.own.extend(own.map(|entry| entry.seq));
    }
}

/// A request that sends a ciphertext under a new message id.
pub fn message(convo_id: &str, epoch: i64, ciphertext: Vec<u8>) -> send_message::Input {
    send_message::Input {
        convo_id: convo_id.to_owned(),
        msg_id: Uuid::new_v4().to_string(),
        idempotency_key: None,
        ciphertext: ciphertext.into(),
        epoch,
        padded_size: None,
        delivery: send_message::InputDelivery::Persistent,
        embed_type: None,
        embed_uri: None,
        sender_did: None,
    }
}

/// A request that submits a commit that changes no membership.
pub fn commit(convo_id: &str, epoch: i64, commit: Vec<u8>) -> submit_commit::Input {
    submit_commit::Input {
        convo_id: convo_id.to_owned(),
        commit: commit.into(),
        epoch,
        idempotency_key: None,
        add_dids: None,
        remove_dids: None,
        welcome_message: None,
        key_package_hashes: None,
        group_info: None,
    }
}

/// A request that submits a commit with those whom it adds and removes.
pub fn change(
    convo_id: &str,
    epoch: i64,
    handshake: Handshake,
    added: &[Fetched],
    removed: &[&Did],
) -> submit_commit::Input {
    submit_commit::Input {
        add_dids: Some(users_of(added)),
        remove_dids: Some(removed.iter().map(|did| (*did).clone()).collect()),
        welcome_message: handshake.welcome.map(|bytes| encode_base64url(&bytes)),
        key_package_hashes: Some(added.iter().map(created_with).collect()),
        group_info: handshake.group_info.map(|bytes| encode_base64url(&bytes)),
        ..commit(convo_id, epoch, handshake.commit)
    }
}

/// A request that joins by an external commit.
pub fn external(convo_id: &str, handshake: &Handshake) -> process_external_commit::Input {
    process_external_commit::Input {
        convo_id: convo_id.to_owned(),
        external_commit: encode_base64url(&handshake.commit),
        idempotency_key: None,
        group_info: handshake.group_info.as_ref().map(|bytes| encode_base64url(bytes)),
    }
}

/// A request that stores a GroupInfo.
pub fn group_info(convo_id: &str, epoch: i64, content: &[u8]) -> update_group_info::Input {
    update_group_info::Input { convo_id: convo_id.to_owned(), group_info: encode_base64url(content), epoch }
}

/// A request that leaves a key package for being added anew.
pub fn rejoining(convo_id: &str, key_package: &[u8]) -> request_rejoin::Input {
    let reason = Some(request_rejoin::InputReason::StateLoss);
    request_rejoin::Input { convo_id: convo_id.to_owned(), key_package: encode_base64url(key_package), reason }
}

/// A request that adds users by addMembers.
pub fn addition(convo_id: &str, users: &[&Did], handshake: &Handshake, fetched: &[Fetched]) -> add_members::Input {
    add_members::Input {
        convo_id: convo_id.to_owned(),
        idempotency_key: None,
        did_list: users.iter().map(|did| (*did).clone()).collect(),
        commit: Some(encode_base64url(&handshake.commit)),
        welcome_message: handshake.welcome.as_ref().map(|bytes| encode_base64url(bytes)),
        key_package_hashes: Some(fetched.iter().map(added_with).collect()),
    }
}

/// Whose key packages these are, each user once.
fn users_of(fetched: &[Fetched]) -> Vec<Did> {
    let mut users: Vec<_> = fetched.iter().map(|fetched| fetched.user.clone()).collect();
    users.sort_by(|a, b| a.as_str().cmp(b.as_str()));
    users.dedup();
    users
}

/// Whether a credential's identity is that of a user or of one of their devices.
fn belongs_to(identity: &str, user: &Did) -> bool {
    identity.strip_prefix(user.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('#'))
}

/// The bytes of key packages.
pub fn contents(fetched: &[Fetched]) -> Vec<Vec<u8>> {
    fetched.iter().map(|fetched| fetched.content.clone()).collect()
}

/// Names a key package to createConvo and submitCommit.
pub fn created_with(fetched: &Fetched) -> create_convo::KeyPackageHashEntry {
    create_convo::KeyPackageHashEntry { did: fetched.user.clone(), hash: fetched.hash.clone() }
}

/// Names a key package to addMembers.
pub fn added_with(fetched: &Fetched) -> add_members::KeyPackageHashEntry {
    add_members::KeyPackageHashEntry { did: fetched.user.clone(), hash: fetched.hash.clone() }
}

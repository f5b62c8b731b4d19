//! A conversation that takes little making: the server knows its members, while its MLS group has the first of them alone.
//! For tests of what the server does with bytes that it can't read anyway.

use atrium_api::types::string::Did;
use catbird_lexicon::blue::catbird::mls::{
    add_members, create_convo, defs, promote_admin, promote_moderator, send_message, submit_commit,
};
use uuid::Uuid;

use crate::{
    actor::{Actor, suite},
    chat,
    mls::Group,
    server::TestServer,
};

/// A conversation of users without devices.
pub struct Room {
    pub convo_id: String,
    /// The first is the admin and makes the commits.
    pub members: Vec<Actor>,
    pub group: Group,
}

impl Room {
    /// Makes a conversation of users with these names.
    pub async fn open(server: &TestServer, names: &[&str]) -> Self {
        Self::of(names.iter().map(|name| server.actor(name)).collect()).await
    }

    /// Makes a conversation of these users.
    pub async fn of(members: Vec<Actor>) -> Self {
        let group = members[0].mls.create_group(Uuid::new_v4().as_bytes());
        let convo_id = hex::encode(group.id());
        let others: Vec<_> = members[1..].iter().map(|member| member.did.clone()).collect();
        let input = creation(&convo_id, &others);
        members[0].api.create_convo(&input).await.expect("a conversation can be made");
        Self { convo_id, members, group }
    }

    /// A request that sends these bytes at the room's epoch.
    pub fn message(&self, content: impl Into<Vec<u8>>) -> send_message::Input {
        chat::message(&self.convo_id, self.group.epoch(), content.into())
    }

    /// Sends bytes as the first member.
    pub async fn send(&self, content: impl Into<Vec<u8>>) -> send_message::Output {
        self.members[0].api.send_message(&self.message(content)).await.expect("a member can send")
    }

    /// Moves the room to its next epoch by a commit of the first member.
    pub async fn advance(&mut self) -> submit_commit::Output {
        let member = &self.members[0];
        let handshake = self.group.update(&member.mls);
        let input = chat::commit(&self.convo_id, self.group.epoch(), handshake.commit);
        let output = member.api.submit_commit(&input).await.expect("the only committer wins");
        self.group.merge(&member.mls);
        output
    }

    /// Makes a member an admin.
    pub async fn promote_admin(&self, user: &Did) {
        let input = promote_admin::Input { convo_id: self.convo_id.clone(), target_did: user.clone() };
        self.members[0].api.promote_admin(&input).await.expect("the first member is an admin");
    }

    /// Makes a member a moderator.
    pub async fn promote_moderator(&self, user: &Did) {
        let input = promote_moderator::Input { convo_id: self.convo_id.clone(), target_did: user.clone() };
        self.members[0].api.promote_moderator(&input).await.expect("the first member is an admin");
    }

    /// Adds a user.
    pub async fn add(&self, user: &Did) {
        let input = addition(&self.convo_id, std::slice::from_ref(user));
        self.members[0].api.add_members(&input).await.expect("the first member is an admin");
    }

    /// Has the server keep the GroupInfo of the current epoch, which the first member makes.
    pub async fn share_group_info(&self) -> Vec<u8> {
        let member = &self.members[0];
        let content = self.group.group_info(&member.mls);
        let input = chat::group_info(&self.convo_id, self.group.epoch(), &content);
        member.api.update_group_info(&input).await.expect("a member can send GroupInfo");
        content
    }

    /// The whole log as the first member reads it.
    pub async fn log(&self) -> Vec<defs::MessageView> {
        self.members[0].read(&self.convo_id).await
    }

    /// The conversation as the first member sees it.
    pub async fn view(&self) -> defs::ConvoView {
        let mut all = self.members[0].convos().await.into_iter();
        all.find(|convo| convo.id == self.convo_id).expect("the member sees the conversation")
    }
}

/// A request that makes a conversation without key packages, at epoch 0.
pub fn creation(convo_id: &str, others: &[Did]) -> create_convo::Input {
    create_convo::Input {
        group_id: convo_id.to_owned(),
        idempotency_key: None,
        cipher_suite: suite(),
        initial_members: Some(others.to_vec()),
        welcome_message: None,
        key_package_hashes: None,
        metadata: None,
        current_epoch: 0,
    }
}

/// A request that adds users without a commit.
pub fn addition(convo_id: &str, users: &[Did]) -> add_members::Input {
    add_members::Input {
        convo_id: convo_id.to_owned(),
        idempotency_key: None,
        did_list: users.to_vec(),
        commit: None,
        welcome_message: None,
        key_package_hashes: None,
    }
}

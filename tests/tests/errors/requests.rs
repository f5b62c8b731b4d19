//! For each method a request that its lexicon allows.

use atrium_api::types::string::Did;
use catbird_lexicon::blue::catbird::mls::{
    add_reaction, claim_pending_device_addition, complete_pending_device_addition, confirm_welcome, delete_device,
    get_subscription_ticket, group_info_refresh, invalidate_welcome, publish_key_package, publish_key_packages,
    readdition, remove_reaction, resolve_report::InputAction, send_typing_indicator, sync_key_packages, update_cursor,
    update_read, validate_welcome,
};
use catbird_server::mls::{decode_base64, encode_base64url};
use e2e::{
    actor::{Actor, registration, suite},
    chat,
    http::{Answer, Call},
    mls::{Handshake, MlsDevice, external_commit},
    room::{Room, addition, creation},
    server::{TestServer, did},
};
use lexicon_runtime::codegen::serde::Serialize;
use uuid::Uuid;

pub use super::membership::leaving;
use super::{blocks, membership, policies, roles, world::World};
use crate::reports;

/// A conversation id that nobody has.
pub const NOWHERE: &str = "00000000000000000000000000000000";

/// What a request is about.
pub struct Subject {
    pub convo_id: String,
    /// A message of the conversation.
    pub message_id: String,
    /// A commit of the conversation's group at its epoch.
    pub commit: Vec<u8>,
    /// A report in the conversation.
    pub report_id: String,
    /// The conversation's admin.
    pub admin: Did,
    /// The GroupInfo of that epoch, by its first member.
    pub group_info: Vec<u8>,
    /// A member who may be removed.
    pub member: Actor,
    /// A device of that member which waits to be added to the conversation.
    pub device_id: String,
    /// The addition that waits.
    pub addition_id: String,
    /// A Welcome for that device, which nobody has sent.
    pub welcome: Vec<u8>,
}

impl Subject {
    /// A conversation of at least two with one message and one report, by its first member about its last.
    pub async fn of(mut room: Room) -> Self {
        room.send("hello").await;
        let message_id = room.log().await.remove(0).id;
        let group_info = room.share_group_info().await;
        let commit = room.group.update(&room.members[0].mls).commit;
        let member = room.members.pop().expect("the room has members");
        let input = reports::report(&room.convo_id, &member.did, b"for the admins");
        let report_id = room.members[0].api.report_member(&input).await.expect("members can report").report_id;
        let admin = room.members[0].did.clone();
        let device_id = Uuid::new_v4().to_string();
        let device = MlsDevice::new(&format!("{}#{device_id}", member.did.as_str()));
        let input = registration(Some(device_id.clone()), &device, 1);
        member.api.register_device(&input).await.expect("a device can be registered");
        let addition_id = member.waiting_devices().await.remove(0).id;
        let committer = MlsDevice::new("committer");
        let mut group = committer.create_group(device_id.as_bytes());
        let key_package = decode_base64(&input.key_packages[0].key_package).expect("it was just made");
        let welcome = group.add(&committer, &[key_package]).welcome.expect("who is added gets a Welcome");
        Self {
            convo_id: room.convo_id,
            message_id,
            commit,
            group_info,
            report_id,
            admin,
            member,
            device_id,
            addition_id,
            welcome,
        }
    }
}

/// A request that its lexicon allows, and that a member could make, without a token yet.
pub fn ordinary<'a>(server: &'a TestServer, method: &str, about: &Subject, caller: &Actor) -> Call<'a> {
    let convo_id = &about.convo_id;
    let ask = |query: String| server.call(method).query(query);
    match method {
        "addReaction" => {
            let (convo_id, message_id) = (convo_id.clone(), about.message_id.clone());
            give(server, method, &add_reaction::Input { convo_id, message_id, reaction: "+".to_owned() })
        }
        "addMembers" => give(server, method, &addition(convo_id, &[did("somebody")])),
        "claimPendingDeviceAddition" => {
            let input = claim_pending_device_addition::Input { pending_addition_id: about.addition_id.clone() };
            give(server, method, &input)
        }
        "completePendingDeviceAddition" => {
            let pending_addition_id = about.addition_id.clone();
            give(server, method, &complete_pending_device_addition::Input { pending_addition_id, new_epoch: 0 })
        }
        "checkBlocks" => ask(format!("dids={}&dids={}", nobody("one").as_str(), nobody("another").as_str())),
        "confirmWelcome" => {
            let input = confirm_welcome::Input { convo_id: convo_id.clone(), success: true, error_details: None };
            give(server, method, &input)
        }
        "createConvo" => give(server, method, &creation(convo_id, &[])),
        "deleteDevice" => give(server, method, &delete_device::Input { device_id: about.device_id.clone() }),
        "getCommits" => ask(format!("convoId={convo_id}&fromEpoch=0")),
        "getConvos"
        | "getExpectedConversations"
        | "getKeyPackageHistory"
        | "getKeyPackageStatus"
        | "getPendingMessages"
        | "listDevices" => ask(String::new()),
        "getAdminStats"
        | "getBlockStatus"
        | "getEpoch"
        | "getGroupInfo"
        | "getMessages"
        | "getPolicy"
        | "getReports"
        | "getWelcome"
        | "streamConvoEvents"
        | "subscribeConvoEvents" => ask(format!("convoId={convo_id}")),
        "groupInfoRefresh" => give(server, method, &group_info_refresh::Input { convo_id: convo_id.clone() }),
        "getKeyPackageStats" => ask(format!("did={}", about.member.did.as_str())),
        "getKeyPackages" => ask(format!("dids={}", about.member.did.as_str())),
        "getSubscriptionTicket" => {
            give(server, method, &get_subscription_ticket::Input { convo_id: Some(convo_id.clone()) })
        }
        "getMessage" => ask(format!("messageId={}", about.message_id)),
        "getPendingDeviceAdditions" => ask(format!("convoIds={convo_id}")),
        "handleBlockChange" => give(server, method, &blocks::change(&nobody("one"), &nobody("another"), "removed")),
        "invalidateWelcome" => {
            let (convo_id, reason) = (convo_id.clone(), "it does not open".to_owned());
            give(server, method, &invalidate_welcome::Input { convo_id, reason })
        }
        "leaveConvo" => give(server, method, &membership::leaving(convo_id)),
        "processExternalCommit" => {
            let commit = external_commit(&caller.mls, &about.group_info);
            let handshake = Handshake { commit, welcome: None, group_info: None };
            give(server, method, &chat::external(convo_id, &handshake))
        }
        "publishKeyPackage" => {
            let input = publish_key_package::Input {
                key_package: encode_base64url(&caller.mls.key_package()),
                idempotency_key: None,
                cipher_suite: suite(),
                expires: None,
            };
            give(server, method, &input)
        }
        "publishKeyPackages" => {
            let key_packages = vec![caller.item(&caller.mls.key_package())];
            give(server, method, &publish_key_packages::Input { key_packages })
        }
        "promoteAdmin" | "demoteAdmin" | "promoteModerator" | "demoteModerator" => {
            give(server, method, &roles::of(convo_id, &about.member.did))
        }
        "registerDevice" => give(server, method, &caller.registration(1)),
        "readdition" => give(server, method, &readdition::Input { convo_id: convo_id.clone() }),
        "removeMember" => give(server, method, &membership::removal(convo_id, &about.member.did)),
        "removeReaction" => {
            let (convo_id, message_id) = (convo_id.clone(), about.message_id.clone());
            give(server, method, &remove_reaction::Input { convo_id, message_id, reaction: "+".to_owned() })
        }
        "reportMember" => give(server, method, &reports::report(convo_id, &about.member.did, b"a report")),
        "requestRejoin" => give(server, method, &chat::rejoining(convo_id, &caller.mls.key_package())),
        "resolveReport" => give(server, method, &reports::decision(&about.report_id, InputAction::NoAction)),
        "sendMessage" => give(server, method, &chat::message(convo_id, 0, b"hello".to_vec())),
        "sendTypingIndicator" => {
            let input = send_typing_indicator::Input { convo_id: convo_id.clone(), is_typing: true };
            give(server, method, &input)
        }
        "submitCommit" => give(server, method, &chat::commit(convo_id, 0, about.commit.clone())),
        "syncKeyPackages" => {
            let input = sync_key_packages::Input { local_hashes: Vec::new(), device_id: about.device_id.clone() };
            give(server, method, &input)
        }
        "updateCursor" => {
            let (read_seq, delivered_seq) = (Some(1), Some(1));
            give(
                server,
                method,
                &update_cursor::Input { convo_id: convo_id.clone(), read_seq, delivered_seq, cursor: None },
            )
        }
        // Exported by the first member, who is not the one that calls.
        "updateGroupInfo" => give(server, method, &chat::group_info(convo_id, 0, &about.group_info)),
        "updateRead" => give(server, method, &update_read::Input { convo_id: convo_id.clone(), message_id: None }),
        "updatePolicy" => give(server, method, &policies::closing(convo_id)),
        "warnMember" => give(server, method, &roles::warning(convo_id, &about.member.did)),
        "validateWelcome" => {
            give(server, method, &validate_welcome::Input { welcome_message: about.welcome.clone().into() })
        }
        "validateDeviceState" => ask(format!("deviceId={}", about.device_id)),
        other => panic!("write down an ordinary request for {other}"),
    }
}

/// Somebody whom no directory knows.
fn nobody(name: &str) -> Did {
    format!("did:plc:{name:a<24}").parse().expect("names in tests are plain letters")
}

fn give<'a>(server: &'a TestServer, method: &str, input: &impl Serialize) -> Call<'a> {
    server.call(method).input(input)
}

/// Asks a method about a conversation that isn't there.
pub async fn nowhere(world: &World, method: &str) -> Answer {
    let mut about = Subject::of(world.room(2).await).await;
    about.convo_id = NOWHERE.to_owned();
    let caller = world.user();
    world.refused(ordinary(&world.server, method, &about, &caller).by(&caller.did)).await
}

/// Asks a method about a conversation of others.
pub async fn stranger(world: &World, method: &str) -> Answer {
    let about = Subject::of(world.room(2).await).await;
    let caller = world.user();
    world.refused(ordinary(&world.server, method, &about, &caller).by(&caller.did)).await
}

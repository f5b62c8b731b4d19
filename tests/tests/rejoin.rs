//! Members who lost a group's state come back by themselves; nobody does so for somebody else.

use catbird_lexicon::blue::catbird::mls::{group_info_refresh, process_external_commit, readdition};
use catbird_server::mls::encode_base64url;
use e2e::{
    actor::{Actor, Fetched, hash, refused},
    chat::{self, Chat, contents, texts},
    mls::{Handshake, MlsDevice, external_commit, join_outside},
    server::TestServer,
};
use futures::future::join_all;
use uuid::Uuid;

use crate::handshakes::state;

/// Alice's conversation with these, each of whom has joined by their Welcome.
pub async fn together<'a>(alice: &'a Actor, others: &[&'a Actor]) -> (Chat<'a>, Vec<Chat<'a>>) {
    for other in others {
        other.publish(1).await;
    }
    let dids: Vec<_> = others.iter().map(|other| &other.did).collect();
    let at_alice = Chat::create(alice, &dids).await;
    let mut chats = Vec::new();
    for other in others {
        chats.push(Chat::join(other, &at_alice.convo_id).await);
    }
    (at_alice, chats)
}

#[tokio::test]
async fn a_member_who_lost_the_state_comes_back_and_loses_nothing_else() {
    let server = TestServer::start().await;
    let (alice, bob, carol) = (server.actor("alice"), server.actor("bob"), server.actor("carol"));
    let (mut at_alice, chats) = together(&alice, &[&bob, &carol]).await;
    let [at_bob, mut at_carol] = <[_; 2]>::try_from(chats).ok().unwrap();
    let convo_id = at_alice.convo_id.clone();
    at_alice.send("before").await;
    let before = bob.read(&convo_id).await.len();
    at_bob.group.forget(&bob.mls);
    at_alice.share_group_info().await;

    let mut at_bob = Chat::rejoin(&bob, &convo_id).await;
    assert_eq!(at_bob.group.identities().len(), 3, "the old leaf is gone");
    at_alice.catch_up().await;
    at_alice.send("welcome back").await;
    at_bob.send("here again").await;
    assert_eq!(texts(&at_bob.catch_up().await), ["welcome back"]);
    assert_eq!(texts(&at_alice.catch_up().await), ["here again"]);
    assert_eq!(texts(&at_carol.catch_up().await), ["before", "welcome back", "here again"]);
    assert_eq!(bob.read(&convo_id).await.len(), before + 3, "the log is as it was, and goes on");
    // With the GroupInfo that came along the next one can follow.
    at_carol.group.forget(&carol.mls);
    Chat::rejoin(&carol, &convo_id).await;
}

#[tokio::test]
async fn a_further_device_comes_in_and_one_takes_the_place_of_another() {
    let server = TestServer::start().await;
    let (alice, bob) = (server.actor("alice"), server.device("bob", Uuid::new_v4()));
    let (mut at_alice, chats) = together(&alice, &[&bob]).await;
    let convo_id = at_alice.convo_id.clone();
    let first = at_alice.send("at first").await.seq;
    drop(chats);
    at_alice.share_group_info().await;

    let laptop = server.device("bob", Uuid::new_v4());
    Chat::rejoin(&laptop, &convo_id).await;
    at_alice.catch_up().await;
    let devices = |convos: Vec<catbird_lexicon::blue::catbird::mls::defs::ConvoView>| {
        let mut devices: Vec<_> = convos[0].members.iter().map(|member| member.did.clone()).collect();
        devices.sort();
        devices
    };
    let mut expected = vec![alice.identity.clone(), bob.identity.clone(), laptop.identity.clone()];
    expected.sort();
    assert_eq!(devices(alice.convos().await), expected);

    // The phone is named anew: the same key, hence a commit that removes its leaf.
    let name = format!("{}#{}", bob.did.as_str(), Uuid::new_v4());
    let renamed = bob.mls.renamed(&name);
    let (_, handshake) = join_outside(&renamed, &laptop.group_info(&convo_id).await.unwrap());
    bob.api.process_external_commit(&chat::external(&convo_id, &handshake)).await.unwrap();
    let mut expected = vec![alice.identity.clone(), name, laptop.identity.clone()];
    expected.sort();
    assert_eq!(devices(alice.convos().await), expected);
    let log = bob.read(&convo_id).await;
    assert_eq!(log[0].seq, first, "what the user could read stays readable");
}

/// Asserts that an external commit is refused with this error, and leaves no trace.
async fn assert_refused(server: &TestServer, actor: &Actor, input: &process_external_commit::Input, error: &str) {
    let before = state(server, &input.convo_id).await;
    assert_eq!(refused(actor.api.process_external_commit(input).await), error);
    assert_eq!(state(server, &input.convo_id).await, before);
}

#[tokio::test]
async fn nobody_comes_back_as_or_instead_of_somebody_else() {
    let server = TestServer::start().await;
    let (alice, bob, mallory) = (server.actor("alice"), server.actor("bob"), server.actor("mallory"));
    let (at_alice, _chats) = together(&alice, &[&bob, &mallory]).await;
    let convo_id = at_alice.convo_id.clone();
    at_alice.share_group_info().await;
    let group_info = mallory.group_info(&convo_id).await.unwrap();
    let input = |device: &MlsDevice| {
        let commit = external_commit(device, &group_info);
        chat::external(&convo_id, &Handshake { commit, welcome: None, group_info: None })
    };
    // Under Bob's name with a key of Mallory's; in Bob's place with Bob's key; and Bob with what Mallory made.
    assert_refused(&server, &mallory, &input(&MlsDevice::new(&bob.identity)), "InvalidCommit").await;
    assert_refused(&server, &mallory, &input(&bob.mls.renamed(&mallory.identity)), "InvalidCommit").await;
    let of_a_device = format!("{}#{}", bob.did.as_str(), Uuid::new_v4());
    assert_refused(&server, &mallory, &input(&MlsDevice::new(&of_a_device)), "InvalidCommit").await;
    let own = input(&MlsDevice::new(&mallory.identity));
    assert_refused(&server, &bob, &own, "InvalidCommit").await;
    // Who isn't a member gets nowhere, also with a GroupInfo from somebody who is.
    let eve = server.actor("eve");
    assert_refused(&server, &eve, &input(&eve.mls), "Unauthorized").await;
    assert_refused(&server, &eve, &own, "Unauthorized").await;
    assert_eq!(refused(eve.group_info(&convo_id).await), "Unauthorized");
    let theirs = chat::group_info(&convo_id, 1, &group_info);
    assert_eq!(refused(eve.api.update_group_info(&theirs).await), "Unauthorized");
    assert_eq!(refused(mallory.api.update_group_info(&theirs).await), "InvalidGroupInfo");
    mallory.api.process_external_commit(&own).await.unwrap();
}

#[tokio::test]
async fn a_group_info_that_leads_nowhere_takes_the_place_of_nobody_elses() {
    let server = TestServer::start().await;
    let (alice, bob, mallory) = (server.actor("alice"), server.actor("bob"), server.actor("mallory"));
    let (at_alice, _chats) = together(&alice, &[&bob, &mallory]).await;
    let (convo_id, epoch) = (at_alice.convo_id.clone(), at_alice.group.epoch());
    // A tree of Mallory's own making, under the group's name.
    let forger = MlsDevice::new(&mallory.identity);
    let mut forged = forger.create_group(&at_alice.group.id());
    forged.update(&forger);
    forged.merge(&forger);
    let forgery = forged.group_info(&forger);
    let input = chat::group_info(&convo_id, epoch, &forgery);
    assert!(mallory.api.update_group_info(&input).await.unwrap().updated);
    // An admin's word counts for more than another member's.
    let bobs = chat::group_info(&convo_id, epoch, &at_alice.group.group_info(&alice.mls));
    assert_eq!(refused(bob.api.update_group_info(&bobs).await), "InvalidGroupInfo");
    assert_eq!(bob.group_info(&convo_id).await.unwrap(), forgery);
    at_alice.share_group_info().await;
    assert!(!mallory.api.update_group_info(&input).await.unwrap().updated);
    assert_ne!(bob.group_info(&convo_id).await.unwrap(), forgery);
    at_alice.share_group_info().await;
    Chat::rejoin(&bob, &convo_id).await;
    // So does one that came along with the commit, whoever made it.
    let input = chat::group_info(&convo_id, epoch + 1, &{
        forged.update(&forger);
        forged.merge(&forger);
        forged.group_info(&forger)
    });
    assert!(!mallory.api.update_group_info(&input).await.unwrap().updated);
}

#[tokio::test]
async fn a_removed_member_does_not_come_back_by_themselves() {
    let server = TestServer::start().await;
    let (alice, bob) = (server.actor("alice"), server.actor("bob"));
    let (mut at_alice, _chats) = together(&alice, &[&bob]).await;
    let convo_id = at_alice.convo_id.clone();
    at_alice.remove(&bob.did).await.unwrap();
    at_alice.share_group_info().await;
    let group_info = alice.group_info(&convo_id).await.unwrap();
    assert_eq!(refused(bob.group_info(&convo_id).await), "Unauthorized");
    let commit = external_commit(&MlsDevice::new(&bob.identity), &group_info);
    let input = chat::external(&convo_id, &Handshake { commit, welcome: None, group_info: None });
    assert_refused(&server, &bob, &input, "Unauthorized").await;
}

#[tokio::test]
async fn of_two_external_commits_at_one_epoch_one_wins() {
    let server = TestServer::start().await;
    let (alice, bob, carol) = (server.actor("alice"), server.actor("bob"), server.actor("carol"));
    let (mut at_alice, chats) = together(&alice, &[&bob, &carol]).await;
    for chat in chats {
        chat.group.forget(&chat.actor.mls);
    }
    let convo_id = at_alice.convo_id.clone();
    at_alice.share_group_info().await;
    let group_info = alice.group_info(&convo_id).await.unwrap();
    let rivals = [&bob, &carol].map(|actor| {
        let (group, handshake) = join_outside(&actor.mls, &group_info);
        (actor, group, chat::external(&convo_id, &handshake))
    });
    let answers = join_all(rivals.iter().map(|(actor, _, input)| actor.api.process_external_commit(input))).await;
    let won: Vec<_> = answers.iter().map(Result::is_ok).collect();
    assert_eq!(won.iter().filter(|won| **won).count(), 1, "{answers:?}");
    let winner = won.iter().position(|won| *won).unwrap();
    assert_eq!(alice.commits(&convo_id).await.unwrap().len(), 1, "the loser's commit is not in the log");
    let stored = alice.group_info(&convo_id).await.unwrap();
    assert_eq!(rivals[winner].2.group_info.as_deref(), Some(encode_base64url(&stored).as_str()));
    for (answer, (actor, group, _)) in answers.into_iter().zip(rivals) {
        if answer.is_err() {
            assert_eq!(refused(answer), "InvalidCommit");
            group.forget(&actor.mls);
            Chat::rejoin(actor, &convo_id).await;
        }
    }
    at_alice.catch_up().await;
    assert_eq!(at_alice.group.epoch(), 3);
}

#[tokio::test]
async fn a_repeated_external_commit_has_one_effect() {
    let server = TestServer::start().await;
    let (alice, bob) = (server.actor("alice"), server.actor("bob"));
    let (at_alice, _chats) = together(&alice, &[&bob]).await;
    let convo_id = at_alice.convo_id.clone();
    at_alice.share_group_info().await;
    let commit = external_commit(&MlsDevice::new(&bob.identity), &bob.group_info(&convo_id).await.unwrap());
    let input = process_external_commit::Input {
        idempotency_key: Some(Uuid::new_v4().to_string()),
        ..chat::external(&convo_id, &Handshake { commit, welcome: None, group_info: None })
    };
    let answers = join_all((0..4).map(|_| bob.api.process_external_commit(&input))).await;
    for answer in answers {
        assert_eq!(answer.unwrap().epoch, 2);
    }
    assert_eq!(alice.commits(&convo_id).await.unwrap().len(), 1);
}

#[tokio::test]
async fn members_are_told_that_a_group_info_is_needed() {
    let server = TestServer::start().await;
    let (alice, bob) = (server.actor("alice"), server.actor("bob"));
    let (at_alice, _chats) = together(&alice, &[&bob]).await;
    let input = group_info_refresh::Input { convo_id: at_alice.convo_id.clone() };
    let output = bob.api.group_info_refresh(&input).await.unwrap();
    assert_eq!((output.requested, output.active_members), (true, Some(1)));
    let told = "SELECT count(*) FROM events WHERE convo_id = $1 AND kind = 'group_info_requested'
        AND subject_did = $2 AND audience = 'members'";
    let told = sqlx::query_scalar::<_, i64>(told).bind(&at_alice.convo_id).bind(bob.did.as_str());
    assert_eq!(told.fetch_one(server.db()).await.unwrap(), 1);

    let alone = Chat::create(&alice, &[]).await;
    let input = group_info_refresh::Input { convo_id: alone.convo_id.clone() };
    let output = alice.api.group_info_refresh(&input).await.unwrap();
    assert_eq!((output.requested, output.active_members), (false, Some(0)));
}

/// How often members were told that somebody wants to be added anew.
pub async fn times_told(server: &TestServer, convo_id: &str, who: &Actor) -> i64 {
    let told = "SELECT count(*) FROM events WHERE convo_id = $1 AND kind = 'rejoin_requested'
        AND subject_did = $2 AND audience = 'members'";
    let told = sqlx::query_scalar(told).bind(convo_id).bind(who.did.as_str());
    told.fetch_one(server.db()).await.unwrap()
}

/// Adds a device anew by one commit that takes its old leaf out. Gives the error of a refusal.
pub async fn add_anew(chat: &mut Chat<'_>, fetched: &[Fetched], identity: &str) -> Result<(), String> {
    let handshake = chat.group.change(&chat.actor.mls, &contents(fetched), &[identity]);
    let input = chat::change(&chat.convo_id, chat.group.epoch(), handshake, fetched, &[]);
    let answer = chat.actor.api.submit_commit(&input).await;
    match answer {
        Ok(_) => chat.group.merge(&chat.actor.mls),
        Err(_) => chat.group.discard(&chat.actor.mls),
    }
    answer.map(drop).map_err(|error| error.to_string())
}

#[tokio::test]
async fn a_member_who_asks_is_added_anew_by_the_key_package_that_they_left() {
    let server = TestServer::start().await;
    let (alice, bob, eve) = (server.actor("alice"), server.actor("bob"), server.actor("eve"));
    let (mut at_alice, chats) = together(&alice, &[&bob]).await;
    let convo_id = at_alice.convo_id.clone();
    for chat in chats {
        chat.group.forget(&bob.mls);
    }
    let before = bob.read(&convo_id).await.len();
    bob.publish(2).await;
    let stale = alice.fetch(&[&bob.did]).await;
    let refusal = add_anew(&mut at_alice, &stale, &bob.identity).await.unwrap_err();
    assert!(refusal.contains("AlreadyMember"), "{refusal}");

    let package = bob.mls.key_package();
    let input = chat::rejoining(&convo_id, &package);
    let request = bob.api.request_rejoin(&input).await.unwrap();
    assert!(request.pending && request.approved_at.is_none());
    assert_eq!(bob.api.request_rejoin(&input).await.unwrap(), request, "a repetition changes nothing");
    assert_eq!(times_told(&server, &convo_id, &bob).await, 1);
    // Members of the conversation get it, and nobody else does or could use it.
    assert_ne!(eve.fetch(&[&bob.did]).await[0].hash, hash(&package));
    let fetched = alice.fetch(&[&bob.did]).await;
    assert_eq!(fetched[0].hash, hash(&package));
    let mut elsewhere = Chat::create(&eve, &[]).await;
    let refusal = add_anew(&mut elsewhere, &fetched, &bob.identity).await.unwrap_err();
    assert!(refusal.contains("KeyPackageNotFound"), "{refusal}");

    add_anew(&mut at_alice, &fetched, &bob.identity).await.unwrap();
    let settled = bob.api.request_rejoin(&input).await.unwrap();
    assert_eq!((settled.request_id, settled.pending), (request.request_id, false));
    assert!(settled.approved_at.is_some());
    let mut at_bob = Chat::join(&bob, &convo_id).await;
    at_alice.send("welcome back").await;
    assert_eq!(texts(&at_bob.catch_up().await), ["welcome back"]);
    assert_eq!(bob.read(&convo_id).await.len(), before + 2, "the log is as it was, and goes on");
    // That was it: without a new request the device can't be added once more.
    let fetched = alice.fetch(&[&bob.did]).await;
    let refusal = add_anew(&mut at_alice, &fetched, &bob.identity).await.unwrap_err();
    assert!(refusal.contains("AlreadyMember"), "{refusal}");
}

#[tokio::test]
async fn a_member_is_added_anew_by_what_they_had_published() {
    let server = TestServer::start().await;
    let (alice, bob) = (server.actor("alice"), server.actor("bob"));
    let (mut at_alice, chats) = together(&alice, &[&bob]).await;
    let convo_id = at_alice.convo_id.clone();
    for chat in chats {
        chat.group.forget(&bob.mls);
    }
    bob.publish(1).await;
    let output = bob.api.readdition(&readdition::Input { convo_id: convo_id.clone() }).await.unwrap();
    assert_eq!((output.requested, output.active_members), (true, Some(1)));
    assert_eq!(times_told(&server, &convo_id, &bob).await, 1);
    let fetched = alice.fetch(&[&bob.did]).await;
    add_anew(&mut at_alice, &fetched, &bob.identity).await.unwrap();
    let mut at_bob = Chat::join(&bob, &convo_id).await;
    at_alice.send("welcome back").await;
    assert_eq!(texts(&at_bob.catch_up().await), ["welcome back"]);
}

#[tokio::test]
async fn who_comes_back_by_themselves_asks_no_more() {
    let server = TestServer::start().await;
    let (alice, bob) = (server.actor("alice"), server.actor("bob"));
    let (at_alice, chats) = together(&alice, &[&bob]).await;
    let convo_id = at_alice.convo_id.clone();
    for chat in chats {
        chat.group.forget(&bob.mls);
    }
    let input = chat::rejoining(&convo_id, &bob.mls.key_package());
    assert!(bob.api.request_rejoin(&input).await.unwrap().pending);
    at_alice.share_group_info().await;
    Chat::rejoin(&bob, &convo_id).await;
    assert!(!bob.api.request_rejoin(&input).await.unwrap().pending);
}

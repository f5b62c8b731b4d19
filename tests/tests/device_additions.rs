//! Further devices of members: they wait, one member claims each, and they join by that member's commit.

use atrium_api::types::string::Did;
use catbird_lexicon::blue::catbird::mls::{
    claim_pending_device_addition, complete_pending_device_addition, get_pending_device_additions, leave_convo,
};
use chrono::TimeDelta;
use e2e::{
    actor::{Actor, Fetched, refused},
    chat::{Chat, texts},
    room::Room,
    server::TestServer,
};
use futures::future::join_all;
use sqlx::PgPool;
use uuid::Uuid;

async fn claim(actor: &Actor, id: &str) -> claim_pending_device_addition::Output {
    let input = claim_pending_device_addition::Input { pending_addition_id: id.to_owned() };
    actor.api.claim_pending_device_addition(&input).await.expect("a member may try")
}

fn completion(id: &str, new_epoch: i64) -> complete_pending_device_addition::Input {
    complete_pending_device_addition::Input { pending_addition_id: id.to_owned(), new_epoch }
}

async fn events(db: &PgPool, kind: &str) -> Vec<(Option<String>, String, serde_json::Value)> {
    let sql = "SELECT convo_id, audience, detail FROM events WHERE kind = $1 ORDER BY txid, id";
    sqlx::query_as(sql).bind(kind).fetch_all(db).await.unwrap()
}

/// A conversation of alice and of bob's phone, and bob's laptop, which has just registered.
struct Scene {
    server: TestServer,
    alice: Actor,
    phone: Actor,
    laptop: Actor,
}

impl Scene {
    async fn new() -> Self {
        let server = TestServer::start().await;
        let alice = server.actor("alice");
        let [phone, laptop] = [(); 2].map(|()| server.device("bob", Uuid::new_v4()));
        phone.register(1).await;
        Self { server, alice, phone, laptop }
    }
}

#[tokio::test]
async fn a_second_device_joins_by_a_pending_addition_and_reads() {
    let Scene { server, alice, phone, laptop } = Scene::new().await;
    let mut at_alice = Chat::create(&alice, &[&phone.did]).await;
    let convo_id = at_alice.convo_id.clone();
    let mut at_phone = Chat::join(&phone, &convo_id).await;

    let registered = laptop.register(2).await;
    assert_eq!(registered.auto_joined_convos, [convo_id.as_str()]);
    let waiting = alice.waiting_devices().await.remove(0);
    assert_eq!((waiting.convo_id.as_str(), waiting.user_did.as_str()), (convo_id.as_str(), "did:plc:bob"));
    assert_eq!((waiting.device_credential_did, waiting.status.as_str()), (laptop.identity.clone(), "pending"));
    assert_eq!(waiting.device_name.as_deref(), Some("a device"));
    let detail = serde_json::json!({
        "device_id": registered.device_id, "device_name": "a device", "did": laptop.identity,
        "pending_addition_id": waiting.id,
    });
    let told = events(server.db(), "device_added").await;
    assert_eq!(told, [(Some(convo_id.clone()), "members".to_owned(), detail)]);

    let claimed = claim(&alice, &waiting.id).await;
    assert_eq!((claimed.claimed, claimed.claimed_by.as_ref()), (true, Some(&alice.did)));
    assert_eq!(alice.waiting_devices().await[0].status.as_str(), "in_progress");
    let early = alice.api.complete_pending_device_addition(&completion(&waiting.id, 1)).await.unwrap();
    assert!(!early.success, "nothing has been added yet");
    assert!(early.error.unwrap().contains("not been added"));

    let fetched = Fetched::from(claimed.key_package.unwrap());
    assert_eq!(fetched.identity, laptop.identity);
    let added = at_alice.change(&[fetched], &[]).await.unwrap();
    assert!(alice.waiting_devices().await.is_empty(), "the commit settles it");
    for (epoch, success) in [(added.new_epoch, true), (added.new_epoch, true), (added.new_epoch + 1, false)] {
        let input = completion(&waiting.id, epoch);
        assert_eq!(alice.api.complete_pending_device_addition(&input).await.unwrap().success, success);
    }
    assert!(!claim(&phone, &waiting.id).await.claimed, "there is nothing left to do");

    let mut at_laptop = Chat::join(&laptop, &convo_id).await;
    at_alice.send("to both").await;
    assert_eq!(texts(&at_phone.catch_up().await), ["to both"]);
    assert_eq!(texts(&at_laptop.catch_up().await), ["to both"]);
    at_laptop.send("from the laptop").await;
    assert_eq!(texts(&at_alice.catch_up().await), ["from the laptop"]);
    let members = alice.convos().await.remove(0).members;
    let names: Vec<_> = members.iter().map(|member| (member.did.as_str(), member.device_name.as_deref())).collect();
    let expected =
        [(alice.identity.as_str(), None), (&phone.identity, Some("a device")), (&laptop.identity, Some("a device"))];
    assert_eq!(names.len(), 3);
    assert!(expected.iter().all(|member| names.contains(member)), "{names:?}");
}

#[tokio::test]
async fn a_user_adds_their_own_device_without_a_claim() {
    let Scene { laptop, phone, .. } = Scene::new().await;
    let mut at_phone = Chat::create(&phone, &[]).await;
    laptop.register(1).await;
    let fetched = phone.fetch(&[&laptop.did]).await;
    let of_laptop: Vec<_> = fetched.into_iter().filter(|fetched| fetched.identity == laptop.identity).collect();
    at_phone.change(&of_laptop, &[]).await.unwrap();
    assert!(phone.waiting_devices().await.is_empty());
    Chat::join(&laptop, &at_phone.convo_id).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_who_claim_at_once_one_gets_it() {
    let server = TestServer::start().await;
    let replica = server.replica().await;
    let names = ["alice", "carol", "dave", "erin", "frank", "grace", "heidi", "bob"];
    let room = Room::open(&server, &names).await;
    let laptop = server.device("bob", Uuid::new_v4());
    laptop.register(names.len()).await;
    let id = laptop.waiting_devices().await.remove(0).id;
    let input = claim_pending_device_addition::Input { pending_addition_id: id.clone() };
    let apis: Vec<_> = [&server, &replica]
        .into_iter()
        .flat_map(|server| room.members.iter().map(|member| (&member.did, e2e::actor::client(server, &member.did))))
        .collect();
    let answers =
        join_all(apis.iter().map(|(did, api)| async { (*did, api.claim_pending_device_addition(&input).await) }));
    let mut winners: Vec<(&Did, String)> = Vec::new();
    let mut holders = Vec::new();
    for (did, answer) in answers.await {
        let answer = answer.unwrap();
        if answer.claimed {
            winners.push((did, answer.key_package.unwrap().key_package_hash.unwrap()));
        }
        holders.push(answer.claimed_by.expect("somebody has it").as_str().to_owned());
    }
    winners.dedup();
    assert_eq!(winners.len(), 1, "asking twice gives the same: {winners:?}");
    holders.dedup();
    assert_eq!(holders, [winners[0].0.as_str()], "and all others are told who has it");
    let reserved = "SELECT count(*) FROM key_packages WHERE reserved_by IS NOT NULL";
    let reserved: i64 = sqlx::query_scalar(reserved).fetch_one(server.db()).await.unwrap();
    assert_eq!(reserved, 1, "who lost keeps nothing from others");
}

#[tokio::test]
async fn a_claim_holds_for_a_minute_after_it_was_last_renewed() {
    let server = TestServer::start().await;
    let room = Room::open(&server, &["alice", "bob"]).await;
    let (alice, bob) = (&room.members[0], &room.members[1]);
    let laptop = server.device("bob", Uuid::new_v4());
    laptop.register(2).await;
    let id = bob.waiting_devices().await.remove(0).id;
    let first = claim(alice, &id).await.key_package.unwrap();
    server.clock.advance(TimeDelta::seconds(59));
    assert_eq!(claim(alice, &id).await.key_package.unwrap(), first);
    server.clock.advance(TimeDelta::seconds(59));
    let late = claim(bob, &id).await;
    assert_eq!((late.claimed, late.claimed_by.as_ref(), late.key_package), (false, Some(&alice.did), None));
    server.clock.advance(TimeDelta::seconds(1));
    assert_eq!(bob.waiting_devices().await[0].claimed_by, None);
    let taken = claim(bob, &id).await;
    assert!(taken.claimed);
    assert_ne!(taken.key_package.unwrap(), first, "the first one is alice's for some minutes more");
    assert_eq!(refused(alice.api.complete_pending_device_addition(&completion(&id, 0)).await), "NotClaimed");
}

#[tokio::test]
async fn nobody_keeps_a_claim_from_the_others_for_good() {
    let server = TestServer::start().await;
    let room = Room::open(&server, &["alice", "bob"]).await;
    let (alice, bob) = (&room.members[0], &room.members[1]);
    let laptop = server.device("bob", Uuid::new_v4());
    laptop.register(3).await;
    let id = bob.waiting_devices().await.remove(0).id;
    // Five minutes, however often alice renews.
    for _ in 0..10 {
        assert!(claim(alice, &id).await.claimed);
        server.clock.advance(TimeDelta::seconds(30));
    }
    let late = claim(alice, &id).await;
    assert_eq!((late.claimed, late.claimed_by), (false, None));
    server.clock.advance(TimeDelta::seconds(59));
    assert!(!claim(alice, &id).await.claimed, "it is the others' turn");
    assert!(claim(bob, &id).await.claimed);
    server.clock.advance(TimeDelta::seconds(60));
    assert!(claim(alice, &id).await.claimed, "and then anybody's");
    // Where nobody else wants it, it is alice's again after a minute.
    for _ in 0..10 {
        assert!(claim(alice, &id).await.claimed);
        server.clock.advance(TimeDelta::seconds(30));
    }
    assert!(!claim(alice, &id).await.claimed);
    server.clock.advance(TimeDelta::seconds(60));
    assert!(claim(alice, &id).await.claimed);
}

#[tokio::test]
async fn who_has_no_part_in_it_can_neither_see_claim_nor_complete() {
    let server = TestServer::start().await;
    let room = Room::open(&server, &["alice", "bob", "carol"]).await;
    let [alice, _, carol] = room.members.as_slice() else { panic!() };
    let (laptop, mallory) = (server.device("bob", Uuid::new_v4()), server.actor("mallory"));
    laptop.register(2).await;
    let id = alice.waiting_devices().await.remove(0).id;
    let input = claim_pending_device_addition::Input { pending_addition_id: id.clone() };
    let params = get_pending_device_additions::Params { convo_ids: Some(vec![room.convo_id.clone()]), limit: 50 };

    assert!(carol.api.get_pending_device_additions(&params).await.is_ok());
    let left = leave_convo::Input { convo_id: room.convo_id.clone(), target_did: None, commit: None };
    carol.api.leave_convo(&left).await.unwrap();
    for outsider in [&mallory, carol] {
        assert!(outsider.waiting_devices().await.is_empty());
        assert_eq!(refused(outsider.api.get_pending_device_additions(&params).await), "Unauthorized");
        assert_eq!(refused(outsider.api.claim_pending_device_addition(&input).await), "NotMember");
        let completed = outsider.api.complete_pending_device_addition(&completion(&id, 0)).await;
        assert_eq!(refused(completed), "NotClaimed");
    }
    // Nor does a member settle what another one has claimed.
    assert!(claim(alice, &id).await.claimed);
    assert_eq!(refused(laptop.api.complete_pending_device_addition(&completion(&id, 0)).await), "NotClaimed");
    assert_eq!(alice.waiting_devices().await.len(), 1);
}

#[tokio::test]
async fn a_device_without_key_packages_for_the_group_is_nobodys_turn() {
    let Scene { server, alice, phone, laptop } = Scene::new().await;
    let convo_id = Chat::create(&alice, &[&phone.did]).await.convo_id;
    laptop.register(1).await;
    let id = alice.waiting_devices().await.remove(0).id;
    // Somebody else has fetched the only one.
    server.actor("carol").fetch(&[&laptop.did]).await;
    let answer = claim(&alice, &id).await;
    assert_eq!((answer.claimed, answer.claimed_by, answer.convo_id), (false, None, Some(convo_id)));
    assert_eq!(alice.waiting_devices().await[0].status.as_str(), "pending");
    laptop.publish_these(&[laptop.mls.last_resort_key_package()]).await;
    assert!(claim(&alice, &id).await.claimed, "a last resort does");
}

#[tokio::test]
async fn what_waits_goes_with_the_device_and_with_its_users_membership() {
    let server = TestServer::start().await;
    let room = Room::open(&server, &["alice", "bob"]).await;
    let (alice, bob) = (&room.members[0], &room.members[1]);
    let [phone, laptop] = [(); 2].map(|()| server.device("bob", Uuid::new_v4()));
    let registered = phone.register(1).await;
    laptop.register(1).await;
    assert_eq!(alice.waiting_devices().await.len(), 2);
    let input = catbird_lexicon::blue::catbird::mls::delete_device::Input { device_id: registered.device_id };
    bob.api.delete_device(&input).await.unwrap();
    let left: Vec<_> = alice.waiting_devices().await.into_iter().map(|waiting| waiting.device_credential_did).collect();
    assert_eq!(left, [laptop.identity.as_str()]);
    let leaving = leave_convo::Input { convo_id: room.convo_id.clone(), target_did: None, commit: None };
    bob.api.leave_convo(&leaving).await.unwrap();
    assert!(alice.waiting_devices().await.is_empty());
}

#[tokio::test]
async fn what_waits_is_listed_by_conversation_and_oldest_first() {
    let server = TestServer::start().await;
    let laptop = server.device("bob", Uuid::new_v4());
    let rooms = [Room::open(&server, &["alice", "bob"]).await, Room::open(&server, &["alice", "bob"]).await];
    laptop.register(1).await;
    server.clock.advance(TimeDelta::seconds(10));
    let third = server.device("alice", Uuid::new_v4());
    third.register(1).await;
    let alice = &rooms[0].members[0];
    let all = alice.waiting_devices().await;
    assert_eq!(
        all.iter().map(|one| one.user_did.as_str()).collect::<Vec<_>>(),
        ["did:plc:bob", "did:plc:bob", "did:plc:alice", "did:plc:alice"]
    );
    let ask = async |convo_ids: &[&String], limit| {
        let convo_ids = Some(convo_ids.iter().map(|id| (*id).clone()).collect());
        let params = get_pending_device_additions::Params { convo_ids, limit };
        alice.api.get_pending_device_additions(&params).await.unwrap().pending_additions
    };
    let of_one = ask(&[&rooms[1].convo_id], 50).await;
    assert!(of_one.len() == 2 && of_one.iter().all(|one| one.convo_id == rooms[1].convo_id));
    assert_eq!(ask(&[&rooms[0].convo_id, &rooms[1].convo_id], 3).await, all[..3]);
}

#[tokio::test]
async fn devices_that_were_left_behind_wait_from_the_start() {
    let Scene { server, alice, phone, laptop } = Scene::new().await;
    laptop.register(1).await;
    // Nobody has a key package of the laptop when bob is added.
    server.actor("carol").fetch(&[&laptop.did]).await;
    phone.publish(1).await;
    let mut at_alice = Chat::create(&alice, &[&phone.did]).await;
    let waiting: Vec<_> = alice.waiting_devices().await.into_iter().map(|one| one.device_credential_did).collect();
    assert_eq!(waiting, [laptop.identity.as_str()]);
    let kinds: Vec<String> = sqlx::query_scalar("SELECT kind FROM events WHERE convo_id IS NOT NULL ORDER BY txid, id")
        .fetch_all(server.db())
        .await
        .unwrap();
    assert_eq!(kinds, ["joined", "joined", "device_added"], "in this order, or the users would not see it");

    // Alice's own devices don't: the one that made the conversation is among them.
    let [first, second] = [(); 2].map(|()| server.device("alice", Uuid::new_v4()));
    first.register(1).await;
    second.register(1).await;
    assert_eq!(alice.waiting_devices().await.len(), 3);
    let fetched = alice.fetch(&[&first.did]).await;
    at_alice.change(&fetched, &[]).await.unwrap();
    let convo_id = Chat::create(&first, &[]).await.convo_id;
    assert!(alice.waiting_devices().await.iter().all(|one| one.convo_id != convo_id));
}

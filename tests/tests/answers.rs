//! Answers that many or large things go into: how long they get at most.

use std::collections::BTreeSet;

use catbird_lexicon::blue::catbird::mls::{get_convos, get_key_packages};
use catbird_server::mls::decode_base64;
use e2e::{
    actor::refused,
    chat::Chat,
    room::{Room, addition, creation},
    server::TestServer,
};
use uuid::Uuid;

#[tokio::test]
async fn conversations_with_many_members_make_short_pages() {
    let server = TestServer::start().await;
    let alice = server.actor("alice");
    let mut expected = BTreeSet::new();
    for _ in 0..5 {
        let convo_id = Uuid::new_v4().simple().to_string();
        alice.api.create_convo(&creation(&convo_id, &[])).await.unwrap();
        fill(&server, &convo_id, 4_000).await;
        expected.insert(convo_id);
    }
    let (mut found, mut cursor, mut pages) = (BTreeSet::new(), None, 0);
    loop {
        let page = alice.api.get_convos(&get_convos::Params { cursor, limit: 100 }).await.unwrap();
        let members: usize = page.conversations.iter().map(|convo| convo.members.len()).sum();
        assert!(members <= 10_000, "{members}");
        assert!(page.conversations.iter().all(|convo| convo.members.len() == 4_001), "members are listed whole");
        for convo in page.conversations {
            assert!(found.insert(convo.id), "pages don't overlap");
        }
        pages += 1;
        cursor = page.cursor;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!((found, pages), (expected, 3));
}

#[tokio::test]
async fn a_conversation_that_fills_a_page_is_a_page() {
    let server = TestServer::start().await;
    let alice = server.actor("alice");
    for _ in 0..2 {
        let convo_id = Uuid::new_v4().simple().to_string();
        alice.api.create_convo(&creation(&convo_id, &[])).await.unwrap();
        fill(&server, &convo_id, 9_999).await;
    }
    for limit in [1, 2] {
        let page = alice.api.get_convos(&get_convos::Params { cursor: None, limit }).await.unwrap();
        assert_eq!(page.conversations.len(), 1);
        let page = alice.api.get_convos(&get_convos::Params { cursor: page.cursor, limit }).await.unwrap();
        assert_eq!(page.conversations[0].members.len(), 10_000);
    }
}

/// Adds members, more quickly than any method does.
async fn fill(server: &TestServer, convo_id: &str, count: i64) {
    let insert =
        "INSERT INTO members (convo_id, did, user_did, joined_at, joined_seq, read_seq, read_app_count, delivered_seq)
        SELECT $1, 'did:plc:member' || n, 'did:plc:member' || n, now(), 0, 0, 0, 0 FROM generate_series(1, $2) n";
    sqlx::query(insert).bind(convo_id).bind(count).execute(server.db()).await.unwrap();
}

#[tokio::test]
async fn members_have_accounts_of_at_protocol() {
    let server = TestServer::start().await;
    let room = Room::open(&server, &["alice", "bob"]).await;
    let alice = &room.members[0];
    let long = format!("did:web:{}.example", "a".repeat(300));
    for did in ["did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK", long.as_str()] {
        let did = did.parse().unwrap();
        let created = creation(&Uuid::new_v4().simple().to_string(), std::slice::from_ref(&did));
        assert_eq!(refused(alice.api.create_convo(&created).await), "InvalidRequest");
        let added = addition(&room.convo_id, std::slice::from_ref(&did));
        assert_eq!(refused(alice.api.add_members(&added).await), "InvalidRequest");
        let mut committed = e2e::chat::commit(&room.convo_id, 0, vec![1]);
        committed.add_dids = Some(vec![did]);
        // The commit itself is of no use either.
        assert!(
            ["InvalidRequest", "InvalidCommit"].contains(&refused(alice.api.submit_commit(&committed).await).as_str())
        );
    }
    let longest = format!("did:web:{}.example", vec!["a".repeat(60); 4].join("."));
    room.add(&longest.parse().unwrap()).await;
}

#[tokio::test]
async fn a_registration_tells_of_as_many_welcomes_as_fit() {
    let server = TestServer::start().await;
    let (alice, phone) = (server.actor("alice"), server.device("bob", Uuid::new_v4()));
    let registration = phone.registration(3);
    phone.api.register_device(&registration).await.unwrap();
    let mut convos = Vec::new();
    for _ in 0..3 {
        convos.push(Chat::create(&alice, &[&phone.did]).await.convo_id);
    }
    let again = phone.api.register_device(&registration).await.unwrap();
    assert_eq!(again.welcome_messages.unwrap().len(), 3);
    sqlx::query("UPDATE welcomes SET content = content || decode(repeat('00', 3 << 20), 'hex')")
        .execute(server.db())
        .await
        .unwrap();
    let again = phone.api.register_device(&registration).await.unwrap();
    let welcomes = again.welcome_messages.unwrap();
    // The newest ones; getWelcome has the rest.
    let told: Vec<_> = welcomes.iter().map(|welcome| welcome.convo_id.clone()).collect();
    assert_eq!(told, [convos[2].clone(), convos[1].clone()]);
    assert!(decode_base64(&welcomes[1].welcome).unwrap().len() > 3 << 20);
    assert!(phone.welcome(&convos[0]).await.is_some());
}

#[tokio::test]
async fn who_asks_for_too_many_key_packages_is_told_to_ask_for_fewer() {
    let server = TestServer::start().await;
    let alice = server.actor("alice");
    let insert = "INSERT INTO key_packages
        (hash, reference, user_did, did, device_id, cipher_suite, content, last_resort, published_at, expires_at, lifetime_end)
        SELECT sha256(id::bytea), sha256(('r' || id)::bytea), 'did:plc:user' || u, 'did:plc:user' || u || '#' || id, id,
            'MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519', decode(repeat('00', 48 << 10), 'hex'), false, $1,
            $1 + interval '80 days', $1 + interval '80 days'
        FROM generate_series(1, 40) u, generate_series(1, 12) d, LATERAL (SELECT md5(u || '/' || d)::uuid::text AS id) ids";
    sqlx::query(insert).bind(server.now()).execute(server.db()).await.unwrap();
    let params = |count: usize| get_key_packages::Params {
        dids: (1..=count).map(|number| format!("did:plc:user{number}").parse().unwrap()).collect(),
        cipher_suite: None,
    };
    assert_eq!(refused(alice.api.get_key_packages(&params(40)).await), "TooManyDids");
    let reserved = "SELECT count(*) FROM key_packages WHERE reserved_by IS NOT NULL";
    let reserved: i64 = sqlx::query_scalar(reserved).fetch_one(server.db()).await.unwrap();
    assert_eq!(reserved, 0, "who gets nothing keeps nothing from others");
    let given = alice.api.get_key_packages(&params(15)).await.unwrap();
    assert_eq!((given.key_packages.len(), &given.missing), (15 * 12, &None));
    // In one order, however they were found.
    let dids: Vec<_> = given.key_packages.iter().map(|given| given.did.clone()).collect();
    assert!(dids.is_sorted());
    let again = alice.api.get_key_packages(&params(15)).await.unwrap();
    let hashes = |output: &get_key_packages::Output| -> BTreeSet<_> {
        output.key_packages.iter().map(|given| given.key_package_hash.clone()).collect()
    };
    assert_eq!(hashes(&again), hashes(&given));
}

//! MLS clients hold conversations through the server.

use e2e::{chat::Chat, mls::Received, server::TestServer};
use uuid::Uuid;

fn texts(delivered: &[e2e::chat::Delivered]) -> Vec<String> {
    let text = |entry: &e2e::chat::Delivered| match &entry.what {
        Received::Text(text) => Some(text.clone()),
        _ => None,
    };
    delivered.iter().filter_map(text).collect()
}

#[tokio::test]
async fn three_users_with_four_devices_talk_join_and_leave() {
    let server = TestServer::start().await;
    let (alice, bob) = (server.actor("alice"), server.actor("bob"));
    let (phone, laptop) = (server.device("carol", Uuid::new_v4()), server.device("carol", Uuid::new_v4()));
    for actor in [&alice, &bob, &phone, &laptop] {
        actor.publish(3).await;
    }

    let mut at_alice = Chat::create(&alice, &[&bob.did]).await;
    let convo_id = at_alice.convo_id.clone();
    let mut at_bob = Chat::join(&bob, &convo_id).await;
    let first = at_alice.send("hello bob").await;
    assert_eq!((first.seq, first.epoch), (1, 1));
    assert_eq!(texts(&at_bob.catch_up().await), ["hello bob"]);
    at_bob.send("hello alice").await;
    assert_eq!(texts(&at_alice.catch_up().await), ["hello alice"]);

    // Carol joins with both devices at once; each gets the Welcome.
    at_alice.add(&[&phone.did]).await.unwrap();
    let mut at_phone = Chat::join(&phone, &convo_id).await;
    let mut at_laptop = Chat::join(&laptop, &convo_id).await;
    at_alice.send("welcome carol").await;
    assert_eq!(texts(&at_phone.catch_up().await), ["welcome carol"]);
    assert_eq!(texts(&at_laptop.catch_up().await), ["welcome carol"]);
    assert_eq!(at_phone.page(Some(0)).await.unwrap().messages[0].seq, 4, "nothing from before the joining");
    at_bob.catch_up().await;

    at_bob.update().await.unwrap();
    at_alice.catch_up().await;
    at_alice.send("after the update").await;
    assert_eq!(texts(&at_laptop.catch_up().await), ["after the update"]);

    // Bob is removed: he reads the commit that removes him and nothing after.
    at_bob.catch_up().await;
    at_alice.remove(&bob.did).await.unwrap();
    at_alice.send("bob is gone").await;
    let last = at_bob.catch_up().await;
    assert_eq!(last.iter().map(|entry| entry.what.clone()).collect::<Vec<_>>(), [Received::Removed]);
    at_phone.catch_up().await;
    let seqs: Vec<_> = at_alice.page(Some(0)).await.unwrap().messages.iter().map(|entry| entry.seq).collect();
    assert_eq!(seqs, (1..=seqs.len() as i64).collect::<Vec<_>>());
}

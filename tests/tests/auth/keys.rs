//! Keys come from the directory: when they change, and when it is down.

use chrono::TimeDelta;
use serde_json::json;

use super::{
    World,
    directory::{Key, account, claims},
};

#[tokio::test]
async fn a_changed_key_is_picked_up_at_once() {
    let world = World::new().await;
    world.present(world.token("getConvos")).await.output();
    let new = Key::p256(9);
    world.directory.publish(&world.alice, &new);
    let with_new = || new.token(&claims(&world.server, &world.alice, "getConvos"));
    world.present(with_new()).await.output();
    assert_eq!(world.directory.asked(), 2);
    // The old one is worth nothing any more, and trying it does not cost a look-up each time.
    for _ in 0..5 {
        world.present(world.token("getConvos")).await.refused(401, "InvalidToken");
    }
    assert!(world.directory.asked() <= 3, "{}", world.directory.asked());
    world.present(with_new()).await.output();
}

#[tokio::test]
async fn forged_tokens_do_not_hammer_the_directory() {
    let world = World::new().await;
    world.present(world.token("getConvos")).await.output();
    for _ in 0..20 {
        let forged = Key::k256(7).token(&claims(&world.server, &world.alice, "getConvos"));
        world.present(forged).await.refused(401, "InvalidToken");
    }
    assert!(world.directory.asked() <= 2, "{}", world.directory.asked());
    // What can be refused by itself causes no look-up at all.
    let stranger = account("stranger");
    let mut elsewhere = claims(&world.server, &stranger, "getConvos");
    elsewhere["aud"] = json!("did:web:other.test");
    let asked = world.directory.asked();
    world.present(world.key.token(&elsewhere)).await.refused(401, "BadJwtAudience");
    assert_eq!(world.directory.asked(), asked);
}

#[tokio::test]
async fn without_the_directory_known_accounts_go_on_and_others_are_asked_to_come_back() {
    let world = World::new().await;
    world.present(world.token("getConvos")).await.output();
    let bob = account("bob");
    let key = Key::p256(2);
    world.directory.publish(&bob, &key);
    world.directory.set_down(true);
    let of_bob = || key.token(&claims(&world.server, &bob, "getConvos"));
    let answer = world.present(of_bob()).await;
    let message = answer.refused(503, "ServiceUnavailable");
    let delay: u64 = answer.header("retry-after").parse().unwrap();
    assert!(delay > 0 && message.contains(&format!("try again in {delay} s")), "{message}");
    world.present(world.token("getConvos")).await.output();
    // Also when her document should be renewed by now.
    world.server.clock.advance(TimeDelta::minutes(30));
    world.present(world.token("getConvos")).await.output();

    world.directory.set_down(false);
    world.server.clock.advance(TimeDelta::seconds(delay as i64));
    world.present(of_bob()).await.output();
}

//! Issuers whose hosts take their time, which anybody may name who has no account.

use std::time::{Duration, Instant};

use futures::future::{join, join_all};
use serde_json::json;
use tokio::net::TcpListener;

use super::{
    World,
    directory::{Key, account, but, claims},
};

/// Hosts that take connections and say nothing.
async fn silent_hosts(count: usize) -> Vec<TcpListener> {
    join_all((0..count).map(|_| async { TcpListener::bind("127.0.0.1:0").await.unwrap() })).await
}

#[tokio::test]
async fn forged_tokens_of_slow_hosts_keep_nobody_else_out() {
    let world = World::with(Key::k256(1), &["--max-concurrent-requests=20"]).await;
    world.present(world.token("getConvos")).await.output();
    let hosts = silent_hosts(30).await;
    let forged = (0..90).map(|number| {
        let port = hosts[number % hosts.len()].local_addr().unwrap().port();
        let claims = claims(&world.server, &world.alice, "getConvos");
        Key::k256(7).token(&but(claims, "iss", json!(format!("did:web:localhost%3A{port}"))))
    });
    let started = Instant::now();
    let attack = join_all(forged.map(async |token| {
        let answer = world.present(token).await;
        (answer, started.elapsed())
    }));
    let others = async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        world.present(world.token("getConvos")).await.output();
        // Also somebody who is not known yet.
        let (bob, key) = (account("bob"), Key::p256(2));
        world.directory.publish(&bob, &key);
        world.present(key.token(&claims(&world.server, &bob, "getConvos"))).await.output();
    };
    let (answers, ()) = join(attack, others).await;
    for (answer, _) in &answers {
        answer.refused(503, "ServiceUnavailable");
        assert_eq!(answer.header("retry-after"), "5");
    }
    // Few may wait for hosts of one domain.
    let at_once = answers.iter().filter(|(_, took)| *took < Duration::from_secs(4)).count();
    assert!(at_once >= 60, "{at_once} of {} did not wait", answers.len());
}

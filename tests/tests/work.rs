//! Requests that take much work: who may ask for it, and how it is counted.

use catbird_lexicon::blue::catbird::mls::publish_key_packages;
use e2e::{
    actor::{Actor, refused},
    chat,
    room::Room,
    server::TestServer,
};
use lexicon_runtime::client::ClientError;
use uuid::Uuid;

#[tokio::test]
async fn what_takes_much_work_counts_as_several_requests() {
    let server = TestServer::with_flags(&["--rate-limit-per-caller=1", "--rate-limit-burst=20"]).await;
    let phone = server.device("bob", Uuid::new_v4());
    phone.register(10).await;
    assert_eq!(refused(publish(&phone, 15).await), "RateLimitExceeded");
    let other = server.device("carol", Uuid::new_v4());
    publish(&other, 15).await.unwrap();
    assert_eq!(refused(publish(&other, 15).await), "RateLimitExceeded");
    assert_eq!(refused(other.api.register_device(&other.registration(15)).await), "RateLimitExceeded");
}

type Published = Result<publish_key_packages::Output, ClientError<publish_key_packages::Error>>;

async fn publish(actor: &Actor, count: usize) -> Published {
    let key_packages = (0..count).map(|_| actor.item(&actor.mls.key_package())).collect();
    let input = publish_key_packages::Input { key_packages };
    actor.api.publish_key_packages(&input).await
}

#[tokio::test]
async fn nothing_is_verified_for_strangers() {
    let server = TestServer::start().await;
    let room = Room::open(&server, &["alice"]).await;
    let stranger = server.actor("mallory");
    let input = chat::group_info(&room.convo_id, 0, b"whatever this is");
    assert_eq!(refused(stranger.api.update_group_info(&input).await), "Unauthorized");
    assert_eq!(refused(room.members[0].api.update_group_info(&input).await), "InvalidGroupInfo");
}

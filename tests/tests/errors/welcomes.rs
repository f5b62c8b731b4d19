//! Errors of validateWelcome, invalidateWelcome and getExpectedConversations.

use catbird_lexicon::blue::catbird::mls::{get_welcome, invalidate_welcome, validate_welcome};
use chrono::TimeDelta;
use e2e::{
    actor::Actor,
    chat::{Chat, contents},
    http::Answer,
};
use uuid::Uuid;

use super::{
    Row, membership,
    requests::{nowhere, stranger},
    row,
    world::World,
};

pub const ROWS: [Row; 14] = [
    row!("validateWelcome", "InvalidWelcome", validate_nonsense),
    row!("validateWelcome", "KeyPackageNotFound", validate_one_for_nobody),
    row!("validateWelcome", "KeyPackageNotFound", validate_one_for_an_expired_key_package),
    row!("validateWelcome", "KeyPackageAlreadyConsumed", validate_a_confirmed_one),
    row!("validateWelcome", "KeyPackageAlreadyConsumed", validate_one_for_a_key_package_used_elsewhere),
    row!("validateWelcome", "KeyPackageReserved", validate_one_in_the_making),
    row!("validateWelcome", "RecipientMismatch", validate_as_somebody_else),
    row!("validateWelcome", "RecipientMismatch", validate_as_its_maker),
    row!("invalidateWelcome", "NotFound", invalidate_nowhere),
    row!("invalidateWelcome", "NotFound", invalidate_what_was_not_given),
    row!("invalidateWelcome", "NotFound", invalidate_what_was_confirmed),
    row!("invalidateWelcome", "Unauthorized", invalidate_as_a_stranger),
    row!("invalidateWelcome", "Unauthorized", invalidate_after_leaving),
    row!("getExpectedConversations", "Unauthorized", look_at_a_device_of_somebody_else),
];

async fn validate(world: &World, caller: &Actor, welcome: &[u8]) -> Answer {
    let input = validate_welcome::Input { welcome_message: welcome.to_vec().into() };
    world.refused(world.server.call("validateWelcome").by(&caller.did).input(&input)).await
}

/// A Welcome that nobody has sent, for key packages that may have been published.
pub fn welcome_for(maker: &Actor, key_packages: &[Vec<u8>]) -> Vec<u8> {
    let mut group = maker.mls.create_group(Uuid::new_v4().as_bytes());
    group.add(&maker.mls, key_packages).welcome.expect("who is added gets a Welcome")
}

async fn validate_nonsense(world: &World) -> Answer {
    validate(world, &world.user(), b"no Welcome").await
}

async fn validate_one_for_nobody(world: &World) -> Answer {
    let (alice, bob) = (world.user(), world.user());
    validate(world, &bob, &welcome_for(&alice, &[bob.mls.key_package()])).await
}

async fn validate_one_for_an_expired_key_package(world: &World) -> Answer {
    let (alice, bob) = (world.user(), world.user());
    bob.publish(1).await;
    let welcome = welcome_for(&alice, &contents(&alice.fetch(&[&bob.did]).await));
    world.server.clock.advance(TimeDelta::days(31));
    validate(world, &bob, &welcome).await
}

async fn validate_a_confirmed_one(world: &World) -> Answer {
    let (alice, bob) = (world.user(), world.user());
    bob.publish(1).await;
    let convo_id = Chat::create(&alice, &[&bob.did]).await.convo_id;
    let welcome = bob.welcome(&convo_id).await.expect("it waits");
    bob.confirm(&convo_id).await;
    validate(world, &bob, &welcome).await
}

async fn validate_one_for_a_key_package_used_elsewhere(world: &World) -> Answer {
    let (alice, bob) = (world.user(), world.user());
    bob.publish(1).await;
    let welcome = welcome_for(&alice, &contents(&alice.fetch(&[&bob.did]).await));
    Chat::create(&alice, &[&bob.did]).await;
    validate(world, &bob, &welcome).await
}

async fn validate_one_in_the_making(world: &World) -> Answer {
    let (alice, bob) = (world.user(), world.user());
    bob.publish(1).await;
    let welcome = welcome_for(&alice, &contents(&alice.fetch(&[&bob.did]).await));
    validate(world, &bob, &welcome).await
}

async fn validate_as_somebody_else(world: &World) -> Answer {
    let (alice, bob) = (world.user(), world.user());
    bob.publish(1).await;
    let convo_id = Chat::create(&alice, &[&bob.did]).await.convo_id;
    let welcome = bob.welcome(&convo_id).await.expect("it waits");
    validate(world, &world.user(), &welcome).await
}

async fn validate_as_its_maker(world: &World) -> Answer {
    let (alice, bob) = (world.user(), world.user());
    bob.publish(1).await;
    let welcome = welcome_for(&alice, &contents(&alice.fetch(&[&bob.did]).await));
    validate(world, &alice, &welcome).await
}

async fn invalidate(world: &World, caller: &Actor, convo_id: &str) -> Answer {
    let (convo_id, reason) = (convo_id.to_owned(), "it does not open".to_owned());
    let input = invalidate_welcome::Input { convo_id, reason };
    world.refused(world.server.call("invalidateWelcome").by(&caller.did).input(&input)).await
}

async fn invalidate_nowhere(world: &World) -> Answer {
    nowhere(world, "invalidateWelcome").await
}

async fn invalidate_as_a_stranger(world: &World) -> Answer {
    stranger(world, "invalidateWelcome").await
}

async fn invalidate_what_was_not_given(world: &World) -> Answer {
    let (alice, bob) = (world.user(), world.user());
    bob.publish(1).await;
    let convo_id = Chat::create(&alice, &[&bob.did]).await.convo_id;
    invalidate(world, &bob, &convo_id).await
}

async fn invalidate_what_was_confirmed(world: &World) -> Answer {
    let (alice, bob) = (world.user(), world.user());
    bob.publish(1).await;
    let convo_id = Chat::create(&alice, &[&bob.did]).await.convo_id;
    Chat::join(&bob, &convo_id).await;
    invalidate(world, &bob, &convo_id).await
}

async fn invalidate_after_leaving(world: &World) -> Answer {
    let (alice, bob) = (world.user(), world.user());
    bob.publish(1).await;
    let convo_id = Chat::create(&alice, &[&bob.did]).await.convo_id;
    bob.api.get_welcome(&get_welcome::Params { convo_id: convo_id.clone() }).await.unwrap();
    bob.api.leave_convo(&membership::leaving(&convo_id)).await.unwrap();
    invalidate(world, &bob, &convo_id).await
}

async fn look_at_a_device_of_somebody_else(world: &World) -> Answer {
    let phone = world.device();
    let id = phone.register(1).await.device_id;
    let call = world.server.call("getExpectedConversations").by(&world.user().did);
    world.refused(call.query(format!("deviceId={id}"))).await
}

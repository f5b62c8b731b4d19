//! Errors of the methods about devices.

use catbird_lexicon::blue::catbird::mls::{
    claim_pending_device_addition, complete_pending_device_addition, delete_device, register_device,
};
use catbird_server::mls::encode_base64url;
use chrono::TimeDelta;
use e2e::{actor::Actor, http::Answer, mls::MlsDevice};
use lexicon_runtime::formats::Datetime;
use uuid::Uuid;

use super::{
    Row,
    requests::{Subject, stranger},
    row,
    world::{MOST_DEVICES, MOST_OF_A_DEVICE, World},
};

pub const ROWS: [Row; 22] = [
    row!("registerDevice", "InvalidDeviceName", nameless),
    row!("registerDevice", "InvalidKeyPackage", one_bad_key_package),
    row!("registerDevice", "InvalidKeyPackage", good_for_too_long),
    row!("registerDevice", "InvalidKeyPackage", of_another_suite),
    row!("registerDevice", "InvalidKeyPackage", of_somebody_else),
    row!("registerDevice", "InvalidKeyPackage", of_another_device),
    row!("registerDevice", "InvalidKeyPackage", of_no_device),
    row!("registerDevice", "InvalidKeyPackage", of_a_device_without_an_id),
    row!("registerDevice", "InvalidKeyPackage", too_many_key_packages),
    row!("registerDevice", "InvalidSignatureKey", not_its_own_key),
    row!("registerDevice", "DuplicatePublicKey", key_of_another_device),
    row!("registerDevice", "TooManyDevices", one_too_many),
    row!("registerDevice", "TooManyDevices", one_beside_those_with_key_packages),
    row!("deleteDevice", "DeviceNotFound", no_device),
    row!("deleteDevice", "DeviceNotFound", an_id_that_is_none),
    row!("deleteDevice", "DeviceNotFound", a_device_that_never_registered),
    row!("deleteDevice", "Unauthorized", a_device_of_somebody_else),
    row!("getPendingDeviceAdditions", "Unauthorized", async |world| stranger(world, "getPendingDeviceAdditions").await),
    row!("claimPendingDeviceAddition", stranger),
    row!("claimPendingDeviceAddition", "NotMember", claim_of_nothing),
    row!("completePendingDeviceAddition", "NotClaimed", unclaimed),
    row!("completePendingDeviceAddition", "NotClaimed", claimed_too_long_ago),
];

async fn register(world: &World, caller: &Actor, input: register_device::Input) -> Answer {
    world.refused(world.server.call("registerDevice").by(&caller.did).input(&input)).await
}

async fn nameless(world: &World) -> Answer {
    let alice = world.device();
    let device_name = " \u{0}\u{7}\n\u{85} ".replace('\u{0}', "");
    register(world, &alice, register_device::Input { device_name, ..alice.registration(1) }).await
}

async fn one_bad_key_package(world: &World) -> Answer {
    let alice = world.device();
    let mut input = alice.registration(2);
    let mut bytes = alice.mls.key_package();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    input.key_packages[1].key_package = encode_base64url(&bytes);
    register(world, &alice, input).await
}

async fn good_for_too_long(world: &World) -> Answer {
    let alice = world.device();
    let mut input = alice.registration(1);
    input.key_packages[0].expires = Some(Datetime::from(world.server.now() + TimeDelta::days(91)));
    register(world, &alice, input).await
}

async fn of_another_suite(world: &World) -> Answer {
    let alice = world.device();
    let mut input = alice.registration(1);
    input.key_packages[0].cipher_suite = "MLS_128_DHKEMP256_AES128GCM_SHA256_P256".to_owned().into();
    register(world, &alice, input).await
}

async fn of_somebody_else(world: &World) -> Answer {
    let (alice, bob) = (world.device(), world.device());
    register(world, &alice, bob.registration(1)).await
}

async fn of_another_device(world: &World) -> Answer {
    let alice = world.device();
    let device_uuid = Some(Uuid::new_v4().to_string());
    register(world, &alice, register_device::Input { device_uuid, ..alice.registration(1) }).await
}

/// Whoever chooses the id can name the device.
async fn of_no_device(world: &World) -> Answer {
    let alice = world.user();
    let device_uuid = Some(Uuid::new_v4().to_string());
    register(world, &alice, register_device::Input { device_uuid, ..alice.registration(1) }).await
}

async fn of_a_device_without_an_id(world: &World) -> Answer {
    let alice = world.device();
    register(world, &alice, register_device::Input { device_uuid: None, ..alice.registration(1) }).await
}

async fn too_many_key_packages(world: &World) -> Answer {
    let alice = world.device();
    register(world, &alice, alice.registration(MOST_OF_A_DEVICE + 1)).await
}

async fn not_its_own_key(world: &World) -> Answer {
    let (alice, other) = (world.device(), world.device());
    let signature_public_key = other.mls.signature_key().into();
    register(world, &alice, register_device::Input { signature_public_key, ..alice.registration(1) }).await
}

/// The same client under two ids of its user.
async fn key_of_another_device(world: &World) -> Answer {
    let phone = world.user();
    phone.register(1).await;
    let id = Uuid::new_v4().to_string();
    let mut input = phone.registration(1);
    let twin = phone.mls.renamed(&format!("{}#{id}", phone.did.as_str()));
    input.key_packages[0].key_package = encode_base64url(&twin.key_package());
    register(world, &phone, register_device::Input { device_uuid: Some(id), ..input }).await
}

async fn one_too_many(world: &World) -> Answer {
    let alice = world.device();
    for _ in 0..MOST_DEVICES {
        register_another(alice.did.as_str(), &alice).await;
    }
    register(world, &alice, alice.registration(1)).await
}

async fn register_another(user: &str, alice: &Actor) {
    let id = Uuid::new_v4().to_string();
    let mls = MlsDevice::new(&format!("{user}#{id}"));
    alice.api.register_device(&e2e::actor::registration(Some(id), &mls, 1)).await.unwrap();
}

async fn one_beside_those_with_key_packages(world: &World) -> Answer {
    let alice = world.device();
    for _ in 0..MOST_DEVICES {
        let mls = MlsDevice::new(&format!("{}#{}", alice.did.as_str(), Uuid::new_v4()));
        alice.publish_these(&[mls.key_package()]).await;
    }
    register(world, &alice, alice.registration(1)).await
}

async fn delete(world: &World, caller: &Actor, device_id: String) -> Answer {
    let input = delete_device::Input { device_id };
    world.refused(world.server.call("deleteDevice").by(&caller.did).input(&input)).await
}

async fn no_device(world: &World) -> Answer {
    delete(world, &world.user(), Uuid::new_v4().to_string()).await
}

async fn an_id_that_is_none(world: &World) -> Answer {
    delete(world, &world.user(), "phone".to_owned()).await
}

async fn a_device_that_never_registered(world: &World) -> Answer {
    let alice = world.device();
    let id = alice.registration(1).device_uuid.unwrap();
    delete(world, &alice, id).await
}

async fn a_device_of_somebody_else(world: &World) -> Answer {
    let alice = world.device();
    let id = alice.register(1).await.device_id;
    delete(world, &world.user(), id).await
}

async fn claim_of_nothing(world: &World) -> Answer {
    let input = claim_pending_device_addition::Input { pending_addition_id: "none".to_owned() };
    world.refused(world.server.call("claimPendingDeviceAddition").by(&world.user().did).input(&input)).await
}

async fn complete(world: &World, about: &Subject) -> Answer {
    let pending_addition_id = about.addition_id.clone();
    let input = complete_pending_device_addition::Input { pending_addition_id, new_epoch: 1 };
    let call = world.server.call("completePendingDeviceAddition").by(&about.member.did).input(&input);
    world.refused(call).await
}

async fn unclaimed(world: &World) -> Answer {
    complete(world, &Subject::of(world.room(2).await).await).await
}

async fn claimed_too_long_ago(world: &World) -> Answer {
    let about = Subject::of(world.room(2).await).await;
    let input = claim_pending_device_addition::Input { pending_addition_id: about.addition_id.clone() };
    assert!(about.member.api.claim_pending_device_addition(&input).await.unwrap().claimed);
    world.server.clock.advance(TimeDelta::seconds(60));
    complete(world, &about).await
}

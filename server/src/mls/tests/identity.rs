//! Whose credentials are accepted.

use super::client::{ALICE, BOB};
use crate::mls::{DeviceIdentity, identity_belongs_to};

const DEVICE: &str = "0d5cbb44-1f2a-4c0b-9a53-2f7d9e6c1a10";

#[test]
fn a_user_is_their_did() {
    let identity = identity_belongs_to(ALICE, ALICE).unwrap();
    assert_eq!(identity.device_id, None);
    assert_eq!(identity.to_string(), ALICE);
}

#[test]
fn a_device_is_its_users_did_and_its_uuid() {
    let identity = identity_belongs_to(&format!("{ALICE}#{DEVICE}"), ALICE).unwrap();
    let expected = DeviceIdentity { user_did: ALICE.into(), device_id: Some(DEVICE.parse().unwrap()) };
    assert_eq!(identity, expected);
    assert_eq!(identity.to_string(), format!("{ALICE}#{DEVICE}"));
}

#[test]
fn capitals_in_a_device_id_name_the_same_device() {
    let upper = format!("{ALICE}#{}", DEVICE.to_uppercase());
    let identity = identity_belongs_to(&upper, ALICE).unwrap();
    assert_eq!(identity.to_string(), format!("{ALICE}#{DEVICE}"));
}

#[test]
fn nobody_elses_identity_is_accepted() {
    let simple = DEVICE.replace('-', "");
    let wrong = [
        BOB.to_owned(),
        String::new(),
        format!("{BOB}#{DEVICE}"),
        format!("{ALICE}x"),
        format!("{ALICE}#"),
        format!("{ALICE}#atproto"),
        format!("{ALICE}#{simple}"),
        format!("{ALICE}#{{{DEVICE}}}"),
        format!("{ALICE}#urn:uuid:{DEVICE}"),
        format!("{ALICE}#{DEVICE}#{DEVICE}"),
        format!("{ALICE}#{DEVICE} "),
        format!(" {ALICE}"),
        ALICE.to_uppercase(),
        ALICE[..ALICE.len() - 1].to_owned(),
    ];
    for identity in &wrong {
        assert_eq!(identity_belongs_to(identity, ALICE), None, "{identity:?}");
    }
}

#[test]
fn a_caller_must_be_a_bare_did() {
    let device = format!("{ALICE}#{DEVICE}");
    assert_eq!(identity_belongs_to(&device, &device), None);
    assert_eq!(identity_belongs_to("", ""), None);
    assert_eq!(identity_belongs_to("alice", "alice"), None);
}

//! For whom Welcomes are.

use openmls::prelude::*;

use super::client::{ALICE, BOB, CAROL, Client, bare, bytes};
use crate::mls::{KeyPackageRef, MlsError, Suite, check_key_package, reader::write_opaque, welcome};

fn reference(package: &KeyPackage) -> KeyPackageRef {
    let checked = check_key_package(&bytes(package), super::now());
    checked.unwrap().reference
}

/// A Welcome to Bob and to two devices of Carol, with their key packages.
fn three(suite: Suite) -> (Vec<u8>, [KeyPackage; 3]) {
    let alice = Client::new(suite, ALICE);
    let packages = [BOB, CAROL, CAROL].map(|who| Client::new(suite, who).key_package());
    let mut group = alice.create_group(PURE_CIPHERTEXT_WIRE_FORMAT_POLICY);
    let (_, welcome) = alice.add(&mut group, &packages);
    (welcome, packages)
}

#[test]
fn each_recipient_is_named_by_its_key_package() {
    for suite in Suite::ALL {
        let (message, packages) = three(suite);
        for form in [&message[..], bare(&message)] {
            let facts = welcome(form).unwrap();
            assert_eq!(facts.suite, suite);
            let mut recipients = facts.recipients;
            let mut expected: Vec<_> = packages.iter().map(reference).collect();
            recipients.sort();
            expected.sort();
            assert_eq!(recipients, expected, "{suite}");
        }
    }
}

#[test]
fn trailing_and_missing_bytes_are_refused() {
    let (message, _) = three(Suite::X25519Aes128Ed25519);
    for form in [&message[..], bare(&message)] {
        let longer = [form, &[0]].concat();
        assert_eq!(welcome(&longer), Err(MlsError::TrailingBytes { count: 1 }));
        for length in 0..form.len() {
            assert!(welcome(&form[..length]).is_err(), "{length}");
        }
    }
}

#[test]
fn nobody_is_welcomed_twice_and_somebody_is() {
    let secret: &[u8] = &[&[32], &[9; 32][..], &[1, 9, 1, 9]].concat();
    let with = |secrets: &[u8]| {
        let mut message = vec![0, 1];
        write_opaque(&mut message, secrets);
        message.extend([1, 9]);
        welcome(&message)
    };
    assert_eq!(with(secret).unwrap().recipients, [KeyPackageRef::from(vec![9; 32])]);
    assert_eq!(with(&secret.repeat(2)), Err(MlsError::InvalidRecipients));
    assert_eq!(with(&[]), Err(MlsError::InvalidRecipients));
    let short = with(&[1, 9, 1, 9, 1, 9]);
    assert!(matches!(short, Err(MlsError::Malformed { .. })));
}

#[test]
fn other_suites_and_other_messages_are_refused() {
    let (mut message, packages) = three(Suite::P256Aes128);
    let wrapped = bytes(&MlsMessageOut::from(packages[0].clone()));
    assert!(welcome(&wrapped).is_err());
    message[5] = 7;
    assert_eq!(welcome(&message), Err(MlsError::UnsupportedSuite(7)));
}

//! This module's verdicts against openmls's own, on thousands of damaged key packages and messages.

use super::now;
use openmls::prelude::*;

use super::{
    client::{ALICE, BOB, Client, bytes},
    totality::{Random, mutate},
};
use crate::mls::{KeyPackageRefusal, Suite, check_key_package, framing, welcome};

/// What openmls decodes the whole of these bytes to. Its codec panics on some inputs in debug builds: that is a refusal.
fn decode<T: DeserializeBytes>(bytes: &[u8]) -> Option<T> {
    let decoded = std::panic::catch_unwind(|| T::tls_deserialize_exact_bytes(bytes).ok());
    decoded.ok().flatten()
}

/// Whether openmls takes these bytes for a valid KeyPackage, bare or in an MLSMessage.
pub fn openmls_accepts(package: &[u8], provider: &impl OpenMlsProvider) -> bool {
    let package = match decode(package).map(MlsMessageIn::extract) {
        Some(MlsMessageBodyIn::KeyPackage(package)) => Some(package),
        _ => decode::<KeyPackageIn>(package),
    };
    package.is_some_and(|package| package.validate(provider.crypto(), ProtocolVersion::Mls10).is_ok())
}

#[test]
fn key_packages_taken_here_are_taken_by_openmls() {
    let mut random = Random::new(1);
    for suite in [Suite::X25519Aes128Ed25519, Suite::P256Aes128] {
        let client = Client::new(suite, ALICE);
        let package = client.key_package();
        let provider = &client.provider;
        for original in [bytes(&package), bytes(&MlsMessageOut::from(package))] {
            assert!(openmls_accepts(&original, provider));
            assert!(check_key_package(&original, now()).is_ok());
            for _ in 0..1500 {
                let changed = mutate(&original, &mut random);
                let ours = check_key_package(&changed, now());
                let theirs = openmls_accepts(&changed, provider);
                assert_eq!(ours.is_ok(), theirs, "{ours:?}: {}", hex::encode(&changed));
            }
        }
    }
}

/// Re-signed packages reach the rules behind the signatures. Where this module refuses what openmls takes, it is for rules
/// that openmls applies later, when the package joins a group.
#[test]
fn well_signed_packages_meet_the_same_rules() {
    let client = Client::new(Suite::P256Aes128, ALICE);
    let now = super::now().timestamp() as u64;
    let lifetimes = [(now - 9, now + 9), (now - 9, now - 3), (now + 600, now + 900), (0, now + 9), (now - 9, u64::MAX)];
    for (from, to) in lifetimes {
        let lifetime = Lifetime::init(from, to);
        let package = client.key_package_with(KeyPackage::builder().key_package_lifetime(lifetime));
        let package = bytes(&package);
        let ours = check_key_package(&package, super::now());
        let theirs = openmls_accepts(&package, &client.provider);
        match ours {
            Err(KeyPackageRefusal::LifetimeTooLong) => assert!(theirs),
            verdict => assert_eq!(verdict.is_ok(), theirs, "{from} {to}: {verdict:?}"),
        }
    }
}

#[test]
fn messages_that_openmls_reads_are_read_alike() {
    let mut random = Random::new(2);
    let (alice, bob) = (Client::new(Suite::P256Aes128, ALICE), Client::new(Suite::P256Aes128, BOB));
    for policy in [PURE_CIPHERTEXT_WIRE_FORMAT_POLICY, PURE_PLAINTEXT_WIRE_FORMAT_POLICY] {
        let mut group = alice.create_group(policy);
        let (commit, welcomed) = alice.add(&mut group, &[bob.key_package()]);
        for original in [commit, alice.update(&mut group), welcomed] {
            for _ in 0..1500 {
                compare(&mutate(&original, &mut random));
            }
        }
    }
}

/// What this module reads, openmls reads as the same. (openmls keeps suites and values that this module refuses.)
fn compare(message: &[u8]) {
    if let Ok(ours) = framing(message) {
        let theirs = decode::<MlsMessageIn>(message);
        let theirs = theirs.unwrap_or_else(|| panic!("{ours:?}: {}", hex::encode(message)));
        let theirs = theirs.try_into_protocol_message().unwrap();
        assert_eq!(ours.group_id, theirs.group_id().as_slice());
        assert_eq!(ours.epoch as u64, theirs.epoch().as_u64());
    }
    if message.get(2..4) == Some(&[0, 3])
        && let Ok(ours) = welcome(message)
    {
        let theirs = decode(message).map(MlsMessageIn::extract);
        let Some(MlsMessageBodyIn::Welcome(theirs)) = theirs else {
            panic!("{ours:?}: {}", hex::encode(message));
        };
        let references = theirs.secrets().iter().map(EncryptedGroupSecrets::new_member);
        assert!(
            references
                .map(|reference| reference.as_slice().to_vec())
                .eq(ours.recipients.iter().map(|reference| reference.as_bytes().to_vec()))
        );
    }
}

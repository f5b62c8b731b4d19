//! Which key packages are taken.

use super::now;
use chrono::{DateTime, TimeDelta, Utc};
use openmls::prelude::*;
use sha2::{Digest, Sha256};

use super::client::{ALICE, BOB, Client, bare, bytes};
use crate::mls::{
    KeyPackageRefusal as Refusal, MAX_LIFETIME, MlsError, NOT_BEFORE_LEEWAY, Suite, check_key_package,
    identity_belongs_to,
};

const SUITE: Suite = Suite::X25519Aes128Ed25519;

fn wrapped(package: &KeyPackage) -> Vec<u8> {
    bytes(&MlsMessageOut::from(package.clone()))
}

/// A moment in a far year, so that nothing here depends on the system's clock.
fn noon() -> DateTime<Utc> {
    "2103-05-06T12:00:00Z".parse().unwrap()
}

/// The verdict at [`noon`] on a package valid from and to these seconds around it.
fn lifetime(from: i64, to: i64) -> Result<(), Refusal> {
    let at = |seconds| (noon().timestamp() + seconds) as u64;
    let lifetime = Lifetime::init(at(from), at(to));
    let builder = KeyPackage::builder().key_package_lifetime(lifetime);
    let package = Client::new(SUITE, ALICE).key_package_with(builder);
    check_key_package(&bytes(&package), noon()).map(drop)
}

#[test]
fn packages_of_all_six_suites_are_verified() {
    for suite in Suite::ALL {
        let client = Client::new(suite, ALICE);
        let package = client.key_package();
        let bare = bytes(&package);
        let checked = check_key_package(&bare, now()).unwrap();
        assert_eq!(checked.suite, suite);
        assert_eq!(checked.identity, ALICE);
        assert_eq!(checked.signature_key, client.signer.public_key());
        let reference = package.hash_ref(client.provider.crypto()).unwrap();
        assert_eq!(checked.reference.as_bytes(), reference.as_slice(), "{suite}");
        assert_eq!(checked.hash, <[u8; 32]>::from(Sha256::digest(&bare)));
        let life = package.life_time();
        assert_eq!(checked.not_before.timestamp() as u64, life.not_before());
        assert_eq!(checked.not_after.timestamp() as u64, life.not_after());
        assert!(!checked.last_resort);
    }
}

#[test]
fn a_package_in_an_mls_message_is_the_same_package_with_another_hash() {
    for suite in Suite::ALL {
        let package = Client::new(suite, ALICE).key_package();
        let message = wrapped(&package);
        let outer = check_key_package(&message, now()).unwrap();
        let inner = check_key_package(bare(&message), now()).unwrap();
        assert_eq!(outer.reference, inner.reference, "{suite}");
        assert_eq!(outer.hash, <[u8; 32]>::from(Sha256::digest(&message)));
        assert_ne!(outer.hash, inner.hash);
    }
}

#[test]
fn last_resort_packages_are_told_apart() {
    let client = Client::new(SUITE, ALICE);
    let capabilities = Capabilities::builder().extensions(vec![ExtensionType::LastResort]).build();
    let marked = KeyPackage::builder().leaf_node_capabilities(capabilities).mark_as_last_resort();
    let checked = check_key_package(&bytes(&client.key_package_with(marked)), now());
    assert!(checked.unwrap().last_resort);
}

#[test]
fn lifetimes_are_judged_by_the_given_clock() {
    assert_eq!(lifetime(-3600, 3600), Ok(()));
    assert_eq!(lifetime(-3600, 1), Ok(()));
    assert_eq!(lifetime(-3600, 0), Err(Refusal::Expired));
    assert_eq!(lifetime(-7200, -3600), Err(Refusal::Expired));
    let leeway = NOT_BEFORE_LEEWAY.as_secs() as i64;
    assert_eq!(lifetime(leeway, 3600), Ok(()));
    assert_eq!(lifetime(leeway + 1, 3600), Err(Refusal::NotYetValid));
    let longest = MAX_LIFETIME.as_secs() as i64;
    assert_eq!(lifetime(-3600, longest - 3600), Ok(()));
    assert_eq!(lifetime(-3600, longest - 3599), Err(Refusal::LifetimeTooLong));
}

#[test]
fn absurd_lifetimes_and_clocks_are_survived() {
    let client = Client::new(SUITE, ALICE);
    let package = |from, to| {
        let lifetime = Lifetime::init(from, to);
        bytes(&client.key_package_with(KeyPackage::builder().key_package_lifetime(lifetime)))
    };
    let check = |from, to, now: DateTime<Utc>| check_key_package(&package(from, to), now).map(drop);
    assert_eq!(check(0, u64::MAX, noon()), Err(Refusal::LifetimeTooLong));
    assert_eq!(check(u64::MAX, u64::MAX, noon()), Err(Refusal::NotYetValid));
    assert_eq!(check(0, 0, noon()), Err(Refusal::Expired));
    let before_1970 = noon() - TimeDelta::days(365 * 200);
    assert_eq!(check(0, 3600, before_1970), Ok(()));
    assert_eq!(check(0, 3600, DateTime::<Utc>::MAX_UTC), Err(Refusal::Expired));
    assert_eq!(check(3600, 1, DateTime::<Utc>::MIN_UTC), Err(Refusal::NotYetValid));
}

#[test]
fn a_changed_byte_anywhere_is_refused() {
    for suite in Suite::ALL {
        let package = bytes(&Client::new(suite, ALICE).key_package());
        let step = if suite.id() < 4 { 1 } else { 7 };
        for at in (0..package.len()).step_by(step) {
            let mut changed = package.clone();
            changed[at] ^= 0x10;
            let verdict = check_key_package(&changed, now());
            assert!(verdict.is_err(), "{suite}: byte {at}");
        }
    }
}

#[test]
fn each_signature_is_verified() {
    for suite in Suite::ALL {
        let package = bytes(&Client::new(suite, ALICE).key_package());
        let mut changed = package.clone();
        *changed.last_mut().unwrap() ^= 4;
        // The last byte of an Ed448 signature must be 0, so this one is refused for its form; the verdict is the same.
        let verdict = check_key_package(&changed, now());
        assert_eq!(verdict, Err(Refusal::InvalidSignature), "{suite}");

        let identity = package.windows(ALICE.len()).position(|window| window == ALICE.as_bytes());
        let mut changed = package.clone();
        changed[identity.unwrap()] ^= 1;
        let verdict = check_key_package(&changed, now());
        assert_eq!(verdict, Err(Refusal::InvalidLeafSignature), "{suite}");
    }
}

#[test]
fn a_package_signed_with_another_key_is_refused() {
    for suite in Suite::ALL {
        let (alice, mallory) = (Client::new(suite, ALICE), Client::new(suite, ALICE));
        let package = mallory.key_package_as(KeyPackage::builder(), alice.credential());
        let verdict = check_key_package(&bytes(&package), now());
        assert_eq!(verdict, Err(Refusal::InvalidLeafSignature), "{suite}");
    }
}

#[test]
fn somebody_elses_identity_is_reported_for_the_caller_to_refuse() {
    let package = Client::new(SUITE, BOB).key_package();
    let checked = check_key_package(&bytes(&package), now()).unwrap();
    assert_eq!(identity_belongs_to(&checked.identity, ALICE), None);
    assert!(identity_belongs_to(&checked.identity, BOB).is_some());
}

#[test]
fn only_basic_credentials_in_utf8_are_taken() {
    let client = Client::new(SUITE, ALICE);
    let latin1 = BasicCredential::new(vec![b'd', 0xe4]).into();
    let x509 = Credential::new(CredentialType::X509, vec![1, 2, 3]);
    for credential in [latin1, x509] {
        let package = client.key_package_as(KeyPackage::builder(), client.credential_of(credential));
        let verdict = check_key_package(&bytes(&package), now());
        assert_eq!(verdict, Err(Refusal::UnsupportedCredential));
    }
}

#[test]
fn capabilities_must_cover_what_is_used() {
    let client = Client::new(SUITE, ALICE);
    let without_basic = Capabilities::builder().credentials(vec![]).build();
    let without_mls10 = Capabilities::builder().versions(vec![]).build();
    let other_suite = vec![Suite::P256Aes128.openmls()];
    let without_suite = Capabilities::builder().ciphersuites(other_suite).build();
    let bare = |capabilities| KeyPackage::builder().leaf_node_capabilities(capabilities);
    let unlisted = Extensions::single(Extension::Unknown(0xf123, UnknownExtension(vec![1])));
    let builders = [
        bare(without_basic),
        bare(without_mls10),
        bare(without_suite),
        KeyPackage::builder().key_package_extensions(unlisted.unwrap()),
    ];
    for builder in builders {
        let package = client.key_package_with(builder);
        let verdict = check_key_package(&bytes(&package), now());
        assert_eq!(verdict, Err(Refusal::IncompleteCapabilities));
    }
}

#[test]
fn trailing_bytes_and_wrong_versions_are_refused() {
    let package = Client::new(SUITE, ALICE).key_package();
    for whole in [bytes(&package), wrapped(&package)] {
        let longer = [&whole[..], &[0, 0]].concat();
        let trailing = MlsError::TrailingBytes { count: 2 };
        let verdict = check_key_package(&longer, now());
        assert_eq!(verdict, Err(Refusal::Unreadable(trailing)));
        for length in 0..whole.len() {
            assert!(check_key_package(&whole[..length], now()).is_err());
        }
        let mut other = whole.clone();
        other[1] = 2;
        let version = MlsError::UnsupportedVersion(2);
        assert_eq!(check_key_package(&other, now()), Err(Refusal::Unreadable(version)));
    }
    let mut other = wrapped(&package);
    other[5] = 2;
    let version = MlsError::UnsupportedVersion(2);
    assert_eq!(check_key_package(&other, now()), Err(Refusal::Unreadable(version)));
}

#[test]
fn other_suites_are_refused_by_name() {
    let mut package = bytes(&Client::new(SUITE, ALICE).key_package());
    for id in [0_u16, 7, 0x004d, 0xffff] {
        package[2..4].copy_from_slice(&id.to_be_bytes());
        let verdict = check_key_package(&package, now());
        assert_eq!(verdict, Err(Refusal::UnsupportedSuite(id)));
    }
}

#[test]
fn leaves_of_other_kinds_are_not_key_packages() {
    let client = Client::new(SUITE, ALICE);
    let group = client.create_group(PURE_PLAINTEXT_WIRE_FORMAT_POLICY);
    for message in [client.group_info(&group, true), b"key package".to_vec(), vec![]] {
        let verdict = check_key_package(&message, now());
        assert!(matches!(verdict, Err(Refusal::Unreadable(_) | Refusal::UnsupportedSuite(_))));
    }
}

#[test]
fn suites_have_the_names_of_the_rfc() {
    for suite in Suite::ALL {
        assert_eq!(suite.as_str(), format!("{:?}", suite.openmls()));
        assert_eq!(suite.id(), u16::from(suite.openmls()));
        assert_eq!(suite.as_str().parse(), Ok(suite));
        assert_eq!(Suite::from_id(suite.id()), Ok(suite));
    }
    assert!("MLS_256_DHKEMP384_AES256GCM_SHA384_P384".parse::<Suite>().is_err());
}

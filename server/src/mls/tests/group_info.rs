//! What GroupInfos say, and when they are believed.

use openmls::prelude::*;

use super::client::{ALICE, BOB, CAROL, Client, bare};
use crate::mls::{MlsError, Suite, TreeMember, group_info};

/// Alice's group of four with a blank leaf in it: Bob was removed.
fn grown(suite: Suite) -> (Client, MlsGroup, [Client; 3]) {
    let alice = Client::new(suite, ALICE);
    let others = [BOB, CAROL, "did:web:dave.example"].map(|who| Client::new(suite, who));
    let mut group = alice.create_group(PURE_CIPHERTEXT_WIRE_FORMAT_POLICY);
    let packages = others.each_ref().map(Client::key_package);
    alice.add(&mut group, &packages);
    let bob = LeafNodeIndex::new(1);
    let removed = group.remove_members(&alice.provider, &alice.signer, &[bob]);
    removed.unwrap();
    group.merge_pending_commit(&alice.provider).unwrap();
    alice.update(&mut group);
    (alice, group, others)
}

fn member(leaf: u32, client: &Client) -> TreeMember {
    TreeMember {
        leaf,
        identity: Some(client.identity.clone()),
        signature_key: client.signer.public_key(),
    }
}

#[test]
fn a_group_info_with_a_tree_is_verified_in_all_suites() {
    for suite in Suite::ALL {
        let (alice, group, [_, carol, dave]) = grown(suite);
        let message = alice.group_info(&group, true);
        for form in [&message[..], bare(&message)] {
            let facts = group_info(form).unwrap();
            assert_eq!(facts.group_id, group.group_id().as_slice());
            assert_eq!((facts.epoch, facts.suite, facts.signer), (3, suite, 0));
            assert!(facts.has_ratchet_tree && facts.has_external_pub);
            let expected = [member(0, &alice), member(2, &carol), member(3, &dave)];
            assert_eq!(facts.members, expected, "{suite}");
            assert_eq!(facts.signing_member(), Some(&expected[0]));
        }
    }
}

#[test]
fn trees_of_every_small_size_have_openmlss_hash() {
    let alice = Client::new(Suite::P256Aes128, ALICE);
    let mut group = alice.create_group(PURE_CIPHERTEXT_WIRE_FORMAT_POLICY);
    for size in 1..=9 {
        let facts = group_info(&alice.group_info(&group, true)).unwrap();
        assert_eq!(facts.members.len(), size);
        let next = Client::new(alice.suite, BOB).key_package();
        alice.add(&mut group, &[next]);
    }
}

#[test]
fn without_a_tree_the_signer_is_only_said() {
    let (alice, group, _) = grown(Suite::X25519Aes128Ed25519);
    let facts = group_info(&alice.group_info(&group, false)).unwrap();
    assert_eq!((facts.epoch, facts.signer), (3, 0));
    assert!(!facts.has_ratchet_tree);
    assert!(facts.members.is_empty());
    assert_eq!(facts.signing_member(), None);
}

#[test]
fn after_a_changed_byte_nothing_is_verified() {
    let (alice, group, _) = grown(Suite::X25519Aes128Ed25519);
    let message = alice.group_info(&group, true);
    for at in 0..message.len() {
        let mut changed = message.clone();
        changed[at] ^= 0x20;
        // A change to the extension's type makes it a GroupInfo without a tree, which nobody says is verified.
        let verified = group_info(&changed).is_ok_and(|facts| facts.has_ratchet_tree);
        assert!(!verified, "byte {at}");
    }
}

#[test]
fn a_group_info_signed_by_somebody_else_is_refused() {
    for suite in Suite::ALL {
        let (alice, group, others) = grown(suite);
        let info = group.export_group_info(alice.provider.crypto(), &others[1].signer, true);
        let info = super::client::bytes(&info.unwrap());
        assert_eq!(
            group_info(&info),
            Err(MlsError::InvalidSignature),
            "{suite}"
        );
    }
}

#[test]
fn trailing_and_missing_bytes_are_refused() {
    let (alice, group, _) = grown(Suite::X25519Aes128Ed25519);
    let message = alice.group_info(&group, true);
    for form in [&message[..], bare(&message)] {
        let longer = [form, &[0]].concat();
        assert_eq!(
            group_info(&longer),
            Err(MlsError::TrailingBytes { count: 1 })
        );
        for length in 0..form.len() {
            assert!(group_info(&form[..length]).is_err(), "{length}");
        }
    }
}

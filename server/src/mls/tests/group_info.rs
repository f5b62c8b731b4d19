//! What GroupInfos say, and when they are believed.

use openmls::{messages::group_info::VerifiableGroupInfo, prelude::*};

use super::{
    client::{ALICE, BOB, CAROL, Client, bare, bytes},
    forged::{Recipe, sign},
    totality::with_tree,
};
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
    TreeMember { leaf, identity: Some(client.identity.clone()), signature_key: client.signer.public_key() }
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
        let info = bytes(&info.unwrap());
        assert_eq!(group_info(&info), Err(MlsError::InvalidSignature), "{suite}");
    }
}

#[test]
fn trailing_and_missing_bytes_are_refused() {
    let (alice, group, _) = grown(Suite::X25519Aes128Ed25519);
    let message = alice.group_info(&group, true);
    for form in [&message[..], bare(&message)] {
        let longer = [form, &[0]].concat();
        assert_eq!(group_info(&longer), Err(MlsError::TrailingBytes { count: 1 }));
        for length in 0..form.len() {
            assert!(group_info(&form[..length]).is_err(), "{length}");
        }
    }
}

/// The GroupInfo, bare, with one part of what is signed replaced by another of the same length, and signed anew.
fn signed_anew(client: &Client, message: &[u8], part: &[u8], other: &[u8]) -> Vec<u8> {
    let signature_length = 2 + 64;
    let mut signed = bare(message)[..message.len() - 4 - signature_length].to_vec();
    let at = signed.windows(part.len()).rposition(|window| window == part);
    let at = at.unwrap();
    signed[at..at + part.len()].copy_from_slice(other);
    sign(client, "GroupInfoTBS", signed)
}

#[test]
fn a_tree_that_is_not_committed_to_is_refused() {
    let (alice, group, _) = grown(Suite::X25519Aes128Ed25519);
    let message = alice.group_info(&group, true);
    let read = VerifiableGroupInfo::tls_deserialize_exact_bytes(bare(&message)).unwrap();
    let hash = read.group_context().tree_hash();
    assert!(group_info(&signed_anew(&alice, &message, hash, hash)).is_ok());
    let mut other = hash.to_vec();
    other[0] ^= 1;
    let forged = signed_anew(&alice, &message, hash, &other);
    assert_eq!(group_info(&forged), Err(MlsError::TreeHashMismatch));
}

#[test]
fn a_signer_must_be_in_the_tree() {
    let (alice, group, _) = grown(Suite::X25519Aes128Ed25519);
    let message = alice.group_info(&group, true);
    let tag = bytes(group.confirmation_tag());
    let end_with = |signer: u32| [&tag[..], &signer.to_be_bytes()].concat();
    for absent in [1, 4, u32::MAX] {
        let forged = signed_anew(&alice, &message, &end_with(0), &end_with(absent));
        assert_eq!(group_info(&forged), Err(MlsError::UnknownSigner), "{absent}");
    }
    let forged = signed_anew(&alice, &message, &end_with(0), &end_with(2));
    assert_eq!(group_info(&forged), Err(MlsError::InvalidSignature));
}

#[test]
fn a_tree_is_leaves_and_parents_by_turns_and_ends_in_a_leaf() {
    let leaf = Recipe::new().leaf(&Client::new(Suite::X25519Aes128Ed25519, ALICE));
    let leaf: &[u8] = &[&[1, 1], &leaf[..]].concat();
    let parent: &[u8] = &[1, 2, 0, 0, 0];
    let blank: &[u8] = &[0];
    let read = |nodes: &[&[u8]]| group_info(&with_tree(&nodes.concat()));
    for well_formed in [&[leaf][..], &[leaf, parent, leaf], &[leaf, blank, leaf]] {
        assert_eq!(read(well_formed), Err(MlsError::InvalidSignature));
    }
    let wrong: [&[&[u8]]; 6] =
        [&[leaf, parent], &[leaf, blank], &[leaf, parent, blank], &[leaf, leaf, leaf], &[parent], &[&[2]]];
    for nodes in wrong {
        assert!(matches!(read(nodes), Err(MlsError::Malformed { .. })), "{nodes:?}");
    }
}

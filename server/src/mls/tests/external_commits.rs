//! External commits by openmls clients, and what is left of them after a change.

use openmls::prelude::*;

use super::client::{ALICE, BOB, CAROL, Client, bytes};
use crate::mls::{ExternalCommitRefusal as Refusal, ExternalJoin, Suite, group_info, verify_external_commit};

const POLICY: WireFormatPolicy = PURE_CIPHERTEXT_WIRE_FORMAT_POLICY;

/// The commit by which a client joins the group of a GroupInfo. A leaf with its own key is removed by it.
pub fn external_commit(client: &Client, group_info: &[u8]) -> Vec<u8> {
    let info = MlsMessageIn::tls_deserialize_exact_bytes(group_info).unwrap();
    let MlsMessageBodyIn::GroupInfo(info) = info.extract() else { panic!("a GroupInfo was exported") };
    let (_, bundle) = MlsGroup::external_commit_builder()
        .build_group(&client.provider, info, client.credential())
        .unwrap()
        .leaf_node_parameters(LeafNodeParameters::builder().with_capabilities(client.capabilities().build()).build())
        .load_psks(client.provider.storage())
        .unwrap()
        .build(client.provider.rand(), client.provider.crypto(), &client.signer, |_| true)
        .unwrap()
        .finalize(&client.provider)
        .unwrap();
    bytes(bundle.commit())
}

/// Alice's group with Bob and Carol, from which Bob's leaf was removed.
fn with_a_gap(suite: Suite) -> (Client, MlsGroup, [Client; 2]) {
    let (alice, others) = (Client::new(suite, ALICE), [BOB, CAROL].map(|who| Client::new(suite, who)));
    let mut group = alice.create_group(POLICY);
    alice.add(&mut group, &others.each_ref().map(Client::key_package));
    group.remove_members(&alice.provider, &alice.signer, &[LeafNodeIndex::new(1)]).unwrap();
    group.merge_pending_commit(&alice.provider).unwrap();
    (alice, group, others)
}

#[test]
fn external_commits_are_verified_in_all_suites() {
    for suite in Suite::ALL {
        let (alice, group, [bob, carol]) = with_a_gap(suite);
        let info = alice.group_info(&group, true);
        let members = group_info(&info).unwrap().members;
        // Bob has no leaf and gets the free one; Carol, who is the last, makes room for herself.
        let expected = ExternalJoin { identity: BOB.to_owned(), removed: None, others: members.clone() };
        assert_eq!(verify_external_commit(&external_commit(&bob, &info), &info), Ok(expected), "{suite}");
        let [of_alice, of_carol] = <[_; 2]>::try_from(members).unwrap();
        let expected = ExternalJoin { identity: CAROL.to_owned(), removed: Some(of_carol), others: vec![of_alice] };
        assert_eq!(verify_external_commit(&external_commit(&carol, &info), &info), Ok(expected), "{suite}");
    }
}

#[test]
fn a_group_info_of_another_moment_or_group_verifies_nothing() {
    let (alice, mut group, [bob, _]) = with_a_gap(Suite::X25519Aes128Ed25519);
    let info = alice.group_info(&group, true);
    let commit = external_commit(&bob, &info);
    let without_tree = alice.group_info(&group, false);
    assert_eq!(verify_external_commit(&commit, &without_tree), Err(Refusal::NoRatchetTree));
    alice.update(&mut group);
    let later = alice.group_info(&group, true);
    assert_eq!(verify_external_commit(&commit, &later), Err(Refusal::InvalidSignature));
    let other = alice.group_info(&alice.create_group(POLICY), true);
    assert_eq!(verify_external_commit(&commit, &other), Err(Refusal::InvalidSignature));
    assert!(matches!(verify_external_commit(&commit, &commit), Err(Refusal::UnusableGroupInfo(_))));
}

#[test]
fn after_a_changed_byte_only_the_confirmation_tag_is_left_to_members() {
    let (alice, group, [_, carol]) = with_a_gap(Suite::X25519Aes128Ed25519);
    let info = alice.group_info(&group, true);
    let commit = external_commit(&carol, &info);
    // A vector of 32 bytes.
    let tag = commit.len() - 32;
    for at in 0..tag {
        let mut changed = commit.clone();
        changed[at] ^= 0x20;
        assert!(verify_external_commit(&changed, &info).is_err(), "byte {at}");
    }
    for length in 0..commit.len() {
        assert!(verify_external_commit(&commit[..length], &info).is_err(), "{length} bytes");
    }
    let longer = [&commit[..], &[0]].concat();
    assert!(verify_external_commit(&longer, &info).is_err(), "a membership tag is not for who comes from outside");
}

#[test]
fn commits_of_members_are_no_external_ones() {
    let alice = Client::new(Suite::X25519Aes128Ed25519, ALICE);
    for policy in [PURE_PLAINTEXT_WIRE_FORMAT_POLICY, POLICY] {
        let mut group = alice.create_group(policy);
        let info = alice.group_info(&group, true);
        let commit = alice.update(&mut group);
        assert_eq!(verify_external_commit(&commit, &info), Err(Refusal::NotExternal));
    }
}

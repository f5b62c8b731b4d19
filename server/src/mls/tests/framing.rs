//! Framing of what openmls clients send.

use openmls::prelude::*;

use super::client::{ALICE, BOB, Client, bytes};
use crate::mls::{ContentKind, Framing, MlsError, Suite, Wire, framing, looks_like_mls};

/// Alice's group, with Bob in it.
fn group(suite: Suite, policy: WireFormatPolicy) -> (Client, MlsGroup, Vec<u8>) {
    let (alice, bob) = (Client::new(suite, ALICE), Client::new(suite, BOB));
    let mut group = alice.create_group(policy);
    let (commit, _) = alice.add(&mut group, &[bob.key_package()]);
    (alice, group, commit)
}

fn private(group: &MlsGroup, epoch: i64, content: ContentKind) -> Framing {
    Framing { group_id: group.group_id().as_slice().to_vec(), epoch, content, wire: Wire::Private }
}

#[test]
fn private_messages_show_group_epoch_and_kind_only() {
    for suite in Suite::ALL {
        let (alice, mut group, commit) = group(suite, PURE_CIPHERTEXT_WIRE_FORMAT_POLICY);
        let expected = private(&group, 0, ContentKind::Commit);
        assert_eq!(framing(&commit).unwrap(), expected, "{suite}");

        let update = alice.update(&mut group);
        let expected = private(&group, 1, ContentKind::Commit);
        assert_eq!(framing(&update).unwrap(), expected, "{suite}");

        let message = group.create_message(&alice.provider, &alice.signer, b"hello");
        let expected = private(&group, 2, ContentKind::Application);
        assert_eq!(framing(&bytes(&message.unwrap())).unwrap(), expected, "{suite}");

        let leaf = LeafNodeIndex::new(1);
        let proposal = group.propose_remove_member(&alice.provider, &alice.signer, leaf);
        let expected = private(&group, 2, ContentKind::Proposal);
        assert_eq!(framing(&bytes(&proposal.unwrap().0)).unwrap(), expected, "{suite}");
    }
}

#[test]
fn framing_agrees_with_openmls() {
    for policy in [PURE_CIPHERTEXT_WIRE_FORMAT_POLICY, PURE_PLAINTEXT_WIRE_FORMAT_POLICY] {
        let (alice, mut group, commit) = group(Suite::P256Aes128, policy);
        let application = group.create_message(&alice.provider, &alice.signer, b"hello");
        for message in [commit, alice.update(&mut group), bytes(&application.unwrap())] {
            let ours = framing(&message).unwrap();
            let theirs = MlsMessageIn::tls_deserialize_exact_bytes(&message).unwrap();
            let theirs = theirs.try_into_protocol_message().unwrap();
            assert_eq!(ours.group_id, theirs.group_id().as_slice());
            assert_eq!(ours.epoch, theirs.epoch().as_u64() as i64);
            let kind = match theirs.content_type() {
                ContentType::Application => ContentKind::Application,
                ContentType::Proposal => ContentKind::Proposal,
                ContentType::Commit => ContentKind::Commit,
            };
            assert_eq!(ours.content, kind);
            let private = theirs.wire_format() == WireFormat::PrivateMessage;
            assert_eq!(ours.wire == Wire::Private, private);
        }
    }
}

#[test]
fn trailing_and_missing_bytes_are_refused() {
    for policy in [PURE_CIPHERTEXT_WIRE_FORMAT_POLICY, PURE_PLAINTEXT_WIRE_FORMAT_POLICY] {
        let (_, _, commit) = group(Suite::X25519Aes128Ed25519, policy);
        let longer = [&commit[..], &[0]].concat();
        assert_eq!(framing(&longer), Err(MlsError::TrailingBytes { count: 1 }));
        for length in 0..commit.len() {
            let cut = framing(&commit[..length]);
            assert!(matches!(cut, Err(MlsError::Malformed { .. })), "{length}");
        }
    }
}

#[test]
fn other_versions_and_other_messages_are_refused() {
    let (alice, group, mut commit) = group(Suite::X25519Aes128Ed25519, PURE_CIPHERTEXT_WIRE_FORMAT_POLICY);
    let info = alice.group_info(&group, true);
    assert_eq!(framing(&info), Err(MlsError::UnexpectedWireFormat(4)));
    commit[1] = 2;
    assert_eq!(framing(&commit), Err(MlsError::UnsupportedVersion(2)));
}

/// A PrivateMessage header by hand, with the group id of `length` bytes.
fn by_hand(group_id: &[u8], epoch: u64, kind: u8) -> Vec<u8> {
    let mut message = vec![0, 1, 0, 2, group_id.len() as u8];
    message.extend(group_id);
    message.extend(epoch.to_be_bytes());
    message.extend([kind, 0, 1, 7, 1, 7]);
    message
}

#[test]
fn epochs_end_where_signed_numbers_do() {
    let last = framing(&by_hand(b"g", i64::MAX as u64, 1)).unwrap();
    assert_eq!(last.epoch, i64::MAX);
    for epoch in [i64::MAX as u64 + 1, u64::MAX] {
        assert_eq!(framing(&by_hand(b"g", epoch, 1)), Err(MlsError::EpochOutOfRange));
    }
}

#[test]
fn empty_group_ids_and_unknown_contents_are_refused() {
    assert_eq!(framing(&by_hand(b"", 1, 1)), Err(MlsError::EmptyGroupId));
    for kind in [0, 4, 255] {
        let refused = framing(&by_hand(b"g", 1, kind));
        assert!(matches!(refused, Err(MlsError::Malformed { .. })));
    }
}

#[test]
fn lengths_have_one_encoding() {
    let mut message = by_hand(b"g", 1, 1);
    message.splice(4..5, [0x40, 1]);
    assert!(framing(&message).is_err());
    message.splice(4..6, [0x80, 0, 0, 1]);
    assert!(framing(&message).is_err());
    message.splice(4..8, [0xc0, 0, 0, 0, 0, 0, 0, 1]);
    assert!(framing(&message).is_err());
}

#[test]
fn opaque_bytes_are_not_mls() {
    let random: Vec<u8> = (0..4096_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let text = b"\x00\x01 not quite".to_vec();
    for opaque in [vec![], vec![0; 512], vec![0xff; 512], random, text] {
        assert_eq!(looks_like_mls(&opaque), None);
    }
}

#[test]
fn padding_does_not_hide_a_handshake_message() {
    for policy in [PURE_CIPHERTEXT_WIRE_FORMAT_POLICY, PURE_PLAINTEXT_WIRE_FORMAT_POLICY] {
        let (_, _, mut commit) = group(Suite::X25519Aes128Ed25519, policy);
        let expected = framing(&commit).unwrap();
        assert_eq!(looks_like_mls(&commit), Some(expected.clone()));
        commit.resize(8192, 0);
        assert_eq!(looks_like_mls(&commit), Some(expected));
    }
}

#[test]
fn a_padded_application_message_keeps_its_kind() {
    let (alice, mut group, _) = group(Suite::X25519Aes128Ed25519, PURE_CIPHERTEXT_WIRE_FORMAT_POLICY);
    let message = group.create_message(&alice.provider, &alice.signer, b"hello");
    let mut message = bytes(&message.unwrap());
    message.resize(512, 0);
    let seen = looks_like_mls(&message).unwrap();
    assert_eq!(seen, private(&group, 1, ContentKind::Application));
}

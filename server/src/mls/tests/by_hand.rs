//! PublicMessages that no openmls client would make.

use crate::mls::{ByValue, ContentKind, MlsError, Sender, framing, looks_like_mls};

/// A PublicMessage by hand: its sender, its content type and content, and as many trailing tags as `tags`.
fn by_hand(sender: &[u8], content: &[u8], tags: usize) -> Vec<u8> {
    let mut message = vec![0, 1, 0, 1, 1, b'g', 0, 0, 0, 0, 0, 0, 0, 5];
    message.extend(sender);
    message.push(0);
    message.extend(content);
    message.extend([1, 7].repeat(1 + tags));
    message
}

#[test]
fn application_data_in_the_clear_is_recognised_and_refused() {
    let message = by_hand(&[1, 0, 0, 0, 0], &[1, 2, b'h', b'i'], 1);
    assert_eq!(framing(&message), Err(MlsError::PublicApplicationData));
    let seen = looks_like_mls(&message).unwrap();
    assert_eq!(seen.content, ContentKind::Application);
    assert_eq!(seen.sender(), Some(Sender::Member(0)));
}

#[test]
fn senders_send_only_what_they_may() {
    let empty_commit: &[u8] = &[3, 0, 0];
    let external_init: &[u8] = &[3, 5, 1, 0, 6, 1, 9, 0];
    let remove: &[u8] = &[2, 0, 3, 0, 0, 0, 1];
    let member: &[u8] = &[1, 0, 0, 0, 0];
    let external: &[u8] = &[2, 0, 0, 0, 0];
    assert!(framing(&by_hand(member, empty_commit, 2)).is_ok());
    assert!(framing(&by_hand(external, remove, 0)).is_ok());
    let wrong = [
        (external, empty_commit, 1),
        (&[3], empty_commit, 1),
        (&[3], remove, 0),
        (&[4], empty_commit, 1),
        (&[4], external_init, 1),
        (&[4], remove, 0),
        (member, external_init, 2),
    ];
    for (sender, content, tags) in wrong {
        let message = by_hand(sender, content, tags);
        assert_eq!(framing(&message), Err(MlsError::SenderNotAllowed), "{message:?}");
    }
}

#[test]
fn resumption_psks_reinits_and_custom_proposals_are_read() {
    let psk: &[u8] = &[2, 0, 4, 2, 1, 1, b'g', 0, 0, 0, 0, 0, 0, 0, 1, 1, 9];
    let reinit: &[u8] = &[2, 0, 5, 1, b'h', 0, 1, 0, 1, 0];
    let custom: &[u8] = &[2, 0xf0, 1, 3, 1, 2, 3];
    let nothing = ByValue::default();
    let cases = [
        (psk, ByValue { psks: 1, ..nothing.clone() }),
        (reinit, ByValue { reinit: true, ..nothing.clone() }),
        (custom, ByValue { others: 1, ..nothing }),
    ];
    for (content, expected) in cases {
        let framing = framing(&by_hand(&[1, 0, 0, 0, 0], content, 1)).unwrap();
        assert_eq!(framing.by_value(), Some(&expected));
    }
    let unknown_psk: &[u8] = &[2, 0, 4, 9, 1, 9, 1, 9];
    assert!(framing(&by_hand(&[1, 0, 0, 0, 0], unknown_psk, 1)).is_err());
}

#[test]
fn a_public_commit_that_cannot_be_read_is_still_no_application_message() {
    let unreadable: &[u8] = &[3, 9, 1, 0, 1, 0, 1, 0, 7, 1, 9];
    let message = by_hand(&[1, 0, 0, 0, 0], unreadable, 2);
    assert_eq!(framing(&message), Err(MlsError::UnsupportedSuite(7)));
    let seen = looks_like_mls(&message).unwrap();
    assert_eq!((seen.content, seen.epoch), (ContentKind::Commit, 5));
    let whole = by_hand(&[1, 0, 0, 0, 0], &[3, 0, 0], 2);
    let seen = looks_like_mls(&whole[..whole.len() - 5]).unwrap();
    assert_eq!(seen.content, ContentKind::Commit);
}

//! Nothing here panics or runs away, whatever the bytes are.

use super::now;
use openmls::prelude::*;

use super::client::{ALICE, BOB, Client, bytes};
use crate::mls::{
    Suite, check_key_package, decode_base64, encode_base64url, framing, group_info, identity_belongs_to,
    looks_like_mls,
    reader::{Reader, write_opaque},
    welcome,
};

/// A small generator with a fixed seed (xorshift64*), so that a failure comes back.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    pub fn below(&mut self, limit: usize) -> usize {
        (self.next() >> 32) as usize % limit.max(1)
    }

    fn bytes(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| self.next() as u8).collect()
    }
}

/// One to three changes: bits flipped, bytes replaced by telling ones, cut, doubled, moved, put in or taken out.
pub fn mutate(original: &[u8], random: &mut Random) -> Vec<u8> {
    let mut out = original.to_vec();
    for _ in 0..=random.below(3) {
        let at = random.below(out.len());
        let length = 1 + random.below((out.len() - at).min(40));
        match random.below(7) {
            0 => out[at] ^= 1 << random.below(8),
            1 => out[at] = [0, 1, 2, 3, 0x3f, 0x40, 0x7f, 0x80, 0xbf, 0xc0, 0xff][random.below(11)],
            2 => out.truncate(at.max(1)),
            3 => {
                let part = out[at..at + length].to_vec();
                out.extend(part);
            }
            4 => out[at..at + length].reverse(),
            5 => {
                let extra = random.bytes(length);
                out.splice(at..at, extra);
            }
            _ if length < out.len() => drop(out.drain(at..at + length)),
            _ => {}
        }
    }
    out
}

fn all_readers(input: &[u8]) {
    let framed = framing(input);
    let looks = looks_like_mls(input);
    if let Ok(framed) = framed {
        assert_eq!(looks, Some(framed));
    }
    let _ = check_key_package(input, now());
    let _ = welcome(input);
    let _ = group_info(input);
    let text = String::from_utf8_lossy(input);
    let _ = identity_belongs_to(&text, ALICE);
    let _ = decode_base64(&text);
    assert_eq!(decode_base64(&encode_base64url(input)).as_deref(), Ok(input));
}

/// One of everything that clients send.
fn samples(suite: Suite) -> Vec<Vec<u8>> {
    let (alice, bob) = (Client::new(suite, ALICE), Client::new(suite, BOB));
    let mut samples = vec![bytes(&alice.key_package()), bytes(&MlsMessageOut::from(bob.key_package()))];
    for policy in [PURE_CIPHERTEXT_WIRE_FORMAT_POLICY, PURE_PLAINTEXT_WIRE_FORMAT_POLICY] {
        let mut group = alice.create_group(policy);
        let (commit, welcome) = alice.add(&mut group, &[bob.key_package()]);
        samples.extend([commit, welcome, alice.update(&mut group)]);
        samples.push(alice.group_info(&group, true));
        let message = group.create_message(&alice.provider, &alice.signer, &[7; 300]);
        samples.push(bytes(&message.unwrap()));
        let parameters = LeafNodeParameters::default();
        let update = group.propose_self_update(&alice.provider, &alice.signer, parameters);
        samples.push(bytes(&update.unwrap().0));
    }
    samples
}

#[test]
fn damaged_messages_are_survived() {
    let mut random = Random::new(3);
    for suite in Suite::ALL {
        for sample in samples(suite) {
            all_readers(&sample);
            for _ in 0..200 {
                all_readers(&mutate(&sample, &mut random));
            }
        }
    }
}

#[test]
fn random_bytes_are_survived() {
    let mut random = Random::new(4);
    for round in 0..20_000 {
        let length = random.below(200);
        let mut input = random.bytes(length);
        // Half of them with a header, so that they get past it.
        if round % 2 == 0 {
            let header = [0, 1, 0, 1 + random.below(5) as u8, 0, 1, 0, 1];
            let keep = 4 + random.below(5);
            input.splice(0..0, header[..keep].iter().copied());
        }
        all_readers(&input);
    }
}

/// A GroupInfo by hand around a ratchet tree, unsigned.
pub fn with_tree(tree: &[u8]) -> Vec<u8> {
    let mut extension = Vec::new();
    write_opaque(&mut extension, tree);
    let mut extensions = vec![0, 2];
    write_opaque(&mut extensions, &extension);
    let mut info = vec![0, 1, 0, 1, 1, b'g', 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0];
    write_opaque(&mut info, &extensions);
    info.extend([1, 9, 0, 0, 0, 0, 1, 9]);
    info
}

#[test]
fn huge_blank_trees_are_not_worked_on() {
    use crate::mls::{MAX_LEAVES, MlsError};
    let blank = |nodes: usize| group_info(&with_tree(&vec![0; nodes]));
    assert_eq!(blank(2 * MAX_LEAVES), Err(MlsError::TreeTooLarge));
    assert_eq!(blank(8_000_000), Err(MlsError::TreeTooLarge));
    // The largest tree that is read ends in a blank leaf here, which no tree may.
    assert!(matches!(blank(2 * MAX_LEAVES - 1), Err(MlsError::Malformed { .. })));
    assert!(matches!(blank(0), Err(MlsError::Malformed { .. })));
}

#[test]
fn written_lengths_are_read_back() {
    for length in [0, 1, 63, 64, 65, 16_383, 16_384, 70_000] {
        let value = vec![7; length];
        let mut out = Vec::new();
        write_opaque(&mut out, &value);
        let mut reader = Reader::new(&out);
        assert_eq!(reader.opaque().unwrap(), value);
        reader.finish().unwrap();
    }
}

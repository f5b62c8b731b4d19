//! The fast verifiers against `atrium-crypto`, signature by signature: both must say the same.

use atrium_crypto::Algorithm;
use atrium_crypto::verify::Verifier;
use k256::ecdsa::RecoveryId;

use super::super::verify::{PublicKey, SIGNATURE_BYTES, SigningInput, decode_signature};
use super::support::*;

/// The order of the group.
fn order(curve: Algorithm) -> [u8; 32] {
    let order = match curve {
        Algorithm::Secp256k1 => "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141",
        Algorithm::P256 => "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
    };
    hex::decode(order).unwrap().try_into().unwrap()
}

/// `order / 2 + and`.
fn half_order(curve: Algorithm, and: u8) -> [u8; 32] {
    let order = order(curve);
    let mut half: [u8; 32] = std::array::from_fn(|at| {
        let carried = if at == 0 { 0 } else { order[at - 1] << 7 };
        order[at] >> 1 | carried
    });
    half[31] += and;
    half
}

fn small(number: u8) -> [u8; 32] {
    let mut scalar = [0; 32];
    scalar[31] = number;
    scalar
}

/// A key in the forms of both sides.
struct Both {
    curve: Algorithm,
    point: Vec<u8>,
    key: PublicKey,
}

impl Both {
    fn new(curve: Algorithm, point: Vec<u8>) -> Self {
        let key = PublicKey::new(curve, &point).unwrap();
        Self { curve, point, key }
    }

    fn of(key: &Key) -> Self {
        let (curve, point) = atrium_crypto::did::parse_multikey(&key.multikey()).unwrap();
        Self::new(curve, point)
    }

    /// What both sides say. Signatures pass through the text of a token, as they come.
    fn verdict(&self, message: &str, signature: &[u8]) -> bool {
        let ours = decode_signature(&base64url(signature))
            .is_some_and(|signature| self.key.verifies(&SigningInput::new(message), &signature));
        let theirs = Verifier::default().verify(self.curve, &self.point, message.as_bytes(), signature).is_ok();
        assert_eq!(ours, theirs, "{self:?} {message:?} {}", hex::encode(signature));
        ours
    }

    /// What a verifier says that takes high S as well.
    fn valid_but_for_its_form(&self, message: &str, signature: &[u8]) -> bool {
        Verifier::new(true).verify(self.curve, &self.point, message.as_bytes(), signature).is_ok()
    }
}

impl std::fmt::Debug for Both {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?} {}", self.curve, hex::encode(&self.point))
    }
}

fn signature(r: [u8; 32], s: [u8; 32]) -> [u8; SIGNATURE_BYTES] {
    [r, s].concat().try_into().unwrap()
}

/// A key under which this low signature of this message is valid, whatever the signature: it is
/// worked out backwards. None where `r` is the abscissa of no point.
fn key_that_signed(curve: Algorithm, message: &str, signature: &[u8], is_reduced: bool) -> Option<Both> {
    let id = RecoveryId::new(false, is_reduced);
    let message = message.as_bytes();
    let point = match curve {
        Algorithm::Secp256k1 => {
            let signature = k256::ecdsa::Signature::from_slice(signature).unwrap();
            let key = k256::ecdsa::VerifyingKey::recover_from_msg(message, &signature, id).ok()?;
            key.to_encoded_point(false).as_bytes().to_vec()
        }
        Algorithm::P256 => {
            let signature = p256::ecdsa::Signature::from_slice(signature).unwrap();
            let key = p256::ecdsa::VerifyingKey::recover_from_msg(message, &signature, id).ok()?;
            key.to_encoded_point(false).as_bytes().to_vec()
        }
    };
    Some(Both::new(curve, point))
}

const CURVES: [Algorithm; 2] = [Algorithm::Secp256k1, Algorithm::P256];

#[test]
fn low_s_ends_at_half_the_order_on_both_curves() {
    for curve in CURVES {
        let mut tried = 0;
        for r in 1..40 {
            let low = signature(small(r), half_order(curve, 0));
            let Some(key) = key_that_signed(curve, "message", &low, false) else {
                continue;
            };
            assert!(key.verdict("message", &low), "{key:?}: half the order is low");
            let high = signature(small(r), half_order(curve, 1));
            assert!(key.valid_but_for_its_form("message", &high), "{key:?}: the two add up to the order");
            assert!(!key.verdict("message", &high), "{key:?}: one more is high");
            tried += 1;
        }
        assert!(tried >= 5, "{curve:?}: {tried}");
    }
}

#[test]
fn the_smallest_and_largest_s_are_told_apart_from_zero_and_the_order() {
    for curve in CURVES {
        let r = (1..40).find_map(|r| {
            let one = signature(small(r), small(1));
            key_that_signed(curve, "message", &one, false).map(|key| (small(r), key))
        });
        let (r, key) = r.unwrap();
        let mut largest = order(curve);
        largest[31] -= 1;
        assert!(key.verdict("message", &signature(r, small(1))));
        assert!(key.valid_but_for_its_form("message", &signature(r, largest)));
        assert!(!key.verdict("message", &signature(r, largest)));
        assert!(!key.verdict("message", &signature(r, small(0))));
        assert!(!key.verdict("message", &signature(r, order(curve))));
    }
}

/// The abscissa may be larger than the order, and `r` is what is left of it then.
#[test]
fn an_r_that_was_reduced_is_accepted() {
    for curve in CURVES {
        let mut tried = 0;
        for r in 1..40 {
            let reduced = signature(small(r), small(7));
            let Some(key) = key_that_signed(curve, "message", &reduced, true) else {
                continue;
            };
            assert!(key.verdict("message", &reduced), "{key:?}");
            tried += 1;
        }
        assert!(tried >= 5, "{curve:?}: {tried}");
    }
}

/// Each special value in place of `r`, of `s`, and of both.
#[test]
fn boundary_scalars_get_the_same_answer() {
    for key in [Key::k256(1), Key::p256(1), Key::k256(2), Key::p256(2)] {
        let both = Both::of(&key);
        let good: [u8; 64] = key.sign("message").try_into().unwrap();
        let (r, s) = (good[..32].try_into().unwrap(), good[32..].try_into().unwrap());
        let (mut below, mut above) = (order(both.curve), order(both.curve));
        below[31] -= 1;
        above[31] += 1;
        let mut scalars = vec![r, s, [0xff; 32], below, order(both.curve), above];
        scalars.extend((0..4).map(small));
        scalars.extend([0, 1, 2].map(|and| half_order(both.curve, and)));
        for r in &scalars {
            for s in &scalars {
                both.verdict("message", &signature(*r, *s));
            }
        }
        assert!(both.verdict("message", &good));
    }
}

#[test]
fn nothing_but_64_bytes_is_a_signature() {
    for key in [Key::k256(1), Key::p256(1)] {
        let both = Both::of(&key);
        let good = key.sign("message");
        for length in 0..64 {
            assert!(!both.verdict("message", &good[..length]), "{length}");
        }
        for more in [&[0][..], &[0; 2], &good] {
            assert!(!both.verdict("message", &[&good, more].concat()));
            assert!(!both.verdict("message", &[more, &good].concat()));
        }
        let der = to_der(&good);
        assert!(both.valid_but_for_its_form("message", &der), "the test's own DER is wrong");
        assert!(!both.verdict("message", &der));
    }
}

#[test]
fn text_that_is_not_base64url_is_no_signature() {
    let good = base64url([7; 64]);
    assert_eq!(decode_signature(&good), Some([7; 64]));
    let last_bits = format!("{}x", &good[..85]);
    for changed in
        [&format!("{good}="), &format!("{good}=="), &good.replace('B', "+"), &good.replace('B', " "), &last_bits]
    {
        assert_eq!(decode_signature(changed), None, "{changed}");
    }
    assert_eq!(decode_signature(&"\u{1F431}".repeat(22)[..84]), None);
    assert_eq!(decode_signature(&format!("{}aa", "\u{1F431}".repeat(21))), None);
}

#[test]
fn random_and_changed_signatures_get_the_same_answer() {
    let mut random = Random(0x2545_F491_4F6C_DD1D);
    let mut accepted = 0;
    for round in 0..600 {
        let seed = 1 + random.below(200) as u8;
        for key in [Key::k256(seed), Key::p256(seed)] {
            let both = Both::of(&key);
            let message = format!("message {round}");
            let good = key.sign(&message);
            accepted += usize::from(both.verdict(&message, &good));
            assert!(!both.verdict("another message", &good));
            for _ in 0..2 {
                let mut changed = good.clone();
                changed[random.below(64)] ^= 1 << random.below(8);
                assert!(!both.verdict(&message, &changed));
            }
            let noise: Vec<u8> = (0..64).map(|_| random.below(256) as u8).collect();
            assert!(!both.verdict(&message, &noise));
            let other = Both::of(&if random.below(2) == 0 { Key::k256(seed + 1) } else { Key::p256(seed + 1) });
            assert!(!other.verdict(&message, &good));
        }
    }
    assert_eq!(accepted, 1_200);
}

#[test]
fn what_is_no_point_is_no_key() {
    for curve in CURVES {
        for point in [&[][..], &[4; 64], &[0; 1]] {
            assert!(PublicKey::new(curve, point).is_none(), "{curve:?} {point:?}");
        }
    }
    // On P-256, `ring` looks whether the point lies on the curve each time.
    let astray = [&[4][..], &[1; 64]].concat();
    assert!(PublicKey::new(Algorithm::Secp256k1, &astray).is_none());
    let key = PublicKey::new(Algorithm::P256, &astray).unwrap();
    assert!(!key.verifies(&SigningInput::new("message"), &signature(small(1), small(1))));
}

//! Cursors: places in the stream as clients hold them.
//!
//! A cursor is 128 bits: the era (8), txid and id of a place (48 each) and a tag (24). They are written as 26 characters of
//! Crockford's base 32, the alphabet of ULIDs, so that cursors sort as their places do. The tag begins a keyed hash over
//! the rest. It is no secret and grants nothing: it tells our cursors from those of others and from mistakes, which would
//! else be taken for some place in the stream.

use crate::{keyed_hash::HashKey, store::places::Place};

/// Crockford's base 32.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// 130 bits, of which the first two are 0.
const LENGTH: usize = 26;
const TXID_BITS: u32 = 48;
const ID_BITS: u32 = 48;
const TAG_BITS: u32 = 24;

/// Writes and reads the cursors of one deployment in one era.
#[derive(Clone, Debug)]
pub struct Cursors {
    key: HashKey,
    era: u8,
}

/// The text is not a cursor of this deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a cursor of this deployment")]
pub struct NotACursor;

impl Cursors {
    /// The cursors of an era.
    pub fn new(key: HashKey, era: u8) -> Self {
        Self { key, era }
    }

    /// The cursor of a place that was read.
    pub fn write(&self, place: Place) -> String {
        let rest = (u128::from(self.era) << TXID_BITS | low(place.txid as u128, TXID_BITS)) << ID_BITS
            | low(place.id as u128, ID_BITS);
        let value = rest << TAG_BITS | self.tag(rest);
        let digit = |index: usize| ALPHABET[(value >> (5 * index) & 0x1f) as usize];
        (0..LENGTH).rev().map(|index| char::from(digit(index))).collect()
    }

    /// The place that a client came back with; nothing when it is of another era. Places of different eras can't be
    /// compared.
    pub fn read(&self, text: &str) -> Result<Option<Place>, NotACursor> {
        // A higher first digit would not fit.
        if text.len() != LENGTH || text.as_bytes()[0] > b'7' {
            return Err(NotACursor);
        }
        let digit = |byte| ALPHABET.iter().position(|digit| *digit == byte).ok_or(NotACursor);
        let value = text.bytes().try_fold(0, |value: u128, byte| Ok(value << 5 | digit(byte)? as u128))?;
        let rest = value >> TAG_BITS;
        if self.tag(rest) != low(value, TAG_BITS) {
            return Err(NotACursor);
        }
        let place = Place { txid: low(rest >> ID_BITS, TXID_BITS) as i64, id: low(rest, ID_BITS) as i64 };
        Ok((rest >> (TXID_BITS + ID_BITS) == self.era.into()).then_some(place))
    }

    fn tag(&self, rest: u128) -> u128 {
        let [first, second, third, ..] = self.key.tag("cursor", &[&rest.to_be_bytes()[3..]]);
        u32::from_be_bytes([0, first, second, third]).into()
    }
}

/// The lowest bits of a number. No database gets to a transaction or an event whose number has more than 48.
fn low(value: u128, bits: u32) -> u128 {
    value & ((1 << bits) - 1)
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng, rngs::StdRng};

    use super::{ALPHABET, Cursors, NotACursor};
    use crate::{keyed_hash::HashKey, store::places::Place};

    const MOST: i64 = (1 << 48) - 1;

    fn of_era(era: u8) -> Cursors {
        Cursors::new(HashKey::new(b"one"), era)
    }

    fn cursor(era: u8, txid: i64, id: i64) -> String {
        of_era(era).write(Place { txid, id })
    }

    /// In order.
    fn places() -> Vec<Place> {
        let mut random = StdRng::seed_from_u64(7);
        let mut numbers = vec![0, 1, 2, 31, 32, 1 << 24, 1 << 40, MOST - 1, MOST];
        numbers.extend((0..8).map(|_| random.random_range(0..=MOST)));
        numbers.sort_unstable();
        numbers.iter().flat_map(|txid| numbers.iter().map(|id| Place { txid: *txid, id: *id })).collect()
    }

    #[test]
    fn come_back_as_they_were() {
        for (era, place) in
            [0, 1, 7, 255].into_iter().flat_map(|era| places().into_iter().map(move |place| (era, place)))
        {
            let text = of_era(era).write(place);
            assert_eq!(text.len(), 26);
            assert_eq!(of_era(era).read(&text), Ok(Some(place)), "{text}");
            assert_eq!(of_era(era ^ 1).read(&text), Ok(None), "{text}");
        }
    }

    #[test]
    fn sort_as_their_places_do() {
        let texts = |era| places().into_iter().map(move |place| of_era(era).write(place));
        assert!([0, 1, 7, 255].into_iter().flat_map(texts).is_sorted());
    }

    #[test]
    fn what_is_changed_in_one_place_is_none() {
        let others: Vec<char> = (0..=127).map(char::from).chain(['é', '０', '\u{130}']).collect();
        let is_none = |text: &str| (0..=255).all(|era| of_era(era).read(text) == Err(NotACursor));
        for text in [cursor(0, 0, 0), cursor(0, 123_456, 789), cursor(255, MOST, MOST)] {
            for (at, was) in text.char_indices() {
                for other in others.iter().filter(|other| **other != was) {
                    let changed = format!("{}{other}{}", &text[..at], &text[at + 1..]);
                    assert!(is_none(&changed), "{changed}");
                }
                let (shorter, longer) = (text[..at].to_owned(), format!("{}0{}", &text[..at], &text[at..]));
                for changed in [shorter, longer, text.to_lowercase(), format!(" {text}"), format!("{text}\n")] {
                    assert!(changed == text || is_none(&changed), "{changed}");
                }
            }
        }
    }

    #[test]
    fn those_of_another_key_are_none() {
        let text = cursor(0, 123_456, 789);
        assert_eq!(Cursors::new(HashKey::new(b"two"), 0).read(&text), Err(NotACursor));
    }

    #[test]
    fn what_somebody_made_up_is_none() {
        let mut random = StdRng::seed_from_u64(11);
        for _ in 0..20_000 {
            let digits: String = (0..26).map(|_| char::from(ALPHABET[random.random_range(0..32)])).collect();
            assert_eq!(of_era(0).read(&digits), Err(NotACursor), "{digits}");
            let length = random.random_range(0..40);
            let text: String = (0..length).map(|_| random.random::<char>()).collect();
            assert_eq!(of_era(0).read(&text), Err(NotACursor), "{text:?}");
        }
    }
}

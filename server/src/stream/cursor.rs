//! Cursors: places in the stream as clients hold them.
//!
//! A cursor is 128 bits: the era (8), txid and id of a place (48 each) and a tag (24). They are written as 26 characters of
//! Crockford's base 32, the alphabet of ULIDs, so that cursors sort as their places do. The tag begins a keyed hash over
//! the rest. It is no secret and grants nothing: it tells our cursors from those of others and from mistakes, which would
//! else be taken for some place in the stream.

use crate::{
    keyed_hash::HashKey,
    store::{StoreError, places::Place},
};

/// Crockford's base 32.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// 130 bits, of which the first two are 0.
const LENGTH: usize = 26;
const TXID_BITS: u32 = 48;
const ID_BITS: u32 = 48;
const TAG_BITS: u32 = 24;

/// A place that can be told to clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cursor {
    era: u8,
    place: Place,
}

/// Writes and reads the cursors of one deployment in one era.
#[derive(Clone, Debug)]
pub struct Cursors {
    key: HashKey,
    era: u8,
}

impl Cursors {
    /// The cursors of an era.
    pub fn new(key: HashKey, era: u8) -> Self {
        Self { key, era }
    }

    /// The cursor of a place that was read.
    pub fn write(&self, place: Place) -> String {
        Cursor { era: self.era, place }.encode(&self.key)
    }

    /// The place that a client came back with; nothing when it is of another era.
    pub fn read(&self, text: &str) -> Result<Option<Place>, NotACursor> {
        let cursor = Cursor::decode(text, &self.key)?;
        Ok((cursor.era == self.era).then_some(cursor.place))
    }
}

/// The text is not a cursor of this deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a cursor of this deployment")]
pub struct NotACursor;

impl Cursor {
    /// A place of an era (`stream.era`).
    ///
    /// # Errors
    /// When the numbers are too high for a cursor, which no database gets to.
    pub fn new(era: i64, place: Place) -> Result<Self, StoreError> {
        let fits = |number: i64, bits: u32| (0..1 << bits).contains(&number);
        match u8::try_from(era) {
            Ok(era) if fits(place.txid, TXID_BITS) && fits(place.id, ID_BITS) => Ok(Self { era, place }),
            _ => Err(StoreError::Impossible(format!("{place:?} of era {era}"))),
        }
    }

    /// The era. Places of different eras can't be compared.
    pub fn era(&self) -> i64 {
        self.era.into()
    }

    /// The place.
    pub fn place(&self) -> Place {
        self.place
    }

    /// The text that clients get.
    pub fn encode(&self, key: &HashKey) -> String {
        let rest = self.without_tag();
        let value = rest << TAG_BITS | u128::from(tag(key, rest));
        let digit = |index: usize| ALPHABET[(value >> (5 * index) & 0x1f) as usize];
        (0..LENGTH).rev().map(|index| char::from(digit(index))).collect()
    }

    /// The cursor that a text is.
    pub fn decode(text: &str, key: &HashKey) -> Result<Self, NotACursor> {
        // A higher first digit would not fit.
        if text.len() != LENGTH || text.as_bytes()[0] > b'7' {
            return Err(NotACursor);
        }
        let digit = |byte| ALPHABET.iter().position(|digit| *digit == byte).ok_or(NotACursor);
        let value = text.bytes().try_fold(0, |value: u128, byte| Ok(value << 5 | digit(byte)? as u128))?;
        let rest = value >> TAG_BITS;
        if u128::from(tag(key, rest)) != value & ((1 << TAG_BITS) - 1) {
            return Err(NotACursor);
        }
        let low = |value: u128, bits: u32| (value & ((1 << bits) - 1)) as i64;
        let place = Place { txid: low(rest >> ID_BITS, TXID_BITS), id: low(rest, ID_BITS) };
        Ok(Self { era: (rest >> (TXID_BITS + ID_BITS)) as u8, place })
    }

    fn without_tag(&self) -> u128 {
        // None is negative: see `new`.
        let Place { txid, id } = self.place;
        (u128::from(self.era) << TXID_BITS | txid as u128) << ID_BITS | id as u128
    }
}

fn tag(key: &HashKey, rest: u128) -> u32 {
    let [first, second, third, ..] = key.tag("cursor", &[&rest.to_be_bytes()[3..]]);
    u32::from_be_bytes([0, first, second, third])
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng, rngs::StdRng};

    use super::{ALPHABET, Cursor, NotACursor};
    use crate::{keyed_hash::HashKey, store::places::Place};

    const MOST: i64 = (1 << 48) - 1;

    fn key() -> HashKey {
        HashKey::new(b"one")
    }

    fn cursor(era: i64, txid: i64, id: i64) -> Cursor {
        Cursor::new(era, Place { txid, id }).unwrap()
    }

    /// In order.
    fn cursors() -> Vec<Cursor> {
        let mut random = StdRng::seed_from_u64(7);
        let mut numbers = vec![0, 1, 2, 31, 32, 1 << 24, 1 << 40, MOST - 1, MOST];
        numbers.extend((0..8).map(|_| random.random_range(0..=MOST)));
        let eras = [0, 1, 7, 255];
        let mut all: Vec<_> = eras
            .iter()
            .flat_map(|era| numbers.iter().map(move |txid| (era, txid)))
            .flat_map(|(era, txid)| numbers.iter().map(move |id| cursor(*era, *txid, *id)))
            .collect();
        all.sort();
        all
    }

    #[test]
    fn come_back_as_they_were() {
        for cursor in cursors() {
            let text = cursor.encode(&key());
            assert_eq!(text.len(), 26);
            assert_eq!(Cursor::decode(&text, &key()), Ok(cursor), "{text}");
        }
        assert_eq!((cursor(3, 5, 6).era(), cursor(3, 5, 6).place()), (3, Place { txid: 5, id: 6 }));
    }

    #[test]
    fn sort_as_their_places_do() {
        let texts: Vec<_> = cursors().iter().map(|cursor| cursor.encode(&key())).collect();
        assert!(texts.is_sorted());
    }

    #[test]
    fn what_is_changed_in_one_place_is_none() {
        let others: Vec<char> = (0..=127).map(char::from).chain(['é', '０', '\u{130}']).collect();
        for cursor in [cursor(0, 0, 0), cursor(0, 123_456, 789), cursor(255, MOST, MOST)] {
            let text = cursor.encode(&key());
            for (at, was) in text.char_indices() {
                for other in others.iter().filter(|other| **other != was) {
                    let changed = format!("{}{other}{}", &text[..at], &text[at + 1..]);
                    assert_eq!(Cursor::decode(&changed, &key()), Err(NotACursor), "{changed}");
                }
                let (shorter, longer) = (text[..at].to_owned(), format!("{}0{}", &text[..at], &text[at..]));
                for changed in [shorter, longer, text.to_lowercase(), format!(" {text}"), format!("{text}\n")] {
                    let is_same = changed == text;
                    assert!(is_same || Cursor::decode(&changed, &key()).is_err(), "{changed}");
                }
            }
        }
    }

    #[test]
    fn those_of_another_key_are_none() {
        let text = cursor(0, 123_456, 789).encode(&HashKey::new(b"two"));
        assert_eq!(Cursor::decode(&text, &key()), Err(NotACursor));
    }

    #[test]
    fn what_somebody_made_up_is_none() {
        let mut random = StdRng::seed_from_u64(11);
        for _ in 0..20_000 {
            let digits: String = (0..26).map(|_| char::from(ALPHABET[random.random_range(0..32)])).collect();
            assert_eq!(Cursor::decode(&digits, &key()), Err(NotACursor), "{digits}");
            let length = random.random_range(0..40);
            let text: String = (0..length).map(|_| random.random::<char>()).collect();
            assert_eq!(Cursor::decode(&text, &key()), Err(NotACursor), "{text:?}");
        }
    }

    #[test]
    fn places_beyond_what_fits_are_an_error() {
        for (era, txid, id) in [(256, 0, 0), (-1, 0, 0), (0, MOST + 1, 0), (0, -1, 0), (0, 0, MOST + 1), (0, 0, -1)] {
            assert!(Cursor::new(era, Place { txid, id }).is_err(), "{era} {txid} {id}");
        }
    }
}

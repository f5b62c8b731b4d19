//! Tells tokens that come again from those that come once.
//!
//! Nearly all tokens are made for one request. Remembering each would cost more memory than anything
//! else here, for nothing; so a token is worth remembering from its second use on. What was used
//! before is known only roughly, in little space: a newer token may push an older one out.

use std::sync::atomic::{AtomicU64, Ordering};

/// 256 KiB: the last tokens of half a minute, at a thousand new ones a second.
const SLOTS: usize = 1 << 15;

/// The marks of recent tokens.
pub(super) struct Sightings(Box<[AtomicU64]>);

impl Sightings {
    pub fn new() -> Self {
        Self((0..SLOTS).map(|_| AtomicU64::new(0)).collect())
    }

    /// Notes a token, by its SHA-256, and says whether it was among those noted lately.
    pub fn note(&self, digest: &[u8; 32]) -> bool {
        let [place, mark] = words(digest);
        self.0[place as usize % SLOTS].swap(mark, Ordering::Relaxed) == mark
    }
}

/// Two numbers that have nothing to do with each other.
fn words(digest: &[u8; 32]) -> [u64; 2] {
    let (words, _) = digest.as_chunks();
    [u64::from_le_bytes(words[0]), u64::from_le_bytes(words[1])]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(place: u64, mark: u64) -> [u8; 32] {
        let mut digest = [0; 32];
        digest[..8].copy_from_slice(&place.to_le_bytes());
        digest[8..16].copy_from_slice(&mark.to_le_bytes());
        digest
    }

    #[test]
    fn a_token_is_known_from_the_second_time_on() {
        let sightings = Sightings::new();
        assert!(!sightings.note(&digest(1, 1)));
        assert!(sightings.note(&digest(1, 1)));
        assert!(sightings.note(&digest(1, 1)));
    }

    #[test]
    fn different_tokens_are_told_apart_in_the_same_place_and_elsewhere() {
        let sightings = Sightings::new();
        for (place, mark) in [(1, 1), (2, 1), (1, 2), (1 + SLOTS as u64, 3), (u64::MAX, 4)] {
            assert!(!sightings.note(&digest(place, mark)), "{place} {mark}");
        }
    }

    #[test]
    fn a_newer_token_pushes_an_older_one_out_of_its_place_only() {
        let sightings = Sightings::new();
        sightings.note(&digest(1, 1));
        sightings.note(&digest(2, 2));
        sightings.note(&digest(1 + SLOTS as u64, 3));
        assert!(!sightings.note(&digest(1, 1)));
        assert!(sightings.note(&digest(2, 2)));
    }
}

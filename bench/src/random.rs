//! Cheap random numbers for choosing what to do next, the same in each run.

/// A splitmix64 generator.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// Each seed gives another sequence.
    pub fn new(seed: u64) -> Self {
        // Unmixed, neighbouring seeds would give the same sequence, one step apart.
        Self(mixed(seed ^ 0x6a09_e667_f3bc_c908))
    }

    /// Any number.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mixed(self.0)
    }

    /// A number below `bound`.
    pub fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.next()) * bound as u128) >> 64) as usize
    }
}

fn mixed(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::Random;

    #[test]
    fn sequences_of_neighbouring_seeds_share_nothing() {
        let draw = |seed| {
            std::iter::repeat_with({
                let mut random = Random::new(seed);
                move || random.next()
            })
            .take(1000)
        };
        let all: HashSet<_> = (0..100).flat_map(draw).collect();
        assert_eq!(all.len(), 100_000);
    }
}

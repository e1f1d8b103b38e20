/// A small deterministic generator (SplitMix64): good enough to spread peers, not for secrets.
#[derive(Debug, Clone)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `bound`, which must not be 0. The bias is below `bound / 2^32`.
    pub(crate) fn below(&mut self, bound: u32) -> u32 {
        ((u64::from(self.next() as u32) * u64::from(bound)) >> 32) as u32
    }
}

/// Memory for [`visit`], kept between calls so that choosing allocates nothing.
pub(crate) type Scratch = Vec<u32>;

/// Offers the numbers below `len` in uniformly random order, each at most once, to `take`, until `want`
/// were taken or enough was offered that looking further would cost too much. `take` is told how many
/// are wanted still and a random number for its own use, and says how many it took. The work depends on
/// `want`, not on `len`.
pub(crate) fn visit(
    len: u32,
    want: usize,
    random: &mut Random,
    scratch: &mut Scratch,
    mut take: impl FnMut(u32, usize, usize) -> usize,
) -> usize {
    let offers = want.saturating_mul(OFFERS_PER_WANTED) + OFFERS_AT_LEAST;
    let mut taken = 0;
    scratch.clear();
    if len as usize <= offers {
        // A shuffle of all, as far as needed.
        scratch.extend(0..len);
        for at in 0..len {
            if taken >= want {
                break;
            }
            let other = at + random.below(len - at);
            scratch.swap(at as usize, other as usize);
            taken += take(scratch[at as usize], want - taken, random.next() as usize);
        }
        return taken;
    }
    // More numbers than offers: draw, and draw again when one comes twice.
    while taken < want && scratch.len() < offers {
        let number = random.below(len);
        if !scratch.contains(&number) {
            scratch.push(number);
            taken += take(number, want - taken, random.next() as usize);
        }
    }
    taken
}

/// Peers of the wrong address family are offered in vain; this bounds how long that goes on.
const OFFERS_PER_WANTED: usize = 4;
const OFFERS_AT_LEAST: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn each_number_is_offered_at_most_once(
            len in 0u32..20_000, want in 0usize..300, seed in any::<u64>()
        ) {
            let mut scratch = Scratch::default();
            let mut offered = Vec::new();
            let taken = visit(len, want, &mut Random::new(seed), &mut scratch, |n, _, _| {
                offered.push(n);
                1
            });
            prop_assert_eq!(taken, want.min(len as usize));
            prop_assert_eq!(offered.len(), taken);
            prop_assert!(offered.iter().all(|n| *n < len));
            offered.sort_unstable();
            offered.dedup();
            prop_assert_eq!(offered.len(), taken);
        }
    }

    #[test]
    fn every_number_is_as_likely_as_any_other() {
        for len in [100, 5_000] {
            let mut counts = vec![0u32; len as usize];
            let (mut random, mut scratch) = (Random::new(1), Scratch::default());
            let rounds = 100 * len / 50;
            for _ in 0..rounds {
                visit(len, 50, &mut random, &mut scratch, |n, _, _| {
                    counts[n as usize] += 1;
                    1
                });
            }
            // Each is expected 100 times, with a standard deviation of at most 10.
            assert!(counts.iter().all(|n| (50..150).contains(n)), "{len}");
        }
    }

    #[test]
    fn looking_in_vain_ends() {
        let (mut random, mut scratch) = (Random::new(1), Scratch::default());
        let mut offers = 0;
        visit(1_000_000, 50, &mut random, &mut scratch, |_, _, _| {
            offers += 1;
            0
        });
        assert_eq!(offers, 50 * OFFERS_PER_WANTED + OFFERS_AT_LEAST);
    }
}

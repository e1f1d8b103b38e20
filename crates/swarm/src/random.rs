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
/// are wanted still and a random number for its own use, and says how many it took. `expect` is told a
/// few numbers ahead what will be offered. The work depends on `want`, not on `len`.
pub(crate) fn visit(
    len: u32,
    want: usize,
    random: &mut Random,
    scratch: &mut Scratch,
    expect: impl Fn(u32),
    mut take: impl FnMut(u32, usize, usize) -> usize,
) -> usize {
    let offers = want.saturating_mul(OFFERS_PER_WANTED) + OFFERS_AT_LEAST;
    scratch.clear();
    let shuffled = len as usize <= offers;
    if shuffled {
        scratch.extend(0..len);
    }
    let (mut drawn, mut offered, mut taken) = (0, 0, 0);
    let most = offers.min(len as usize);
    while taken < want {
        let ahead = (want - taken).min(AHEAD);
        while drawn < most && drawn < offered + ahead {
            if shuffled {
                // A shuffle of all, as far as needed.
                let other = drawn + random.below(len - drawn as u32) as usize;
                scratch.swap(drawn, other);
            } else {
                // More numbers than offers: draw, and draw again when one comes twice.
                let number = random.below(len);
                if scratch.contains(&number) {
                    continue;
                }
                scratch.push(number);
            }
            expect(scratch[drawn]);
            drawn += 1;
        }
        if offered == drawn {
            break;
        }
        let turn = random.next() as usize;
        taken += take(scratch[offered], want - taken, turn);
        offered += 1;
    }
    taken
}

/// How many numbers ahead are told: as long as memory takes to come.
const AHEAD: usize = 8;
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
            let expected = std::cell::RefCell::new(Vec::new());
            let expect = |n| expected.borrow_mut().push(n);
            let taken = visit(len, want, &mut Random::new(seed), &mut scratch, expect, |n, _, _| {
                offered.push(n);
                1
            });
            prop_assert!(expected.borrow().starts_with(&offered));
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
                visit(
                    len,
                    50,
                    &mut random,
                    &mut scratch,
                    |_| {},
                    |n, _, _| {
                        counts[n as usize] += 1;
                        1
                    },
                );
            }
            // Each is expected 100 times, with a standard deviation of at most 10.
            assert!(counts.iter().all(|n| (50..150).contains(n)), "{len}");
        }
    }

    #[test]
    fn looking_in_vain_ends() {
        let (mut random, mut scratch) = (Random::new(1), Scratch::default());
        let mut offers = 0;
        visit(
            1_000_000,
            50,
            &mut random,
            &mut scratch,
            |_| {},
            |_, _, _| {
                offers += 1;
                0
            },
        );
        assert_eq!(offers, 50 * OFFERS_PER_WANTED + OFFERS_AT_LEAST);
    }
}

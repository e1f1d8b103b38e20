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
#[derive(Debug, Clone, Default)]
pub(crate) struct Scratch {
    order: Vec<u32>,
    /// Which numbers came up, as a hash table of `number + 1`.
    seen: Vec<u32>,
}

/// Offers what `load` finds under the numbers below `len`, in uniformly random order and each at most
/// once, to `take`, until it has taken `want` or enough were offered that looking further would cost
/// too much. Returns how many were taken. The work depends on `want`, not on `len`.
pub(crate) fn visit<T: Copy>(
    len: u32,
    want: usize,
    random: &mut Random,
    scratch: &mut Scratch,
    load: impl Fn(u32) -> T,
    mut take: impl FnMut(T) -> bool,
) -> usize {
    let offers = want.saturating_mul(OFFERS_PER_WANTED) + OFFERS_AT_LEAST;
    let mut taken = 0;
    scratch.order.clear();
    if len as usize <= offers * 2 {
        // A shuffle of all, as far as needed.
        scratch.order.extend(0..len);
        for at in 0..len {
            if taken == want {
                break;
            }
            let other = at + random.below(len - at);
            scratch.order.swap(at as usize, other as usize);
            taken += usize::from(take(load(scratch.order[at as usize])));
        }
        return taken;
    }
    // Far more numbers than offers: draw, and draw again when one comes twice.
    let room = (offers * 2).next_power_of_two();
    scratch.seen.clear();
    scratch.seen.resize(room, 0);
    let mut offered = 0;
    while taken < want && offered < offers {
        // A row at a time, so that the memory of all of them is fetched at once.
        let row = (want - taken).min(offers - offered).min(ROW);
        while scratch.order.len() < offered + row {
            let number = random.below(len);
            if first_time(&mut scratch.seen, number) {
                scratch.order.push(number);
            }
        }
        let drawn = &scratch.order[offered..];
        let loaded: [Option<T>; ROW] = std::array::from_fn(|at| drawn.get(at).map(|n| load(*n)));
        for found in loaded.into_iter().flatten() {
            taken += usize::from(take(found));
        }
        offered += row;
    }
    taken
}

fn first_time(seen: &mut [u32], number: u32) -> bool {
    let mask = seen.len() - 1;
    let mut at = (number.wrapping_mul(0x9e37_79b9) >> 7) as usize & mask;
    while seen[at] != 0 {
        if seen[at] == number + 1 {
            return false;
        }
        at = (at + 1) & mask;
    }
    seen[at] = number + 1;
    true
}

const ROW: usize = 32;
/// Peers of the wrong address family are offered in vain; this bounds how long that goes on.
const OFFERS_PER_WANTED: usize = 8;
const OFFERS_AT_LEAST: usize = 64;

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
            let taken = visit(len, want, &mut Random::new(seed), &mut scratch, |n| n, |n| {
                offered.push(n);
                true
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
                visit(
                    len,
                    50,
                    &mut random,
                    &mut scratch,
                    |n| n,
                    |n| {
                        counts[n as usize] += 1;
                        true
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
            |n| n,
            |_| {
                offers += 1;
                false
            },
        );
        assert_eq!(offers, 50 * OFFERS_PER_WANTED + OFFERS_AT_LEAST);
    }
}

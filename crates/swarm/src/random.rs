use std::ops::Range;

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
    seen: Vec<u64>,
}

/// Offers the numbers of `range` to `take` in uniformly random order, each at most once, until it
/// has taken `want` of them or enough were offered that looking further would cost too much.
/// Returns how many were taken. The work depends on `want`, not on the length of the range.
pub(crate) fn visit(
    range: Range<u32>,
    want: usize,
    random: &mut Random,
    scratch: &mut Scratch,
    mut take: impl FnMut(u32) -> bool,
) -> usize {
    let len = range.end.saturating_sub(range.start);
    let offers = (want * OFFERS_PER_WANTED + OFFERS_AT_LEAST) as u32;
    let mut taken = 0;
    scratch.order.clear();
    if len <= offers * 2 {
        // A shuffle of the whole range, as far as needed.
        scratch.order.extend(range);
        for at in 0..len {
            if taken == want {
                break;
            }
            let other = at + random.below(len - at);
            scratch.order.swap(at as usize, other as usize);
            taken += usize::from(take(scratch.order[at as usize]));
        }
        return taken;
    }
    // Far more numbers than offers: draw, and draw again when one comes twice.
    scratch
        .seen
        .resize(scratch.seen.len().max(len as usize / 64 + 1), 0);
    while taken < want && scratch.order.len() < offers as usize {
        let offset = random.below(len);
        let (word, bit) = (offset as usize / 64, 1 << (offset % 64));
        if scratch.seen[word] & bit == 0 {
            scratch.seen[word] |= bit;
            scratch.order.push(offset);
            taken += usize::from(take(range.start + offset));
        }
    }
    for offset in &scratch.order {
        scratch.seen[*offset as usize / 64] = 0;
    }
    taken
}

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
            start in 0u32..100, len in 0u32..20_000, want in 0usize..300, seed in any::<u64>()
        ) {
            let mut scratch = Scratch::default();
            let mut offered = Vec::new();
            let taken = visit(start..start + len, want, &mut Random::new(seed), &mut scratch, |n| {
                offered.push(n);
                true
            });
            prop_assert_eq!(taken, want.min(len as usize));
            prop_assert_eq!(offered.len(), taken);
            prop_assert!(offered.iter().all(|n| (start..start + len).contains(n)));
            offered.sort_unstable();
            offered.dedup();
            prop_assert_eq!(offered.len(), taken);
            prop_assert!(scratch.seen.iter().all(|word| *word == 0));
        }
    }

    #[test]
    fn every_number_is_as_likely_as_any_other() {
        for len in [100, 5_000] {
            let mut counts = vec![0u32; len as usize];
            let (mut random, mut scratch) = (Random::new(1), Scratch::default());
            let rounds = 100 * len / 50;
            for _ in 0..rounds {
                visit(0..len, 50, &mut random, &mut scratch, |n| {
                    counts[n as usize] += 1;
                    true
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
        visit(0..1_000_000, 50, &mut random, &mut scratch, |_| {
            offers += 1;
            false
        });
        assert_eq!(offers, 50 * OFFERS_PER_WANTED + OFFERS_AT_LEAST);
    }
}

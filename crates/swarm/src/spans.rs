/// Stretches of time that have been counted: sorted, apart from each other, in seconds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Spans(Vec<(u32, u32)>);

impl Spans {
    /// Counts the time from `from` to `to`. Returns how many seconds of it were not counted before.
    pub(crate) fn cover(&mut self, from: u32, to: u32) -> u32 {
        if from >= to {
            return 0;
        }
        // Those that overlap it or touch it become one with it.
        let first = self.0.partition_point(|&(_, end)| end < from);
        let after = self.0.partition_point(|&(begin, _)| begin <= to);
        let mut new = to - from;
        let mut merged = (from, to);
        for &(begin, end) in &self.0[first..after] {
            new -= end.min(to).saturating_sub(begin.max(from));
            merged = (merged.0.min(begin), merged.1.max(end));
        }
        self.0.splice(first..after, [merged]);
        if self.0.len() > MOST {
            // The oldest gap is given up: what falls into it is not counted any more.
            self.0[1].0 = self.0[0].0;
            self.0.remove(0);
        }
        new
    }

    /// Drops what ended by `floor`: nothing that begins earlier will be asked for.
    pub(crate) fn forget_until(&mut self, floor: u32) {
        self.0.retain(|&(_, end)| end > floor);
    }

    pub(crate) fn as_slice(&self) -> &[(u32, u32)] {
        &self.0
    }

    /// Spans as [`as_slice`](Self::as_slice) gave them, or nearly: whatever they are, they are put in
    /// order.
    pub(crate) fn from_pairs(pairs: impl Iterator<Item = (u32, u32)>) -> Self {
        let mut spans = Self::default();
        for (from, to) in pairs {
            spans.cover(from, to);
        }
        spans
    }
}

/// More stretches than this are not told apart.
const MOST: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn every_second_is_counted_once(
            spans in prop::collection::vec((0u32..200, 0u32..40), 0..30),
        ) {
            let mut counted = Spans::default();
            let mut seconds = BTreeSet::new();
            for (from, len) in spans {
                let before = seconds.len();
                seconds.extend(from..from + len);
                prop_assert_eq!(counted.cover(from, from + len) as usize, seconds.len() - before);
                prop_assert!(counted.0.windows(2).all(|two| two[0].1 < two[1].0));
                prop_assert!(counted.0.iter().all(|(from, to)| from < to));
            }
        }

        #[test]
        fn any_number_of_stretches_counts_nothing_twice(
            spans in prop::collection::vec((0u32..4000, 0u32..9), 0..400),
        ) {
            let mut counted = Spans::default();
            let (mut seconds, mut sum) = (BTreeSet::new(), 0);
            for (from, len) in spans {
                seconds.extend(from..from + len);
                sum += counted.cover(from, from + len) as usize;
                prop_assert!(sum <= seconds.len() && counted.0.len() <= MOST);
            }
        }
    }
}

use crate::prefetch::prefetch;
use crate::random::Random;

/// A table of values in leaves: each a small array, in no order, of the values whose keys lie in one
/// range. The ranges stand in order, so a search reads one leaf, values with neighbouring keys are
/// neighbours, and going through all of them can stop and go on while values come and go.
///
/// Keys are computed from the values by the function each call is given, always the same one. They
/// have to be hard to guess where the values come from strangers.
#[derive(Debug)]
pub(crate) struct Leaves<T> {
    /// The least key of each leaf; 0 for the first.
    from: Vec<u32>,
    leaves: Vec<Vec<T>>,
    len: u32,
    /// Every leaf has at most two to this many values.
    width: u32,
}

/// Where a value stands, until the next change: its leaf and its place in there.
pub(crate) type Place = (usize, usize);

impl<T> Default for Leaves<T> {
    fn default() -> Self {
        Self {
            from: Vec::new(),
            leaves: Vec::new(),
            len: 0,
            width: WIDTH,
        }
    }
}

impl<T: Copy> Leaves<T> {
    pub(crate) fn len(&self) -> u32 {
        self.len
    }

    #[inline]
    pub(crate) fn get(&self, (leaf, place): Place) -> &T {
        &self.leaves[leaf][place]
    }

    /// For changes that leave the key as it is.
    pub(crate) fn get_mut(&mut self, (leaf, place): Place) -> &mut T {
        &mut self.leaves[leaf][place]
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.leaves.iter().flatten()
    }

    /// The place of the value that `is` the one sought, which has this key.
    #[inline]
    pub(crate) fn find(&self, sought: u32, is: impl Fn(&T) -> bool) -> Option<Place> {
        let leaf = self.leaf_of(sought)?;
        let values = &self.leaves[leaf];
        // Of a whole leaf at a time, and several compared at a time: nothing hangs on the one before.
        prefetch(values);
        let few = values.chunks(LOOK).position(|few| {
            let any = |any, value| any | is(value);
            few.iter().fold(false, any)
        })?;
        let among = values[few * LOOK..].iter().position(is)?;
        Some((leaf, few * LOOK + among))
    }

    /// Shows all values whose keys are in `from..=to`, and perhaps others.
    pub(crate) fn around(&self, from: u32, to: u32, mut see: impl FnMut(Place, &T)) {
        let (Some(first), Some(last)) = (self.leaf_of(from), self.leaf_of(to)) else {
            return;
        };
        for (leaf, values) in self.leaves.iter().enumerate().take(last + 1).skip(first) {
            for (place, value) in values.iter().enumerate() {
                see((leaf, place), value);
            }
        }
    }

    /// A random place that is taken; `None` in an empty table.
    pub(crate) fn pick(&self, random: &mut Random) -> Option<Place> {
        let places = (self.leaves.len() as u32).max(1) << self.width;
        // Half of the leaves are more than a fifth full: this many misses happen to nobody.
        (0..256)
            .map(|_| self.slot(random.below(places) as usize))
            .find(|(leaf, place)| {
                let values = self.leaves.get(*leaf);
                values.is_some_and(|values| *place < values.len())
            })
    }

    /// How many [`run`](Self::run)s there are.
    pub(crate) fn runs(&self, singly: bool) -> usize {
        let places = self.leaves.len() << self.width;
        if singly { places } else { places / RUN }
    }

    /// A few values that stand side by side, or just one; perhaps none. Every value is in exactly one
    /// run.
    #[inline]
    pub(crate) fn run(&self, number: usize, singly: bool) -> &[T] {
        let length = if singly { 1 } else { RUN };
        let (leaf, place) = self.slot(number * length);
        let rest = self.leaves[leaf].get(place..).unwrap_or_default();
        &rest[..rest.len().min(length)]
    }

    /// Brings a [`run`](Self::run) near.
    #[inline]
    pub(crate) fn prefetch_run(&self, number: usize, singly: bool) {
        prefetch(self.run(number, singly));
    }

    /// Adds a value.
    pub(crate) fn insert(&mut self, value: T, key: impl Fn(&T) -> u32) {
        if self.leaves.is_empty() {
            self.from = vec![0];
            self.leaves.push(Vec::new());
        }
        let sought = key(&value);
        let mut leaf = self.leaf_of(sought).unwrap_or_default();
        if self.leaves[leaf].len() >= MOST && self.split(leaf, &key) {
            leaf += usize::from(self.from[leaf + 1] <= sought);
        }
        let values = &mut self.leaves[leaf];
        if values.len() == values.capacity() {
            values.reserve_exact(room(values.len()) - values.len());
        }
        values.push(value);
        self.width = self.width.max(values.len().next_power_of_two().ilog2());
        self.len += 1;
    }

    /// Takes out the value at a place.
    pub(crate) fn remove(&mut self, (leaf, place): Place) -> T {
        let value = self.leaves[leaf].swap_remove(place);
        self.len -= 1;
        self.tidy(leaf);
        value
    }

    /// Shows about `budget` values, in order of leaf and beginning with the leaf of the key `from`, to
    /// `keep`, and takes out those it refuses. Returns how many were shown, how many taken out, and the
    /// key to go on from, which is `None` at the end.
    pub(crate) fn sweep(
        &mut self,
        from: u32,
        budget: usize,
        mut keep: impl FnMut(&T) -> bool,
    ) -> (usize, usize, Option<u32>) {
        let Some(first) = self.leaf_of(from) else {
            return (0, 0, None);
        };
        let (mut shown, mut removed, mut end) = (0, 0, first);
        while end < self.leaves.len() && (shown < budget || end == first) {
            let values = &mut self.leaves[end];
            let before = values.len();
            values.retain(&mut keep);
            (shown, removed) = (shown + before, removed + before - values.len());
            end += 1;
        }
        let next = self.from.get(end).copied();
        if removed > 0 {
            self.len -= removed as u32;
            (first..end).rev().for_each(|leaf| self.tidy(leaf));
        }
        (shown, removed, next)
    }

    /// Shows about `budget` values, as [`sweep`](Self::sweep) does.
    pub(crate) fn read(&self, from: u32, budget: usize, mut see: impl FnMut(&T)) -> Option<u32> {
        let (first, mut shown) = (self.leaf_of(from)?, 0);
        for leaf in first..self.leaves.len() {
            if shown >= budget && leaf > first {
                return Some(self.from[leaf]);
            }
            self.leaves[leaf].iter().for_each(&mut see);
            shown += self.leaves[leaf].len();
        }
        None
    }

    /// The leaf that values with this key are in; `None` without any.
    #[inline]
    fn leaf_of(&self, key: u32) -> Option<usize> {
        self.from
            .partition_point(|from| *from <= key)
            .checked_sub(1)
    }

    fn slot(&self, number: usize) -> Place {
        (number >> self.width, number & ((1 << self.width) - 1))
    }

    /// Cuts a leaf in two. Returns whether it could be: values with the same key stay together.
    fn split(&mut self, leaf: usize, key: &impl Fn(&T) -> u32) -> bool {
        let values = &self.leaves[leaf];
        let mut keys: Vec<u32> = values.iter().map(key).collect();
        keys.sort_unstable();
        let (least, middle) = (keys[0], keys.len() / 2);
        let after = keys[middle..].iter().find(|key| **key > least);
        let Some(middle) = after.copied() else {
            return false;
        };
        let part = |upper: bool| {
            let in_part = |value: &&T| (key(value) >= middle) == upper;
            let count = values.iter().filter(in_part).count();
            let mut part = Vec::with_capacity(room(count));
            part.extend(values.iter().filter(in_part).copied());
            part
        };
        let (lower, upper) = (part(false), part(true));
        self.leaves[leaf] = lower;
        if self.leaves.len() == self.leaves.capacity() {
            let more = self.leaves.len() / 8 + 1;
            self.leaves.reserve_exact(more);
            self.from.reserve_exact(more);
        }
        self.leaves.insert(leaf + 1, upper);
        self.from.insert(leaf + 1, middle);
        true
    }

    /// Joins a leaf that has become small with one beside it, if both are one good leaf together; gives
    /// back memory.
    fn tidy(&mut self, leaf: usize) {
        if self.len == 0 {
            *self = Self::default();
            return;
        }
        let Some(values) = self.leaves.get_mut(leaf) else {
            return;
        };
        if values.capacity() > values.len() + 4 * STEP {
            values.shrink_to(room(values.len()));
        }
        if values.len() >= LEAST {
            return;
        }
        let together = |lower: &usize| {
            let both = self.leaves.get(*lower..*lower + 2);
            both.is_some_and(|both| both[0].len() + both[1].len() <= MOST / 2)
        };
        let lower = [leaf.saturating_sub(1), leaf].into_iter().find(together);
        if let Some(lower) = lower {
            let upper = self.leaves.remove(lower + 1);
            self.from.remove(lower + 1);
            self.leaves[lower].reserve_exact(upper.len());
            self.leaves[lower].extend(upper);
        }
    }
}

/// How much memory to take for more than `len` values: allocators deal in steps of two records of eight
/// bytes, and keep one for themselves.
fn room(len: usize) -> usize {
    len / STEP * STEP + 2 * STEP - 1
}

/// Values in a leaf, unless they cannot be told apart by their keys: with those of 8 bytes and the
/// allocator's word it makes 1024 bytes.
const MOST: usize = 127;
const WIDTH: u32 = MOST.next_power_of_two().ilog2();
/// Smaller leaves look for company.
const LEAST: usize = MOST / 5;
const STEP: usize = 4;
/// Values that are compared together.
const LOOK: usize = 8;
/// Values in a run: with those of 8 bytes half a line of the processor's cache.
pub(crate) const RUN: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    type Value = (u32, u16);

    fn key(value: &Value) -> u32 {
        value.0
    }

    impl Leaves<Value> {
        fn check(&self) {
            assert_eq!(self.from.len(), self.leaves.len());
            assert!(self.from.is_sorted() && self.from.first().is_none_or(|from| *from == 0));
            for (at, values) in self.leaves.iter().enumerate() {
                let until = self.from.get(at + 1).copied().map_or(1 << 32, u64::from);
                for value in values {
                    assert!((u64::from(self.from[at])..until).contains(&value.0.into()));
                }
                let same = values.iter().all(|value| value.0 == values[0].0);
                assert!(values.len() <= MOST || same);
                assert!(values.len() <= 1 << self.width);
                assert!(values.capacity() <= values.len().max(MOST / 2) + 4 * STEP);
            }
            let count: usize = self.leaves.iter().map(Vec::len).sum();
            assert_eq!(count, self.len as usize);
            for singly in [true, false] {
                let runs = (0..self.runs(singly)).flat_map(|run| self.run(run, singly));
                assert!(runs.eq(self.iter()));
            }
        }

        fn sorted(&self) -> Vec<Value> {
            let mut all: Vec<_> = self.iter().copied().collect();
            all.sort_unstable();
            all
        }
    }

    /// Keys that collide, crowd one end, or are spread.
    fn keys() -> impl Strategy<Value = u32> {
        prop_oneof![
            (0u32..4).prop_map(|n| n << 30),
            (0u32..200).prop_map(|n| u32::MAX - n % 7 * 1000),
            any::<u32>(),
        ]
    }

    #[derive(Debug, Clone)]
    enum Step {
        Insert(u32),
        Remove(prop::sample::Index),
        Sweep(u32, usize, u16),
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            30 => keys().prop_map(Step::Insert),
            8 => any::<prop::sample::Index>().prop_map(Step::Remove),
            1 => (keys(), 0usize..400, 1u16..5).prop_map(|(from, budget, n)| Step::Sweep(from, budget, n)),
        ];
        prop::collection::vec(step, 0..1500)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn it_does_what_a_tree_does(steps in steps()) {
            let mut table = Leaves::default();
            let mut model = BTreeMap::new();
            for (name, step) in steps.into_iter().enumerate() {
                let name = name as u16;
                match step {
                    Step::Insert(key_) => {
                        table.insert((key_, name), key);
                        model.insert((key_, name), ());
                    }
                    Step::Remove(which) if !model.is_empty() => {
                        let value = *model.keys().nth(which.index(model.len())).unwrap();
                        let at = table.find(value.0, |v| *v == value).unwrap();
                        prop_assert_eq!(*table.get(at), value);
                        prop_assert_eq!(table.remove(at), value);
                        model.remove(&value);
                        prop_assert_eq!(table.find(value.0, |v| *v == value), None);
                    }
                    Step::Remove(_) => {}
                    Step::Sweep(from, budget, n) => {
                        let mut read = Vec::new();
                        let mut shown = Vec::new();
                        let to_read = table.read(from, budget, |value| read.push(*value));
                        let (count, removed, next) = table.sweep(from, budget, |value| {
                            shown.push(*value);
                            !value.1.is_multiple_of(n)
                        });
                        prop_assert_eq!((&read, to_read), (&shown, next));
                        prop_assert_eq!(count, shown.len());
                        prop_assert!(next.is_none() || count >= budget);
                        // All from the key on, and none beyond where it is to go on.
                        let until = next.map_or(u64::MAX, u64::from);
                        shown.sort_unstable();
                        for value in model.keys().filter(|value| value.0 >= from && u64::from(value.0) < until) {
                            prop_assert!(shown.binary_search(value).is_ok());
                        }
                        prop_assert!(shown.iter().all(|value| u64::from(value.0) < until));
                        let before = model.len();
                        model.retain(|v, ()| !(shown.binary_search(v).is_ok() && v.1.is_multiple_of(n)));
                        prop_assert_eq!(removed, before - model.len());
                    }
                }
                table.check();
                prop_assert!(table.sorted().iter().eq(model.keys()));
            }
            let some = |value: &Value| value.0 >= 1 << 30 && value.0 <= 3 << 30;
            let mut around = Vec::new();
            table.around(1 << 30, 3 << 30, |_, value| around.push(*value));
            around.sort_unstable();
            prop_assert!(around.iter().filter(|v| some(v)).eq(model.keys().filter(|v| some(v))));
        }
    }

    #[test]
    fn it_gives_memory_back() {
        let mut random = Random::new(1);
        let mut table = Leaves::default();
        for name in 0..20_000u32 {
            table.insert((random.next() as u32, name as u16), key);
        }
        let room = |table: &Leaves<Value>| table.leaves.iter().map(Vec::capacity).sum::<usize>();
        assert!(room(&table) < 20_000 * 106 / 100, "{}", room(&table));
        while table.len() > 10 {
            let at = table.pick(&mut random).unwrap();
            table.remove(at);
        }
        assert!(room(&table) <= 64);
        table.check();
    }

    #[test]
    fn every_value_is_as_likely_as_any_other() {
        let mut random = Random::new(1);
        let mut table = Leaves::default();
        assert_eq!(table.pick(&mut random), None);
        for name in 0..400 {
            // Half of them at one place, the others spread.
            let key_ = if name % 2 == 0 {
                7
            } else {
                random.next() as u32
            };
            table.insert((key_, name), key);
        }
        let mut counts = [0u32; 400];
        for _ in 0..40_000 {
            let at = table.pick(&mut random).unwrap();
            counts[usize::from(table.get(at).1)] += 1;
        }
        // Each is expected 100 times, with a standard deviation of 10.
        assert!(counts.iter().all(|n| (50..155).contains(n)));
    }
}

use crate::pages::Pages;
use crate::prefetch::prefetch;
use crate::random::Random;

/// What an [`Ordered`] table is made of: a value, or the mark that none is there.
pub(crate) trait Slot {
    /// A table that has just grown has one vacant slot for this many values.
    const PER_GAP: u32;

    /// The mark.
    fn vacant() -> Self;

    fn is_vacant(&self) -> bool;
}

/// A hash table that is one array, almost full, and ordered by key.
///
/// Each value stands at its home, a place proportional to its key, or as close behind as those with
/// smaller keys leave room. So a table of a given size has exactly one layout, a search ends at the
/// first greater key, values with neighbouring keys are neighbours, and a random slot that is taken
/// is a uniformly random value.
///
/// Keys are computed from the values by the function each call is given, always the same one. They
/// have to be hard to guess where the values come from strangers.
#[derive(Debug)]
pub(crate) struct Ordered<T> {
    /// As many homes, and a few slots more for those the last ones push over the edge.
    slots: Pages<T>,
    homes: u32,
    len: u32,
}

impl<T> Default for Ordered<T> {
    fn default() -> Self {
        Self {
            slots: Pages::default(),
            homes: 0,
            len: 0,
        }
    }
}

impl<T: Slot> Ordered<T> {
    /// What is in a slot.
    #[inline]
    pub(crate) fn get(&self, at: usize) -> &T {
        self.slots.get(at).expect("a place is within the table")
    }

    /// For changes that leave the key as it is.
    pub(crate) fn get_mut(&mut self, at: usize) -> &mut T {
        self.slots.get_mut(at).expect("a place is within the table")
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        let slots = self.slots.slices(0).flatten();
        slots.filter(|slot| !slot.is_vacant())
    }

    /// The first place from `at` on that is taken.
    pub(crate) fn next_from(&self, at: usize) -> Option<usize> {
        let mut rest = self.slots.slices(at).flatten();
        Some(at + rest.position(|slot| !slot.is_vacant())?)
    }

    /// Shows about `budget` values, in order of key and beginning with the key `from`. Returns the key
    /// to go on from, which is `None` at the end.
    pub(crate) fn read(
        &self,
        from: u32,
        budget: usize,
        key: impl Fn(&T) -> u32,
        mut see: impl FnMut(&T),
    ) -> Option<u32> {
        let (mut shown, mut previous) = (0, 0);
        for at in self.range(from, u32::MAX, &key) {
            let here = key(self.get(at));
            // Values with the same key are never parted, so that none is left out.
            if shown >= budget && here != previous {
                return Some(here);
            }
            (shown, previous) = (shown + 1, here);
            see(self.get(at));
        }
        None
    }

    /// The places of the values whose keys are in `from..=to`, in order of key.
    pub(crate) fn range(
        &self,
        from: u32,
        to: u32,
        key: impl Fn(&T) -> u32,
    ) -> impl Iterator<Item = usize> {
        let start = self.home(from);
        self.slots
            .slices(start)
            .flatten()
            .enumerate()
            .filter(|(_, value)| !value.is_vacant())
            .map(move |(at, value)| (start + at, key(value)))
            .skip_while(move |(_, key)| *key < from)
            .take_while(move |(_, key)| *key <= to)
            .map(|(at, _)| at)
    }

    /// Brings near where a search for this key will look.
    pub(crate) fn prefetch(&self, sought: u32) {
        let near = self.slots.slices(self.home(sought)).next();
        let near = near.unwrap_or_default();
        prefetch(&near[..near.len().min(NEAR)]);
    }

    /// The place of the value with this key that `is` the one sought.
    pub(crate) fn find(
        &self,
        sought: u32,
        key: impl Fn(&T) -> u32,
        is: impl Fn(&T) -> bool,
    ) -> Option<usize> {
        let mut start = self.home(sought);
        for slice in self.slots.slices(start) {
            // A key takes longer than a look: one in a few says whether to go on.
            for few in slice.chunks(LOOK) {
                for (at, value) in few.iter().enumerate() {
                    if value.is_vacant() {
                        return None;
                    }
                    if is(value) {
                        return Some(start + at);
                    }
                }
                if few.last().is_some_and(|last| key(last) > sought) {
                    return None;
                }
                start += few.len();
            }
        }
        None
    }

    /// A random place that is taken; `None` in an empty table.
    pub(crate) fn pick(&self, random: &mut Random) -> Option<usize> {
        // Half of the slots are taken at least: this many misses happen to nobody.
        (0..128)
            .map(|_| random.below(self.slots.len().max(1) as u32) as usize)
            .find(|at| self.slots.get(*at).is_some_and(|slot| !slot.is_vacant()))
    }

    /// Adds a value, after those with the same key.
    pub(crate) fn insert(&mut self, value: T, key: impl Fn(&T) -> u32) -> usize {
        let vacant = self.homes.saturating_sub(self.len);
        if vacant * per_gap::<T>(self.len) * GROWS_AT <= self.len {
            self.resize(self.len + 1, &key);
        }
        let new = key(&value);
        let home = self.home(new);
        let at = self.place_behind(home, new, &key);
        let gap = self.slots.slices(at).flatten().position(Slot::is_vacant);
        let gap = gap.map_or(self.slots.len(), |offset| at + offset);
        if gap == self.slots.len() {
            self.slots.resize(Pages::<T>::roomy(gap + 1), T::vacant);
        }
        self.slots.shift_in(value, at, gap);
        self.len += 1;
        at
    }

    /// The first place from `home` on that is vacant or has a greater key.
    fn place_behind(&self, home: usize, new: u32, key: &impl Fn(&T) -> u32) -> usize {
        let behind = |slot: &T| slot.is_vacant() || key(slot) > new;
        let mut at = home;
        for slice in self.slots.slices(home) {
            for few in slice.chunks(LOOK) {
                let all = few.last().is_some_and(|last| !behind(last));
                if !(all && few.iter().all(|slot| !slot.is_vacant()))
                    && let Some(found) = few.iter().position(behind)
                {
                    return at + found;
                }
                at += few.len();
            }
        }
        at
    }

    /// Takes out the value at a place. Those behind it move up.
    pub(crate) fn remove(&mut self, at: usize, key: impl Fn(&T) -> u32) -> T {
        let value = std::mem::replace(self.get_mut(at), T::vacant());
        self.len -= 1;
        self.close(at, at + 1, &key);
        self.shrink(&key);
        value
    }

    fn home(&self, key: u32) -> usize {
        ((u64::from(key) * u64::from(self.homes)) >> 32) as usize
    }

    /// Moves up whatever stands behind its home, after values were taken out of `from..until`.
    fn close(&mut self, from: usize, until: usize, key: &impl Fn(&T) -> u32) {
        let mut next = from;
        for at in from..self.slots.len() {
            if self.get(at).is_vacant() {
                if at >= until {
                    break;
                }
                continue;
            }
            let to = self.home(key(self.get(at))).max(next);
            if to == at && at >= until {
                break;
            }
            self.relocate(at, to);
            next = to + 1;
        }
    }

    fn shrink(&mut self, key: &impl Fn(&T) -> u32) {
        if self.slots.len() > 2 * self.len as usize + 8 {
            self.resize(self.len, key);
        }
    }

    /// Lays the table out anew, in the memory it has as far as possible, with room for `len` values.
    fn resize(&mut self, len: u32, key: &impl Fn(&T) -> u32) {
        if len == 0 {
            *self = Self::default();
            return;
        }
        let per_gap = per_gap::<T>(len);
        let room = Pages::<T>::roomy((len + (len / per_gap).max(1)) as usize);
        // A few slots are left for those that the last homes have no room for.
        self.homes = (room as u32).saturating_sub(AT_THE_END).max(len);
        let (before, values) = (self.slots.len(), self.len as usize);
        let end = self
            .iter()
            .fold(0, |next, value| self.home(key(value)).max(next) + 1);
        let slots = Pages::<T>::roomy(end.max(self.homes as usize));
        if slots < before {
            let mut packed = 0;
            for at in 0..before {
                if !self.get(at).is_vacant() {
                    self.relocate(at, packed);
                    packed += 1;
                }
            }
        }
        self.slots.resize(slots, T::vacant);
        // To the far end and back to the places: no value can get in the way of one before it.
        let mut to = slots;
        for at in (0..before.min(slots)).rev() {
            if !self.get(at).is_vacant() {
                to -= 1;
                self.relocate(at, to);
            }
        }
        let mut next = 0;
        for at in slots - values..slots {
            let to = self.home(key(self.get(at))).max(next);
            self.relocate(at, to);
            next = to + 1;
        }
    }

    /// Moves a value to a place that is vacant, or the one it has.
    fn relocate(&mut self, from: usize, to: usize) {
        if from != to {
            let value = std::mem::replace(self.get_mut(from), T::vacant());
            *self.get_mut(to) = value;
        }
    }
}

/// A table grows when no more than one in so many of the gaps it was made with is left.
const GROWS_AT: u32 = 3;
const AT_THE_END: u32 = 2;
/// Values that are looked at together.
const LOOK: usize = 4;
/// How many are brought near: most searches end before.
const NEAR: usize = 6;

/// In a table of thousands, making room in the right place costs more the fewer gaps there are.
fn per_gap<T: Slot>(len: u32) -> u32 {
    if len > 4096 {
        T::PER_GAP.min(12)
    } else {
        T::PER_GAP
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
    struct Value {
        key: u32,
        name: u16,
    }

    impl Slot for Value {
        const PER_GAP: u32 = 8;

        fn vacant() -> Self {
            Self {
                key: u32::MAX,
                name: u16::MAX,
            }
        }

        fn is_vacant(&self) -> bool {
            self.name == u16::MAX
        }
    }

    fn key(value: &Value) -> u32 {
        value.key
    }

    impl Ordered<Value> {
        /// That the layout is the one and only.
        fn check(&self) {
            let mut next = 0;
            let mut count = 0;
            let mut previous = 0;
            for (at, value) in self.slots.slices(0).flatten().enumerate() {
                if value.is_vacant() {
                    continue;
                }
                assert!(value.key >= previous);
                assert_eq!(at, self.home(value.key).max(next));
                (next, previous, count) = (at + 1, value.key, count + 1);
            }
            assert_eq!(count, self.len);
            assert!(self.slots.len() <= 2 * count as usize + 8);
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
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            12 => keys().prop_map(Step::Insert),
            4 => any::<prop::sample::Index>().prop_map(Step::Remove),
        ];
        prop::collection::vec(step, 0..400)
    }

    proptest! {
        #[test]
        fn it_does_what_a_tree_does(steps in steps()) {
            let mut table = Ordered::default();
            let mut model = BTreeMap::new();
            for (name, step) in steps.into_iter().enumerate() {
                let name = name as u16;
                match step {
                    Step::Insert(key_) => {
                        let value = Value { key: key_, name };
                        let at = table.insert(value, key);
                        prop_assert_eq!(*table.get(at), value);
                        model.insert((key_, name), value);
                    }
                    Step::Remove(which) if !model.is_empty() => {
                        let value = *model.values().nth(which.index(model.len())).unwrap();
                        let at = table.find(value.key, key, |v| *v == value).unwrap();
                        prop_assert_eq!(table.remove(at, key), value);
                        model.remove(&(value.key, value.name));
                        prop_assert_eq!(table.find(value.key, key, |v| *v == value), None);
                    }
                    Step::Remove(_) => {}
                }
                table.check();
                prop_assert!(table.iter().eq(model.values()));
            }
            let mut read = Vec::new();
            let mut from = Some(0);
            while let Some(key_) = from {
                from = table.read(key_, 7, key, |value| read.push(*value));
            }
            prop_assert!(read.iter().eq(model.values()));
            let some = |value: &Value| value.key >= 1 << 30 && value.key <= 3 << 30;
            let range: Vec<_> = table.range(1 << 30, 3 << 30, key).map(|at| *table.get(at)).collect();
            prop_assert!(range.iter().eq(model.values().filter(|value| some(value))));
        }
    }

    #[test]
    fn it_stays_nearly_full_and_gives_memory_back() {
        let mut random = Random::new(1);
        let mut table = Ordered::default();
        for name in 0..20_000u32 {
            let value = Value {
                key: random.next() as u32,
                name: (name % 60_000) as u16,
            };
            table.insert(value, key);
            if name >= 1000 {
                let load = table.len as f64 / table.slots.len() as f64;
                assert!((0.86..0.97).contains(&load), "{load} at {name}");
            }
        }
        while table.len > 10 {
            let at = table.pick(&mut random).unwrap();
            table.remove(at, key);
        }
        assert!(table.slots.len() <= 28);
        table.check();
    }

    #[test]
    fn every_value_is_as_likely_as_any_other() {
        let mut random = Random::new(1);
        let mut table = Ordered::default();
        assert_eq!(table.pick(&mut random), None);
        for name in 0..100 {
            // Half of them at one place, the others spread.
            let key_ = if name % 2 == 0 {
                7
            } else {
                random.next() as u32
            };
            table.insert(Value { key: key_, name }, key);
        }
        let mut counts = [0u32; 100];
        for _ in 0..10_000 {
            let at = table.pick(&mut random).unwrap();
            counts[usize::from(table.get(at).name)] += 1;
        }
        // Each is expected 100 times, with a standard deviation of 10.
        assert!(counts.iter().all(|n| (50..150).contains(n)));
    }
}

use crate::peer::Role;
use crate::record::{Mark, Record, V4};

/// The records of a small swarm, in no order: two beside the info-hash, or one small array.
#[derive(Debug)]
pub(crate) enum Few {
    Pair {
        peers: [V4; 2],
        /// The mark of whoever left last.
        left: Mark,
    },
    Row(Box<[V4]>),
}

impl Few {
    /// How many there can be.
    pub(crate) const MOST: usize = 33;

    /// None yet.
    pub(crate) fn new(now: u32) -> Self {
        Self::Pair {
            peers: [V4::vacant(); 2],
            left: Mark::new(Role::Leecher, false, now),
        }
    }

    pub(crate) fn slots(&self) -> &[V4] {
        match self {
            Self::Pair { peers, .. } => peers,
            Self::Row(peers) => peers,
        }
    }

    pub(crate) fn slots_mut(&mut self) -> &mut [V4] {
        match self {
            Self::Pair { peers, .. } => peers,
            Self::Row(peers) => peers,
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &V4> {
        self.slots().iter().filter(|slot| !slot.is_vacant())
    }

    pub(crate) fn len(&self) -> usize {
        self.iter().count()
    }

    /// The places that are taken.
    pub(crate) fn places(&self) -> impl Iterator<Item = usize> {
        let slots = self.slots().iter().enumerate();
        slots
            .filter(|(_, slot)| !slot.is_vacant())
            .map(|(at, _)| at)
    }

    pub(crate) fn position(&self, is: impl Fn(&V4) -> bool) -> Option<usize> {
        self.places().find(|at| is(&self.slots()[*at]))
    }

    pub(crate) fn push(&mut self, record: V4) {
        if let Some(slot) = self.slots_mut().iter_mut().find(|slot| slot.is_vacant()) {
            *slot = record;
            return;
        }
        self.lay_out(self.slots().len() + 1);
        self.push(record);
    }

    pub(crate) fn take(&mut self, at: usize) -> V4 {
        let record = std::mem::replace(&mut self.slots_mut()[at], V4::vacant());
        self.tidy();
        if let Self::Pair { left, .. } = self {
            *left = record.mark();
        }
        record
    }

    /// Removes whom `keep` refuses. Returns how many.
    pub(crate) fn retain(&mut self, keep: impl Fn(Mark) -> bool) -> usize {
        let mut removed = 0;
        let mut last = None;
        for slot in self.slots_mut().iter_mut().filter(|slot| !slot.is_vacant()) {
            if !keep(slot.mark()) {
                last = Some(slot.mark());
                *slot = V4::vacant();
                removed += 1;
            }
        }
        if removed > 0 {
            self.tidy();
        }
        if let (Self::Pair { left, .. }, Some(last)) = (self, last) {
            *left = last;
        }
        removed
    }

    /// Whether nobody is left and the last one has been gone for more than `ttl` seconds.
    pub(crate) fn is_over(&self, now: u32, ttl: u32) -> bool {
        match self {
            Self::Pair { left, .. } => self.len() == 0 && left.is_over(now, ttl),
            Self::Row(_) => false,
        }
    }

    /// Gives back memory that is worth it.
    fn tidy(&mut self) {
        let len = self.len();
        if matches!(self, Self::Row(_)) && (len <= 2 || len + 5 <= self.slots().len()) {
            self.lay_out(len);
        }
    }

    /// Moves to where there is room for `len`. Allocators deal in steps of two records.
    fn lay_out(&mut self, len: usize) {
        let mut room = if len <= 2 {
            Self::new(0)
        } else {
            Self::Row(vec![V4::vacant(); len | 1].into())
        };
        for (slot, record) in room.slots_mut().iter_mut().zip(self.iter()) {
            *slot = *record;
        }
        *self = room;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::net::{Ipv4Addr, SocketAddrV4};

    fn record(number: u8) -> V4 {
        let contact = SocketAddrV4::new(Ipv4Addr::new(203, 0, 113, number), 6881);
        V4::new(
            contact,
            Mark::new(Role::Seeder, true, u32::from(number) * 16),
        )
    }

    proptest! {
        #[test]
        fn it_does_what_a_list_does(steps in prop::collection::vec(any::<u8>(), 0..200)) {
            let mut few = Few::new(0);
            let mut model = Vec::<V4>::new();
            for number in steps {
                let new = record(number % 40);
                match few.position(|record| record.is_at(&new)) {
                    Some(at) => {
                        prop_assert_eq!(few.take(at), new);
                        model.retain(|record| *record != new);
                    }
                    None if model.len() < Few::MOST => {
                        few.push(new);
                        model.push(new);
                    }
                    None => {
                        let keep = |mark: Mark| !(mark.age(1_000_000) / 16).is_multiple_of(3);
                        let before = model.len();
                        model.retain(|record| keep(record.mark()));
                        prop_assert_eq!(few.retain(keep), before - model.len());
                    }
                }
                prop_assert_eq!(few.len(), model.len());
                prop_assert!(model.iter().all(|record| few.iter().any(|other| other == record)));
                prop_assert!(few.slots().len() <= model.len() + 5);
                prop_assert_eq!(matches!(few, Few::Pair { .. }), few.slots().len() == 2);
            }
        }
    }
}

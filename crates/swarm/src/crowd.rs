use crate::few::Few;
use crate::leaves::{self, Leaves};
use crate::peer::Role;
use crate::random::Random;
use crate::record::{Mark, Record, V4};
use crate::rules::Rules;
use crate::secret::Secret;

/// The records of one address family in a large swarm: those that want pieces, and those that give.
#[derive(Debug)]
pub(crate) struct Family<R> {
    kinds: [Leaves<R>; 2],
    partial: u32,
}

impl<R> Default for Family<R> {
    fn default() -> Self {
        Self {
            kinds: Default::default(),
            partial: 0,
        }
    }
}

/// Which table of a family: index of `kinds`.
pub(crate) const WANTING: usize = 0;
pub(crate) const GIVING: usize = 1;

/// Which kind a role belongs to.
pub(crate) fn kind(role: Role) -> usize {
    if role.wants() { WANTING } else { GIVING }
}

impl<R: Record> Family<R> {
    pub(crate) fn len(&self) -> u32 {
        self.kinds[WANTING].len() + self.kinds[GIVING].len()
    }

    pub(crate) fn seeders(&self) -> u32 {
        self.kinds[GIVING].len() - self.partial
    }

    pub(crate) fn partial(&self) -> u32 {
        self.partial
    }

    pub(crate) fn kinds(&self) -> &[Leaves<R>; 2] {
        &self.kinds
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &R> {
        self.kinds.iter().flat_map(Leaves::iter)
    }

    /// Removes those of one kind whose time is over: see [`Leaves::sweep`].
    pub(crate) fn sweep(
        &mut self,
        kind: usize,
        from: u32,
        budget: usize,
        rules: &Rules<'_>,
    ) -> (usize, usize, Option<u32>) {
        let Self { kinds, partial } = self;
        kinds[kind].sweep(from, budget, |record| {
            let mark = record.mark();
            let over = mark.is_over(rules.now, rules.ttl);
            *partial -= u32::from(over && mark.role() == Role::Partial);
            !over
        })
    }
}

/// Where the records of one address family are kept.
pub(crate) trait Records {
    type Record: Record;
    /// Says which record is meant, until the next change.
    type At: Copy;

    fn find(&self, contact: &Self::Record, secret: &Secret) -> Option<Self::At>;

    fn get(&self, at: Self::At) -> &Self::Record;

    fn insert(&mut self, record: Self::Record, secret: &Secret);

    fn remove(&mut self, at: Self::At) -> Self::Record;

    /// Gives a record another mark, of another role perhaps.
    fn set_mark(&mut self, at: Self::At, mark: Mark, secret: &Secret);

    /// A random one.
    fn pick(&self, random: &mut Random) -> Option<Self::At>;

    /// Shows all records of the network a contact is in.
    fn neighbours(
        &self,
        of: &Self::Record,
        secret: &Secret,
        see: impl FnMut(Self::At, &Self::Record),
    );

    /// Takes in what a peer says about itself; `new` carries the role. `full` says
    /// that the swarm has as many peers as it may. Returns whether a download is to be counted.
    fn announce(
        &mut self,
        new: Self::Record,
        finished: bool,
        full: bool,
        rules: &Rules<'_>,
        random: &mut Random,
    ) -> bool {
        let (role, secret) = (new.mark().role(), rules.secret);
        if let Some(at) = self.find(&new, secret) {
            let complete = self.get(at).mark().complete();
            let mark = Mark::new(role, complete || finished, rules.now);
            self.set_mark(at, mark, secret);
            return finished && !complete;
        }
        self.make_room(&new, full, rules, random);
        let mut record = new;
        record.set_mark(Mark::new(role, role == Role::Seeder, rules.now));
        self.insert(record, secret);
        finished
    }

    /// Puts back a record from a snapshot, within the limits that hold now. Who has announced since is
    /// left alone.
    fn restore(
        &mut self,
        record: Self::Record,
        full: bool,
        rules: &Rules<'_>,
        random: &mut Random,
    ) {
        if let Some(at) = self.find(&record, rules.secret) {
            if record.mark().age(rules.now) < self.get(at).mark().age(rules.now) {
                self.set_mark(at, record.mark(), rules.secret);
            }
            return;
        }
        self.make_room(&record, full, rules, random);
        self.insert(record, rules.secret);
    }

    /// Removes the stalest peer of an address or network that has as many as it may, or else, when
    /// the swarm is full, the stalest of a few.
    fn make_room(
        &mut self,
        new: &Self::Record,
        full: bool,
        rules: &Rules<'_>,
        random: &mut Random,
    ) {
        let (mut address, mut network) = (Mates::default(), Mates::default());
        if !new.contact().ip().is_loopback() {
            self.neighbours(new, rules.secret, |at, record| {
                let age = record.mark().age(rules.now);
                network.see(age, at);
                if record.shares_address(new) {
                    address.see(age, at);
                }
            });
        }
        let too_many = address
            .too_many(rules.config.max_peers_per_address)
            .or_else(|| network.too_many(rules.config.max_peers_per_network));
        let stale = || {
            let candidates = (0..EVICTION_CANDIDATES).filter_map(|_| self.pick(random));
            candidates.max_by_key(|at| self.get(*at).mark().age(rules.now))
        };
        if let Some(at) = too_many.or_else(|| full.then(stale).flatten()) {
            self.remove(at);
        }
    }
}

/// How many random peers the stalest is sought among when there is no room.
pub(crate) const EVICTION_CANDIDATES: usize = 8;

/// How many peers share something, and which of them was not heard of for longest.
struct Mates<At> {
    count: u32,
    stalest: Option<(u32, At)>,
}

impl<At> Default for Mates<At> {
    fn default() -> Self {
        Self {
            count: 0,
            stalest: None,
        }
    }
}

impl<At> Mates<At> {
    fn see(&mut self, age: u32, at: At) {
        self.count += 1;
        if self
            .stalest
            .as_ref()
            .is_none_or(|(oldest, _)| age > *oldest)
        {
            self.stalest = Some((age, at));
        }
    }

    fn too_many(self, limit: u32) -> Option<At> {
        let (_, at) = self.stalest.filter(|_| self.count >= limit)?;
        Some(at)
    }
}

impl<R: Record> Records for Family<R> {
    type Record = R;
    type At = (usize, leaves::Place);

    fn find(&self, contact: &R, secret: &Secret) -> Option<Self::At> {
        let sought = contact.key(secret);
        let first = kind(contact.mark().role());
        [first, 1 - first].into_iter().find_map(|kind| {
            let table = &self.kinds[kind];
            let at = table.find(sought, |r| r.is_at(contact))?;
            Some((kind, at))
        })
    }

    fn get(&self, (kind, at): Self::At) -> &R {
        self.kinds[kind].get(at)
    }

    fn insert(&mut self, record: R, secret: &Secret) {
        let role = record.mark().role();
        self.partial += u32::from(role == Role::Partial);
        self.kinds[kind(role)].insert(record, |r| r.key(secret));
    }

    fn remove(&mut self, (kind, at): Self::At) -> R {
        let record = self.kinds[kind].remove(at);
        self.partial -= u32::from(record.mark().role() == Role::Partial);
        record
    }

    fn set_mark(&mut self, at: Self::At, mark: Mark, secret: &Secret) {
        if self.get(at).mark().role() == mark.role() {
            self.kinds[at.0].get_mut(at.1).set_mark(mark);
        } else {
            let mut record = self.remove(at);
            record.set_mark(mark);
            self.insert(record, secret);
        }
    }

    fn pick(&self, random: &mut Random) -> Option<Self::At> {
        let wanting = random.below(self.len().max(1)) < self.kinds[WANTING].len();
        let kind = if wanting { WANTING } else { GIVING };
        Some((kind, self.kinds[kind].pick(random)?))
    }

    fn neighbours(&self, of: &R, secret: &Secret, mut see: impl FnMut(Self::At, &R)) {
        let Some((from, to)) = of.network(secret) else {
            return;
        };
        for (kind, table) in self.kinds.iter().enumerate() {
            table.around(from, to, |at, record| {
                if record.shares_network(of) {
                    see((kind, at), record);
                }
            });
        }
    }
}

impl Records for Few {
    type Record = V4;
    type At = usize;

    fn find(&self, contact: &V4, _: &Secret) -> Option<usize> {
        self.position(|record| record.is_at(contact))
    }

    fn get(&self, at: usize) -> &V4 {
        &self.slots()[at]
    }

    fn insert(&mut self, record: V4, _: &Secret) {
        self.push(record);
    }

    fn remove(&mut self, at: usize) -> V4 {
        self.take(at)
    }

    fn set_mark(&mut self, at: usize, mark: Mark, _: &Secret) {
        self.slots_mut()[at].set_mark(mark);
    }

    fn pick(&self, random: &mut Random) -> Option<usize> {
        let nth = random.below((self.len() as u32).max(1));
        self.places().nth(nth as usize)
    }

    fn neighbours(&self, of: &V4, _: &Secret, mut see: impl FnMut(usize, &V4)) {
        for at in self.places() {
            let record = &self.slots()[at];
            if record.shares_network(of) {
                see(at, record);
            }
        }
    }
}

use crate::crowd::EVICTION_CANDIDATES;
use crate::ids::UnixTime;
use crate::ordered::Ordered;
use crate::query::{Peers, Query};
use crate::random::Random;
use crate::rules::Rules;
use crate::secret::Secret;
use crate::swarm::{Changed, Counts, Totals};
use crate::torrent::Torrent;
use crate::touched::Touched;
use bittorrent::InfoHash;

/// One of the parts a swarm is cut into, each behind a lock of its own.
#[derive(Debug)]
pub(crate) struct Shard {
    random: Random,
    torrents: Ordered<Torrent>,
    totals: Totals,
    generation: u64,
    changed: Vec<InfoHash>,
    pub(crate) touched: Touched,
    /// Which key the sweep in progress goes on from.
    sweeping: u32,
    /// The latest time it was told.
    now: u32,
}

/// The hash of an info-hash: picks the shard and the place in its table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place(u64);

impl Place {
    pub(crate) fn of(hash: InfoHash, secret: &Secret) -> Self {
        Self(secret.hash_id(hash.as_bytes(), 0))
    }

    pub(crate) fn shard(self, shards: usize) -> usize {
        (self.0 >> 32) as usize % shards
    }

    /// Tells torrents of one shard apart.
    pub(crate) fn key(self) -> u32 {
        self.0 as u32
    }
}

impl Shard {
    pub(crate) fn new(random: Random) -> Self {
        Self {
            random,
            torrents: Ordered::default(),
            totals: Totals::default(),
            generation: 0,
            changed: Vec::new(),
            touched: Touched::default(),
            sweeping: 0,
            now: 0,
        }
    }

    pub(crate) fn totals(&self) -> Totals {
        self.totals
    }

    pub(crate) fn torrents(&self) -> &Ordered<Torrent> {
        &self.torrents
    }

    pub(crate) fn now(&self) -> u32 {
        self.now
    }

    /// Takes notice of the time.
    pub(crate) fn saw(&mut self, now: u32) {
        self.now = self.now.max(now);
    }

    pub(crate) fn at(&self, at: usize) -> &Torrent {
        self.torrents.get(at)
    }

    pub(crate) fn find(&self, hash: InfoHash, place: Place, secret: &Secret) -> Option<usize> {
        self.torrents
            .find(place.key(), key(secret), |torrent| torrent.hash == hash)
    }

    /// Brings near where [`find`](Self::find) will look.
    pub(crate) fn prefetch(&self, place: Place) {
        self.torrents.prefetch(place.key());
    }

    pub(crate) fn find_or_insert(
        &mut self,
        hash: InfoHash,
        place: Place,
        rules: &Rules<'_>,
    ) -> usize {
        self.now = self.now.max(rules.now);
        if let Some(at) = self.find(hash, place, rules.secret) {
            return at;
        }
        self.totals.torrents += 1;
        self.torrents
            .insert(Torrent::new(hash, rules), key(rules.secret))
    }

    /// Changes a torrent and keeps totals, generation and the list of changes in step. Returns the
    /// counts after it, too.
    pub(crate) fn change<R>(
        &mut self,
        at: usize,
        change: impl FnOnce(&mut Torrent, &mut Random) -> R,
    ) -> (R, Counts) {
        let torrent = self.torrents.get_mut(at);
        let before = torrent.counts();
        let result = change(torrent, &mut self.random);
        let after = torrent.counts();
        let counts_changed = before != after;
        if counts_changed {
            self.totals.seeders += u64::from(after.seeders);
            self.totals.seeders -= u64::from(before.seeders);
            self.totals.leechers += u64::from(after.leechers);
            self.totals.leechers -= u64::from(before.leechers);
        }
        let hash = torrent.hash;
        if counts_changed {
            self.touched.note(hash, None);
        }
        let Some(news) = torrent.big_mut().map(|big| &mut big.news) else {
            return (result, after);
        };
        if counts_changed {
            self.generation += 1;
            news.generation = self.generation;
        }
        let seed_news = news.last_seed.saturating_sub(news.reported_seed) >= LAST_SEED_STEP;
        if news.followed && (counts_changed || seed_news) && !news.changed {
            news.changed = true;
            self.changed.push(hash);
        }
        (result, after)
    }

    /// Adds randomly chosen peers of a torrent to `peers`.
    pub(crate) fn choose(&mut self, at: usize, query: &Query, peers: &mut Peers) {
        let pool = self.torrents.get(at).pool();
        pool.choose(query, &mut self.random, peers);
    }

    pub(crate) fn set_completed(&mut self, at: usize, completed: u64, rules: &Rules<'_>) {
        self.generation += 1;
        let torrent = self.torrents.get_mut(at);
        torrent.set_completed(completed);
        let news = &mut torrent.grow(rules).news;
        (news.pinned, news.followed) = (true, true);
        news.generation = self.generation;
    }

    pub(crate) fn remove(&mut self, at: usize, secret: &Secret) {
        let torrent = self.torrents.remove(at, key(secret));
        let counts = torrent.counts();
        self.touched.note(torrent.hash, None);
        self.totals.torrents -= 1;
        self.totals.seeders -= u64::from(counts.seeders);
        self.totals.leechers -= u64::from(counts.leechers);
    }

    /// Takes out the stalest of a few peers, and its torrent if nothing is left of that. Returns
    /// whether there was any.
    pub(crate) fn relieve(&mut self, rules: &Rules<'_>) -> bool {
        let candidates = (0..EVICTION_CANDIDATES).filter_map(|_| {
            let torrent = self.torrents.pick(&mut self.random)?;
            let (age, peer) = self.torrents.get(torrent).pick(rules, &mut self.random)?;
            Some((age, torrent, peer))
        });
        let Some((_, torrent, peer)) = candidates.max_by_key(|(age, ..)| *age) else {
            return false;
        };
        self.change(torrent, |torrent, _| torrent.evict(peer, rules));
        self.totals.evicted += 1;
        if self.at(torrent).is_blank() {
            self.remove(torrent, rules.secret);
        }
        true
    }

    /// Looks at about `budget` peers and torrents and removes those whose time is over. Returns how
    /// many were looked at, how many peers removed, and whether the round is complete.
    pub(crate) fn sweep(&mut self, budget: usize, rules: &Rules<'_>) -> (usize, usize, bool) {
        let (mut looked, mut removed, mut previous) = (0, 0, None);
        let mut next = self
            .torrents
            .range(self.sweeping, u32::MAX, key(rules.secret))
            .next();
        while let Some(at) = next {
            self.sweeping = self.at(at).key(rules.secret);
            // Torrents with the same key are never parted, so that none is left out.
            if looked >= budget && previous != Some(self.sweeping) {
                return (looked, removed, false);
            }
            previous = Some(self.sweeping);
            let left = budget.saturating_sub(looked).max(1);
            let (swept, _) = self.change(at, |torrent, _| torrent.sweep(left, rules));
            looked += swept.looked + 1;
            removed += swept.removed;
            if !swept.through {
                return (looked, removed, false);
            }
            next = if self.at(at).is_over(rules) {
                self.remove(at, rules.secret);
                self.torrents
                    .range(self.sweeping, u32::MAX, key(rules.secret))
                    .next()
            } else {
                self.torrents.next_from(at + 1)
            };
        }
        self.sweeping = 0;
        (looked, removed, true)
    }

    pub(crate) fn drain_changed(&mut self, secret: &Secret, into: &mut Vec<Changed>) {
        for hash in std::mem::take(&mut self.changed) {
            let mut changed = Changed {
                hash,
                counts: Counts::default(),
                last_seed: None,
            };
            if let Some(at) = self.find(hash, Place::of(hash, secret), secret) {
                let torrent = self.torrents.get_mut(at);
                changed.counts = torrent.counts();
                if let Some(big) = torrent.big_mut() {
                    big.news.changed = false;
                    big.news.reported_seed = big.news.last_seed;
                    changed.last_seed = (big.news.last_seed != 0)
                        .then(|| UnixTime::from_compact(big.news.last_seed));
                }
            }
            into.push(changed);
        }
    }
}

fn key(secret: &Secret) -> impl Fn(&Torrent) -> u32 + Copy {
    |torrent| torrent.key(secret)
}

/// That a torrent still has a seeder is news only this many seconds after the last time.
const LAST_SEED_STEP: u32 = 600;

use crate::ids::UnixTime;
use crate::peer_set::Seed;
use crate::random::Random;
use crate::swarm::{Changed, Counts, Totals};
use crate::torrent::Torrent;
use bittorrent::InfoHash;
use hashbrown::HashTable;
use siphasher::sip::SipHasher13;
use std::hash::Hasher;

/// One of the parts a swarm is cut into, each behind a lock of its own.
#[derive(Debug)]
pub(crate) struct Shard {
    pub(crate) random: Random,
    pub(crate) torrents: Vec<Torrent>,
    index: HashTable<u32>,
    totals: Totals,
    generation: u64,
    changed: Vec<InfoHash>,
    /// Which torrent the sweep in progress is at.
    sweeping: usize,
}

/// The hash of an info-hash: picks the shard and the place in its index.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place(u64);

impl Place {
    pub(crate) fn of(hash: InfoHash, seed: &Seed) -> Self {
        let mut hasher = SipHasher13::new_with_key(seed);
        hasher.write(hash.as_bytes());
        Self(hasher.finish())
    }

    /// The index inside uses the lowest and the highest bits; these are in between.
    pub(crate) fn shard(self, shards: usize) -> usize {
        (self.0 >> 32) as usize % shards
    }
}

impl Shard {
    pub(crate) fn new(random: Random) -> Self {
        Self {
            random,
            torrents: Vec::new(),
            index: HashTable::new(),
            totals: Totals::default(),
            generation: 0,
            changed: Vec::new(),
            sweeping: 0,
        }
    }

    pub(crate) fn totals(&self) -> Totals {
        self.totals
    }

    pub(crate) fn find(&self, hash: InfoHash, place: Place) -> Option<usize> {
        let found = self
            .index
            .find(place.0, |at| self.torrents[*at as usize].hash == hash)?;
        Some(*found as usize)
    }

    pub(crate) fn find_or_insert(
        &mut self,
        hash: InfoHash,
        place: Place,
        now: UnixTime,
        seed: &Seed,
    ) -> usize {
        if let Some(at) = self.find(hash, place) {
            return at;
        }
        let at = self.torrents.len();
        self.torrents.push(Torrent::new(hash, now.compact()));
        let torrents = &self.torrents;
        self.index.insert_unique(place.0, at as u32, |at| {
            Place::of(torrents[*at as usize].hash, seed).0
        });
        self.totals.torrents += 1;
        at
    }

    /// Changes a torrent and keeps totals, generation and the list of changes in step.
    pub(crate) fn change<R>(
        &mut self,
        at: usize,
        change: impl FnOnce(&mut Torrent, &mut Random) -> R,
    ) -> R {
        let torrent = &mut self.torrents[at];
        let before = torrent.counts();
        let result = change(torrent, &mut self.random);
        let after = torrent.counts();
        let counts_changed = before != after;
        if counts_changed {
            self.generation += 1;
            torrent.generation = self.generation;
            self.totals.seeders += u64::from(after.seeders);
            self.totals.seeders -= u64::from(before.seeders);
            self.totals.leechers += u64::from(after.leechers);
            self.totals.leechers -= u64::from(before.leechers);
        }
        let seed_news = torrent.last_seed.saturating_sub(torrent.reported_seed) >= LAST_SEED_STEP;
        if (counts_changed || seed_news) && !torrent.changed {
            torrent.changed = true;
            self.changed.push(torrent.hash);
        }
        result
    }

    pub(crate) fn set_completed(&mut self, at: usize, completed: u64) {
        self.generation += 1;
        let torrent = &mut self.torrents[at];
        torrent.pinned = true;
        torrent.completed = completed;
        torrent.generation = self.generation;
    }

    pub(crate) fn remove(&mut self, at: usize, seed: &Seed) {
        let torrent = &self.torrents[at];
        self.totals.torrents -= 1;
        self.totals.seeders -= u64::from(torrent.peers.seeders());
        self.totals.leechers -= u64::from(torrent.peers.leechers());
        self.renumber(torrent.hash, at, None, seed);
        let last = self.torrents.len() - 1;
        if at != last {
            self.renumber(self.torrents[last].hash, last, Some(at), seed);
        }
        self.torrents.swap_remove(at);
    }

    /// Looks at up to `budget` peers and torrents and removes what was not heard of since `oldest`.
    /// Returns how many were looked at, how many peers removed, and whether the round is complete.
    pub(crate) fn sweep(
        &mut self,
        oldest: u32,
        budget: usize,
        seed: &Seed,
    ) -> (usize, usize, bool) {
        let (mut looked, mut removed) = (0, 0);
        while looked < budget {
            let at = self.sweeping;
            if at >= self.torrents.len() {
                self.sweeping = 0;
                return (looked, removed, true);
            }
            if self.torrents[at].unswept == 0 {
                self.torrents[at].unswept = self.torrents[at].peers.len();
            }
            let (peers, gone) = self.change(at, |torrent, _| {
                torrent.sweep(oldest, budget - looked, seed)
            });
            looked += peers + 1;
            removed += gone;
            let torrent = &self.torrents[at];
            if torrent.unswept > 0 {
                break;
            }
            let empty = torrent.peers.len() == 0 && !torrent.pinned;
            if empty && torrent.touched < oldest {
                self.remove(at, seed);
            } else {
                self.sweeping += 1;
            }
        }
        (looked, removed, false)
    }

    pub(crate) fn drain_changed(&mut self, seed: &Seed, into: &mut Vec<Changed>) {
        for hash in std::mem::take(&mut self.changed) {
            let Some(at) = self.find(hash, Place::of(hash, seed)) else {
                into.push(Changed {
                    hash,
                    counts: Counts::default(),
                    last_seed: None,
                });
                continue;
            };
            let torrent = &mut self.torrents[at];
            torrent.changed = false;
            torrent.reported_seed = torrent.last_seed;
            into.push(Changed {
                hash,
                counts: torrent.counts(),
                last_seed: (torrent.last_seed != 0)
                    .then(|| UnixTime::from_compact(torrent.last_seed)),
            });
        }
    }

    fn renumber(&mut self, hash: InfoHash, from: usize, to: Option<usize>, seed: &Seed) {
        let place = Place::of(hash, seed);
        if let Ok(mut entry) = self.index.find_entry(place.0, |at| *at == from as u32) {
            match to {
                Some(to) => *entry.get_mut() = to as u32,
                None => drop(entry.remove()),
            }
        }
    }
}

/// That a torrent still has a seeder is news only this many seconds after the last time.
const LAST_SEED_STEP: u32 = 600;

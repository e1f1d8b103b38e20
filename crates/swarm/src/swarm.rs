use crate::config::Config;
use crate::ids::{UnixTime, UserId};
use crate::peer_set::Seed;
use crate::query::{Families, Peers, Query};
use crate::random::Random;
use crate::shard::{Place, Shard};
use bittorrent::{Event, InfoHash, PeerId};
use parking_lot::{Mutex, MutexGuard};
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

/// All peers of all torrents, for any number of threads at once.
///
/// A client is one record, whichever of its addresses it announces from (BEP 7) and however often.
/// Torrents are spread over many small locks; no operation scans a swarm or holds a lock for long.
#[derive(Debug)]
pub struct Swarm {
    pub(crate) config: Config,
    peer_ttl: AtomicU32,
    pub(crate) seed: Seed,
    pub(crate) shards: Box<[Mutex<Shard>]>,
    /// Which shard the sweep in progress is at.
    sweeping: AtomicUsize,
}

/// What a client says about itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Announce {
    /// The client.
    pub peer_id: PeerId,
    /// Whose passkey it used. A client that announced with one before is known again by its peer id
    /// and address when it announces without.
    pub user: Option<UserId>,
    /// Where other peers reach it. With port 0 it is counted but given to nobody.
    pub addr: SocketAddr,
    /// The client's secret, by which it is known again under another address (BEP 7).
    pub key: Option<u32>,
    /// Bytes still missing: `Some(0)` is a seeder, `None` is unknown.
    pub left: Option<u64>,
    /// What has happened.
    pub event: Event,
}

impl Announce {
    /// The query for peers that goes with an announce.
    pub fn query(&self, limit: usize, families: Families) -> Query {
        Query {
            asker: Some(self.peer_id),
            endpoint: Some(self.addr),
            seeding: self.left == Some(0) || self.event == Event::Paused,
            limit: if self.event == Event::Stopped {
                0
            } else {
                limit
            },
            families,
        }
    }
}

/// The numbers of one torrent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Clients that have everything.
    pub seeders: u32,
    /// Clients that do not, partial seeds among them.
    pub leechers: u32,
    /// Downloads finished so far.
    pub completed: u64,
}

/// The numbers of the whole swarm.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// Torrents known.
    pub torrents: u64,
    /// Clients that have everything, once per torrent.
    pub seeders: u64,
    /// Clients that do not, once per torrent.
    pub leechers: u64,
}

impl Totals {
    /// Clients of either kind, once per torrent.
    pub fn peers(&self) -> u64 {
        self.seeders + self.leechers
    }
}

/// A torrent whose counters have changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Changed {
    /// The torrent.
    pub hash: InfoHash,
    /// Its counters now.
    pub counts: Counts,
    /// When a seeder was last heard of.
    pub last_seed: Option<UnixTime>,
}

/// What one call to [`Swarm::expire`] did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Expired {
    /// Peers removed.
    pub peers: usize,
    /// Whether the last torrent was reached: everything has been looked at once since the last time.
    pub round_complete: bool,
}

impl Swarm {
    /// An empty swarm. `seed` drives the choice of peers and keeps the inner hashing unpredictable.
    pub fn new(config: Config, seed: [u8; 16]) -> Self {
        let (low, high) = seed.split_at(8);
        let word = |bytes: &[u8]| {
            bytes
                .iter()
                .fold(0, |word, byte| (word << 8) | u64::from(*byte))
        };
        let mut random = Random::new(word(low) ^ word(high).rotate_left(32));
        let shard = || Mutex::new(Shard::new(Random::new(random.next())));
        Self {
            peer_ttl: AtomicU32::new(config.peer_ttl),
            config,
            seed,
            shards: std::iter::repeat_with(shard).take(SHARDS).collect(),
            sweeping: AtomicUsize::new(0),
        }
    }

    /// The limits this swarm was made with; [`set_peer_ttl`](Self::set_peer_ttl) may have changed one.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Changes [`Config::peer_ttl`], for the peers that are here too.
    pub fn set_peer_ttl(&self, seconds: u32) {
        self.peer_ttl.store(seconds, Ordering::Relaxed);
    }

    pub(crate) fn peer_ttl(&self) -> u32 {
        self.peer_ttl.load(Ordering::Relaxed)
    }

    /// Takes in an announce and answers a query under one lock. `peers` is emptied first.
    pub fn announce(
        &self,
        hash: InfoHash,
        announce: &Announce,
        query: &Query,
        now: UnixTime,
        peers: &mut Peers,
    ) -> Counts {
        peers.clear();
        let (mut shard, place) = self.shard(hash);
        let Some(at) = self.place_announce(&mut shard, hash, place, announce, now) else {
            return Counts::default();
        };
        let Shard {
            torrents, random, ..
        } = &mut *shard;
        if query.limit > 0 {
            torrents[at].choose(query, random, peers);
        }
        torrents[at].counts()
    }

    /// Takes in an announce.
    pub fn insert_or_update(&self, hash: InfoHash, announce: &Announce, now: UnixTime) -> Counts {
        let (mut shard, place) = self.shard(hash);
        self.place_announce(&mut shard, hash, place, announce, now)
            .map(|at| shard.torrents[at].counts())
            .unwrap_or_default()
    }

    /// Peers of a torrent, uniformly random within seeders and within the rest.
    pub fn query_peers(&self, hash: InfoHash, query: &Query) -> Peers {
        let mut peers = Peers::default();
        let (mut shard, place) = self.shard(hash);
        if let Some(at) = shard.find(hash, place) {
            let Shard {
                torrents, random, ..
            } = &mut *shard;
            torrents[at].choose(query, random, &mut peers);
        }
        peers
    }

    /// The numbers of a torrent; zeros for one nobody knows.
    pub fn query_state(&self, hash: InfoHash) -> Counts {
        let (shard, place) = self.shard(hash);
        shard
            .find(hash, place)
            .map(|at| shard.torrents[at].counts())
            .unwrap_or_default()
    }

    /// The numbers of several torrents, in the order asked.
    pub fn scrape(&self, hashes: &[InfoHash]) -> Vec<Counts> {
        hashes.iter().map(|hash| self.query_state(*hash)).collect()
    }

    /// The numbers of everything.
    pub fn totals(&self) -> Totals {
        self.shards.iter().fold(Totals::default(), |sum, shard| {
            let part = shard.lock().totals();
            Totals {
                torrents: sum.torrents + part.torrents,
                seeders: sum.seeders + part.seeders,
                leechers: sum.leechers + part.leechers,
            }
        })
    }

    /// A number that changes whenever the counts of the torrent do; 0 while nothing is known of it.
    pub fn generation(&self, hash: InfoHash) -> u64 {
        let (shard, place) = self.shard(hash);
        shard
            .find(hash, place)
            .map_or(0, |at| shard.torrents[at].generation)
    }

    /// Whose client this is, when it has announced this torrent with a passkey from this address.
    pub fn account_of(&self, hash: InfoHash, peer_id: PeerId, address: IpAddr) -> Option<UserId> {
        let (shard, place) = self.shard(hash);
        let at = shard.find(hash, place)?;
        shard.torrents[at].account_at(peer_id, address, &self.seed)
    }

    /// Sets how often a torrent was downloaded, as remembered elsewhere, and keeps its counters even
    /// while it has no peers. To whoever follows changes this is none.
    pub fn set_completed(&self, hash: InfoHash, completed: u64, now: UnixTime) {
        let (mut shard, place) = self.shard(hash);
        let at = shard.find_or_insert(hash, place, now, &self.seed);
        shard.set_completed(at, completed);
    }

    /// Forgets a torrent with all its peers.
    pub fn remove(&self, hash: InfoHash) {
        let (mut shard, place) = self.shard(hash);
        if let Some(at) = shard.find(hash, place) {
            shard.remove(at, &self.seed);
        }
    }

    /// Looks at about `budget` peers and removes those not heard of for too long, and torrents that
    /// have been empty as long. Called often, it goes round everything again and again.
    pub fn expire(&self, now: UnixTime, budget: usize) -> Expired {
        let oldest = now.compact().saturating_sub(self.peer_ttl());
        let mut expired = Expired::default();
        let mut left = budget.max(1);
        while left > 0 {
            let at = self.sweeping.load(Ordering::Relaxed) % self.shards.len();
            // One lock is held for a short slice only.
            let slice = left.min(SLICE);
            let (looked, removed, complete) =
                self.shards[at].lock().sweep(oldest, slice, &self.seed);
            expired.peers += removed;
            left = left.saturating_sub(looked.max(1));
            if complete {
                self.sweeping.store(at + 1, Ordering::Relaxed);
                if at + 1 == self.shards.len() {
                    expired.round_complete = true;
                    break;
                }
            }
        }
        expired
    }

    /// Torrents whose counters have changed since the last call. Whoever runs a swarm calls this
    /// regularly, if only to throw the answer away: the list grows until then.
    pub fn drain_changed(&self) -> Vec<Changed> {
        let mut changed = Vec::new();
        for shard in &self.shards {
            shard.lock().drain_changed(&self.seed, &mut changed);
        }
        changed
    }

    pub(crate) fn shard(&self, hash: InfoHash) -> (MutexGuard<'_, Shard>, Place) {
        let place = Place::of(hash, &self.seed);
        (self.shards[place.shard(self.shards.len())].lock(), place)
    }

    /// A client that leaves a swarm nobody knows makes none.
    fn place_announce(
        &self,
        shard: &mut Shard,
        hash: InfoHash,
        place: Place,
        announce: &Announce,
        now: UnixTime,
    ) -> Option<usize> {
        let at = if announce.event == Event::Stopped {
            shard.find(hash, place)?
        } else {
            shard.find_or_insert(hash, place, now, &self.seed)
        };
        shard.change(at, |torrent, random| {
            torrent.announce(announce, now, &self.config, &self.seed, random);
        });
        Some(at)
    }
}

const SHARDS: usize = 256;
const SLICE: usize = 1024;

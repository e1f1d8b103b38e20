use crate::config::Config;
use crate::ids::{UnixTime, UserId};
use crate::query::{Families, Peers, Query};
use crate::random::Random;
use crate::rules::Rules;
use crate::secret::Secret;
use crate::shard::{Place, Shard};
use bittorrent::{Event, InfoHash, PeerId};
use parking_lot::{Mutex, MutexGuard};
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering};

/// All peers of all torrents, for any number of threads at once.
///
/// A client is one record, however often it announces; [`Identities`](crate::Identities) says by what
/// it is known again, and so whether its IPv4 and its IPv6 address are one (BEP 7).
/// Torrents are spread over many small locks; no operation scans a swarm or holds a lock for long.
#[derive(Debug)]
pub struct Swarm {
    pub(crate) config: Config,
    peer_ttl: AtomicU32,
    pub(crate) secret: Secret,
    pub(crate) shards: Box<[Mutex<Shard>]>,
    /// Which shard the sweep in progress is at.
    sweeping: AtomicUsize,
    /// How many peers there are in all; kept only when there may not be any number of them.
    peers: AtomicU64,
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
    /// Whether others can dial it there. A browser they cannot: it is counted but given to nobody,
    /// and its address, the far end of its connection to the tracker, only tells it from others.
    pub dialable: bool,
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
    /// Those of the leechers that want pieces: all but the partial seeds (BEP 21).
    pub downloaders: u32,
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
    /// Clients that had to make room because of [`Config::max_peers`], since the start.
    pub evicted: u64,
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
        let secret = Secret::new(seed);
        let mut random = Random::new(secret.hash(0, 0));
        let shard = || Mutex::new(Shard::new(Random::new(random.next())));
        let swarm = Self {
            peer_ttl: AtomicU32::new(0),
            secret,
            shards: std::iter::repeat_with(shard).take(SHARDS).collect(),
            sweeping: AtomicUsize::new(0),
            peers: AtomicU64::new(0),
            config,
        };
        swarm.set_peer_ttl(swarm.config.peer_ttl);
        swarm
    }

    /// The limits this swarm was made with; [`set_peer_ttl`](Self::set_peer_ttl) may have changed one.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Changes [`Config::peer_ttl`], for the peers that are here too.
    pub fn set_peer_ttl(&self, seconds: u32) {
        let seconds = seconds.min(Config::PEER_TTL_MAX);
        self.peer_ttl.store(seconds, Ordering::Relaxed);
    }

    /// Prepares for an announce or a query of this torrent: what that will look at first is on its way
    /// into the processor's cache when this returns. Worth its while for several torrents in a row.
    pub fn prefetch(&self, hash: InfoHash) {
        let (shard, place) = self.shard(hash);
        shard.prefetch(place);
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
        self.take_in(hash, announce, Some((query, peers)), now)
    }

    /// Takes in an announce. Returns the numbers of the torrent after it.
    ///
    /// ```
    /// # use swarm::{Announce, Config, Swarm, UnixTime};
    /// # use bittorrent::{Event, InfoHash, PeerId};
    /// let swarm = Swarm::new(Config::default(), [7; 16]);
    /// let torrent = InfoHash::from([1; 20]);
    /// let announce = Announce {
    ///     peer_id: PeerId::from(*b"-qB5000-abcdefghijkl"),
    ///     user: None,
    ///     addr: "203.0.113.7:6881".parse()?,
    ///     dialable: true,
    ///     key: Some(0x5eed),
    ///     left: Some(0),
    ///     event: Event::Started,
    /// };
    /// let counts = swarm.insert_or_update(torrent, &announce, UnixTime(1_800_000_000));
    /// assert_eq!((counts.seeders, counts.leechers), (1, 0));
    ///
    /// // The same client again changes nothing, and leaves by saying so.
    /// swarm.insert_or_update(torrent, &announce, UnixTime(1_800_001_800));
    /// let stopped = Announce { event: Event::Stopped, ..announce };
    /// let counts = swarm.insert_or_update(torrent, &stopped, UnixTime(1_800_002_000));
    /// assert_eq!(counts.seeders, 0);
    /// # Ok::<(), std::net::AddrParseError>(())
    /// ```
    pub fn insert_or_update(&self, hash: InfoHash, announce: &Announce, now: UnixTime) -> Counts {
        self.take_in(hash, announce, None, now)
    }

    /// Peers of a torrent, uniformly random within seeders and within the rest: none for a torrent
    /// nobody knows.
    ///
    /// ```
    /// # use swarm::{Announce, Config, Families, Query, Swarm, UnixTime};
    /// # use bittorrent::{Event, InfoHash, PeerId};
    /// # let swarm = Swarm::new(Config::default(), [7; 16]);
    /// let torrent = InfoHash::from([1; 20]);
    /// for port in 6881..6981 {
    ///     let announce = Announce {
    ///         peer_id: PeerId::from([port as u8; 20]),
    ///         user: None,
    ///         addr: ([127, 0, 0, 1], port).into(),
    ///         dialable: true,
    ///         key: None,
    ///         left: Some(1 << 30),
    ///         event: Event::Started,
    ///     };
    ///     swarm.insert_or_update(torrent, &announce, UnixTime(1_800_000_000));
    /// }
    /// let query = Query {
    ///     asker: None,
    ///     endpoint: Some(([127, 0, 0, 1], 6881).into()),
    ///     seeding: false,
    ///     limit: swarm.config().numwant(None),
    ///     families: Families::Both,
    /// };
    /// let peers = swarm.query_peers(torrent, &query);
    /// assert_eq!((peers.v4.len(), peers.v6.len()), (50, 0));
    /// // As dictionaries, with the peer ids as far as they are kept.
    /// for (contact, peer_id) in peers.with_ids() {
    ///     assert_ne!(contact.port(), 6881, "never the asker");
    ///     assert!(peer_id.is_some());
    /// }
    /// ```
    pub fn query_peers(&self, hash: InfoHash, query: &Query) -> Peers {
        let mut peers = Peers::default();
        let (mut shard, place) = self.shard(hash);
        if let Some(at) = shard.find(hash, place, &self.secret) {
            shard.choose(at, query, &mut peers);
        }
        peers
    }

    /// The numbers of a torrent; zeros for one nobody knows.
    ///
    /// ```
    /// # use swarm::{Config, Counts, Swarm, UnixTime};
    /// # use bittorrent::InfoHash;
    /// let swarm = Swarm::new(Config::default(), [7; 16]);
    /// let torrent = InfoHash::from([1; 20]);
    /// assert_eq!(swarm.query_state(torrent), Counts::default());
    ///
    /// // What is remembered elsewhere goes on being counted.
    /// swarm.set_completed(torrent, 1_000, UnixTime(1_800_000_000));
    /// assert_eq!(swarm.query_state(torrent).completed, 1_000);
    /// ```
    pub fn query_state(&self, hash: InfoHash) -> Counts {
        let (shard, place) = self.shard(hash);
        let at = shard.find(hash, place, &self.secret);
        at.map(|at| shard.at(at).counts()).unwrap_or_default()
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
                evicted: sum.evicted + part.evicted,
            }
        })
    }

    /// A number that is another whenever the counts of the torrent are; 0 while nothing is known of
    /// it. For torrents that are not followed, equal counts may have equal numbers.
    pub fn generation(&self, hash: InfoHash) -> u64 {
        let (shard, place) = self.shard(hash);
        let Some(at) = shard.find(hash, place, &self.secret) else {
            return 0;
        };
        let torrent = shard.at(at);
        match torrent.big().map(|big| big.news) {
            Some(news) if news.followed => news.generation,
            _ => {
                let counts = torrent.counts();
                let peers = u64::from(counts.seeders) << 32 | u64::from(counts.leechers);
                // No number of the other kind is as large.
                self.secret.hash(peers, counts.completed) | 1 << 63
            }
        }
    }

    /// Whose client this is, when it has announced this torrent with a passkey from this address.
    pub fn account_of(&self, hash: InfoHash, peer_id: PeerId, address: IpAddr) -> Option<UserId> {
        let (shard, place) = self.shard(hash);
        let at = shard.find(hash, place, &self.secret)?;
        shard.at(at).account_at(peer_id, address, &self.secret)
    }

    /// Sets how often a torrent was downloaded, as remembered elsewhere, and keeps its counters even
    /// while it has no peers. To whoever follows changes this is none; later ones are told from now
    /// on. Counts end at 2^32 - 1, as on the wire.
    pub fn set_completed(&self, hash: InfoHash, completed: u64, now: UnixTime) {
        let rules = self.rules(now);
        let (mut shard, place) = self.shard(hash);
        let at = shard.find_or_insert(hash, place, &rules);
        shard.set_completed(at, completed, &rules);
    }

    /// Changes how often a torrent was downloaded by `by`, for completions that are counted elsewhere:
    /// by account rather than by client. To whoever follows changes this is one, and the torrent keeps
    /// its counters even while it has no peers. Returns the count.
    ///
    /// ```
    /// # use swarm::{Config, Swarm, UnixTime};
    /// # use bittorrent::InfoHash;
    /// let (swarm, torrent) = (Swarm::new(Config::default(), [7; 16]), InfoHash::from([1; 20]));
    /// assert_eq!(swarm.add_completed(torrent, 2, UnixTime(1_800_000_000)), 2);
    /// assert_eq!(swarm.add_completed(torrent, -1, UnixTime(1_800_000_000)), 1);
    /// while !swarm.expire(UnixTime(1_900_000_000), 1000).round_complete {}
    /// assert_eq!(swarm.query_state(torrent).completed, 1);
    /// assert_eq!(swarm.drain_changed()[0].counts.completed, 1);
    /// ```
    pub fn add_completed(&self, hash: InfoHash, by: i64, now: UnixTime) -> u64 {
        let rules = self.rules(now);
        let (mut shard, place) = self.shard(hash);
        let at = shard.find_or_insert(hash, place, &rules);
        let ((), counts) = shard.change(at, |torrent, _| {
            let completed = torrent.counts().completed;
            torrent.set_completed(completed.saturating_add_signed(by));
            // The count is to outlive the peers.
            let news = &mut torrent.grow(&rules).news;
            (news.pinned, news.followed) = (true, true);
        });
        counts.completed
    }

    /// Forgets a torrent with all its peers.
    pub fn remove(&self, hash: InfoHash) {
        let (mut shard, place) = self.shard(hash);
        let before = shard.totals().peers();
        if let Some(at) = shard.find(hash, place, &self.secret) {
            shard.remove(at, &self.secret);
            self.count(before, &shard);
        }
    }

    /// Looks at about `budget` peers and removes those not heard of for too long, and torrents that
    /// have been empty as long. Called often, it goes round everything again and again.
    pub fn expire(&self, now: UnixTime, budget: usize) -> Expired {
        let rules = self.rules(now);
        let mut expired = Expired::default();
        let mut left = budget.max(1);
        while left > 0 {
            let at = self.sweeping.load(Ordering::Relaxed) % self.shards.len();
            // One lock is held for a short slice only.
            let slice = left.min(SLICE);
            let mut shard = self.shards[at].lock();
            let before = shard.totals().peers();
            let (looked, removed, complete) = shard.sweep(slice, &rules);
            self.count(before, &shard);
            drop(shard);
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

    /// Torrents that are followed and whose counters have changed since the last call: with
    /// [`Identities::Full`](crate::Identities) all, else those with an account or a call to
    /// [`set_completed`](Self::set_completed). Whoever runs a swarm calls this regularly, if only to
    /// throw the answer away: the list grows until then.
    pub fn drain_changed(&self) -> Vec<Changed> {
        let mut changed = Vec::new();
        for shard in &self.shards {
            shard.lock().drain_changed(&self.secret, &mut changed);
        }
        changed
    }

    pub(crate) fn shard(&self, hash: InfoHash) -> (MutexGuard<'_, Shard>, Place) {
        let place = Place::of(hash, &self.secret);
        (self.shards[place.shard(self.shards.len())].lock(), place)
    }

    pub(crate) fn rules(&self, now: UnixTime) -> Rules<'_> {
        Rules {
            config: &self.config,
            secret: &self.secret,
            now: now.compact(),
            ttl: self.peer_ttl.load(Ordering::Relaxed),
        }
    }

    /// Keeps the number of all peers in step with one shard that had `before`. Returns whether it
    /// has grown beyond what is allowed.
    pub(crate) fn count(&self, before: u64, shard: &Shard) -> bool {
        let Some(most) = self.config.max_peers else {
            return false;
        };
        let after = shard.totals().peers();
        if after <= before {
            self.peers.fetch_sub(before - after, Ordering::Relaxed);
            return false;
        }
        let grown = after - before;
        self.peers.fetch_add(grown, Ordering::Relaxed) + grown > most
    }

    /// Makes room in a shard that had `before` peers, if it has grown and there are too many in all.
    pub(crate) fn make_room(&self, before: u64, shard: &mut Shard, rules: &Rules<'_>) {
        if self.count(before, shard) {
            let full = shard.totals().peers();
            shard.relieve(rules);
            self.count(full, shard);
        }
    }

    fn take_in(
        &self,
        hash: InfoHash,
        announce: &Announce,
        ask: Option<(&Query, &mut Peers)>,
        now: UnixTime,
    ) -> Counts {
        let rules = self.rules(now);
        let (mut shard, place) = self.shard(hash);
        let before = shard.totals().peers();
        let at = if announce.event == Event::Stopped {
            // A client that leaves a swarm nobody knows makes none.
            let Some(at) = shard.find(hash, place, rules.secret) else {
                return Counts::default();
            };
            at
        } else {
            shard.find_or_insert(hash, place, &rules)
        };
        let ((), counts) = shard.change(at, |torrent, random| {
            torrent.announce(announce, &rules, random);
        });
        shard.touched.note(hash, announce.user);
        if let Some((query, peers)) = ask
            && query.limit > 0
        {
            shard.choose(at, query, peers);
        }
        self.make_room(before, &mut shard, &rules);
        counts
    }
}

const SHARDS: usize = 256;
const SLICE: usize = 1024;

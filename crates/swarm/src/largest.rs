use crate::ids::UserId;
use crate::peer::Role;
use crate::peer_set::Owner;
use crate::swarm::{Counts, Swarm};
use bittorrent::InfoHash;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::net::IpAddr;

/// What a member's clients do with one torrent at the moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Present {
    /// Clients that have everything.
    pub seeding: u32,
    /// Clients that do not.
    pub leeching: u32,
    /// An address of one of them.
    pub address: Option<IpAddr>,
}

/// For people who look: what is too much to ask at every announce.
impl Swarm {
    /// The torrents with most peers, at most `limit`, the largest first. Goes through all torrents and
    /// holds no lock for more than a few of them: call it now and then, not for every page view.
    pub fn largest(&self, limit: usize) -> Vec<(InfoHash, Counts)> {
        let mut largest: BinaryHeap<Reverse<(u32, InfoHash)>> = BinaryHeap::new();
        for shard in &self.shards {
            let mut next = Some(0);
            while let Some(from) = next {
                let shard = shard.lock();
                let key = |torrent: &crate::torrent::Torrent| torrent.key(&self.secret);
                next = shard.torrents().read(from, SLICE, key, |torrent| {
                    let peers = torrent.len();
                    let least = largest.peek().map_or(0, |Reverse((least, _))| *least);
                    if peers > 0 && (largest.len() < limit || peers > least) {
                        largest.push(Reverse((peers, torrent.hash)));
                        if largest.len() > limit {
                            largest.pop();
                        }
                    }
                });
            }
        }
        let sorted = largest.into_sorted_vec().into_iter();
        sorted
            .map(|Reverse((_, hash))| (hash, self.query_state(hash)))
            .collect()
    }

    /// Shows the numbers of all torrents, in no order. Whoever comes or goes meanwhile may be among them
    /// or not. A lock is held for a few torrents at a time, and not while `see` runs.
    pub fn each_torrent(&self, mut see: impl FnMut(InfoHash, Counts)) {
        let mut slice = Vec::with_capacity(SLICE);
        for shard in &self.shards {
            let mut next = Some(0);
            while let Some(from) = next {
                let key = |torrent: &crate::torrent::Torrent| torrent.key(&self.secret);
                next = shard.lock().torrents().read(from, SLICE, key, |torrent| {
                    slice.push((torrent.hash, torrent.counts()));
                });
                for (hash, counts) in slice.drain(..) {
                    see(hash, counts);
                }
            }
        }
    }

    /// What the clients of a member do with a torrent.
    pub fn present(&self, hash: InfoHash, user: UserId) -> Present {
        let mut present = Present::default();
        let (shard, place) = self.shard(hash);
        let found = shard.find(hash, place, &self.secret);
        let Some(clients) = found.and_then(|at| shard.at(at).big()?.clients()) else {
            return present;
        };
        for at in clients.with_owner(Owner::of_user(user, &self.secret), &self.secret) {
            let peer = clients.get(at);
            if peer.user() != Some(user) {
                continue;
            }
            match peer.role {
                Role::Seeder => present.seeding += 1,
                _ => present.leeching += 1,
            }
            present.address = Some(peer.contact().ip());
        }
        present
    }
}

/// Torrents looked at under one hold of a lock.
const SLICE: usize = 256;

#[cfg(test)]
mod tests {
    use crate::{Announce, Config, Identities, Swarm, UnixTime, UserId};
    use bittorrent::{Event, InfoHash, PeerId};

    fn announce(port: u16, user: Option<i64>, left: u64) -> Announce {
        Announce {
            peer_id: PeerId::from([port as u8; 20]),
            user: user.map(UserId),
            addr: ([203, 0, 113, 7], port).into(),
            dialable: true,
            key: None,
            left: Some(left),
            event: Event::None,
        }
    }

    fn hash(number: u16) -> InfoHash {
        let mut bytes = [7; 20];
        bytes[..2].copy_from_slice(&number.to_le_bytes());
        bytes.into()
    }

    #[test]
    fn the_largest_swarms_are_found_among_thousands() {
        for identities in [Identities::Full, Identities::Contact] {
            let config = Config {
                identities,
                ..Config::default()
            };
            let swarm = Swarm::new(config, [7; 16]);
            let now = UnixTime(1_800_000_000);
            for number in 0..3000 {
                for port in 0..=(number % 1000 / 500) {
                    swarm.insert_or_update(hash(number), &announce(port + 1, None, 1), now);
                }
            }
            for port in 1..=9 {
                swarm.insert_or_update(hash(2999), &announce(port, None, 0), now);
            }
            for port in 1..=7 {
                swarm.insert_or_update(hash(17), &announce(port, None, 0), now);
            }
            let largest = swarm.largest(3);
            let counts: Vec<_> = largest
                .iter()
                .map(|(hash, counts)| (*hash, counts.seeders + counts.leechers))
                .collect();
            assert_eq!(counts[..2], [(hash(2999), 9), (hash(17), 7)]);
            assert_eq!(counts[2].1, 2);
            assert_eq!(swarm.largest(10_000).len(), 3000);
        }
    }

    #[test]
    fn each_torrent_is_shown_once() {
        let swarm = Swarm::new(Config::default(), [7; 16]);
        for number in 0..20_000 {
            let seeder = announce(1, None, u64::from(number % 2));
            swarm.insert_or_update(hash(number), &seeder, UnixTime(1_800_000_000));
        }
        let mut shown = std::collections::BTreeMap::new();
        swarm.each_torrent(|hash, counts| assert!(shown.insert(hash, counts).is_none()));
        assert_eq!(shown.len(), 20_000);
        let seeders = shown.values().filter(|counts| counts.seeders == 1).count();
        assert_eq!(seeders, 10_000);
    }

    #[test]
    fn a_members_clients_are_told_from_others() {
        let swarm = Swarm::new(Config::default(), [7; 16]);
        let now = UnixTime(1_800_000_000);
        assert_eq!(swarm.present(hash(1), UserId(5)), Default::default());
        for (port, user, left) in [
            (1, Some(5), 0),
            (2, Some(5), 9),
            (3, Some(6), 9),
            (4, None, 9),
        ] {
            swarm.insert_or_update(hash(1), &announce(port, user, left), now);
        }
        let present = swarm.present(hash(1), UserId(5));
        assert_eq!((present.seeding, present.leeching), (1, 1));
        assert_eq!(present.address, Some([203, 0, 113, 7].into()));
        assert_eq!(swarm.present(hash(1), UserId(7)).address, None);
    }
}

//! Random histories of a public tracker, told to the swarm and to a model that does everything the
//! slow way.

use super::*;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::net::IpAddr;
use swarm::{Counts, Identities};

const TTL: i64 = 320;
const PER_USER: usize = 2;
const PER_ADDRESS: usize = 3;
const PER_NETWORK: usize = 5;
/// Time is kept in steps of so many seconds; with all times on such steps, nothing is in doubt.
const STEP: i64 = 16;

#[derive(Debug, Clone)]
enum Action {
    Announce(u8, Announce),
    /// So many peers of networks of their own.
    Crowd(u8, u16),
    Expire,
    SetCompleted(u8, u64),
    Remove(u8),
    Restart,
}

#[derive(Debug, Clone)]
struct Peer {
    contact: SocketAddr,
    /// Set for members alone, who may have a second contact.
    member: Option<(UserId, PeerId)>,
    other: Option<SocketAddr>,
    left: Option<u64>,
    event: Event,
    seen: i64,
    complete: bool,
}

#[derive(Default)]
struct Model {
    torrents: BTreeMap<u8, (Vec<Peer>, u64)>,
}

impl Peer {
    fn contacts(&self) -> impl Iterator<Item = SocketAddr> {
        [Some(self.contact), self.other].into_iter().flatten()
    }

    fn seeds(&self) -> bool {
        self.left == Some(0)
    }

    fn wants(&self) -> bool {
        !self.seeds() && self.event != Event::Paused
    }
}

/// The part of an address that makes two of them neighbours, and the part that makes them one.
fn networks(ip: IpAddr) -> (Vec<u8>, Vec<u8>) {
    match ip {
        IpAddr::V4(v4) => (v4.octets()[..3].to_vec(), v4.octets().to_vec()),
        IpAddr::V6(v6) => (v6.octets()[..8].to_vec(), v6.octets()[..8].to_vec()),
    }
}

impl Model {
    fn announce(&mut self, torrent: u8, announce: Announce, now: i64) {
        let contact = SocketAddr::new(announce.addr.ip().to_canonical(), announce.addr.port());
        if announce.event == Event::Stopped && !self.torrents.contains_key(&torrent) {
            return;
        }
        let (peers, completed) = self.torrents.entry(torrent).or_default();
        let finished = announce.event == Event::Completed && announce.left == Some(0);
        let mut new = Peer {
            contact,
            member: None,
            other: None,
            left: announce.left,
            event: announce.event,
            seen: now,
            complete: announce.left == Some(0) && !finished,
        };
        let mut accounts = peers.iter().filter_map(|peer| {
            let (user, id) = peer.member?;
            let here = peer.contacts().any(|at| at.ip() == contact.ip());
            (id == announce.peer_id && here).then_some(user)
        });
        let account = announce.user.or_else(|| {
            let only = accounts.next()?;
            accounts.next().is_none().then_some(only)
        });
        new.member = account.map(|user| (user, announce.peer_id));
        // Whoever was here without an account is the same peer, or was this member all along.
        let anonymous = peers
            .iter()
            .position(|peer| peer.member.is_none() && peer.contact == contact)
            .map(|at| peers.remove(at));
        let known = peers
            .iter()
            .position(|peer| new.member.is_some() && peer.member == new.member)
            .map(|at| peers.remove(at));
        if announce.event == Event::Stopped {
            return;
        }
        let moved = match &known {
            Some(old) => !old.contacts().any(|at| at == contact),
            None => new.member.is_some() || anonymous.is_none(),
        };
        if let Some(old) = known {
            let family = |at: &SocketAddr| at.is_ipv4() == contact.is_ipv4();
            new.other = old.contacts().find(|at| !family(at));
            new.complete = old.complete;
        } else if let Some(old) = anonymous {
            new.complete = old.complete;
        }
        if moved {
            Self::make_room(peers, &new);
        }
        if finished && !new.complete {
            new.complete = true;
            *completed += 1;
        }
        peers.push(new);
    }

    fn make_room(peers: &mut Vec<Peer>, new: &Peer) {
        let stalest = |peers: &[Peer], is: &dyn Fn(&Peer) -> bool, limit: usize| {
            let mates: Vec<usize> = (0..peers.len()).filter(|at| is(&peers[*at])).collect();
            let stalest = mates.iter().copied().min_by_key(|at| peers[*at].seen);
            stalest.filter(|_| mates.len() >= limit)
        };
        let (network, address) = networks(new.contact.ip());
        let gone = if let Some((user, _)) = new.member {
            let mate = |peer: &Peer| peer.member.is_some_and(|(other, _)| other == user);
            let same = |peer: &Peer| mate(peer) && peer.contacts().any(|at| at == new.contact);
            let same = peers.iter().position(same);
            same.or_else(|| stalest(peers, &mate, PER_USER))
        } else {
            let anonymous = |peer: &Peer| peer.member.is_none();
            let same_address =
                |peer: &Peer| anonymous(peer) && networks(peer.contact.ip()).1 == address;
            let same_network =
                |peer: &Peer| anonymous(peer) && networks(peer.contact.ip()).0 == network;
            stalest(peers, &same_address, PER_ADDRESS)
                .or_else(|| stalest(peers, &same_network, PER_NETWORK))
        };
        if let Some(at) = gone {
            peers.remove(at);
        }
    }

    fn expire(&mut self, now: i64) {
        for (peers, _) in self.torrents.values_mut() {
            peers.retain(|peer| peer.seen >= now - TTL);
        }
    }

    fn counts(&self, torrent: u8) -> Counts {
        let Some((peers, completed)) = self.torrents.get(&torrent) else {
            return Counts::default();
        };
        let seeders = peers.iter().filter(|peer| peer.seeds()).count() as u32;
        Counts {
            seeders,
            leechers: peers.len() as u32 - seeders,
            downloaders: peers.iter().filter(|peer| peer.wants()).count() as u32,
            completed: *completed,
        }
    }

    /// Contacts with the peer ids that are known.
    fn contacts(
        &self,
        torrent: u8,
        asker: PeerId,
        from: SocketAddr,
        seeding: bool,
        families: Families,
    ) -> Vec<(SocketAddr, Option<PeerId>)> {
        let of_use = |at: &SocketAddr| match families {
            Families::V4 => at.is_ipv4(),
            Families::V6 => at.is_ipv6(),
            Families::Both => true,
        };
        let peers = self.torrents.get(&torrent);
        let mut contacts: Vec<_> = peers
            .into_iter()
            .flat_map(|(peers, _)| peers)
            .filter(|peer| peer.member.is_none_or(|(_, id)| id != asker))
            .filter(|peer| !peer.contacts().any(|at| at == from))
            .filter(|peer| !seeding || peer.wants())
            .flat_map(|peer| {
                peer.contacts()
                    .map(|at| (at, peer.member.map(|(_, id)| id)))
            })
            .filter(|(at, _)| of_use(at))
            .collect();
        contacts.sort();
        contacts
    }
}

fn address() -> impl Strategy<Value = SocketAddr> {
    let ip = prop_oneof![
        3 => (0u8..2, 0u8..4).prop_map(|(net, n)| format!("203.0.{net}.{n}")),
        1 => (0u8..2).prop_map(|n| format!("::ffff:203.0.1.{n}")),
        1 => (0u8..2, 0u8..3).prop_map(|(net, n)| format!("2001:db8:0:{net}::{n}")),
    ];
    (ip, 6881u16..6884).prop_map(|(ip, port)| SocketAddr::new(ip.parse().unwrap(), port))
}

fn announce() -> impl Strategy<Value = Announce> {
    let event = prop_oneof![
        4 => Just(Event::None),
        2 => Just(Event::Started),
        2 => Just(Event::Completed),
        2 => Just(Event::Stopped),
        1 => Just(Event::Paused),
    ];
    let left = prop_oneof![Just(Some(0)), Just(Some(5)), Just(None)];
    let user = prop_oneof![6 => Just(None), 1 => (1i64..3).prop_map(|n| Some(UserId(n)))];
    (
        0u8..4,
        user,
        address(),
        prop::option::of(0u32..3),
        left,
        event,
    )
        .prop_map(|(peer, user, addr, key, left, event)| Announce {
            peer_id: id(peer),
            user,
            addr,
            dialable: true,
            key,
            left,
            event,
        })
}

fn action() -> impl Strategy<Value = Action> {
    prop_oneof![
        30 => (0u8..3, announce()).prop_map(|(torrent, announce)| Action::Announce(torrent, announce)),
        2 => (0u8..3, 0u16..60).prop_map(|(torrent, n)| Action::Crowd(torrent, n)),
        3 => Just(Action::Expire),
        1 => (0u8..3, 0u64..9).prop_map(|(torrent, n)| Action::SetCompleted(torrent, n)),
        1 => (0u8..3).prop_map(Action::Remove),
        1 => Just(Action::Restart),
    ]
}

/// Everybody a query finds.
fn found(
    swarm: &Swarm,
    hash: InfoHash,
    asker: PeerId,
    from: SocketAddr,
    seeding: bool,
    families: Families,
) -> Vec<(SocketAddr, Option<PeerId>)> {
    let query = Query {
        asker: Some(asker),
        endpoint: Some(from),
        seeding,
        limit: 10_000,
        families,
    };
    let mut found: Vec<_> = swarm.query_peers(hash, &query).with_ids().collect();
    found.sort();
    found
}

proptest! {
    #[test]
    fn an_open_swarm_does_what_the_model_does(
        steps in prop::collection::vec((1i64..4, action()), 1..120)
    ) {
        let config = || Config {
            identities: Identities::Contact,
            peer_ttl: TTL as u32,
            max_peers_per_user: PER_USER as u32,
            max_peers_per_address: PER_ADDRESS as u32,
            max_peers_per_network: PER_NETWORK as u32,
            ..Config::default()
        };
        let mut swarm = swarm(config());
        let mut model = Model::default();
        let mut now = NOW;
        for (steps, action) in steps {
            now.0 += steps * STEP;
            match action {
                Action::Announce(torrent, announce) => {
                    let counts = swarm.insert_or_update(hash(torrent), &announce, now);
                    model.announce(torrent, announce, now.0);
                    prop_assert_eq!(counts, model.counts(torrent));
                }
                Action::Crowd(torrent, n) => {
                    for n in 0..n {
                        let addr = format!("198.18.{n}.1:6881");
                        let mut announce = leecher(200, &addr);
                        announce.left = Some(u64::from(n % 3));
                        swarm.insert_or_update(hash(torrent), &announce, now);
                        model.announce(torrent, announce, now.0);
                    }
                }
                Action::Expire => {
                    expire_all(&swarm, now);
                    model.expire(now.0);
                }
                Action::SetCompleted(torrent, n) => {
                    swarm.set_completed(hash(torrent), n, now);
                    model.torrents.entry(torrent).or_default().1 = n;
                }
                Action::Remove(torrent) => {
                    swarm.remove(hash(torrent));
                    model.torrents.remove(&torrent);
                }
                Action::Restart => {
                    let mut bytes = Vec::new();
                    swarm.snapshot(&mut bytes).unwrap();
                    swarm = Swarm::new(config(), [4; 16]);
                    swarm.restore(&mut &bytes[..], now).unwrap();
                    model.expire(now.0);
                }
            }
            let mut peers = 0;
            for torrent in 0..3 {
                // A torrent nobody is in may be forgotten with its counter.
                if model.torrents.get(&torrent).is_some_and(|(peers, _)| peers.is_empty())
                    && swarm.query_state(hash(torrent)) == Counts::default()
                {
                    model.torrents.remove(&torrent);
                }
                prop_assert_eq!(swarm.query_state(hash(torrent)), model.counts(torrent));
                peers += model.torrents.get(&torrent).map_or(0, |(peers, _)| peers.len());
                for (asker, from, seeding, families) in [
                    (id(99), at("192.0.2.1:1"), false, Families::Both),
                    (id(1), at("203.0.1.1:6881"), false, Families::V4),
                    (id(2), at("203.0.0.2:6882"), true, Families::Both),
                    (id(3), at("[2001:db8::1]:6881"), true, Families::V6),
                ] {
                    prop_assert_eq!(
                        found(&swarm, hash(torrent), asker, from, seeding, families),
                        model.contacts(torrent, asker, from, seeding, families)
                    );
                }
            }
            prop_assert_eq!(swarm.totals().peers(), peers as u64);
        }
    }
}

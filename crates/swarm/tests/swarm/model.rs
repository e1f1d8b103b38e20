//! Random histories, told to the swarm and to a model that does everything the slow way.

use super::*;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::net::IpAddr;
use swarm::Counts;

const TTL: i64 = 100;
const PER_USER: usize = 2;
const PER_ADDRESS: usize = 3;

/// One step: some seconds pass, then something happens.
#[derive(Debug, Clone)]
struct Step {
    seconds: i64,
    action: Action,
}

#[derive(Debug, Clone)]
enum Action {
    Announce(u8, Announce),
    Expire,
    SetCompleted(u8, u64),
    Remove(u8),
    Restart,
}

#[derive(Debug, Clone)]
struct Peer {
    announce: Announce,
    contact: SocketAddr,
    v4: Option<SocketAddr>,
    v6: Option<SocketAddr>,
    seen: i64,
    complete: bool,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Who {
    User(UserId),
    Key(u32),
    Contact(SocketAddr),
}

#[derive(Default)]
struct Model {
    torrents: BTreeMap<u8, (Vec<Peer>, u64)>,
}

impl Peer {
    fn who(&self) -> Who {
        match (self.announce.user, self.announce.key) {
            (Some(user), _) => Who::User(user),
            (None, Some(key)) if key != 0 => Who::Key(key),
            _ => Who::Contact(self.contact),
        }
    }

    fn has(&self, address: IpAddr) -> bool {
        [self.v4, self.v6]
            .iter()
            .flatten()
            .any(|at| at.ip() == address)
    }

    fn owner(&self) -> String {
        match (self.announce.user, self.v4, self.v6) {
            (Some(user), ..) => format!("user {user}"),
            (None, Some(v4), _) => v4.ip().to_string(),
            (None, None, Some(SocketAddr::V6(v6))) => format!("{:?}", &v6.ip().segments()[..4]),
            _ => unreachable!("every peer has a contact"),
        }
    }

    fn put(&mut self, contact: SocketAddr) {
        *(if contact.is_ipv4() {
            &mut self.v4
        } else {
            &mut self.v6
        }) = Some(contact);
    }

    fn seeds(&self) -> bool {
        self.announce.left == Some(0)
    }

    fn wants(&self) -> bool {
        !self.seeds() && self.announce.event != Event::Paused
    }
}

impl Model {
    fn announce(&mut self, torrent: u8, announce: Announce, now: i64) {
        let contact = SocketAddr::new(announce.addr.ip().to_canonical(), announce.addr.port());
        let same_id = |peer: &Peer| peer.announce.peer_id == announce.peer_id;
        if announce.event == Event::Stopped && !self.torrents.contains_key(&torrent) {
            return;
        }
        let (peers, completed) = self.torrents.entry(torrent).or_default();
        let mut new = Peer {
            announce,
            contact,
            v4: None,
            v6: None,
            seen: now,
            complete: announce.left == Some(0) && announce.event != Event::Completed,
        };
        let anonymous = Peer {
            announce: Announce {
                user: None,
                ..announce
            },
            ..new.clone()
        }
        .who();
        if announce.user.is_none() {
            let account =
                |p: &&Peer| same_id(p) && p.announce.user.is_some() && p.has(contact.ip());
            let mut accounts = peers.iter().filter(account);
            new.announce.user = accounts.next().and_then(|p| p.announce.user);
            if accounts.next().is_some() {
                new.announce.user = None;
            }
        }
        let mut old = peers
            .iter()
            .position(|p| same_id(p) && p.who() == new.who());
        let mut moved = false;
        if old.is_none() && announce.user.is_some() {
            let adopted = |p: &Peer| same_id(p) && p.who() == anonymous && p.has(contact.ip());
            old = peers.iter().position(adopted);
            moved = old.is_some();
        }
        if announce.event == Event::Stopped {
            if old.is_none() && new.announce.user.is_none() {
                new.put(contact);
                old = peers.iter().position(|p| {
                    same_id(p)
                        && p.announce.user.is_none()
                        && p.owner() == new.owner()
                        && [p.v4, p.v6].contains(&Some(contact))
                });
            }
            old.map(|at| peers.remove(at));
            return;
        }
        if let Some(at) = old {
            let old = peers.remove(at);
            (new.v4, new.v6, new.complete) = (old.v4, old.v6, old.complete);
            new.announce.key = old.announce.key;
            new.contact = old.contact;
        }
        moved |= ![new.v4, new.v6].contains(&Some(contact));
        new.put(contact);
        if moved {
            let limit = if new.announce.user.is_some() {
                PER_USER
            } else {
                PER_ADDRESS
            };
            let mut mates: Vec<usize> = (0..peers.len())
                .filter(|at| peers[*at].owner() == new.owner())
                .collect();
            mates.sort_by_key(|at| peers[*at].seen);
            let same = mates
                .iter()
                .find(|at| [peers[**at].v4, peers[**at].v6].contains(&Some(contact)));
            if let Some(at) = same.or(mates.first().filter(|_| mates.len() >= limit)) {
                peers.remove(*at);
            }
        }
        if announce.event == Event::Completed && announce.left == Some(0) && !new.complete {
            new.complete = true;
            *completed += 1;
        }
        peers.push(new);
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

    fn contacts(
        &self,
        torrent: u8,
        asker: PeerId,
        from: SocketAddr,
        seeding: bool,
    ) -> Vec<SocketAddr> {
        let mut contacts: Vec<_> = self
            .torrents
            .get(&torrent)
            .into_iter()
            .flat_map(|(peers, _)| peers)
            .filter(|peer| peer.announce.peer_id != asker)
            .filter(|peer| ![peer.v4, peer.v6].contains(&Some(from)))
            .filter(|peer| !seeding || peer.wants())
            .flat_map(|peer| [peer.v4, peer.v6].into_iter().flatten())
            .collect();
        contacts.sort();
        contacts
    }
}

fn address() -> impl Strategy<Value = SocketAddr> {
    let ip = prop_oneof![
        (0u8..4).prop_map(|n| format!("203.0.113.{n}")),
        (0u8..2).prop_map(|n| format!("::ffff:203.0.113.{n}")),
        (0u8..3, 0u8..2).prop_map(|(net, n)| format!("2001:db8:0:{net}::{n}")),
    ];
    (ip, 6881u16..6884).prop_map(|(ip, port)| SocketAddr::new(ip.parse().unwrap(), port))
}

fn announce() -> impl Strategy<Value = Announce> {
    let event = prop_oneof![
        4 => Just(Event::None),
        2 => Just(Event::Started),
        2 => Just(Event::Completed),
        1 => Just(Event::Stopped),
        1 => Just(Event::Paused),
    ];
    let left = prop_oneof![Just(Some(0)), Just(Some(5)), Just(None)];
    let user = prop::option::of((1i64..3).prop_map(UserId));
    (
        0u8..6,
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

fn step() -> impl Strategy<Value = Step> {
    let action = prop_oneof![
        30 => (0u8..3, announce()).prop_map(|(torrent, announce)| Action::Announce(torrent, announce)),
        3 => Just(Action::Expire),
        1 => (0u8..3, 0u64..9).prop_map(|(torrent, n)| Action::SetCompleted(torrent, n)),
        1 => (0u8..3).prop_map(Action::Remove),
        1 => Just(Action::Restart),
    ];
    // At least one second, so that who was heard of longest ago is never in doubt.
    (1i64..12, action).prop_map(|(seconds, action)| Step { seconds, action })
}

proptest! {
    #[test]
    fn the_swarm_does_what_the_model_does(steps in prop::collection::vec(step(), 1..120)) {
        let config = || Config {
            peer_ttl: TTL as u32,
            max_peers_per_user: PER_USER as u32,
            max_peers_per_address: PER_ADDRESS as u32,
            ..Config::default()
        };
        let mut swarm = swarm(config());
        let mut model = Model::default();
        let mut now = NOW;
        for Step { seconds, action } in steps {
            now.0 += seconds;
            match action {
                Action::Announce(torrent, announce) => {
                    let counts = swarm.insert_or_update(hash(torrent), &announce, now);
                    model.announce(torrent, announce, now.0);
                    prop_assert_eq!(counts, model.counts(torrent));
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
                for (asker, from, seeding) in [
                    (id(99), at("192.0.2.1:1"), false),
                    (id(1), at("203.0.113.1:6881"), false),
                    (id(2), at("203.0.113.2:6882"), true),
                ] {
                    prop_assert_eq!(
                        contacts(&swarm, hash(torrent), Some(asker), Some(from), seeding),
                        model.contacts(torrent, asker, from, seeding)
                    );
                }
            }
            prop_assert_eq!(swarm.totals().peers(), peers as u64);
        }
    }
}

use crate::config::Config;
use crate::ids::{UnixTime, UserId};
use crate::peer::{Identity, Peer, Role, normalise};
use crate::peer_set::{Owner, PeerSet, Seed};
use crate::query::{Peers, Query};
use crate::random::{Random, visit};
use crate::swarm::{Announce, Counts};
use bittorrent::{Event, InfoHash, PeerId};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// One swarm: the peers of a torrent and its counters.
#[derive(Debug)]
pub(crate) struct Torrent {
    pub(crate) hash: InfoHash,
    pub(crate) peers: PeerSet,
    pub(crate) completed: u64,
    /// When a seeder was last heard of; 0 for never.
    pub(crate) last_seed: u32,
    /// `last_seed` as last reported to whoever follows changes.
    pub(crate) reported_seed: u32,
    /// When anyone announced last.
    pub(crate) touched: u32,
    /// Changes with the counts; never returns to an earlier value.
    pub(crate) generation: u64,
    /// Waits in the shard's list of changes.
    pub(crate) changed: bool,
    /// Its counters matter even without peers.
    pub(crate) pinned: bool,
    /// How many positions the sweep in progress has yet to look at.
    pub(crate) unswept: u32,
}

impl Torrent {
    pub(crate) fn new(hash: InfoHash, now: u32) -> Self {
        Self {
            hash,
            peers: PeerSet::default(),
            completed: 0,
            last_seed: 0,
            reported_seed: 0,
            touched: now,
            generation: 0,
            changed: false,
            pinned: false,
            unswept: 0,
        }
    }

    pub(crate) fn counts(&self) -> Counts {
        Counts {
            seeders: self.peers.seeders(),
            leechers: self.peers.leechers(),
            completed: self.completed,
        }
    }

    /// Takes in one announce.
    pub(crate) fn announce(
        &mut self,
        announce: &Announce,
        now: UnixTime,
        config: &Config,
        seed: &Seed,
        random: &mut Random,
    ) {
        let now = now.compact();
        let contact = normalise(announce.addr);
        let role = role_of(announce);
        self.touched = now;
        if role == Role::Seeder {
            self.last_seed = now;
        }
        let identity = self.identity(announce, contact, seed);
        let known = self.peers.find(announce.peer_id, identity, seed);
        let adopted = match known {
            None => self.adopt(announce, contact, identity, seed),
            Some(_) => None,
        };
        if announce.event == Event::Stopped {
            if let Some(at) = known.or_else(|| self.at_contact(announce, contact, identity, seed)) {
                self.remove(at, now, seed);
            }
            return;
        }
        let finished = announce.event == Event::Completed && role == Role::Seeder;
        let at = match known {
            Some(at) if self.peers.get(at).is_at(contact) => self.peers.set_role(at, role, seed),
            _ => {
                let moved = known.map(|at| self.peers.remove(at, seed));
                let mut peer = match moved.or(adopted) {
                    Some(peer) => peer,
                    None => Peer {
                        id: announce.peer_id,
                        identity,
                        v4: Ipv4Addr::UNSPECIFIED,
                        v4_port: 0,
                        v6: Ipv6Addr::UNSPECIFIED,
                        v6_port: 0,
                        seen: now,
                        role,
                        complete: role == Role::Seeder && !finished,
                    },
                };
                peer.set_endpoint(contact);
                peer.role = role;
                self.make_room(&peer, contact, config, seed, random, now);
                self.peers.insert(peer, seed)
            }
        };
        let peer = self.peers.get_mut(at);
        peer.seen = peer.seen.max(now);
        if finished && !peer.complete {
            peer.complete = true;
            self.completed = self.completed.saturating_add(1);
        }
    }

    /// Whose client has this peer id and this address, when it announced with a passkey before.
    pub(crate) fn account_at(&self, id: PeerId, address: IpAddr, seed: &Seed) -> Option<UserId> {
        let at = self
            .peers
            .find_account_at(id, address.to_canonical(), seed)?;
        self.peers.get(at).user()
    }

    /// Puts back a peer from a snapshot, within the limits that hold now.
    pub(crate) fn restore(
        &mut self,
        peer: Peer,
        config: &Config,
        seed: &Seed,
        random: &mut Random,
    ) {
        if let Some(at) = self.peers.find(peer.id, peer.identity, seed) {
            self.peers.remove(at, seed);
        }
        self.make_room(&peer, peer.contact(), config, seed, random, peer.seen);
        self.touched = self.touched.max(peer.seen);
        self.peers.insert(peer, seed);
    }

    /// Looks at up to `budget` peers and removes those not heard of since `oldest`. Returns how many
    /// were looked at and how many removed; `unswept` reaches 0 when the sweep is through.
    pub(crate) fn sweep(&mut self, oldest: u32, budget: usize, seed: &Seed) -> (usize, usize) {
        let (mut looked, mut removed) = (0, 0);
        self.unswept = self.unswept.min(self.peers.len());
        // From the end, so that whatever takes a removed peer's place has been looked at.
        while self.unswept > 0 && looked < budget {
            self.unswept -= 1;
            looked += 1;
            let peer = self.peers.get(self.unswept);
            if peer.seen < oldest {
                let seen = peer.seen;
                self.remove(self.unswept, seen, seed);
                removed += 1;
            }
        }
        (looked, removed)
    }

    /// Adds randomly chosen peers to `peers`: never the asker; to one that wants nothing, only those
    /// that want something; to others, as far as there are enough, half seeders and half not.
    pub(crate) fn choose(&self, query: &Query, random: &mut Random, peers: &mut Peers) {
        let asker = query.endpoint.map(normalise);
        let (wanting, giving) = (self.peers.wanting(), self.peers.giving());
        let take = |at: u32, peers: &mut Peers| {
            let peer = self.peers.get(at);
            let is_asker = Some(peer.id) == query.asker || asker.is_some_and(|a| peer.is_at(a));
            !is_asker && peers.add(peer, query.families)
        };
        let mut scratch = std::mem::take(&mut peers.scratch);
        let mut choose = |range, want, peers: &mut Peers| {
            visit(range, want, random, &mut scratch, |at| take(at, peers))
        };
        if query.seeding {
            choose(wanting, query.limit, peers);
        } else {
            // The asker may stand among those that want: one more, to be sure of enough.
            let from_giving = query.limit - (query.limit / 2).min(wanting.len().saturating_sub(1));
            let given = choose(giving, from_giving, peers);
            choose(wanting, query.limit - given, peers);
        }
        peers.scratch = scratch;
    }

    fn identity(&self, announce: &Announce, contact: SocketAddr, seed: &Seed) -> Identity {
        if let Some(user) = announce.user {
            return Identity::Account(user);
        }
        if let Some(at) = self
            .peers
            .find_account_at(announce.peer_id, contact.ip(), seed)
        {
            return self.peers.get(at).identity;
        }
        anonymous(announce, contact)
    }

    /// Takes out a client that announced without its passkey before (over UDP, say), for it to become
    /// its member's.
    fn adopt(
        &mut self,
        announce: &Announce,
        contact: SocketAddr,
        identity: Identity,
        seed: &Seed,
    ) -> Option<Peer> {
        let Identity::Account(_) = identity else {
            return None;
        };
        let at = self
            .peers
            .find(announce.peer_id, anonymous(announce, contact), seed)?;
        if !self.peers.get(at).has_address(contact.ip()) {
            return None;
        }
        Some(Peer {
            identity,
            ..self.peers.remove(at, seed)
        })
    }

    /// The anonymous peer with this id at this very contact. Some clients (aria2 over UDP) send another
    /// key with every announce; that they speak from where the peer is says as much.
    fn at_contact(
        &self,
        announce: &Announce,
        contact: SocketAddr,
        identity: Identity,
        seed: &Seed,
    ) -> Option<u32> {
        if let Identity::Account(_) = identity {
            return None;
        }
        self.peers
            .with_owner(Owner::of_network(contact, seed), seed)
            .find(|at| {
                let peer = self.peers.get(*at);
                peer.id == announce.peer_id && peer.user().is_none() && peer.is_at(contact)
            })
    }

    /// Removes what stands in the way of a peer at a new contact: whoever else its owner had there
    /// (the same client under an older peer id), the stalest one of an owner with too many, a stale
    /// one of a swarm that is full.
    fn make_room(
        &mut self,
        new: &Peer,
        contact: SocketAddr,
        config: &Config,
        seed: &Seed,
        random: &mut Random,
        now: u32,
    ) {
        let limit = match new.identity {
            Identity::Account(_) => config.max_peers_per_user,
            Identity::Key(_) | Identity::Contact(_) => config.max_peers_per_address,
        };
        let owner = Owner::of(new, seed);
        let (mut count, mut stalest, mut same) = (0, None, None);
        for at in self.peers.with_owner(owner, seed) {
            let peer = self.peers.get(at);
            count += 1;
            if contact.port() != 0 && peer.is_at(contact) {
                same = Some(at);
            }
            if stalest.is_none_or(|(seen, _)| peer.seen < seen) {
                stalest = Some((peer.seen, at));
            }
        }
        if let Some(at) = same.or(stalest.filter(|_| count >= limit).map(|(_, at)| at)) {
            self.remove(at, now, seed);
        }
        if self.peers.len() >= config.max_peers_per_torrent.max(1) {
            let len = self.peers.len();
            let candidates = (0..EVICTION_CANDIDATES).map(|_| random.below(len));
            if let Some(at) = candidates.min_by_key(|at| self.peers.get(*at).seen) {
                self.remove(at, now, seed);
            }
        }
    }

    fn remove(&mut self, at: u32, seen: u32, seed: &Seed) {
        if self.peers.remove(at, seed).role == Role::Seeder {
            self.last_seed = self.last_seed.max(seen);
        }
    }
}

fn role_of(announce: &Announce) -> Role {
    match (announce.left, announce.event) {
        (Some(0), _) => Role::Seeder,
        (_, Event::Paused) => Role::Partial,
        _ => Role::Leecher,
    }
}

fn anonymous(announce: &Announce, contact: SocketAddr) -> Identity {
    match announce.key {
        // Clients that have no key send 0 over UDP, where the field cannot be left out.
        None | Some(0) => Identity::Contact(contact),
        Some(key) => Identity::Key(key),
    }
}

const EVICTION_CANDIDATES: usize = 8;

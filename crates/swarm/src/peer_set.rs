use crate::ids::UserId;
use crate::peer::{Identity, Peer, Role};
use bittorrent::PeerId;
use hashbrown::HashTable;
use siphasher::sip::SipHasher13;
use std::hash::Hasher;
use std::net::{IpAddr, SocketAddr};
use std::ops::Range;

/// The peers of one torrent: found by peer id and by owner, chosen by position.
///
/// Those that want pieces stand before those that do not, so that both kinds are ranges a random
/// choice can be made from.
#[derive(Debug, Default)]
pub(crate) struct PeerSet {
    peers: Vec<Peer>,
    /// Where the peers that want pieces end.
    wanting: u32,
    partial: u32,
    by_client: HashTable<u32>,
    by_owner: HashTable<u32>,
}

/// The secret that keeps hash tables of chosen peer ids flat.
pub(crate) type Seed = [u8; 16];

impl PeerSet {
    pub(crate) fn len(&self) -> u32 {
        self.peers.len() as u32
    }

    pub(crate) fn seeders(&self) -> u32 {
        self.len() - self.leechers()
    }

    /// All that do not have everything, those that want no more among them (BEP 21).
    pub(crate) fn leechers(&self) -> u32 {
        self.wanting + self.partial
    }

    /// Positions of the peers that want pieces.
    pub(crate) fn wanting(&self) -> Range<u32> {
        0..self.wanting
    }

    /// Positions of seeders and partial seeds.
    pub(crate) fn giving(&self) -> Range<u32> {
        self.wanting..self.len()
    }

    pub(crate) fn get(&self, at: u32) -> &Peer {
        &self.peers[at as usize]
    }

    /// For changes to plain fields; role, identity and contacts decide where a peer stands.
    pub(crate) fn get_mut(&mut self, at: u32) -> &mut Peer {
        &mut self.peers[at as usize]
    }

    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = &Peer> {
        self.peers.iter()
    }

    /// The position of the peer with this peer id and identity.
    pub(crate) fn find(&self, id: PeerId, identity: Identity, seed: &Seed) -> Option<u32> {
        self.by_client
            .find(client_hash(id, identity, seed), |at| {
                let peer = self.get(*at);
                peer.id == id && peer.identity == identity
            })
            .copied()
    }

    /// The position of the peer that has an account, this peer id and this address; `None` too when
    /// several accounts have one, since any of them could be meant.
    pub(crate) fn find_account_at(&self, id: PeerId, ip: IpAddr, seed: &Seed) -> Option<u32> {
        let any = Identity::Account(UserId(0));
        let mut found = self
            .by_client
            .iter_hash(client_hash(id, any, seed))
            .filter(|at| {
                let peer = self.get(**at);
                peer.id == id && peer.user().is_some() && peer.has_address(ip)
            });
        let only = found.next()?;
        found.next().is_none().then_some(*only)
    }

    /// Positions of all peers of one owner.
    pub(crate) fn with_owner(&self, owner: Owner, seed: &Seed) -> impl Iterator<Item = u32> {
        self.by_owner
            .iter_hash(owner.0)
            .copied()
            .filter(move |at| Owner::of(self.get(*at), seed) == owner)
    }

    /// Adds a peer at the end and returns where it stands now.
    pub(crate) fn insert(&mut self, peer: Peer, seed: &Seed) -> u32 {
        let (at, role) = (self.len(), peer.role);
        self.peers.push(peer);
        self.link(at, seed);
        if role == Role::Partial {
            self.partial += 1;
        }
        if role.wants() {
            self.swap(at, self.wanting, seed);
            self.wanting += 1;
            return self.wanting - 1;
        }
        at
    }

    /// Takes a peer out. The last one takes its place.
    pub(crate) fn remove(&mut self, mut at: u32, seed: &Seed) -> Peer {
        if at < self.wanting {
            self.wanting -= 1;
            self.swap(at, self.wanting, seed);
            at = self.wanting;
        }
        let last = self.len() - 1;
        self.swap(at, last, seed);
        self.unlink(last, seed);
        let peer = self.peers.pop().expect("a position always names a peer");
        if peer.role == Role::Partial {
            self.partial -= 1;
        }
        // Swarms shrink: give the memory back when most of it is empty.
        if self.peers.capacity() > 64 && self.peers.len() < self.peers.capacity() / 4 {
            self.peers.shrink_to(self.peers.len() * 2);
            let (peers, room) = (&self.peers, self.peers.len() * 2);
            self.by_client
                .shrink_to(room, |n| peers[*n as usize].client_hash(seed));
            self.by_owner
                .shrink_to(room, |n| Owner::of(&peers[*n as usize], seed).0);
        }
        peer
    }

    /// Changes what a peer does, and returns where it stands then.
    pub(crate) fn set_role(&mut self, at: u32, role: Role, seed: &Seed) -> u32 {
        let old = std::mem::replace(&mut self.peers[at as usize].role, role);
        self.partial -= u32::from(old == Role::Partial);
        self.partial += u32::from(role == Role::Partial);
        match (old.wants(), role.wants()) {
            (true, false) => {
                self.wanting -= 1;
                self.swap(at, self.wanting, seed);
                self.wanting
            }
            (false, true) => {
                self.swap(at, self.wanting, seed);
                self.wanting += 1;
                self.wanting - 1
            }
            _ => at,
        }
    }

    fn link(&mut self, at: u32, seed: &Seed) {
        let peers = &self.peers;
        let peer = &peers[at as usize];
        let rehash = |n: &u32| peers[*n as usize].client_hash(seed);
        self.by_client
            .insert_unique(peer.client_hash(seed), at, rehash);
        let rehash = |n: &u32| Owner::of(&peers[*n as usize], seed).0;
        self.by_owner
            .insert_unique(Owner::of(peer, seed).0, at, rehash);
    }

    fn unlink(&mut self, at: u32, seed: &Seed) {
        let peer = &self.peers[at as usize];
        if let Ok(entry) = self
            .by_client
            .find_entry(peer.client_hash(seed), |n| *n == at)
        {
            entry.remove();
        }
        if let Ok(entry) = self
            .by_owner
            .find_entry(Owner::of(peer, seed).0, |n| *n == at)
        {
            entry.remove();
        }
    }

    fn swap(&mut self, a: u32, b: u32, seed: &Seed) {
        if a == b {
            return;
        }
        let (first, second) = (&self.peers[a as usize], &self.peers[b as usize]);
        let clients = (first.client_hash(seed), second.client_hash(seed));
        let owners = (Owner::of(first, seed).0, Owner::of(second, seed).0);
        for (table, (first, second)) in
            [(&mut self.by_client, clients), (&mut self.by_owner, owners)]
        {
            renumber(table, first, a, NOWHERE);
            renumber(table, second, b, a);
            renumber(table, first, NOWHERE, b);
        }
        self.peers.swap(a as usize, b as usize);
    }
}

fn renumber(table: &mut HashTable<u32>, hash: u64, from: u32, to: u32) {
    if let Some(entry) = table.find_mut(hash, |n| *n == from) {
        *entry = to;
    }
}

const NOWHERE: u32 = u32::MAX;

/// Who answers for a peer when peers are limited: its member, or the network it came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Owner(u64);

impl Owner {
    pub(crate) fn of(peer: &Peer, seed: &Seed) -> Self {
        let Identity::Account(user) = peer.identity else {
            return Self::of_network(peer.contact(), seed);
        };
        let mut hasher = SipHasher13::new_with_key(seed);
        hasher.write_i64(user.0);
        Self(hasher.finish())
    }

    /// The owner of an anonymous peer with this contact.
    pub(crate) fn of_network(contact: SocketAddr, seed: &Seed) -> Self {
        let mut hasher = SipHasher13::new_with_key(seed);
        match contact {
            // Everything on this machine comes from one address: laboratories, proxies, tests.
            contact if contact.ip().is_loopback() => hasher.write_u32(contact.port().into()),
            SocketAddr::V4(v4) => hasher.write(&v4.ip().octets()),
            // A household or a rented server has a whole /64.
            SocketAddr::V6(v6) => hasher.write(&v6.ip().octets()[..8]),
        }
        Self(hasher.finish())
    }
}

impl Peer {
    fn client_hash(&self, seed: &Seed) -> u64 {
        client_hash(self.id, self.identity, seed)
    }
}

/// Accounts are hashed without the user, so that they can be found by peer id and address alone.
fn client_hash(id: PeerId, identity: Identity, seed: &Seed) -> u64 {
    let mut hasher = SipHasher13::new_with_key(seed);
    hasher.write(id.as_bytes());
    match identity {
        Identity::Account(_) => {}
        Identity::Key(key) => hasher.write_u32(key),
        Identity::Contact(SocketAddr::V4(v4)) => {
            hasher.write(&v4.ip().octets());
            hasher.write_u16(v4.port());
        }
        Identity::Contact(SocketAddr::V6(v6)) => {
            hasher.write(&v6.ip().octets());
            hasher.write_u16(v6.port());
        }
    }
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::net::Ipv6Addr;

    const SEED: Seed = [5; 16];

    impl PeerSet {
        /// Everything that must hold between two calls.
        fn check(&self) {
            let count = |role| self.iter().filter(|peer| peer.role == role).count() as u32;
            assert_eq!(self.wanting, count(Role::Leecher));
            assert_eq!(self.partial, count(Role::Partial));
            assert_eq!(self.seeders(), count(Role::Seeder));
            assert!(self.wanting().all(|at| self.get(at).role.wants()));
            assert!(self.giving().all(|at| !self.get(at).role.wants()));
            assert_eq!(self.by_client.len(), self.peers.len());
            assert_eq!(self.by_owner.len(), self.peers.len());
            for at in 0..self.len() {
                let peer = self.get(at);
                assert_eq!(self.find(peer.id, peer.identity, &SEED), Some(at));
                assert!(
                    self.with_owner(Owner::of(peer, &SEED), &SEED)
                        .any(|n| n == at)
                );
            }
        }
    }

    fn peer(number: u8, role: Role) -> Peer {
        let mut peer = Peer {
            id: PeerId::from([number % 8; 20]),
            identity: match number % 3 {
                0 => Identity::Account(UserId(i64::from(number))),
                1 => Identity::Key(number.into()),
                _ => Identity::Contact(contact(number)),
            },
            v4: [0, 0, 0, 0].into(),
            v4_port: 0,
            v6: Ipv6Addr::UNSPECIFIED,
            v6_port: 0,
            seen: 0,
            role,
            complete: false,
        };
        peer.set_endpoint(contact(number));
        peer
    }

    fn contact(number: u8) -> SocketAddr {
        if number.is_multiple_of(2) {
            SocketAddr::from(([203, 0, 113, number % 16], 6881))
        } else {
            let ip = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, number.into());
            SocketAddr::from((ip, 6881))
        }
    }

    fn role(number: u8) -> Role {
        [Role::Leecher, Role::Partial, Role::Seeder][usize::from(number % 3)]
    }

    proptest! {
        #[test]
        fn indexes_and_ranges_stay_in_step(
            steps in prop::collection::vec((0u8..4, any::<u8>(), any::<u8>()), 0..200)
        ) {
            let mut set = PeerSet::default();
            for (action, number, other) in steps {
                let new = peer(number, role(other));
                let found = set.find(new.id, new.identity, &SEED);
                match (action, found) {
                    (0 | 1, None) => {
                        let at = set.insert(new.clone(), &SEED);
                        prop_assert_eq!(set.get(at), &new);
                    }
                    (2, Some(at)) => prop_assert_eq!(set.remove(at, &SEED).id, new.id),
                    (3, Some(at)) => {
                        let at = set.set_role(at, role(other), &SEED);
                        prop_assert_eq!(set.get(at).id, new.id);
                        prop_assert_eq!(set.get(at).role, role(other));
                    }
                    _ => {}
                }
                set.check();
            }
        }
    }

    #[test]
    fn memory_is_given_back_when_a_swarm_shrinks() {
        let mut set = PeerSet::default();
        for number in 0..10_000u32 {
            let identity = Identity::Key(number + 1);
            set.insert(
                Peer {
                    identity,
                    ..peer(2, Role::Seeder)
                },
                &SEED,
            );
        }
        while set.len() > 10 {
            set.remove(0, &SEED);
        }
        assert!(set.peers.capacity() <= 64);
        set.check();
    }
}

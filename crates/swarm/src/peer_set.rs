use crate::crowd::WANTING;
use crate::ids::UserId;
use crate::ordered::{Ordered, Slot};
use crate::pages::Pages;
use crate::peer::{Identity, Peer, Role};
use crate::secret::Secret;
use bittorrent::PeerId;
use std::net::{IpAddr, SocketAddr};
use std::ops::Range;

/// The clients of one torrent: found by peer id and by owner, chosen by position.
///
/// Those that want pieces stand before those that do not, so that both kinds are ranges a random
/// choice can be made from.
#[derive(Debug, Default)]
pub(crate) struct PeerSet {
    peers: Pages<Peer>,
    /// Where the peers that want pieces end.
    wanting: u32,
    partial: u32,
    /// Most swarms have a few peers, who are found sooner by looking at them all.
    index: Option<Box<Index>>,
}

/// Where the peers of a large set stand.
#[derive(Debug, Default)]
struct Index {
    by_client: Ordered<Position>,
    by_owner: Ordered<Position>,
}

/// Where a peer stands, in an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Position(u32);

impl Slot for Position {
    const PER_GAP: u32 = 4;

    fn vacant() -> Self {
        Self(u32::MAX)
    }

    fn is_vacant(&self) -> bool {
        self.0 == u32::MAX
    }
}

impl PeerSet {
    pub(crate) fn len(&self) -> u32 {
        self.peers.len() as u32
    }

    pub(crate) fn seeders(&self) -> u32 {
        self.len() - self.leechers()
    }

    /// Those that have not everything and want no more (BEP 21).
    pub(crate) fn partial(&self) -> u32 {
        self.partial
    }

    /// All that do not have everything, those that want no more among them (BEP 21).
    pub(crate) fn leechers(&self) -> u32 {
        self.wanting + self.partial
    }

    /// Positions of the peers that want pieces, or else of seeders and partial seeds.
    pub(crate) fn of_kind(&self, kind: usize) -> Range<u32> {
        if kind == WANTING {
            0..self.wanting
        } else {
            self.wanting..self.len()
        }
    }

    pub(crate) fn get(&self, at: u32) -> &Peer {
        named(&self.peers, at)
    }

    /// For changes to plain fields; role, identity and contacts decide where a peer stands.
    pub(crate) fn get_mut(&mut self, at: u32) -> &mut Peer {
        let peer = self.peers.get_mut(at as usize);
        peer.expect("a position names a peer")
    }

    /// The position of the peer with this peer id and identity.
    pub(crate) fn find(&self, id: PeerId, identity: Identity, secret: &Secret) -> Option<u32> {
        let is = |at: u32| {
            let peer = self.get(at);
            peer.id == id && peer.identity() == identity
        };
        let Some(Index { by_client, .. }) = self.index.as_deref() else {
            return (0..self.len()).find(|at| is(*at));
        };
        let sought = client_key(id, identity, secret);
        let key = |at: &Position| self.get(at.0).client_key(secret);
        let found = by_client.find(sought, key, |at| is(at.0))?;
        Some(by_client.get(found).0)
    }

    /// The position of the peer that has an account, this peer id and this address; `None` too when
    /// several accounts have one, since any of them could be meant.
    pub(crate) fn find_account_at(&self, id: PeerId, ip: IpAddr, secret: &Secret) -> Option<u32> {
        let sought = client_key(id, Identity::Account(UserId(0)), secret);
        let key = move |at: &Position| self.get(at.0).client_key(secret);
        let indexed = self.index.as_deref().into_iter().flat_map(|index| {
            let found = index.by_client.range(sought, sought, key);
            found.map(|found| index.by_client.get(found).0)
        });
        let mut found = indexed.chain(self.unindexed()).filter(|at| {
            let peer = self.get(*at);
            peer.id == id && peer.user().is_some() && peer.has_address(ip)
        });
        let only = found.next()?;
        found.next().is_none().then_some(only)
    }

    /// Positions of all peers of one owner.
    pub(crate) fn with_owner(&self, owner: Owner, secret: &Secret) -> impl Iterator<Item = u32> {
        let key = move |at: &Position| Owner::of(self.get(at.0), secret).key();
        let indexed = self.index.as_deref().into_iter().flat_map(move |index| {
            let found = index.by_owner.range(owner.key(), owner.key(), key);
            found.map(|found| index.by_owner.get(found).0)
        });
        indexed
            .chain(self.unindexed())
            .filter(move |at| Owner::of(self.get(*at), secret) == owner)
    }

    /// The positions that are to be looked at one by one: all, or none where there is an index.
    fn unindexed(&self) -> Range<u32> {
        match self.index {
            Some(_) => 0..0,
            None => 0..self.len(),
        }
    }

    /// Adds a peer at the end and returns where it stands now.
    pub(crate) fn insert(&mut self, peer: Peer, secret: &Secret) -> u32 {
        let (at, role) = (self.len(), peer.role);
        self.peers.push(peer);
        match &mut self.index {
            Some(index) => index.insert(&self.peers, at, secret),
            None if at >= INDEXED_FROM => {
                let mut index = Box::<Index>::default();
                (0..=at).for_each(|at| index.insert(&self.peers, at, secret));
                self.index = Some(index);
            }
            None => {}
        }
        if role == Role::Partial {
            self.partial += 1;
        }
        if role.wants() {
            self.swap(at, self.wanting, secret);
            self.wanting += 1;
            return self.wanting - 1;
        }
        at
    }

    /// Takes a peer out. The last one takes its place.
    pub(crate) fn remove(&mut self, mut at: u32, secret: &Secret) -> Peer {
        if at < self.wanting {
            self.wanting -= 1;
            self.swap(at, self.wanting, secret);
            at = self.wanting;
        }
        let last = self.len() - 1;
        self.swap(at, last, secret);
        match &mut self.index {
            Some(_) if last < INDEXED_FROM / 2 => self.index = None,
            Some(index) => index.remove(&self.peers, last, secret),
            None => {}
        }
        let peer = self.peers.pop().expect("a position always names a peer");
        if peer.role == Role::Partial {
            self.partial -= 1;
        }
        peer
    }

    /// Changes what a peer does, and returns where it stands then.
    pub(crate) fn set_role(&mut self, at: u32, role: Role, secret: &Secret) -> u32 {
        let old = std::mem::replace(&mut self.get_mut(at).role, role);
        self.partial -= u32::from(old == Role::Partial);
        self.partial += u32::from(role == Role::Partial);
        match (old.wants(), role.wants()) {
            (true, false) => {
                self.wanting -= 1;
                self.swap(at, self.wanting, secret);
                self.wanting
            }
            (false, true) => {
                self.swap(at, self.wanting, secret);
                self.wanting += 1;
                self.wanting - 1
            }
            _ => at,
        }
    }

    fn swap(&mut self, a: u32, b: u32, secret: &Secret) {
        if a == b {
            return;
        }
        if let Some(index) = &mut self.index {
            let entries = |at| index.entries(&self.peers, at, secret);
            let (first, second) = (entries(a), entries(b));
            *index.by_client.get_mut(first.0) = Position(b);
            *index.by_client.get_mut(second.0) = Position(a);
            *index.by_owner.get_mut(first.1) = Position(b);
            *index.by_owner.get_mut(second.1) = Position(a);
        }
        self.peers.swap(a as usize, b as usize);
    }
}

/// Peers from which on a set has an index; it loses it again with half of them.
const INDEXED_FROM: u32 = 24;

impl Index {
    fn insert(&mut self, peers: &Pages<Peer>, at: u32, secret: &Secret) {
        self.by_client
            .insert(Position(at), |at| named(peers, at.0).client_key(secret));
        self.by_owner.insert(Position(at), |at| {
            Owner::of(named(peers, at.0), secret).key()
        });
    }

    fn remove(&mut self, peers: &Pages<Peer>, at: u32, secret: &Secret) {
        let (client, owner) = self.entries(peers, at, secret);
        self.by_client
            .remove(client, |at| named(peers, at.0).client_key(secret));
        self.by_owner
            .remove(owner, |at| Owner::of(named(peers, at.0), secret).key());
    }

    /// Where a position is named.
    fn entries(&self, peers: &Pages<Peer>, at: u32, secret: &Secret) -> (usize, usize) {
        let peer = named(peers, at);
        let key = |at: &Position| named(peers, at.0).client_key(secret);
        let is = |other: &Position| other.0 == at;
        let client = self.by_client.find(peer.client_key(secret), key, is);
        let key = |at: &Position| Owner::of(named(peers, at.0), secret).key();
        let owner = Owner::of(peer, secret).key();
        let owner = self.by_owner.find(owner, key, is);
        client.zip(owner).expect("every peer is in both indexes")
    }
}

fn named(peers: &Pages<Peer>, at: u32) -> &Peer {
    peers.get(at as usize).expect("a position names a peer")
}

/// Who answers for a peer when peers are limited: its member, or the network it came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Owner(u64);

impl Owner {
    pub(crate) fn of(peer: &Peer, secret: &Secret) -> Self {
        match peer.user() {
            Some(user) => Self::of_user(user, secret),
            None => Self::of_network(peer.contact(), secret),
        }
    }

    /// The owner of a member's peers.
    pub(crate) fn of_user(user: UserId, secret: &Secret) -> Self {
        Self(secret.hash(user.0 as u64, 2))
    }

    /// The owner of an anonymous peer with this contact.
    pub(crate) fn of_network(contact: SocketAddr, secret: &Secret) -> Self {
        Self(match contact {
            // Everything on this machine comes from one address: laboratories, proxies, tests.
            contact if contact.ip().is_loopback() => secret.hash(contact.port().into(), 3),
            SocketAddr::V4(v4) => secret.hash(v4.ip().to_bits().into(), 4),
            // A household or a rented server has a whole /64.
            SocketAddr::V6(v6) => secret.hash((v6.ip().to_bits() >> 64) as u64, 5),
        })
    }

    fn key(self) -> u32 {
        self.0 as u32
    }
}

impl Peer {
    fn client_key(&self, secret: &Secret) -> u32 {
        client_key(self.id, self.identity(), secret)
    }
}

/// Accounts are hashed without the user, so that they can be found by peer id and address alone.
fn client_key(id: PeerId, identity: Identity, secret: &Secret) -> u32 {
    let more = match identity {
        Identity::Account(_) => 0,
        Identity::Key(key) => u64::from(key) << 1 | 1,
        Identity::Contact(SocketAddr::V4(v4)) => {
            secret.hash(v4.ip().to_bits().into(), v4.port().into())
        }
        Identity::Contact(SocketAddr::V6(v6)) => {
            let ip = v6.ip().to_bits();
            secret.hash((ip >> 64) as u64, ip as u64) ^ u64::from(v6.port())
        }
    };
    secret.hash_id(id.as_bytes(), more) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::net::Ipv6Addr;

    fn secret() -> Secret {
        Secret::new([5; 16])
    }

    impl PeerSet {
        /// Everything that must hold between two calls.
        fn check(&self) {
            let count = |role| {
                self.peers
                    .slices(0)
                    .flatten()
                    .filter(|p| p.role == role)
                    .count() as u32
            };
            assert_eq!(self.wanting, count(Role::Leecher));
            assert_eq!(self.partial, count(Role::Partial));
            assert_eq!(self.seeders(), count(Role::Seeder));
            assert!(self.of_kind(WANTING).all(|at| self.get(at).role.wants()));
            assert!(
                self.of_kind(crate::crowd::GIVING)
                    .all(|at| !self.get(at).role.wants())
            );
            match &self.index {
                Some(index) => {
                    assert!(self.len() >= INDEXED_FROM / 2);
                    assert_eq!(index.by_client.iter().count(), self.len() as usize);
                    assert_eq!(index.by_owner.iter().count(), self.len() as usize);
                }
                None => assert!(self.len() <= INDEXED_FROM),
            }
            for at in 0..self.len() {
                let peer = self.get(at);
                assert_eq!(self.find(peer.id, peer.identity(), &secret()), Some(at));
                assert!(
                    self.with_owner(Owner::of(peer, &secret()), &secret())
                        .any(|n| n == at)
                );
            }
        }
    }

    fn peer(number: u8, role: Role) -> Peer {
        let identity = match number % 3 {
            0 => Identity::Account(UserId(i64::from(number))),
            1 => Identity::Key(number.into()),
            _ => Identity::Contact(contact(number)),
        };
        let mut peer = Peer::new(PeerId::from([number % 8; 20]), identity, role, 0);
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
                let found = set.find(new.id, new.identity(), &secret());
                match (action, found) {
                    (0 | 1, None) => {
                        let at = set.insert(new.clone(), &secret());
                        prop_assert_eq!(set.get(at), &new);
                    }
                    (2, Some(at)) => prop_assert_eq!(set.remove(at, &secret()).id, new.id),
                    (3, Some(at)) => {
                        let at = set.set_role(at, role(other), &secret());
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
            let mut peer = peer(2, Role::Seeder);
            peer.set_identity(Identity::Key(number + 1));
            set.insert(peer, &secret());
        }
        while set.len() > 10 {
            set.remove(0, &secret());
        }
        set.check();
    }
}

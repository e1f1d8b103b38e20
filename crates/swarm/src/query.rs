use crate::peer::Peer;
use crate::random::Scratch;
use bittorrent::PeerId;
use std::net::{SocketAddr, SocketAddrV4, SocketAddrV6};

/// Which peers are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Query {
    /// Who asks; its own record is never in the answer.
    pub asker: Option<PeerId>,
    /// Where the asker listens; whoever is at the same place is never in the answer.
    pub endpoint: Option<SocketAddr>,
    /// Whether the asker wants nothing itself: then the answer has only peers that want something.
    pub seeding: bool,
    /// How many peers at most.
    pub limit: usize,
    /// Which addresses are of use.
    pub families: Families,
}

/// Address families an asker has use for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Families {
    /// IPv4 addresses.
    V4,
    /// IPv6 addresses.
    V6,
    /// Either; a peer that has both counts once and comes with both.
    Both,
}

/// An answer: addresses of peers in random order. Made once and reused, it allocates nothing.
#[derive(Debug, Clone, Default)]
pub struct Peers {
    /// IPv4 contacts.
    pub v4: Vec<SocketAddrV4>,
    /// IPv6 contacts.
    pub v6: Vec<SocketAddrV6>,
    /// The peer ids that go with the first of `v4`; of the others none is known.
    pub v4_ids: Vec<PeerId>,
    /// The peer ids that go with the first of `v6`; of the others none is known.
    pub v6_ids: Vec<PeerId>,
    pub(crate) scratch: Scratch,
}

impl Peers {
    /// All contacts, with their peer ids as far as the swarm keeps them: see
    /// [`Identities`](crate::Identities).
    pub fn with_ids(&self) -> impl Iterator<Item = (SocketAddr, Option<PeerId>)> {
        let ids = |ids: &[PeerId], at: usize| ids.get(at).copied();
        let v4 = self.v4.iter().enumerate();
        let v4 = v4.map(move |(at, to)| (SocketAddr::V4(*to), ids(&self.v4_ids, at)));
        let v6 = self.v6.iter().enumerate();
        let v6 = v6.map(move |(at, to)| (SocketAddr::V6(*to), ids(&self.v6_ids, at)));
        v4.chain(v6)
    }

    /// Takes a contact out of the answer.
    pub fn leave_out(&mut self, contact: SocketAddr) {
        match contact {
            SocketAddr::V4(v4) => remove(&mut self.v4, &mut self.v4_ids, v4),
            SocketAddr::V6(v6) => remove(&mut self.v6, &mut self.v6_ids, v6),
        }
    }

    /// Empties the answer, keeping its memory.
    pub fn clear(&mut self) {
        self.v4.clear();
        self.v6.clear();
        self.v4_ids.clear();
        self.v6_ids.clear();
    }

    /// Adds what the asker can use of a client. Returns whether that was anything.
    pub(crate) fn add_client(&mut self, peer: &Peer, families: Families) -> bool {
        let v4 = peer.endpoint_v4().filter(|_| families != Families::V6);
        let v6 = peer.endpoint_v6().filter(|_| families != Families::V4);
        if let Some(endpoint) = v4 {
            add(&mut self.v4, &mut self.v4_ids, endpoint, peer.id);
        }
        if let Some(endpoint) = v6 {
            add(&mut self.v6, &mut self.v6_ids, endpoint, peer.id);
        }
        v4.is_some() || v6.is_some()
    }
}

/// Contacts with a peer id stand before those without.
fn add<T>(contacts: &mut Vec<T>, ids: &mut Vec<PeerId>, contact: T, id: PeerId) {
    contacts.push(contact);
    let last = contacts.len() - 1;
    contacts.swap(ids.len(), last);
    ids.push(id);
}

/// The order is lost, which is none anyway.
fn remove<T: PartialEq>(contacts: &mut Vec<T>, ids: &mut Vec<PeerId>, contact: T) {
    let Some(at) = contacts.iter().position(|other| *other == contact) else {
        return;
    };
    if at < ids.len() {
        ids.swap_remove(at);
        contacts.swap(at, ids.len());
        contacts.swap_remove(ids.len());
    } else {
        contacts.swap_remove(at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contacts_keep_their_ids_when_one_is_left_out() {
        let contact = |port: u16| SocketAddrV4::new([203, 0, 113, 1].into(), port);
        for gone in 0..6 {
            let mut peers = Peers {
                v4: (0..5).map(contact).collect(),
                v4_ids: (0..3).map(|n| PeerId::from([n; 20])).collect(),
                ..Peers::default()
            };
            peers.leave_out(contact(gone).into());
            let mut left: Vec<_> = peers.with_ids().collect();
            left.sort_unstable_by_key(|(at, _)| at.port());
            let id = |port: u16| (port < 3).then(|| PeerId::from([port as u8; 20]));
            let expected = (0..5).filter(|port| *port != gone);
            let expected = expected.map(|port| (contact(port).into(), id(port)));
            assert_eq!(left, expected.collect::<Vec<_>>());
        }
    }
}

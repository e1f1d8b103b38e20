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
    /// The peer ids that go with `v4`.
    pub v4_ids: Vec<PeerId>,
    /// The peer ids that go with `v6`.
    pub v6_ids: Vec<PeerId>,
    pub(crate) scratch: Scratch,
}

impl Peers {
    /// All contacts with their peer ids.
    pub fn with_ids(&self) -> impl Iterator<Item = (SocketAddr, PeerId)> {
        let v4 = self
            .v4
            .iter()
            .map(|at| SocketAddr::V4(*at))
            .zip(self.v4_ids.iter().copied());
        let v6 = self
            .v6
            .iter()
            .map(|at| SocketAddr::V6(*at))
            .zip(self.v6_ids.iter().copied());
        v4.chain(v6)
    }

    /// Empties the answer, keeping its memory.
    pub fn clear(&mut self) {
        self.v4.clear();
        self.v6.clear();
        self.v4_ids.clear();
        self.v6_ids.clear();
    }

    /// Adds what the asker can use of a peer. Returns whether that was anything.
    pub(crate) fn add(&mut self, peer: &Peer, families: Families) -> bool {
        let v4 = peer.endpoint_v4().filter(|_| families != Families::V6);
        let v6 = peer.endpoint_v6().filter(|_| families != Families::V4);
        if let Some(endpoint) = v4 {
            self.v4.push(endpoint);
            self.v4_ids.push(peer.id);
        }
        if let Some(endpoint) = v6 {
            self.v6.push(endpoint);
            self.v6_ids.push(peer.id);
        }
        v4.is_some() || v6.is_some()
    }
}

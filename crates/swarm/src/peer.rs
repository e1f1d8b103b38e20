use crate::ids::UserId;
use bittorrent::PeerId;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};

/// One client in one swarm, with the addresses it was seen at: at most one per family (BEP 7).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Peer {
    pub(crate) id: PeerId,
    pub(crate) identity: Identity,
    pub(crate) v6: Ipv6Addr,
    pub(crate) v6_port: u16,
    pub(crate) v4_port: u16,
    pub(crate) v4: Ipv4Addr,
    /// When it announced last.
    pub(crate) seen: u32,
    pub(crate) role: Role,
    /// It has been counted as a download, or came with everything already.
    pub(crate) complete: bool,
}

/// What, besides the peer id, makes two announces come from the same client.
///
/// Peer ids are public within a swarm, so an id alone must not let a stranger change or remove
/// someone else's record: an account, a secret key or the contact itself goes with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Identity {
    /// The passkey said whose it is.
    Account(UserId),
    /// The client's own `key` (BEP 7), for which it may change or have several addresses.
    Key(u32),
    /// Nothing else is known: the contact it first announced from.
    Contact(SocketAddr),
}

/// What a peer does in the swarm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Wants pieces.
    Leecher,
    /// Has some and wants no more: a partial seed (BEP 21). Counted as incomplete.
    Partial,
    /// Has everything.
    Seeder,
}

impl Role {
    /// Whether it would take pieces from a seeder.
    pub(crate) fn wants(self) -> bool {
        self == Self::Leecher
    }
}

impl Peer {
    pub(crate) fn endpoint_v4(&self) -> Option<SocketAddrV4> {
        (self.v4_port != 0).then(|| SocketAddrV4::new(self.v4, self.v4_port))
    }

    pub(crate) fn endpoint_v6(&self) -> Option<SocketAddrV6> {
        (self.v6_port != 0).then(|| SocketAddrV6::new(self.v6, self.v6_port, 0, 0))
    }

    /// One of its contacts, reachable or not.
    pub(crate) fn contact(&self) -> SocketAddr {
        if self.v4.is_unspecified() {
            (self.v6, self.v6_port).into()
        } else {
            (self.v4, self.v4_port).into()
        }
    }

    pub(crate) fn set_endpoint(&mut self, endpoint: SocketAddr) {
        match endpoint {
            SocketAddr::V4(v4) => (self.v4, self.v4_port) = (*v4.ip(), v4.port()),
            SocketAddr::V6(v6) => (self.v6, self.v6_port) = (*v6.ip(), v6.port()),
        }
    }

    pub(crate) fn is_at(&self, endpoint: SocketAddr) -> bool {
        match endpoint {
            SocketAddr::V4(v4) => self.v4_port == v4.port() && self.v4 == *v4.ip(),
            SocketAddr::V6(v6) => self.v6_port == v6.port() && self.v6 == *v6.ip(),
        }
    }

    pub(crate) fn has_address(&self, address: IpAddr) -> bool {
        match address {
            IpAddr::V4(v4) => self.v4_port != 0 && self.v4 == v4,
            IpAddr::V6(v6) => self.v6_port != 0 && self.v6 == v6,
        }
    }

    pub(crate) fn user(&self) -> Option<UserId> {
        match self.identity {
            Identity::Account(user) => Some(user),
            Identity::Key(_) | Identity::Contact(_) => None,
        }
    }
}

/// An IPv4 address that came in IPv6 clothes (`::ffff:a.b.c.d`) without them.
pub(crate) fn normalise(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

use crate::ids::UserId;
use crate::swarm::Announce;
use bittorrent::{Event, PeerId};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};

/// One client in one swarm, with the addresses it was seen at: at most one per family (BEP 7).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Peer {
    pub(crate) id: PeerId,
    v4: Ipv4Addr,
    v4_port: u16,
    pub(crate) role: Role,
    flags: u8,
    /// When it announced last.
    pub(crate) seen: u32,
    /// The number of the account or the key, as the flags say.
    secret: i64,
    /// Few have one, so they alone pay for it.
    v6: Option<Box<Contact<Ipv6Addr>>>,
}

/// An address and a port.
type Contact<Address> = (Address, u16);

/// It has been counted as a download, or came with everything already.
const COMPLETE: u8 = 1;
/// It has an IPv4 contact.
const HAS_V4: u8 = 2;
const HAS_ACCOUNT: u8 = 4;
const HAS_KEY: u8 = 8;

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
    /// A client that was seen at nowhere yet.
    pub(crate) fn new(id: PeerId, identity: Identity, role: Role, seen: u32) -> Self {
        let mut peer = Self {
            id,
            v4: Ipv4Addr::UNSPECIFIED,
            v4_port: 0,
            role,
            flags: 0,
            seen,
            secret: 0,
            v6: None,
        };
        peer.set_identity(identity);
        peer
    }

    pub(crate) fn identity(&self) -> Identity {
        match self.flags & (HAS_ACCOUNT | HAS_KEY) {
            HAS_ACCOUNT => Identity::Account(UserId(self.secret)),
            HAS_KEY => Identity::Key(self.secret as u32),
            _ => Identity::Contact(self.contact()),
        }
    }

    pub(crate) fn set_identity(&mut self, identity: Identity) {
        self.flags &= !(HAS_ACCOUNT | HAS_KEY);
        match identity {
            Identity::Account(user) => {
                self.flags |= HAS_ACCOUNT;
                self.secret = user.0;
            }
            Identity::Key(key) => {
                self.flags |= HAS_KEY;
                self.secret = key.into();
            }
            Identity::Contact(contact) => self.set_endpoint(contact),
        }
    }

    /// It has been counted as a download, or came with everything already.
    pub(crate) fn complete(&self) -> bool {
        self.flags & COMPLETE != 0
    }

    pub(crate) fn set_complete(&mut self, complete: bool) {
        self.flags = self.flags & !COMPLETE | if complete { COMPLETE } else { 0 };
    }

    pub(crate) fn endpoint_v4(&self) -> Option<SocketAddrV4> {
        (self.v4_port != 0).then(|| SocketAddrV4::new(self.v4, self.v4_port))
    }

    pub(crate) fn endpoint_v6(&self) -> Option<SocketAddrV6> {
        let (ip, port) = **self.v6.as_ref()?;
        (port != 0).then(|| SocketAddrV6::new(ip, port, 0, 0))
    }

    /// Where it was seen, at ports nobody can reach too.
    pub(crate) fn contacts(&self) -> (Option<Contact<Ipv4Addr>>, Option<Contact<Ipv6Addr>>) {
        let v4 = (self.flags & HAS_V4 != 0).then_some((self.v4, self.v4_port));
        (v4, self.v6.as_deref().copied())
    }

    /// One of its contacts, reachable or not.
    pub(crate) fn contact(&self) -> SocketAddr {
        match self.contacts() {
            (None, Some(v6)) => v6.into(),
            _ => (self.v4, self.v4_port).into(),
        }
    }

    pub(crate) fn set_endpoint(&mut self, endpoint: SocketAddr) {
        match endpoint {
            SocketAddr::V4(v4) => {
                (self.v4, self.v4_port) = (*v4.ip(), v4.port());
                self.flags |= HAS_V4;
            }
            SocketAddr::V6(v6) => self.v6 = Some(Box::new((*v6.ip(), v6.port()))),
        }
    }

    pub(crate) fn is_at(&self, endpoint: SocketAddr) -> bool {
        let (v4, v6) = self.contacts();
        match endpoint {
            SocketAddr::V4(at) => v4 == Some((*at.ip(), at.port())),
            SocketAddr::V6(at) => v6 == Some((*at.ip(), at.port())),
        }
    }

    pub(crate) fn has_address(&self, address: IpAddr) -> bool {
        match address {
            IpAddr::V4(ip) => self.endpoint_v4().is_some_and(|at| *at.ip() == ip),
            IpAddr::V6(ip) => self.endpoint_v6().is_some_and(|at| *at.ip() == ip),
        }
    }

    pub(crate) fn user(&self) -> Option<UserId> {
        (self.flags & HAS_ACCOUNT != 0).then_some(UserId(self.secret))
    }
}

/// What a peer says it does.
pub(crate) fn role_of(announce: &Announce) -> Role {
    match (announce.left, announce.event) {
        (Some(0), _) => Role::Seeder,
        (_, Event::Paused) => Role::Partial,
        _ => Role::Leecher,
    }
}

/// An IPv4 address that came in IPv6 clothes (`::ffff:a.b.c.d`) without them.
pub(crate) fn normalise(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_is_small() {
        assert_eq!(size_of::<Peer>(), 48);
    }
}

use crate::peer::Role;
use crate::secret::Secret;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};

/// An anonymous peer of a public tracker, which is known by its contact and nothing else.
pub(crate) trait Record: Copy {
    /// An address of its family, with a port.
    type Contact: Into<SocketAddr> + PartialEq + Copy;

    fn endpoint(&self) -> Self::Contact;

    fn contact(&self) -> SocketAddr {
        self.endpoint().into()
    }

    fn mark(&self) -> Mark;

    fn set_mark(&mut self, mark: Mark);

    fn is_at(&self, contact: &Self) -> bool;

    /// Whether it listens at a port; nobody does not.
    fn is_reachable(&self) -> bool;

    /// Where it stands in a table: peers of one network are neighbours, see [`network`](Self::network).
    fn key(&self, secret: &Secret) -> u32;

    /// The keys of all peers of its network: an IPv4 /24, an IPv6 /64. None on this machine, where
    /// everything comes from one address: laboratories, proxies, tests.
    fn network(&self, secret: &Secret) -> Option<(u32, u32)> {
        let key = self.key(secret);
        (!self.contact().ip().is_loopback()).then_some((key & !HOST_BITS, key | HOST_BITS))
    }

    fn shares_network(&self, other: &Self) -> bool;

    /// Whether both are of one IPv4 address or IPv6 /64: of one household or rented server.
    fn shares_address(&self, other: &Self) -> bool;
}

/// What is known of a record's peer besides its contact: role, whether it has been counted as a
/// download, and when it announced last, in 16 bits.
///
/// Time is kept in units of 16 seconds and comes round after a day and a half. Peers are forgotten
/// long before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mark(u16);

impl Mark {
    pub(crate) const VACANT: Self = Self(3);

    pub(crate) fn new(role: Role, complete: bool, seen: u32) -> Self {
        let role = match role {
            Role::Leecher => 0,
            Role::Partial => 1,
            Role::Seeder => 2,
        };
        Self(role | (u16::from(complete) << 2) | ((seen / UNIT) as u16) << 3)
    }

    pub(crate) fn is_vacant(self) -> bool {
        self.0 & 3 == 3
    }

    pub(crate) fn role(self) -> Role {
        match self.0 & 3 {
            0 => Role::Leecher,
            1 => Role::Partial,
            _ => Role::Seeder,
        }
    }

    /// It has been counted as a download, or came with everything already.
    pub(crate) fn complete(self) -> bool {
        self.0 & 4 != 0
    }

    /// Seconds since it announced last, to the next lower multiple of 16.
    pub(crate) fn age(self, now: u32) -> u32 {
        let age = ((now / UNIT) as u16).wrapping_sub(self.0 >> 3) % WRAP;
        // A clock that went back a little makes nobody old.
        if age >= WRAP - AHEAD {
            0
        } else {
            u32::from(age) * UNIT
        }
    }

    /// Whether it was last heard of more than `ttl` seconds ago; up to 16 seconds late.
    pub(crate) fn is_over(self, now: u32, ttl: u32) -> bool {
        self.age(now) > ttl
    }
}

const UNIT: u32 = 16;
const WRAP: u16 = 1 << 13;
const AHEAD: u16 = 1 << 9;
/// The low bits of a key that tell hosts of one network apart.
const HOST_BITS: u32 = 0xff;

/// How long peers can be kept at most, in seconds; far from where their age comes round.
pub(crate) const TTL_MAX: u32 = 24 * 3600;

/// A peer with an IPv4 contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct V4 {
    ip: [u8; 4],
    port: u16,
    mark: Mark,
}

/// A peer with an IPv6 contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct V6 {
    ip: [u8; 16],
    port: u16,
    mark: Mark,
}

impl V4 {
    pub(crate) fn new(contact: SocketAddrV4, mark: Mark) -> Self {
        Self {
            ip: contact.ip().octets(),
            port: contact.port(),
            mark,
        }
    }

    /// Nobody: at no port.
    pub(crate) fn vacant() -> Self {
        Self {
            ip: [0; 4],
            port: 0,
            mark: Mark::VACANT,
        }
    }

    pub(crate) fn is_vacant(&self) -> bool {
        self.mark.is_vacant()
    }
}

impl V6 {
    pub(crate) fn new(contact: SocketAddrV6, mark: Mark) -> Self {
        Self {
            ip: contact.ip().octets(),
            port: contact.port(),
            mark,
        }
    }

    /// The /64 it is in, and which host of it.
    fn halves(&self) -> (u64, u64) {
        let ip = u128::from_be_bytes(self.ip);
        ((ip >> 64) as u64, ip as u64)
    }
}

impl Record for V4 {
    type Contact = SocketAddrV4;

    fn endpoint(&self) -> SocketAddrV4 {
        SocketAddrV4::new(Ipv4Addr::from(self.ip), self.port)
    }

    fn mark(&self) -> Mark {
        self.mark
    }

    fn set_mark(&mut self, mark: Mark) {
        self.mark = mark;
    }

    fn is_at(&self, contact: &Self) -> bool {
        (self.ip == contact.ip) & (self.port == contact.port)
    }

    fn is_reachable(&self) -> bool {
        self.port != 0
    }

    fn key(&self, secret: &Secret) -> u32 {
        let ip = u32::from_be_bytes(self.ip);
        if self.ip[0] == 127 {
            return secret.hash(ip.into(), self.port.into()) as u32;
        }
        secret.hash((ip & !HOST_BITS).into(), 0) as u32 & !HOST_BITS | ip & HOST_BITS
    }

    fn shares_network(&self, other: &Self) -> bool {
        self.ip[..3] == other.ip[..3]
    }

    fn shares_address(&self, other: &Self) -> bool {
        self.ip == other.ip
    }
}

impl Record for V6 {
    type Contact = SocketAddrV6;

    fn endpoint(&self) -> SocketAddrV6 {
        SocketAddrV6::new(Ipv6Addr::from(self.ip), self.port, 0, 0)
    }

    fn mark(&self) -> Mark {
        self.mark
    }

    fn set_mark(&mut self, mark: Mark) {
        self.mark = mark;
    }

    fn is_at(&self, contact: &Self) -> bool {
        self.ip == contact.ip && self.port == contact.port
    }

    fn is_reachable(&self) -> bool {
        self.port != 0
    }

    fn key(&self, secret: &Secret) -> u32 {
        let (network, host) = self.halves();
        let host = secret.hash(host, self.port.into()) as u32;
        if Ipv6Addr::from(self.ip).is_loopback() {
            return host;
        }
        secret.hash(network, 1) as u32 & !HOST_BITS | host & HOST_BITS
    }

    fn shares_network(&self, other: &Self) -> bool {
        self.halves().0 == other.halves().0
    }

    fn shares_address(&self, other: &Self) -> bool {
        self.shares_network(other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ROLES: [Role; 3] = [Role::Leecher, Role::Partial, Role::Seeder];

    proptest! {
        #[test]
        fn a_mark_keeps_what_it_is_given(
            role in 0usize..3, complete: bool, seen in 0u32.., later in 0u32..100_000
        ) {
            let mark = Mark::new(ROLES[role], complete, seen);
            prop_assert!(!mark.is_vacant());
            prop_assert_eq!((mark.role(), mark.complete()), (ROLES[role], complete));
            let now = seen.saturating_add(later);
            prop_assert!(mark.age(now).abs_diff(now - seen) < 16);
            for ttl in [60, 3600, TTL_MAX] {
                prop_assert!(!mark.is_over(now, ttl) || now - seen > ttl - 16);
                prop_assert!(mark.is_over(now, ttl) || now - seen < ttl + 16);
            }
        }

        #[test]
        fn a_clock_that_went_back_makes_nobody_old(seen in 10_000u32.., back in 0u32..8_000) {
            prop_assert_eq!(Mark::new(Role::Seeder, true, seen).age(seen - back), 0);
        }
    }

    #[test]
    fn peers_of_one_network_are_neighbours() {
        let secret = Secret::new([1; 16]);
        let v4 = |text: &str| V4::new(text.parse().unwrap(), Mark::VACANT);
        let v6 = |text: &str| V6::new(text.parse().unwrap(), Mark::VACANT);
        let one = v4("203.0.113.1:6881");
        assert_eq!(one.network(&secret), v4("203.0.113.200:1").network(&secret));
        assert_ne!(
            one.network(&secret),
            v4("203.0.114.1:6881").network(&secret)
        );
        let (from, to) = one.network(&secret).unwrap();
        assert!((from..=to).contains(&one.key(&secret)));
        let one = v6("[2001:db8::1]:6881");
        assert_eq!(
            one.network(&secret),
            v6("[2001:db8::9:0:0:1]:1").network(&secret)
        );
        assert_ne!(
            one.network(&secret),
            v6("[2001:db8:0:1::1]:6881").network(&secret)
        );
        assert_eq!(v4("127.0.0.1:1").network(&secret), None);
        assert_eq!(v6("[::1]:1").network(&secret), None);
        assert_ne!(
            v4("127.0.0.1:1").key(&secret),
            v4("127.0.0.1:2").key(&secret)
        );
    }

    #[test]
    fn records_are_small() {
        assert_eq!((size_of::<V4>(), size_of::<V6>()), (8, 20));
    }
}

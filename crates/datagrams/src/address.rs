use std::mem;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};
use std::ptr;

use libc::{sockaddr_in, sockaddr_in6, socklen_t};

/// Where a packet came from or goes to, as the kernel writes it.
#[derive(Clone, Copy)]
pub struct Address {
    /// The larger of the two forms; the family, which both begin with, says which one it holds.
    pub(crate) raw: sockaddr_in6,
    pub(crate) length: socklen_t,
}

impl Address {
    pub(crate) const LENGTH: socklen_t = size_of::<sockaddr_in6>() as socklen_t;

    /// Room for one.
    pub(crate) fn empty() -> Self {
        // SAFETY: a plain C struct, for which zeros are a value: no family, no address.
        let raw: sockaddr_in6 = unsafe { mem::zeroed() };
        Self {
            raw,
            length: Self::LENGTH,
        }
    }

    /// The address in its canonical form: IPv4 in IPv6 clothes without them. `[::]:0` for one of
    /// another family.
    pub fn canonical(&self) -> SocketAddr {
        match i32::from(self.raw.sin6_family) {
            libc::AF_INET => {
                // SAFETY: the family says that it holds a `sockaddr_in`, which is smaller than the
                // memory it is in, needs no greater alignment, and has no invalid values.
                let v4 = unsafe { *ptr::from_ref(&self.raw).cast::<sockaddr_in>() };
                let ip = Ipv4Addr::from(u32::from_be(v4.sin_addr.s_addr));
                SocketAddr::new(ip.into(), u16::from_be(v4.sin_port))
            }
            libc::AF_INET6 => {
                let ip = Ipv6Addr::from(self.raw.sin6_addr.s6_addr);
                SocketAddr::new(ip.to_canonical(), u16::from_be(self.raw.sin6_port))
            }
            _ => SocketAddrV6::new(Ipv6Addr::UNSPECIFIED, 0, 0, 0).into(),
        }
    }
}

impl From<SocketAddr> for Address {
    fn from(addr: SocketAddr) -> Self {
        let mut address = Self::empty();
        match addr {
            SocketAddr::V4(v4) => {
                // SAFETY: a plain C struct, for which zeros are a value.
                let mut raw: sockaddr_in = unsafe { mem::zeroed() };
                raw.sin_family = libc::AF_INET as _;
                raw.sin_port = v4.port().to_be();
                raw.sin_addr.s_addr = u32::from(*v4.ip()).to_be();
                // SAFETY: the memory is larger than a `sockaddr_in` and at least as aligned.
                unsafe {
                    ptr::from_mut(&mut address.raw)
                        .cast::<sockaddr_in>()
                        .write(raw)
                };
                address.length = size_of::<sockaddr_in>() as socklen_t;
            }
            SocketAddr::V6(v6) => {
                address.raw.sin6_family = libc::AF_INET6 as _;
                address.raw.sin6_port = v6.port().to_be();
                address.raw.sin6_addr.s6_addr = v6.ip().octets();
                address.raw.sin6_scope_id = v6.scope_id();
            }
        }
        address
    }
}

impl std::fmt::Debug for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.canonical().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_goes_there_and_back() {
        for addr in ["203.0.113.7:6881", "[2001:db8::7]:6881", "[::]:0"] {
            let addr: SocketAddr = addr.parse().unwrap();
            assert_eq!(Address::from(addr).canonical(), addr);
        }
        let clothed: SocketAddr = "[::ffff:203.0.113.7]:1".parse().unwrap();
        let plain = "203.0.113.7:1".parse().unwrap();
        assert_eq!(Address::from(clothed).canonical(), plain);
        assert_eq!(Address::empty().canonical(), "[::]:0".parse().unwrap());
    }
}

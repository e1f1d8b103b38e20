use crate::network::Network;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;

/// How many connections each address has, and how many it may have. A network of 64 bits is one
/// IPv6 address here: that is what one customer gets.
pub(super) struct Seats {
    most: u32,
    uncounted: Vec<Network>,
    taken: Mutex<HashMap<IpAddr, u32>>,
}

/// One connection's right to be; gives it back when dropped.
pub(crate) struct Seat {
    seats: Arc<Seats>,
    address: IpAddr,
}

impl Seats {
    /// Addresses in `uncounted` may have any number.
    pub(super) fn new(most: u32, uncounted: Vec<Network>) -> Self {
        Self {
            most,
            uncounted,
            taken: Mutex::default(),
        }
    }

    /// A seat for one more connection from there; `Ok(None)` where they are not counted.
    pub(super) fn take(self: &Arc<Self>, address: IpAddr) -> Result<Option<Seat>, TooMany> {
        if self
            .uncounted
            .iter()
            .any(|network| network.contains(address))
        {
            return Ok(None);
        }
        let address = customer(address);
        let mut taken = self.taken.lock();
        let count = taken.entry(address).or_default();
        if *count >= self.most {
            return Err(TooMany);
        }
        *count += 1;
        Ok(Some(Seat {
            seats: self.clone(),
            address,
        }))
    }
}

/// An address has as many connections as it may have.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TooMany;

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.seats.taken.lock();
        if let Some(count) = taken.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                taken.remove(&self.address);
            }
        }
    }
}

/// The addresses that are one customer's, as far as can be told.
pub(crate) fn customer(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(ip) => IpAddr::V4(ip),
        IpAddr::V6(ip) => IpAddr::V6(Ipv6Addr::from(u128::from(ip) >> 64 << 64)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_address_has_so_many_seats_and_gets_them_back() {
        let near = "127.0.0.0/8".parse().unwrap();
        let seats = Arc::new(Seats::new(2, vec![near]));
        let take = |address: &str| seats.take(address.parse().unwrap());
        let first = take("192.0.2.1").ok().flatten().unwrap();
        let _second = take("::ffff:192.0.2.1").ok().flatten().unwrap();
        assert!(take("192.0.2.1").is_err());
        assert!(take("192.0.2.2").is_ok());
        assert!((0..9).all(|_| matches!(take("127.0.0.1"), Ok(None))));
        drop(first);
        assert!(take("192.0.2.1").is_ok());
        // Two of the same customer.
        let _third = take("2001:db8::1").ok().flatten().unwrap();
        let _fourth = take("2001:db8::2").ok().flatten().unwrap();
        assert!(take("2001:db8::3").is_err());
        assert!(take("2001:db8:0:1::3").is_ok());
    }

    #[test]
    fn addresses_that_are_gone_are_forgotten() {
        let seats = Arc::new(Seats::new(1, Vec::new()));
        for last in 0..=255 {
            drop(seats.take(IpAddr::from([192, 0, 2, last])));
        }
        assert!(seats.taken.lock().is_empty());
    }
}

use parking_lot::Mutex;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

/// How many connections there are, in all and of each address.
pub(crate) struct Guests {
    most: usize,
    most_per_address: u32,
    here: Mutex<Here>,
}

#[derive(Default)]
struct Here {
    all: usize,
    by_network: HashMap<IpAddr, u32>,
}

/// A place, until it is dropped.
pub(crate) struct Place {
    guests: Arc<Guests>,
    network: Option<IpAddr>,
}

impl Guests {
    /// `most_per_address` holds for an IPv4 address or an IPv6 /64.
    pub(crate) fn new(most: usize, most_per_address: u32) -> Self {
        Self {
            most,
            most_per_address,
            here: Mutex::default(),
        }
    }

    /// A place for one more, if there is one.
    pub(crate) fn admit(self: &Arc<Self>, address: IpAddr) -> Option<Place> {
        let network = network(address);
        let mut here = self.here.lock();
        if here.all >= self.most {
            return None;
        }
        if let Some(network) = network {
            let count = here.by_network.entry(network).or_default();
            if *count >= self.most_per_address {
                return None;
            }
            *count += 1;
        }
        here.all += 1;
        drop(here);
        Some(Place {
            guests: self.clone(),
            network,
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut here = self.guests.here.lock();
        here.all -= 1;
        if let Some(network) = self.network
            && let Some(count) = here.by_network.get_mut(&network)
        {
            *count -= 1;
            if *count == 0 {
                here.by_network.remove(&network);
            }
        }
    }
}

/// What is limited as one: a household or a rented server has a whole /64. Nothing on this machine,
/// where everything comes from one address: laboratories, proxies, tests.
fn network(address: IpAddr) -> Option<IpAddr> {
    match address.to_canonical() {
        ip if ip.is_loopback() => None,
        IpAddr::V4(ip) => Some(ip.into()),
        IpAddr::V6(ip) => Some(IpAddr::from((ip.to_bits() >> 64 << 64).to_be_bytes())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn an_address_has_its_share_and_all_have_theirs() {
        let guests = Arc::new(Guests::new(4, 2));
        let first = guests.admit(at("203.0.113.1")).unwrap();
        let _second = guests.admit(at("::ffff:203.0.113.1")).unwrap();
        assert!(guests.admit(at("203.0.113.1")).is_none());
        let third = guests.admit(at("2001:db8::1")).unwrap();
        let _fourth = guests.admit(at("2001:db8::ffff:2")).unwrap();
        drop(first);
        assert!(guests.admit(at("2001:db8::3")).is_none());
        let _fifth = guests.admit(at("203.0.113.1")).unwrap();
        assert!(guests.admit(at("203.0.113.9")).is_none(), "four are here");
        drop(third);
        assert!(guests.admit(at("203.0.113.9")).is_some());
    }

    #[test]
    fn nothing_is_kept_of_those_who_left() {
        let guests = Arc::new(Guests::new(100, 2));
        let places: Vec<_> = (1..50u8)
            .map(|n| guests.admit(IpAddr::from([203, 0, 113, n])))
            .collect();
        assert!(places.iter().all(Option::is_some));
        drop(places);
        let here = guests.here.lock();
        assert_eq!((here.all, here.by_network.len()), (0, 0));
    }

    #[test]
    fn this_machine_may_have_as_many_as_there_are() {
        let guests = Arc::new(Guests::new(3, 1));
        let places = [(); 4].map(|()| guests.admit(at("127.0.0.1")));
        assert_eq!(places.iter().flatten().count(), 3);
    }
}

use crate::ids::UnixTime;
use siphasher::sip::SipHasher24;
use std::hash::Hasher;
use std::net::IpAddr;

/// Issues and checks the connection ids of the UDP tracker protocol (BEP 15) without storing any.
///
/// An id is a keyed hash over the asker's address and the current time window, so it proves that its
/// sender receives what is sent to that address, and it proves so for two to three minutes: clients
/// may use an id for one minute, trackers should accept it for two, and some clients are late.
#[derive(Clone)]
pub struct ConnectionIds {
    key: [u8; 16],
}

impl ConnectionIds {
    /// Whoever knows the key can forge ids: it comes fresh from the system's randomness.
    pub fn new(key: [u8; 16]) -> Self {
        Self { key }
    }

    /// An id for whoever receives at `address`. The port plays no part, since NAT may change it.
    pub fn issue(&self, address: IpAddr, now: UnixTime) -> u64 {
        self.id(address, window(now))
    }

    /// Whether `id` was issued to `address` within the last two minutes (or up to three).
    pub fn check(&self, address: IpAddr, id: u64, now: UnixTime) -> bool {
        let current = window(now);
        let age = current.wrapping_sub(id) & WINDOW_BITS;
        age <= WINDOWS && self.id(address, current.wrapping_sub(age)) == id
    }

    /// The lowest bits name the window, so that checking costs one hash; the rest is the proof.
    fn id(&self, address: IpAddr, window: u64) -> u64 {
        let mut hasher = SipHasher24::new_with_key(&self.key);
        let address = match address {
            IpAddr::V4(v4) => v4.to_ipv6_mapped(),
            IpAddr::V6(v6) => v6,
        };
        hasher.write(&address.octets());
        hasher.write_u64(window);
        (hasher.finish() & !WINDOW_BITS) | (window & WINDOW_BITS)
    }
}

fn window(now: UnixTime) -> u64 {
    now.0.div_euclid(WINDOW_SECONDS) as u64
}

const WINDOW_SECONDS: i64 = 60;
/// How many windows before the current one still count.
const WINDOWS: u64 = 2;
const WINDOW_BITS: u64 = 0b11;

impl std::fmt::Debug for ConnectionIds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ConnectionIds")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HERE: &str = "203.0.113.7";

    fn ids() -> ConnectionIds {
        ConnectionIds::new([7; 16])
    }

    #[test]
    fn an_id_holds_for_two_minutes_and_not_for_four() {
        let address = HERE.parse().unwrap();
        for start in 1_000_000..1_000_060 {
            let id = ids().issue(address, UnixTime(start));
            for late in 0..=120 {
                assert!(ids().check(address, id, UnixTime(start + late)));
            }
            for late in 180..=600 {
                assert!(!ids().check(address, id, UnixTime(start + late)), "{late}");
            }
        }
    }

    #[test]
    fn an_id_is_worth_nothing_elsewhere_or_under_another_key() {
        let now = UnixTime(1_000_000);
        let id = ids().issue(HERE.parse().unwrap(), now);
        assert!(!ids().check("203.0.113.8".parse().unwrap(), id, now));
        assert!(!ids().check("2001:db8::1".parse().unwrap(), id, now));
        assert!(!ConnectionIds::new([8; 16]).check(HERE.parse().unwrap(), id, now));
    }

    #[test]
    fn a_mapped_address_is_the_same_address() {
        let now = UnixTime(1_000_000);
        let id = ids().issue(HERE.parse().unwrap(), now);
        assert!(ids().check("::ffff:203.0.113.7".parse().unwrap(), id, now));
    }

    #[test]
    fn an_id_from_the_future_is_refused() {
        let address = HERE.parse().unwrap();
        let id = ids().issue(address, UnixTime(1_000_060));
        assert!(!ids().check(address, id, UnixTime(1_000_000)));
    }

    proptest! {
        #[test]
        fn guesses_fail(guess in any::<u64>(), address in any::<[u8; 16]>(), now in 0i64..1 << 40) {
            let address = IpAddr::from(address);
            let now = UnixTime(now);
            let issued = (0..=WINDOWS as i64).any(|w| ids().issue(address, UnixTime(now.0 - w * 60)) == guess);
            prop_assert_eq!(ids().check(address, guess, now), issued);
        }
    }
}

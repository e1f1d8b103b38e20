use crate::ids::UnixTime;
use siphasher::sip::SipHasher24;
use std::hash::Hasher;
use std::net::IpAddr;

/// Issues and checks the connection ids of the UDP tracker protocol (BEP 15) without storing any.
///
/// An id is a keyed hash over the asker's address and the current minute, so it proves that its sender
/// receives what is sent to that address, and it proves so for as long as the tracker says: clients may
/// use an id for one minute, trackers should accept it for two, and some clients are later than that.
#[derive(Clone)]
pub struct ConnectionIds {
    key: [u8; 16],
    /// How many minutes before the current one still count.
    windows: u64,
}

impl ConnectionIds {
    /// How long ids hold by BEP 15, in seconds.
    pub const VALID_FOR: u32 = 120;
    /// How long they can be made to hold at most.
    pub const VALID_FOR_MAX: u32 = 3600;

    /// Ids that hold for [`VALID_FOR`](Self::VALID_FOR), or up to a minute longer. Whoever knows the key
    /// can forge ids: it comes fresh from the system's randomness.
    pub fn new(key: [u8; 16]) -> Self {
        Self::valid_for(Self::VALID_FOR, key)
    }

    /// Ids that hold for this many seconds, or up to a minute longer; at least for
    /// [`VALID_FOR`](Self::VALID_FOR) and at most for [`VALID_FOR_MAX`](Self::VALID_FOR_MAX). The longer,
    /// the longer is who once received at an address believed to be there.
    pub fn valid_for(seconds: u32, key: [u8; 16]) -> Self {
        let seconds = seconds.clamp(Self::VALID_FOR, Self::VALID_FOR_MAX);
        let windows = seconds.div_ceil(WINDOW_SECONDS as u32).into();
        Self { key, windows }
    }

    /// An id for whoever receives at `address`. The port plays no part, since NAT may change it.
    pub fn issue(&self, address: IpAddr, now: UnixTime) -> u64 {
        self.id(address, window(now))
    }

    /// Whether `id` was issued to `address`, and not too long ago.
    pub fn check(&self, address: IpAddr, id: u64, now: UnixTime) -> bool {
        let current = window(now);
        let age = current.wrapping_sub(id) & WINDOW_BITS;
        age <= self.windows && self.id(address, current.wrapping_sub(age)) == id
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
/// An hour of windows has numbers of its own.
const WINDOW_BITS: u64 = 0b11_1111;

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
    fn an_id_can_be_made_to_hold_for_longer() {
        let address = HERE.parse().unwrap();
        for (wanted, holds) in [(0, 120), (600, 600), (86_400, 3600)] {
            let ids = ConnectionIds::valid_for(wanted, [7; 16]);
            let id = ids.issue(address, UnixTime(1_000_000));
            for late in [0, holds] {
                assert!(ids.check(address, id, UnixTime(1_000_000 + late)));
            }
            for late in [holds + 60, holds + 7200] {
                assert!(!ids.check(address, id, UnixTime(1_000_000 + late)));
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
            let issued = (0..=2).any(|w| ids().issue(address, UnixTime(now.0 - w * 60)) == guess);
            prop_assert_eq!(ids().check(address, guess, now), issued);
        }
    }
}

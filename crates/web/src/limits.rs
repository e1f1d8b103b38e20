//! Token buckets in memory: how often an address, an account or a token may do a costly thing.
//!
//! The clock is an argument. Buckets that have filled up again are forgotten, and the table is bounded:
//! when it is full of live buckets, the newcomer is refused rather than the table grown.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::time::Duration;

use domain::UnixTime;
use parking_lot::Mutex;

/// What is being limited, with whom it counts against.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    /// Log-in attempts from an address (an IPv6 /64 counts as one).
    LoginFrom(IpAddr),
    /// Log-in attempts on an account name from an address: a stranger's tries do not count against the
    /// account's owner.
    LoginAs(String, IpAddr),
    /// Log-in attempts on an account name, from anywhere. Beyond it tries take longer, see
    /// [`Limits::delay`]; nobody is locked out.
    LoginAnywhere(String),
    /// Log-in attempts of a device that was logged in before, by its number.
    LoginDevice(String),
    /// New accounts from an address.
    RegisterFrom(IpAddr),
    /// Guesses at a password of the signed-in account, or at the set-up token.
    Secret(i64),
    /// API calls with one token.
    Api(i64),
    /// Conversions asked for by an address.
    Convert(IpAddr),
    /// Posts and uploads of one account.
    Post(i64),
}

impl Key {
    /// Burst size and the milliseconds it takes to earn one more.
    fn rule(&self) -> Rule {
        match self {
            Key::LoginFrom(_) => Rule {
                burst: 20,
                millis_each: 15000,
            },
            Key::LoginAs(..) | Key::LoginDevice(_) => Rule {
                burst: 8,
                millis_each: 60000,
            },
            Key::LoginAnywhere(_) => Rule {
                burst: 16,
                millis_each: 30000,
            },
            Key::RegisterFrom(_) => Rule {
                burst: 6,
                millis_each: 300000,
            },
            Key::Secret(_) => Rule {
                burst: 8,
                millis_each: 60000,
            },
            Key::Convert(_) => Rule {
                burst: 30,
                millis_each: 2000,
            },
            Key::Api(_) => Rule {
                burst: 300,
                millis_each: 200,
            },
            Key::Post(_) => Rule {
                burst: 30,
                millis_each: 10000,
            },
        }
    }

    /// Addresses are taken as networks, so that one household is one household.
    fn normal(self) -> Self {
        match self {
            Key::LoginFrom(ip) => Key::LoginFrom(network(ip)),
            Key::LoginAs(name, ip) => Key::LoginAs(name, network(ip)),
            Key::RegisterFrom(ip) => Key::RegisterFrom(network(ip)),
            Key::Convert(ip) => Key::Convert(network(ip)),
            other => other,
        }
    }
}

struct Rule {
    burst: u32,
    millis_each: i64,
}

/// Come back later: whole seconds until the next try is allowed, at least 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryAfter(pub u64);

/// All buckets of the site.
#[derive(Default)]
pub struct Limits {
    buckets: Mutex<HashMap<Key, Bucket>>,
}

/// A bucket as the moment it will be full, in milliseconds: nothing else needs storing.
struct Bucket {
    full_at: i64,
}

impl Limits {
    /// Takes one token, or says how long to wait.
    pub fn take(&self, key: Key, now: UnixTime) -> Result<(), RetryAfter> {
        let rule = key.rule();
        let key = key.normal();
        let moment = now.0.saturating_mul(1000);
        let mut buckets = self.buckets.lock();
        if buckets.len() >= CAPACITY && !buckets.contains_key(&key) {
            buckets.retain(|_, bucket| bucket.full_at > moment);
            if buckets.len() >= CAPACITY {
                return Err(RetryAfter(60));
            }
        }
        let bucket = buckets.entry(key).or_insert(Bucket { full_at: moment });
        let full_at = bucket.full_at.max(moment) + rule.millis_each;
        let latest = moment + rule.millis_each * i64::from(rule.burst);
        if full_at > latest {
            let seconds = (full_at - latest).max(1).unsigned_abs().div_ceil(1000);
            return Err(RetryAfter(seconds));
        }
        bucket.full_at = full_at;
        Ok(())
    }

    /// Takes one token, or says for how long to hold a try back that is let through all the same: until
    /// there would be one, but at most [`LONGEST_DELAY`].
    pub fn delay(&self, key: Key, now: UnixTime) -> Duration {
        match self.take(key, now) {
            Ok(()) => Duration::ZERO,
            Err(RetryAfter(seconds)) => Duration::from_secs(seconds).min(LONGEST_DELAY),
        }
    }

    /// Gives everything back: after a good log-in, earlier typing errors do not count.
    pub fn forget(&self, key: Key) {
        self.buckets.lock().remove(&key.normal());
    }
}

const CAPACITY: usize = 100_000;

/// The longest that a try is held back.
pub const LONGEST_DELAY: Duration = Duration::from_secs(2);

/// What counts as one visitor: an IPv4 address, an IPv6 /64. A household has all addresses of the latter.
pub fn network(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V4(_) => ip,
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(v4) => IpAddr::V4(v4),
            None => {
                let [a, b, c, d, ..] = v6.segments();
                IpAddr::from([a, b, c, d, 0, 0, 0, 0])
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: UnixTime = UnixTime(1_000_000);

    #[test]
    fn a_burst_passes_then_one_per_interval() {
        let limits = Limits::default();
        let key = || Key::LoginAs("mira".into(), IpAddr::from([192, 0, 2, 1]));
        for _ in 0..8 {
            limits.take(key(), START).unwrap();
        }
        assert_eq!(limits.take(key(), START), Err(RetryAfter(60)));
        assert_eq!(
            limits.take(key(), UnixTime(START.0 + 59)),
            Err(RetryAfter(1))
        );
        limits.take(key(), UnixTime(START.0 + 60)).unwrap();
        assert!(limits.take(key(), UnixTime(START.0 + 60)).is_err());
        limits.forget(key());
        limits.take(key(), UnixTime(START.0 + 60)).unwrap();
    }

    #[test]
    fn a_name_that_is_tried_from_everywhere_takes_longer_and_stays_open() {
        let limits = Limits::default();
        let key = || Key::LoginAnywhere("mira".into());
        for _ in 0..16 {
            assert_eq!(limits.delay(key(), START), Duration::ZERO);
        }
        for _ in 0..1000 {
            assert_eq!(limits.delay(key(), START), LONGEST_DELAY);
        }
        let later = UnixTime(START.0 + 30);
        assert_eq!(limits.delay(key(), later), Duration::ZERO);
    }

    #[test]
    fn an_ipv6_network_is_one_address() {
        let limits = Limits::default();
        for i in 0..20u16 {
            let ip = IpAddr::from([0x2001, 0xdb8, 0, 7, 0, 0, 0, i]);
            limits.take(Key::LoginFrom(ip), START).unwrap();
        }
        let ip = IpAddr::from([0x2001, 0xdb8, 0, 7, 9, 9, 9, 9]);
        assert!(limits.take(Key::LoginFrom(ip), START).is_err());
        let other = IpAddr::from([0x2001, 0xdb8, 0, 8, 9, 9, 9, 9]);
        limits.take(Key::LoginFrom(other), START).unwrap();
    }
}

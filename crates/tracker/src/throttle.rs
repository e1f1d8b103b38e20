//! How often each address may announce without an account.

use crate::network::Network;
use parking_lot::Mutex;
use siphasher::sip::SipHasher13;
use std::hash::Hasher;
use std::net::IpAddr;
use swarm::UnixTime;

/// A leaking bucket for each address, in a table that does not grow.
///
/// An announce pours into its address's bucket, time drains it. Where a bucket is missing there is an
/// empty one; when the table is full, the emptiest of a few makes room, so that whoever comes from
/// many addresses frees at most those who hardly announce.
pub(crate) struct Throttle {
    per_minute: u32,
    uncounted: Vec<Network>,
    key: [u8; 16],
    shards: Box<[Mutex<Shard>]>,
}

type Shard = Box<[Bucket]>;

#[derive(Clone, Copy, Default)]
struct Bucket {
    /// The keyed hash of an address.
    address: u64,
    /// In sixtieths of an announce, as of `at`.
    level: u64,
    at: i64,
}

impl Throttle {
    /// `per_minute` announces in the long run, and twice as many at once; 0 is no limit. Addresses in
    /// `uncounted` have none either.
    pub(crate) fn new(per_minute: u32, uncounted: Vec<Network>, key: [u8; 16]) -> Self {
        let shards = if per_minute == 0 { 0 } else { SHARDS };
        let shard = || Mutex::new(vec![Bucket::default(); SHARD].into());
        Self {
            per_minute,
            uncounted,
            key,
            shards: std::iter::repeat_with(shard).take(shards).collect(),
        }
    }

    /// One announce more from there.
    ///
    /// # Errors
    /// The minutes after which there is room for one again.
    pub(crate) fn take(&self, address: IpAddr, now: UnixTime) -> Result<(), u32> {
        if self.per_minute == 0 {
            return Ok(());
        }
        if self
            .uncounted
            .iter()
            .any(|network| network.contains(address))
        {
            return Ok(());
        }
        let address = self.hash(address);
        let room = u64::from(self.per_minute) * BURST;
        let mut shard = self.shards[address as usize % SHARDS].lock();
        let ways = shard.len() / WAYS;
        let set = (address >> 32) as usize % ways * WAYS;
        let set = &mut shard[set..set + WAYS];
        for bucket in set.iter_mut() {
            let seconds = u64::try_from(now.0.saturating_sub(bucket.at)).unwrap_or(0);
            bucket.level = bucket
                .level
                .saturating_sub(seconds.saturating_mul(self.per_minute.into()));
            bucket.at = now.0;
        }
        let at = set.iter().position(|bucket| bucket.address == address);
        let bucket = match at {
            Some(at) => &mut set[at],
            None => {
                let emptiest = set.iter_mut().min_by_key(|bucket| bucket.level);
                let Some(emptiest) = emptiest else {
                    return Ok(());
                };
                *emptiest = Bucket {
                    address,
                    level: 0,
                    at: now.0,
                };
                emptiest
            }
        };
        if bucket.level + ANNOUNCE > room {
            let seconds = (bucket.level + ANNOUNCE - room) / u64::from(self.per_minute);
            return Err(u32::try_from(seconds / 60).unwrap_or(u32::MAX) + 1);
        }
        bucket.level += ANNOUNCE;
        Ok(())
    }

    /// Keyed, so that nobody can choose addresses that share a bucket with somebody else.
    fn hash(&self, address: IpAddr) -> u64 {
        let mut hasher = SipHasher13::new_with_key(&self.key);
        match address.to_canonical() {
            IpAddr::V4(ip) => hasher.write(&ip.octets()),
            // One customer has all of these.
            IpAddr::V6(ip) => hasher.write(&ip.octets()[..8]),
        }
        hasher.finish()
    }
}

/// What an announce pours; a second drains as much as there may be announces in a minute.
const ANNOUNCE: u64 = 60;
/// Seconds' worth of announces that may come at once.
const BURST: u64 = 120;
const SHARDS: usize = 64;
/// Buckets in a shard, 24 bytes each: under half a megabyte in all.
const SHARD: usize = 256;
/// Buckets an address can have its own in.
const WAYS: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_800_000_000;

    fn rate(per_minute: u32) -> Throttle {
        Throttle::new(per_minute, vec!["127.0.0.0/8".parse().unwrap()], [7; 16])
    }

    /// How many of `tries` announces are let through.
    fn passed(rate: &Throttle, address: &str, now: i64, tries: usize) -> usize {
        let address = address.parse().unwrap();
        let tries = (0..tries).map(|_| rate.take(address, UnixTime(now)));
        tries.filter(Result::is_ok).count()
    }

    #[test]
    fn a_burst_passes_and_then_so_many_a_minute() {
        let rate = rate(30);
        assert_eq!(passed(&rate, "192.0.2.1", NOW, 100), 60);
        assert_eq!(passed(&rate, "192.0.2.1", NOW + 1, 100), 0);
        assert_eq!(passed(&rate, "192.0.2.1", NOW + 60, 100), 30);
        assert_eq!(passed(&rate, "192.0.2.1", NOW + 100_000, 100), 60);
        assert_eq!(passed(&rate, "192.0.2.2", NOW, 100), 60);
    }

    #[test]
    fn who_is_refused_is_told_when_to_come_back() {
        let rate = rate(1);
        let address = "192.0.2.1".parse().unwrap();
        assert_eq!(passed(&rate, "192.0.2.1", NOW, 9), 2);
        assert_eq!(rate.take(address, UnixTime(NOW)), Err(2));
        assert_eq!(rate.take(address, UnixTime(NOW + 59)), Err(1));
        assert_eq!(rate.take(address, UnixTime(NOW + 60)), Ok(()));
    }

    #[test]
    fn a_network_of_one_customer_is_one_address() {
        let rate = rate(5);
        assert_eq!(passed(&rate, "2001:db8::1", NOW, 20), 10);
        assert_eq!(passed(&rate, "2001:db8::ffff:2", NOW, 20), 0);
        assert_eq!(passed(&rate, "2001:db8:0:1::1", NOW, 20), 10);
        assert_eq!(passed(&rate, "192.0.2.1", NOW, 5), 5);
        assert_eq!(passed(&rate, "::ffff:192.0.2.1", NOW, 20), 5);
    }

    #[test]
    fn neighbours_and_trackers_without_a_limit_have_none() {
        assert_eq!(passed(&rate(5), "127.0.0.3", NOW, 1000), 1000);
        assert_eq!(passed(&rate(0), "192.0.2.1", NOW, 1000), 1000);
    }

    #[test]
    fn many_addresses_do_not_free_the_one_that_announces_most() {
        let rate = rate(5);
        assert_eq!(passed(&rate, "192.0.2.1", NOW, 20), 10);
        for other in 0..200_000_u32 {
            let address = IpAddr::from(other.to_be_bytes());
            let _ = rate.take(address, UnixTime(NOW));
        }
        assert_eq!(passed(&rate, "192.0.2.1", NOW, 20), 0);
    }

    #[test]
    fn a_clock_that_goes_back_drains_nothing() {
        let rate = rate(5);
        assert_eq!(passed(&rate, "192.0.2.1", NOW, 20), 10);
        assert_eq!(passed(&rate, "192.0.2.1", NOW - 1000, 20), 0);
        assert_eq!(passed(&rate, "192.0.2.1", NOW - 940, 20), 5);
    }
}

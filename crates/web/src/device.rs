//! Knowing a device again that an account was logged in on.
//!
//! Limits on log-in attempts must not let a stranger lock an account's owner out. A device that has
//! logged in carries a signed cookie for its account; its tries are counted for themselves. The cookie
//! opens nothing: the password is asked for as ever, and whoever takes the cookie has a few tries.

use domain::{Entropy, UnixTime, UserId};
use subtle::ConstantTimeEq as _;

use crate::csrf::hmac_sha256;

/// How long a device is known, in seconds.
pub const DEVICE_SECONDS: i64 = 365 * 86_400;

/// A device an account was logged in on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// The account.
    pub user: UserId,
    /// The device's own number, 32 hexadecimal digits.
    pub number: String,
}

impl Device {
    /// A device seen for the first time.
    pub fn new(user: UserId, entropy: &Entropy) -> Self {
        Device {
            user,
            number: hex::encode(entropy.bytes::<16>()),
        }
    }

    /// The cookie's value: account, moment, number and the proof that they are ours.
    pub fn sealed(&self, key: &[u8], now: UnixTime) -> String {
        let facts = format!("{}.{}.{}", self.user, now.0, self.number);
        let proof = proof(key, &facts);
        format!("{facts}.{proof}")
    }

    /// The device that a cookie proves, unless it is too old.
    pub fn unsealed(value: &str, key: &[u8], now: UnixTime) -> Option<Self> {
        let (facts, sent) = value.rsplit_once('.')?;
        if !bool::from(sent.as_bytes().ct_eq(proof(key, facts).as_bytes())) {
            return None;
        }
        let mut facts = facts.split('.');
        let user = facts.next()?.parse().ok()?;
        let since: i64 = facts.next()?.parse().ok()?;
        let number = facts.next()?.to_owned();
        (now.0 < since.saturating_add(DEVICE_SECONDS)).then_some(Device { user, number })
    }
}

fn proof(key: &[u8], facts: &str) -> String {
    hex::encode(hmac_sha256(key, &[b"device\0", facts.as_bytes()]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_known_for_a_year_by_its_own_seal() {
        let (key, now) = ([7; 32], UnixTime(1_000_000));
        let device = Device::new(UserId(5), &Entropy::seeded(1));
        let sealed = device.sealed(&key, now);
        assert_eq!(Device::unsealed(&sealed, &key, now), Some(device.clone()));
        let late = UnixTime(now.0 + DEVICE_SECONDS);
        assert_eq!(Device::unsealed(&sealed, &key, late), None);
        assert_eq!(Device::unsealed(&sealed, &[8; 32], now), None);
        let other = sealed.replacen("5.", "6.", 1);
        assert_eq!(Device::unsealed(&other, &key, now), None);
        for bad in ["", ".", "5", "5.1.2", &sealed[1..]] {
            assert_eq!(Device::unsealed(bad, &key, now), None, "{bad}");
        }
    }
}

//! The machine's clock and randomness, handed to every role as values.

use std::time::{SystemTime, UNIX_EPOCH};

use domain::{Clock, Entropy, UnixTime};
use rand::Rng;

/// The machine's clock, in whole seconds.
pub fn clock() -> Clock {
    Clock::new(|| {
        // a clock before 1970 is a broken one; it stands at 0 rather than stopping the site
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        UnixTime(i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
    })
}

/// Randomness fit for secrets: a generator for each thread, keyed and rekeyed by the operating system.
pub fn entropy() -> Entropy {
    Entropy::new(|bytes| rand::rng().fill_bytes(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_tells_this_century_and_randomness_varies() {
        assert!(clock().now() > UnixTime(1_700_000_000));
        assert_ne!(entropy().bytes::<32>(), entropy().bytes::<32>());
        assert_ne!(entropy().bytes::<32>(), [0; 32]);
    }
}

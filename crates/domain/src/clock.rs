//! Time as a value, and the clock that the binary hands to every role.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// A moment: whole seconds since 1970-01-01 00:00:00 UTC.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct UnixTime(pub i64);

impl UnixTime {
    /// The moment `seconds` later; stops at the ends of the type.
    pub const fn plus(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds))
    }

    /// Seconds from `earlier` to this moment; 0 when `earlier` is in fact later.
    pub const fn since(self, earlier: Self) -> i64 {
        let seconds = self.0.saturating_sub(earlier.0);
        if seconds < 0 { 0 } else { seconds }
    }
}

impl fmt::Display for UnixTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl From<i64> for UnixTime {
    fn from(seconds: i64) -> Self {
        Self(seconds)
    }
}

impl From<UnixTime> for i64 {
    fn from(time: UnixTime) -> Self {
        time.0
    }
}

/// Tells the time. Cloning is cheap and the clones agree.
///
/// Only the binary makes one from the machine's clock; tests use [`Clock::fixed`] or a closure over
/// a value they move.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> UnixTime + Send + Sync>);

impl Clock {
    /// A clock that answers with what `now` returns.
    pub fn new(now: impl Fn() -> UnixTime + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// A clock that stands still.
    pub fn fixed(at: UnixTime) -> Self {
        Self::new(move || at)
    }

    /// The present moment.
    pub fn now(&self) -> UnixTime {
        (self.0)()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Clock").field(&self.now()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_stops_at_its_ends() {
        assert_eq!(UnixTime(i64::MAX).plus(1), UnixTime(i64::MAX));
        assert_eq!(UnixTime(10).since(UnixTime(4)), 6);
        assert_eq!(UnixTime(4).since(UnixTime(10)), 0);
        assert_eq!(UnixTime(i64::MIN).since(UnixTime(i64::MAX)), 0);
    }

    #[test]
    fn a_fixed_clock_stands_still() {
        let clock = Clock::fixed(UnixTime(5));
        assert_eq!(
            (clock.now(), clock.clone().now()),
            (UnixTime(5), UnixTime(5))
        );
    }
}

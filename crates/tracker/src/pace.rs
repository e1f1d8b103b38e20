use parking_lot::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use swarm::UnixTime;

/// How often clients are to announce, and from that how long they are waited for. May change at any
/// time.
pub(crate) struct Pace {
    least: u32,
    interval: AtomicU32,
    /// A longer interval that some clients still go by, and until when.
    longer: Mutex<Option<(u32, UnixTime)>>,
}

impl Pace {
    /// Both in seconds; an interval is never below `least`.
    pub(crate) fn new(interval: u32, least: u32) -> Self {
        Self {
            least,
            interval: AtomicU32::new(interval.max(least)),
            longer: Mutex::new(None),
        }
    }

    /// Seconds to the next announce, for whoever announces now.
    pub(crate) fn interval(&self) -> u32 {
        self.interval.load(Ordering::Relaxed)
    }

    pub(crate) fn set(&self, interval: u32, now: UnixTime) {
        let mut longer = self.longer.lock();
        let before = self
            .interval
            .swap(interval.max(self.least), Ordering::Relaxed);
        let awaited = UnixTime(now.0.saturating_add(before.into()));
        *longer = match *longer {
            Some((seconds, until)) if seconds >= before && until > now => Some((seconds, until)),
            _ if before > self.interval() => Some((before, awaited)),
            _ => None,
        };
    }

    /// Seconds after which a silent peer is gone: it has missed two announces by then, going by the
    /// interval it was told, or by the one that clients do not go below.
    pub(crate) fn peer_ttl(&self, now: UnixTime) -> u32 {
        let told = match *self.longer.lock() {
            Some((seconds, until)) if until > now => seconds.max(self.interval()),
            _ => self.interval(),
        };
        told.max(CLIENTS_LEAST).saturating_mul(2).saturating_add(60)
    }
}

/// Many clients announce no more often than this, whatever they are told.
const CLIENTS_LEAST: u32 = 300;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shorter_interval_waits_for_those_who_were_told_the_longer_one() {
        let pace = Pace::new(1800, 60);
        assert_eq!((pace.interval(), pace.peer_ttl(UnixTime(0))), (1800, 3660));
        pace.set(300, UnixTime(1000));
        assert_eq!(
            (pace.interval(), pace.peer_ttl(UnixTime(1000))),
            (300, 3660)
        );
        pace.set(600, UnixTime(1100));
        pace.set(90, UnixTime(1200));
        assert_eq!(pace.peer_ttl(UnixTime(2799)), 3660);
        assert_eq!(pace.peer_ttl(UnixTime(2800)), 660);
        pace.set(900, UnixTime(3000));
        assert_eq!(pace.peer_ttl(UnixTime(3000)), 1860);
        pace.set(10, UnixTime(4000));
        assert_eq!((pace.interval(), pace.peer_ttl(UnixTime(4899))), (60, 1860));
        assert_eq!(pace.peer_ttl(UnixTime(4900)), 660);
    }
}

//! Latencies of many requests, summed up.

use std::time::Duration;

/// What a series of requests took.
#[derive(Debug, Clone, Copy)]
pub struct Latency {
    /// How many were measured.
    pub requests: usize,
    /// Half took no longer.
    pub median: Duration,
    /// 99 of 100 took no longer.
    pub p99: Duration,
    /// The longest.
    pub longest: Duration,
}

impl Latency {
    /// Sums up a series; `None` for an empty one.
    pub fn of(mut series: Vec<Duration>) -> Option<Self> {
        series.sort_unstable();
        let at =
            |hundredths: usize| series.get((series.len() * hundredths / 100).min(series.len() - 1));
        Some(Self {
            requests: series.len(),
            longest: *series.last()?,
            median: *at(50)?,
            p99: *at(99)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn picks_the_median_and_the_hundredth() {
        let latency =
            Latency::of((1..=1000).rev().map(Duration::from_millis).collect()).expect("not empty");
        assert_eq!(latency.median, Duration::from_millis(501));
        assert_eq!(latency.p99, Duration::from_millis(991));
        assert_eq!(latency.longest, Duration::from_millis(1000));
        assert!(Latency::of(Vec::new()).is_none());
    }
}

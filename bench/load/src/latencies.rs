//! How long answers took.

use std::time::Duration;

/// How many answers took how long: in steps of a hundredth of a millisecond, up to a second.
pub struct Latencies(Vec<u64>);

impl Latencies {
    pub fn new() -> Self {
        Self(vec![0; 100_000])
    }

    pub fn add(&mut self, time: Duration) {
        let slot = (time.as_micros() / 10) as usize;
        let last = self.0.len() - 1;
        self.0[slot.min(last)] += 1;
    }

    /// The time that this share of the answers stayed within, in milliseconds.
    pub fn within(&self, share: f64) -> f64 {
        let wanted = (self.0.iter().sum::<u64>() as f64 * share) as u64;
        let mut seen = 0;
        let at = self.0.iter().position(|count| {
            seen += count;
            seen > wanted
        });
        at.unwrap_or(self.0.len()) as f64 / 100.0
    }
}

impl Default for Latencies {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ninety_nine_of_a_hundred_stay_within() {
        let mut latencies = Latencies::new();
        for number in 1..=1000 {
            latencies.add(Duration::from_micros(number * 10));
        }
        assert_eq!(latencies.within(0.5), 5.01);
        assert_eq!(latencies.within(0.99), 9.91);
        latencies.add(Duration::from_secs(60));
        assert_eq!(
            latencies.within(1.0),
            1000.0,
            "an overlong one still counts"
        );
    }
}

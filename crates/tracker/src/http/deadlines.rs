use std::time::{Duration, Instant};

/// By when something has to happen at each of many places, to within a tick.
///
/// A number for each place, all of them looked at once a tick: with a hundred thousand places that is
/// less work than moving one of them from list to list whenever its client says something.
pub(super) struct Deadlines {
    begun: Instant,
    tick_ms: u64,
    /// In ticks since it began; 0 for none.
    at: Vec<u32>,
    looked: u32,
}

impl Deadlines {
    pub(super) fn new(begun: Instant, tick: Duration) -> Self {
        Self {
            begun,
            tick_ms: millis(tick).max(1),
            at: Vec::new(),
            looked: 0,
        }
    }

    /// Sets the deadline of a place; never early, at most two ticks late.
    pub(super) fn set(&mut self, place: usize, deadline: Instant) {
        if place >= self.at.len() {
            self.at.resize(place + 1, 0);
        }
        self.at[place] = self.ticks(deadline).saturating_add(1);
    }

    pub(super) fn clear(&mut self, place: usize) {
        if let Some(at) = self.at.get_mut(place) {
            *at = 0;
        }
    }

    /// In which order the deadlines of two places come.
    pub(super) fn order(&self, place: usize) -> u32 {
        self.at.get(place).copied().unwrap_or(0)
    }

    /// The places whose deadline has passed, without their deadline from then on.
    pub(super) fn passed(&mut self, now: Instant, passed: &mut Vec<usize>) {
        passed.clear();
        let now = self.ticks(now);
        if now == self.looked {
            return;
        }
        self.looked = now;
        for (place, at) in self.at.iter_mut().enumerate() {
            if *at != 0 && *at <= now {
                *at = 0;
                passed.push(place);
            }
        }
    }

    fn ticks(&self, at: Instant) -> u32 {
        let ticks = millis(at.saturating_duration_since(self.begun)) / self.tick_ms;
        u32::try_from(ticks).unwrap_or(u32::MAX - 1)
    }
}

/// In 64 bits, unlike the standard library's: dividing 128 takes long.
fn millis(time: Duration) -> u64 {
    time.as_secs().saturating_mul(1000) + u64::from(time.subsec_millis())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TICK: Duration = Duration::from_millis(100);

    fn passed(deadlines: &mut Deadlines, now: Instant) -> Vec<usize> {
        let mut passed = Vec::new();
        deadlines.passed(now, &mut passed);
        passed
    }

    #[test]
    fn a_deadline_is_never_early_and_hardly_late() {
        let begun = Instant::now();
        for after in (0..1000).step_by(7).map(Duration::from_millis) {
            let mut deadlines = Deadlines::new(begun, TICK);
            deadlines.set(3, begun + after);
            let seen = (0..2000)
                .map(|ms| begun + Duration::from_millis(ms))
                .find(|now| passed(&mut deadlines, *now) == [3]);
            let late = seen.expect("it passes") - (begun + after);
            assert!(late <= 2 * TICK, "{after:?} was {late:?} late");
        }
    }

    #[test]
    fn a_deadline_passes_once_and_can_be_moved_and_cleared() {
        let begun = Instant::now();
        let mut deadlines = Deadlines::new(begun, TICK);
        for place in 0..4 {
            deadlines.set(place, begun + TICK);
        }
        deadlines.clear(1);
        deadlines.clear(9);
        deadlines.set(2, begun + 10 * TICK);
        assert_eq!(passed(&mut deadlines, begun + 5 * TICK), [0, 3]);
        assert!(passed(&mut deadlines, begun + 6 * TICK).is_empty());
        assert_eq!(passed(&mut deadlines, begun + 12 * TICK), [2]);
    }
}

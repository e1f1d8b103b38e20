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

    /// Reads a date and time in UTC, `2027-01-31T18:00`, `2027-01-31T18:00:30Z`: what RFC 3339 and
    /// HTML's `datetime-local` write.
    pub fn from_civil(text: &str) -> Option<Self> {
        let text = text.strip_suffix('Z').unwrap_or(text);
        let (date, time) = text.split_once('T')?;
        let date = numbers(date, '-', &[4, 2, 2])?;
        let time = numbers(time, ':', &[2, 2, 2]).or_else(|| numbers(time, ':', &[2, 2]))?;
        let (&[year, month, day], &[hour, minute, ..]) = (&date[..], &time[..]) else {
            return None;
        };
        let second = time.get(2).copied().unwrap_or(0);
        if !(1970..=9999).contains(&year) || hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        let days = days_before(year, month)? + day - 1;
        if day < 1 || days >= days_after(year, month)? {
            return None;
        }
        Some(Self(days * 86_400 + hour * 3600 + minute * 60 + second))
    }
}

/// Numbers of exactly so many digits.
fn numbers(text: &str, between: char, digits: &[usize]) -> Option<Vec<i64>> {
    let parts: Vec<&str> = text.split(between).collect();
    if parts.len() != digits.len() {
        return None;
    }
    let number = |(part, len): (&&str, &usize)| {
        let whole = part.len() == *len && part.bytes().all(|byte| byte.is_ascii_digit());
        whole.then(|| part.parse().ok()).flatten()
    };
    parts.iter().zip(digits).map(number).collect()
}

/// Days from 1970-01-01 to the first of a month.
fn days_before(year: i64, month: i64) -> Option<i64> {
    const BEFORE: [i64; 12] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
    let before = BEFORE.get(usize::try_from(month - 1).ok()?)?;
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let leap_days = |year: i64| year / 4 - year / 100 + year / 400;
    let years = (year - 1970) * 365 + leap_days(year - 1) - leap_days(1969);
    Some(years + before + i64::from(leap && month > 2))
}

fn days_after(year: i64, month: i64) -> Option<i64> {
    match month {
        12 => days_before(year + 1, 1),
        _ => days_before(year, month + 1),
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
    fn dates_are_read_as_they_are_written() {
        for (text, seconds) in [
            ("1970-01-01T00:00Z", 0),
            ("2000-02-29T12:34:56Z", 951_827_696),
            ("2026-11-21T18:30", 1_795_285_800),
            ("9999-12-31T23:59:59", 253_402_300_799),
        ] {
            assert_eq!(
                UnixTime::from_civil(text),
                Some(UnixTime(seconds)),
                "{text}"
            );
        }
        for text in [
            "",
            "T",
            "2026-11-21",
            "2026-02-29T00:00",
            "2026-13-01T00:00",
            "2026-00-01T00:00",
            "2026-01-00T00:00",
            "2026-01-32T00:00",
            "2026-01-01T24:00",
            "2026-01-01T00:60",
            "2026-01-01T00:00+01:00",
            "2026-1-1T00:00",
            "+026-01-01T00:00",
            "1969-01-01T00:00",
            "2026-01-01T00",
            "2026-01-01T00:00:60",
        ] {
            assert_eq!(UnixTime::from_civil(text), None, "{text}");
        }
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

//! What someone gave against what they took.

use std::fmt;

/// Uploaded over downloaded bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ratio {
    uploaded: u64,
    downloaded: u64,
}

impl Ratio {
    /// The ratio of these totals, in bytes.
    pub const fn new(uploaded: u64, downloaded: u64) -> Self {
        Self {
            uploaded,
            downloaded,
        }
    }

    /// The number, or `None` where nothing was downloaded: then it has no value, not zero.
    pub fn value(self) -> Option<f64> {
        (self.downloaded > 0).then(|| self.uploaded as f64 / self.downloaded as f64)
    }

    /// The ratio in hundredths, rounded down so that 0.999 does not pass for 1.
    pub fn hundredths(self) -> Option<u64> {
        let hundredths =
            (u128::from(self.uploaded) * 100).checked_div(u128::from(self.downloaded))?;
        Some(u64::try_from(hundredths).unwrap_or(u64::MAX))
    }
}

/// `1.25`; `∞` for an upload without a download, `–` where there was neither.
impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.hundredths() {
            Some(n) => write!(f, "{}.{:02}", n / 100, n % 100),
            None if self.uploaded > 0 => f.write_str("∞"),
            None => f.write_str("–"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_rounds_down() {
        for (up, down, shown) in [
            (0, 0, "–"),
            (1, 0, "∞"),
            (0, 5, "0.00"),
            (999, 1000, "0.99"),
            (5, 4, "1.25"),
            (u64::MAX, 1, "184467440737095516.15"),
            (u64::MAX, u64::MAX, "1.00"),
        ] {
            assert_eq!(Ratio::new(up, down).to_string(), shown, "{up}/{down}");
        }
        assert_eq!(Ratio::new(1, 2).value(), Some(0.5));
    }
}

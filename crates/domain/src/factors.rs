//! How much of what is transferred counts.

use crate::Error;

/// How much of a torrent's traffic counts for those who transfer it. The default counts all of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Factors {
    upload_percent: u16,
    download_percent: u16,
}

impl Default for Factors {
    fn default() -> Self {
        Self {
            upload_percent: 100,
            download_percent: 100,
        }
    }
}

impl Factors {
    /// In percent: an upload counts 0 to 1000, a download 0 to 100 (0 is gold, 50 silver).
    pub fn new(upload_percent: u16, download_percent: u16) -> Result<Self, Error> {
        if upload_percent > 1000 || download_percent > 100 {
            return Err(Error::Factors);
        }
        Ok(Self {
            upload_percent,
            download_percent,
        })
    }

    /// How much of an upload counts, in percent.
    pub const fn upload_percent(self) -> u16 {
        self.upload_percent
    }

    /// How much of a download counts, in percent.
    pub const fn download_percent(self) -> u16 {
        self.download_percent
    }

    /// The same where downloads do not count.
    pub const fn free(self) -> Self {
        Self {
            download_percent: 0,
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factors_have_limits() {
        assert_eq!(Factors::new(100, 100), Ok(Factors::default()));
        for (upload, download) in [(1001, 100), (100, 101), (u16::MAX, u16::MAX)] {
            assert_eq!(Factors::new(upload, download), Err(Error::Factors));
        }
        let doubled = Factors::new(200, 50).unwrap();
        assert_eq!(Factors::new(200, 0), Ok(doubled.free()));
        assert_eq!(
            (doubled.upload_percent(), doubled.download_percent()),
            (200, 50)
        );
    }
}

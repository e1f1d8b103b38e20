//! User names, and the key under which two of them count as the same.

use std::fmt;
use std::str::FromStr;

use unicode_normalization::UnicodeNormalization;

use super::confusable::skeleton;
use crate::Error;

/// A user's name: 2 to 32 characters in NFKC; letters and digits of any script, `_`, `-`, `.` and
/// single spaces inside.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct UserName(String);

impl UserName {
    /// The shortest and the longest name, in characters.
    pub const LENGTH: std::ops::RangeInclusive<usize> = 2..=32;

    /// The name as its owner writes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What must be unique among names: two names that a reader takes for the same have one key.
    ///
    /// Upper and lower case fall together, and so do the letters of Latin, Cyrillic and Greek (and
    /// the digits) that look alike; accents that the eye may miss (on й, ё, é) are kept apart from
    /// their bare letters, since those are different names to their readers. The key is for
    /// comparing only, never for showing.
    pub fn key(&self) -> String {
        skeleton(&self.0)
    }
}

impl FromStr for UserName {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        // NFKC makes at most 18 characters of one, so this bounds the work without refusing a name
        if text.len() > 32 * 4 * 18 {
            return Err(Error::NameLength);
        }
        let name: String = text.trim().nfkc().collect();
        if !Self::LENGTH.contains(&name.chars().count()) {
            return Err(Error::NameLength);
        }
        let spaces_stand_alone =
            !name.starts_with(' ') && !name.ends_with(' ') && !name.contains("  ");
        if !spaces_stand_alone || !name.chars().all(allowed) {
            return Err(Error::NameCharacter);
        }
        if !name.chars().any(char::is_alphanumeric) {
            return Err(Error::NameEmpty);
        }
        Ok(Self(name))
    }
}

impl fmt::Display for UserName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn allowed(c: char) -> bool {
    matches!(c, '_' | '-' | '.' | ' ') || (c.is_alphanumeric() && !invisible(c))
}

/// Letters by their category that show as nothing: the Hangul fillers.
fn invisible(c: char) -> bool {
    matches!(c, '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}')
}

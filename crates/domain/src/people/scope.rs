//! What an API token may be used for.

use std::fmt;
use std::str::FromStr;

use crate::Error;

/// One thing an API token may be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Scope {
    /// Read what its owner may read.
    Read,
    /// Download what its owner may download.
    Download,
    /// See and change its owner's account.
    Account,
    /// Post topics and replies as its owner.
    Post,
    /// Tell the tracker of users and torrents.
    Tracker,
    /// Moderate, where its owner may.
    Moderate,
    /// Administer, where its owner may.
    Admin,
}

impl Scope {
    /// Every scope, in the order they are written.
    pub const ALL: [Self; 7] = [
        Self::Read,
        Self::Download,
        Self::Account,
        Self::Post,
        Self::Tracker,
        Self::Moderate,
        Self::Admin,
    ];

    /// The word it is stored and sent as.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Download => "download",
            Self::Account => "account",
            Self::Post => "post",
            Self::Tracker => "tracker",
            Self::Moderate => "moderate",
            Self::Admin => "admin",
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Scope {
    type Err = Error;

    fn from_str(word: &str) -> Result<Self, Error> {
        Self::ALL
            .into_iter()
            .find(|scope| scope.as_str() == word)
            .ok_or(Error::Scope)
    }
}

/// A set of scopes; written as their words with commas between: `read,post`. No scope implies
/// another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Scopes(u8);

impl Scopes {
    /// No scope at all.
    pub const NONE: Self = Self(0);

    /// Whether the scope is in the set.
    pub const fn contains(self, scope: Scope) -> bool {
        self.0 & (1 << scope as u8) != 0
    }

    /// The set with the scope in it.
    #[must_use]
    pub const fn with(self, scope: Scope) -> Self {
        Self(self.0 | (1 << scope as u8))
    }

    /// Whether no scope is in the set.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The scopes of the set, in the order they are written.
    pub fn iter(self) -> impl Iterator<Item = Scope> {
        Scope::ALL
            .into_iter()
            .filter(move |&scope| self.contains(scope))
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        scopes.into_iter().fold(Self::NONE, Self::with)
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, scope) in self.iter().enumerate() {
            if index > 0 {
                f.write_str(",")?;
            }
            f.write_str(scope.as_str())?;
        }
        Ok(())
    }
}

/// Reads words with commas or white space between; an empty text is the empty set.
impl FromStr for Scopes {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        text.split(|c: char| c == ',' || c.is_whitespace())
            .filter(|word| !word.is_empty())
            .map(str::parse)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_reads_what_it_writes() {
        for bits in 0..1u8 << Scope::ALL.len() {
            let set = Scopes(bits);
            assert_eq!(set.to_string().parse(), Ok(set));
            assert_eq!(set.iter().collect::<Scopes>(), set);
        }
        assert_eq!(
            "post, read read".parse::<Scopes>().unwrap().to_string(),
            "read,post"
        );
        assert_eq!("read,root".parse::<Scopes>(), Err(Error::Scope));
    }

    #[test]
    fn no_scope_implies_another() {
        let admin = Scopes::NONE.with(Scope::Admin);
        assert!(
            Scope::ALL
                .into_iter()
                .all(|s| admin.contains(s) == (s == Scope::Admin))
        );
    }
}

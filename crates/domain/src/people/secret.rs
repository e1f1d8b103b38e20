//! Keys that open something. None of them shows itself in a log.

use std::fmt;
use std::str::FromStr;

use crate::{Entropy, Error};

/// What a user's client shows the tracker: 32 hex digits for those we make, and any 10 to 64 ASCII
/// letters and digits for those that came with an imported account. Case matters.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Passkey(String);

impl Passkey {
    /// A new passkey of 128 random bits.
    pub fn generate(entropy: &Entropy) -> Self {
        Self(hex(&entropy.bytes::<16>()))
    }

    /// The key itself, for addresses and comparing.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Passkey {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let fits =
            (10..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric());
        if fits {
            Ok(Self(text.to_owned()))
        } else {
            Err(Error::Passkey)
        }
    }
}

impl fmt::Debug for Passkey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passkey(…)")
    }
}

/// A secret that is shown once and kept only as a hash: session cookies, API tokens, feed keys,
/// invitations, set-up links. 256 random bits as 64 hex digits.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Secret(String);

impl Secret {
    /// A new secret.
    pub fn generate(entropy: &Entropy) -> Self {
        Self(hex(&entropy.bytes::<32>()))
    }

    /// The secret itself, for handing out and hashing.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Secret {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let fits = text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if fits {
            Ok(Self(text.to_owned()))
        } else {
            Err(Error::Secret)
        }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

fn hex(bytes: &[u8]) -> String {
    use fmt::Write;
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_key_reads_back() {
        let entropy = Entropy::seeded(1);
        let passkey = Passkey::generate(&entropy);
        assert_eq!(passkey.as_str().len(), 32);
        assert_eq!(passkey.as_str().parse(), Ok(passkey.clone()));
        assert_ne!(Passkey::generate(&entropy), passkey);
        let secret = Secret::generate(&entropy);
        assert_eq!(secret.as_str().parse(), Ok(secret));
    }

    #[test]
    fn imported_passkeys_are_kept() {
        for good in ["aB3dE6gH9j", "kF7sQ2xLm9Rt4VbN8cZw", &"a".repeat(64)] {
            assert_eq!(good.parse::<Passkey>().unwrap().as_str(), good);
        }
        for bad in [
            "",
            "short",
            "aB3dE6gH9",
            "has space1",
            "has/slash1",
            "ключключключ",
            &"a".repeat(65),
        ] {
            assert_eq!(bad.parse::<Passkey>(), Err(Error::Passkey), "{bad:?}");
        }
    }

    #[test]
    fn a_log_shows_no_key() {
        let entropy = Entropy::seeded(1);
        let shown = format!(
            "{:?} {:?}",
            Passkey::generate(&entropy),
            Secret::generate(&entropy)
        );
        assert_eq!(shown, "Passkey(…) Secret(…)");
    }
}

//! E-mail addresses, as far as they can be judged without sending anything.

use std::fmt;
use std::str::FromStr;

use crate::Error;

/// An e-mail address, `local@domain` (RFC 5321 without quoting and address literals, RFC 6531
/// letters allowed). The domain is in lower case; at most 254 bytes, 64 of them before the `@`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Email(String);

impl Email {
    /// The address as it is to be written to.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What must be unique among addresses: the whole in lower case.
    pub fn key(&self) -> String {
        self.0.to_lowercase()
    }
}

impl FromStr for Email {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let text = text.trim();
        let (local, domain) = text.rsplit_once('@').ok_or(Error::Email)?;
        let domain = domain.to_lowercase();
        let local_fits = (1..=64).contains(&local.len())
            && local
                .split('.')
                .all(|atom| !atom.is_empty() && atom.chars().all(in_atom));
        let domain_fits = domain.contains('.') && domain.split('.').all(is_label);
        let address = format!("{local}@{domain}");
        if local_fits && domain_fits && address.len() <= 254 {
            Ok(Self(address))
        } else {
            Err(Error::Email)
        }
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn in_atom(c: char) -> bool {
    c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c)
}

fn is_label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label.chars().all(|c| c.is_alphanumeric() || c == '-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_addresses_are_taken() {
        for (typed, kept) in [
            (" Ann.Lee+skep@Example.ORG ", "Ann.Lee+skep@example.org"),
            ("анна@почта.рф", "анна@почта.рф"),
            ("o'neil@a-b.example", "o'neil@a-b.example"),
        ] {
            assert_eq!(typed.parse::<Email>().unwrap().as_str(), kept);
        }
        assert_eq!(
            "Ann@example.org".parse::<Email>().unwrap().key(),
            "ann@example.org"
        );
    }

    #[test]
    fn what_is_no_address_is_refused() {
        let long = format!("{}@example.org", "a".repeat(65));
        let longer = format!(
            "a@{}.org",
            [
                "b".repeat(63),
                "b".repeat(63),
                "b".repeat(63),
                "b".repeat(63)
            ]
            .join(".")
        );
        for bad in [
            "",
            "@",
            "ann",
            "ann@",
            "@example.org",
            "ann@example",
            "a b@example.org",
            "a@b@example.org",
            "ann@-example.org",
            "ann@example..org",
            ".ann@example.org",
            "ann.@example.org",
            "ann@example.org\r\nBcc: x@example.org",
            "<ann@example.org>",
            "ann@exam\u{0}ple.org",
            &long,
            &longer,
        ] {
            assert_eq!(bad.parse::<Email>(), Err(Error::Email), "{bad:?}");
        }
    }
}

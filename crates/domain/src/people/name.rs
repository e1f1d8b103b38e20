//! User names, and the key under which two of them count as the same.

use std::fmt;
use std::str::FromStr;

use bittorrent::text::is_invisible;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

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

    /// What the key of a name that begins with `text` begins with.
    ///
    /// One beginning is not enough: after an `r` an `n` may follow, and the two look like an `m`.
    /// For such a text the second value is what the key begins with then.
    pub fn key_beginnings(text: &str) -> (String, Option<String>) {
        let text: String = text
            .trim_start()
            .chars()
            .take(*Self::LENGTH.end())
            .collect();
        let key = skeleton(&text);
        let merged = key.strip_suffix('r').map(|stem| format!("{stem}m"));
        (key, merged)
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
        let name = Self(name);
        // something that shows must be left, and something that is no mere punctuation
        if !name.key().contains(char::is_alphanumeric) {
            return Err(Error::NameEmpty);
        }
        Ok(name)
    }
}

impl fmt::Display for UserName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn allowed(c: char) -> bool {
    matches!(c, '_' | '-' | '.' | ' ')
        || ((c.is_alphanumeric() || is_combining_mark(c)) && !is_invisible(c) && !stacks(c))
}

/// The diacritical marks that fit every letter and pile up without end. Those that a script needs
/// to be written at all (vowel signs) are not among them, and a letter that Unicode has with its
/// accent on is one character by now.
fn stacks(c: char) -> bool {
    matches!(
        c,
        '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{1ab0}'..='\u{1aff}'
            | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_of_many_scripts_are_taken() {
        for name in [
            "Ann",
            "ann_lee-2.0",
            "Ann Lee",
            "Вася Pro",
            "Ёж",
            "Νίκος",
            "张伟",
            "สมชาย",
            "हिन्दी",
            "محمد",
            "42",
        ] {
            assert_eq!(name.parse::<UserName>().unwrap().as_str(), name);
        }
        assert_eq!("  Ａｎｎ ".parse::<UserName>().unwrap().as_str(), "Ann");
    }

    #[test]
    fn what_is_no_name_is_refused() {
        let long = "я".repeat(33);
        let huge = "a".repeat(1_000_000);
        for (bad, why) in [
            ("", Error::NameLength),
            (" a ", Error::NameLength),
            (&long, Error::NameLength),
            (&huge, Error::NameLength),
            ("a  b", Error::NameCharacter),
            ("a\tb", Error::NameCharacter),
            ("a\u{200b}b", Error::NameCharacter),
            ("a\u{202e}b", Error::NameCharacter),
            ("a\u{3164}b", Error::NameCharacter),
            ("\u{115f}\u{1160}", Error::NameCharacter),
            ("\u{ffa0}\u{fe0f}", Error::NameCharacter),
            ("\u{16fe4}\u{16fe4}", Error::NameCharacter),
            ("a\u{200f}b", Error::NameCharacter),
            ("a\u{336}b\u{336}", Error::NameCharacter),
            ("<b>ann", Error::NameCharacter),
            ("ann@home", Error::NameCharacter),
            ("ann/..", Error::NameCharacter),
            ("💩💩", Error::NameCharacter),
            ("_-._", Error::NameEmpty),
            ("\u{640}\u{640}", Error::NameEmpty),
        ] {
            assert_eq!(bad.parse::<UserName>(), Err(why), "{bad:?}");
        }
        assert!("я".repeat(32).parse::<UserName>().is_ok());
    }

    proptest! {
        #[test]
        fn a_key_begins_as_the_beginning_of_its_name_says(
            text in "[a-zA-Zа-яА-ЯёЁ0-9_. -]{2,32}|[rnRN]{2,9}", cut in 0..32_usize,
        ) {
            if let Ok(name) = text.parse::<UserName>() {
                let beginning: String = name.as_str().chars().take(cut).collect();
                let (one, other) = UserName::key_beginnings(&beginning);
                let key = name.key();
                let fits = key.starts_with(&one) || other.is_some_and(|o| key.starts_with(&o));
                prop_assert!(fits, "{:?} of {:?}", beginning, name);
            }
        }

        #[test]
        fn a_name_reads_back_as_itself(text in any::<String>()) {
            if let Ok(name) = text.parse::<UserName>() {
                prop_assert_eq!(name.as_str().parse::<UserName>(), Ok(name.clone()));
            }
        }

        #[test]
        fn case_does_not_change_the_key(text in "[a-zA-Zа-яА-ЯёЁіІ0-9_. -]{2,32}|[α-ωΑ-Ρ]{2,32}") {
            if let (Ok(name), Ok(upper), Ok(lower)) =
                (text.parse::<UserName>(), text.to_uppercase().parse::<UserName>(), text.to_lowercase().parse::<UserName>())
            {
                prop_assert_eq!(name.key(), upper.key());
                prop_assert_eq!(name.key(), lower.key());
            }
        }
    }
}

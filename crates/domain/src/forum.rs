//! What people write into a forum: titles and texts.

use std::fmt;
use std::str::FromStr;

use bittorrent::text::{is_invisible, turns_direction};
use unicode_normalization::UnicodeNormalization;

use crate::Error;

macro_rules! titles {
    ($($(#[$doc:meta])* $name:ident $min:literal..=$max:literal,)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        pub struct $name(String);

        impl $name {
            /// The longest one allowed, in characters.
            pub const MAX: usize = $max;

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = Error;

            fn from_str(text: &str) -> Result<Self, Error> {
                let line = match one_line(text) {
                    line if line.chars().all(is_invisible) => String::new(),
                    line => line,
                };
                if $min > 0 && line.is_empty() && !text.trim().is_empty() {
                    return Err(Error::TitleBlank);
                }
                if ($min..=$max).contains(&line.chars().count()) {
                    Ok(Self(line))
                } else {
                    Err(Error::TitleLength { max: $max })
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )+};
}

titles! {
    /// A topic's title: one line of 1 to 250 characters.
    ///
    /// White space is collapsed; control characters and the marks that turn the writing direction
    /// around are taken out, so that a title cannot rearrange the line it stands in. What shows
    /// nothing at all is no title.
    TopicTitle 1..=250,
    /// A forum's or category's title: one line of 1 to 120 characters, cleaned like [`TopicTitle`].
    ForumTitle 1..=120,
    /// A forum's description: one line of 0 to 500 characters, cleaned like [`TopicTitle`].
    ForumDescription 0..=500,
    /// A group's name: one line of 1 to 60 characters, cleaned like [`TopicTitle`].
    GroupName 1..=60,
}

/// A post's text in BBCode: 1 to 60 000 characters, of which one at least shows.
///
/// Line ends are `\n`; other control characters but the tab are taken out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostText(String);

impl PostText {
    /// The longest text allowed, in characters.
    pub const MAX: usize = 60_000;

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for PostText {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let lines = text.replace("\r\n", "\n").replace('\r', "\n");
        let clean: String = lines
            .chars()
            .filter(|&c| matches!(c, '\n' | '\t') || !c.is_control())
            .collect();
        let clean = clean.trim_end().trim_start_matches('\n');
        if clean.chars().all(is_invisible) {
            return Err(Error::TextEmpty);
        }
        if clean.chars().count() > Self::MAX {
            return Err(Error::TextLong { max: Self::MAX });
        }
        Ok(Self(clean.to_owned()))
    }
}

impl fmt::Display for PostText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()) {
        let before = line.len();
        if before > 0 {
            line.push(' ');
        }
        let start = line.len();
        line.extend(word.chars().filter(|&c| !left_out(c)).nfc());
        if line.len() == start {
            line.truncate(before);
        }
    }
    line
}

/// What steers the writing direction, and the byte order mark.
fn left_out(c: char) -> bool {
    turns_direction(c) || c == '\u{feff}'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_becomes_one_clean_line() {
        for (typed, kept) in [
            ("  Debian \t 12\n", "Debian 12"),
            ("a\u{202e}b", "ab"),
            ("a \u{202e} b", "a b"),
            ("cafe\u{301}", "café"),
            ("a\u{0}b", "a b"),
            ("a\u{200e}b\u{200f}c\u{61c}d\u{2069}", "abcd"),
            ("\u{1f468}\u{200d}\u{1f469}", "\u{1f468}\u{200d}\u{1f469}"),
        ] {
            assert_eq!(
                typed.parse::<TopicTitle>().unwrap().as_str(),
                kept,
                "{typed:?}"
            );
        }
    }

    #[test]
    fn a_title_has_its_length() {
        let title = |n| "я".repeat(n).parse::<TopicTitle>();
        assert_eq!(title(0), Err(Error::TitleLength { max: 250 }));
        assert!(title(1).is_ok() && title(250).is_ok());
        assert_eq!(title(251), Err(Error::TitleLength { max: 250 }));
        assert!(" \u{2028} ".parse::<TopicTitle>().is_err());
        assert!("".parse::<ForumDescription>().is_ok());
    }

    #[test]
    fn what_shows_nothing_is_no_title() {
        for blank in [
            "\u{200b}",
            "\u{feff}",
            " \u{2060}\u{ad} ",
            "\u{fe0f}\u{e0100}",
            "\u{3164}\u{115f}\u{1160}\u{ffa0}",
            "\u{2800}",
            "\u{202e}\u{200f}",
        ] {
            assert_eq!(
                blank.parse::<TopicTitle>(),
                Err(Error::TitleBlank),
                "{blank:?}"
            );
            assert_eq!(
                blank.parse::<ForumTitle>(),
                Err(Error::TitleBlank),
                "{blank:?}"
            );
            assert_eq!(
                blank.parse::<GroupName>(),
                Err(Error::TitleBlank),
                "{blank:?}"
            );
            assert_eq!(blank.parse::<ForumDescription>().unwrap().as_str(), "");
            assert_eq!(
                blank.parse::<PostText>(),
                Err(Error::TextEmpty),
                "{blank:?}"
            );
        }
    }

    #[test]
    fn a_text_keeps_its_lines_and_loses_control_characters() {
        assert_eq!(
            "\r\na\r\n\tb\u{7}\r\rc \n"
                .parse::<PostText>()
                .unwrap()
                .as_str(),
            "a\n\tb\n\nc"
        );
        assert_eq!(" \n\t".parse::<PostText>(), Err(Error::TextEmpty));
        assert!("x".repeat(60_000).parse::<PostText>().is_ok());
        assert_eq!(
            "x".repeat(60_001).parse::<PostText>(),
            Err(Error::TextLong { max: 60_000 })
        );
    }
}

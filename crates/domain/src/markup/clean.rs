//! What happens to a text before it is parsed: no control characters, no passkeys.

use std::borrow::Cow;

use crate::Passkey;

/// What stands where a passkey stood; neither a path nor the name of a key, so that what follows it
/// is not taken for another.
const BLOT: &str = "hidden";

/// The text with `\n` line ends, without other control characters but the tab, and redacted.
pub(super) fn clean(text: &str) -> String {
    let unwanted = |c: char| c.is_control() && !matches!(c, '\n' | '\t');
    if !text.contains(unwanted) {
        return redact(text).into_owned();
    }
    let mut clean = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\r' if rest.peek() == Some(&'\n') => {}
            '\r' => clean.push('\n'),
            c if unwanted(c) => {}
            c => clean.push(c),
        }
    }
    redact(&clean).into_owned()
}

/// The text with every passkey in it replaced by the word `hidden`, in one pass.
///
/// Keys are known by where they stand, since people paste their announce address whole: after
/// `/announce/` or `/scrape/`, before `/announce` or `/scrape`, and as the value of `uk`, `passkey`,
/// `apikey`, `authkey`, `rsskey` or `torrent_pass` in a query. Percent-encoded addresses, as in the
/// `tr` of a magnet, are understood.
pub fn redact(text: &str) -> Cow<'_, str> {
    let mut clean = String::new();
    let mut copied = 0;
    let mut blot = |word: &Word| {
        // a key between two paths has been blotted out by the first
        if word.start < copied {
            return;
        }
        clean.push_str(&text[copied..word.start]);
        clean.push_str(BLOT);
        copied = word.end;
    };
    let mut words = Words { text, at: 0 };
    let mut last: Option<Word> = None;
    while let Some(word) = words.next_word() {
        let joined = last.as_ref().filter(|last| last.after_end == word.start);
        if let Some(before) = joined {
            let name = &text[before.start..before.end];
            let is_key = match word.before {
                Some('/') => is_path(name) && looks_like_key(&text[word.start..word.end]),
                Some('=') => {
                    names_key(name, before.before) && (10..=64).contains(&(word.end - word.start))
                }
                _ => false,
            };
            let closes_path = word.before == Some('/')
                && before.before == Some('/')
                && is_path(&text[word.start..word.end])
                && looks_like_key(name);
            if is_key {
                blot(&word);
            } else if closes_path {
                blot(before);
            }
        }
        last = Some(word);
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    clean.push_str(&text[copied..]);
    Cow::Owned(clean)
}

/// The text with this one key replaced by the word `hidden` wherever it stands, in upper or lower case:
/// what an author is kept from giving away without an address around it. [`redact`] cannot know such a
/// key from any other number.
pub fn without_key<'t>(text: &'t str, key: &Passkey) -> Cow<'t, str> {
    let key = key.as_str().as_bytes();
    let bytes = text.as_bytes();
    let mut clean = String::new();
    let (mut copied, mut at) = (0, 0);
    while let Some(there) = bytes.get(at..at + key.len()) {
        // keys are ASCII, so that a hit begins and ends with a character
        if there.eq_ignore_ascii_case(key) {
            clean.push_str(&text[copied..at]);
            clean.push_str(BLOT);
            at += key.len();
            copied = at;
        } else {
            at += 1;
        }
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    clean.push_str(&text[copied..]);
    Cow::Owned(clean)
}

/// A run of ASCII letters and digits.
struct Word {
    start: usize,
    end: usize,
    /// Where the next word starts if exactly one character stands between.
    after_end: usize,
    /// The character before it, percent-encoding undone.
    before: Option<char>,
}

struct Words<'a> {
    text: &'a str,
    at: usize,
}

impl Words<'_> {
    fn next_word(&mut self) -> Option<Word> {
        let bytes = self.text.as_bytes();
        let mut before = None;
        while self.at < bytes.len() && !bytes[self.at].is_ascii_alphanumeric() {
            let (c, len) = separator(&bytes[self.at..]);
            before = Some(c);
            self.at += len;
        }
        let start = self.at;
        while self.at < bytes.len() && bytes[self.at].is_ascii_alphanumeric() {
            self.at += 1;
        }
        let end = self.at;
        let after_end = end + bytes.get(end).map_or(0, |_| separator(&bytes[end..]).1);
        (start < end).then_some(Word {
            start,
            end,
            after_end,
            before,
        })
    }
}

/// What stands between words at the start of `bytes`, and how many bytes it takes. A character
/// beyond ASCII comes byte by byte; none of them matters here.
fn separator(bytes: &[u8]) -> (char, usize) {
    let digit = |at: usize| bytes.get(at).and_then(|&b| char::from(b).to_digit(16));
    match (bytes[0], digit(1), digit(2)) {
        (b'%', Some(high), Some(low)) => (char::from_u32(high * 16 + low).unwrap_or('%'), 3),
        (byte, ..) => (char::from(byte), 1),
    }
}

fn is_path(word: &str) -> bool {
    word.eq_ignore_ascii_case("announce") || word.eq_ignore_ascii_case("scrape")
}

fn names_key(word: &str, before: Option<char>) -> bool {
    let word = word.to_ascii_lowercase();
    matches!(
        word.as_str(),
        "uk" | "passkey" | "apikey" | "authkey" | "rsskey"
    ) || (word == "pass" && before == Some('_'))
}

/// Whether a path segment can be a passkey rather than a word: of a passkey's length, with both
/// letters and digits, or a number in hex.
fn looks_like_key(word: &str) -> bool {
    let hex = word.len() == 32 && word.bytes().all(|b| b.is_ascii_hexdigit());
    let mixed =
        word.bytes().any(|b| b.is_ascii_digit()) && word.bytes().any(|b| b.is_ascii_alphabetic());
    hex || (mixed && (10..=64).contains(&word.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "0123456789abcdef0123456789abcdef";

    #[test]
    fn a_passkey_is_blotted_out_wherever_it_stands() {
        for address in [
            "http://t.example/announce/KEY",
            "http://t.example/KEY/announce",
            "http://t.example/KEY/scrape?info_hash=x",
            "udp://t.example:6969/announce/KEY/",
            "http://t.example/bt/announce.php?uk=KEY&x=1",
            "http://t.example/announce?passkey=KEY",
            "http://t.example/a?x=1&torrent_pass=KEY",
            "http://t.example/torznab/api?t=caps&apikey=KEY",
            "magnet:?xt=urn:btih:x&tr=http%3A%2F%2Ft.example%2Fannounce%2FKEY&dn=x",
            "magnet:?tr=http%3a%2f%2ft.example%2fbt%2fannounce.php%3fuk%3dKEY",
            "see /announce/KEY, my key",
            "[url=http://t.example/announce/KEY]x[/url]",
            "ключ: http://т.рф/announce/KEY",
            "/KEY/announce/KEY",
            "/announce/KEY/announce",
            "?uk=KEY/announce/",
            "/announce/KEY=javascript",
        ] {
            for key in [KEY, &KEY.to_uppercase(), "aB3dE6gH9jK2mN5pQ8rS"] {
                assert_eq!(
                    redact(&address.replace("KEY", key)),
                    address.replace("KEY", BLOT),
                );
            }
        }
    }

    #[test]
    fn other_text_is_left_alone() {
        for text in [
            "",
            "magnet:?xt=urn:btih:0123456789abcdef0123456789abcdef01234567",
            "0123456789abcdef0123456789abcdef",
            "http://t.example/announce",
            "http://t.example/announce/description",
            "http://t.example/forums/announce",
            "the uk=best",
            "100%announce/",
            "%",
            "%2",
        ] {
            assert_eq!(redact(text), text);
            assert!(matches!(redact(text), Cow::Borrowed(_)));
        }
    }

    #[test]
    fn control_characters_go_and_lines_end_alike() {
        assert_eq!(clean("a\r\nb\rc\u{0}\u{1b}[2J\td\u{85}"), "a\nb\nc[2J\td");
    }

    #[test]
    fn an_own_key_is_blotted_out_wherever_it_stands() {
        let key: Passkey = KEY.parse().unwrap();
        for text in [
            "KEY",
            "my key: KEY.",
            "яKEYя",
            "KEYKEY",
            "[b]KEY[/b]",
            "xKEYx KEY",
        ] {
            for typed in [KEY.to_owned(), KEY.to_uppercase()] {
                assert_eq!(
                    without_key(&text.replace("KEY", &typed), &key),
                    text.replace("KEY", BLOT)
                );
            }
        }
        for text in ["", "ключ", &KEY[1..], "0123456789abcdef0123456789abcdee"] {
            assert!(
                matches!(without_key(text, &key), Cow::Borrowed(_)),
                "{text}"
            );
        }
    }
}

//! Text to tokens: where tags begin and end, each judged by itself.

use std::ops::Range;

use super::link;
use super::palette::{color_class, size_class};
use crate::PostId;

/// A stretch of the text and what it is. The spans of all tokens, in order, are the whole text.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token {
    pub span: Range<usize>,
    pub kind: Kind,
}

/// What a token is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    Text,
    Newline,
    Open(Tag),
    Close(Name),
    /// `[*]`
    Item,
    /// `[img]…[/img]`, whole; the range is the address.
    Image(Range<usize>),
    /// `[url]…[/url]`, whole; the range is the address.
    Link(Range<usize>),
    /// `[code]…[/code]`, whole; the range is what is inside.
    Code(Range<usize>),
}

/// The name of a tag that has a closing one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Name {
    Bold,
    Italic,
    Underline,
    Strike,
    Color,
    Size,
    Link,
    Quote,
    Spoiler,
    List,
}

impl Name {
    /// How many names there are.
    pub const COUNT: usize = 10;

    /// Whether it makes a block rather than a run within a line.
    pub const fn is_block(self) -> bool {
        matches!(self, Self::Quote | Self::Spoiler | Self::List)
    }
}

/// An opening tag. Ranges point into the text.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Tag {
    Bold,
    Italic,
    Underline,
    Strike,
    /// The class of the colour.
    Color(&'static str),
    /// The class of the size.
    Size(&'static str),
    /// The address, known to be harmless.
    Link(Range<usize>),
    Quote {
        author: Range<usize>,
        post: Option<PostId>,
    },
    /// The title; empty for none.
    Spoiler(Range<usize>),
    /// The numbering, `1aAiI`, or `None` for bullets.
    List(Option<char>),
}

impl Tag {
    /// The name its closing tag has to have.
    pub const fn name(&self) -> Name {
        match self {
            Self::Bold => Name::Bold,
            Self::Italic => Name::Italic,
            Self::Underline => Name::Underline,
            Self::Strike => Name::Strike,
            Self::Color(_) => Name::Color,
            Self::Size(_) => Name::Size,
            Self::Link(_) => Name::Link,
            Self::Quote { .. } => Name::Quote,
            Self::Spoiler(_) => Name::Spoiler,
            Self::List(_) => Name::List,
        }
    }
}

/// Splits the text. `steps` grows by the number of bytes looked at, which is at most a small
/// multiple of the text's length.
pub(super) fn scan(text: &str, steps: &mut u64) -> Vec<Token> {
    let mut scanner = Scanner {
        text,
        at: 0,
        tokens: Vec::new(),
        code_end: Search::Unknown,
        steps,
    };
    while let Some(offset) = scanner.find(&['[', '\n']) {
        let mark = scanner.at + offset;
        scanner.text_until(mark);
        if text.as_bytes()[mark] == b'\n' {
            scanner.push(mark + 1, Kind::Newline);
            continue;
        }
        match scanner.tag(mark) {
            Some((end, kind)) => scanner.push(end, kind),
            None => scanner.text_until(mark + 1),
        }
    }
    scanner.text_until(text.len());
    scanner.tokens
}

struct Scanner<'a> {
    text: &'a str,
    /// Everything before is in `tokens`.
    at: usize,
    tokens: Vec<Token>,
    code_end: Search,
    steps: &'a mut u64,
}

/// What is known of the next `[/code]`.
enum Search {
    Unknown,
    /// It stands here, with nothing of its kind between the last search and here.
    At(usize),
    Nowhere,
}

impl Scanner<'_> {
    fn find(&mut self, wanted: &[char]) -> Option<usize> {
        let found = self.text[self.at..].find(wanted);
        *self.steps += 1 + found.unwrap_or(self.text.len() - self.at) as u64;
        found
    }

    fn push(&mut self, end: usize, kind: Kind) {
        self.tokens.push(Token {
            span: self.at..end,
            kind,
        });
        self.at = end;
    }

    fn text_until(&mut self, end: usize) {
        if end == self.at {
            return;
        }
        match self.tokens.last_mut() {
            Some(Token {
                span,
                kind: Kind::Text,
            }) => {
                span.end = end;
                self.at = end;
            }
            _ => self.push(end, Kind::Text),
        }
    }

    /// Reads the tag whose `[` stands at `open`: where it ends, and what it is.
    fn tag(&mut self, open: usize) -> Option<(usize, Kind)> {
        let bytes = self.text.as_bytes();
        let closing = bytes.get(open + 1) == Some(&b'/');
        let start = open + 1 + usize::from(closing);
        let len = bytes[start..]
            .iter()
            .take(MAX_NAME + 1)
            .take_while(|&&b| b.is_ascii_alphabetic() || b == b'*')
            .count();
        *self.steps += len as u64 + 2;
        let end = start + len;
        let name = self.text[start..end].to_ascii_lowercase();
        match (bytes.get(end)?, closing) {
            (b']', true) => Some((end + 1, Kind::Close(closer(&name)?))),
            (b']', false) => self.plain(&name, end + 1),
            (b'=', false) if len <= MAX_NAME => self.valued(&name, end + 1),
            _ => None,
        }
    }

    /// A tag without a value; its content begins at `content`.
    fn plain(&mut self, name: &str, content: usize) -> Option<(usize, Kind)> {
        let tag = match name {
            "*" => return Some((content, Kind::Item)),
            "img" => return self.image(content),
            "code" => return self.code(content),
            "url" => {
                let (address, end) = self.address(content, "[/url]")?;
                link::link_address(&self.text[address.clone()])?;
                return Some((end, Kind::Link(address)));
            }
            "b" => Tag::Bold,
            "i" => Tag::Italic,
            "u" => Tag::Underline,
            "s" => Tag::Strike,
            "quote" => Tag::Quote {
                author: content..content,
                post: None,
            },
            "spoiler" => Tag::Spoiler(content..content),
            "list" => Tag::List(None),
            _ => return None,
        };
        Some((content, Kind::Open(tag)))
    }

    /// A tag with a value, which begins at `start`.
    fn valued(&mut self, name: &str, start: usize) -> Option<(usize, Kind)> {
        let (value, rest, end) = self.value(start)?;
        let text = &self.text[value.clone()];
        let rest = &self.text[rest];
        let post = rest
            .strip_prefix(" post=")
            .and_then(|number| number.parse().ok());
        if !(rest.is_empty() || (name == "quote" && post.is_some())) {
            return None;
        }
        let short = text.len() <= MAX_TITLE;
        let tag = match name {
            "url" => {
                link::link_address(text)?;
                Tag::Link(value)
            }
            "quote" if short => Tag::Quote {
                author: value,
                post,
            },
            "spoiler" if short => Tag::Spoiler(value),
            "color" => Tag::Color(color_class(text)?),
            "size" => Tag::Size(size_class(text)?),
            "list" => match text {
                "1" | "a" | "A" | "i" | "I" => Tag::List(text.chars().next()),
                "" => Tag::List(None),
                _ => return None,
            },
            "img" if matches!(text, "left" | "right" | "center") => return self.image(end),
            "code" if short => return self.code(end),
            _ => return None,
        };
        Some((end, Kind::Open(tag)))
    }

    /// Reads `value]` or `"value" rest]`: the value without the space around it, what follows the
    /// quotes, and where the tag ends. Neither goes over the end of the line; an unquoted value has
    /// no brackets in it.
    fn value(&mut self, start: usize) -> Option<(Range<usize>, Range<usize>, usize)> {
        let (value, rest) = if self.text[start..].starts_with('"') {
            let close = self.text[start + 1..].find(['"', '\n']);
            *self.steps += 1 + close.unwrap_or(self.text.len() - start) as u64;
            let close = start + 1 + close?;
            if self.text.as_bytes()[close] == b'\n' {
                return None;
            }
            (start + 1..close, close + 1)
        } else {
            (start..start, start)
        };
        let end = self.text[rest..].find([']', '[', '\n']);
        *self.steps += 1 + end.unwrap_or(self.text.len() - rest) as u64;
        let end = rest + end?;
        if self.text.as_bytes()[end] != b']' {
            return None;
        }
        let quoted = rest > start;
        let (value, rest) = if quoted {
            (value, rest..end)
        } else {
            (start..end, end..end)
        };
        Some((trimmed(self.text, value), rest, end + 1))
    }

    fn image(&mut self, content: usize) -> Option<(usize, Kind)> {
        let (address, end) = self.address(content, "[/img]")?;
        link::web_address(&self.text[address.clone()])?;
        Some((end, Kind::Image(address)))
    }

    /// An address that fills a tag up to its closing one.
    fn address(&mut self, start: usize, closer: &str) -> Option<(Range<usize>, usize)> {
        let len = self.text[start..].find(['[', '\n']);
        *self.steps += 1 + len.unwrap_or(self.text.len() - start) as u64;
        let end = start + len?;
        let tail = self.text.as_bytes().get(end..end + closer.len())?;
        tail.eq_ignore_ascii_case(closer.as_bytes())
            .then(|| (trimmed(self.text, start..end), end + closer.len()))
    }

    fn code(&mut self, content: usize) -> Option<(usize, Kind)> {
        let known = matches!(self.code_end, Search::At(at) if at >= content);
        if !known && !matches!(self.code_end, Search::Nowhere) {
            self.code_end = self.search_code_end(content);
        }
        match self.code_end {
            Search::At(at) => Some((at + CODE_END.len(), Kind::Code(content..at))),
            _ => None,
        }
    }

    fn search_code_end(&mut self, from: usize) -> Search {
        let found = self.text.as_bytes()[from..]
            .windows(CODE_END.len())
            .position(|window| window.eq_ignore_ascii_case(CODE_END));
        *self.steps += found.unwrap_or(self.text.len() - from) as u64;
        found.map_or(Search::Nowhere, |offset| Search::At(from + offset))
    }
}

const CODE_END: &[u8] = b"[/code]";

/// The longest name of a tag, in bytes.
const MAX_NAME: usize = 7;

/// The longest name of a quote's author and title of a spoiler, in bytes.
const MAX_TITLE: usize = 500;

fn closer(name: &str) -> Option<Name> {
    Some(match name {
        "b" => Name::Bold,
        "i" => Name::Italic,
        "u" => Name::Underline,
        "s" => Name::Strike,
        "color" => Name::Color,
        "size" => Name::Size,
        "url" => Name::Link,
        "quote" => Name::Quote,
        "spoiler" => Name::Spoiler,
        "list" => Name::List,
        _ => return None,
    })
}

fn trimmed(text: &str, range: Range<usize>) -> Range<usize> {
    let part = &text[range.clone()];
    let start = range.start + (part.len() - part.trim_start().len());
    start..(start + part.trim().len())
}

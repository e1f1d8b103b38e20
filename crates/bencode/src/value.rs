//! A cursor over one value of a document.

use std::ops::Range;

use crate::Document;
use crate::parse::{Token, following};

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `i…e`
    Int,
    /// `<length>:…`
    Bytes,
    /// `l…e`
    List,
    /// `d…e`
    Dict,
}

/// A cheap, copyable cursor over one value: `'d` is the document, `'a` the input it borrows.
///
/// The accessors answer `None` (or nothing, for iterators) when the value is of another kind, so
/// that a reader can ask for what it needs without matching first.
#[derive(Clone, Copy)]
pub struct Value<'d, 'a> {
    document: &'d Document<'a>,
    at: usize,
}

impl<'d, 'a> Value<'d, 'a> {
    pub(crate) fn new(document: &'d Document<'a>, at: usize) -> Self {
        Self { document, at }
    }

    /// What the value is.
    pub fn kind(&self) -> Kind {
        match self.document.input[self.token().start as usize] {
            b'i' => Kind::Int,
            b'l' => Kind::List,
            b'd' => Kind::Dict,
            _ => Kind::Bytes,
        }
    }

    /// The integer, if it is one.
    pub fn as_int(&self) -> Option<i64> {
        if self.kind() != Kind::Int {
            return None;
        }
        let raw = self.raw();
        std::str::from_utf8(&raw[1..raw.len() - 1])
            .ok()?
            .parse()
            .ok()
    }

    /// The integer, if it is one and not negative.
    pub fn as_uint(&self) -> Option<u64> {
        self.as_int().and_then(|value| u64::try_from(value).ok())
    }

    /// The contents of the string, if it is one.
    pub fn as_bytes(&self) -> Option<&'a [u8]> {
        if self.kind() != Kind::Bytes {
            return None;
        }
        let token = self.token();
        Some(&self.document.input[token.link as usize..token.end as usize])
    }

    /// The contents of the string, if it is one and valid UTF-8.
    pub fn as_str(&self) -> Option<&'a str> {
        self.as_bytes()
            .and_then(|bytes| std::str::from_utf8(bytes).ok())
    }

    /// The value under a dictionary's key; `None` if the key is missing or this is no dictionary.
    ///
    /// Looks at the keys one after the other, so it takes time with their number.
    pub fn get(&self, key: &[u8]) -> Option<Value<'d, 'a>> {
        self.entries()
            .find(|(found, _)| *found == key)
            .map(|(_, value)| value)
    }

    /// The items of a list, in order; nothing if it is no list.
    pub fn items(&self) -> Items<'d, 'a> {
        Items {
            rest: self.inside(Kind::List),
        }
    }

    /// The keys and values of a dictionary, in the order they stand; nothing if it is none.
    pub fn entries(&self) -> Entries<'d, 'a> {
        Entries {
            rest: self.inside(Kind::Dict),
        }
    }

    /// How many items a list has, entries a dictionary, bytes a string; 0 for an integer.
    pub fn len(&self) -> usize {
        match self.kind() {
            Kind::Int => 0,
            Kind::Bytes => self.as_bytes().map_or(0, <[u8]>::len),
            Kind::List => self.items().count(),
            Kind::Dict => self.entries().count(),
        }
    }

    /// Whether [`len`](Self::len) is 0.
    pub fn is_empty(&self) -> bool {
        match self.kind() {
            Kind::Int => true,
            Kind::Bytes => self.as_bytes().is_none_or(<[u8]>::is_empty),
            Kind::List => self.items().next().is_none(),
            Kind::Dict => self.entries().next().is_none(),
        }
    }

    /// The exact bytes the value was written with.
    pub fn raw(&self) -> &'a [u8] {
        &self.document.input[self.span()]
    }

    /// Where in the input the value stands.
    pub fn span(&self) -> Range<usize> {
        let token = self.token();
        token.start as usize..token.end as usize
    }

    fn token(&self) -> Token {
        self.document.tape[self.at]
    }

    fn following(&self) -> usize {
        following(self.document.input, &self.document.tape, self.at)
    }

    fn inside(&self, kind: Kind) -> Walk<'d, 'a> {
        let end = if self.kind() == kind {
            self.following()
        } else {
            0
        };
        Walk {
            document: self.document,
            at: self.at + 1,
            end,
        }
    }
}

/// Shows the value as text for debugging, strings escaped, containers by their size.
impl std::fmt::Debug for Value<'_, '_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.kind() {
            Kind::Int => write!(f, "{}", self.as_int().unwrap_or_default()),
            Kind::Bytes => write!(
                f,
                "\"{}\"",
                self.as_bytes().unwrap_or_default().escape_ascii()
            ),
            Kind::List => write!(f, "list of {}", self.len()),
            Kind::Dict => write!(f, "dictionary of {}", self.len()),
        }
    }
}

/// The items of a list. See [`Value::items`].
#[derive(Debug, Clone)]
pub struct Items<'d, 'a> {
    rest: Walk<'d, 'a>,
}

impl<'d, 'a> Iterator for Items<'d, 'a> {
    type Item = Value<'d, 'a>;

    fn next(&mut self) -> Option<Self::Item> {
        self.rest.next()
    }
}

/// The entries of a dictionary. See [`Value::entries`].
#[derive(Debug, Clone)]
pub struct Entries<'d, 'a> {
    rest: Walk<'d, 'a>,
}

impl<'d, 'a> Iterator for Entries<'d, 'a> {
    type Item = (&'a [u8], Value<'d, 'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let key = self.rest.next()?.as_bytes()?;
        Some((key, self.rest.next()?))
    }
}

/// Steps over the direct children of a container.
#[derive(Debug, Clone)]
struct Walk<'d, 'a> {
    document: &'d Document<'a>,
    at: usize,
    end: usize,
}

impl<'d, 'a> Walk<'d, 'a> {
    fn next(&mut self) -> Option<Value<'d, 'a>> {
        if self.at >= self.end {
            return None;
        }
        let value = Value::new(self.document, self.at);
        self.at = value.following();
        Some(value)
    }
}

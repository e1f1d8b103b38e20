//! A parsed document: the borrowed input and the tape of tokens over it.

use crate::parse::{Token, parse};
use crate::{Error, Value};

/// What a document may cost. Whatever is beyond a limit is refused before it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Levels of lists and dictionaries; a plain integer or string is level 0.
    pub depth: usize,
    /// Values and keys altogether. The tape takes 12 bytes for each.
    pub items: usize,
    /// Bytes of the whole input; never more than 4 GiB whatever stands here.
    pub bytes: usize,
}

impl Default for Limits {
    /// 64 levels, a million items, 16 MiB.
    fn default() -> Self {
        Self {
            depth: 64,
            items: 1_000_000,
            bytes: 16 << 20,
        }
    }
}

/// How much is forgiven.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Nothing: keys are sorted and unique, integers and lengths in their shortest form. What is
    /// accepted is exactly what [`Writer`](crate::Writer) writes for the same values.
    Strict,
    /// Keys may stand in any order, as careless programs write them. A key twice is still an
    /// error, because two readers could disagree about what it means.
    Lenient,
}

/// A parsed document: a flat tape of tokens over the borrowed input.
///
/// The tape is twelve bytes per item, and an item takes at least two bytes of input, so the memory
/// is bounded by a small multiple of the input and by [`Limits::items`].
#[derive(Debug, Clone)]
pub struct Document<'a> {
    pub(crate) input: &'a [u8],
    pub(crate) tape: Vec<Token>,
}

impl<'a> Document<'a> {
    /// Parses an input that is exactly one value.
    ///
    /// ```
    /// use bencode::{Document, Error, Limits, Mode};
    ///
    /// let list = Document::parse(b"l4:spami-3ee", Mode::Strict, &Limits::default())?;
    /// assert_eq!(list.root().items().count(), 2);
    ///
    /// let refused = Document::parse(b"i1ei2e", Mode::Strict, &Limits::default());
    /// assert_eq!(refused.unwrap_err(), Error::TrailingBytes { offset: 3 });
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// The first rule broken, and where.
    pub fn parse(input: &'a [u8], mode: Mode, limits: &Limits) -> Result<Self, Error> {
        let (document, used) = Self::parse_prefix(input, mode, limits)?;
        if used < input.len() {
            return Err(Error::TrailingBytes { offset: used });
        }
        Ok(document)
    }

    /// Parses the one value an input begins with, and says how many bytes it took.
    ///
    /// This is how extension messages carry a payload behind their dictionary (BEP 9).
    /// [`Limits::bytes`] still bounds the whole input.
    ///
    /// # Errors
    /// The first rule broken, and where.
    pub fn parse_prefix(
        input: &'a [u8],
        mode: Mode,
        limits: &Limits,
    ) -> Result<(Self, usize), Error> {
        let (tape, used) = parse(input, mode, limits)?;
        Ok((Self { input, tape }, used))
    }

    /// The document's one value.
    pub fn root(&self) -> Value<'_, 'a> {
        Value::new(self, 0)
    }
}

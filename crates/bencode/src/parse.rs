//! The iterative parser: bytes in, tape out.

use crate::{Error, Limits, Mode};

/// One item on the tape. What kind it is stands in the input's byte at `start`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Token {
    /// Where the item's first byte is.
    pub start: u32,
    /// One past the item's last byte.
    pub end: u32,
    /// For a string where its contents begin; for anything else the tape index of what follows it.
    pub link: u32,
}

// What `Limits::items` promises.
const _: () = assert!(size_of::<Token>() == 12);

/// Parses one value from the start of the input; returns its tape and how many bytes it took.
pub(crate) fn parse(
    input: &[u8],
    mode: Mode,
    limits: &Limits,
) -> Result<(Vec<Token>, usize), Error> {
    let limit = limits.bytes.min(u32::MAX as usize);
    if input.len() > limit {
        return Err(Error::TooLarge {
            size: input.len(),
            limit,
        });
    }
    let mut parser = Parser {
        input,
        at: 0,
        tape: Vec::new(),
        open: Vec::new(),
        mode,
        limits,
    };
    parser.run()?;
    Ok((parser.tape, parser.at))
}

struct Parser<'a, 'l> {
    input: &'a [u8],
    at: usize,
    tape: Vec<Token>,
    open: Vec<Open>,
    mode: Mode,
    limits: &'l Limits,
}

/// A list or dictionary that has not ended yet.
struct Open {
    token: usize,
    is_dict: bool,
    /// The next item of a dictionary must be a value, not a key.
    wants_value: bool,
    last_key: Option<(u32, u32)>,
    /// Some key stood before a smaller one, so duplicates must be looked for at the end.
    unsorted: bool,
}

impl Parser<'_, '_> {
    fn run(&mut self) -> Result<(), Error> {
        loop {
            self.item()?;
            if self.open.is_empty() {
                return Ok(());
            }
        }
    }

    /// Reads one key, one value or the end of the innermost container.
    fn item(&mut self) -> Result<(), Error> {
        let start = self.at;
        let expected = match self.open.last() {
            None => "a value",
            Some(open) if !open.is_dict => "a value or the end of a list",
            Some(open) if open.wants_value => "a value",
            Some(_) => "a key or the end of a dictionary",
        };
        let Some(&byte) = self.input.get(start) else {
            return Err(Error::UnexpectedEnd {
                offset: start,
                expected,
            });
        };
        if byte == b'e' && !self.open.is_empty() {
            return self.close();
        }
        if self.tape.len() >= self.limits.items {
            return Err(Error::TooManyItems {
                offset: start,
                limit: self.limits.items,
            });
        }
        let key_expected = self
            .open
            .last()
            .is_some_and(|open| open.is_dict && !open.wants_value);
        match byte {
            b'0'..=b'9' => {
                let contents = self.string()?;
                if key_expected {
                    self.check_key(start, contents)?;
                    return Ok(());
                }
            }
            b'i' | b'l' | b'd' if key_expected => {
                return Err(Error::KeyNotString { offset: start });
            }
            b'i' => self.integer()?,
            b'l' | b'd' => return self.begin(byte == b'd'),
            byte => {
                return Err(Error::UnexpectedByte {
                    offset: start,
                    byte,
                    expected,
                });
            }
        }
        self.value_done();
        Ok(())
    }

    fn value_done(&mut self) {
        if let Some(open) = self.open.last_mut() {
            open.wants_value = false;
        }
    }

    fn begin(&mut self, is_dict: bool) -> Result<(), Error> {
        if self.open.len() >= self.limits.depth {
            return Err(Error::TooDeep {
                offset: self.at,
                limit: self.limits.depth,
            });
        }
        self.value_done();
        self.open.push(Open {
            token: self.tape.len(),
            is_dict,
            wants_value: false,
            last_key: None,
            unsorted: false,
        });
        let start = self.at;
        self.at += 1;
        self.push(start, 0);
        Ok(())
    }

    fn close(&mut self) -> Result<(), Error> {
        let Some(open) = self.open.pop() else {
            return Ok(());
        };
        if open.wants_value {
            return Err(Error::MissingValue { offset: self.at });
        }
        self.at += 1;
        let following = index(self.tape.len());
        self.tape[open.token].end = index(self.at);
        self.tape[open.token].link = following;
        if open.unsorted {
            self.check_unique(open.token)
        } else {
            Ok(())
        }
    }

    fn check_key(&mut self, start: usize, contents: usize) -> Result<(), Error> {
        let key = (index(contents), index(self.at));
        let Some(open) = self.open.last_mut() else {
            return Ok(());
        };
        open.wants_value = true;
        if let Some(last) = open.last_key.replace(key) {
            let last = &self.input[last.0 as usize..last.1 as usize];
            match last.cmp(&self.input[contents..self.at]) {
                std::cmp::Ordering::Less => {}
                std::cmp::Ordering::Equal => return Err(Error::DuplicateKey { offset: start }),
                std::cmp::Ordering::Greater if self.mode == Mode::Strict => {
                    return Err(Error::KeysOutOfOrder { offset: start });
                }
                std::cmp::Ordering::Greater => open.unsorted = true,
            }
        }
        Ok(())
    }

    /// Looks for a key that an unsorted dictionary has twice.
    fn check_unique(&self, dict: usize) -> Result<(), Error> {
        let mut keys = Vec::new();
        let mut at = dict + 1;
        while at < self.tape.len() {
            let key = self.tape[at];
            keys.push((&self.input[key.link as usize..key.end as usize], key.start));
            at = following(self.input, &self.tape, at + 1);
        }
        keys.sort_unstable();
        match keys.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            Some(pair) => Err(Error::DuplicateKey {
                offset: pair[1].1 as usize,
            }),
            None => Ok(()),
        }
    }

    /// Reads `<length>:<contents>`; returns where the contents begin.
    fn string(&mut self) -> Result<usize, Error> {
        let start = self.at;
        let mut length = 0usize;
        let mut at = start;
        loop {
            match self.input.get(at) {
                Some(digit @ b'0'..=b'9') => {
                    length = length
                        .saturating_mul(10)
                        .saturating_add(usize::from(digit - b'0'));
                    at += 1;
                }
                Some(b':') => break,
                Some(&byte) => {
                    let expected = "a digit or a colon";
                    return Err(Error::UnexpectedByte {
                        offset: at,
                        byte,
                        expected,
                    });
                }
                None => {
                    let expected = "the rest of a string length";
                    return Err(Error::UnexpectedEnd {
                        offset: at,
                        expected,
                    });
                }
            }
            if length > self.input.len() {
                return Err(Error::LengthPastEnd { offset: start });
            }
        }
        if self.input[start] == b'0' && at - start > 1 {
            return Err(Error::LengthNotCanonical { offset: start });
        }
        let contents = at + 1;
        if length > self.input.len() - contents {
            return Err(Error::LengthPastEnd { offset: start });
        }
        self.at = contents + length;
        self.push(start, index(contents));
        Ok(contents)
    }

    /// Reads `i<number>e`.
    fn integer(&mut self) -> Result<(), Error> {
        let start = self.at;
        let mut at = start + 1;
        let negative = self.input.get(at) == Some(&b'-');
        at += usize::from(negative);
        let digits = at;
        let mut overflow = false;
        // Counts downwards, since the smallest i64 has no positive counterpart.
        let mut value = 0i64;
        loop {
            match self.input.get(at) {
                Some(digit @ b'0'..=b'9') => {
                    let next = value
                        .checked_mul(10)
                        .and_then(|v| v.checked_sub(i64::from(digit - b'0')));
                    value = next.unwrap_or_else(|| {
                        overflow = true;
                        0
                    });
                    at += 1;
                }
                Some(b'e') if at > digits => break,
                Some(&byte) => {
                    let expected = if at > digits {
                        "a digit or the end of an integer"
                    } else {
                        "a digit"
                    };
                    return Err(Error::UnexpectedByte {
                        offset: at,
                        byte,
                        expected,
                    });
                }
                None => {
                    let expected = "the rest of an integer";
                    return Err(Error::UnexpectedEnd {
                        offset: at,
                        expected,
                    });
                }
            }
        }
        if self.input[digits] == b'0' && (negative || at - digits > 1) {
            return Err(Error::IntegerNotCanonical { offset: start });
        }
        if overflow || (!negative && value == i64::MIN) {
            return Err(Error::IntegerOverflow { offset: start });
        }
        self.at = at + 1;
        let following = index(self.tape.len() + 1);
        self.push(start, following);
        Ok(())
    }

    fn push(&mut self, start: usize, link: u32) {
        self.tape.push(Token {
            start: index(start),
            end: index(self.at),
            link,
        });
    }
}

/// The tape index of what follows the item at `at`.
pub(crate) fn following(input: &[u8], tape: &[Token], at: usize) -> usize {
    let token = tape[at];
    if input[token.start as usize].is_ascii_digit() {
        at + 1
    } else {
        token.link as usize
    }
}

/// Narrows an offset or a tape index: the input is at most `u32::MAX` bytes and an item takes two.
fn index(value: usize) -> u32 {
    value as u32
}

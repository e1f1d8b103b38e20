//! The canonical writer.

use std::ops::Range;

/// Writes canonical bencode: keys sorted, integers in their shortest form.
///
/// ```
/// let mut w = bencode::Writer::new();
/// w.list(|w| {
///     w.int(-3).bytes(b"spam");
///     w.dict(|d| d.key(b"k").str("v"));
/// });
/// assert_eq!(w.finish(), b"li-3e4:spamd1:k1:vee");
/// ```
#[derive(Debug, Default)]
pub struct Writer {
    out: Vec<u8>,
}

impl Writer {
    /// A writer of a new buffer.
    pub fn new() -> Self {
        Self::default()
    }

    /// A writer that appends to what is in a buffer already, to reuse its memory.
    pub fn append(out: Vec<u8>) -> Self {
        Self { out }
    }

    /// What was written.
    pub fn finish(self) -> Vec<u8> {
        self.out
    }

    /// Writes an integer.
    pub fn int(&mut self, value: impl Into<i128>) -> &mut Self {
        let mut digits = [0u8; 40];
        let mut at = digits.len();
        let value: i128 = value.into();
        let mut wide = value.unsigned_abs();
        // A division of 128 bits costs as much as ten of 64.
        while wide > u128::from(u64::MAX) {
            at -= 1;
            digits[at] = b'0' + (wide % 10) as u8;
            wide /= 10;
        }
        let mut rest = wide as u64;
        loop {
            at -= 1;
            digits[at] = b'0' + (rest % 10) as u8;
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        self.out.push(b'i');
        if value < 0 {
            self.out.push(b'-');
        }
        self.out.extend_from_slice(&digits[at..]);
        self.out.push(b'e');
        self
    }

    /// Writes a byte string.
    pub fn bytes(&mut self, value: &[u8]) -> &mut Self {
        self.bytes_of(value.len()).raw(value)
    }

    /// Begins a byte string of `len` bytes, which are to follow with [`raw`](Self::raw).
    pub fn bytes_of(&mut self, len: usize) -> &mut Self {
        let mut digits = [0u8; 20];
        let mut at = digits.len();
        let mut rest = len;
        loop {
            at -= 1;
            digits[at] = b'0' + (rest % 10) as u8;
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        self.out.extend_from_slice(&digits[at..]);
        self.out.push(b':');
        self
    }

    /// Writes a string.
    pub fn str(&mut self, value: &str) -> &mut Self {
        self.bytes(value.as_bytes())
    }

    /// Splices in one value that is bencoded already, byte for byte. It is not looked at.
    pub fn raw(&mut self, value: &[u8]) -> &mut Self {
        self.out.extend_from_slice(value);
        self
    }

    /// Writes a list of whatever the closure writes.
    pub fn list<R>(&mut self, fill: impl FnOnce(&mut Writer) -> R) -> &mut Self {
        self.out.push(b'l');
        fill(self);
        self.out.push(b'e');
        self
    }

    /// Writes a dictionary of the entries the closure adds, in any order: they come out sorted.
    pub fn dict<R>(&mut self, fill: impl FnOnce(&mut Dict<'_>) -> R) -> &mut Self {
        self.out.push(b'd');
        let mut dict = Dict {
            writer: self,
            entries: Vec::new(),
        };
        fill(&mut dict);
        dict.sort();
        self.out.push(b'e');
        self
    }
}

/// A dictionary being written. Of a key given twice, the last value stays.
#[derive(Debug)]
pub struct Dict<'w> {
    writer: &'w mut Writer,
    entries: Vec<Entry>,
}

#[derive(Debug, Clone)]
struct Entry {
    key: Range<usize>,
    end: usize,
}

impl Dict<'_> {
    /// Names the next entry; the value is written by one of the slot's methods. A slot that is
    /// dropped unused leaves no trace.
    pub fn key<'d>(&'d mut self, key: &'d [u8]) -> Slot<'d> {
        Slot {
            writer: self.writer,
            entries: &mut self.entries,
            key,
        }
    }

    /// Brings the entries written so far into the order of their keys.
    fn sort(&mut self) {
        let out = &mut self.writer.out;
        let sorted = self
            .entries
            .windows(2)
            .all(|pair| out[pair[0].key.clone()] < out[pair[1].key.clone()]);
        if sorted {
            return;
        }
        let begin = self.entries.first().map_or(out.len(), Entry::start);
        let written = out.split_off(begin);
        let key = |entry: &Entry| &written[entry.key.start - begin..entry.key.end - begin];
        self.entries.sort_by(|a, b| key(a).cmp(key(b)));
        for (position, entry) in self.entries.iter().enumerate() {
            let replaced = self
                .entries
                .get(position + 1)
                .is_some_and(|next| key(next) == key(entry));
            if !replaced {
                out.extend_from_slice(&written[entry.start() - begin..entry.end - begin]);
            }
        }
    }
}

impl Entry {
    /// Where the key's length begins.
    fn start(&self) -> usize {
        let digits = self.key.len().checked_ilog10().unwrap_or(0) as usize + 1;
        self.key.start - 1 - digits
    }
}

/// The place for one dictionary entry's value. Each method writes it and is done.
#[derive(Debug)]
#[must_use = "a key without a value is not written"]
pub struct Slot<'d> {
    writer: &'d mut Writer,
    entries: &'d mut Vec<Entry>,
    key: &'d [u8],
}

impl Slot<'_> {
    /// Writes an integer.
    pub fn int(self, value: impl Into<i128>) {
        self.write(|w| {
            w.int(value);
        });
    }

    /// Writes a byte string.
    pub fn bytes(self, value: &[u8]) {
        self.write(|w| {
            w.bytes(value);
        });
    }

    /// Writes a string.
    pub fn str(self, value: &str) {
        self.bytes(value.as_bytes());
    }

    /// Splices in one value that is bencoded already.
    pub fn raw(self, value: &[u8]) {
        self.write(|w| {
            w.raw(value);
        });
    }

    /// Writes a list.
    pub fn list<R>(self, fill: impl FnOnce(&mut Writer) -> R) {
        self.write(|w| {
            w.list(fill);
        });
    }

    /// Writes a dictionary.
    pub fn dict<R>(self, fill: impl FnOnce(&mut Dict<'_>) -> R) {
        self.write(|w| {
            w.dict(fill);
        });
    }

    fn write(self, value: impl FnOnce(&mut Writer)) {
        self.writer.bytes(self.key);
        let end = self.writer.out.len();
        value(self.writer);
        self.entries.push(Entry {
            key: end - self.key.len()..end,
            end: self.writer.out.len(),
        });
    }
}

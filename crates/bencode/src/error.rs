//! What can be wrong with bencode: every error says where and which rule.

/// Why bytes are not acceptable bencode. `offset` counts bytes from the start of the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The whole input is longer than [`Limits::bytes`](crate::Limits::bytes).
    #[error("the input is {size} bytes long, at most {limit} are allowed")]
    TooLarge {
        /// Bytes given.
        size: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// The input ends in the middle of a value.
    #[error("the input ends at byte {offset} where {expected} must follow")]
    UnexpectedEnd {
        /// Where the input ends.
        offset: usize,
        /// What should have been there.
        expected: &'static str,
    },
    /// A byte that cannot begin or continue a value stands here.
    #[error("byte {offset} is 0x{byte:02x} where {expected} must stand")]
    UnexpectedByte {
        /// Where the byte is.
        offset: usize,
        /// The byte found.
        byte: u8,
        /// What should have been there.
        expected: &'static str,
    },
    /// An integer has a leading zero or is a negative zero.
    #[error("the integer at byte {offset} is not written in its shortest form")]
    IntegerNotCanonical {
        /// Where the `i` is.
        offset: usize,
    },
    /// An integer does not fit in 64 signed bits.
    #[error("the integer at byte {offset} does not fit in 64 bits")]
    IntegerOverflow {
        /// Where the `i` is.
        offset: usize,
    },
    /// The length of a byte string has a leading zero.
    #[error("the string length at byte {offset} has a leading zero")]
    LengthNotCanonical {
        /// Where the length begins.
        offset: usize,
    },
    /// A byte string claims to be longer than what is left of the input.
    #[error("the string at byte {offset} is longer than the rest of the input")]
    LengthPastEnd {
        /// Where the length begins.
        offset: usize,
    },
    /// A dictionary key is not a byte string.
    #[error("the dictionary key at byte {offset} is not a string")]
    KeyNotString {
        /// Where the key should begin.
        offset: usize,
    },
    /// A dictionary ends after a key that has no value.
    #[error("the dictionary ends at byte {offset} after a key without a value")]
    MissingValue {
        /// Where the dictionary's `e` is.
        offset: usize,
    },
    /// A dictionary's keys are not in ascending order of their bytes ([`Mode::Strict`](crate::Mode::Strict) only).
    #[error("the dictionary key at byte {offset} is out of order")]
    KeysOutOfOrder {
        /// Where the first key out of order begins.
        offset: usize,
    },
    /// A dictionary has the same key twice.
    #[error("the dictionary key at byte {offset} appears twice")]
    DuplicateKey {
        /// Where the repeated key begins.
        offset: usize,
    },
    /// Lists and dictionaries are nested deeper than [`Limits::depth`](crate::Limits::depth).
    #[error("nesting at byte {offset} is deeper than {limit} levels")]
    TooDeep {
        /// Where the level too many begins.
        offset: usize,
        /// Levels allowed.
        limit: usize,
    },
    /// There are more values and keys than [`Limits::items`](crate::Limits::items).
    #[error("there are more than {limit} items at byte {offset}")]
    TooManyItems {
        /// Where the item too many begins.
        offset: usize,
        /// Items allowed.
        limit: usize,
    },
    /// Bytes follow the value.
    #[error("bytes follow the end of the value at byte {offset}")]
    TrailingBytes {
        /// Where the value ended.
        offset: usize,
    },
}

impl Error {
    /// Where in the input the rule was broken; the end of it for [`Error::TooLarge`].
    pub fn offset(&self) -> usize {
        match *self {
            Self::TooLarge { size, .. } => size,
            Self::UnexpectedEnd { offset, .. }
            | Self::UnexpectedByte { offset, .. }
            | Self::IntegerNotCanonical { offset }
            | Self::IntegerOverflow { offset }
            | Self::LengthNotCanonical { offset }
            | Self::LengthPastEnd { offset }
            | Self::KeyNotString { offset }
            | Self::MissingValue { offset }
            | Self::KeysOutOfOrder { offset }
            | Self::DuplicateKey { offset }
            | Self::TooDeep { offset, .. }
            | Self::TooManyItems { offset, .. }
            | Self::TrailingBytes { offset } => offset,
        }
    }
}

//! Why a `.torrent` file is refused.

/// Why a `.torrent` file is refused: every variant names the field and the rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MetainfoError {
    /// The file is larger than [`MetainfoLimits::bytes`](crate::MetainfoLimits::bytes).
    #[error("the file is {size} bytes long, at most {limit} are accepted")]
    FileTooLarge {
        /// Bytes given.
        size: usize,
        /// Bytes accepted.
        limit: usize,
    },
    /// A file or folder name is not acceptable.
    #[error("{field}: {rule}")]
    Name {
        /// Where.
        field: String,
        /// What is wrong with it.
        rule: NameRule,
    },
}

impl MetainfoError {
    /// A stable name in snake case, for translations and the API.
    pub fn code(&self) -> &'static str {
        unimplemented!()
    }

    /// The field the rule was broken in, like `info.files[3].path`; empty for the file as a whole.
    pub fn field(&self) -> &str {
        unimplemented!()
    }
}

/// What is wrong with a file or folder name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NameRule {
    /// It is empty.
    #[error("the name is empty")]
    Empty,
}

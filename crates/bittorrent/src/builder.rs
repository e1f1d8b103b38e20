//! New torrents from contents at hand.

use crate::{MetainfoError, Version};

/// Builds a `.torrent` file from contents in memory.
#[derive(Debug, Clone)]
pub struct Builder {
    _name: String,
}

/// Why no torrent can be built.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BuildError {
    /// What was built breaks a rule of [`Metainfo::parse`](crate::Metainfo::parse).
    #[error("the torrent would be refused: {0}")]
    Refused(#[from] MetainfoError),
}

impl Builder {
    /// A torrent with this name: a v1 torrent with 16 KiB pieces unless told otherwise.
    pub fn new(name: impl Into<String>) -> Self {
        Self { _name: name.into() }
    }

    /// Sets the protocol.
    pub fn version(self, _version: Version) -> Self {
        unimplemented!()
    }

    /// Sets the piece length in bytes; a power of two of at least 16 KiB for v2 and hybrids.
    pub fn piece_length(self, _bytes: u64) -> Self {
        unimplemented!()
    }

    /// Adds a file below the torrent's name; `path` is separated by `/`.
    pub fn file(self, _path: impl Into<String>, _contents: impl Into<Vec<u8>>) -> Self {
        unimplemented!()
    }

    /// Makes it a torrent of one file, called like the torrent.
    pub fn single_file(self, _contents: impl Into<Vec<u8>>) -> Self {
        unimplemented!()
    }

    /// Adds a file by its size alone (v1 only); its piece hashes come from [`pieces`](Self::pieces).
    pub fn sized_file(self, _path: impl Into<String>, _length: u64) -> Self {
        unimplemented!()
    }

    /// Gives the v1 piece hashes of files added by size.
    pub fn pieces(self, _hashes: Vec<[u8; 20]>) -> Self {
        unimplemented!()
    }

    /// Sets the private flag (BEP 27).
    pub fn private(self, _private: bool) -> Self {
        unimplemented!()
    }

    /// Sets `source`, which makes the hash differ from that of the same files elsewhere.
    pub fn source(self, _source: impl Into<String>) -> Self {
        unimplemented!()
    }

    /// Adds a tier of announce URLs (BEP 12).
    pub fn tier(self, _urls: Vec<String>) -> Self {
        unimplemented!()
    }

    /// Adds a web seed (BEP 19).
    pub fn web_seed(self, _url: impl Into<String>) -> Self {
        unimplemented!()
    }

    /// Sets the comment.
    pub fn comment(self, _comment: impl Into<String>) -> Self {
        unimplemented!()
    }

    /// Sets the program's name in `created by`.
    pub fn created_by(self, _program: impl Into<String>) -> Self {
        unimplemented!()
    }

    /// Sets `creation date`, in Unix seconds.
    pub fn creation_date(self, _at: i64) -> Self {
        unimplemented!()
    }

    /// The bytes of the `.torrent` file.
    ///
    /// # Errors
    /// Whatever [`Metainfo::parse`](crate::Metainfo::parse) would refuse.
    pub fn build(&self) -> Result<Vec<u8>, BuildError> {
        unimplemented!()
    }
}

//! `.torrent` files.

use crate::{InfoHashes, Version};

mod error;
mod rewrite;

pub use error::{MetainfoError, NameRule};
pub use rewrite::Rewrite;

/// What a `.torrent` file may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MetainfoLimits {
    /// Bytes of the whole file.
    pub bytes: usize,
    /// Files in it, pads not counted.
    pub files: usize,
}

impl Default for MetainfoLimits {
    /// 10 MiB, 100 000 files.
    fn default() -> Self {
        Self {
            bytes: 10 << 20,
            files: 100_000,
        }
    }
}

/// A `.torrent` file that broke no rule.
#[derive(Debug, Clone)]
pub struct Metainfo {
    bytes: Vec<u8>,
}

/// One file of a torrent. Pads (BEP 47) are no files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    path: String,
    length: u64,
    pieces_root: Option<[u8; 32]>,
}

impl File {
    /// The path below the torrent's name, components joined by `/`; of a single-file torrent it is
    /// the name.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The path's components.
    pub fn components(&self) -> std::str::Split<'_, char> {
        self.path.split('/')
    }

    /// Bytes.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// The root of the file's hash tree (BEP 52); none for an empty file or a v1 torrent.
    pub fn pieces_root(&self) -> Option<&[u8; 32]> {
        self.pieces_root.as_ref()
    }
}

impl Metainfo {
    /// Reads a `.torrent` file.
    ///
    /// # Errors
    /// The first rule broken, with the field it was broken in.
    pub fn parse(_bytes: &[u8], _limits: &MetainfoLimits) -> Result<Self, MetainfoError> {
        unimplemented!()
    }

    /// The bytes it was read from.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The torrent's name: of its one file, or of the folder around all of them.
    pub fn name(&self) -> &str {
        unimplemented!()
    }

    /// The files in their order, without pads.
    pub fn files(&self) -> &[File] {
        unimplemented!()
    }

    /// Whether the torrent is one file without a folder around it.
    pub fn is_single_file(&self) -> bool {
        unimplemented!()
    }

    /// Bytes of all files, without pads.
    pub fn total_size(&self) -> u64 {
        unimplemented!()
    }

    /// Bytes in a piece.
    pub fn piece_length(&self) -> u64 {
        unimplemented!()
    }

    /// How many pieces there are; of a hybrid as v1 counts them.
    pub fn piece_count(&self) -> u64 {
        unimplemented!()
    }

    /// Whether only the trackers named may be asked for peers (BEP 27).
    pub fn private(&self) -> bool {
        unimplemented!()
    }

    /// Which protocols it speaks.
    pub fn version(&self) -> Version {
        unimplemented!()
    }

    /// Its info-hashes, over the raw bytes of the info dictionary.
    pub fn hashes(&self) -> InfoHashes {
        unimplemented!()
    }

    /// The info dictionary, byte for byte.
    pub fn raw_info(&self) -> &[u8] {
        unimplemented!()
    }

    /// The announce URLs in tiers (BEP 12); `announce` alone is one tier.
    pub fn trackers(&self) -> &[Vec<String>] {
        unimplemented!()
    }

    /// `url-list` (BEP 19).
    pub fn web_seeds(&self) -> &[String] {
        unimplemented!()
    }

    /// `comment`.
    pub fn comment(&self) -> Option<&str> {
        unimplemented!()
    }

    /// `created by`.
    pub fn created_by(&self) -> Option<&str> {
        unimplemented!()
    }

    /// `creation date`, in Unix seconds.
    pub fn creation_date(&self) -> Option<i64> {
        unimplemented!()
    }

    /// `info.source`.
    pub fn source(&self) -> Option<&str> {
        unimplemented!()
    }

    /// The file as it is handed out: only known keys, the info dictionary byte for byte.
    pub fn rewrite(&self, _rewrite: &Rewrite) -> Vec<u8> {
        unimplemented!()
    }

    /// The file with the private flag set or taken away, everything else kept. The info-hash is a
    /// new one unless the flag was so already.
    ///
    /// # Errors
    /// If the file grows beyond what can be parsed again.
    pub fn with_private(&self, _private: bool) -> Result<Vec<u8>, MetainfoError> {
        unimplemented!()
    }
}

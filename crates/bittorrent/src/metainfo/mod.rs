//! `.torrent` files (BEP 3, 12, 19, 27, 47, 52).

use std::ops::Range;

use bencode::{Document, Kind, Limits, Mode};

use crate::{InfoHashes, Version};

mod envelope;
mod error;
mod info;
mod names;
mod rewrite;
mod v1;
mod v2;

use envelope::Envelope;
use info::Info;

pub use error::{MetainfoError, MetainfoRule, NameRule};
pub use rewrite::Rewrite;

/// What a `.torrent` file may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MetainfoLimits {
    /// Bytes of the whole file.
    pub bytes: usize,
    /// Files in it, pads not counted.
    pub files: usize,
    /// Components of a path.
    pub path_depth: usize,
    /// Bytes of a path.
    pub path_bytes: usize,
    /// Bytes of all paths together. A v2 file tree shares the folders' names between its files, so
    /// that paths can be much larger than the file they come from.
    pub paths_bytes: usize,
    /// Bytes of a piece.
    pub piece_length: u64,
    /// Announce URLs, and as many web seeds.
    pub urls: usize,
}

impl Default for MetainfoLimits {
    /// 10 MiB and 100 000 files; paths of 32 components and 2 KiB, 16 MiB of them altogether;
    /// pieces of 1 GiB; 1000 URLs.
    fn default() -> Self {
        Self {
            bytes: 10 << 20,
            files: 100_000,
            path_depth: 32,
            path_bytes: 2 << 10,
            paths_bytes: 16 << 20,
            piece_length: 1 << 30,
            urls: 1000,
        }
    }
}

/// A `.torrent` file that broke no rule.
///
/// Everything that is said about the torrent is said by its bytes: the info-hashes are taken over
/// the info dictionary exactly as it stands in the file, never over a re-encoding.
///
/// ```
/// use bittorrent::{Builder, Metainfo, MetainfoLimits, Version};
///
/// let bytes = Builder::new("album").file("a.txt", "hello").file("b/c.txt", "world").build()?;
/// let torrent = Metainfo::parse(&bytes, &MetainfoLimits::default())?;
/// assert_eq!((torrent.name(), torrent.version(), torrent.total_size()), ("album", Version::V1, 10));
/// assert_eq!(torrent.files()[1].path(), "b/c.txt");
///
/// let refused = Builder::new("album").file("../a.txt", "hello").build().unwrap_err();
/// assert!(refused.to_string().ends_with("info.files[0].path[0]: the name is \".\" or \"..\""));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Metainfo {
    bytes: Vec<u8>,
    info_span: Range<usize>,
    layers_span: Option<Range<usize>>,
    info: Info,
    envelope: Envelope,
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

    /// The root of the file's hash tree (BEP 52): equal for equal contents in any torrent. There is
    /// none for an empty file or in a v1 torrent.
    pub fn pieces_root(&self) -> Option<&[u8; 32]> {
        self.pieces_root.as_ref()
    }
}

impl Metainfo {
    /// Reads a `.torrent` file.
    ///
    /// # Errors
    /// The first rule broken, with the field it was broken in.
    pub fn parse(bytes: &[u8], limits: &MetainfoLimits) -> Result<Self, MetainfoError> {
        if bytes.len() > limits.bytes {
            let rule = MetainfoRule::FileTooLarge {
                size: bytes.len(),
                limit: limits.bytes,
            };
            return Err(MetainfoError::new("", rule));
        }
        let document = document(bytes)?;
        let root = document.root();
        if root.kind() != Kind::Dict {
            return Err(MetainfoError::new(
                "",
                MetainfoRule::WrongType("a dictionary"),
            ));
        }
        let Some(info) = root.get(b"info") else {
            return Err(MetainfoError::new("info", MetainfoRule::Missing));
        };
        let layers = root.get(b"piece layers");
        Ok(Self {
            info_span: info.span(),
            layers_span: layers.map(|layers| layers.span()),
            info: Info::read(info, layers, limits)?,
            envelope: Envelope::read(root, limits)?,
            bytes: bytes.to_vec(),
        })
    }

    /// The bytes it was read from.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The torrent's name: of its one file, or of the folder around all of them.
    pub fn name(&self) -> &str {
        &self.info.name
    }

    /// The files in their order, without pads.
    pub fn files(&self) -> &[File] {
        &self.info.files
    }

    /// Whether the torrent is one file without a folder around it.
    pub fn is_single_file(&self) -> bool {
        self.info.single_file
    }

    /// Bytes of all files, without pads; at most `i64::MAX`.
    pub fn total_size(&self) -> u64 {
        self.info.total_size
    }

    /// Bytes in a piece.
    pub fn piece_length(&self) -> u64 {
        self.info.piece_length
    }

    /// How many pieces there are; of a hybrid as v1 counts them.
    pub fn piece_count(&self) -> u64 {
        self.info.piece_count
    }

    /// Whether only the trackers named may be asked for peers (BEP 27).
    pub fn private(&self) -> bool {
        self.info.private
    }

    /// Which protocols it speaks.
    pub fn version(&self) -> Version {
        self.info.hashes.version()
    }

    /// Its info-hashes, over the raw bytes of the info dictionary.
    pub fn hashes(&self) -> InfoHashes {
        self.info.hashes
    }

    /// The info dictionary, byte for byte.
    pub fn raw_info(&self) -> &[u8] {
        &self.bytes[self.info_span.clone()]
    }

    /// The announce URLs in tiers (BEP 12); `announce` alone is one tier, and `announce-list` goes
    /// before it.
    pub fn trackers(&self) -> &[Vec<String>] {
        &self.envelope.trackers
    }

    /// `url-list` (BEP 19).
    pub fn web_seeds(&self) -> &[String] {
        &self.envelope.web_seeds
    }

    /// `comment`, with anything that is not UTF-8 replaced.
    pub fn comment(&self) -> Option<&str> {
        self.envelope.comment.as_deref()
    }

    /// `created by`, with anything that is not UTF-8 replaced.
    pub fn created_by(&self) -> Option<&str> {
        self.envelope.created_by.as_deref()
    }

    /// `creation date`, in Unix seconds.
    pub fn creation_date(&self) -> Option<i64> {
        self.envelope.creation_date
    }

    /// `info.source`, with anything that is not UTF-8 replaced.
    pub fn source(&self) -> Option<&str> {
        self.info.source.as_deref()
    }
}

/// Parses the whole file. A file of [`MetainfoLimits::files`] files has about ten items for each.
fn document(bytes: &[u8]) -> Result<Document<'_>, MetainfoError> {
    let limits = Limits {
        depth: 64,
        items: 3_000_000,
        bytes: usize::MAX,
    };
    Document::parse(bytes, Mode::Strict, &limits)
        .map_err(|error| MetainfoError::new("", error.into()))
}

/// What is left of [`MetainfoLimits::files`] and [`MetainfoLimits::paths_bytes`].
struct Budget {
    limits: MetainfoLimits,
    files: usize,
    bytes: usize,
}

impl Budget {
    fn new(limits: &MetainfoLimits) -> Self {
        Self {
            limits: *limits,
            files: 0,
            bytes: 0,
        }
    }

    /// Takes one file.
    fn take_file(&mut self) -> Result<(), MetainfoError> {
        self.files += 1;
        match self.files > self.limits.files {
            true => Err(MetainfoError::new(
                "info",
                MetainfoRule::TooManyFiles(self.limits.files),
            )),
            false => Ok(()),
        }
    }

    /// Takes a path of so many bytes.
    fn take_path(&mut self, bytes: usize) -> Result<(), MetainfoError> {
        self.bytes += bytes;
        match self.bytes > self.limits.paths_bytes {
            true => Err(MetainfoError::new(
                "info",
                MetainfoRule::PathsTooLong(self.limits.paths_bytes),
            )),
            false => Ok(()),
        }
    }
}

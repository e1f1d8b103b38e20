//! New torrents from contents at hand.

use bencode::{Dict, Writer};
use sha1::{Digest, Sha1};

use crate::merkle::{self, BLOCK, Hash};
use crate::{Metainfo, MetainfoError, MetainfoLimits, Version};

/// Builds a `.torrent` file from contents in memory.
///
/// Files of v2 and hybrid torrents are put in the order of their file tree, and hybrids are padded
/// (BEP 47) so that both sides share their pieces: the same layout as libtorrent's, hence the same
/// info-hashes.
///
/// ```
/// use bittorrent::{Builder, Metainfo, MetainfoLimits, Version};
///
/// let bytes = Builder::new("notes.txt")
///     .version(Version::Hybrid)
///     .single_file("some notes")
///     .tier(["http://tracker.example/announce"])
///     .build()?;
/// let torrent = Metainfo::parse(&bytes, &MetainfoLimits::default())?;
/// assert!(torrent.is_single_file());
/// assert_eq!(torrent.hashes().wire_hashes().count(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Builder {
    name: String,
    version: Version,
    piece_length: u64,
    files: Vec<(String, Contents)>,
    single_file: bool,
    pieces: Vec<[u8; 20]>,
    private: bool,
    source: Option<String>,
    tiers: Vec<Vec<String>>,
    web_seeds: Vec<String>,
    comment: Option<String>,
    created_by: Option<String>,
    creation_date: Option<i64>,
}

#[derive(Debug, Clone)]
enum Contents {
    Bytes(Vec<u8>),
    /// Only the size is known.
    Length(u64),
}

/// Why no torrent can be built.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BuildError {
    /// What was built breaks a rule of [`Metainfo::parse`].
    #[error("the torrent would be refused: {0}")]
    Refused(#[from] MetainfoError),
    /// A v2 or hybrid torrent has a file of which only the size is known.
    #[error("a v2 torrent needs the contents of all its files")]
    ContentsNeeded,
    /// There are no pieces of zero bytes.
    #[error("the piece length is zero")]
    PieceLengthZero,
}

impl Builder {
    /// A torrent with this name: a v1 torrent with 16 KiB pieces unless told otherwise.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            version: Version::V1,
            piece_length: BLOCK as u64,
            files: Vec::new(),
            single_file: false,
            pieces: Vec::new(),
            private: false,
            source: None,
            tiers: Vec::new(),
            web_seeds: Vec::new(),
            comment: None,
            created_by: None,
            creation_date: None,
        }
    }

    /// Sets the protocol.
    pub fn version(mut self, version: Version) -> Self {
        self.version = version;
        self
    }

    /// Sets the piece length in bytes; a power of two of at least 16 KiB for v2 and hybrids.
    pub fn piece_length(mut self, bytes: u64) -> Self {
        self.piece_length = bytes;
        self
    }

    /// Adds a file below the torrent's name; `path` is separated by `/`.
    pub fn file(mut self, path: impl Into<String>, contents: impl Into<Vec<u8>>) -> Self {
        self.files
            .push((path.into(), Contents::Bytes(contents.into())));
        self
    }

    /// Makes it a torrent of this one file, called like the torrent.
    pub fn single_file(mut self, contents: impl Into<Vec<u8>>) -> Self {
        self.files = vec![(self.name.clone(), Contents::Bytes(contents.into()))];
        self.single_file = true;
        self
    }

    /// Adds a file by its size alone (v1 only); the piece hashes of all files then come from
    /// [`pieces`](Self::pieces).
    pub fn sized_file(mut self, path: impl Into<String>, length: u64) -> Self {
        self.files.push((path.into(), Contents::Length(length)));
        self
    }

    /// Gives the v1 piece hashes where a file is known by its size alone.
    pub fn pieces(mut self, hashes: Vec<[u8; 20]>) -> Self {
        self.pieces = hashes;
        self
    }

    /// Sets the private flag (BEP 27).
    pub fn private(mut self, private: bool) -> Self {
        self.private = private;
        self
    }

    /// Sets `source`, which makes the hash differ from that of the same files elsewhere.
    pub fn source(mut self, source: impl Into<String>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Adds a tier of announce URLs (BEP 12).
    pub fn tier(mut self, urls: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.tiers.push(urls.into_iter().map(Into::into).collect());
        self
    }

    /// Adds a web seed (BEP 19).
    pub fn web_seed(mut self, url: impl Into<String>) -> Self {
        self.web_seeds.push(url.into());
        self
    }

    /// Sets the comment.
    pub fn comment(mut self, comment: impl Into<String>) -> Self {
        self.comment = Some(comment.into());
        self
    }

    /// Sets the program's name in `created by`.
    pub fn created_by(mut self, program: impl Into<String>) -> Self {
        self.created_by = Some(program.into());
        self
    }

    /// Sets `creation date`, in Unix seconds.
    pub fn creation_date(mut self, at: i64) -> Self {
        self.creation_date = Some(at);
        self
    }

    /// The bytes of the `.torrent` file.
    ///
    /// # Errors
    /// Whatever [`Metainfo::parse`] would refuse under its default limits.
    pub fn build(&self) -> Result<Vec<u8>, BuildError> {
        let has_v2 = self.version != Version::V1;
        let all_contents = self
            .files
            .iter()
            .all(|(_, contents)| matches!(contents, Contents::Bytes(_)));
        if has_v2 && !all_contents {
            return Err(BuildError::ContentsNeeded);
        }
        if self.piece_length == 0 {
            return Err(BuildError::PieceLengthZero);
        }
        let mut files: Vec<&(String, Contents)> = self.files.iter().collect();
        if has_v2 {
            files.sort_by(|a, b| a.0.split('/').cmp(b.0.split('/')));
        }
        let trees: Vec<Tree> = match has_v2 {
            true => files
                .iter()
                .map(|(_, contents)| contents.tree(self.piece_length))
                .collect(),
            false => Vec::new(),
        };

        let mut w = Writer::new();
        w.dict(|d| {
            self.write_envelope(d);
            d.key(b"info").dict(|d| {
                d.key(b"name").str(&self.name);
                d.key(b"piece length").int(self.piece_length);
                if self.private {
                    d.key(b"private").int(1);
                }
                if let Some(source) = &self.source {
                    d.key(b"source").str(source);
                }
                if self.version != Version::V2 {
                    self.write_v1(d, &files);
                }
                if has_v2 {
                    d.key(b"meta version").int(2);
                    d.key(b"file tree").raw(&file_tree(&files, &trees));
                }
            });
            if has_v2 {
                d.key(b"piece layers").dict(|d| {
                    for tree in trees.iter().filter(|tree| tree.layer.len() > 1) {
                        d.key(&tree.root).bytes(tree.layer.as_flattened());
                    }
                });
            }
        });
        let bytes = w.finish();
        Metainfo::parse(&bytes, &MetainfoLimits::default())?;
        Ok(bytes)
    }

    fn write_envelope(&self, d: &mut Dict<'_>) {
        if let Some(first) = self.tiers.iter().flatten().next() {
            d.key(b"announce").str(first);
        }
        if self.tiers.iter().flatten().count() > 1 {
            d.key(b"announce-list").list(|w| {
                for tier in &self.tiers {
                    w.list(|w| tier.iter().for_each(|url| _ = w.str(url)));
                }
            });
        }
        if let Some(comment) = &self.comment {
            d.key(b"comment").str(comment);
        }
        if let Some(program) = &self.created_by {
            d.key(b"created by").str(program);
        }
        if let Some(date) = self.creation_date {
            d.key(b"creation date").int(date);
        }
        if !self.web_seeds.is_empty() {
            d.key(b"url-list")
                .list(|w| self.web_seeds.iter().for_each(|url| _ = w.str(url)));
        }
    }

    fn write_v1(&self, d: &mut Dict<'_>, files: &[&(String, Contents)]) {
        let mut pieces = Pieces::new(self.piece_length);
        match files {
            [(_, contents)] if self.single_file => {
                d.key(b"length").int(contents.length());
                pieces.add(contents);
            }
            _ => d.key(b"files").list(|w| {
                for (path, contents) in files {
                    w.dict(|d| {
                        d.key(b"length").int(contents.length());
                        d.key(b"path")
                            .list(|w| path.split('/').for_each(|part| _ = w.str(part)));
                    });
                    pieces.add(contents);
                    let pad =
                        contents.length().next_multiple_of(self.piece_length) - contents.length();
                    if pad > 0 && self.version == Version::Hybrid {
                        w.dict(|d| {
                            d.key(b"attr").str("p");
                            d.key(b"length").int(pad);
                            d.key(b"path")
                                .list(|w| _ = w.str(".pad").str(&pad.to_string()));
                        });
                        pieces.zeros(pad);
                    }
                }
            }),
        }
        match files
            .iter()
            .any(|(_, contents)| matches!(contents, Contents::Length(_)))
        {
            true => d.key(b"pieces").bytes(self.pieces.as_flattened()),
            false => d.key(b"pieces").bytes(&pieces.finish()),
        }
    }
}

impl Contents {
    fn length(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::Length(length) => *length,
        }
    }

    /// The hash tree over the contents.
    fn tree(&self, piece_length: u64) -> Tree {
        let Self::Bytes(bytes) = self else {
            return Tree {
                root: [0; 32],
                layer: Vec::new(),
            };
        };
        let levels = (piece_length / BLOCK as u64).checked_ilog2().unwrap_or(0);
        let blocks = merkle::blocks(bytes);
        // The tree of a file within one piece is only as high as its blocks make it.
        match bytes.len() as u64 <= piece_length {
            true => Tree {
                root: merkle::root(blocks, merkle::pad(0)),
                layer: Vec::new(),
            },
            false => {
                let layer = merkle::layer(blocks, levels);
                Tree {
                    root: merkle::root(layer.clone(), merkle::pad(levels)),
                    layer,
                }
            }
        }
    }
}

/// What BEP 52 wants to know of a file: its root, and the layer of its pieces if it has several.
struct Tree {
    root: Hash,
    layer: Vec<Hash>,
}

/// Writes files in the order of their tree, opening and closing folders on the way.
fn file_tree(files: &[&(String, Contents)], trees: &[Tree]) -> Vec<u8> {
    let mut w = Writer::new();
    w.raw(b"d");
    let mut open: Vec<&str> = Vec::new();
    for ((path, contents), tree) in files.iter().zip(trees) {
        let (folders, name) = match path.rsplit_once('/') {
            Some((folders, name)) => (folders.split('/').collect(), name),
            None => (Vec::new(), path.as_str()),
        };
        let shared = open
            .iter()
            .zip(&folders)
            .take_while(|(a, b)| a == b)
            .count();
        for _ in shared..open.len() {
            w.raw(b"e");
        }
        for folder in &folders[shared..] {
            w.str(folder).raw(b"d");
        }
        open = folders;
        w.str(name).raw(b"d0:").dict(|d| {
            d.key(b"length").int(contents.length());
            if contents.length() > 0 {
                d.key(b"pieces root").bytes(&tree.root);
            }
        });
        w.raw(b"e");
    }
    for _ in open {
        w.raw(b"e");
    }
    w.raw(b"e");
    w.finish()
}

/// Hashes the contents of all files in pieces, across the files' borders.
struct Pieces {
    piece_length: u64,
    hasher: Sha1,
    filled: u64,
    hashes: Vec<u8>,
}

impl Pieces {
    fn new(piece_length: u64) -> Self {
        Self {
            piece_length,
            hasher: Sha1::new(),
            filled: 0,
            hashes: Vec::new(),
        }
    }

    fn add(&mut self, contents: &Contents) {
        if let Contents::Bytes(bytes) = contents {
            self.bytes(bytes);
        }
    }

    fn bytes(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let room = usize::try_from(self.piece_length - self.filled).unwrap_or(usize::MAX);
            let (now, later) = bytes.split_at(room.min(bytes.len()));
            self.hasher.update(now);
            self.filled += now.len() as u64;
            if self.filled == self.piece_length {
                self.end_piece();
            }
            bytes = later;
        }
    }

    fn zeros(&mut self, count: u64) {
        let zeros = [0; 4096];
        let mut left = count;
        while left > 0 {
            let now = left.min(zeros.len() as u64);
            self.bytes(&zeros[..now as usize]);
            left -= now;
        }
    }

    fn end_piece(&mut self) {
        self.hashes.extend_from_slice(&self.hasher.finalize_reset());
        self.filled = 0;
    }

    fn finish(mut self) -> Vec<u8> {
        if self.filled > 0 {
            self.end_piece();
        }
        self.hashes
    }
}

//! Magnet links.

use std::fmt;
use std::str::FromStr;

use crate::{HashError, InfoHashes, Metainfo};

/// A magnet link (BEP 9, BEP 52): enough to find a torrent's metadata.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Magnet {
    /// `xt`: the torrent.
    pub hashes: InfoHashes,
    /// `dn`: a name to show until the real one is known.
    pub name: Option<String>,
    /// `tr`: announce URLs.
    pub trackers: Vec<String>,
    /// `ws`: web seeds (BEP 19).
    pub web_seeds: Vec<String>,
    /// `x.pe`: peers to connect to, as `host:port` (BEP 9).
    pub peers: Vec<String>,
    /// `xs`: where the `.torrent` file itself is.
    pub exact_sources: Vec<String>,
    /// `xl`: size in bytes.
    pub size: Option<u64>,
}

/// Why a text is no magnet link this program can use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MagnetError {
    /// The hash is malformed.
    #[error("{0}")]
    Hash(#[from] HashError),
}

impl Magnet {
    /// A link with nothing but the hashes.
    pub fn new(hashes: InfoHashes) -> Self {
        Self {
            hashes,
            name: None,
            trackers: Vec::new(),
            web_seeds: Vec::new(),
            peers: Vec::new(),
            exact_sources: Vec::new(),
            size: None,
        }
    }
}

impl From<&Metainfo> for Magnet {
    fn from(_metainfo: &Metainfo) -> Self {
        unimplemented!()
    }
}

impl FromStr for Magnet {
    type Err = MagnetError;

    fn from_str(_text: &str) -> Result<Self, MagnetError> {
        unimplemented!()
    }
}

impl fmt::Display for Magnet {
    fn fmt(&self, _f: &mut fmt::Formatter<'_>) -> fmt::Result {
        unimplemented!()
    }
}

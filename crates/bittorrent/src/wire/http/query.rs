//! What a client asks, in a query string.

use std::net::{IpAddr, SocketAddrV4, SocketAddrV6};

use crate::{Event, InfoHash, PeerId};

/// An announce.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnnounceQuery {
    /// The torrent.
    pub info_hash: InfoHash,
    /// The peer.
    pub peer_id: PeerId,
    /// Where it listens; 0 only with [`Event::Stopped`].
    pub port: u16,
    /// Bytes uploaded since `started`.
    pub uploaded: u64,
    /// Bytes downloaded since `started`.
    pub downloaded: u64,
    /// Bytes left to download; `None` if the client does not say.
    pub left: Option<u64>,
    /// Why it announces.
    pub event: Event,
    /// How many peers it wants; `None` leaves it to the tracker.
    pub numwant: Option<u32>,
    /// Whether peers may come in compact form; true unless `compact=0` (BEP 23).
    pub compact: bool,
    /// Whether peer ids may be left out of the dictionary form.
    pub no_peer_id: bool,
    /// Identifies the client across changes of address.
    pub key: Option<u32>,
    /// The address the client thinks it has. Not to be believed unless its sender is.
    pub ip: Option<IpAddr>,
    /// Its contact in the other family (BEP 7).
    pub ipv4: Option<SocketAddrV4>,
    /// Its contact in the other family (BEP 7).
    pub ipv6: Option<SocketAddrV6>,
    /// Whether it can speak encrypted.
    pub supports_crypto: bool,
}

impl AnnounceQuery {
    /// Reads a query string, without its `?`.
    ///
    /// # Errors
    /// [`QueryError`], which is also a sentence for the client.
    pub fn parse(_query: &str) -> Result<Self, QueryError> {
        unimplemented!()
    }

    /// How many peers to answer with: what was asked within the maximum, else the default.
    pub fn peers_wanted(&self, default: u32, max: u32) -> u32 {
        self.numwant.unwrap_or(default).min(max)
    }
}

/// A scrape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScrapeQuery {
    /// The torrents asked for, at least one, in the order asked.
    pub info_hashes: Vec<InfoHash>,
}

impl ScrapeQuery {
    /// Reads a query string, without its `?`.
    ///
    /// # Errors
    /// [`QueryError`], which is also a sentence for the client.
    pub fn parse(_query: &str) -> Result<Self, QueryError> {
        unimplemented!()
    }
}

/// What is wrong with a query. The message is a sentence for the person at the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum QueryError {
    /// A parameter that must be there is not.
    #[error("{0} is missing")]
    Missing(&'static str),
}

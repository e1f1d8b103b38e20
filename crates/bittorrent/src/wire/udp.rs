//! The UDP tracker protocol (BEP 15) with URL data (BEP 41).

use std::borrow::Cow;
use std::net::{SocketAddrV4, SocketAddrV6};

use crate::{Event, InfoHash, PeerId};

/// What a client asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Request<'a> {
    /// Asks for a connection id.
    Connect {
        /// To be sent back.
        transaction_id: u32,
    },
    /// Announces a peer.
    Announce(AnnounceRequest<'a>),
    /// Asks for counts.
    Scrape(ScrapeRequest<'a>),
}

/// An announce. The contact's address is the packet's, with `port`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AnnounceRequest<'a> {
    /// As given by a connect answer; to be checked before anything else is believed.
    pub connection_id: u64,
    /// To be sent back.
    pub transaction_id: u32,
    /// The torrent.
    pub info_hash: InfoHash,
    /// The peer.
    pub peer_id: PeerId,
    /// Bytes downloaded since `started`.
    pub downloaded: u64,
    /// Bytes left to download; `None` if the client does not know yet.
    pub left: Option<u64>,
    /// Bytes uploaded since `started`.
    pub uploaded: u64,
    /// Why it announces.
    pub event: Event,
    /// Identifies the client across changes of address.
    pub key: u32,
    /// How many peers it wants; `None` leaves it to the tracker.
    pub numwant: Option<u32>,
    /// Where it listens; 0 only with [`Event::Stopped`].
    pub port: u16,
    /// The undecoded options behind the announce; see [`url_data`](Self::url_data).
    pub options: &'a [u8],
}

impl<'a> AnnounceRequest<'a> {
    /// The path and query of the announce URL (BEP 41); empty if the client sent none.
    pub fn url_data(&self) -> Cow<'a, [u8]> {
        unimplemented!()
    }
}

/// A scrape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScrapeRequest<'a> {
    /// As given by a connect answer; to be checked before anything else is believed.
    pub connection_id: u64,
    /// To be sent back.
    pub transaction_id: u32,
    /// 20 bytes for each hash; see [`info_hashes`](Self::info_hashes).
    hashes: &'a [u8],
}

impl<'a> ScrapeRequest<'a> {
    /// The torrents asked for.
    pub fn info_hashes(&self) -> impl ExactSizeIterator<Item = InfoHash> + use<'a> {
        self.hashes.chunks_exact(20).map(|_| unimplemented!())
    }
}

/// Why a packet is no request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// Not to be answered: it may be anything, and an answer would go to whoever it claims to be from.
    #[error("{0}")]
    Drop(&'static str),
    /// To be answered with [`write_error`] if the connection id is good, else dropped.
    #[error("{message}")]
    Refuse {
        /// To be checked first.
        connection_id: u64,
        /// To be sent back.
        transaction_id: u32,
        /// A sentence for the person at the client.
        message: &'static str,
    },
}

impl<'a> Request<'a> {
    /// Reads one packet.
    ///
    /// # Errors
    /// [`RequestError`] says whether to answer at all.
    pub fn parse(_packet: &'a [u8]) -> Result<Self, RequestError> {
        unimplemented!()
    }
}

/// The numbers in an announce answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AnnounceAnswer {
    /// To be sent back.
    pub transaction_id: u32,
    /// Seconds until the next announce.
    pub interval: u32,
    /// Peers without the whole torrent.
    pub leechers: u32,
    /// Peers with the whole torrent.
    pub seeders: u32,
}

/// The numbers of one torrent in a scrape answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScrapeCounts {
    /// Peers with the whole torrent.
    pub seeders: u32,
    /// Downloads finished so far.
    pub completed: u32,
    /// Peers without the whole torrent.
    pub leechers: u32,
}

/// Appends the answer to a connect.
pub fn write_connect(_out: &mut Vec<u8>, _transaction_id: u32, _connection_id: u64) {
    unimplemented!()
}

/// Appends the answer to an announce that came over IPv4.
pub fn write_announce_v4(_out: &mut Vec<u8>, _answer: &AnnounceAnswer, _peers: &[SocketAddrV4]) {
    unimplemented!()
}

/// Appends the answer to an announce that came over IPv6.
pub fn write_announce_v6(_out: &mut Vec<u8>, _answer: &AnnounceAnswer, _peers: &[SocketAddrV6]) {
    unimplemented!()
}

/// Appends the answer to a scrape: one entry per hash, in the order asked.
pub fn write_scrape(
    _out: &mut Vec<u8>,
    _transaction_id: u32,
    _counts: impl IntoIterator<Item = ScrapeCounts>,
) {
    unimplemented!()
}

/// Appends a refusal.
pub fn write_error(_out: &mut Vec<u8>, _transaction_id: u32, _message: &str) {
    unimplemented!()
}

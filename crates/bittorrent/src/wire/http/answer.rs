//! What a tracker answers, bencoded.

use std::net::{IpAddr, SocketAddr, SocketAddrV4, SocketAddrV6};

use crate::{InfoHash, PeerId};

/// The answer to an announce.
#[derive(Debug, Clone, Copy)]
pub struct AnnounceAnswer<'a> {
    /// Seconds until the next announce.
    pub interval: u32,
    /// Seconds that must pass before the next announce.
    pub min_interval: u32,
    /// Peers with the whole torrent.
    pub complete: u32,
    /// Peers without the whole torrent.
    pub incomplete: u32,
    /// Downloads finished so far.
    pub downloaded: u32,
    /// The peers.
    pub peers: PeerList<'a>,
    /// The address the announce came from (BEP 24).
    pub external_ip: Option<IpAddr>,
    /// A sentence to show to the user although the announce was accepted.
    pub warning: Option<&'a str>,
}

/// Peers, in the form the client asked for.
#[derive(Debug, Clone, Copy)]
pub enum PeerList<'a> {
    /// Addresses only (BEP 23, BEP 7).
    Compact {
        /// `peers`.
        v4: &'a [SocketAddrV4],
        /// `peers6`.
        v6: &'a [SocketAddrV6],
    },
    /// Dictionaries (BEP 3); ids are left out where `None`.
    Dictionaries(&'a [(SocketAddr, Option<PeerId>)]),
}

impl AnnounceAnswer<'_> {
    /// Appends the answer.
    pub fn write(&self, _out: &mut Vec<u8>) {
        unimplemented!()
    }
}

/// One torrent in a scrape answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScrapeEntry {
    /// The torrent, by the hash it was asked under.
    pub info_hash: InfoHash,
    /// Peers with the whole torrent.
    pub complete: u32,
    /// Downloads finished so far.
    pub downloaded: u32,
    /// Peers without the whole torrent.
    pub incomplete: u32,
}

/// Appends the answer to a scrape (BEP 48).
pub fn write_scrape(_out: &mut Vec<u8>, _entries: &[ScrapeEntry], _min_interval: Option<u32>) {
    unimplemented!()
}

/// When a refused client may try again (BEP 31).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetryIn {
    /// After so many minutes.
    Minutes(u32),
    /// Not with this announce URL or torrent.
    Never,
}

/// Appends a refusal.
pub fn write_failure(_out: &mut Vec<u8>, _reason: &str, _retry_in: Option<RetryIn>) {
    unimplemented!()
}

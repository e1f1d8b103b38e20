//! JSON shapes that several calls share.

use serde::Serialize;
use store::{FileRow, TorrentBox};
use utoipa::ToSchema;

use crate::pages::topic::counts::Counts;
use crate::state::App;

/// A torrent that is registered.
#[derive(Serialize, ToSchema)]
pub struct Torrent {
    /// v1 hash, 40 hex digits; the truncated v2 hash of a v2-only torrent.
    pub info_hash: String,
    /// v2 hash, 64 hex digits.
    pub info_hash_v2: Option<String>,
    /// `info.name`.
    pub name: String,
    /// Bytes of all files.
    pub size: u64,
    /// Bytes of a piece.
    pub piece_length: u64,
    /// How many files there are.
    pub file_count: u64,
    /// The files, at most 10000.
    pub files: Vec<File>,
    /// Whether only this site's tracker may be used (BEP 27).
    pub private: bool,
    /// What moderators say about it: `not_approved`, `approved`, `closed` …
    pub state: &'static str,
    /// Peers that have all of it.
    pub seeders: u64,
    /// Peers that do not.
    pub leechers: u64,
    /// How many have completed it.
    pub completed: u64,
    /// When it was registered, RFC 3339.
    pub registered_at: String,
}

/// A file of a torrent.
#[derive(Serialize, ToSchema)]
pub struct File {
    /// Path within the torrent, components joined by `/`.
    pub path: String,
    /// Bytes.
    pub size: u64,
}

/// The most files an answer lists.
pub const FILES: u32 = 10_000;

impl Torrent {
    pub fn new(app: &App, torrent: &TorrentBox, files: Vec<FileRow>) -> Self {
        let counts = Counts::of(app, torrent);
        Torrent {
            info_hash: torrent.hashes.canonical().to_string(),
            info_hash_v2: torrent.hashes.v2().map(|hash| hash.to_string()),
            name: torrent.name.clone(),
            size: torrent.total_size,
            piece_length: torrent.piece_length,
            file_count: torrent.file_count,
            files: files
                .into_iter()
                .map(|f| File {
                    path: f.path,
                    size: f.size,
                })
                .collect(),
            private: torrent.private,
            state: torrent.state.code(),
            seeders: counts.seeders,
            leechers: counts.leechers,
            completed: counts.completed,
            registered_at: crate::format::rfc3339(torrent.registered_at),
        }
    }
}

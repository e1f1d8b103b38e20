//! The numbers of a swarm: from the tracker's memory where it runs in this process, else as last
//! written to the store.

use bittorrent::InfoHashes;
use serde::Serialize;

use crate::state::App;

/// Seeders, leechers, completed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Peers that have all of it.
    pub seeders: u64,
    /// Peers that do not.
    pub leechers: u64,
    /// How many have completed it.
    pub completed: u64,
}

impl Counts {
    /// The numbers now, given those last written.
    pub fn now(app: &App, hashes: &InfoHashes, written: Counts) -> Counts {
        match &app.swarm {
            None => written,
            Some(swarm) => {
                let live = swarm.query_state(hashes.canonical());
                Counts {
                    seeders: live.seeders.into(),
                    leechers: live.leechers.into(),
                    // never backwards: the swarm may have been emptied, the store has not
                    completed: live.completed.max(written.completed),
                }
            }
        }
    }

    /// The numbers of a page's torrent.
    pub fn of(app: &App, torrent: &store::TorrentBox) -> Counts {
        let written = Counts {
            seeders: torrent.seeders,
            leechers: torrent.leechers,
            completed: torrent.completed,
        };
        Counts::now(app, &torrent.hashes, written)
    }

    /// Seeders of a hundred peers, with one decimal, for the width of the health bar.
    pub fn share(&self) -> f64 {
        match self.seeders + self.leechers {
            0 => 0.0,
            peers => (self.seeders as f64 / peers as f64 * 1000.0).round() / 10.0,
        }
    }
}

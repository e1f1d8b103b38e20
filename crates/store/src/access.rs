//! Who and what may announce, as the tracker keeps it in memory.

use bittorrent::InfoHashes;
use domain::{Passkey, TorrentId, TorrentState, UserId};

use crate::{Result, Store};

/// The whole table, and the change up to which it is true.
#[derive(Debug, Clone)]
pub struct AccessSnapshot {
    /// Continue with [`Store::access_after`] from here.
    pub seq: i64,
    /// All accounts.
    pub users: Vec<AccessUser>,
    /// All registered torrents.
    pub torrents: Vec<AccessTorrent>,
}

/// An account as the tracker needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessUser {
    /// The account.
    pub user: UserId,
    /// The key of its announce URL.
    pub passkey: Passkey,
    /// Why it may not announce, when banned; may be empty.
    pub banned: Option<String>,
}

/// A registration as the tracker needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessTorrent {
    /// The torrent.
    pub torrent: TorrentId,
    /// Its hashes.
    pub hashes: InfoHashes,
    /// Whether a passkey is needed.
    pub private: bool,
    /// Its state, which says whether it is frozen.
    pub state: TorrentState,
    /// How much of an upload counts, in percent.
    pub upload_percent: u16,
    /// How much of a download counts, in percent.
    pub download_percent: u16,
    /// How many have completed it, to begin counting from.
    pub completed: u64,
}

/// What to do to the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccessChange {
    /// Add it or put it in the place of the old one; an old passkey goes.
    User(AccessUser),
    /// The account is gone.
    UserGone(UserId),
    /// Add it or put it in the place of the old one.
    Torrent(AccessTorrent),
    /// The torrent is gone.
    TorrentGone(TorrentId),
}

impl Store {
    /// Everything the tracker needs to begin.
    pub async fn access_snapshot(&self) -> Result<AccessSnapshot> {
        Err(later())
    }

    /// What happened after `seq`, as the present state of what changed, and the `seq` to continue
    /// from. Call again while the `seq` grows.
    pub async fn access_after(&self, seq: i64) -> Result<(i64, Vec<AccessChange>)> {
        let _ = seq;
        Err(later())
    }
}

fn later() -> crate::StoreError {
    crate::StoreError::Unavailable("not written yet".to_owned())
}

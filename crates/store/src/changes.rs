//! What happened, for those who keep a copy: the tracker's access table and the cached [`Site`](crate::Site).

use domain::{TorrentId, UserId};
use tokio::sync::watch;

use crate::{Result, Store};

/// An entry of the change log. Entries become visible in the order of `seq`, on both engines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// Grows by at least one with every change.
    pub seq: i64,
    /// What changed; read its present state, it may have changed again since.
    pub subject: Subject,
}

/// What a [`Change`] is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Subject {
    /// Settings, categories, forums or groups.
    Site,
    /// An account the tracker must know anew: registered, banned, passkey reset, removed.
    User(UserId),
    /// A torrent the tracker must know anew: registered, state changed, removed.
    Torrent(TorrentId),
}

impl Store {
    /// The changes after `seq`, ascending, at most 1000.
    pub async fn changes_after(&self, seq: i64) -> Result<Vec<Change>> {
        let _ = seq;
        Err(later())
    }

    /// The `seq` of the newest change, 0 when there is none.
    pub async fn last_change(&self) -> Result<i64> {
        Err(later())
    }

    /// Tells of new changes: the value is a `seq` that has been reached. Own changes are told at
    /// once; those of other processes when [`Store::refresh_if_changed`] or [`Store::follow`] sees
    /// them.
    pub fn subscribe(&self) -> watch::Receiver<i64> {
        self.changed().subscribe()
    }

    /// Looks for changes made by other processes, refreshes the cached [`Site`](crate::Site) and
    /// tells subscribers. One short statement when nothing happened.
    pub async fn refresh_if_changed(&self) -> Result<()> {
        Err(later())
    }

    /// Calls [`Store::refresh_if_changed`] every 250 ms until `shutdown` is ready.
    pub async fn follow(&self, shutdown: impl Future<Output = ()>) {
        shutdown.await;
    }
}

fn later() -> crate::StoreError {
    crate::StoreError::Unavailable("not written yet".to_owned())
}

//! A torrent's state.

use domain::{TorrentId, TorrentState, UnixTime, UserId};

use crate::{Result, Store};

impl Store {
    /// Sets a torrent's state; the tracker follows at the next announce.
    ///
    /// # Errors
    /// `Conflict::Stale` when the state is no longer `from`.
    pub async fn set_torrent_state(
        &self,
        torrent: TorrentId,
        from: TorrentState,
        to: TorrentState,
        by: UserId,
        reason: &str,
        now: UnixTime,
    ) -> Result<()> {
        let _ = (torrent, from, to, by, reason, now);
        Err(later())
    }
}

fn later() -> crate::StoreError {
    crate::StoreError::Unavailable("not written yet".to_owned())
}

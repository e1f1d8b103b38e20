//! A torrent's state.

use domain::{TorrentId, TorrentState, UnixTime, UserId};

use crate::changes::Subject;
use crate::db::{exec, value};
use crate::row::storable;
use crate::{Conflict, Result, Store, StoreError, What};

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
        let mut tx = self.db().begin().await?;
        let changed = exec!(
            tx,
            "update torrents set state = $3, state_by = $4, state_reason = $5, state_at = $6
             where id = $1 and state = $2",
            torrent.0,
            from.id(),
            to.id(),
            by.0,
            storable(reason),
            now.0,
        )?;
        if changed == 0 {
            let there: bool = value!(
                tx,
                "select exists (select 1 from torrents where id = $1)",
                torrent.0
            )?;
            return Err(if there {
                Conflict::Stale.into()
            } else {
                StoreError::NotFound(What::Torrent)
            });
        }
        self.commit(tx, &[Subject::Torrent(torrent)]).await
    }
}

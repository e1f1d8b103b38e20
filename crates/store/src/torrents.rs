//! A torrent's state, and how much of its traffic counts.

use domain::{Factors, TorrentId, TorrentState, UnixTime, UserId};

use crate::changes::Subject;
use crate::db::{exec, row, value};
use crate::row::{corrupt, storable, unsigned};
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

    /// Sets how much of a torrent's traffic counts, from the next announce on.
    ///
    /// # Errors
    /// `NotFound(Torrent)`.
    pub async fn set_torrent_factors(&self, torrent: TorrentId, factors: Factors) -> Result<()> {
        let mut tx = self.db().begin().await?;
        let changed = exec!(
            tx,
            "update torrents set upload_percent = $2, download_percent = $3 where id = $1",
            torrent.0,
            i64::from(factors.upload_percent()),
            i64::from(factors.download_percent()),
        )?;
        if changed == 0 {
            return Err(StoreError::NotFound(What::Torrent));
        }
        self.commit(tx, &[Subject::Torrent(torrent)]).await
    }

    /// How many have completed a torrent.
    ///
    /// # Errors
    /// `NotFound(Torrent)`.
    pub async fn torrent_completed(&self, torrent: TorrentId) -> Result<u64> {
        let found: Option<(i64,)> = row!(
            self.db(),
            "select completed from torrents where id = $1",
            torrent.0,
        )?;
        let (completed,) = found.ok_or(StoreError::NotFound(What::Torrent))?;
        Ok(unsigned(completed))
    }

    /// How much of a torrent's traffic counts.
    ///
    /// # Errors
    /// `NotFound(Torrent)`.
    pub async fn torrent_factors(&self, torrent: TorrentId) -> Result<Factors> {
        let found: Option<(i64, i64)> = row!(
            self.db(),
            "select upload_percent, download_percent from torrents where id = $1",
            torrent.0,
        )?;
        let (upload, download) = found.ok_or(StoreError::NotFound(What::Torrent))?;
        let percent = |number| u16::try_from(number).unwrap_or(u16::MAX);
        Factors::new(percent(upload), percent(download))
            .map_err(|why| corrupt("torrents.upload_percent", why))
    }
}

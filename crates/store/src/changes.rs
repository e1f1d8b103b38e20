//! What happened, for those who keep a copy: the tracker's access table and the cached
//! [`Site`](crate::Site).

use std::collections::VecDeque;
use std::time::Duration;

use domain::{Clock, TorrentId, UnixTime, UserId};
use tokio::sync::watch;
use tokio::time::MissedTickBehavior;

use crate::db::{Tx, exec, row, rows, value};
use crate::dialect::{Turn, take_turn};
use crate::{Result, Store};

/// An entry of the change log. Entries become visible in the order of `seq`, on both engines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// Grows with every change, not always by one.
    pub seq: i64,
    /// What changed; read its present state, it may have changed again since.
    pub subject: Subject,
}

/// What a [`Change`] is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Subject {
    /// Settings, categories, forums or groups.
    Site,
    /// An account the tracker must know anew: registered, banned, passkey reset, in other groups.
    User(UserId),
    /// A torrent the tracker must know anew: registered, state changed, in another forum, removed.
    Torrent(TorrentId),
}

impl Subject {
    fn columns(self) -> (i64, i64) {
        match self {
            Subject::Site => (SITE, 0),
            Subject::User(id) => (USER, id.0),
            Subject::Torrent(id) => (TORRENT, id.0),
        }
    }

    /// `None` for a kind that only a newer program knows.
    fn from_columns(kind: i64, subject: i64) -> Option<Self> {
        match kind {
            SITE => Some(Subject::Site),
            USER => Some(Subject::User(UserId(subject))),
            TORRENT => Some(Subject::Torrent(TorrentId(subject))),
            _ => None,
        }
    }
}

/// Which entries were there when; for [`Store::prune_changes`].
#[derive(Debug, Default)]
pub(crate) struct Seen(VecDeque<(UnixTime, i64)>);

impl Seen {
    /// Notes that entries up to `last` are there. Below which of them all are older than an hour.
    pub(crate) fn note(&mut self, now: UnixTime, last: i64) -> Option<i64> {
        let old = |at: UnixTime| now.0.saturating_sub(at.0) >= KEPT;
        // Of those that are old enough only the newest says anything.
        while self.0.get(1).is_some_and(|(at, _)| old(*at)) {
            self.0.pop_front();
        }
        let below = self
            .0
            .front()
            .filter(|(at, _)| old(*at))
            .map(|(_, seq)| *seq);
        if self
            .0
            .back()
            .is_none_or(|(at, _)| now.0.saturating_sub(at.0) >= NOTED)
        {
            self.0.push_back((now, last));
        }
        below
    }
}

/// For how many seconds an entry is kept at least.
const KEPT: i64 = 3600;
/// Seconds between two notes.
const NOTED: i64 = 300;
/// Entries deleted in one transaction at most.
const PRUNED: i64 = 1000;
const PRUNE_EVERY: Duration = Duration::from_secs(300);

const SITE: i64 = 1;
const USER: i64 = 2;
const TORRENT: i64 = 3;

impl Store {
    /// The changes after `seq`, ascending, at most 1000.
    pub async fn changes_after(&self, seq: i64) -> Result<Vec<Change>> {
        let rows: Vec<(i64, i64, i64)> = rows!(
            self.db(),
            "select seq, kind, subject from changes where seq > $1 order by seq limit 1000",
            seq,
        )?;
        Ok(rows
            .into_iter()
            .filter_map(|(seq, kind, subject)| {
                Some(Change {
                    seq,
                    subject: Subject::from_columns(kind, subject)?,
                })
            })
            .collect())
    }

    /// The `seq` of the newest change, 0 when there is none.
    pub async fn last_change(&self) -> Result<i64> {
        let newest: Option<(i64,)> = row!(
            self.db(),
            "select seq from changes order by seq desc limit 1"
        )?;
        Ok(newest.map_or(0, |(seq,)| seq))
    }

    /// Forgets what every reader has long had: entries that were there an hour ago, as far as they
    /// were seen to be at an earlier call, and that this process has looked at itself. The newest
    /// entry stays. Deletes a bounded number at a time; returns whether there is more to do.
    ///
    /// A reader that was away for longer finds a gap and reads everything anew, see
    /// [`Store::access_after`].
    pub async fn prune_changes(&self, now: UnixTime) -> Result<bool> {
        let last = self.last_change().await?;
        let Some(below) = self.prunable(now, last) else {
            return Ok(false);
        };
        let mut tx = self.db().begin().await?;
        let deleted = exec!(
            tx,
            "delete from changes where seq in
                (select seq from changes where seq < $1 order by seq limit $2)",
            below,
            PRUNED,
        )?;
        tx.commit().await?;
        Ok(deleted == PRUNED as u64)
    }

    /// Whether entries after `seq` have been forgotten already.
    pub(crate) async fn forgot_after(&self, seq: i64) -> Result<bool> {
        let first: Option<(i64,)> =
            row!(self.db(), "select seq from changes order by seq limit 1")?;
        // The first that is left may be the very next one, or numbers in between were never given.
        Ok(first.is_some_and(|(first,)| first > seq.saturating_add(1)))
    }

    /// Calls [`Store::prune_changes`] every few minutes until `shutdown` is ready.
    pub async fn prune(&self, clock: Clock, shutdown: impl Future<Output = ()>) {
        let mut ticks = tokio::time::interval(PRUNE_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut shutdown = std::pin::pin!(shutdown);
        loop {
            tokio::select! {
                () = &mut shutdown => return,
                _ = ticks.tick() => {}
            }
            let pruned = async {
                while self.prune_changes(clock.now()).await? {
                    // Others may write in between.
                    tokio::task::yield_now().await;
                }
                Ok::<(), crate::StoreError>(())
            };
            tokio::select! {
                () = &mut shutdown => return,
                outcome = pruned => if let Err(error) = outcome {
                    tracing::warn!(%error, "old changes cannot be forgotten; trying again later");
                }
            }
        }
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
        let last = self.last_change().await?;
        let seen = self.seen();
        if last > seen {
            let site: bool = value!(
                self.db(),
                "select exists (select 1 from changes where seq > $1 and kind = $2)",
                seen,
                SITE,
            )?;
            if site || self.forgot_after(seen).await? {
                self.reload_site().await?;
            }
            self.set_seen(last);
            self.publish(last);
        }
        Ok(())
    }

    /// Calls [`Store::refresh_if_changed`] every 250 ms until `shutdown` is ready.
    pub async fn follow(&self, shutdown: impl Future<Output = ()>) {
        let mut ticks = tokio::time::interval(Duration::from_millis(250));
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut failing = false;
        let mut shutdown = std::pin::pin!(shutdown);
        loop {
            tokio::select! {
                () = &mut shutdown => return,
                _ = ticks.tick() => {}
            }
            let outcome = tokio::select! {
                () = &mut shutdown => return,
                outcome = self.refresh_if_changed() => outcome,
            };
            match outcome {
                Ok(()) if failing => tracing::info!("the store can be read again"),
                Err(ref error) if !failing => {
                    tracing::warn!(%error, "changes of the store cannot be read; trying on");
                }
                _ => {}
            }
            failing = outcome.is_err();
        }
    }

    /// Ends a transaction together with entries in the change log, then makes this process see them.
    pub(crate) async fn commit(&self, mut tx: Tx<'_>, subjects: &[Subject]) -> Result<()> {
        if subjects.is_empty() {
            return tx.commit().await;
        }
        take_turn(&mut tx, Turn::Changes).await?;
        let mut last = 0;
        for subject in subjects {
            let (kind, subject) = subject.columns();
            last = value!(
                tx,
                "insert into changes (kind, subject) values ($1, $2) returning seq",
                kind,
                subject,
            )?;
        }
        tx.commit().await?;
        if subjects.contains(&Subject::Site) {
            self.reload_site().await?;
        }
        self.publish(last);
        Ok(())
    }

    fn publish(&self, seq: i64) {
        self.changed().send_if_modified(|reached| {
            let newer = seq > *reached;
            *reached = seq.max(*reached);
            newer
        });
    }
}

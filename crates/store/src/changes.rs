//! What happened, for those who keep a copy: the tracker's access table and the cached
//! [`Site`](crate::Site).

use std::time::Duration;

use domain::{TorrentId, UserId};
use tokio::sync::watch;
use tokio::time::MissedTickBehavior;

use crate::db::{Tx, row, rows, value};
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
            if site {
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

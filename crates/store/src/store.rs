//! Opening a store, and what every method shares.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use domain::UnixTime;
use tokio::sync::watch;

use crate::changes::Seen;
use crate::db::{Db, Engine, On, exec, value};
use crate::site::Site;
use crate::{Result, migrate};

/// The durable truth. Cloning is cheap; all clones share pools and cache.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    db: Db,
    site: ArcSwap<Site>,
    changed: watch::Sender<i64>,
    /// Up to which change the log has been looked at for changes of other processes.
    seen: AtomicI64,
    /// Which changes were there when.
    noted: Mutex<Seen>,
}

/// How a store is opened.
#[derive(Debug, Clone)]
pub struct Options {
    /// Connections that read at the same time, on SQLite no more than one above the number of cores;
    /// on PostgreSQL all connections. Default 8.
    pub connections: u32,
    /// How long a writer waits for another process (SQLite) or for a connection. Default 10 s.
    pub patience: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            connections: 8,
            patience: Duration::from_secs(10),
        }
    }
}

impl Store {
    /// Opens `sqlite:PATH`, `sqlite::memory:` or `postgres://…`, makes what is missing, and brings
    /// the schema up to date.
    ///
    /// # Errors
    /// [`StoreError::Open`](crate::StoreError) and `Newer`, each one clear line.
    pub async fn open(url: &str, options: Options) -> Result<Self> {
        let db = migrate::open(url, &options).await?;
        let store = Self {
            inner: Arc::new(Inner {
                db,
                site: ArcSwap::default(),
                changed: watch::Sender::new(0),
                seen: AtomicI64::new(0),
                noted: Mutex::default(),
            }),
        };
        store.set_seen(store.last_change().await?);
        store.reload_site().await?;
        Ok(store)
    }

    /// Which engine is open.
    pub fn engine(&self) -> Engine {
        self.inner.db.engine()
    }

    /// Settings, categories, forums and groups, from memory. At most 250 ms behind other processes
    /// while [`Store::follow`] runs; never behind own changes.
    pub fn site(&self) -> Arc<Site> {
        self.inner.site.load_full()
    }

    /// How many statements have been run since opening, transaction control left out.
    pub fn statements(&self) -> u64 {
        self.inner.db.statements()
    }

    /// Answers when the database does.
    pub async fn ping(&self) -> Result<()> {
        let _: i64 = value!(self.db(), "select cast(1 as bigint)")?;
        Ok(())
    }

    /// Writes something and takes it back, to see whether there is room and leave for it.
    ///
    /// # Errors
    /// Why nothing can be written.
    pub async fn try_writing(&self) -> Result<()> {
        let mut tx = self.db().begin().await?;
        exec!(
            tx,
            "insert into settings (key, value) values ('.room', $1)",
            "-".repeat(ROOM)
        )?;
        exec!(tx, "delete from settings where key = '.room'")?;
        tx.commit().await
    }

    /// Waits for running statements and closes all connections; SQLite's log is folded into the
    /// database file.
    pub async fn close(&self) {
        match &self.inner.db.pools {
            On::Sqlite(pools) => {
                pools.read.close().await;
                pools.write.close().await;
            }
            On::Postgres(pool) => pool.close().await,
        }
    }

    pub(crate) fn db(&self) -> &Db {
        &self.inner.db
    }

    pub(crate) fn changed(&self) -> &watch::Sender<i64> {
        &self.inner.changed
    }

    pub(crate) fn seen(&self) -> i64 {
        self.inner.seen.load(Ordering::Acquire)
    }

    pub(crate) fn set_seen(&self, seq: i64) {
        self.inner.seen.fetch_max(seq, Ordering::AcqRel);
    }

    /// Below which change all may be forgotten.
    pub(crate) fn prunable(&self, now: UnixTime, last: i64) -> Option<i64> {
        let noted = self.inner.noted.lock();
        let below = noted
            .unwrap_or_else(PoisonError::into_inner)
            .note(now, last)?;
        Some(below.min(self.seen()))
    }

    /// Puts a freshly read site in the place of the cached one, unless that is newer.
    pub(crate) fn set_site(&self, site: Site) {
        let site = Arc::new(site);
        self.inner.site.rcu(|cached| {
            if cached.seq > site.seq {
                Arc::clone(cached)
            } else {
                Arc::clone(&site)
            }
        });
    }
}

/// More than a page of the database.
const ROOM: usize = 10_000;

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Store").field(&self.engine()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::StoreError;

    #[tokio::test]
    async fn a_full_disk_is_said_and_nothing_is_half_written() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("skep.db").display());
        let store = Store::open(&url, Options::default()).await.unwrap();
        let On::Sqlite(pools) = &store.db().pools else {
            unreachable!()
        };
        sqlx::query("pragma max_page_count = 1")
            .execute(&pools.write)
            .await
            .unwrap();
        let title = "x".repeat(100).parse().unwrap();
        let error = loop {
            if let Err(error) = store.create_category(&title).await {
                break error;
            }
        };
        assert!(matches!(error, StoreError::DiskFull), "{error}");
        let error = store.try_writing().await.unwrap_err();
        assert_eq!(error.to_string(), "the disk of the database is full");
        assert_eq!(
            store.site().categories.len() as i64,
            store.last_change().await.unwrap()
        );
        assert_eq!(store.doctor().await.unwrap(), []);
        // As soon as there is room, everything goes on.
        for _ in 0..3 {
            let _ = sqlx::query("pragma max_page_count = 1000000")
                .execute(&pools.write)
                .await;
            store.try_writing().await.unwrap();
            store.create_category(&title).await.unwrap();
        }
    }
}

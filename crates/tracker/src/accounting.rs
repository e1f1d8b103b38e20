use crate::completions::Completions;
use crate::config::Config;
use crate::journal::{Instance, Journal};
use crate::metering::Metering;
use crate::publish::Credited;
use anyhow::{Context, Result};
use bittorrent::{Event, InfoHash, PeerId};
use domain::Entropy;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use store::{AccountingBatch, Store, StoreError, TorrentCounters};
use swarm::{
    Access, Batch, Changed, Ledger, Observation, Swarm, Terms, TorrentId, UnixTime, UserId,
};
use tokio_util::sync::CancellationToken;

/// From what clients report to what their users are credited, without loss and without doubling.
pub(crate) struct Accounting {
    /// Journal and ledger move together: an observation is in both or in neither.
    books: Mutex<Books>,
    instance: String,
    failing: AtomicBool,
    metering: Metering,
    credited: Arc<Credited>,
}

struct Books {
    journal: Journal,
    ledger: Ledger,
    completions: Completions,
    next_seq: u64,
}

/// What a client of a known user reports; an [`Observation`] without its number.
pub(crate) struct Report {
    pub(crate) torrent: TorrentId,
    /// The hash of the torrent's swarm.
    pub(crate) canonical: InfoHash,
    pub(crate) user: UserId,
    pub(crate) peer_id: PeerId,
    pub(crate) uploaded: u64,
    pub(crate) downloaded: u64,
    pub(crate) left: Option<u64>,
    pub(crate) event: Event,
    pub(crate) at: UnixTime,
    pub(crate) terms: Terms,
}

impl Accounting {
    /// Opens the journal and takes up what the last run had not handed over.
    pub(crate) async fn open(
        config: &Config,
        store: &Store,
        entropy: &Entropy,
        metering: Metering,
    ) -> Result<Self> {
        let dir = &config.journal_dir;
        let fresh = Instance(entropy.bytes());
        let (journal, replay) = Journal::open(dir, config.journal_segment, fresh)
            .with_context(|| format!("cannot open the accounting journal in {}", dir.display()))?;
        let instance = journal.instance().to_string();
        let applied = store
            .applied_seq(&instance)
            .await
            .context("cannot ask the store what was credited already")?;
        let mut ledger = Ledger::new(BATCH);
        let mut last_seq = applied;
        for observation in &replay.observations {
            last_seq = last_seq.max(observation.seq);
            if observation.seq > applied {
                ledger.record(*observation);
            }
        }
        if !ledger.is_empty() || replay.torn > 0 {
            tracing::info!(
                journal.pending = ledger.len(),
                journal.torn = replay.torn,
                "took up accounting where the last run ended"
            );
        }
        let mut books = Books {
            journal,
            ledger,
            completions: Completions::default(),
            next_seq: last_seq + 1,
        };
        books.journal.release(applied);
        Ok(Self {
            books: Mutex::new(books),
            instance,
            failing: AtomicBool::new(false),
            metering,
            credited: Arc::default(),
        })
    }

    /// Whose sums have changed in the store.
    pub(crate) fn credited(&self) -> Arc<Credited> {
        self.credited.clone()
    }

    /// Writes a report down. It is safe from the end of this process when this returns: whether it is
    /// a completed download to be counted.
    ///
    /// # Errors
    /// When the journal cannot be written; then nothing was noted.
    pub(crate) fn record(&self, report: Report) -> io::Result<bool> {
        let mut books = self.books.lock();
        let observation = Observation {
            torrent: report.torrent,
            user: report.user,
            peer_id: report.peer_id,
            uploaded: report.uploaded,
            downloaded: report.downloaded,
            left: report.left.unwrap_or(u64::MAX),
            event: report.event,
            at: report.at,
            seq: books.next_seq,
            terms: report.terms,
        };
        let written = match books.journal.append(&observation) {
            Ok(written) => written,
            Err(error) => {
                drop(books);
                self.metering.journal_failures.increment(1);
                if !self.failing.swap(true, Ordering::Relaxed) {
                    tracing::error!(
                        %error,
                        "cannot write the accounting journal: announces of members are refused until it works again"
                    );
                }
                return Err(error);
            }
        };
        books.next_seq += 1;
        books.ledger.record(observation);
        let completed = observation.event == Event::Completed
            && observation.left == 0
            && books
                .completions
                .note(report.torrent, report.user, report.canonical);
        drop(books);
        self.metering.journal_bytes.increment(written as u64);
        if self.failing.load(Ordering::Relaxed) && self.failing.swap(false, Ordering::Relaxed) {
            tracing::info!("the accounting journal can be written again");
        }
        Ok(completed)
    }

    /// Hands the store what the last run left behind.
    ///
    /// # Errors
    /// As the store has them; then it is still pending.
    pub(crate) async fn hand_over(&self, store: &Store, swarm: &Swarm) -> Result<()> {
        self.flush(store, swarm, &mut Counters::default())
            .await
            .context("cannot credit what the last run left in the accounting journal")
    }

    /// Makes the store's counters those of the restored swarm: what was written last may be of peers
    /// that went unseen.
    ///
    /// # Errors
    /// As the store has them.
    pub(crate) async fn renew_counters(
        &self,
        store: &Store,
        swarm: &Swarm,
        access: &Access,
    ) -> Result<()> {
        let mut counters = Counters::default();
        counters.collect(swarm, access, &self.books);
        store
            .replace_counters(&counters.rows())
            .await
            .context("cannot write the counters of torrents")
    }

    /// Hands the store what is pending, again and again; a last time when `end` is cancelled.
    pub(crate) async fn flush_loop(
        self: Arc<Self>,
        store: Store,
        swarm: Arc<Swarm>,
        access: Arc<Access>,
        every: Duration,
        end: CancellationToken,
    ) {
        let mut counters = Counters::default();
        let mut pause = every;
        loop {
            let last = tokio::select! {
                () = tokio::time::sleep(pause) => false,
                () = end.cancelled() => true,
            };
            counters.collect(&swarm, &access, &self.books);
            let flushed = self.flush(&store, &swarm, &mut counters).await;
            match flushed {
                Ok(()) if pause > every => {
                    tracing::info!("the store takes accounting again");
                    pause = every;
                }
                Ok(()) => {}
                Err(error) => {
                    self.metering.flush_failures.increment(1);
                    if pause == every {
                        tracing::warn!(
                            %error,
                            "the store does not take accounting: it is kept in the journal meanwhile"
                        );
                    }
                    pause = (pause * 2)
                        .max(every + Duration::from_millis(1))
                        .min(PAUSE_MAX.max(every * 2));
                    // Nobody knows how long this takes: make it survive a loss of power too.
                    self.sync().await;
                }
            }
            if last {
                return self.close().await;
            }
        }
    }

    /// Everything that is pending now, batch by batch; one transaction each.
    async fn flush(
        &self,
        store: &Store,
        swarm: &Swarm,
        counters: &mut Counters,
    ) -> Result<(), StoreError> {
        let started = tokio::time::Instant::now();
        loop {
            let batch = {
                let mut books = self.books.lock();
                self.metering.pending.set(books.ledger.len() as f64);
                books.ledger.take_batch()
            };
            let Some(Batch {
                up_to_seq,
                observations,
            }) = batch
            else {
                break;
            };
            let mut batch = AccountingBatch {
                instance: self.instance.clone(),
                up_to_seq,
                observations,
                counters: counters.rows(),
            };
            match store.apply_accounting(&batch).await {
                Ok(outcome) => {
                    tracing::debug!(
                        accounting.applied = outcome.applied,
                        accounting.repeated = outcome.repeated,
                        accounting.unknown = outcome.unknown,
                        "credited what clients reported"
                    );
                    counters.clear();
                    self.credited
                        .note(batch.observations.iter().map(|o| o.user));
                    let mut books = self.books.lock();
                    books.journal.release(up_to_seq);
                    let wrong = books.completions.settle(&outcome.completions);
                    drop(books);
                    let now = batch
                        .observations
                        .last()
                        .map_or(UnixTime(0), |last| last.at);
                    for canonical in wrong {
                        swarm.add_completed(canonical, -1, now);
                    }
                }
                Err(error) => {
                    let observations = std::mem::take(&mut batch.observations);
                    self.books.lock().ledger.put_back(Batch {
                        up_to_seq,
                        observations,
                    });
                    return Err(error);
                }
            }
        }
        if !counters.is_empty() {
            store.flush_counters(&counters.rows()).await?;
            counters.clear();
        }
        self.metering
            .flush_seconds
            .record(started.elapsed().as_secs_f64());
        Ok(())
    }

    /// Leaves no segment behind when nothing is pending, and a durable one when something is.
    async fn close(&self) {
        {
            let mut books = self.books.lock();
            books.journal.close_segment();
            if books.ledger.is_empty() {
                let last = books.next_seq.saturating_sub(1);
                books.journal.release(last);
            }
        }
        self.sync().await;
    }

    /// Makes what is pending survive a loss of power.
    async fn sync(&self) {
        let files = self.books.lock().journal.unsynced();
        let synced = tokio::task::spawn_blocking(move || -> io::Result<()> {
            files?.iter().try_for_each(std::fs::File::sync_data)
        });
        if let Err(error) = synced.await.map_err(io::Error::from).flatten() {
            tracing::error!(%error, "cannot bring the accounting journal to the disk");
        }
    }
}

/// Counters of torrents that have changed and are not in the store yet.
#[derive(Default)]
struct Counters(HashMap<InfoHash, TorrentCounters>);

impl Counters {
    fn collect(&mut self, swarm: &Swarm, access: &Access, books: &Mutex<Books>) {
        let all_changed = swarm.drain_changed();
        // After the swarm was asked: who is counted there is either pending or known to the store.
        let pending = books.lock().completions.pending();
        for Changed {
            hash,
            counts,
            last_seed,
        } in all_changed
        {
            // Torrents that are not registered have no row to be kept in.
            let Some(registration) = access.registration(hash) else {
                self.0.remove(&hash);
                continue;
            };
            let counters = TorrentCounters {
                torrent: domain::TorrentId(registration.torrent.0),
                seeders: counts.seeders.into(),
                leechers: counts.leechers.into(),
                completed: counts
                    .completed
                    .saturating_sub(pending.get(&hash).copied().unwrap_or(0)),
                last_seed_at: last_seed.map(|at| domain::UnixTime(at.0)),
            };
            self.0.insert(hash, counters);
        }
    }

    fn rows(&self) -> Vec<TorrentCounters> {
        self.0.values().copied().collect()
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn clear(&mut self) {
        self.0.clear();
    }
}

/// Observations in one transaction at most.
const BATCH: usize = 10_000;
const PAUSE_MAX: Duration = Duration::from_secs(30);

#[cfg(test)]
impl Accounting {
    /// One turn of the loop.
    pub(crate) async fn flush_all(
        &self,
        store: &Store,
        swarm: &Swarm,
        access: &Access,
    ) -> Result<(), StoreError> {
        let mut counters = Counters::default();
        counters.collect(swarm, access, &self.books);
        if self.pending() == 0 {
            counters.clear();
        }
        self.flush(store, swarm, &mut counters).await
    }

    pub(crate) fn pending(&self) -> usize {
        self.books.lock().ledger.len()
    }

    /// The store applies a batch, and its answer is lost.
    pub(crate) async fn apply_unnoticed(&self, store: &Store) {
        let Some(pending) = self.books.lock().ledger.take_batch() else {
            return;
        };
        let batch = AccountingBatch {
            instance: self.instance.clone(),
            up_to_seq: pending.up_to_seq,
            observations: pending.observations.clone(),
            counters: Vec::new(),
        };
        store.apply_accounting(&batch).await.unwrap();
        self.books.lock().ledger.put_back(pending);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metering() -> Metering {
        Metering::new(&Arc::new(swarm::Activity::new(1, 1)))
    }
    use store::Options;

    async fn store() -> Store {
        Store::open("sqlite::memory:", Options::default())
            .await
            .unwrap()
    }

    fn report(peer: u8) -> Report {
        Report {
            torrent: TorrentId(1),
            canonical: InfoHash::from([1; 20]),
            user: UserId(1),
            peer_id: PeerId::from([peer; 20]),
            uploaded: 10,
            downloaded: 0,
            left: Some(0),
            event: Event::None,
            at: UnixTime(1_800_000_000),
            terms: Terms::default(),
        }
    }

    #[tokio::test]
    async fn what_the_store_did_not_take_is_handed_over_later() {
        let dir = tempfile::tempdir().unwrap();
        let config = Config {
            journal_dir: dir.path().to_owned(),
            ..Config::default()
        };
        let (good, down) = (store().await, store().await);
        let swarm = Swarm::new(swarm::Config::default(), [1; 16]);
        let entropy = Entropy::seeded(1);
        let books = Accounting::open(&config, &good, &entropy, metering())
            .await
            .unwrap();
        down.close().await;
        books.record(report(1)).unwrap();
        assert!(
            books
                .flush(&down, &swarm, &mut Counters::default())
                .await
                .is_err()
        );
        books.record(report(2)).unwrap();
        assert!(
            books
                .flush(&down, &swarm, &mut Counters::default())
                .await
                .is_err()
        );
        assert_eq!(books.books.lock().ledger.len(), 2);
        books
            .flush(&good, &swarm, &mut Counters::default())
            .await
            .unwrap();
        assert_eq!(books.books.lock().ledger.len(), 0);
        assert_eq!(good.applied_seq(&books.instance).await.unwrap(), 2);
        // A journal that was lost does not make numbers start again.
        drop(books);
        for entry in std::fs::read_dir(dir.path()).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "log") {
                std::fs::remove_file(path).unwrap();
            }
        }
        let books = Accounting::open(&config, &good, &entropy, metering())
            .await
            .unwrap();
        books.record(report(3)).unwrap();
        books
            .flush(&good, &swarm, &mut Counters::default())
            .await
            .unwrap();
        assert_eq!(good.applied_seq(&books.instance).await.unwrap(), 3);
    }
}

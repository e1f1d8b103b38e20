use crate::completions::Completions;
use crate::config::Config;
use crate::journal::{Instance, Journal, read_segment};
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
use store::{AccountingBatch, Store, TorrentCounters};
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
        let dir = config.journal_dir.clone();
        let (segment, fresh) = (config.journal_segment, Instance(entropy.bytes()));
        let opened = tokio::task::spawn_blocking(move || {
            let mut completed = Vec::new();
            let opened = Journal::open(&dir, segment, fresh, |observation| {
                if completes(observation) {
                    completed.push((observation.seq, observation.torrent, observation.user));
                }
            });
            let opened = opened.with_context(|| {
                format!("cannot open the accounting journal in {}", dir.display())
            });
            opened.map(|(journal, found)| (journal, found, completed))
        });
        let (journal, found, completed) = opened.await??;
        let instance = journal.instance().to_string();
        let applied = store
            .applied_seq(&instance)
            .await
            .context("cannot ask the store what was credited already")?;
        // The highest number there is leaves room for none after it: nobody wrote that.
        let last_seq = found.last_seq.min(u64::MAX - 1).max(applied);
        let mut completions = Completions::default();
        for (seq, torrent, user) in completed {
            if seq > applied {
                completions.note(torrent, user);
            }
        }
        let ledger = Ledger::new(BATCH, config.journal_kept, applied, last_seq);
        if !ledger.is_empty() || found.torn > 0 {
            tracing::info!(
                journal.pending = ledger.len(),
                journal.torn = found.torn,
                "took up accounting where the last run ended"
            );
        }
        let mut books = Books {
            journal,
            ledger,
            completions,
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
        let completed =
            completes(&observation) && books.completions.note(report.torrent, report.user);
        drop(books);
        self.metering.journal_bytes.increment(written as u64);
        if self.failing.load(Ordering::Relaxed) && self.failing.swap(false, Ordering::Relaxed) {
            tracing::info!("the accounting journal can be written again");
        }
        Ok(completed)
    }

    /// How many completions of each torrent are counted that the store does not know yet.
    pub(crate) fn completions_owed(&self) -> HashMap<TorrentId, u64> {
        self.books.lock().completions.pending()
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
        // What the last run left is handed over at once.
        let mut pause = match self.books.lock().ledger.is_empty() {
            true => every,
            false => Duration::ZERO,
        };
        let mut failing = false;
        loop {
            let last = tokio::select! {
                () = tokio::time::sleep(pause) => false,
                () = end.cancelled() => true,
            };
            counters.collect(&swarm, &access, &self.books);
            match self.flush(&store, &swarm, &access, &mut counters).await {
                Ok(all) => {
                    if std::mem::take(&mut failing) {
                        tracing::info!("what clients report is credited again");
                    }
                    pause = if all { every } else { Duration::ZERO };
                    if last && !all {
                        continue;
                    }
                }
                Err(error) => {
                    self.metering.flush_failures.increment(1);
                    if !std::mem::replace(&mut failing, true) {
                        tracing::warn!(
                            error = format!("{error:#}"),
                            "what clients report cannot be credited now: it is kept in the journal meanwhile"
                        );
                    }
                    pause = (pause * 2).max(every).min(PAUSE_MAX.max(every * 2));
                    // Nobody knows how long this takes: make it survive a loss of power too.
                    self.sync().await;
                }
            }
            if last {
                return self.close().await;
            }
        }
    }

    /// What is pending, batch by batch, one transaction each: whether that was everything.
    async fn flush(
        &self,
        store: &Store,
        swarm: &Swarm,
        access: &Access,
        counters: &mut Counters,
    ) -> Result<bool> {
        let started = tokio::time::Instant::now();
        for _ in 0..BATCHES {
            let Some(batch) = self.next_batch().await? else {
                if !counters.is_empty() {
                    store.flush_counters(&counters.rows()).await?;
                    counters.clear();
                }
                let took = started.elapsed();
                self.metering.flush_seconds.record(took.as_secs_f64());
                return Ok(true);
            };
            self.apply(batch, store, swarm, access, counters).await?;
        }
        Ok(false)
    }

    /// The oldest batch: from memory or, when more is pending than is kept there, from the journal.
    async fn next_batch(&self) -> Result<Option<Batch>> {
        loop {
            let (path, up_to) = {
                let mut books = self.books.lock();
                self.metering.pending.set(books.ledger.len() as f64);
                if let Some(batch) = books.ledger.take_batch() {
                    return Ok(Some(batch));
                }
                let Some(behind) = books.ledger.behind() else {
                    return Ok(None);
                };
                let Some(next) = books.journal.segment_after(behind) else {
                    tracing::error!(
                        journal.missing = books.ledger.len(),
                        "a part of the accounting journal is gone: what it held is not credited"
                    );
                    books.ledger.catch_up([], u64::MAX);
                    continue;
                };
                next
            };
            let read = {
                let path = path.clone();
                tokio::task::spawn_blocking(move || read_segment(&path)).await?
            };
            let read = match read {
                Ok(read) => read.observations,
                // Nobody can bring it back: what stands in the others is not to wait for it.
                Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
                Err(error) => {
                    let what = format!("cannot read back {}", path.display());
                    return Err(error).context(what);
                }
            };
            let mut books = self.books.lock();
            let Books {
                journal, ledger, ..
            } = &mut *books;
            // Of a segment that is still written to, what came in meanwhile is read with all others
            // waiting: else there would be no end to it.
            let rest = match up_to {
                Some(_) => Vec::new(),
                None => journal
                    .rest_of(&path, read.len())
                    .with_context(|| format!("cannot read back {}", path.display()))?,
            };
            let read_up_to = rest.last().or(read.last()).map_or(0, |last| last.seq);
            let up_to = match up_to {
                Some(up_to) if read_up_to < up_to => {
                    tracing::error!(
                        journal.segment = %path.display(),
                        "a part of the accounting journal cannot be read any more: it is not credited"
                    );
                    up_to
                }
                Some(up_to) => up_to,
                None => read_up_to,
            };
            anyhow::ensure!(
                Some(up_to) > ledger.behind(),
                "cannot read back what stands in {}",
                path.display()
            );
            ledger.catch_up(read.into_iter().chain(rest), up_to);
        }
    }

    /// One transaction. What could not be applied is pending again.
    async fn apply(
        &self,
        batch: Batch,
        store: &Store,
        swarm: &Swarm,
        access: &Access,
        counters: &mut Counters,
    ) -> Result<()> {
        let up_to_seq = batch.up_to_seq;
        let mut batch = AccountingBatch {
            instance: self.instance.clone(),
            up_to_seq,
            observations: batch.observations,
            counters: counters.rows(),
        };
        let outcome = match store.apply_accounting(&batch).await {
            Ok(outcome) => outcome,
            Err(error) => {
                let observations = std::mem::take(&mut batch.observations);
                self.books.lock().ledger.put_back(Batch {
                    up_to_seq,
                    observations,
                });
                return Err(error.into());
            }
        };
        tracing::debug!(
            accounting.applied = outcome.applied,
            accounting.repeated = outcome.repeated,
            accounting.unknown = outcome.unknown,
            "credited what clients reported"
        );
        counters.clear();
        let users = batch.observations.iter().map(|o| o.user);
        self.credited.note(users);
        let mut books = self.books.lock();
        books.journal.release(up_to_seq);
        let wrong = books.completions.settle(&outcome.completions);
        drop(books);
        let last = batch.observations.last();
        let now = last.map_or(UnixTime(0), |last| last.at);
        for torrent in wrong {
            if let Some(canonical) = access.swarm_of(torrent) {
                swarm.add_completed(canonical, -1, now);
            }
        }
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
                    .saturating_sub(pending.get(&registration.torrent).copied().unwrap_or(0)),
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

/// Whether its user says to have all of the torrent now.
fn completes(observation: &Observation) -> bool {
    observation.event == Event::Completed && observation.left == 0
}

/// Observations in one transaction at most.
const BATCH: usize = 10_000;
/// Transactions after which the counters are looked at again.
const BATCHES: usize = 16;
const PAUSE_MAX: Duration = Duration::from_secs(30);

#[cfg(test)]
impl Accounting {
    /// One turn of the loop.
    pub(crate) async fn flush_all(
        &self,
        store: &Store,
        swarm: &Swarm,
        access: &Access,
    ) -> Result<()> {
        let mut counters = Counters::default();
        counters.collect(swarm, access, &self.books);
        if self.pending() == 0 {
            counters.clear();
        }
        while !self.flush(store, swarm, access, &mut counters).await? {}
        Ok(())
    }

    pub(crate) fn pending(&self) -> u64 {
        self.books.lock().ledger.len()
    }

    /// The store applies a batch, and its answer is lost.
    pub(crate) async fn apply_unnoticed(&self, store: &Store) {
        let Some(pending) = self.next_batch().await.unwrap() else {
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
        let access = Access::new(swarm::Policy::Registered, [1; 16]);
        let entropy = Entropy::seeded(1);
        let books = Accounting::open(&config, &good, &entropy, metering())
            .await
            .unwrap();
        down.close().await;
        books.record(report(1)).unwrap();
        assert!(
            books
                .flush(&down, &swarm, &access, &mut Counters::default())
                .await
                .is_err()
        );
        books.record(report(2)).unwrap();
        assert!(
            books
                .flush(&down, &swarm, &access, &mut Counters::default())
                .await
                .is_err()
        );
        assert_eq!(books.books.lock().ledger.len(), 2);
        books
            .flush(&good, &swarm, &access, &mut Counters::default())
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
            .flush(&good, &swarm, &access, &mut Counters::default())
            .await
            .unwrap();
        assert_eq!(good.applied_seq(&books.instance).await.unwrap(), 3);
    }

    #[tokio::test]
    async fn a_segment_that_is_gone_holds_up_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let config = Config {
            journal_dir: dir.path().to_owned(),
            journal_segment: 1000,
            journal_kept: 5,
            ..Config::default()
        };
        let store = store().await;
        let swarm = Swarm::new(swarm::Config::default(), [1; 16]);
        let access = Access::new(swarm::Policy::Registered, [1; 16]);
        let books = Accounting::open(&config, &store, &Entropy::seeded(1), metering())
            .await
            .unwrap();
        (0..100).for_each(|peer| assert!(books.record(report(peer)).is_ok()));
        let logs = std::fs::read_dir(dir.path()).unwrap();
        let mut logs: Vec<_> = logs.map(|entry| entry.unwrap().path()).collect();
        logs.retain(|path| path.extension().is_some_and(|extension| extension == "log"));
        logs.sort();
        std::fs::remove_file(&logs[3]).unwrap();
        books.flush_all(&store, &swarm, &access).await.unwrap();
        assert_eq!(books.pending(), 0);
        assert_eq!(store.applied_seq(&books.instance).await.unwrap(), 100);
    }
}

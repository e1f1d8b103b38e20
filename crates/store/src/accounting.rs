//! What clients transferred, credited to users exactly once.

use domain::{TorrentId, UnixTime};

use crate::{Result, Store};

/// Observations from one tracker's journal.
#[derive(Debug, Clone, Default)]
pub struct AccountingBatch {
    /// Which journal: 1 to 64 characters, kept by a tracker over restarts.
    pub instance: String,
    /// Every observation with this sequence number or a lower one is in this batch or an earlier
    /// one.
    pub up_to_seq: u64,
    /// What was observed; of one client in the order it was heard.
    pub observations: Vec<swarm::Observation>,
    /// Present counters of torrents, written in the same transaction.
    pub counters: Vec<TorrentCounters>,
}

/// A torrent's counters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TorrentCounters {
    /// The torrent.
    pub torrent: TorrentId,
    /// Peers that have all of it.
    pub seeders: u64,
    /// Peers that do not.
    pub leechers: u64,
    /// How many have completed it, as the swarm counts; the stored number never goes down.
    pub completed: u64,
    /// When a seeder was last seen, if one was; the stored time never goes back.
    pub last_seed_at: Option<UnixTime>,
}

/// What became of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AccountingOutcome {
    /// Observations that were applied.
    pub applied: usize,
    /// Observations skipped because the journal had them applied already.
    pub repeated: usize,
    /// Observations skipped because their user or torrent is gone.
    pub unknown: usize,
    /// Bytes credited as uploaded.
    pub uploaded: u64,
    /// Bytes credited as downloaded.
    pub downloaded: u64,
}

impl Store {
    /// Applies a batch in one transaction, or nothing of it. Applying it again changes nothing.
    pub async fn apply_accounting(&self, batch: &AccountingBatch) -> Result<AccountingOutcome> {
        let _ = batch;
        Err(later())
    }

    /// Up to which sequence number a journal has been applied; 0 for an unknown one.
    pub async fn applied_seq(&self, instance: &str) -> Result<u64> {
        let _ = instance;
        Err(later())
    }

    /// Writes counters alone; torrents that are gone are skipped.
    pub async fn flush_counters(&self, counters: &[TorrentCounters]) -> Result<()> {
        let _ = counters;
        Err(later())
    }
}

fn later() -> crate::StoreError {
    crate::StoreError::Unavailable("not written yet".to_owned())
}

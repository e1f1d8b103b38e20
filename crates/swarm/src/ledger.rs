use crate::ids::{TorrentId, UserId};
use crate::observation::Observation;
use bittorrent::{Event, PeerId};
use std::collections::{HashMap, VecDeque};

/// Observations that were made but are not yet in the store, cut into batches of bounded size.
///
/// A batch covers an unbroken range of sequence numbers, so "applied up to n" says all there is to
/// say after a crash. Within a batch a later observation of the same client takes the place of the
/// earlier one, with two exceptions: one that begins a new session (`started` with totals that went
/// down) stands on its own, and that a download was completed is never forgotten.
#[derive(Debug)]
pub struct Ledger {
    batch_size: usize,
    open: Open,
    sealed: VecDeque<Batch>,
}

/// Observations to be applied together, in this order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Batch {
    /// Every observation with this sequence number or a lower one is in this batch or an earlier one.
    pub up_to_seq: u64,
    /// What was observed. Of one client: in the order it was heard.
    pub observations: Vec<Observation>,
}

impl Ledger {
    /// An empty ledger whose batches hold at most `batch_size` observations (at least one).
    pub fn new(batch_size: usize) -> Self {
        Self {
            batch_size: batch_size.max(1),
            open: Open::default(),
            sealed: VecDeque::new(),
        }
    }

    /// Takes note of one observation. Sequence numbers must rise.
    pub fn record(&mut self, observation: Observation) {
        self.open.record(observation);
        if self.open.batch.observations.len() >= self.batch_size {
            self.seal();
        }
    }

    /// The oldest batch, or `None` when nothing is pending. A batch that could not be applied is
    /// handed back with [`put_back`](Self::put_back).
    pub fn take_batch(&mut self) -> Option<Batch> {
        if self.sealed.is_empty() {
            self.seal();
        }
        self.sealed.pop_front()
    }

    /// Returns a batch that could not be applied to the front of the queue.
    pub fn put_back(&mut self, batch: Batch) {
        self.sealed.push_front(batch);
    }

    /// How many observations are pending.
    pub fn len(&self) -> usize {
        let sealed: usize = self.sealed.iter().map(|b| b.observations.len()).sum();
        sealed + self.open.batch.observations.len()
    }

    /// Whether nothing is pending.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn seal(&mut self) {
        let open = std::mem::take(&mut self.open);
        if !open.batch.observations.is_empty() {
            self.sealed.push_back(open.batch);
        }
    }
}

/// The batch that is still being filled.
#[derive(Debug, Default)]
struct Open {
    batch: Batch,
    /// Where the latest observation of each client stands in the batch.
    latest: HashMap<(TorrentId, UserId, PeerId), usize>,
}

impl Open {
    fn record(&mut self, mut new: Observation) {
        self.batch.up_to_seq = new.seq;
        let key = (new.torrent, new.user, new.peer_id);
        if let Some(&index) = self.latest.get(&key) {
            let last = &mut self.batch.observations[index];
            let lower = new.uploaded < last.uploaded || new.downloaded < last.downloaded;
            if new.event == Event::Started && !lower {
                // Nothing went down, so it says no more than a plain announce does.
                new.event = Event::None;
            }
            // An entry that may begin a session keeps its own totals: only they tell that it does.
            if new.event != Event::Started && last.event != Event::Started {
                last.uploaded = last.uploaded.max(new.uploaded);
                last.downloaded = last.downloaded.max(new.downloaded);
                last.left = new.left;
                if last.event != Event::Completed {
                    last.event = new.event;
                }
                last.at = new.at;
                last.seq = new.seq;
                return;
            }
        }
        self.latest.insert(key, self.batch.observations.len());
        self.batch.observations.push(new);
    }
}

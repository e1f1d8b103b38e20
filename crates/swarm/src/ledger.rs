use crate::observation::Observation;
use std::collections::VecDeque;

/// Observations that were made but are not yet in the store, cut into batches of bounded size.
///
/// A batch covers an unbroken range of sequence numbers, so "applied up to n" says all there is to
/// say after a crash. Nothing is summed up here: what is credited does not depend on where one batch
/// ends and the next begins.
#[derive(Debug)]
pub struct Ledger {
    batch_size: usize,
    open: Batch,
    sealed: VecDeque<Batch>,
}

/// Observations to be applied together, in this order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Batch {
    /// Every observation with this sequence number or a lower one is in this batch or an earlier one.
    pub up_to_seq: u64,
    /// What was observed, in the order it was heard.
    pub observations: Vec<Observation>,
}

impl Ledger {
    /// An empty ledger whose batches hold at most `batch_size` observations (at least one).
    pub fn new(batch_size: usize) -> Self {
        Self {
            batch_size: batch_size.max(1),
            open: Batch::default(),
            sealed: VecDeque::new(),
        }
    }

    /// Takes note of one observation. Sequence numbers must rise.
    pub fn record(&mut self, observation: Observation) {
        self.open.up_to_seq = observation.seq;
        self.open.observations.push(observation);
        if self.open.observations.len() >= self.batch_size {
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
        sealed + self.open.observations.len()
    }

    /// Whether nothing is pending.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn seal(&mut self) {
        let open = std::mem::take(&mut self.open);
        if !open.observations.is_empty() {
            self.sealed.push_back(open);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{TorrentId, UnixTime, UserId};
    use crate::observation::Terms;
    use bittorrent::{Event, PeerId};

    fn observation(seq: u64) -> Observation {
        Observation {
            torrent: TorrentId(1),
            user: UserId(1),
            peer_id: PeerId::from([1; 20]),
            uploaded: seq,
            downloaded: 1,
            left: 1,
            event: Event::None,
            at: UnixTime(seq as i64),
            seq,
            terms: Terms::default(),
        }
    }

    #[test]
    fn batches_are_bounded_and_keep_the_order() {
        let mut ledger = Ledger::new(10);
        assert!(ledger.is_empty() && ledger.take_batch().is_none());
        (1..=35).for_each(|seq| ledger.record(observation(seq)));
        assert_eq!(ledger.len(), 35);
        let first = ledger.take_batch().unwrap();
        assert_eq!((first.up_to_seq, first.observations.len()), (10, 10));
        ledger.put_back(first);
        let mut all = Vec::new();
        while let Some(batch) = ledger.take_batch() {
            assert_eq!(batch.observations.last().unwrap().seq, batch.up_to_seq);
            assert!(batch.observations.len() <= 10);
            all.extend(batch.observations);
        }
        assert_eq!(all, (1..=35).map(observation).collect::<Vec<_>>());
    }
}

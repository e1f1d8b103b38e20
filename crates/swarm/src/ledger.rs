use crate::observation::Observation;
use std::collections::VecDeque;

/// Observations that were made but are not yet in the store, cut into batches of bounded size.
///
/// A batch covers an unbroken range of sequence numbers, so "applied up to n" says all there is to
/// say after a crash. Nothing is summed up here: what is credited does not depend on where one batch
/// ends and the next begins.
///
/// What it keeps is bounded: past that, observations are only counted, and are to be read back from
/// the journal once there is room ([`behind`](Self::behind), [`catch_up`](Self::catch_up)).
#[derive(Debug)]
pub struct Ledger {
    batch_size: usize,
    most: usize,
    kept: usize,
    open: Batch,
    sealed: VecDeque<Batch>,
    /// The number of the last observation.
    last: u64,
    /// What came after this number is in the journal alone.
    behind: Option<u64>,
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
    /// A ledger whose batches hold at most `batch_size` observations (at least one), and that keeps
    /// at most `most` of those it records (a batch that was put back comes on top). The store has
    /// everything up to `applied`; the journal has what came after it, up to `last`.
    pub fn new(batch_size: usize, most: usize, applied: u64, last: u64) -> Self {
        Self {
            batch_size: batch_size.max(1),
            most,
            kept: 0,
            open: Batch::default(),
            sealed: VecDeque::new(),
            last,
            behind: (applied < last).then_some(applied),
        }
    }

    /// Takes note of one observation, which stands in the journal already. Sequence numbers must
    /// rise, by one each while anything is in the journal alone.
    pub fn record(&mut self, observation: Observation) {
        if self.behind.is_none() && self.kept >= self.most {
            self.behind = Some(self.last);
        }
        self.last = observation.seq;
        if self.behind.is_none() {
            self.keep(observation);
        }
    }

    /// The number after which the journal is to be read for [`catch_up`](Self::catch_up) once
    /// [`take_batch`](Self::take_batch) has nothing more.
    pub fn behind(&self) -> Option<u64> {
        self.behind
    }

    /// Takes observations back that the journal holds: all there are after
    /// [`behind`](Self::behind), up to `up_to`. Others among them are passed over.
    pub fn catch_up(&mut self, observations: impl IntoIterator<Item = Observation>, up_to: u64) {
        let Some(mut behind) = self.behind else {
            return;
        };
        for observation in observations {
            if observation.seq > behind && observation.seq <= up_to {
                behind = observation.seq;
                self.keep(observation);
            }
        }
        self.behind = Some(behind.max(up_to)).filter(|behind| *behind < self.last);
    }

    /// The oldest batch that is kept, or `None` when there is none. A batch that could not be applied
    /// is handed back with [`put_back`](Self::put_back).
    pub fn take_batch(&mut self) -> Option<Batch> {
        if self.sealed.is_empty() {
            self.seal();
        }
        let batch = self.sealed.pop_front()?;
        self.kept -= batch.observations.len();
        Some(batch)
    }

    /// Returns a batch that could not be applied to the front of the queue.
    pub fn put_back(&mut self, batch: Batch) {
        self.kept += batch.observations.len();
        self.sealed.push_front(batch);
    }

    /// How many observations are pending.
    pub fn len(&self) -> u64 {
        self.kept as u64 + self.behind.map_or(0, |behind| self.last - behind)
    }

    /// Whether nothing is pending.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn keep(&mut self, observation: Observation) {
        self.kept += 1;
        self.open.up_to_seq = observation.seq;
        self.open.observations.push(observation);
        if self.open.observations.len() >= self.batch_size {
            self.seal();
        }
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
        let mut ledger = Ledger::new(10, 100, 0, 0);
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

    /// Everything that can be had without the journal.
    fn take_all(ledger: &mut Ledger) -> Vec<u64> {
        let batches = std::iter::from_fn(|| ledger.take_batch());
        batches
            .flat_map(|batch| batch.observations)
            .map(|observation| observation.seq)
            .collect()
    }

    #[test]
    fn past_its_bound_it_counts_and_reads_back_later() {
        let mut ledger = Ledger::new(10, 25, 0, 0);
        (1..=100).for_each(|seq| ledger.record(observation(seq)));
        assert_eq!((ledger.len(), ledger.behind()), (100, Some(25)));
        assert_eq!(take_all(&mut ledger), (1..=25).collect::<Vec<_>>());
        assert_eq!(ledger.len(), 75);
        // A piece of the journal, with something that was taken already.
        ledger.catch_up((20..=60).map(observation), 60);
        ledger.record(observation(101));
        assert_eq!((ledger.len(), ledger.behind()), (76, Some(60)));
        assert_eq!(take_all(&mut ledger), (26..=60).collect::<Vec<_>>());
        // The rest, of which one cannot be read any more.
        ledger.catch_up((61..=100).map(observation), 101);
        assert_eq!(ledger.behind(), None);
        assert_eq!(take_all(&mut ledger), (61..=100).collect::<Vec<_>>());
        // From here on nothing needs to be read.
        ledger.record(observation(102));
        assert_eq!(take_all(&mut ledger), [102]);
        assert!(ledger.is_empty());
    }

    #[test]
    fn what_an_earlier_run_left_is_in_the_journal() {
        assert!(Ledger::new(10, 25, 7, 7).is_empty());
        assert!(Ledger::new(10, 25, 9, 7).is_empty());
        let mut ledger = Ledger::new(10, 25, 4, 7);
        assert_eq!((ledger.len(), ledger.behind()), (3, Some(4)));
        ledger.record(observation(8));
        assert!(take_all(&mut ledger).is_empty());
        ledger.catch_up((1..=8).map(observation), 8);
        assert_eq!(take_all(&mut ledger), [5, 6, 7, 8]);
    }
}

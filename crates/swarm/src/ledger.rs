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
    latest: HashMap<(TorrentId, UserId, PeerId), Latest>,
}

/// The latest observation of one client.
#[derive(Debug, Clone, Copy)]
struct Latest {
    /// Where it stands in the batch.
    at: usize,
    /// A `started` stands before it, so that its totals are what the store will have remembered,
    /// whatever it remembers now.
    anchored: bool,
}

impl Open {
    fn record(&mut self, mut new: Observation) {
        self.batch.up_to_seq = new.seq;
        let key = (new.torrent, new.user, new.peer_id);
        let mut anchored = new.event == Event::Started;
        if let Some(latest) = self.latest.get(&key) {
            let last = &mut self.batch.observations[latest.at];
            let lower = new.uploaded < last.uploaded || new.downloaded < last.downloaded;
            if new.event == Event::Started && latest.anchored && !lower {
                // Nothing went down, so it says no more than a plain announce does.
                new.event = Event::None;
            }
            if new.event != Event::Started {
                anchored = latest.anchored;
                new.uploaded = new.uploaded.max(last.uploaded);
                new.downloaded = new.downloaded.max(last.downloaded);
                // A `started` keeps its own totals: only they tell whether a session began.
                if last.event != Event::Started {
                    if last.event == Event::Completed {
                        new.event = Event::Completed;
                    }
                    *last = new;
                    return;
                }
            }
        }
        let at = self.batch.observations.len();
        self.latest.insert(key, Latest { at, anchored });
        self.batch.observations.push(new);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::{SessionTotals, account};
    use crate::ids::UnixTime;
    use proptest::prelude::*;

    fn observation(seq: u64, uploaded: u64, downloaded: u64, event: Event) -> Observation {
        Observation {
            torrent: TorrentId(1),
            user: UserId(1),
            peer_id: PeerId::from([1; 20]),
            uploaded,
            downloaded,
            left: 1,
            event,
            at: UnixTime(seq as i64),
            seq,
        }
    }

    fn drain(ledger: &mut Ledger) -> Vec<Observation> {
        let mut all = Vec::new();
        while let Some(batch) = ledger.take_batch() {
            assert!(batch.observations.iter().all(|o| o.seq <= batch.up_to_seq));
            all.extend(batch.observations);
        }
        all
    }

    fn credit<'a>(
        mut totals: Option<SessionTotals>,
        observations: impl IntoIterator<Item = &'a Observation>,
    ) -> ((u64, u64), bool) {
        let (mut sum, mut completed) = ((0, 0), false);
        for observation in observations {
            let (delta, next) = account(totals, observation);
            totals = Some(next);
            sum = (sum.0 + delta.uploaded, sum.1 + delta.downloaded);
            completed |= observation.event == Event::Completed;
        }
        (sum, completed)
    }

    #[test]
    fn a_later_observation_takes_the_place_of_an_earlier_one() {
        let mut ledger = Ledger::new(100);
        for seq in 1..=50 {
            ledger.record(observation(seq, seq * 10, seq, Event::None));
        }
        assert_eq!(ledger.len(), 1);
        let batch = ledger.take_batch().unwrap();
        assert_eq!(batch.up_to_seq, 50);
        assert_eq!(batch.observations, [observation(50, 500, 50, Event::None)]);
        assert_eq!(ledger.take_batch(), None);
    }

    #[test]
    fn a_completed_download_is_not_forgotten() {
        let mut ledger = Ledger::new(100);
        ledger.record(observation(1, 0, 10, Event::Completed));
        ledger.record(observation(2, 5, 10, Event::Stopped));
        assert!(credit(None, &drain(&mut ledger)).1);
    }

    #[test]
    fn a_new_session_stands_on_its_own() {
        let mut ledger = Ledger::new(100);
        ledger.record(observation(1, 0, 0, Event::Started));
        ledger.record(observation(2, 100, 50, Event::Stopped));
        ledger.record(observation(3, 0, 0, Event::Started));
        ledger.record(observation(4, 7, 3, Event::None));
        assert_eq!(credit(None, &drain(&mut ledger)), ((107, 53), false));
    }

    #[test]
    fn repeated_starts_do_not_pile_up() {
        let mut ledger = Ledger::new(1000);
        for seq in 1..=100 {
            ledger.record(observation(seq, 0, 0, Event::Started));
        }
        assert!(ledger.len() <= 2);
    }

    #[test]
    fn batches_are_bounded_and_keep_the_order() {
        let mut ledger = Ledger::new(10);
        for seq in 1..=35 {
            let peer_id = PeerId::from([seq as u8; 20]);
            ledger.record(Observation {
                peer_id,
                ..observation(seq, 1, 1, Event::None)
            });
        }
        let first = ledger.take_batch().unwrap();
        assert_eq!((first.up_to_seq, first.observations.len()), (10, 10));
        ledger.put_back(first);
        let seqs: Vec<_> = drain(&mut ledger).iter().map(|o| o.seq).collect();
        assert_eq!(seqs, (1..=35).collect::<Vec<_>>());
    }

    fn event() -> impl Strategy<Value = Event> {
        prop_oneof![
            4 => Just(Event::None),
            1 => Just(Event::Started),
            1 => Just(Event::Stopped),
            1 => Just(Event::Completed),
            1 => Just(Event::Paused),
        ]
    }

    proptest! {
        /// Whatever clients say in whatever order, compaction changes no credit.
        #[test]
        fn compaction_changes_no_credit(
            reports in prop::collection::vec((0u8..3, 0u64..20, 0u64..20, event()), 0..60),
            batch_size in 1usize..20,
            before in prop::option::of((0u64..20, 0u64..20)),
        ) {
            let before = before.map(|(uploaded, downloaded)| SessionTotals { uploaded, downloaded });
            let all: Vec<_> = reports
                .into_iter()
                .zip(1..)
                .map(|((peer, up, down, event), seq)| Observation {
                    peer_id: PeerId::from([peer; 20]),
                    ..observation(seq, up, down, event)
                })
                .collect();
            let mut ledger = Ledger::new(batch_size);
            all.iter().for_each(|o| ledger.record(*o));
            let compacted = drain(&mut ledger);
            prop_assert!(compacted.len() <= all.len());
            for peer in 0..3 {
                let of = |o: &&Observation| o.peer_id == PeerId::from([peer; 20]);
                prop_assert_eq!(
                    credit(before, compacted.iter().filter(of)),
                    credit(before, all.iter().filter(of))
                );
            }
        }
    }
}

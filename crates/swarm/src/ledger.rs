use crate::ids::{TorrentId, UserId};
use crate::observation::Observation;
use bittorrent::{Event, PeerId};
use std::collections::{HashMap, VecDeque};

/// Observations that were made but are not yet in the store, cut into batches of bounded size.
///
/// A batch covers an unbroken range of sequence numbers, so "applied up to n" says all there is to
/// say after a crash. Within a batch an observation takes the place of the one before it of the same
/// client when it says as much or more. So a batch holds only what was really said, and what tells
/// sessions apart stays: `started` with totals that went down, totals that went down without, and
/// `stopped`. That a download was completed is never forgotten.
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
    /// The highest totals since a `started` that stands before it, if one does: the store will have
    /// remembered no higher ones, whatever it remembers now.
    anchored: Option<(u64, u64)>,
}

impl Open {
    fn record(&mut self, mut new: Observation) {
        self.batch.up_to_seq = new.seq;
        let key = (new.torrent, new.user, new.peer_id);
        let said = (new.uploaded, new.downloaded);
        let reaches = |other: (u64, u64)| said.0 >= other.0 && said.1 >= other.1;
        let mut anchored = (new.event == Event::Started).then_some(said);
        if let Some(latest) = self.latest.get(&key) {
            let last = &mut self.batch.observations[latest.at];
            if new.event == Event::Started
                && last.event != Event::Stopped
                && latest.anchored.is_some_and(reaches)
            {
                // Nothing went down, so it says no more than a plain announce does.
                new.event = Event::None;
            }
            if new.event != Event::Started {
                anchored = latest
                    .anchored
                    .map(|(up, down)| (said.0.max(up), said.1.max(down)));
                if reaches((last.uploaded, last.downloaded))
                    && let Some(event) = both(last.event, new.event)
                {
                    *last = Observation { event, ..new };
                    self.latest.insert(
                        key,
                        Latest {
                            anchored,
                            ..*latest
                        },
                    );
                    return;
                }
            }
        }
        let at = self.batch.observations.len();
        self.latest.insert(key, Latest { at, anchored });
        self.batch.observations.push(new);
    }
}

/// The event of two observations that become one; `None` when it takes two to say it.
fn both(last: Event, new: Event) -> Option<Event> {
    match (last, new) {
        (Event::Started, _) => None,
        (Event::Stopped | Event::Completed, new) if last == new => Some(new),
        (Event::Stopped, _) | (Event::Completed, Event::Stopped) => None,
        (Event::Completed, _) => Some(Event::Completed),
        (_, new) => Some(new),
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

    fn story() -> impl Strategy<Value = Vec<Observation>> {
        let reports = prop::collection::vec((0u8..3, 0u64..20, 0u64..20, event()), 0..60);
        reports.prop_map(|reports| {
            reports
                .into_iter()
                .zip(1..)
                .map(|((peer, up, down, event), seq)| Observation {
                    peer_id: PeerId::from([peer; 20]),
                    ..observation(seq, up, down, event)
                })
                .collect()
        })
    }

    fn compacted(all: &[Observation], batch_size: usize) -> Vec<Observation> {
        let mut ledger = Ledger::new(batch_size);
        all.iter().for_each(|o| ledger.record(*o));
        drain(&mut ledger)
    }

    proptest! {
        /// Whatever a client says in whatever order within a session, compaction changes no credit.
        #[test]
        fn compaction_changes_no_credit(
            all in story(),
            batch_size in 1usize..20,
            before in prop::option::of((0u64..20, 0u64..20)),
        ) {
            let before = before.map(|(uploaded, downloaded)| SessionTotals {
                uploaded,
                downloaded,
                ..SessionTotals::default()
            });
            let all: Vec<_> = all
                .into_iter()
                .filter(|observation| observation.event != Event::Started)
                .collect();
            let compacted = compacted(&all, batch_size);
            for peer in 0..3 {
                let of = |o: &&Observation| o.peer_id == PeerId::from([peer; 20]);
                prop_assert_eq!(
                    credit(before, compacted.iter().filter(of)),
                    credit(before, all.iter().filter(of))
                );
            }
        }

        /// What is left is what was said, in the order it was said, and what begins or ends a
        /// session is left.
        #[test]
        fn compaction_makes_nothing_up(all in story(), batch_size in 1usize..20) {
            let compacted = compacted(&all, batch_size);
            prop_assert!(compacted.len() <= all.len());
            for peer in 0..3 {
                let of = |o: &&Observation| o.peer_id == PeerId::from([peer; 20]);
                let mut seqs = 0;
                for kept in compacted.iter().filter(of) {
                    prop_assert!(kept.seq > seqs);
                    seqs = kept.seq;
                    let said = all[kept.seq as usize - 1];
                    prop_assert_eq!(
                        (kept.uploaded, kept.downloaded, kept.at),
                        (said.uploaded, said.downloaded, said.at)
                    );
                }
                let has = |story: &[Observation], event| {
                    story.iter().filter(of).any(|o| o.event == event)
                };
                for event in [Event::Completed, Event::Stopped] {
                    prop_assert_eq!(has(&compacted, event), has(&all, event));
                }
                let mut last = (0, 0);
                for said in all.iter().filter(of) {
                    let lower = said.uploaded < last.0 || said.downloaded < last.1;
                    if lower && said.event == Event::Started {
                        let kept = compacted.iter().any(|o| o.seq == said.seq && o.event == said.event);
                        prop_assert!(kept, "{:?}", said);
                    }
                    last = (said.uploaded, said.downloaded);
                }
            }
        }
    }
}

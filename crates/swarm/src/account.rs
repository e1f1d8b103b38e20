use crate::ids::UnixTime;
use crate::observation::Observation;
use bittorrent::Event;

/// What is remembered of one client's session: the totals that have been credited already, and what
/// it takes to know a late packet when it comes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SessionTotals {
    /// Bytes uploaded, never above `i64::MAX`.
    pub uploaded: u64,
    /// Bytes downloaded, never above `i64::MAX`.
    pub downloaded: u64,
    /// Whether the client has said that it stopped.
    pub stopped: bool,
    /// Marks of the last four different reports, 16 bits each, the newest lowest.
    pub heard: u64,
    /// The session this one took the place of, where there was one.
    pub before: Option<SessionBefore>,
}

/// A session that another one took the place of: packets of it may still come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionBefore {
    /// The highest total of bytes uploaded that was heard of it.
    pub uploaded: u64,
    /// Likewise, downloaded.
    pub downloaded: u64,
    /// Marks of its last reports.
    pub heard: u64,
    /// How sure it is that it ended.
    pub end: SessionEnd,
    /// When the next one began.
    pub at: UnixTime,
}

/// How sure it is that a session ended when the next one began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionEnd {
    /// All that is known is a `started`, which may be an old packet itself.
    Presumed,
    /// Lower totals came after the `started`: they are of a new session.
    Replaced,
    /// The client said that it stopped: its last totals are known.
    Told,
}

/// What an observation adds to the user's account.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Delta {
    /// Bytes uploaded, never above `i64::MAX`.
    pub uploaded: u64,
    /// Bytes downloaded, never above `i64::MAX`.
    pub downloaded: u64,
}

/// Works out what `observation` adds to what has been credited for the same torrent, user and peer
/// id so far, and what to remember for next time.
///
/// - Nothing remembered: the reported totals are new, whole.
/// - Both totals at or above the remembered ones: the difference is new.
/// - `started` with either total below: the client began anew, the reported totals are new, whole.
///   Unless it began anew less than [`LATE`] ago already, without a word of stopping since: then it
///   is a repetition, and adds nothing.
/// - Any other lower total is an old packet that came late or twice: it adds nothing, and the higher
///   total stays remembered.
///
/// Packets of the session before may come after a `started`, and must not count twice:
///
/// - One that repeats one of its last four reports adds nothing.
/// - If it said that it stopped, its last totals were heard: whatever is higher is of the new one.
/// - Else whatever is at or above its totals is taken to be of it and adds what is new to those,
///   until a lower report shows that there is a new one. From then on it adds nothing until
///   [`LATE`] has passed since the `started`; nothing is lost by that, for the next report makes up
///   for it.
///
/// In doubt less is credited. What is still told apart from nothing is a report below the last one
/// heard of the session before that was itself never heard until after the `started`; it counts as
/// credit in advance of the new session. Applied twice in a row, an observation adds nothing the second time;
/// deltas are never negative.
pub fn account(
    previous: Option<SessionTotals>,
    observation: &Observation,
) -> (Delta, SessionTotals) {
    let said = Totals {
        uploaded: observation.uploaded.min(LARGEST),
        downloaded: observation.downloaded.min(LARGEST),
    };
    let mark = said.mark();
    let Some(last) = previous else {
        let totals = SessionTotals {
            uploaded: said.uploaded,
            downloaded: said.downloaded,
            stopped: observation.event == Event::Stopped,
            heard: mark,
            before: None,
        };
        return (said.above(Totals::default()), totals);
    };
    let current = Totals {
        uploaded: last.uploaded,
        downloaded: last.downloaded,
    };
    let lower = !said.reaches(current);
    let since = |before: SessionBefore| observation.at.0.saturating_sub(before.at.0);
    let just_began = last.before.is_some_and(|before| since(before) <= LATE);
    if lower && observation.event == Event::Started {
        if just_began && !last.stopped {
            return (Delta::default(), last);
        }
        let totals = SessionTotals {
            uploaded: said.uploaded,
            downloaded: said.downloaded,
            stopped: false,
            heard: mark,
            before: Some(ended(&last, observation.at)),
        };
        return (said.above(Totals::default()), totals);
    }
    let mut next = last;
    if let Some(before) = &mut next.before {
        let its = Totals {
            uploaded: before.uploaded,
            downloaded: before.downloaded,
        };
        let late = just_began;
        let doubtful = before.end == SessionEnd::Presumed;
        if (late || doubtful) && marks(before.heard).any(|heard| heard == mark) {
            return (Delta::default(), last);
        }
        match (before.end, said.reaches(its)) {
            (SessionEnd::Presumed, true) => {
                before.uploaded = said.uploaded;
                before.downloaded = said.downloaded;
                before.heard = before.heard << 16 | mark;
                if observation.event == Event::Stopped {
                    before.end = SessionEnd::Told;
                }
                return (said.above(its), next);
            }
            // A repeated `started` shows nothing.
            (SessionEnd::Presumed, false) if said != current => before.end = SessionEnd::Replaced,
            (SessionEnd::Replaced, true) if late => return (Delta::default(), last),
            _ if !late => next.before = None,
            _ => {}
        }
    }
    next.uploaded = said.uploaded.max(last.uploaded);
    next.downloaded = said.downloaded.max(last.downloaded);
    next.stopped = match observation.event {
        Event::Stopped => last.stopped || !lower,
        Event::Started => false,
        // Repeated words of a client that stopped do not set it going again.
        _ => last.stopped && (lower || said == current),
    };
    let delta = said.above(current);
    if (!lower || delta != Delta::default()) && marks(last.heard).next() != Some(mark) {
        next.heard = last.heard << 16 | mark;
    }
    (delta, next)
}

/// For how many seconds after a `started` a packet sent before it may come: ids of UDP connections
/// are good for three minutes, and HTTP requests that take longer are given up.
pub const LATE: i64 = 180;

/// Databases count in signed 64 bits.
const LARGEST: u64 = i64::MAX as u64;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Totals {
    uploaded: u64,
    downloaded: u64,
}

impl Totals {
    fn reaches(self, other: Self) -> bool {
        self.uploaded >= other.uploaded && self.downloaded >= other.downloaded
    }

    fn above(self, other: Self) -> Delta {
        Delta {
            uploaded: self.uploaded.saturating_sub(other.uploaded),
            downloaded: self.downloaded.saturating_sub(other.downloaded),
        }
    }

    /// Sixteen bits to know these totals by, never all zero. Two that share a mark by chance are
    /// taken for a repetition, which the next report makes up for.
    fn mark(self) -> u64 {
        let mixed = self
            .uploaded
            .wrapping_mul(0x9e37_79b9_7f4a_7c15)
            .wrapping_add(self.downloaded.wrapping_mul(0xc2b2_ae3d_27d4_eb4f));
        ((mixed ^ mixed >> 32).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 48).max(1)
    }
}

fn marks(heard: u64) -> impl Iterator<Item = u64> {
    [0, 16, 32, 48]
        .into_iter()
        .map(move |shift| heard >> shift & 0xffff)
        .filter(|mark| *mark != 0)
}

/// The session that ends here. Where the one before it ended a moment ago only, packets of both may
/// come.
fn ended(last: &SessionTotals, at: UnixTime) -> SessionBefore {
    let mut ended = SessionBefore {
        uploaded: last.uploaded,
        downloaded: last.downloaded,
        heard: last.heard,
        end: if last.stopped {
            SessionEnd::Told
        } else {
            SessionEnd::Presumed
        },
        at,
    };
    let recent = |before: &SessionBefore| at.0.saturating_sub(before.at.0) <= LATE;
    if let Some(before) = last.before.filter(recent) {
        ended.uploaded = ended.uploaded.max(before.uploaded);
        ended.downloaded = ended.downloaded.max(before.downloaded);
        let own = marks(ended.heard).count() as u32;
        if own < 4 {
            ended.heard |= before.heard << (16 * own);
        }
    }
    ended
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{TorrentId, UnixTime, UserId};
    use bittorrent::PeerId;
    use proptest::prelude::*;

    fn report(uploaded: u64, downloaded: u64, event: Event) -> Observation {
        Observation {
            torrent: TorrentId(1),
            user: UserId(1),
            peer_id: PeerId::from([1; 20]),
            uploaded,
            downloaded,
            left: 0,
            event,
            at: UnixTime(0),
            seq: 0,
        }
    }

    fn credit(reports: &[Observation]) -> (u64, u64) {
        let (mut totals, mut sum) = (None, (0, 0));
        for report in reports {
            let (delta, next) = account(totals, report);
            totals = Some(next);
            sum = (sum.0 + delta.uploaded, sum.1 + delta.downloaded);
        }
        sum
    }

    /// What one run of an honest client reports: totals from zero that only grow.
    fn session() -> impl Strategy<Value = Vec<(u64, u64)>> {
        prop::collection::vec((0u64..1000, 0u64..1000), 0..10).prop_map(|steps| {
            let mut total = (0, 0);
            let mut totals = vec![(0, 0)];
            for step in steps {
                total = (total.0 + step.0, total.1 + step.1);
                totals.push(total);
            }
            totals
        })
    }

    proptest! {
        #[test]
        fn an_honest_client_is_credited_what_it_reported(
            sessions in prop::collection::vec(session(), 1..5),
            repeat in any::<u64>(),
        ) {
            let (mut reports, mut truth, mut at) = (Vec::new(), (0, 0), 0);
            for session in sessions {
                let last = session.len() - 1;
                for (step, (up, down)) in session.iter().enumerate() {
                    let event = match step {
                        0 => Event::Started,
                        _ if step == last => Event::Stopped,
                        _ => Event::None,
                    };
                    at += LATE + 1;
                    let report = Observation {
                        at: UnixTime(at),
                        ..report(*up, *down, event)
                    };
                    reports.push(report);
                    // Some packets come twice.
                    if repeat >> (reports.len() % 64) & 1 == 1 {
                        reports.push(report);
                    }
                }
                truth = (truth.0 + session[last].0, truth.1 + session[last].1);
            }
            prop_assert_eq!(credit(&reports), truth);
        }

        /// Whatever of the session before comes late or again while the next one runs.
        #[test]
        fn packets_of_the_session_before_never_count_twice(
            sessions in prop::collection::vec((session(), any::<bool>(), 0usize..2), 2..5),
            late in prop::collection::vec((0usize..4, 0usize..8), 0..12),
        ) {
            let (mut reports, mut truth) = (Vec::new(), (0, 0));
            // What may still come of the session before: reports nobody heard, and those heard last.
            let mut pending: Vec<Observation> = Vec::new();
            let mut late = late.into_iter();
            for (session, stops, held_back) in sessions {
                let mut own: Vec<_> = session
                    .iter()
                    .enumerate()
                    .map(|(step, (up, down))| {
                        let event = if step == 0 { Event::Started } else { Event::None };
                        report(*up, *down, event)
                    })
                    .collect();
                if let Some(last) = own.last().copied() {
                    truth = (truth.0 + last.uploaded, truth.1 + last.downloaded);
                    if stops {
                        own.push(Observation { event: Event::Stopped, ..last });
                    }
                }
                // Whoever hears the stop has heard all; else the last words may be under way.
                let unheard = if stops { 0 } else { held_back.min(own.len() - 1) };
                let heard = own[own.len() - unheard - 1];
                let unheard = if (heard.uploaded, heard.downloaded) == (0, 0) {
                    0
                } else {
                    unheard
                };
                let unheard = own.split_off(own.len() - unheard);
                let mut after: Vec<_> = pending
                    .is_empty()
                    .then(Vec::new)
                    .unwrap_or_else(|| late.by_ref().take(4).collect());
                for (step, said) in own.iter().enumerate() {
                    reports.push(*said);
                    after.retain(|(which, when)| {
                        let now = *when == step && said.event != Event::Stopped;
                        if now {
                            reports.push(pending[which % pending.len()]);
                        }
                        !now
                    });
                }
                pending = own.iter().rev().take(4).copied().chain(unheard).collect();
            }
            let credit = credit(&reports);
            prop_assert!(credit.0 <= truth.0 && credit.1 <= truth.1, "{:?} of {:?}", credit, truth);
        }

        #[test]
        fn reordering_within_a_session_changes_no_sum(
            session in session().prop_flat_map(|s| (Just(s.clone()), Just(s).prop_shuffle()))
        ) {
            let (in_order, shuffled) = session;
            let plain = |totals: Vec<(u64, u64)>| -> Vec<Observation> {
                totals.iter().map(|(up, down)| report(*up, *down, Event::None)).collect()
            };
            prop_assert_eq!(credit(&plain(in_order)), credit(&plain(shuffled)));
        }

        #[test]
        fn anything_reported_twice_counts_once(
            previous in any::<Option<(u64, u64)>>(),
            up in any::<u64>(), down in any::<u64>(), started in any::<bool>(),
        ) {
            let previous = previous.map(|(up, down)| SessionTotals {
                uploaded: up.min(LARGEST),
                downloaded: down.min(LARGEST),
                ..SessionTotals::default()
            });
            let event = if started { Event::Started } else { Event::None };
            let report = report(up, down, event);
            let (delta, totals) = account(previous, &report);
            prop_assert!(delta.uploaded <= LARGEST && delta.downloaded <= LARGEST);
            prop_assert!(totals.uploaded <= LARGEST && totals.downloaded <= LARGEST);
            let (again, same) = account(Some(totals), &report);
            prop_assert_eq!(again, Delta::default());
            prop_assert_eq!(same, totals);
        }
    }

    #[test]
    fn a_restart_that_was_not_announced_costs_the_user_nothing_already_credited() {
        let reports = [
            report(100, 50, Event::Started),
            report(30, 10, Event::None),
            report(130, 60, Event::None),
        ];
        assert_eq!(credit(&reports), (130, 60));
    }

    #[test]
    fn either_total_going_down_begins_a_session() {
        let reports = [report(100, 50, Event::None), report(100, 0, Event::Started)];
        assert_eq!(credit(&reports), (200, 50));
    }

    fn at(seconds: i64, report: Observation) -> Observation {
        Observation {
            at: UnixTime(seconds),
            ..report
        }
    }

    #[test]
    fn a_late_packet_of_the_session_before_adds_nothing() {
        for stop in [None, Some(report(100, 50, Event::Stopped))] {
            for late in [(100, 50), (90, 40)] {
                let mut reports = vec![
                    report(0, 0, Event::Started),
                    report(90, 40, Event::None),
                    report(100, 50, Event::None),
                ];
                reports.extend(stop);
                reports.push(report(0, 0, Event::Started));
                reports.push(report(late.0, late.1, Event::None));
                assert_eq!(credit(&reports), (100, 50));
                // The session that began counts from its own zero.
                reports.push(report(30, 10, Event::None));
                assert_eq!(credit(&reports), (130, 60));
                reports.push(report(late.0, late.1, Event::None));
                assert_eq!(credit(&reports), (130, 60));
            }
        }
    }

    #[test]
    fn last_words_that_come_after_the_next_beginning_count_once() {
        let mut reports = vec![
            report(100, 0, Event::None),
            report(0, 0, Event::Started),
            report(120, 0, Event::Stopped),
        ];
        assert_eq!(credit(&reports), (120, 0));
        reports.push(report(40, 0, Event::None));
        assert_eq!(credit(&reports), (160, 0));
    }

    #[test]
    fn a_beginning_that_comes_again_late_ends_no_session() {
        let reports = [
            report(0, 0, Event::Started),
            report(100, 0, Event::None),
            report(0, 0, Event::Started),
            report(150, 0, Event::None),
            at(1800, report(400, 0, Event::None)),
        ];
        assert_eq!(credit(&reports), (400, 0));
        let reports = [
            report(100, 0, Event::Stopped),
            report(0, 0, Event::Started),
            report(20, 0, Event::None),
            report(0, 0, Event::Started),
            report(30, 0, Event::None),
        ];
        assert_eq!(credit(&reports), (130, 0));
    }

    #[test]
    fn what_is_put_off_is_made_up_for() {
        let mut reports = vec![
            report(100, 0, Event::None),
            report(0, 0, Event::Started),
            report(40, 0, Event::None),
            at(60, report(200, 0, Event::None)),
        ];
        assert_eq!(credit(&reports), (140, 0));
        reports.push(at(LATE + 1, report(210, 0, Event::Stopped)));
        assert_eq!(credit(&reports), (310, 0));
    }
}

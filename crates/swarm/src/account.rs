use crate::observation::Observation;
use bittorrent::Event;

/// The totals of one client's running session that have been credited already.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SessionTotals {
    /// Bytes uploaded, never above `i64::MAX`.
    pub uploaded: u64,
    /// Bytes downloaded, never above `i64::MAX`.
    pub downloaded: u64,
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
/// id so far, and the totals to remember for next time.
///
/// - Nothing remembered: the reported totals are new, whole.
/// - Both totals at or above the remembered ones: the difference is new.
/// - `started` with either total below: the client began anew, the reported totals are new, whole.
/// - Any other lower total is an old packet that came late or twice: it adds nothing, and the higher
///   total stays remembered.
///
/// Applied twice, an observation adds nothing the second time; deltas are never negative.
pub fn account(
    previous: Option<SessionTotals>,
    observation: &Observation,
) -> (Delta, SessionTotals) {
    let uploaded = observation.uploaded.min(LARGEST);
    let downloaded = observation.downloaded.min(LARGEST);
    let previous = previous
        .filter(|previous| !begins_anew(*previous, observation))
        .unwrap_or_default();
    (
        Delta {
            uploaded: uploaded.saturating_sub(previous.uploaded),
            downloaded: downloaded.saturating_sub(previous.downloaded),
        },
        SessionTotals {
            uploaded: uploaded.max(previous.uploaded),
            downloaded: downloaded.max(previous.downloaded),
        },
    )
}

/// Whether the client began a new session after these totals: `started`, with either total below.
pub(crate) fn begins_anew(previous: SessionTotals, observation: &Observation) -> bool {
    observation.event == Event::Started
        && (observation.uploaded.min(LARGEST) < previous.uploaded
            || observation.downloaded.min(LARGEST) < previous.downloaded)
}

/// Databases count in signed 64 bits.
pub(crate) const LARGEST: u64 = i64::MAX as u64;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{TorrentId, UnixTime, UserId};
    use crate::observation::Terms;
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
            terms: Terms::default(),
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
            let mut reports = Vec::new();
            let mut truth = (0, 0);
            for session in sessions {
                for (at, (up, down)) in session.iter().enumerate() {
                    let event = if at == 0 { Event::Started } else { Event::None };
                    let report = report(*up, *down, event);
                    reports.push(report);
                    // Some packets come twice.
                    if repeat >> (reports.len() % 64) & 1 == 1 {
                        reports.push(report);
                    }
                }
                let (up, down) = session.last().copied().unwrap_or_default();
                truth = (truth.0 + up, truth.1 + down);
            }
            prop_assert_eq!(credit(&reports), truth);
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
}

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
    let previous = previous.unwrap_or_default();
    let lower = uploaded < previous.uploaded || downloaded < previous.downloaded;
    let previous = if lower && observation.event == Event::Started {
        SessionTotals::default()
    } else {
        previous
    };
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

/// Databases count in signed 64 bits.
const LARGEST: u64 = i64::MAX as u64;

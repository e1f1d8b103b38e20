use crate::account::{Delta, LARGEST, SessionTotals, account, begins_anew};
use crate::ids::UnixTime;
use crate::observation::Observation;
use crate::spans::Spans;
use bittorrent::{Event, PeerId};

/// What must be remembered of one user's part in one torrent to credit what their clients report
/// next. The sums themselves are kept elsewhere: every report gives what is to be added to them.
///
/// - Totals are told apart by client, so several clients of a user add up and none counts twice; see
///   [`account`].
/// - Credit is the difference times the factor of that moment, exact to the byte over any number of
///   reports: what a rounding leaves is carried to the next.
/// - Time counts between two reports of a client: as seeding when both were made with everything
///   there, as leeching otherwise; at most one time-out of it, the last before the later report. What
///   two clients spend at the same time counts once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Share {
    /// When the user first completed the torrent. Not part of the [encoded](Self::encode) form.
    pub completed_at: Option<UnixTime>,
    /// Hundredths of a byte that are yet to be credited.
    rest: (u8, u8),
    seeding: Spans,
    leeching: Spans,
    /// The one heard of last stands last.
    clients: Vec<Client>,
}

/// What one report adds to a user's part in a torrent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Entry {
    /// Bytes as they were transferred.
    pub raw: Delta,
    /// Bytes as they count.
    pub credit: Delta,
    /// Seconds with everything there.
    pub seeding: u32,
    /// Seconds with something missing.
    pub leeching: u32,
    /// Whether the user has completed the torrent, for the first time.
    pub completed: bool,
    /// An upload that is not believed; then `raw` and `credit` have none.
    pub suspect: Option<Suspect>,
}

/// An upload faster than [`Terms::upload_limit`](crate::Terms::upload_limit).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Suspect {
    /// Bytes as they were reported.
    pub uploaded: u64,
    /// Bytes as they would have counted.
    pub credit: u64,
    /// In how many seconds.
    pub seconds: u32,
}

/// The stored form of a share is damaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the state of a share is damaged")]
pub struct BadShare;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Client {
    id: PeerId,
    totals: SessionTotals,
    /// When it was last heard; never goes back.
    at: u32,
    doing: Doing,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Doing {
    /// It has left, or it is not known what it does.
    Gone = 0,
    Seeding = 1,
    Leeching = 2,
}

impl Share {
    /// Works out what a report adds, and remembers it. Reports must come in the order they were
    /// heard; one that is heard again adds nothing.
    pub fn hear(&mut self, observation: &Observation) -> Entry {
        let at = observation.at.compact();
        let known = self.take(observation.peer_id);
        let (raw, totals) = account(known.map(|client| client.totals), observation);
        let same_session = known.filter(|client| !begins_anew(client.totals, observation));
        let (seeding, leeching) =
            same_session.map_or((0, 0), |client| self.count_time(client, at, observation));
        let doing = match (observation.event, observation.left) {
            (Event::Stopped, _) => Doing::Gone,
            (_, 0) => Doing::Seeding,
            _ => Doing::Leeching,
        };
        self.keep(Client {
            id: observation.peer_id,
            totals,
            at: known.map_or(at, |client| client.at.max(at)),
            doing,
        });
        self.forget(at);
        let completed = observation.event == Event::Completed
            && observation.left == 0
            && self.completed_at.is_none();
        if completed {
            self.completed_at = Some(UnixTime::from_compact(at));
        }
        let entry = Entry {
            raw,
            seeding,
            leeching,
            completed,
            ..Entry::default()
        };
        let silence = known.map(|client| at.saturating_sub(client.at));
        self.credit(entry, silence, observation)
    }

    /// The client that was heard of last.
    pub fn last_client(&self) -> Option<PeerId> {
        self.clients.last().map(|client| client.id)
    }

    /// The form it is stored in: version, rests, numbers of spans, spans, clients; big-endian.
    pub fn encode(&self) -> Vec<u8> {
        let (seeding, leeching) = (self.seeding.as_slice(), self.leeching.as_slice());
        let spans = seeding.len() + leeching.len();
        let mut out =
            Vec::with_capacity(HEAD_LEN + spans * SPAN_LEN + self.clients.len() * CLIENT_LEN);
        // A set of spans never has more than fit into a byte.
        let lengths = [seeding.len() as u8, leeching.len() as u8];
        out.extend_from_slice(&[VERSION, self.rest.0, self.rest.1, lengths[0], lengths[1]]);
        for (from, to) in seeding.iter().chain(leeching) {
            out.extend_from_slice(&from.to_be_bytes());
            out.extend_from_slice(&to.to_be_bytes());
        }
        for client in &self.clients {
            out.extend_from_slice(client.id.as_bytes());
            out.extend_from_slice(&client.totals.uploaded.to_be_bytes());
            out.extend_from_slice(&client.totals.downloaded.to_be_bytes());
            out.extend_from_slice(&client.at.to_be_bytes());
            out.push(client.doing as u8);
        }
        out
    }

    /// Reads what [`encode`](Self::encode) wrote; no bytes at all are a share nothing is known of.
    ///
    /// # Errors
    /// When it wrote no such thing.
    pub fn decode(bytes: &[u8], completed_at: Option<UnixTime>) -> Result<Self, BadShare> {
        let mut share = Self {
            completed_at,
            ..Self::default()
        };
        if bytes.is_empty() {
            return Ok(share);
        }
        let (head, rest) = bytes.split_first_chunk::<HEAD_LEN>().ok_or(BadShare)?;
        let &[VERSION, up_rest, down_rest, seeding, leeching] = head else {
            return Err(BadShare);
        };
        let (seeding, rest) = rest
            .split_at_checked(usize::from(seeding) * SPAN_LEN)
            .ok_or(BadShare)?;
        let (leeching, clients) = rest
            .split_at_checked(usize::from(leeching) * SPAN_LEN)
            .ok_or(BadShare)?;
        if clients.len() % CLIENT_LEN != 0 || up_rest > 99 || down_rest > 99 {
            return Err(BadShare);
        }
        share.rest = (up_rest, down_rest);
        share.seeding = Spans::from_pairs(pairs(seeding));
        share.leeching = Spans::from_pairs(pairs(leeching));
        share.clients = clients
            .chunks_exact(CLIENT_LEN)
            .map(Client::decode)
            .collect::<Option<_>>()
            .ok_or(BadShare)?;
        Ok(share)
    }

    fn take(&mut self, id: PeerId) -> Option<Client> {
        let at = self.clients.iter().rposition(|client| client.id == id)?;
        Some(self.clients.remove(at))
    }

    /// Remembers a client. Those that have left are the first to be forgotten for it: who says
    /// goodbye begins at zero when coming back.
    fn keep(&mut self, client: Client) {
        self.clients.push(client);
        let gone = |client: &Client| client.doing == Doing::Gone;
        while self.clients.iter().filter(|client| gone(client)).count() > GONE_MOST
            || self.clients.len() > CLIENTS_MOST
        {
            let oldest = self.clients.iter().position(gone).unwrap_or(0);
            self.clients.remove(oldest);
        }
    }

    /// Seconds since the client was last heard that nobody has counted, as seeding and as leeching.
    fn count_time(&mut self, client: Client, at: u32, observation: &Observation) -> (u32, u32) {
        let longest = observation.terms.peer_ttl.min(LONGEST);
        let from = client.at.max(at.saturating_sub(longest));
        match (client.doing, observation.left) {
            (Doing::Gone, _) => (0, 0),
            (Doing::Seeding, 0) => (self.seeding.cover(from, at), 0),
            _ => (0, self.leeching.cover(from, at)),
        }
    }

    /// Drops spans that no client can reach back to.
    fn forget(&mut self, now: u32) {
        let present = |client: &&Client| client.doing != Doing::Gone;
        let earliest = self.clients.iter().filter(present).map(|client| client.at);
        let floor = earliest
            .min()
            .unwrap_or(now)
            .max(now.saturating_sub(LONGEST));
        self.seeding.forget_until(floor);
        self.leeching.forget_until(floor);
    }

    /// Gives the credit for what is raw in `entry`, unless the client cannot have uploaded it in
    /// `silence` seconds.
    fn credit(
        &mut self,
        mut entry: Entry,
        silence: Option<u32>,
        observation: &Observation,
    ) -> Entry {
        let terms = &observation.terms;
        // Of a client that was never heard of it is taken that it was silent for one time-out.
        let seconds = silence.unwrap_or(terms.peer_ttl).max(SHORTEST);
        let uploaded = entry.raw.uploaded;
        if terms.upload_limit > 0 && uploaded > terms.upload_limit.saturating_mul(seconds.into()) {
            entry.suspect = Some(Suspect {
                uploaded,
                credit: percent(uploaded, terms.upload_percent, &mut 0),
                seconds,
            });
            entry.raw.uploaded = 0;
        }
        let (up_rest, down_rest) = (&mut self.rest.0, &mut self.rest.1);
        entry.credit = Delta {
            uploaded: percent(entry.raw.uploaded, terms.upload_percent, up_rest),
            downloaded: percent(entry.raw.downloaded, terms.download_percent, down_rest),
        };
        entry
    }
}

impl Client {
    fn decode(bytes: &[u8]) -> Option<Self> {
        let (id, rest) = bytes.split_first_chunk::<20>()?;
        let (uploaded, rest) = rest.split_first_chunk()?;
        let (downloaded, rest) = rest.split_first_chunk()?;
        let (at, doing) = rest.split_first_chunk()?;
        Some(Self {
            id: PeerId::from(*id),
            totals: SessionTotals {
                uploaded: u64::from_be_bytes(*uploaded).min(LARGEST),
                downloaded: u64::from_be_bytes(*downloaded).min(LARGEST),
            },
            at: u32::from_be_bytes(*at),
            doing: match doing {
                [0] => Doing::Gone,
                [1] => Doing::Seeding,
                [2] => Doing::Leeching,
                _ => return None,
            },
        })
    }
}

/// `percent` of a number of bytes and of what was left last time, in whole bytes; `rest` is what is
/// left now, in hundredths.
fn percent(bytes: u64, percent: u16, rest: &mut u8) -> u64 {
    let hundredths = u128::from(bytes) * u128::from(percent) + u128::from(*rest);
    *rest = (hundredths % 100) as u8;
    u64::try_from(hundredths / 100).map_or(LARGEST, |bytes| bytes.min(LARGEST))
}

fn pairs(bytes: &[u8]) -> impl Iterator<Item = (u32, u32)> {
    let number = |bytes: &[u8]| bytes.iter().fold(0, |n, byte| n << 8 | u32::from(*byte));
    bytes
        .chunks_exact(SPAN_LEN)
        .map(move |pair| (number(&pair[..4]), number(&pair[4..])))
}

const VERSION: u8 = 1;
const HEAD_LEN: usize = 5;
const SPAN_LEN: usize = 8;
const CLIENT_LEN: usize = 20 + 8 + 8 + 4 + 1;

/// Clients of one user on one torrent that are remembered; of those that have left, fewer.
const CLIENTS_MOST: usize = 16;
const GONE_MOST: usize = 4;
/// A client that was silent for longer was not there in between, whatever its time-out.
const LONGEST: u32 = 24 * 3600;
/// Clients report twice within moments, and their own figures lag: speed is taken over this many
/// seconds at least.
const SHORTEST: u32 = 10;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{TorrentId, UserId};
    use crate::observation::Terms;
    use proptest::prelude::*;
    use std::collections::{BTreeMap, BTreeSet};

    fn report(client: u8, at: u32) -> Observation {
        Observation {
            torrent: TorrentId(1),
            user: UserId(1),
            peer_id: PeerId::from([client; 20]),
            uploaded: 0,
            downloaded: 0,
            left: 0,
            event: Event::None,
            at: UnixTime(at.into()),
            seq: 0,
            terms: Terms::default(),
        }
    }

    /// Seconds as seeder and as leecher.
    fn times(reports: &[Observation]) -> (u32, u32) {
        let mut share = Share::default();
        reports.iter().fold((0, 0), |sum, report| {
            let entry = share.hear(report);
            (sum.0 + entry.seeding, sum.1 + entry.leeching)
        })
    }

    #[test]
    fn time_counts_between_two_reports_and_no_longer_than_the_time_out() {
        assert_eq!(times(&[report(1, 100)]), (0, 0));
        assert_eq!(times(&[report(1, 100), report(1, 1900)]), (1800, 0));
        assert_eq!(times(&[report(1, 100), report(1, 90_000)]), (3660, 0));
        let leech = |at| Observation {
            left: 5,
            ..report(1, at)
        };
        assert_eq!(
            times(&[leech(100), leech(200), report(1, 250), report(1, 300)]),
            (50, 150)
        );
        let stop = |at| Observation {
            event: Event::Stopped,
            ..report(1, at)
        };
        assert_eq!(
            times(&[report(1, 100), stop(200), report(1, 900), report(1, 950)]),
            (150, 0)
        );
        // The clock was put back: what was counted is not counted again.
        assert_eq!(
            times(&[
                report(1, 100),
                report(1, 200),
                report(1, 150),
                report(1, 210)
            ]),
            (110, 0)
        );
    }

    #[test]
    fn two_clients_at_the_same_time_count_once() {
        let both = [
            report(1, 100),
            report(2, 105),
            report(1, 1900),
            report(2, 1905),
            report(1, 3700),
        ];
        assert_eq!(times(&both), (3600, 0));
    }

    #[test]
    fn a_client_that_began_anew_was_not_there_before() {
        let on = Observation {
            uploaded: 9,
            ..report(1, 100)
        };
        let anew = Observation {
            event: Event::Started,
            ..report(1, 700)
        };
        assert_eq!(times(&[on, anew, report(1, 800)]), (100, 0));
    }

    #[test]
    fn halves_of_bytes_are_carried() {
        let mut share = Share::default();
        let mut credit = 0;
        for total in 1..=101 {
            let mut silver = Observation {
                downloaded: total,
                ..report(1, total as u32)
            };
            silver.terms.download_percent = 50;
            credit += share.hear(&silver).credit.downloaded;
            share = Share::decode(&share.encode(), None).unwrap();
        }
        assert_eq!(credit, 50);
    }

    #[test]
    fn an_impossible_upload_is_kept_apart() {
        let mut share = Share::default();
        let limited = |total, at| {
            let mut report = Observation {
                uploaded: total,
                downloaded: total,
                ..report(1, at)
            };
            report.terms.upload_limit = 1000;
            report.terms.upload_percent = 200;
            report
        };
        share.hear(&limited(0, 100));
        assert_eq!(
            share.hear(&limited(60_000, 160)).suspect,
            None,
            "just as fast as believed"
        );
        let entry = share.hear(&limited(120_001, 220));
        let suspect = Suspect {
            uploaded: 60_001,
            credit: 120_002,
            seconds: 60,
        };
        assert_eq!(entry.suspect, Some(suspect));
        assert_eq!((entry.raw.uploaded, entry.credit.uploaded), (0, 0));
        assert_eq!(
            (entry.raw.downloaded, entry.credit.downloaded),
            (60_001, 60_001)
        );
        let entry = share.hear(&limited(120_011, 230));
        assert_eq!((entry.suspect, entry.raw.uploaded), (None, 10));
        // Moments after another report some seconds are allowed for.
        assert_eq!(share.hear(&limited(130_011, 230)).suspect, None);
        // One that is heard of for the first time is believed what a time-out allows.
        let mut new = limited(3_660_000, 300);
        new.peer_id = PeerId::from([2; 20]);
        assert_eq!(share.clone().hear(&new).suspect, None);
        new.uploaded += 1;
        assert_eq!(share.hear(&new).suspect.unwrap().seconds, 3660);
    }

    #[test]
    fn clients_that_left_are_forgotten_first() {
        let mut share = Share::default();
        share.hear(&report(0, 1));
        for client in 1..200 {
            share.hear(&report(client, client.into()));
            let stop = Observation {
                event: Event::Stopped,
                ..report(client, client.into())
            };
            share.hear(&stop);
        }
        assert_eq!(share.clients.len(), 1 + GONE_MOST);
        assert_eq!(share.clients[0].id, PeerId::from([0; 20]));
        for client in 1..200 {
            share.hear(&report(client, client.into()));
        }
        assert_eq!(share.clients.len(), CLIENTS_MOST);
        assert_eq!(share.last_client(), Some(PeerId::from([199; 20])));
    }

    /// What a client says: who, seconds later, more up, more down, left, event.
    type Said = (u8, u32, u64, u64, u64, u8);

    fn said() -> impl Strategy<Value = Vec<Said>> {
        let one = (0u8..4, 0u32..30, 0u64..50, 0u64..50, 0u64..2, 0u8..8);
        prop::collection::vec(one, 0..60)
    }

    fn reports(said: &[Said]) -> Vec<Observation> {
        let mut now = 1000;
        said.iter()
            .map(|&(client, later, uploaded, downloaded, left, event)| {
                now += later;
                Observation {
                    uploaded,
                    downloaded,
                    left,
                    event: match event {
                        0 => Event::Started,
                        1 => Event::Stopped,
                        2 => Event::Completed,
                        3 => Event::Paused,
                        _ => Event::None,
                    },
                    terms: Terms {
                        peer_ttl: 20,
                        ..Terms::default()
                    },
                    ..report(client, now)
                }
            })
            .collect()
    }

    proptest! {
        /// Every second is put on one list: nothing simpler says what counts.
        #[test]
        fn time_is_the_union_of_what_each_client_spent(said in said(), store in any::<u64>()) {
            let mut share = Share::default();
            let (mut seeding, mut leeching) = (BTreeSet::new(), BTreeSet::new());
            let mut last: BTreeMap<PeerId, (Observation, u64, u64)> = BTreeMap::new();
            for (n, report) in reports(&said).into_iter().enumerate() {
                let counted = (seeding.len(), leeching.len());
                let (mut highest_up, mut highest_down) = (0, 0);
                if let Some((before, up, down)) = last.get(&report.peer_id).copied() {
                    (highest_up, highest_down) = (up, down);
                    let anew = report.event == Event::Started
                        && (report.uploaded < up || report.downloaded < down);
                    if anew {
                        (highest_up, highest_down) = (0, 0);
                    } else if before.event != Event::Stopped {
                        for second in (before.at.0..report.at.0).rev().take(20) {
                            if before.left == 0 && report.left == 0 {
                                seeding.insert(second);
                            } else {
                                leeching.insert(second);
                            }
                        }
                    }
                }
                let highest = (highest_up.max(report.uploaded), highest_down.max(report.downloaded));
                last.insert(report.peer_id, (report, highest.0, highest.1));
                let entry = share.hear(&report);
                prop_assert_eq!(entry.seeding as usize, seeding.len() - counted.0);
                prop_assert_eq!(entry.leeching as usize, leeching.len() - counted.1);
                if store >> (n % 64) & 1 == 1 {
                    let decoded = Share::decode(&share.encode(), share.completed_at);
                    prop_assert_eq!(decoded.as_ref(), Ok(&share));
                }
                prop_assert_eq!(share.clone().hear(&report), Entry::default());
            }
        }

        /// Factors may change at any time: what counts is the sum of each byte times its own.
        #[test]
        fn credit_is_the_bytes_times_their_factors(
            said in said(),
            factors in prop::collection::vec((0u16..300, 0u16..=100), 60),
        ) {
            let mut share = Share::default();
            let (mut exact, mut given) = ((0, 0), (0, 0));
            for (mut report, (up, down)) in reports(&said).into_iter().zip(factors) {
                (report.terms.upload_percent, report.terms.download_percent) = (up, down);
                let entry = share.hear(&report);
                exact.0 += entry.raw.uploaded * u64::from(up);
                exact.1 += entry.raw.downloaded * u64::from(down);
                given.0 += entry.credit.uploaded;
                given.1 += entry.credit.downloaded;
            }
            prop_assert_eq!(given, (exact.0 / 100, exact.1 / 100));
        }

        #[test]
        fn any_bytes_are_a_share_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let mut bytes = bytes;
            if let [first, ..] = &mut bytes[..] {
                *first = VERSION;
            }
            if let Ok(mut share) = Share::decode(&bytes, None) {
                share.hear(&report(1, u32::MAX));
                share.hear(&report(2, 0));
                prop_assert_eq!(Share::decode(&share.encode(), None), Ok(share));
            }
        }
    }
}

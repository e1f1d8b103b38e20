//! What a tracker has heard and answered lately: the last announces, and counts of all of them.

mod lane;
mod most_asked;

use crate::ids::{UnixTime, UserId};
use bittorrent::{Event, InfoHash, PeerId};
use lane::Lane;
use most_asked::MostAsked;
use parking_lot::Mutex;
use std::cmp::Reverse;
use std::collections::{HashMap, HashSet, VecDeque};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The last announces with their answers, and counts of everything since the start.
///
/// Threads write to a lane of their own, so that they never wait for each other; whoever reads looks
/// at one lane after the other, a slice at a time. Memory is bounded by what it was made with.
#[derive(Debug)]
pub struct Activity {
    lanes: Box<[Lane]>,
    one_in: u64,
    history: Mutex<History>,
}

/// How an announce came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Protocol {
    /// BEP 3.
    Http,
    /// BEP 15.
    Udp,
    /// WebTorrent.
    WebSocket,
}

impl Protocol {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Http, Self::Udp, Self::WebSocket];

    /// The word it is counted under.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Udp => "udp",
            Self::WebSocket => "ws",
        }
    }
}

/// An announce and what became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Heard {
    /// When.
    pub at: UnixTime,
    /// How.
    pub protocol: Protocol,
    /// Whose, where the passkey or an earlier announce tells.
    pub user: Option<UserId>,
    /// The hash that was asked for; of a hybrid either.
    pub hash: InfoHash,
    /// The client.
    pub peer_id: PeerId,
    /// Where it says to be reached.
    pub contact: SocketAddr,
    /// What it says has happened.
    pub event: Event,
    /// Bytes it says to have sent since it started.
    pub uploaded: u64,
    /// Bytes it says to have got since it started.
    pub downloaded: u64,
    /// Bytes it says to lack.
    pub left: Option<u64>,
    /// What it was told.
    pub answer: Answer,
}

/// What an announce was answered with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// The torrent's counts, and this many peers.
    Served {
        /// Clients that have everything.
        seeders: u32,
        /// Clients that do not.
        leechers: u32,
        /// Peers in the answer.
        peers: u32,
    },
    /// Nothing, for the reason of this name.
    Refused(&'static str),
}

/// Counts since the start.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Announces that were answered with peers, in the order of [`Protocol::ALL`].
    pub served: [u64; 3],
    /// The same announces by where their clients are reached, over IPv4 and over IPv6.
    pub families: [u64; 2],
    /// Scrapes, by protocol.
    pub scrapes: [u64; 3],
    /// Requests of any kind that were refused, by protocol and reason.
    pub refused: Vec<(Protocol, &'static str, u64)>,
}

impl Tally {
    /// All refusals of a protocol.
    pub fn refusals(&self, protocol: Protocol) -> u64 {
        let of_it = self.refused.iter().filter(|(by, ..)| *by == protocol);
        of_it.map(|(.., count)| count).sum()
    }

    /// Announces and other requests that were answered or refused, scrapes left out.
    pub fn requests(&self) -> u64 {
        let refused: u64 = self.refused.iter().map(|(.., count)| count).sum();
        self.served.iter().sum::<u64>() + refused
    }

    fn since(&self, before: &Self) -> Self {
        fn less<const N: usize>(now: [u64; N], then: [u64; N]) -> [u64; N] {
            std::array::from_fn(|at| now[at].saturating_sub(then[at]))
        }
        let then = |protocol, reason| {
            let mut same = before.refused.iter();
            same.find(|(by, why, _)| (*by, *why) == (protocol, reason))
                .map_or(0, |(.., count)| *count)
        };
        Self {
            served: less(self.served, before.served),
            families: less(self.families, before.families),
            scrapes: less(self.scrapes, before.scrapes),
            refused: self
                .refused
                .iter()
                .map(|&(by, why, count)| (by, why, count.saturating_sub(then(by, why))))
                .collect(),
        }
    }
}

/// What happened within a stretch of time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stretch {
    /// How long it is, in seconds; 0 when the tracker has only just started.
    pub seconds: u32,
    /// What was counted in it.
    pub tally: Tally,
}

/// A hash that is announced without being registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    /// The hash.
    pub hash: InfoHash,
    /// How often it was asked for in the last hour or two, at most.
    pub count: u64,
    /// By how much that may be too many.
    pub error: u64,
}

/// How many clients run a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientShare {
    /// The program; `None` for those whose peer id tells nothing.
    pub name: Option<&'static str>,
    /// Peer ids among the last announces.
    pub clients: u64,
}

impl Activity {
    /// Keeps the last `kept` announces of every thread. Where there are too many to keep them all, it takes notice of
    /// `one_in` so many; counts stay true.
    pub fn new(kept: usize, one_in: u64) -> Self {
        let lane = || Lane::new(kept.max(1));
        Self {
            lanes: std::iter::repeat_with(lane).take(LANES).collect(),
            one_in: one_in.max(1),
            history: Mutex::default(),
        }
    }

    /// Of how many announces one is kept.
    pub fn one_in(&self) -> u64 {
        self.one_in
    }

    /// Takes notice of an announce. One that is refused is counted by [`refused`](Self::refused) too.
    pub fn heard(&self, heard: &Heard) {
        self.lane().heard(heard, self.one_in);
    }

    /// Counts a refusal, of an announce or of a request that could not be read as one.
    pub fn refused(&self, protocol: Protocol, reason: &'static str) {
        self.lane().refused(protocol, reason);
    }

    /// Counts scrapes.
    pub fn scraped(&self, protocol: Protocol, scrapes: u64) {
        self.lane().scraped(protocol, scrapes);
    }

    /// Marks a moment; called about every second, for [`last`](Self::last).
    pub fn mark(&self, now: UnixTime) {
        let tally = self.tally();
        let mut history = self.history.lock();
        history.marks.push_back((now, tally));
        while history.marks.len() > MARKS {
            history.marks.pop_front();
        }
        if now.0.saturating_sub(history.aged.0) >= HOUR {
            if history.aged != UnixTime::default() {
                self.lanes.iter().for_each(Lane::age);
            }
            history.aged = now;
        }
    }

    /// What was counted since the start.
    pub fn tally(&self) -> Tally {
        let mut tally = Tally::default();
        self.lanes.iter().for_each(|lane| lane.add_to(&mut tally));
        tally.refused.sort_unstable();
        tally
    }

    /// What was counted in about the last `seconds`, at most a minute, up to the last mark.
    pub fn last(&self, seconds: u32) -> Stretch {
        let history = self.history.lock();
        let Some((now, tally)) = history.marks.back() else {
            return Stretch::default();
        };
        let from = now.0 - i64::from(seconds);
        let mut marks = history.marks.iter();
        match marks.find(|(at, _)| at.0 >= from) {
            Some((then, before)) if then < now => Stretch {
                seconds: u32::try_from(now.0 - then.0).unwrap_or(u32::MAX),
                tally: tally.since(before),
            },
            _ => Stretch::default(),
        }
    }

    /// The last announces that are `wanted`, at most `limit`, the newest first.
    pub fn recent(&self, limit: usize, wanted: impl Fn(&Heard) -> bool) -> Vec<Heard> {
        let mut found = Vec::new();
        for lane in &self.lanes {
            let before = found.len();
            lane.walk(|heard| {
                if wanted(heard) {
                    found.push(*heard);
                }
                found.len() - before < limit
            });
        }
        // Those of one lane and second stay in their order.
        found.sort_by_key(|heard| Reverse(heard.at));
        found.truncate(limit);
        found
    }

    /// The hashes asked for most that are not registered, at most `limit`.
    pub fn most_asked(&self, limit: usize) -> Vec<Asked> {
        let mut all = MostAsked::default();
        for lane in &self.lanes {
            lane.add_asked(&mut all);
        }
        let mut asked = all.into_asked();
        asked.truncate(limit);
        asked
    }

    /// Which programs the clients of the last announces run, the commonest first.
    pub fn clients(&self) -> Vec<ClientShare> {
        let (mut seen, mut shares) = (HashSet::new(), HashMap::<_, u64>::new());
        for lane in &self.lanes {
            let mut left = CLIENTS_LOOKED_AT / LANES;
            lane.walk(|heard| {
                if seen.insert(heard.peer_id) {
                    let name = heard.peer_id.client().map(|client| client.name);
                    *shares.entry(name).or_default() += 1;
                }
                left -= 1;
                left > 0
            });
        }
        let share = |(name, clients)| ClientShare { name, clients };
        let mut shares: Vec<_> = shares.into_iter().map(share).collect();
        shares.sort_unstable_by_key(|share| (Reverse(share.clients), share.name));
        shares
    }

    fn lane(&self) -> &Lane {
        LANE.with(|lane| &self.lanes[*lane % LANES])
    }
}

#[derive(Debug, Default)]
struct History {
    /// One for every second or so, the newest last.
    marks: VecDeque<(UnixTime, Tally)>,
    /// When older questions were last made to weigh less.
    aged: UnixTime,
}

/// More than the threads of most machines: then no two share one.
const LANES: usize = 16;
/// A minute of them.
const MARKS: usize = 61;
const HOUR: i64 = 3600;
const CLIENTS_LOOKED_AT: usize = 16 << 10;

thread_local! {
    /// Threads are numbered as they come.
    static LANE: usize = NEXT.fetch_add(1, Ordering::Relaxed);
}
static NEXT: AtomicUsize = AtomicUsize::new(0);

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn announce(at: i64, user: i64, hash: u8) -> Heard {
        Heard {
            at: UnixTime(at),
            protocol: Protocol::Udp,
            user: Some(UserId(user)),
            hash: InfoHash::from([hash; 20]),
            peer_id: PeerId::from(*b"-qB4650-abcdefghijkl"),
            contact: ([203, 0, 113, 7], 6881).into(),
            event: Event::None,
            uploaded: 1,
            downloaded: 2,
            left: Some(3),
            answer: Answer::Served {
                seeders: 1,
                leechers: 2,
                peers: 3,
            },
        }
    }

    fn refused(hash: u8) -> Heard {
        Heard {
            answer: Answer::Refused("unregistered"),
            ..announce(0, 1, hash)
        }
    }

    #[test]
    fn the_last_announces_come_newest_first_and_no_more_are_kept_than_agreed() {
        let activity = Activity::new(10, 1);
        for at in 0..1000 {
            activity.heard(&announce(at, at % 2, 1));
        }
        let all = activity.recent(usize::MAX, |_| true);
        let times: Vec<i64> = all.iter().map(|heard| heard.at.0).collect();
        assert_eq!(times, (990..1000).rev().collect::<Vec<_>>());
        let of_one = activity.recent(3, |heard| heard.user == Some(UserId(0)));
        let times: Vec<i64> = of_one.iter().map(|heard| heard.at.0).collect();
        assert_eq!(times, [998, 996, 994]);
        let tally = activity.tally();
        assert_eq!((tally.served, tally.families), ([0, 1000, 0], [1000, 0]));
    }

    #[test]
    fn threads_share_nothing_and_nothing_is_lost() {
        let activity = Activity::new(1 << 16, 1);
        std::thread::scope(|scope| {
            for thread in 0..4 {
                let activity = &activity;
                scope.spawn(move || {
                    for at in 0..1000 {
                        activity.heard(&announce(at, thread, 1));
                        activity.refused(Protocol::Http, "banned");
                    }
                });
            }
        });
        let tally = activity.tally();
        assert_eq!(tally.served[1], 4000);
        assert_eq!(tally.refused, [(Protocol::Http, "banned", 4000)]);
        assert_eq!(tally.refusals(Protocol::Http), 4000);
        assert_eq!(activity.recent(usize::MAX, |_| true).len(), 4000);
    }

    #[test]
    fn of_many_announces_some_are_kept_and_all_are_counted() {
        let activity = Activity::new(1 << 10, 8);
        for at in 0..800 {
            activity.heard(&announce(at, 1, 1));
        }
        assert_eq!(activity.tally().served[1], 800);
        assert_eq!(activity.recent(usize::MAX, |_| true).len(), 100);
    }

    #[test]
    fn rates_are_of_the_stretch_that_was_marked() {
        let activity = Activity::new(16, 1);
        assert_eq!(activity.last(10), Stretch::default());
        for second in 0..200 {
            activity.mark(UnixTime(1_800_000_000 + second));
            for _ in 0..second {
                activity.heard(&announce(second, 1, 1));
            }
            activity.refused(Protocol::Udp, "frozen");
        }
        let last = activity.last(10);
        assert_eq!(last.seconds, 10);
        assert_eq!(last.tally.served[1], (189..199).sum::<u64>());
        assert_eq!(last.tally.refused, [(Protocol::Udp, "frozen", 10)]);
        assert_eq!(activity.last(3600).seconds, 60, "a minute is all there is");
    }

    #[test]
    fn unregistered_hashes_are_told_by_how_often_they_are_asked_for() {
        let activity = Activity::new(16, 1);
        for hash in 1..=4 {
            for _ in 0..hash {
                activity.heard(&refused(hash));
            }
        }
        let asked = activity.most_asked(2);
        let of = |hash: u8, count| Asked {
            hash: InfoHash::from([hash; 20]),
            count,
            error: 0,
        };
        assert_eq!(asked, [of(4, 4), of(3, 3)]);
        // An hour later they weigh half.
        activity.mark(UnixTime(1_800_000_000));
        activity.mark(UnixTime(1_800_000_000 + HOUR));
        assert_eq!(activity.most_asked(1), [of(4, 2)]);
    }

    #[test]
    fn clients_are_counted_once_each_by_their_program() {
        let activity = Activity::new(1 << 10, 1);
        for id in [
            b"-qB4650-abcdefghijkl",
            b"-qB4650-abcdefghijkl",
            b"-qB5000-abcdefghijkl",
            b"-TR4000-abcdefghijkl",
            b"????????????????????",
        ] {
            activity.heard(&Heard {
                peer_id: PeerId::from(*id),
                ..announce(1, 1, 1)
            });
        }
        let shares = activity.clients();
        let shares: Vec<_> = shares.iter().map(|s| (s.name, s.clients)).collect();
        assert_eq!(
            shares,
            [
                (Some("qBittorrent"), 2),
                (None, 1),
                (Some("Transmission"), 1)
            ]
        );
    }
}

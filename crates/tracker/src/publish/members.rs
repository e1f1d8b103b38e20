use crate::publish::shape::{ActiveTorrents, TORRENTS, UserState};
use bittorrent::InfoHash;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::ops::Bound;
use store::MemberTotals;
use swarm::{Swarm, UnixTime, UserId};

/// What members take part in: the swarm knows it by torrent, this by member.
///
/// It is told of announces and asks the swarm what is so now. Peers that went unseen are found by
/// going round everybody bit by bit.
#[derive(Debug, Default)]
pub(crate) struct Members {
    members: BTreeMap<UserId, Member>,
    /// Of all members.
    torrents: usize,
    /// Whom the round has reached.
    reached: Option<UserId>,
}

#[derive(Debug, Default)]
struct Member {
    torrents: BTreeMap<InfoHash, Part>,
    last_ip: Option<IpAddr>,
    last_active: UnixTime,
    /// As last heard from the store.
    totals: Option<(u64, u64)>,
}

/// How a member takes part in a torrent.
#[derive(Debug)]
struct Part {
    seeding: bool,
    seen: UnixTime,
}

impl Members {
    /// Looks how a member takes part in a torrent now. Beyond [`MOST`] nothing is added.
    pub(crate) fn look(&mut self, user: UserId, hash: InfoHash, swarm: &Swarm) {
        let clients = swarm.clients_of(hash, user);
        let Some(latest) = clients.iter().max_by_key(|client| client.seen) else {
            if let Some(member) = self.members.get_mut(&user) {
                self.torrents -= usize::from(member.torrents.remove(&hash).is_some());
            }
            return;
        };
        if self.torrents >= MOST && !self.members.contains_key(&user) {
            return;
        }
        let member = self.members.entry(user).or_default();
        if latest.seen >= member.last_active {
            member.last_active = latest.seen;
            let v4 = latest.v4.map(|v4| IpAddr::V4(*v4.ip()));
            let v6 = latest.v6.map(|v6| IpAddr::V6(*v6.ip()));
            member.last_ip = v4.or(v6).or(member.last_ip);
        }
        if self.torrents >= MOST && !member.torrents.contains_key(&hash) {
            return;
        }
        let part = Part {
            seeding: clients.iter().any(|client| client.seeding),
            seen: latest.seen,
        };
        let known = member.torrents.insert(hash, part).is_some();
        self.torrents += usize::from(!known);
    }

    /// Goes on for about `budget` torrents and drops what is older than `oldest`. Returns whose state
    /// is another now. Who has not been active since `forgotten` is forgotten.
    pub(crate) fn expire(
        &mut self,
        budget: usize,
        oldest: UnixTime,
        forgotten: UnixTime,
    ) -> Vec<UserId> {
        let from = match self.reached.take() {
            Some(user) => Bound::Excluded(user),
            None => Bound::Unbounded,
        };
        let (mut looked, mut changed, mut over) = (0, Vec::new(), Vec::new());
        for (user, member) in self.members.range_mut((from, Bound::Unbounded)) {
            if looked >= budget {
                break;
            }
            self.reached = Some(*user);
            let before = member.torrents.len();
            looked += before + 1;
            member.torrents.retain(|_, part| part.seen >= oldest);
            let gone = before - member.torrents.len();
            self.torrents -= gone;
            if member.torrents.is_empty() && member.last_active < forgotten {
                over.push(*user);
            } else if gone > 0 {
                changed.push(*user);
            }
        }
        if looked < budget {
            self.reached = None;
        }
        for user in over {
            self.members.remove(&user);
        }
        changed
    }

    /// Takes note of what the store says.
    pub(crate) fn learn(&mut self, totals: &[MemberTotals]) {
        for totals in totals {
            if let Some(member) = self.members.get_mut(&UserId(totals.user.0)) {
                member.totals = Some((totals.uploaded, totals.downloaded));
            }
        }
    }

    /// What is to be told of a member; `None` while too little is known.
    pub(crate) fn state(&self, user: UserId) -> Option<UserState> {
        let member = self.members.get(&user)?;
        let (total_upload, total_downloaded) = member.totals?;
        let all = member.torrents.len();
        let seeding = member.torrents.values().filter(|part| part.seeding).count();
        let torrents = member.torrents.keys().take(TORRENTS);
        Some(UserState {
            user_id: user.0,
            last_ip: member.last_ip,
            last_active: member.last_active.0,
            active_torrents: ActiveTorrents {
                seeding,
                leeching: all - seeding,
                torrents: torrents.map(InfoHash::to_string).collect(),
            },
            total_upload,
            total_downloaded,
        })
    }
}

/// Torrents of all members together; about a hundred bytes each.
const MOST: usize = 500_000;

#[cfg(test)]
mod tests {
    use super::*;
    use bittorrent::{Event, PeerId};
    use swarm::{Announce, Config};

    const NOW: UnixTime = UnixTime(1_800_000_000);

    fn hash(byte: u8) -> InfoHash {
        InfoHash::from([byte; 20])
    }

    fn announce(swarm: &Swarm, torrent: u8, left: u64, event: Event, at: i64) {
        let announce = Announce {
            peer_id: PeerId::from([1; 20]),
            user: Some(UserId(7)),
            addr: "203.0.113.7:6881".parse().unwrap(),
            dialable: true,
            key: None,
            left: Some(left),
            event,
        };
        swarm.insert_or_update(hash(torrent), &announce, UnixTime(NOW.0 + at));
    }

    #[test]
    fn a_member_is_what_its_clients_do() {
        let swarm = Swarm::new(Config::default(), [1; 16]);
        let mut members = Members::default();
        members.look(UserId(7), hash(1), &swarm);
        assert_eq!(members.state(UserId(7)), None);
        announce(&swarm, 1, 0, Event::None, 0);
        announce(&swarm, 2, 5, Event::None, 9);
        members.look(UserId(7), hash(1), &swarm);
        members.look(UserId(7), hash(2), &swarm);
        assert_eq!(members.state(UserId(7)), None, "its sums are not known yet");
        members.learn(&[MemberTotals {
            user: domain::UserId(7),
            uploaded: 3,
            downloaded: 4,
        }]);
        let state = members.state(UserId(7)).unwrap();
        let expected = UserState {
            user_id: 7,
            last_ip: Some("203.0.113.7".parse().unwrap()),
            last_active: NOW.0 + 9,
            active_torrents: ActiveTorrents {
                seeding: 1,
                leeching: 1,
                torrents: vec![hash(1).to_string(), hash(2).to_string()],
            },
            total_upload: 3,
            total_downloaded: 4,
        };
        assert_eq!(state, expected);
        announce(&swarm, 1, 0, Event::Stopped, 10);
        members.look(UserId(7), hash(1), &swarm);
        let active = members.state(UserId(7)).unwrap().active_torrents;
        assert_eq!((active.seeding, active.leeching), (0, 1));
    }

    #[test]
    fn what_went_unseen_is_dropped_in_time() {
        let swarm = Swarm::new(Config::default(), [1; 16]);
        let mut members = Members::default();
        for torrent in 1..=9 {
            announce(&swarm, torrent, 0, Event::None, i64::from(torrent));
            members.look(UserId(7), hash(torrent), &swarm);
        }
        let at = |seconds| UnixTime(NOW.0 + seconds);
        assert_eq!(members.expire(100, at(1), at(0)), []);
        assert_eq!(members.expire(100, at(5), at(0)), [UserId(7)]);
        assert_eq!(members.torrents, 5);
        assert_eq!(members.expire(1, at(99), at(0)), [UserId(7)]);
        assert_eq!((members.torrents, members.members.len()), (0, 1));
        // The round ends, and begins anew.
        members.expire(1, at(99), at(99));
        members.expire(1, at(99), at(99));
        assert!(members.members.is_empty());
    }
}

//! What stands in the cache: JSON of exactly these fields.

use bittorrent::{InfoHash, PeerId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr, SocketAddrV4, SocketAddrV6};
use swarm::{ListedPeer, Listing, UnixTime, UserId};

/// `torrent::<info_hash>`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TorrentState {
    /// 40 hex digits, as in the key.
    pub(crate) info_hash: String,
    /// Who has posted it, if that is known.
    pub(crate) user_id: Option<i64>,
    /// Some of the peers: at most [`PEERS`], and of either kind at most half of that.
    pub(crate) peer_list: Vec<PeerEntry>,
    /// Those that have everything.
    pub(crate) seeders: Side,
    /// Those that do not.
    pub(crate) leechers: Side,
}

/// A peer at one address; one with an IPv4 and an IPv6 address has an entry for each.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PeerEntry {
    pub(crate) ip: IpAddr,
    /// 0: nobody can reach it.
    pub(crate) port: u16,
    /// 40 hex digits; none on a tracker that keeps no ids.
    pub(crate) peer_id: Option<String>,
    /// Whose client it is, if it is a member's.
    pub(crate) user_id: Option<i64>,
    pub(crate) seeding: bool,
    /// Has not everything, and wants no more (BEP 21).
    pub(crate) paused: bool,
    /// Unix time of its last announce.
    pub(crate) last_active: i64,
}

/// One kind of peers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Side {
    /// How many there are, guests and those that are not listed among them.
    pub(crate) user_amount: u32,
    /// The members among those that are listed.
    pub(crate) users: BTreeSet<i64>,
}

/// `user::<user_id>`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct UserState {
    pub(crate) user_id: i64,
    /// Where it announced from last.
    pub(crate) last_ip: Option<IpAddr>,
    /// Unix time of its last announce.
    pub(crate) last_active: i64,
    pub(crate) active_torrents: ActiveTorrents,
    /// Bytes credited so far.
    pub(crate) total_upload: u64,
    pub(crate) total_downloaded: u64,
}

/// What a member takes part in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ActiveTorrents {
    /// How many it seeds.
    pub(crate) seeding: usize,
    /// How many it does not have all of.
    pub(crate) leeching: usize,
    /// Their info-hashes in hex, at most [`TORRENTS`].
    pub(crate) torrents: Vec<String>,
}

pub(crate) const TORRENT_PREFIX: &str = "torrent::";
/// Peers listed of one torrent.
pub(crate) const PEERS: usize = 200;
/// Torrents listed of one member.
pub(crate) const TORRENTS: usize = 200;
/// No state is longer, in bytes.
const LONGEST: usize = 256 << 10;

pub(crate) fn torrent_key(hash: InfoHash) -> String {
    format!("{TORRENT_PREFIX}{hash}")
}

pub(crate) fn user_key(user: UserId) -> String {
    format!("user::{user}")
}

impl TorrentState {
    pub(crate) fn new(hash: InfoHash, author: Option<i64>, listing: &Listing) -> Self {
        let mut state = Self {
            info_hash: hash.to_string(),
            user_id: author,
            peer_list: Vec::with_capacity(listing.peers.len()),
            seeders: Side::default(),
            leechers: Side::default(),
        };
        state.seeders.user_amount = listing.counts.seeders;
        state.leechers.user_amount = listing.counts.leechers;
        for peer in &listing.peers {
            let side = match peer.seeding {
                true => &mut state.seeders,
                false => &mut state.leechers,
            };
            side.users.extend(peer.user.map(|user| user.0));
            let contacts = [peer.v4.map(SocketAddr::from), peer.v6.map(SocketAddr::from)];
            for contact in contacts.into_iter().flatten() {
                state.peer_list.push(PeerEntry {
                    ip: contact.ip(),
                    port: contact.port(),
                    peer_id: peer.peer_id.map(|id| hex(id.as_bytes())),
                    user_id: peer.user.map(|user| user.0),
                    seeding: peer.seeding,
                    paused: peer.paused,
                    last_active: peer.seen.0,
                });
            }
        }
        state
    }

    /// Reads what stands under a key; `None` for anything that is no state of a torrent.
    pub(crate) fn read(value: &[u8]) -> Option<Self> {
        if value.len() > LONGEST {
            return None;
        }
        serde_json::from_slice(value).ok()
    }

    /// The peers, each with all of its addresses.
    pub(crate) fn peers(&self) -> Vec<ListedPeer> {
        let mut peers: Vec<ListedPeer> = Vec::new();
        // a peer with both families has two entries
        for entry in self.peer_list.iter().take(2 * PEERS) {
            let Some(peer) = entry.peer() else { continue };
            let same = |other: &&mut ListedPeer| {
                peer.peer_id.is_some()
                    && (other.peer_id, other.user) == (peer.peer_id, peer.user)
                    && other.v6.is_none()
                    && peer.v4.is_none()
            };
            match peers.last_mut().filter(same) {
                Some(other) => other.v6 = peer.v6,
                None => peers.push(peer),
            }
        }
        peers
    }
}

impl PeerEntry {
    fn peer(&self) -> Option<ListedPeer> {
        let peer_id = match &self.peer_id {
            Some(id) => Some(unhex(id)?),
            None => None,
        };
        let (v4, v6) = match self.ip {
            IpAddr::V4(ip) => (Some(SocketAddrV4::new(ip, self.port)), None),
            IpAddr::V6(ip) => (None, Some(SocketAddrV6::new(ip, self.port, 0, 0))),
        };
        Some(ListedPeer {
            peer_id,
            user: self.user_id.map(UserId),
            v4,
            v6,
            seeding: self.seeding,
            paused: self.paused,
            seen: UnixTime(self.last_active),
        })
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Option<PeerId> {
    // an info-hash is written in the same way
    let twenty: InfoHash = text.parse().ok().filter(|_| text.len() == 40)?;
    Some(PeerId::from(*twenty.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use swarm::Counts;

    fn peer() -> impl Strategy<Value = ListedPeer> {
        let contacts = (
            prop::option::of(any::<SocketAddrV4>()),
            any::<SocketAddrV6>(),
        );
        (
            any::<[u8; 20]>(),
            prop::option::of(1_i64..5),
            contacts,
            0_u8..3,
            0_i64..1 << 33,
        )
            .prop_map(|(id, user, (v4, v6), role, seen)| ListedPeer {
                peer_id: Some(PeerId::from(id)),
                user: user.map(UserId),
                v6: (v4.is_none() || seen % 2 == 0)
                    .then(|| SocketAddrV6::new(*v6.ip(), v6.port(), 0, 0)),
                v4,
                seeding: role == 0,
                paused: role == 1,
                seen: UnixTime(seen),
            })
    }

    proptest! {
        #[test]
        fn peers_come_back_as_they_were(peers in prop::collection::vec(peer(), 0..20)) {
            let listing = Listing { counts: Counts::default(), peers };
            let state = TorrentState::new(InfoHash::from([7; 20]), None, &listing);
            let written = serde_json::to_vec(&state).unwrap();
            let read = TorrentState::read(&written).unwrap();
            prop_assert_eq!(&read, &state);
            prop_assert_eq!(read.peers(), listing.peers);
        }

        #[test]
        fn anything_else_is_refused_or_bounded(
            value in prop_oneof![
                prop::collection::vec(any::<u8>(), 0..200),
                "[\\[\\]{}:,\"a-z0-9 .-]{0,200}".prop_map(String::into_bytes),
            ],
        ) {
            if let Some(state) = TorrentState::read(&value) {
                prop_assert!(state.peers().len() <= 2 * PEERS);
            }
        }
    }

    #[test]
    fn a_state_reads_as_documented() {
        let listing = Listing {
            counts: Counts {
                seeders: 1,
                leechers: 300,
                downloaders: 299,
                completed: 5,
            },
            peers: vec![
                ListedPeer {
                    peer_id: Some(PeerId::from(*b"-qB5000-abcdefghijkl")),
                    user: Some(UserId(7)),
                    v4: Some("203.0.113.7:6881".parse().unwrap()),
                    v6: Some("[2001:db8::7]:6881".parse().unwrap()),
                    seeding: true,
                    paused: false,
                    seen: UnixTime(1_800_000_000),
                },
                ListedPeer {
                    peer_id: None,
                    user: None,
                    v4: Some("203.0.113.8:1".parse().unwrap()),
                    v6: None,
                    seeding: false,
                    paused: true,
                    seen: UnixTime(1_800_000_001),
                },
            ],
        };
        let state = TorrentState::new(InfoHash::from([0xab; 20]), Some(3), &listing);
        let entry = |ip: &str, port: u16| {
            serde_json::json!({
                "ip": ip, "port": port, "peer_id": "2d7142353030302d6162636465666768696a6b6c",
                "user_id": 7, "seeding": true, "paused": false, "last_active": 1_800_000_000,
            })
        };
        let expected = serde_json::json!({
            "info_hash": "abababababababababababababababababababab",
            "user_id": 3,
            "peer_list": [
                entry("203.0.113.7", 6881),
                entry("2001:db8::7", 6881),
                {"ip": "203.0.113.8", "port": 1, "peer_id": null, "user_id": null,
                 "seeding": false, "paused": true, "last_active": 1_800_000_001},
            ],
            "seeders": {"user_amount": 1, "users": [7]},
            "leechers": {"user_amount": 300, "users": []},
        });
        assert_eq!(serde_json::to_value(&state).unwrap(), expected);
    }

    #[test]
    fn what_is_too_long_is_not_read() {
        let long = format!("{{\"info_hash\":\"{}\"}}", "a".repeat(LONGEST));
        assert_eq!(TorrentState::read(long.as_bytes()), None);
    }
}

use crate::crowd::{GIVING, WANTING};
use crate::ids::{UnixTime, UserId};
use crate::peer::{Identity, Peer, Role, normalise};
use crate::peer_set::Owner;
use crate::record::{Mark, Record};
use crate::rules::Rules;
use crate::snapshot_entry::Kept;
use crate::swarm::{Counts, Swarm};
use crate::{big::Part, torrent::Torrent};
use bittorrent::{InfoHash, PeerId};
use std::net::{SocketAddr, SocketAddrV4, SocketAddrV6};

/// A torrent with some of its peers, for people and programs that look at it from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// Its numbers, of all peers.
    pub counts: Counts,
    /// Some of its peers.
    pub peers: Vec<ListedPeer>,
}

/// What is known of a peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListedPeer {
    /// Its id, where the swarm keeps it; see [`Identities`](crate::Identities).
    pub peer_id: Option<PeerId>,
    /// Whose client it is, when it announced with a passkey.
    pub user: Option<UserId>,
    /// Its IPv4 contact. With port 0 nobody can reach it.
    pub v4: Option<SocketAddrV4>,
    /// Its IPv6 contact, likewise.
    pub v6: Option<SocketAddrV6>,
    /// Whether it has everything.
    pub seeding: bool,
    /// Whether it has not, and wants no more (BEP 21).
    pub paused: bool,
    /// When it announced last; of peers without an account on an open tracker to 16 seconds.
    pub seen: UnixTime,
}

impl Swarm {
    /// A torrent with at most `limit` of its peers, and of those that seed and those that do not at
    /// most half of it each; `None` for a torrent nobody knows. Looks at no more peers than that.
    pub fn list(&self, hash: InfoHash, limit: usize, now: UnixTime) -> Option<Listing> {
        let rules = self.rules(now);
        let (shard, place) = self.shard(hash);
        let torrent = shard.at(shard.find(hash, place, &self.secret)?);
        Some(Listing {
            counts: torrent.counts(),
            peers: some_of(torrent, limit / 2, &rules),
        })
    }

    /// The clients of a member on a torrent.
    pub fn clients_of(&self, hash: InfoHash, user: UserId) -> Vec<ListedPeer> {
        let (shard, place) = self.shard(hash);
        let at = shard.find(hash, place, &self.secret);
        let clients = at.and_then(|at| shard.at(at).big()?.clients());
        let Some(clients) = clients else {
            return Vec::new();
        };
        clients
            .with_owner(Owner::of_user(user, &self.secret), &self.secret)
            .map(|at| clients.get(at))
            .filter(|peer| peer.user() == Some(user))
            .map(of_client)
            .collect()
    }

    /// Puts back a peer that was listed, as from a snapshot: within the limits that hold now, and not
    /// if its time is over or it has no contact. Returns whether it is there.
    pub fn restore_peer(&self, hash: InfoHash, listed: &ListedPeer, now: UnixTime) -> bool {
        let rules = self.rules(now);
        let seen = listed.seen.compact().min(rules.now);
        let v4 = listed.v4.map(SocketAddr::from);
        let v6 = listed.v6.map(SocketAddr::from).map(normalise);
        let Some(contact) = v4.or(v6).filter(|_| seen >= rules.oldest()) else {
            return false;
        };
        let role = match (listed.seeding, listed.paused) {
            (true, _) => Role::Seeder,
            (false, true) => Role::Partial,
            (false, false) => Role::Leecher,
        };
        let identity = match listed.user {
            Some(user) => Identity::Account(user),
            None => Identity::Contact(contact),
        };
        // without its id, who comes back to a contact is taken for who was there
        let id = listed.peer_id.unwrap_or(PeerId::from([0; 20]));
        let mut peer = Peer::new(id, identity, role, seen);
        v4.into_iter()
            .chain(v6)
            .for_each(|contact| peer.set_endpoint(contact));
        peer.set_complete(role == Role::Seeder);

        let (mut shard, place) = self.shard(hash);
        let before = shard.totals().peers();
        let at = shard.find_or_insert(hash, place, &rules);
        shard.change(at, |torrent, random| {
            torrent.restore_client(peer, &rules, random);
        });
        self.make_room(before, &mut shard, &rules);
        true
    }
}

/// At most `each` that seed, and as many that do not.
fn some_of(torrent: &Torrent, each: usize, rules: &Rules<'_>) -> Vec<ListedPeer> {
    let mut peers = Vec::new();
    let Some(big) = torrent.big() else {
        let mut left = [each; 2];
        torrent.read(Part::FIRST, usize::MAX, |peer| {
            if let Kept::Record(contact, mark) = peer {
                let left = &mut left[crate::crowd::kind(mark.role())];
                if *left > 0 {
                    *left -= 1;
                    peers.push(of_record(contact, mark, rules));
                }
            }
        });
        return peers;
    };
    for kind in [GIVING, WANTING] {
        let end = peers.len() + each;
        if let Some(clients) = big.clients() {
            let range = clients.of_kind(kind);
            peers.extend(range.take(each).map(|at| of_client(clients.get(at))));
        }
        if let Some(crowd) = big.crowd() {
            let v4 = crowd.v4.kinds()[kind].iter();
            let v4 = v4.map(|record| of_record(record.contact(), record.mark(), rules));
            let v6 = crowd.v6.kinds()[kind].iter();
            let v6 = v6.map(|record| of_record(record.contact(), record.mark(), rules));
            peers.extend(v4.chain(v6).take(end - peers.len()));
        }
    }
    peers
}

fn of_client(peer: &Peer) -> ListedPeer {
    let (v4, v6) = peer.contacts();
    ListedPeer {
        peer_id: Some(peer.id),
        user: peer.user(),
        v4: v4.map(|(ip, port)| SocketAddrV4::new(ip, port)),
        v6: v6.map(|(ip, port)| SocketAddrV6::new(ip, port, 0, 0)),
        seeding: peer.role == Role::Seeder,
        paused: peer.role == Role::Partial,
        seen: UnixTime::from_compact(peer.seen),
    }
}

fn of_record(contact: SocketAddr, mark: Mark, rules: &Rules<'_>) -> ListedPeer {
    let (v4, v6) = match contact {
        SocketAddr::V4(v4) => (Some(v4), None),
        SocketAddr::V6(v6) => (None, Some(v6)),
    };
    ListedPeer {
        peer_id: None,
        user: None,
        v4,
        v6,
        seeding: mark.role() == Role::Seeder,
        paused: mark.role() == Role::Partial,
        seen: UnixTime::from_compact(rules.now.saturating_sub(mark.age(rules.now))),
    }
}

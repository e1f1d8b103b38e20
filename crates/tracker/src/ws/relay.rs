use super::link::Link;
use bittorrent::{InfoHash, PeerId};
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;

/// Which browsers are in which swarm, and over which connection they are reached.
///
/// Swarms are told apart by the info-hash that was announced, so that what is passed on names the
/// torrent as its receiver knows it.
pub(crate) struct Relay {
    shards: Box<[Mutex<Shard>]>,
}

struct Shard {
    rooms: HashMap<InfoHash, Room>,
    dice: Dice,
}

/// The browsers of one swarm: those that want pieces first.
#[derive(Default)]
struct Room {
    members: Vec<Member>,
    wanting: usize,
    places: HashMap<PeerId, usize>,
}

struct Member {
    peer_id: PeerId,
    link: Arc<Link>,
}

/// Somebody else goes by that peer id.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Taken;

impl Relay {
    pub(crate) fn new(seed: u64) -> Self {
        let shard = |at| {
            Mutex::new(Shard {
                rooms: HashMap::new(),
                dice: Dice(seed.wrapping_add(at)),
            })
        };
        Self {
            shards: (0..SHARDS).map(shard).collect(),
        }
    }

    /// Whether a connection may use a peer id in a swarm. Where it comes from the same address as the
    /// one that uses it now, that one is taken for lost and this for its successor.
    pub(crate) fn admits(&self, hash: InfoHash, peer_id: PeerId, link: &Arc<Link>) -> bool {
        let shard = self.shard(hash).lock();
        let room = shard.rooms.get(&hash);
        room.is_none_or(|room| room.admits(peer_id, link))
    }

    /// Takes a browser in, or notes what it does now, and adds up to `most` randomly chosen others to
    /// `others`, who are to get its offers: any, or only those that want pieces if it has everything.
    pub(crate) fn enter(
        &self,
        hash: InfoHash,
        peer_id: PeerId,
        link: &Arc<Link>,
        seeding: bool,
        most: usize,
        others: &mut Vec<Arc<Link>>,
    ) -> Result<(), Taken> {
        let mut shard = self.shard(hash).lock();
        let Shard { rooms, dice } = &mut *shard;
        let room = rooms.entry(hash).or_default();
        if !room.admits(peer_id, link) {
            return Err(Taken);
        }
        room.put(peer_id, link, !seeding);
        room.choose(peer_id, seeding, most, dice, others);
        Ok(())
    }

    /// Lets a browser go. Returns whether it was there, over this connection.
    pub(crate) fn leave(&self, hash: InfoHash, peer_id: PeerId, link: &Arc<Link>) -> bool {
        let mut shard = self.shard(hash).lock();
        let Some(room) = shard.rooms.get_mut(&hash) else {
            return false;
        };
        let Some(at) = room.place(peer_id, link) else {
            return false;
        };
        room.remove(at);
        if room.members.is_empty() {
            shard.rooms.remove(&hash);
        }
        true
    }

    /// How to reach `to`, for a browser of the same swarm.
    pub(crate) fn find(
        &self,
        hash: InfoHash,
        (from, link): (PeerId, &Arc<Link>),
        to: PeerId,
    ) -> Option<Arc<Link>> {
        let shard = self.shard(hash).lock();
        let room = shard.rooms.get(&hash)?;
        room.place(from, link)?;
        let at = *room.places.get(&to)?;
        (from != to).then(|| room.members[at].link.clone())
    }

    fn shard(&self, hash: InfoHash) -> &Mutex<Shard> {
        &self.shards[usize::from(hash.as_bytes()[0]) % self.shards.len()]
    }
}

impl Room {
    fn admits(&self, peer_id: PeerId, link: &Arc<Link>) -> bool {
        self.places.get(&peer_id).is_none_or(|at| {
            let member = &self.members[*at];
            Arc::ptr_eq(&member.link, link) || member.link.client == link.client
        })
    }

    fn place(&self, peer_id: PeerId, link: &Arc<Link>) -> Option<usize> {
        let at = *self.places.get(&peer_id)?;
        Arc::ptr_eq(&self.members[at].link, link).then_some(at)
    }

    fn put(&mut self, peer_id: PeerId, link: &Arc<Link>, wanting: bool) {
        if let Some(at) = self.places.get(&peer_id).copied() {
            let here = Arc::ptr_eq(&self.members[at].link, link);
            if here && (at < self.wanting) == wanting {
                return;
            }
            self.remove(at);
        }
        let last = self.members.len();
        self.members.push(Member {
            peer_id,
            link: link.clone(),
        });
        self.places.insert(peer_id, last);
        if wanting {
            self.swap(last, self.wanting);
            self.wanting += 1;
        }
    }

    fn remove(&mut self, mut at: usize) {
        if at < self.wanting {
            self.wanting -= 1;
            self.swap(at, self.wanting);
            at = self.wanting;
        }
        self.swap(at, self.members.len() - 1);
        if let Some(member) = self.members.pop() {
            self.places.remove(&member.peer_id);
        }
        if self.members.len() * 4 < self.members.capacity() {
            self.members.shrink_to(self.members.len() * 2);
            self.places.shrink_to(self.places.len() * 2);
        }
    }

    fn swap(&mut self, a: usize, b: usize) {
        self.members.swap(a, b);
        for at in [a, b] {
            self.places.insert(self.members[at].peer_id, at);
        }
    }

    /// Adds up to `most` others, all as likely as each other.
    fn choose(
        &self,
        asker: PeerId,
        seeding: bool,
        most: usize,
        dice: &mut Dice,
        others: &mut Vec<Arc<Link>>,
    ) {
        let end = if seeding {
            self.wanting
        } else {
            self.members.len()
        };
        let candidates = &self.members[..end];
        let asker = self.places.get(&asker).copied().filter(|at| *at < end);
        let most = most.min(end - usize::from(asker.is_some()));
        // Robert Floyd's sampling, over the candidates without the asker, who stands in for the last.
        let count = end - usize::from(asker.is_some());
        let mut chosen: Vec<usize> = Vec::with_capacity(most);
        for bound in count - most..count {
            let drawn = dice.below(bound + 1);
            chosen.push(if chosen.contains(&drawn) {
                bound
            } else {
                drawn
            });
        }
        others.extend(chosen.into_iter().map(|at| {
            let at = if Some(at) == asker { end - 1 } else { at };
            candidates[at].link.clone()
        }));
    }
}

/// SplitMix64: enough for choices that nobody gains by guessing.
struct Dice(u64);

impl Dice {
    /// A number below `bound`, which is not 0.
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^= z >> 31;
        ((u128::from(z) * bound as u128) >> 64) as usize
    }
}

const SHARDS: u64 = 64;

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::IpAddr;

    fn hash() -> InfoHash {
        InfoHash::from([1; 20])
    }

    fn link(address: u8) -> Arc<Link> {
        Arc::new(Link::new(IpAddr::from([203, 0, 113, address])))
    }

    fn id(byte: u8) -> PeerId {
        PeerId::from([byte; 20])
    }

    /// A relay with browsers 0.. of which those named seed.
    fn relay(count: u8, seeding: &[u8]) -> (Relay, Vec<Arc<Link>>) {
        let relay = Relay::new(7);
        let links: Vec<_> = (0..count).map(link).collect();
        for (at, link) in (0..count).zip(&links) {
            let seeds = seeding.contains(&at);
            let entered = relay.enter(hash(), id(at), link, seeds, 0, &mut Vec::new());
            assert_eq!(entered, Ok(()));
        }
        (relay, links)
    }

    /// The numbers of those chosen.
    fn chosen(relay: &Relay, links: &[Arc<Link>], who: u8, seeding: bool, most: usize) -> Vec<u8> {
        let mut others = Vec::new();
        let link = &links[usize::from(who)];
        relay
            .enter(hash(), id(who), link, seeding, most, &mut others)
            .unwrap();
        let number = |other: &Arc<Link>| links.iter().position(|l| Arc::ptr_eq(l, other));
        let mut found: Vec<u8> = others.iter().map(|o| number(o).unwrap() as u8).collect();
        found.sort_unstable();
        found
    }

    #[test]
    fn everybody_else_is_chosen_when_all_are_wanted() {
        let (relay, links) = relay(5, &[3, 4]);
        for _ in 0..50 {
            assert_eq!(chosen(&relay, &links, 0, false, 10), [1, 2, 3, 4]);
            assert_eq!(chosen(&relay, &links, 3, true, 10), [0, 1, 2]);
            assert!(chosen(&relay, &links, 0, false, 0).is_empty());
        }
    }

    #[test]
    fn each_is_chosen_once_and_as_often_as_any_other() {
        let (relay, links) = relay(30, &[20, 21, 22, 23, 24, 25, 26, 27, 28, 29]);
        let mut counts = [0u32; 30];
        for _ in 0..2_900 {
            let found = chosen(&relay, &links, 7, false, 10);
            assert_eq!(found.len(), 10);
            assert!(found.windows(2).all(|pair| pair[0] < pair[1]), "{found:?}");
            found.iter().for_each(|at| counts[usize::from(*at)] += 1);
        }
        assert_eq!(counts[7], 0, "never to itself");
        // Each is expected 1000 times, with a standard deviation of 26.
        let others = (0..30).filter(|at| *at != 7).map(|at| counts[at]);
        assert!(
            others.clone().all(|n| (850..1150).contains(&n)),
            "{counts:?}"
        );
    }

    #[test]
    fn roles_change_and_swarms_end() {
        let (relay, links) = relay(3, &[]);
        assert_eq!(chosen(&relay, &links, 0, true, 10), [1, 2]);
        assert_eq!(chosen(&relay, &links, 1, true, 10), [2]);
        assert_eq!(chosen(&relay, &links, 0, false, 10), [1, 2]);
        assert!(relay.leave(hash(), id(1), &links[1]));
        assert!(!relay.leave(hash(), id(1), &links[1]));
        assert_eq!(chosen(&relay, &links, 2, true, 10), [0]);
        assert!(relay.leave(hash(), id(0), &links[0]));
        assert!(relay.leave(hash(), id(2), &links[2]));
        assert!(relay.shard(hash()).lock().rooms.is_empty());
    }

    #[test]
    fn answers_stay_within_the_swarm_both_are_in() {
        let (relay, links) = relay(2, &[]);
        let find = |hash, from: u8, link: usize, to| {
            let found = relay.find(hash, (id(from), &links[link]), id(to));
            found.map(|found| Arc::ptr_eq(&found, &links[1]))
        };
        assert_eq!(find(hash(), 0, 0, 1), Some(true));
        assert_eq!(find(InfoHash::from([2; 20]), 0, 0, 1), None);
        assert_eq!(find(hash(), 0, 0, 9), None);
        assert_eq!(find(hash(), 0, 0, 0), None, "not to itself");
        assert_eq!(find(hash(), 1, 0, 1), None, "not in another's name");
        assert_eq!(find(hash(), 9, 0, 1), None);
    }

    #[test]
    fn a_peer_id_is_not_taken_over_from_elsewhere() {
        let (relay, links) = relay(2, &[]);
        let thief = link(99);
        assert!(!relay.admits(hash(), id(1), &thief));
        let mut others = Vec::new();
        let entered = relay.enter(hash(), id(1), &thief, false, 10, &mut others);
        assert_eq!((entered, others.len()), (Err(Taken), 0));
        assert!(!relay.leave(hash(), id(1), &thief));
        // The same browser, after its connection broke unseen.
        let again = link(1);
        assert!(relay.admits(hash(), id(1), &again));
        relay
            .enter(hash(), id(1), &again, false, 0, &mut others)
            .unwrap();
        assert!(!relay.leave(hash(), id(1), &links[1]), "its time is over");
        let found = relay.find(hash(), (id(0), &links[0]), id(1)).unwrap();
        assert!(Arc::ptr_eq(&found, &again));
    }
}

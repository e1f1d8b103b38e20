use crate::big::{Big, Part};
use crate::choose::Pool;
use crate::crowd::Records;
use crate::few::Few;
use crate::ids::UserId;
use crate::leaves;
use crate::ordered::Slot;
use crate::peer::{Identity, Peer, Role, normalise, role_of};
use crate::random::Random;
use crate::record::{Mark, Record, V4};
use crate::rules::Rules;
use crate::secret::Secret;
use crate::shard::Place;
use crate::snapshot_entry::Kept;
use crate::swarm::{Announce, Counts};
use bittorrent::{Event, InfoHash, PeerId};
use std::net::{IpAddr, SocketAddr};

/// One swarm: the peers of a torrent and its counters.
#[derive(Debug)]
pub(crate) struct Torrent {
    pub(crate) hash: InfoHash,
    completed: u32,
    body: Body,
}

/// Most swarms of a public tracker have a peer or two, so these cost nothing besides the info-hash.
#[derive(Debug)]
enum Body {
    Vacant,
    Few(Few),
    Big(Box<Big>),
}

/// One peer of a torrent, until the next change.
#[derive(Debug, Clone, Copy)]
pub(crate) enum At {
    Few(usize),
    V4((usize, leaves::Place)),
    V6((usize, leaves::Place)),
    Client(u32),
    Browser(u32),
}

/// What one slice of a sweep did.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Swept {
    /// Peers looked at.
    pub(crate) looked: usize,
    /// Peers removed.
    pub(crate) removed: usize,
    /// Whether all of the torrent has been looked at.
    pub(crate) through: bool,
}

impl Slot for Torrent {
    const PER_GAP: u32 = 9;

    fn vacant() -> Self {
        Self {
            hash: InfoHash::from([0; 20]),
            completed: 0,
            body: Body::Vacant,
        }
    }

    fn is_vacant(&self) -> bool {
        matches!(self.body, Body::Vacant)
    }
}

impl Torrent {
    pub(crate) fn new(hash: InfoHash, rules: &Rules<'_>) -> Self {
        let body = if rules.by_contact() {
            Body::Few(Few::new(rules.now))
        } else {
            Body::Big(Box::new(Big::new(rules)))
        };
        Self {
            hash,
            completed: 0,
            body,
        }
    }

    /// Where it stands in its shard.
    pub(crate) fn key(&self, secret: &Secret) -> u32 {
        Place::of(self.hash, secret).key()
    }

    pub(crate) fn len(&self) -> u32 {
        match &self.body {
            Body::Vacant => 0,
            Body::Few(few) => few.len() as u32,
            Body::Big(big) => big.len(),
        }
    }

    pub(crate) fn counts(&self) -> Counts {
        let (len, seeders, partial) = match &self.body {
            Body::Vacant => (0, 0, 0),
            Body::Few(few) => few
                .iter()
                .fold((0, 0, 0), |(len, seeders, partial), record| {
                    let role = record.mark().role();
                    let seeders = seeders + u32::from(role == Role::Seeder);
                    (len + 1, seeders, partial + u32::from(role == Role::Partial))
                }),
            Body::Big(big) => (big.len(), big.seeders(), big.partial()),
        };
        Counts {
            seeders,
            leechers: len - seeders,
            downloaders: len - seeders - partial,
            completed: self.completed.into(),
        }
    }

    pub(crate) fn set_completed(&mut self, completed: u64) {
        self.completed = completed.try_into().unwrap_or(u32::MAX);
    }

    /// The part large swarms have.
    pub(crate) fn big(&self) -> Option<&Big> {
        match &self.body {
            Body::Big(big) => Some(big),
            Body::Vacant | Body::Few(_) => None,
        }
    }

    pub(crate) fn big_mut(&mut self) -> Option<&mut Big> {
        match &mut self.body {
            Body::Big(big) => Some(big),
            Body::Vacant | Body::Few(_) => None,
        }
    }

    /// The part large swarms have, which this one gets if it has none.
    pub(crate) fn grow(&mut self, rules: &Rules<'_>) -> &mut Big {
        if !matches!(self.body, Body::Big(_)) {
            let mut big = Box::new(Big::new(rules));
            if let Body::Few(few) = &self.body {
                few.iter().for_each(|record| big.add_v4(*record, rules));
            }
            self.body = Body::Big(big);
        }
        match &mut self.body {
            Body::Big(big) => big,
            Body::Vacant | Body::Few(_) => unreachable!("it has just been made big"),
        }
    }

    /// Takes in one announce.
    pub(crate) fn announce(&mut self, announce: &Announce, rules: &Rules<'_>, random: &mut Random) {
        let contact = normalise(announce.addr);
        let role = role_of(announce);
        let finished = announce.event == Event::Completed && role == Role::Seeder;
        let download = if let (Body::Few(few), SocketAddr::V4(v4), true) =
            (&mut self.body, contact, announce.dialable)
        {
            let record = V4::new(v4, Mark::new(role, false, rules.now));
            let known = few.find(&record, rules.secret);
            if announce.event == Event::Stopped {
                known.map(|at| few.remove(at));
                false
            } else if announce.user.is_some() || known.is_none() && few.len() == Few::MOST {
                self.grow(rules).announce(announce, contact, rules, random)
            } else {
                let full = few.len() >= rules.config.max_peers_per_torrent.max(1) as usize;
                few.announce(record, finished, full, rules, random)
            }
        } else if announce.event == Event::Stopped && self.big().is_none() {
            false
        } else {
            self.grow(rules).announce(announce, contact, rules, random)
        };
        self.completed = self.completed.saturating_add(download.into());
    }

    /// Whose client has this peer id and this address, when it announced with a passkey before.
    pub(crate) fn account_at(
        &self,
        id: PeerId,
        address: IpAddr,
        secret: &Secret,
    ) -> Option<UserId> {
        let clients = self.big()?.clients()?;
        let at = clients.find_account_at(id, address.to_canonical(), secret)?;
        clients.get(at).user()
    }

    /// What a random choice is made from.
    pub(crate) fn pool(&self) -> Pool<'_> {
        match &self.body {
            Body::Vacant => Pool::default(),
            Body::Few(few) => Pool::few(few),
            Body::Big(big) => big.pool(),
        }
    }

    pub(crate) fn last_seed(&self) -> u32 {
        self.big().map_or(0, |big| big.news.last_seed)
    }

    /// Takes the counters of a snapshot where they are ahead.
    pub(crate) fn restore_counters(&mut self, completed: u64, last_seed: u32) {
        self.set_completed(completed.max(self.completed.into()));
        if let Some(big) = self.big_mut() {
            big.news.last_seed = big.news.last_seed.max(last_seed);
        }
    }

    /// Shows about `budget` peers, from a part on. Returns which part is next.
    pub(crate) fn read(
        &self,
        part: Part,
        budget: usize,
        mut see: impl FnMut(Kept<'_>),
    ) -> Option<Part> {
        match &self.body {
            Body::Vacant => None,
            Body::Few(few) => {
                for record in few.iter() {
                    see(Kept::Record(record.contact(), record.mark()));
                }
                None
            }
            Body::Big(big) => big.read(part, budget, see),
        }
    }

    /// Puts back a peer from a snapshot, within the limits that hold now.
    pub(crate) fn restore_record(
        &mut self,
        contact: SocketAddr,
        mark: Mark,
        rules: &Rules<'_>,
        random: &mut Random,
    ) {
        if !rules.by_contact() {
            // Its id is not known, but who comes back to a contact is taken for who was there.
            let (id, identity) = (PeerId::from([0; 20]), Identity::Contact(contact));
            let seen = rules.now.saturating_sub(mark.age(rules.now));
            let mut peer = Peer::new(id, identity, mark.role(), seen);
            peer.set_complete(mark.complete());
            self.restore_client(peer, rules, random);
            return;
        }
        match (&mut self.body, contact) {
            (Body::Few(few), SocketAddr::V4(v4)) if few.len() < Few::MOST => {
                let record = V4::new(v4, mark);
                let full = few.len() >= rules.config.max_peers_per_torrent.max(1) as usize;
                few.restore(record, full, rules, random);
            }
            _ => self
                .grow(rules)
                .restore_record(contact, mark, rules, random),
        }
    }

    /// Puts back a client from a snapshot, as what peers are in this swarm.
    pub(crate) fn restore_client(&mut self, peer: Peer, rules: &Rules<'_>, random: &mut Random) {
        if peer.user().is_some() || !rules.by_contact() {
            self.grow(rules).restore_client(peer, rules, random);
            return;
        }
        let mark = Mark::new(peer.role, peer.complete(), peer.seen);
        let (v4, v6) = peer.contacts();
        let contacts = [v4.map(SocketAddr::from), v6.map(SocketAddr::from)];
        for contact in contacts.into_iter().flatten() {
            self.restore_record(contact, mark, rules, random);
        }
    }

    /// Looks at about `budget` peers and removes those whose time is over.
    pub(crate) fn sweep(&mut self, budget: usize, rules: &Rules<'_>) -> Swept {
        let swept = match &mut self.body {
            Body::Vacant => return Swept::default(),
            Body::Few(few) => {
                return Swept {
                    looked: few.len(),
                    removed: few.retain(|mark| !mark.is_over(rules.now, rules.ttl)),
                    through: true,
                };
            }
            Body::Big(big) => big.sweep(budget, rules),
        };
        if let (true, Body::Big(big)) = (swept.through, &self.body)
            && let Some(few) = big.shrunk()
        {
            self.body = Body::Few(few);
        }
        swept
    }

    /// Whether it may be forgotten: nobody was seen for long, and nobody remembers its counters.
    pub(crate) fn is_over(&self, rules: &Rules<'_>) -> bool {
        match &self.body {
            Body::Vacant => true,
            Body::Few(few) => few.is_over(rules.now, rules.ttl),
            Body::Big(big) => big.is_over(rules),
        }
    }

    /// Whether there is nothing to remember.
    pub(crate) fn is_blank(&self) -> bool {
        self.len() == 0 && self.completed == 0 && self.big().is_none()
    }

    /// A random peer and the seconds since it announced last.
    pub(crate) fn pick(&self, rules: &Rules<'_>, random: &mut Random) -> Option<(u32, At)> {
        match &self.body {
            Body::Vacant => None,
            Body::Few(few) => {
                let at = few.pick(random)?;
                Some((few.get(at).mark().age(rules.now), At::Few(at)))
            }
            Body::Big(big) => big.pick(rules, random),
        }
    }

    /// Removes one peer.
    pub(crate) fn evict(&mut self, at: At, rules: &Rules<'_>) {
        match (&mut self.body, at) {
            (Body::Few(few), At::Few(at)) => {
                few.remove(at);
            }
            (Body::Big(big), at) => big.evict(at, rules),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_torrent_is_small() {
        assert_eq!(size_of::<Torrent>(), 48);
    }
}

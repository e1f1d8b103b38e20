use crate::crowd::EVICTION_CANDIDATES;
use crate::peer::{Identity, Peer, Role};
use crate::peer_set::{Owner, PeerSet};
use crate::random::Random;
use crate::rules::Rules;
use crate::swarm::Announce;
use bittorrent::Event;
use std::net::SocketAddr;

/// What a change of clients means for the numbers of their torrent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// A download is to be counted.
    pub(crate) finished: bool,
    /// A seeder has gone.
    pub(crate) seeder_left: bool,
}

/// A peer from a table of contacts that turned out to be this client.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Inherited {
    pub(crate) complete: bool,
}

/// How clients with a peer id come, are known again, and go.
impl PeerSet {
    /// Takes in one announce. `others` are the peers of the swarm that are kept elsewhere.
    pub(crate) fn announce(
        &mut self,
        announce: &Announce,
        (contact, role): (SocketAddr, Role),
        inherited: Option<Inherited>,
        others: u32,
        rules: &Rules<'_>,
        random: &mut Random,
    ) -> Outcome {
        let mut outcome = Outcome::default();
        let identity = self.identity(announce, contact, rules);
        let known = self.find(announce.peer_id, identity, rules.secret);
        let adopted = match known {
            None => self.adopt(announce, contact, identity, rules),
            Some(_) => None,
        };
        if announce.event == Event::Stopped {
            if let Some(at) = known.or_else(|| self.at_contact(announce, contact, identity, rules))
            {
                outcome.seeder_left = self.remove(at, rules.secret).role == Role::Seeder;
            }
            return outcome;
        }
        let finished = announce.event == Event::Completed && role == Role::Seeder;
        let at = match known {
            Some(at) if self.get(at).is_at(contact) => self.set_role(at, role, rules.secret),
            _ => {
                let moved = known.map(|at| self.remove(at, rules.secret));
                let mut peer = moved.or(adopted).unwrap_or_else(|| {
                    let mut peer = Peer::new(announce.peer_id, identity, role, rules.now);
                    peer.set_complete(match inherited {
                        Some(Inherited { complete }) => complete,
                        None => role == Role::Seeder && !finished,
                    });
                    peer
                });
                peer.set_endpoint(contact);
                peer.role = role;
                // Several clients of a page share its connection, and so the contact.
                let alone = announce.dialable.then_some(contact);
                outcome.seeder_left = self.make_room(&peer, alone, others, rules, random);
                self.insert(peer, rules.secret)
            }
        };
        let peer = self.get_mut(at);
        peer.seen = peer.seen.max(rules.now);
        if finished && !peer.complete() {
            peer.set_complete(true);
            outcome.finished = true;
        }
        outcome
    }

    /// Puts back a peer from a snapshot, within the limits that hold now. Who has announced since is left
    /// alone.
    pub(crate) fn restore(
        &mut self,
        peer: Peer,
        others: u32,
        rules: &Rules<'_>,
        random: &mut Random,
    ) {
        if let Some(at) = self.find(peer.id, peer.identity(), rules.secret) {
            if self.get(at).seen >= peer.seen {
                return;
            }
            self.remove(at, rules.secret);
        }
        self.make_room(&peer, Some(peer.contact()), others, rules, random);
        self.insert(peer, rules.secret);
    }

    fn identity(&self, announce: &Announce, contact: SocketAddr, rules: &Rules<'_>) -> Identity {
        if let Some(user) = announce.user {
            return Identity::Account(user);
        }
        match self.find_account_at(announce.peer_id, contact.ip(), rules.secret) {
            Some(at) => self.get(at).identity(),
            None => anonymous(announce, contact),
        }
    }

    /// Takes out a client that announced without its passkey before (over UDP, say), for it to become
    /// its member's.
    fn adopt(
        &mut self,
        announce: &Announce,
        contact: SocketAddr,
        identity: Identity,
        rules: &Rules<'_>,
    ) -> Option<Peer> {
        let Identity::Account(_) = identity else {
            return None;
        };
        let anonymous = anonymous(announce, contact);
        let at = self.find(announce.peer_id, anonymous, rules.secret)?;
        if !self.get(at).has_address(contact.ip()) {
            return None;
        }
        let mut peer = self.remove(at, rules.secret);
        peer.set_identity(identity);
        Some(peer)
    }

    /// The anonymous peer with this id at this very contact. Some clients (aria2 over UDP) send another
    /// key with every announce; that they speak from where the peer is says as much.
    fn at_contact(
        &self,
        announce: &Announce,
        contact: SocketAddr,
        identity: Identity,
        rules: &Rules<'_>,
    ) -> Option<u32> {
        if let Identity::Account(_) = identity {
            return None;
        }
        self.with_owner(Owner::of_network(contact, rules.secret), rules.secret)
            .find(|at| {
                let peer = self.get(*at);
                peer.id == announce.peer_id && peer.user().is_none() && peer.is_at(contact)
            })
    }

    /// Removes what stands in the way of a new peer: whoever else its owner had at the contact where
    /// it is to be alone (the same client under an older peer id), the stalest one of an owner with too many, a stale
    /// one of a swarm that is full. Returns whether a seeder had to go.
    fn make_room(
        &mut self,
        new: &Peer,
        alone: Option<SocketAddr>,
        others: u32,
        rules: &Rules<'_>,
        random: &mut Random,
    ) -> bool {
        let limit = match new.user() {
            Some(_) => rules.config.max_peers_per_user,
            None => rules.config.max_peers_per_address,
        };
        let owner = Owner::of(new, rules.secret);
        let (mut count, mut stalest, mut same) = (0, None, None);
        for at in self.with_owner(owner, rules.secret) {
            let peer = self.get(at);
            count += 1;
            if alone.is_some_and(|contact| contact.port() != 0 && peer.is_at(contact)) {
                same = Some(at);
            }
            if stalest.is_none_or(|(seen, _)| peer.seen < seen) {
                stalest = Some((peer.seen, at));
            }
        }
        let mut seeder_left = false;
        if let Some(at) = same.or(stalest.filter(|_| count >= limit).map(|(_, at)| at)) {
            seeder_left |= self.remove(at, rules.secret).role == Role::Seeder;
        }
        let len = self.len();
        if len > 0 && len.saturating_add(others) >= rules.config.max_peers_per_torrent.max(1) {
            let candidates = (0..EVICTION_CANDIDATES).map(|_| random.below(len));
            if let Some(at) = candidates.min_by_key(|at| self.get(*at).seen) {
                seeder_left |= self.remove(at, rules.secret).role == Role::Seeder;
            }
        }
        seeder_left
    }
}

fn anonymous(announce: &Announce, contact: SocketAddr) -> Identity {
    match announce.key {
        // Clients that have no key send 0 over UDP, where the field cannot be left out.
        None | Some(0) => Identity::Contact(contact),
        Some(key) => Identity::Key(key),
    }
}

use crate::choose::Pool;
use crate::clients::Inherited;
use crate::crowd::{Family, GIVING, Records, WANTING};
use crate::few::Few;
use crate::peer::{Identity, Peer, Role, role_of};
use crate::peer_set::PeerSet;
use crate::random::Random;
use crate::record::{Mark, Record, V4, V6};
use crate::rules::Rules;
use crate::snapshot_entry::Kept;
use crate::swarm::Announce;
use crate::torrent::{At, Swept};
use bittorrent::Event;
use std::net::SocketAddr;

/// A swarm with many peers, with IPv6 peers, with accounts, with browsers, or whose changes are
/// followed.
#[derive(Debug)]
pub(crate) struct Big {
    /// Peers that are known by their contact.
    crowd: Option<Box<Crowd>>,
    /// Peers that are known by account, key or peer id.
    clients: Option<Box<PeerSet>>,
    /// Peers that nobody can dial, by account or peer id: never chosen, never in a snapshot, since
    /// they are gone when their connections are.
    browsers: Option<Box<PeerSet>>,
    pub(crate) news: News,
    /// When anyone announced last.
    touched: u32,
    /// Where the sweep in progress is.
    sweeping: Part,
}

/// Records of either family.
#[derive(Debug, Default)]
pub(crate) struct Crowd {
    pub(crate) v4: Family<V4>,
    pub(crate) v6: Family<V6>,
}

/// What whoever follows a torrent wants to know besides its counts.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct News {
    /// Changes with the counts; never returns to an earlier value.
    pub(crate) generation: u64,
    /// When a seeder was last heard of; 0 for never.
    pub(crate) last_seed: u32,
    /// `last_seed` as last reported to whoever follows changes.
    pub(crate) reported_seed: u32,
    /// Somebody does follow it.
    pub(crate) followed: bool,
    /// Waits in the shard's list of changes.
    pub(crate) changed: bool,
    /// Its counters matter even without peers.
    pub(crate) pinned: bool,
}

/// A place within the peers of a torrent, for going through them bit by bit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// From this key on, in the IPv4 table of a kind.
    V4(usize, u32),
    /// The same for IPv6.
    V6(usize, u32),
    /// All clients.
    Clients,
    /// That many clients, from the last one down, so that whatever takes the place of a removed one
    /// has been looked at.
    ClientsBelow(u32),
    /// All browsers.
    Browsers,
    /// That many browsers, likewise.
    BrowsersBelow(u32),
}

impl Part {
    pub(crate) const FIRST: Self = Self::V4(WANTING, 0);

    /// Goes on from a key within this part, or else to the next one; `None` after the last.
    pub(crate) fn after(self, key: Option<u32>) -> Option<Self> {
        Some(match (self, key) {
            (Self::V4(kind, _), Some(key)) => Self::V4(kind, key),
            (Self::V6(kind, _), Some(key)) => Self::V6(kind, key),
            (Self::V4(WANTING, _), None) => Self::V4(GIVING, 0),
            (Self::V4(..), None) => Self::V6(WANTING, 0),
            (Self::V6(WANTING, _), None) => Self::V6(GIVING, 0),
            (Self::V6(..), None) => Self::Clients,
            (Self::Clients | Self::ClientsBelow(_), Some(below)) => Self::ClientsBelow(below),
            (Self::Clients | Self::ClientsBelow(_), None) => Self::Browsers,
            (Self::Browsers | Self::BrowsersBelow(_), Some(below)) => Self::BrowsersBelow(below),
            (Self::Browsers | Self::BrowsersBelow(_), None) => return None,
        })
    }
}

impl Big {
    pub(crate) fn new(rules: &Rules<'_>) -> Self {
        Self {
            crowd: None,
            clients: None,
            browsers: None,
            news: News {
                followed: !rules.by_contact(),
                ..News::default()
            },
            touched: rules.now,
            sweeping: Part::FIRST,
        }
    }

    pub(crate) fn crowd(&self) -> Option<&Crowd> {
        self.crowd.as_deref()
    }

    pub(crate) fn clients(&self) -> Option<&PeerSet> {
        self.clients.as_deref()
    }

    fn browsers(&self) -> Option<&PeerSet> {
        self.browsers.as_deref()
    }

    pub(crate) fn len(&self) -> u32 {
        self.crowd_len() + self.clients_len() + self.browsers_len()
    }

    pub(crate) fn seeders(&self) -> u32 {
        let crowd = self.crowd().map_or(0, |c| c.v4.seeders() + c.v6.seeders());
        let known = self.clients().into_iter().chain(self.browsers());
        crowd + known.map(PeerSet::seeders).sum::<u32>()
    }

    /// Peers that have not everything and want no more.
    pub(crate) fn partial(&self) -> u32 {
        let crowd = self.crowd().map_or(0, |c| c.v4.partial() + c.v6.partial());
        let known = self.clients().into_iter().chain(self.browsers());
        crowd + known.map(PeerSet::partial).sum::<u32>()
    }

    fn clients_len(&self) -> u32 {
        self.clients().map_or(0, PeerSet::len)
    }

    fn browsers_len(&self) -> u32 {
        self.browsers().map_or(0, PeerSet::len)
    }

    fn crowd_len(&self) -> u32 {
        self.crowd()
            .map_or(0, |crowd| crowd.v4.len() + crowd.v6.len())
    }

    pub(crate) fn add_v4(&mut self, record: V4, rules: &Rules<'_>) {
        let crowd = self.crowd.get_or_insert_default();
        crowd.v4.insert(record, rules.secret);
    }

    /// Takes in one announce. Returns whether a download is to be counted.
    pub(crate) fn announce(
        &mut self,
        announce: &Announce,
        contact: SocketAddr,
        rules: &Rules<'_>,
        random: &mut Random,
    ) -> bool {
        let role = role_of(announce);
        self.touched = rules.now;
        if role == Role::Seeder {
            self.news.last_seed = rules.now;
        }
        if !announce.dialable {
            return self.announce_browser(announce, (contact, role), rules, random);
        }
        let account = announce.user.is_some()
            || self.clients().is_some_and(|clients| {
                let at = clients.find_account_at(announce.peer_id, contact.ip(), rules.secret);
                at.is_some()
            });
        if account || !rules.by_contact() {
            self.news.followed = true;
            let mark = self.leave_crowd(contact, rules);
            let inherited = mark.map(|mark| Inherited {
                complete: mark.complete(),
            });
            let inherited = inherited.or_else(|| self.leave_browsers(announce, rules));
            let others = self.crowd_len() + self.browsers_len();
            let clients = self.clients.get_or_insert_default();
            let who = (contact, role);
            let outcome = clients.announce(announce, who, inherited, others, rules, random);
            if outcome.seeder_left {
                self.news.last_seed = rules.now;
            }
            return outcome.finished;
        }
        let full = self.is_full(rules);
        let finished = announce.event == Event::Completed && role == Role::Seeder;
        if announce.event == Event::Stopped {
            self.leave_crowd(contact, rules);
            return false;
        }
        let mark = Mark::new(role, false, rules.now);
        let crowd = self.crowd.get_or_insert_default();
        match contact {
            SocketAddr::V4(v4) => {
                let record = V4::new(v4, mark);
                crowd.v4.announce(record, finished, full, rules, random)
            }
            SocketAddr::V6(v6) => {
                let record = V6::new(v6, mark);
                crowd.v6.announce(record, finished, full, rules, random)
            }
        }
    }

    /// The same for one that nobody can dial. A member's client that announces in another way too
    /// is the one peer it is there.
    fn announce_browser(
        &mut self,
        announce: &Announce,
        who: (SocketAddr, Role),
        rules: &Rules<'_>,
        random: &mut Random,
    ) -> bool {
        if let Some(user) = announce.user {
            self.news.followed = true;
            let identity = Identity::Account(user);
            let dialable = self.clients().is_some_and(|clients| {
                let at = clients.find(announce.peer_id, identity, rules.secret);
                at.is_some()
            });
            if dialable {
                return false;
            }
        }
        let others = self.crowd_len() + self.clients_len();
        let browsers = self.browsers.get_or_insert_default();
        let outcome = browsers.announce(announce, who, None, others, rules, random);
        if outcome.seeder_left {
            self.news.last_seed = rules.now;
        }
        outcome.finished
    }

    pub(crate) fn restore_record(
        &mut self,
        contact: SocketAddr,
        mark: Mark,
        rules: &Rules<'_>,
        random: &mut Random,
    ) {
        self.touched = self
            .touched
            .max(rules.now - mark.age(rules.now).min(rules.now));
        let full = self.is_full(rules);
        let crowd = self.crowd.get_or_insert_default();
        match contact {
            SocketAddr::V4(v4) => crowd.v4.restore(V4::new(v4, mark), full, rules, random),
            SocketAddr::V6(v6) => crowd.v6.restore(V6::new(v6, mark), full, rules, random),
        }
    }

    pub(crate) fn restore_client(&mut self, peer: Peer, rules: &Rules<'_>, random: &mut Random) {
        self.touched = self.touched.max(peer.seen);
        self.news.followed = true;
        let others = self.crowd_len() + self.browsers_len();
        let clients = self.clients.get_or_insert_default();
        clients.restore(peer, others, rules, random);
    }

    pub(crate) fn pool(&self) -> Pool<'_> {
        let mut pool = Pool::default();
        if let Some(crowd) = self.crowd() {
            pool.add_crowd(crowd);
        }
        if let Some(clients) = self.clients() {
            pool.add_clients(clients);
        }
        pool
    }

    /// Looks at about `budget` peers, from where the last call stopped.
    pub(crate) fn sweep(&mut self, budget: usize, rules: &Rules<'_>) -> Swept {
        let mut swept = Swept::default();
        while swept.looked < budget && !swept.through {
            let left = budget - swept.looked;
            let (looked, removed, next) = match (self.sweeping, &mut self.crowd) {
                (Part::V4(kind, from), Some(crowd)) => crowd.v4.sweep(kind, from, left, rules),
                (Part::V6(kind, from), Some(crowd)) => crowd.v6.sweep(kind, from, left, rules),
                (Part::V4(..) | Part::V6(..), None) => (0, 0, None),
                (Part::Clients, _) => self.sweep_clients(u32::MAX, left, rules),
                (Part::ClientsBelow(below), _) => self.sweep_clients(below, left, rules),
                (Part::Browsers, _) => self.sweep_browsers(u32::MAX, left, rules),
                (Part::BrowsersBelow(below), _) => self.sweep_browsers(below, left, rules),
            };
            swept.looked += looked;
            swept.removed += removed;
            let next = self.sweeping.after(next);
            swept.through = next.is_none();
            self.sweeping = next.unwrap_or(Part::FIRST);
        }
        if swept.through {
            self.crowd
                .take_if(|crowd| crowd.v4.len() + crowd.v6.len() == 0);
            self.browsers.take_if(|browsers| browsers.len() == 0);
        }
        swept
    }

    /// Shows about `budget` peers, from a part on. Returns which part is next.
    pub(crate) fn read(
        &self,
        part: Part,
        budget: usize,
        mut see: impl FnMut(Kept<'_>),
    ) -> Option<Part> {
        let next = match (part, self.crowd()) {
            (Part::V4(kind, from), Some(crowd)) => {
                crowd.v4.kinds()[kind].read(from, budget, |record| {
                    see(Kept::Record(record.contact(), record.mark()));
                })
            }
            (Part::V6(kind, from), Some(crowd)) => {
                crowd.v6.kinds()[kind].read(from, budget, |record| {
                    see(Kept::Record(record.contact(), record.mark()));
                })
            }
            (Part::V4(..) | Part::V6(..), None) => None,
            (Part::Clients, _) => self.read_clients(u32::MAX, budget, see),
            (Part::ClientsBelow(below), _) => self.read_clients(below, budget, see),
            (Part::Browsers | Part::BrowsersBelow(_), _) => None,
        };
        part.after(next)
    }

    fn read_clients(
        &self,
        below: u32,
        budget: usize,
        mut see: impl FnMut(Kept<'_>),
    ) -> Option<u32> {
        let clients = self.clients()?;
        let end = below.min(clients.len());
        let start = end.saturating_sub(budget as u32);
        (start..end).for_each(|at| see(Kept::Client(clients.get(at))));
        (start > 0).then_some(start)
    }

    fn sweep_clients(
        &mut self,
        below: u32,
        budget: usize,
        rules: &Rules<'_>,
    ) -> (usize, usize, Option<u32>) {
        match &mut self.clients {
            Some(clients) => sweep_peers(clients, &mut self.news, below, budget, rules),
            None => (0, 0, None),
        }
    }

    fn sweep_browsers(
        &mut self,
        below: u32,
        budget: usize,
        rules: &Rules<'_>,
    ) -> (usize, usize, Option<u32>) {
        match &mut self.browsers {
            Some(browsers) => sweep_peers(browsers, &mut self.news, below, budget, rules),
            None => (0, 0, None),
        }
    }

    pub(crate) fn is_over(&self, rules: &Rules<'_>) -> bool {
        self.len() == 0 && !self.news.pinned && self.touched < rules.oldest()
    }

    /// What is left when nothing needs a large swarm any more.
    pub(crate) fn shrunk(&self) -> Option<Few> {
        let crowd = self.crowd()?;
        let small = crowd.v6.len() == 0 && crowd.v4.len() as usize <= Few::MOST * 3 / 4;
        let known = self.clients().is_some() || self.browsers().is_some();
        if !small || known || self.news.followed {
            return None;
        }
        let mut few = Few::new(self.touched);
        crowd.v4.iter().for_each(|record| few.push(*record));
        Some(few)
    }

    pub(crate) fn pick(&self, rules: &Rules<'_>, random: &mut Random) -> Option<(u32, At)> {
        let (clients, browsers) = (self.clients_len(), self.browsers_len());
        let nth = random.below(self.len().max(1));
        if nth < clients {
            let seen = self.clients()?.get(nth).seen;
            return Some((rules.now.saturating_sub(seen), At::Client(nth)));
        }
        let nth = nth - clients;
        if nth < browsers {
            let seen = self.browsers()?.get(nth).seen;
            return Some((rules.now.saturating_sub(seen), At::Browser(nth)));
        }
        let crowd = self.crowd()?;
        Some(if nth - browsers < crowd.v4.len() {
            let at = crowd.v4.pick(random)?;
            (crowd.v4.get(at).mark().age(rules.now), At::V4(at))
        } else {
            let at = crowd.v6.pick(random)?;
            (crowd.v6.get(at).mark().age(rules.now), At::V6(at))
        })
    }

    pub(crate) fn evict(&mut self, at: At, rules: &Rules<'_>) {
        let known = match at {
            At::Browser(_) => &mut self.browsers,
            _ => &mut self.clients,
        };
        match (at, &mut self.crowd, known) {
            (At::V4(at), Some(crowd), _) => {
                crowd.v4.remove(at);
            }
            (At::V6(at), Some(crowd), _) => {
                crowd.v6.remove(at);
            }
            (At::Client(at) | At::Browser(at), _, Some(known)) => {
                known.remove(at, rules.secret);
            }
            _ => {}
        }
    }

    /// Takes a member's client out that was a browser before: it turns out that it can be dialled.
    fn leave_browsers(&mut self, announce: &Announce, rules: &Rules<'_>) -> Option<Inherited> {
        let browsers = self.browsers.as_mut()?;
        let identity = Identity::Account(announce.user?);
        let at = browsers.find(announce.peer_id, identity, rules.secret)?;
        let complete = browsers.remove(at, rules.secret).complete();
        Some(Inherited { complete })
    }

    fn is_full(&self, rules: &Rules<'_>) -> bool {
        self.len() >= rules.config.max_peers_per_torrent.max(1)
    }

    /// Removes the record of a contact.
    fn leave_crowd(&mut self, contact: SocketAddr, rules: &Rules<'_>) -> Option<Mark> {
        let crowd = self.crowd.as_mut()?;
        let mark = Mark::new(Role::Leecher, false, rules.now);
        match contact {
            SocketAddr::V4(v4) => {
                let at = crowd.v4.find(&V4::new(v4, mark), rules.secret)?;
                Some(crowd.v4.remove(at).mark())
            }
            SocketAddr::V6(v6) => {
                let at = crowd.v6.find(&V6::new(v6, mark), rules.secret)?;
                Some(crowd.v6.remove(at).mark())
            }
        }
    }
}

/// Removes those of the last `below` peers, about `budget` of them, whose time is over. Returns how many
/// were looked at, how many removed, and below which to go on.
fn sweep_peers(
    peers: &mut PeerSet,
    news: &mut News,
    below: u32,
    budget: usize,
    rules: &Rules<'_>,
) -> (usize, usize, Option<u32>) {
    let mut below = below.min(peers.len());
    let (mut looked, mut removed) = (0, 0);
    while below > 0 && looked < budget {
        below -= 1;
        looked += 1;
        let peer = peers.get(below);
        if peer.seen < rules.oldest() {
            if peer.role == Role::Seeder {
                news.last_seed = news.last_seed.max(peer.seen);
            }
            peers.remove(below, rules.secret);
            removed += 1;
        }
    }
    (looked, removed, (below > 0).then_some(below))
}

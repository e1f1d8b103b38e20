use crate::big::Crowd;
use crate::crowd::{GIVING, WANTING, kind};
use crate::few::Few;
use crate::ordered::Ordered;
use crate::peer::{Peer, normalise};
use crate::peer_set::PeerSet;
use crate::query::{Families, Peers, Query};
use crate::random::{Random, visit};
use crate::record::{Record, V4, V6};
use std::net::SocketAddr;

/// The peers of a torrent as a random choice sees them: rows of slots, some of them vacant, those that
/// want pieces apart from those that give.
#[derive(Debug, Default)]
pub(crate) struct Pool<'a> {
    kinds: [Rows<'a>; 2],
}

/// The rows of one kind. Slots of the other kind may be among them.
#[derive(Debug, Clone, Copy, Default)]
struct Rows<'a> {
    few: &'a [V4],
    v4: Option<&'a Ordered<V4>>,
    v6: Option<&'a Ordered<V6>>,
    clients: Option<&'a PeerSet>,
    /// How many peers of this kind there are, by row.
    peers: [u32; 3],
}

/// What is in one slot, not looked at yet: so nothing waits for its memory but the look.
#[derive(Debug, Clone, Copy)]
enum Candidate<'a> {
    V4(V4),
    V6(V6),
    Client(&'a Peer),
}

impl<'a> Pool<'a> {
    pub(crate) fn few(few: &'a Few) -> Self {
        let of_kind = |kind_| {
            let is = |record: &&V4| kind(record.mark().role()) == kind_;
            Rows {
                few: few.slots(),
                peers: [few.iter().filter(is).count() as u32, 0, 0],
                ..Rows::default()
            }
        };
        Self {
            kinds: [of_kind(WANTING), of_kind(GIVING)],
        }
    }

    pub(crate) fn add_crowd(&mut self, crowd: &'a Crowd) {
        for (kind, rows) in self.kinds.iter_mut().enumerate() {
            let (v4, v6) = (&crowd.v4.kinds()[kind], &crowd.v6.kinds()[kind]);
            (rows.v4, rows.v6) = (Some(v4), Some(v6));
            (rows.peers[0], rows.peers[1]) = (v4.len(), v6.len());
        }
    }

    pub(crate) fn add_clients(&mut self, clients: &'a PeerSet) {
        let [wanting, giving] = &mut self.kinds;
        (wanting.clients, giving.clients) = (Some(clients), Some(clients));
        wanting.peers[2] = clients.wanting().len() as u32;
        giving.peers[2] = clients.giving().len() as u32;
    }

    /// Adds randomly chosen peers to `peers`: never the asker; to one that wants nothing, only those
    /// that want something; to others, as far as there are enough, half seeders and half not.
    pub(crate) fn choose(&self, query: &Query, random: &mut Random, peers: &mut Peers) {
        let asker = query.endpoint.map(normalise);
        let wanting = self.kinds[WANTING].of_use(query.families);
        if query.seeding {
            wanting.choose(WANTING, query.limit, query, asker, random, peers);
            return;
        }
        let giving = self.kinds[GIVING].of_use(query.families);
        // The asker may stand among those that want: one more, to be sure of enough.
        let others = (wanting.len() as usize).saturating_sub(1);
        let from_giving = query.limit - (query.limit / 2).min(others);
        let given = giving.choose(GIVING, from_giving, query, asker, random, peers);
        let from_wanting = query.limit - given;
        wanting.choose(WANTING, from_wanting, query, asker, random, peers);
    }
}

impl<'a> Rows<'a> {
    fn of_use(self, families: Families) -> Self {
        let [v4, v6, clients] = self.peers;
        match families {
            Families::Both => self,
            Families::V4 => Self {
                v6: None,
                peers: [v4, 0, clients],
                ..self
            },
            Families::V6 => Self {
                few: &[],
                v4: None,
                peers: [0, v6, clients],
                ..self
            },
        }
    }

    fn len(self) -> u32 {
        self.peers.iter().sum()
    }

    /// Returns how many were found.
    fn choose(
        self,
        kind: usize,
        want: usize,
        query: &Query,
        asker: Option<SocketAddr>,
        random: &mut Random,
        peers: &mut Peers,
    ) -> usize {
        let tables = self.v4.map_or(0, Ordered::slots) + self.v6.map_or(0, Ordered::slots);
        let slots = self.few.len() + tables + self.peers[2] as usize;
        if want == 0 || slots == 0 {
            return 0;
        }
        let mut scratch = std::mem::take(&mut peers.scratch);
        let load = |at| self.candidate(kind, at as usize);
        let take = |candidate| match candidate {
            Some(Candidate::V4(record)) => {
                let at = record.endpoint();
                let good = is_offered(&record, kind) && asker != Some(at.into());
                peers.v4.extend(good.then_some(at));
                good
            }
            Some(Candidate::V6(record)) => {
                let at = record.endpoint();
                let good = is_offered(&record, kind) && asker != Some(at.into());
                peers.v6.extend(good.then_some(at));
                good
            }
            Some(Candidate::Client(peer)) => {
                let is_asker =
                    Some(peer.id) == query.asker || asker.is_some_and(|at| peer.is_at(at));
                !is_asker && peers.add_client(peer, query.families)
            }
            None => false,
        };
        let taken = visit(slots as u32, want, random, &mut scratch, load, take);
        peers.scratch = scratch;
        taken
    }

    #[inline]
    fn candidate(self, kind: usize, at: usize) -> Option<Candidate<'a>> {
        let Some(at) = at.checked_sub(self.few.len()) else {
            return Some(Candidate::V4(self.few[at]));
        };
        let v4 = self.v4.map_or(0, Ordered::slots);
        let Some(at) = at.checked_sub(v4) else {
            return Some(Candidate::V4(*self.v4?.get(at)));
        };
        let v6 = self.v6.map_or(0, Ordered::slots);
        let Some(at) = at.checked_sub(v6) else {
            return Some(Candidate::V6(*self.v6?.get(at)));
        };
        let clients = self.clients?;
        let kinds = [clients.wanting(), clients.giving()];
        let at = kinds[kind].start + at as u32;
        Some(Candidate::Client(clients.get(at)))
    }
}

/// Whether there is anybody, of that kind, who can be reached.
fn is_offered(record: &impl Record, of: usize) -> bool {
    !record.is_vacant() && kind(record.mark().role()) == of && record.is_reachable()
}

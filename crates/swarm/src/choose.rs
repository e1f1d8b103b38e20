use crate::big::Crowd;
use crate::crowd::{GIVING, WANTING, kind};
use crate::few::Few;
use crate::leaves::{Leaves, RUN};
use crate::peer::normalise;
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
    v4: Option<&'a Leaves<V4>>,
    v6: Option<&'a Leaves<V6>>,
    clients: Option<&'a PeerSet>,
    /// How many peers of this kind there are, by row.
    peers: [u32; 3],
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
        wanting.peers[2] = clients.of_kind(WANTING).len() as u32;
        giving.peers[2] = clients.of_kind(GIVING).len() as u32;
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
    ///
    /// Peers are drawn in runs of a few that stand side by side: so every peer is as likely as any
    /// other, and one look at the memory is enough for several.
    fn choose(
        self,
        kind: usize,
        want: usize,
        query: &Query,
        asker: Option<SocketAddr>,
        random: &mut Random,
        peers: &mut Peers,
    ) -> usize {
        let clients = self.clients.map_or(0..0, |clients| clients.of_kind(kind));
        let (v4, v6) = (self.v4, self.v6);
        // Where nearly all are wanted, they are drawn one by one until the last.
        let singly = self.len() as usize <= 2 * want + SINGLY;
        let few = self.few.len();
        let v4_end = few + v4.map_or(0, |table| table.runs(singly));
        let v6_end = v4_end + v6.map_or(0, |table| table.runs(singly));
        let (length, together) = if singly { (1, 1) } else { (RUN, CLIENTS) };
        let runs = v6_end + clients.len().div_ceil(together);
        if want == 0 || runs == 0 {
            return 0;
        }
        let (asker_v4, asker_v6) = match asker {
            Some(SocketAddr::V4(at)) => (Some(at), None),
            Some(SocketAddr::V6(at)) => (None, Some(at)),
            None => (None, None),
        };
        let mut scratch = std::mem::take(&mut peers.scratch);
        let mut draw = |run: u32, room: usize, turn: usize| {
            let run = run as usize;
            match (v4, v6, self.clients) {
                _ if run < few => {
                    let one = &self.few[run..=run];
                    take(one, kind, asker_v4, 0..1, &mut peers.v4)
                }
                (Some(table), ..) if run < v4_end => {
                    let run = table.run(run - few, singly);
                    take(
                        run,
                        kind,
                        asker_v4,
                        turned(length, turn, room),
                        &mut peers.v4,
                    )
                }
                (_, Some(table), _) if run < v6_end => {
                    let run = table.run(run - v4_end, singly);
                    take(
                        run,
                        kind,
                        asker_v6,
                        turned(length, turn, room),
                        &mut peers.v6,
                    )
                }
                (.., Some(set)) => {
                    let first = clients.start + ((run - v6_end) * together) as u32;
                    let places = turned(together, turn, room).map(|place| first + place as u32);
                    let drawn = places.filter(|at| *at < clients.end).filter(|at| {
                        let peer = set.get(*at);
                        let is_asker =
                            Some(peer.id) == query.asker || asker.is_some_and(|at| peer.is_at(at));
                        !is_asker && peers.add_client(peer, query.families)
                    });
                    drawn.count()
                }
                (.., None) => 0,
            }
        };
        let expect = |run: u32| {
            let run = run as usize;
            match (v4, v6) {
                _ if run < few => {}
                (Some(table), _) if run < v4_end => table.prefetch_run(run - few, singly),
                (_, Some(table)) if run < v6_end => table.prefetch_run(run - v4_end, singly),
                _ => {}
            }
        };
        let taken = visit(runs as u32, want, random, &mut scratch, expect, &mut draw);
        peers.scratch = scratch;
        taken
    }
}

/// Clients that are drawn together.
const CLIENTS: usize = 2;

/// In swarms that are no larger, or where half of all are wanted, peers are drawn one by one.
const SINGLY: usize = 64;

/// The places of a run of `len`, beginning at a random one. No more than there is room for peers: so
/// nobody is the likelier for standing beside vacant places.
fn turned(len: usize, turn: usize, room: usize) -> impl Iterator<Item = usize> {
    (0..len.min(room)).map(move |place| (turn + place) % len)
}

/// Adds the contacts of those at these places of a run who are of a kind, can be reached and are not the
/// asker. Returns how many.
fn take<R: Record>(
    run: &[R],
    kind: usize,
    asker: Option<R::Contact>,
    places: impl Iterator<Item = usize>,
    contacts: &mut Vec<R::Contact>,
) -> usize {
    let before = contacts.len();
    for record in places.filter_map(|place| run.get(place)) {
        let contact = record.endpoint();
        if is_offered(record, kind) && asker != Some(contact) {
            contacts.push(contact);
        }
    }
    contacts.len() - before
}

/// Whether there is anybody, of that kind, who can be reached.
fn is_offered(record: &impl Record, of: usize) -> bool {
    record.is_reachable() && kind(record.mark().role()) == of
}

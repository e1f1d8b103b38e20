//! What a block of a snapshot is made of: (info-hash, completed: u32, last seed: u32, kind: u8, number
//! of peers: u32, peers). A torrent of many peers has several entries.

use crate::big::Part;
use crate::ids::UserId;
use crate::peer::{Identity, Peer, Role};
use crate::random::Random;
use crate::record::Mark;
use crate::rules::Rules;
use crate::secret::Secret;
use crate::shard::{Place, Shard};
use crate::torrent::Torrent;
use bittorrent::{InfoHash, PeerId};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

/// Where in a shard a snapshot goes on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cursor {
    key: u32,
    /// Within this torrent, at this part.
    within: Option<(InfoHash, Part)>,
}

impl Cursor {
    pub(crate) const START: Self = Self {
        key: 0,
        within: None,
    };
}

/// Adds the time and about [`PEERS_PER_SLICE`] peers to a block. Returns where to go on.
pub(crate) fn write_slice(
    block: &mut Vec<u8>,
    shard: &Shard,
    from: Cursor,
    secret: &Secret,
) -> Option<Cursor> {
    block.extend_from_slice(&shard.now().to_le_bytes());
    let (mut written, mut previous) = (0, None);
    let within = from.within.and_then(|(hash, part)| {
        let at = shard.find(hash, Place::of(hash, secret), secret)?;
        Some((at, part))
    });
    let key = |torrent: &Torrent| torrent.key(secret);
    let mut next = match within {
        Some(within) => Some(within),
        None => {
            let at = shard.torrents().range(from.key, u32::MAX, key).next();
            at.map(|at| (at, Part::FIRST))
        }
    };
    while let Some((at, part)) = next {
        let torrent = shard.at(at);
        let key = torrent.key(secret);
        // Torrents with the same key are never parted, so that none is left out.
        if written >= PEERS_PER_SLICE && previous != Some(key) {
            return Some(Cursor { key, within: None });
        }
        previous = Some(key);
        let mut part = Some(part);
        while let Some(here) = part {
            if written >= PEERS_PER_SLICE && here != Part::FIRST {
                let within = Some((torrent.hash, here));
                return Some(Cursor { key, within });
            }
            let budget = PEERS_PER_SLICE.saturating_sub(written).max(1);
            let (peers, rest) = write_entry(block, torrent, here, shard.now(), budget);
            written += peers + 1;
            part = rest;
        }
        next = shard
            .torrents()
            .next_from(at + 1)
            .map(|at| (at, Part::FIRST));
    }
    None
}

/// Adds some peers of a torrent. Returns how many, and which part is next.
fn write_entry(
    block: &mut Vec<u8>,
    torrent: &Torrent,
    part: Part,
    now: u32,
    budget: usize,
) -> (usize, Option<Part>) {
    let start = block.len();
    let kind = match part {
        Part::V4(..) => V4,
        Part::V6(..) => V6,
        Part::Clients | Part::ClientsBelow(_) | Part::Browsers | Part::BrowsersBelow(_) => CLIENT,
    };
    block.extend_from_slice(torrent.hash.as_bytes());
    block.extend_from_slice(&(torrent.counts().completed as u32).to_le_bytes());
    block.extend_from_slice(&torrent.last_seed().to_le_bytes());
    block.push(kind);
    let count_at = block.len();
    block.extend_from_slice(&[0; 4]);
    let mut count = 0u32;
    let rest = torrent.read(part, budget, |peer| {
        count += 1;
        match peer {
            Kept::Record(contact, mark) => write_record(block, contact, mark, now),
            Kept::Client(peer) => write_peer(block, peer),
        }
    });
    if count == 0 && part != Part::FIRST {
        block.truncate(start);
    } else {
        block[count_at..count_at + 4].copy_from_slice(&count.to_le_bytes());
    }
    (count as usize, rest)
}

/// A peer as a torrent keeps it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kept<'a> {
    Record(SocketAddr, Mark),
    Client(&'a Peer),
}

/// The head of an entry.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) hash: InfoHash,
    pub(crate) completed: u64,
    pub(crate) last_seed: u32,
    kind: u8,
    pub(crate) peers: u32,
}

impl Entry {
    pub(crate) fn read(rest: &mut &[u8]) -> Option<Self> {
        Some(Self {
            hash: InfoHash::from(take::<20>(rest)?),
            completed: u32::from_le_bytes(take(rest)?).into(),
            last_seed: u32::from_le_bytes(take(rest)?),
            kind: take(rest).map(|[kind]| kind)?,
            peers: u32::from_le_bytes(take(rest)?),
        })
    }

    /// As version 1 of the format has it: all peers are clients.
    pub(crate) fn read_v1(rest: &mut &[u8]) -> Option<Self> {
        Some(Self {
            hash: InfoHash::from(take::<20>(rest)?),
            completed: u64::from_le_bytes(take(rest)?),
            last_seed: u32::from_le_bytes(take(rest)?),
            kind: CLIENT,
            peers: u32::from_le_bytes(take(rest)?),
        })
    }

    /// Puts the next peer back, from a block that was `written` then, unless its time is over. Returns
    /// whether it was not.
    pub(crate) fn restore_peer(
        &self,
        rest: &mut &[u8],
        written: u32,
        torrent: &mut Torrent,
        rules: &Rules<'_>,
        random: &mut Random,
    ) -> Option<bool> {
        // A clock that went back must not make peers immortal.
        let written = written.min(rules.now);
        if self.kind == CLIENT {
            let mut peer = read_peer(rest)?;
            peer.seen = peer.seen.min(written);
            let here = peer.seen >= rules.oldest();
            if here {
                torrent.restore_client(peer, rules, random);
            }
            return Some(here);
        }
        let contact = match self.kind {
            V4 => {
                let ip = Ipv4Addr::from(take::<4>(rest)?);
                SocketAddr::from((ip, u16::from_le_bytes(take(rest)?)))
            }
            V6 => {
                let ip = Ipv6Addr::from(take::<16>(rest)?);
                SocketAddr::from((ip, u16::from_le_bytes(take(rest)?)))
            }
            _ => return None,
        };
        let mark = u16::from_le_bytes(take(rest)?);
        let role = role_from((mark & 3) as u8)?;
        let seen = written.saturating_sub(u32::from(mark >> 3) * AGE_UNIT);
        let here = seen >= rules.oldest();
        if here {
            let mark = Mark::new(role, mark & 4 != 0, seen);
            torrent.restore_record(contact, mark, rules, random);
        }
        Some(here)
    }
}

/// Contact, then age, in units of 16 seconds, with role and whether it was counted in the low bits.
fn write_record(out: &mut Vec<u8>, contact: SocketAddr, mark: Mark, now: u32) {
    match contact {
        SocketAddr::V4(v4) => out.extend_from_slice(&v4.ip().octets()),
        SocketAddr::V6(v6) => out.extend_from_slice(&v6.ip().octets()),
    }
    out.extend_from_slice(&contact.port().to_le_bytes());
    let age = (mark.age(now) / AGE_UNIT) as u16;
    let low = u16::from(role_number(mark.role())) | u16::from(mark.complete()) << 2;
    out.extend_from_slice(&(age << 3 | low).to_le_bytes());
}

fn role_number(role: Role) -> u8 {
    match role {
        Role::Leecher => 0,
        Role::Partial => 1,
        Role::Seeder => 2,
    }
}

fn role_from(number: u8) -> Option<Role> {
    match number {
        0 => Some(Role::Leecher),
        1 => Some(Role::Partial),
        2 => Some(Role::Seeder),
        _ => None,
    }
}

fn write_peer(out: &mut Vec<u8>, peer: &Peer) {
    out.extend_from_slice(peer.id.as_bytes());
    let (v4, v6) = peer.contacts();
    let v4 = v4.unwrap_or((Ipv4Addr::UNSPECIFIED, 0));
    let v6 = v6.unwrap_or((Ipv6Addr::UNSPECIFIED, 0));
    out.push(role_number(peer.role) | (u8::from(peer.complete()) << 2));
    out.extend_from_slice(&peer.seen.to_le_bytes());
    out.extend_from_slice(&v4.0.octets());
    out.extend_from_slice(&v4.1.to_le_bytes());
    out.extend_from_slice(&v6.0.octets());
    out.extend_from_slice(&v6.1.to_le_bytes());
    match peer.identity() {
        Identity::Account(user) => {
            out.push(0);
            out.extend_from_slice(&user.0.to_le_bytes());
        }
        Identity::Key(key) => {
            out.push(1);
            out.extend_from_slice(&key.to_le_bytes());
        }
        Identity::Contact(SocketAddr::V4(v4)) => {
            out.push(2);
            out.extend_from_slice(&v4.ip().octets());
            out.extend_from_slice(&v4.port().to_le_bytes());
        }
        Identity::Contact(SocketAddr::V6(v6)) => {
            out.push(3);
            out.extend_from_slice(&v6.ip().octets());
            out.extend_from_slice(&v6.port().to_le_bytes());
        }
    }
}

fn read_peer(rest: &mut &[u8]) -> Option<Peer> {
    let id = PeerId::from(take::<20>(rest)?);
    let [flags] = take(rest)?;
    let role = role_from(flags & 0b11)?;
    let complete = flags & 0b100 != 0;
    let seen = u32::from_le_bytes(take(rest)?);
    let v4 = (
        Ipv4Addr::from(take::<4>(rest)?),
        u16::from_le_bytes(take(rest)?),
    );
    let v6 = (
        Ipv6Addr::from(take::<16>(rest)?),
        u16::from_le_bytes(take(rest)?),
    );
    let identity = match take(rest)? {
        [0] => Identity::Account(UserId(i64::from_le_bytes(take(rest)?))),
        [1] => Identity::Key(u32::from_le_bytes(take(rest)?)),
        [2] => {
            let ip = Ipv4Addr::from(take::<4>(rest)?);
            Identity::Contact((ip, u16::from_le_bytes(take(rest)?)).into())
        }
        [3] => {
            let ip = Ipv6Addr::from(take::<16>(rest)?);
            Identity::Contact((ip, u16::from_le_bytes(take(rest)?)).into())
        }
        _ => return None,
    };
    let mut peer = Peer::new(id, identity, role, seen);
    peer.set_complete(complete);
    for contact in [SocketAddr::from(v4), SocketAddr::from(v6)] {
        if !contact.ip().is_unspecified() {
            peer.set_endpoint(contact);
        }
    }
    Some(peer)
}

pub(crate) fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (head, tail) = rest.split_first_chunk::<N>()?;
    *rest = tail;
    Some(*head)
}

/// Kinds of entries.
const V4: u8 = 0;
const V6: u8 = 1;
const CLIENT: u8 = 2;

const AGE_UNIT: u32 = 16;
const PEERS_PER_SLICE: usize = 2048;

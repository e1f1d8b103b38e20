use crate::ids::{UnixTime, UserId};
use crate::peer::{Identity, Peer, Role};
use crate::shard::Place;
use crate::swarm::Swarm;
use bittorrent::{InfoHash, PeerId};
use siphasher::sip::SipHasher13;
use std::hash::Hasher;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

/// What a restore brought back.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Restored {
    /// Peers that are in the swarm again.
    pub peers: usize,
    /// Peers left out because they were not heard of for too long.
    pub expired: usize,
}

/// Why a snapshot could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// Reading or writing failed.
    #[error("cannot read or write the snapshot of the swarm")]
    Io(#[from] io::Error),
    /// It is no snapshot, or one of a version this program does not know.
    #[error("not a snapshot of a swarm that this version can read")]
    Version,
    /// It is damaged or cut short. What came before the damage is in the swarm again.
    #[error("the snapshot of the swarm is damaged after {peers} peers")]
    Damaged {
        /// Peers that were restored.
        peers: usize,
    },
}

/// Form: the magic bytes, then blocks of (length: u32, payload, checksum: u64), then an empty block.
/// A payload is a row of torrents, each with its peers. All numbers are little-endian. The checksum
/// covers the number of the block too, so none can be lost, doubled or moved unseen.
impl Swarm {
    /// Writes everything to `out`, one shard at a time, so that no lock is held while writing.
    ///
    /// # Errors
    /// [`SnapshotError::Io`] as `out` reports it.
    pub fn snapshot(&self, out: &mut impl Write) -> Result<(), SnapshotError> {
        out.write_all(MAGIC)?;
        let mut number = 0;
        for shard in &self.shards {
            let mut blocks = vec![Vec::new()];
            for torrent in &shard.lock().torrents {
                let mut peers = torrent.peers.iter();
                loop {
                    let mut block = blocks.pop().unwrap_or_default();
                    if block.len() >= BLOCK_LEN {
                        blocks.push(block);
                        block = Vec::new();
                    }
                    block.extend_from_slice(torrent.hash.as_bytes());
                    block.extend_from_slice(&torrent.completed.to_le_bytes());
                    block.extend_from_slice(&torrent.last_seed.to_le_bytes());
                    let part = peers.len().min(PEERS_PER_ENTRY);
                    block.extend_from_slice(&(part as u32).to_le_bytes());
                    for peer in peers.by_ref().take(part) {
                        write_peer(&mut block, peer);
                    }
                    blocks.push(block);
                    if peers.len() == 0 {
                        break;
                    }
                }
            }
            for block in blocks.iter().filter(|block| !block.is_empty()) {
                write_block(out, number, block)?;
                number += 1;
            }
        }
        write_block(out, number, &[])?;
        out.flush()?;
        Ok(())
    }

    /// Adds what [`snapshot`](Self::snapshot) wrote, less the peers whose time is over. Whatever the
    /// bytes are, memory stays within a small multiple of what was read, and limits are kept.
    ///
    /// # Errors
    /// [`SnapshotError`]; the swarm is in order in any case.
    pub fn restore(&self, input: &mut impl Read, now: UnixTime) -> Result<Restored, SnapshotError> {
        let mut magic = [0; MAGIC.len()];
        input
            .read_exact(&mut magic)
            .map_err(|_| SnapshotError::Version)?;
        if magic != *MAGIC {
            return Err(SnapshotError::Version);
        }
        let mut restored = Restored::default();
        for number in 0.. {
            let damaged = |restored: &Restored| SnapshotError::Damaged {
                peers: restored.peers,
            };
            let block = match read_block(input, number) {
                Ok(Some(block)) => block,
                Ok(None) => return Err(damaged(&restored)),
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                    return Err(damaged(&restored));
                }
                Err(error) => return Err(error.into()),
            };
            if block.is_empty() {
                break;
            }
            let mut rest = &block[..];
            while !rest.is_empty() {
                self.restore_torrent(&mut rest, now, &mut restored)
                    .ok_or_else(|| damaged(&restored))?;
            }
        }
        Ok(restored)
    }

    fn restore_torrent(
        &self,
        rest: &mut &[u8],
        now: UnixTime,
        restored: &mut Restored,
    ) -> Option<()> {
        let hash = InfoHash::from(take::<20>(rest)?);
        let completed = u64::from_le_bytes(take(rest)?);
        let last_seed = u32::from_le_bytes(take(rest)?).min(now.compact());
        let peers = u32::from_le_bytes(take(rest)?);
        let oldest = now.compact().saturating_sub(self.peer_ttl());
        let (mut shard, place): (_, Place) = self.shard(hash);
        let at = shard.find_or_insert(hash, place, UnixTime::from_compact(oldest), &self.seed);
        shard.change(at, |torrent, random| {
            torrent.completed = torrent.completed.max(completed);
            torrent.last_seed = torrent.last_seed.max(last_seed);
            for _ in 0..peers {
                let mut peer = read_peer(rest)?;
                // A clock that went back must not make peers immortal.
                peer.seen = peer.seen.min(now.compact());
                if peer.seen < oldest {
                    restored.expired += 1;
                } else {
                    torrent.restore(peer, &self.config, &self.seed, random);
                    restored.peers += 1;
                }
            }
            Some(())
        })
    }
}

fn write_block(out: &mut impl Write, number: u64, payload: &[u8]) -> io::Result<()> {
    out.write_all(&(payload.len() as u32).to_le_bytes())?;
    out.write_all(payload)?;
    out.write_all(&checksum(number, payload).to_le_bytes())
}

/// The payload of the next block; `None` when it is damaged.
fn read_block(input: &mut impl Read, number: u64) -> io::Result<Option<Vec<u8>>> {
    let mut len = [0; 4];
    input.read_exact(&mut len)?;
    let len = u32::from_le_bytes(len) as usize;
    if len > BLOCK_LEN_MAX {
        return Ok(None);
    }
    let mut payload = vec![0; len];
    input.read_exact(&mut payload)?;
    let mut sum = [0; 8];
    input.read_exact(&mut sum)?;
    Ok((u64::from_le_bytes(sum) == checksum(number, &payload)).then_some(payload))
}

fn checksum(number: u64, payload: &[u8]) -> u64 {
    let mut hasher = SipHasher13::new();
    hasher.write(&number.to_le_bytes());
    hasher.write(payload);
    hasher.finish()
}

fn write_peer(out: &mut Vec<u8>, peer: &Peer) {
    out.extend_from_slice(peer.id.as_bytes());
    let role = match peer.role {
        Role::Leecher => 0,
        Role::Partial => 1,
        Role::Seeder => 2,
    };
    out.push(role | (u8::from(peer.complete) << 2));
    out.extend_from_slice(&peer.seen.to_le_bytes());
    out.extend_from_slice(&peer.v4.octets());
    out.extend_from_slice(&peer.v4_port.to_le_bytes());
    out.extend_from_slice(&peer.v6.octets());
    out.extend_from_slice(&peer.v6_port.to_le_bytes());
    match peer.identity {
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
    let role = match flags & 0b11 {
        0 => Role::Leecher,
        1 => Role::Partial,
        2 => Role::Seeder,
        _ => return None,
    };
    Some(Peer {
        id,
        role,
        complete: flags & 0b100 != 0,
        seen: u32::from_le_bytes(take(rest)?),
        v4: Ipv4Addr::from(take::<4>(rest)?),
        v4_port: u16::from_le_bytes(take(rest)?),
        v6: Ipv6Addr::from(take::<16>(rest)?),
        v6_port: u16::from_le_bytes(take(rest)?),
        identity: match take(rest)? {
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
        },
    })
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (head, tail) = rest.split_first_chunk::<N>()?;
    *rest = tail;
    Some(*head)
}

/// The last digit is the version.
const MAGIC: &[u8; 8] = b"skepswm1";
const BLOCK_LEN: usize = 256 << 10;
/// A block is closed when it has reached `BLOCK_LEN`; its last entry may go beyond.
const BLOCK_LEN_MAX: usize = BLOCK_LEN + 64 + PEERS_PER_ENTRY * 96;
const PEERS_PER_ENTRY: usize = 4096;

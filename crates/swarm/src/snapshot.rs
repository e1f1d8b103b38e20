use crate::ids::UnixTime;
use crate::rules::Rules;
use crate::snapshot_entry::{Cursor, Entry, take, write_slice};
use crate::swarm::Swarm;
use siphasher::sip::SipHasher13;
use std::hash::Hasher;
use std::io::{self, Read, Write};

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
/// A payload is the time it was written and a row of entries: see `snapshot_entry`. All numbers are
/// little-endian. The checksum covers the number of the block too, so none can be lost, doubled or
/// moved unseen.
impl Swarm {
    /// Writes everything to `out`, slice by slice, so that no lock is held while writing, nor for
    /// long. Whoever comes or goes meanwhile may be in it or not.
    ///
    /// # Errors
    /// [`SnapshotError::Io`] as `out` reports it.
    pub fn snapshot(&self, out: &mut impl Write) -> Result<(), SnapshotError> {
        out.write_all(MAGIC)?;
        let mut number = 0;
        let mut block = Vec::new();
        for shard in &self.shards {
            let mut cursor = Some(Cursor::START);
            while let Some(from) = cursor {
                block.clear();
                cursor = write_slice(&mut block, &shard.lock(), from, &self.secret);
                if block.len() > TIME_LEN {
                    write_block(out, number, &block)?;
                    number += 1;
                }
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
        let form = match &magic {
            MAGIC => Form::V3,
            MAGIC_V1 => Form::V1,
            _ => return Err(SnapshotError::Version),
        };
        let rules = self.rules(now);
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
            self.restore_block(&block, form, &rules, &mut restored)
                .ok_or_else(|| damaged(&restored))?;
        }
        Ok(restored)
    }

    fn restore_block(
        &self,
        block: &[u8],
        form: Form,
        rules: &Rules<'_>,
        restored: &mut Restored,
    ) -> Option<()> {
        let mut rest = block;
        let written = match form {
            Form::V1 => rules.now,
            Form::V3 => u32::from_le_bytes(take(&mut rest)?),
        };
        while !rest.is_empty() {
            let entry = match form {
                Form::V1 => Entry::read_v1(&mut rest)?,
                Form::V3 => Entry::read(&mut rest)?,
            };
            self.restore_entry(&entry, &mut rest, written, rules, restored)?;
        }
        Some(())
    }

    fn restore_entry(
        &self,
        entry: &Entry,
        rest: &mut &[u8],
        written: u32,
        rules: &Rules<'_>,
        restored: &mut Restored,
    ) -> Option<()> {
        let (mut shard, place) = self.shard(entry.hash);
        let before = shard.totals().peers();
        // Empty torrents are of no use for longer than it takes to go round.
        let old = Rules {
            now: rules.oldest(),
            ..*rules
        };
        let at = shard.find_or_insert(entry.hash, place, &old);
        let (whole, _) = shard.change(at, |torrent, random| {
            torrent.restore_counters(entry.completed, entry.last_seed.min(rules.now));
            for _ in 0..entry.peers {
                let here = entry.restore_peer(rest, written, torrent, rules, random)?;
                restored.peers += usize::from(here);
                restored.expired += usize::from(!here);
            }
            Some(())
        });
        shard.saw(rules.now);
        self.make_room(before, &mut shard, rules);
        whole
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

/// The last digit is the version.
const MAGIC: &[u8; 8] = b"skepswm3";
const MAGIC_V1: &[u8; 8] = b"skepswm1";
const TIME_LEN: usize = 4;
const BLOCK_LEN_MAX: usize = 1 << 20;

/// Which version of the format is read.
#[derive(Debug, Clone, Copy)]
enum Form {
    /// Blocks without a time and entries without a kind; all peers are clients.
    V1,
    V3,
}

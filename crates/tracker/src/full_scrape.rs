//! A scrape of everything: written to a file now and then, and sent from there.
//!
//! Keys of a bencoded dictionary are sorted and the swarm is not, so it has to be collected before it
//! is sent; and whoever takes it slowly must hold up nobody. A file does both: it is the same for
//! everybody who asks, costs no memory however slowly it is taken, and its length is known.

use crate::announce::wire_count;
use crate::config::Config;
use crate::throttle::Throttle;
use anyhow::{Context, Result};
use bittorrent::InfoHash;
use bittorrent::wire::http::{
    ScrapeEntry, write_scrape_end, write_scrape_entry, write_scrape_start,
};
use domain::Entropy;
use parking_lot::Mutex;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::net::IpAddr;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use swarm::{Access, Counts, Swarm, UnixTime};
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

/// The answer to whoever asks for all torrents.
pub(crate) struct FullScrape {
    path: PathBuf,
    every: Duration,
    throttle: Throttle,
    current: Mutex<Option<Arc<Written>>>,
}

/// One writing of it. The file has no name any more, and goes with the last who sends from it.
pub(crate) struct Written {
    file: File,
    len: u64,
}

/// Why it is not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotSent {
    #[error("this tracker does not list all its torrents: name those you ask for by info_hash")]
    Off,
    #[error("the list of all torrents is being written, please come back in a minute")]
    NotYet,
    #[error("others are taking the list of all torrents right now, please wait")]
    Busy,
    #[error("you had the list of all torrents a moment ago, please wait")]
    TooOften {
        /// Minutes.
        retry_in: u32,
    },
}

impl NotSent {
    /// After how many minutes asking again may help; `None` when it never will.
    pub(crate) fn retry_in(self) -> Option<u32> {
        match self {
            Self::Off => None,
            Self::NotYet | Self::Busy => Some(1),
            Self::TooOften { retry_in } => Some(retry_in),
        }
    }
}

impl FullScrape {
    /// None where the configuration has none.
    pub(crate) fn new(config: &Config, entropy: &Entropy) -> Option<Self> {
        Some(Self {
            path: config.full_scrape_path.clone()?,
            every: config.full_scrape_every,
            throttle: Throttle::new(PER_MINUTE, config.neighbours.clone(), entropy.bytes()),
            current: Mutex::new(None),
        })
    }

    /// What to send to `client`; `slots` is shared by all sendings of one thread.
    pub(crate) fn take(
        &self,
        client: IpAddr,
        slots: &Arc<()>,
        now: UnixTime,
    ) -> Result<Sending, NotSent> {
        let written = self.current.lock().clone().ok_or(NotSent::NotYet)?;
        let slot = slots.clone();
        if Arc::strong_count(slots) > SENDINGS + 1 {
            return Err(NotSent::Busy);
        }
        let taken = self.throttle.take(client, now);
        taken.map_err(|retry_in| NotSent::TooOften { retry_in })?;
        Ok(Sending {
            written,
            sent: 0,
            _slot: slot,
        })
    }

    /// Writes it anew, now and every so often, until `end` is cancelled.
    pub(crate) async fn keep(
        self: Arc<Self>,
        swarm: Arc<Swarm>,
        access: Arc<Access>,
        end: CancellationToken,
    ) {
        let mut ticks = tokio::time::interval(self.every);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut failing = false;
        loop {
            tokio::select! {
                () = end.cancelled() => return,
                _ = ticks.tick() => {}
            }
            let (this, swarm, access) = (self.clone(), swarm.clone(), access.clone());
            let writing = tokio::task::spawn_blocking(move || write(&this.path, &swarm, &access));
            let written = tokio::select! {
                () = end.cancelled() => return,
                written = writing => written.map_err(anyhow::Error::from).flatten(),
            };
            match written {
                Ok(written) => {
                    failing = false;
                    *self.current.lock() = Some(Arc::new(written));
                }
                Err(error) if !failing => {
                    failing = true;
                    tracing::error!(
                        error = format!("{error:#}"),
                        "cannot write the list of all torrents: the last one stays"
                    );
                }
                Err(_) => {}
            }
        }
    }
}

/// The file on its way to one client.
pub(crate) struct Sending {
    written: Arc<Written>,
    sent: u64,
    _slot: Arc<()>,
}

impl Sending {
    /// How many bytes there are in all.
    pub(crate) fn len(&self) -> u64 {
        self.written.len
    }

    /// Puts the next piece into `piece`. Returns whether it is the last.
    pub(crate) fn next(&mut self, piece: &mut Vec<u8>) -> io::Result<bool> {
        let len = (self.written.len - self.sent).min(PIECE);
        piece.resize(len as usize, 0);
        self.written.file.read_exact_at(piece, self.sent)?;
        self.sent += len;
        Ok(self.sent == self.written.len)
    }
}

/// Goes through the swarm, several times if it is large, so that no more is collected at once than
/// one part of all hashes.
fn write(path: &Path, swarm: &Swarm, access: &Access) -> Result<Written> {
    let what = || format!("cannot write {}", path.display());
    if let Some(dir) = path.parent() {
        fs::create_dir_all(dir).with_context(what)?;
    }
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error).with_context(what),
        _ => {}
    }
    let mut file = File::options()
        .read(true)
        .write(true)
        .create_new(true)
        .open(path)
        .with_context(what)?;
    // Readers keep it, and whatever ends this process takes it away.
    fs::remove_file(path).with_context(what)?;
    let mut out = Vec::new();
    let mut len = 0;
    let parts = swarm.totals().torrents / PART + 1;
    write_scrape_start(&mut out);
    for part in 0..parts {
        let mut entries: Vec<(InfoHash, Counts)> = Vec::new();
        swarm.each_torrent(|hash, counts| {
            if part_of(hash, parts) == part && is_listed(hash, counts, access) {
                entries.push((hash, counts));
            }
        });
        entries.sort_unstable_by_key(|(hash, _)| *hash);
        entries.dedup_by_key(|(hash, _)| *hash);
        for (info_hash, counts) in entries {
            let entry = ScrapeEntry {
                info_hash,
                complete: counts.seeders,
                downloaded: wire_count(counts.completed),
                downloaders: counts.downloaders,
                incomplete: counts.leechers,
            };
            write_scrape_entry(&mut out, &entry);
            if out.len() >= PIECE as usize {
                file.write_all(&out).with_context(what)?;
                len += out.len() as u64;
                out.clear();
            }
        }
    }
    write_scrape_end(&mut out, Some(INTERVAL));
    file.write_all(&out).with_context(what)?;
    len += out.len() as u64;
    Ok(Written { file, len })
}

/// Which of `parts` a hash is in; parts and hashes are in the same order.
fn part_of(hash: InfoHash, parts: u64) -> u64 {
    let [a, b, c, d, ..] = *hash.as_bytes();
    (u64::from(u32::from_be_bytes([a, b, c, d])) * parts) >> 32
}

/// What anybody may announce, and nothing that stands in a forum: who may know of that can change at
/// any moment, and the file is as it was.
fn is_listed(hash: InfoHash, counts: Counts, access: &Access) -> bool {
    counts != Counts::default()
        && matches!(access.decide(hash, None), Ok(grant) if grant.torrent.is_none())
}

/// Bytes read and sent at a time.
const PIECE: u64 = 64 << 10;
/// Torrents collected at a time, 40 bytes each.
const PART: u64 = 1 << 18;
/// How many a thread sends at the same time.
const SENDINGS: usize = 4;
/// How often an address may ask in the long run.
const PER_MINUTE: u32 = 1;
/// Seconds between two of one client, as it is told (BEP 48's `min_request_interval`).
const INTERVAL: u32 = 600;

#[cfg(test)]
mod tests {
    use super::*;
    use bittorrent::{Event, PeerId};
    use std::net::Ipv4Addr;
    use swarm::{Announce, Identities, Policy};

    const NOW: UnixTime = UnixTime(1_800_000_000);

    fn swarm_of(torrents: u32) -> Swarm {
        let config = swarm::Config {
            identities: Identities::Contact,
            ..swarm::Config::default()
        };
        let swarm = Swarm::new(config, [7; 16]);
        for number in 0..torrents {
            let announce = Announce {
                peer_id: PeerId::from([1; 20]),
                user: None,
                addr: (Ipv4Addr::from_bits(0x0b00_0000 + number), 1).into(),
                dialable: true,
                key: None,
                left: Some(u64::from(number % 2)),
                event: Event::None,
            };
            swarm.insert_or_update(hash(number), &announce, NOW);
        }
        swarm
    }

    /// Spread over all parts.
    fn hash(number: u32) -> InfoHash {
        let mut bytes = [7; 20];
        bytes[..4].copy_from_slice(&number.wrapping_mul(0x9e37_79b1).to_be_bytes());
        bytes.into()
    }

    fn text(written: &Written) -> Vec<u8> {
        let mut text = vec![0; written.len as usize];
        written.file.read_exact_at(&mut text, 0).unwrap();
        text
    }

    #[test]
    fn all_torrents_are_in_it_once_and_in_order() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("tracker/scrape");
        let access = Access::new(Policy::Open, [1; 16]);
        // Enough for two parts.
        let torrents = PART as u32 + 1000;
        let written = write(&path, &swarm_of(torrents), &access).unwrap();
        let text = text(&written);
        let limits = bencode::Limits {
            items: 1 << 24,
            bytes: 1 << 30,
            ..bencode::Limits::default()
        };
        // Strict: sorted, and nothing twice.
        let document = bencode::Document::parse(&text, bencode::Mode::Strict, &limits).unwrap();
        let files = document.root().get(b"files").unwrap();
        assert_eq!(files.len(), torrents as usize);
        for number in [0, 1, torrents - 1] {
            let counts = files.get(hash(number).as_bytes()).unwrap();
            let count = |key: &[u8]| counts.get(key).unwrap().as_int();
            let odd = i64::from(number % 2);
            assert_eq!(count(b"complete"), Some(1 - odd));
            assert_eq!(count(b"incomplete"), Some(odd));
            assert_eq!(count(b"downloaders"), Some(odd));
        }
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 0);
    }

    #[test]
    fn what_stands_on_a_site_or_is_denied_is_left_out() {
        let dir = tempfile::tempdir().unwrap();
        let access = Access::new(Policy::Open, [1; 16]);
        let registration = swarm::Registration {
            torrent: swarm::TorrentId(1),
            canonical: hash(1),
            private: false,
            frozen: None,
            forum: None,
            upload_percent: 100,
            download_percent: 100,
        };
        access.upsert_torrent(&[hash(1)], &registration);
        access.set_lists([], [hash(2)]);
        let written = write(&dir.path().join("scrape"), &swarm_of(4), &access).unwrap();
        let text = text(&written);
        let names = |hash: InfoHash| text.windows(20).any(|bytes| bytes == hash.as_bytes());
        let listed = [0, 1, 2, 3].map(|number| names(hash(number)));
        assert_eq!(listed, [true, false, false, true]);
    }
}

//! How much memory and time a swarm takes: fills one in process and measures it.
//!
//! ```text
//! cargo run --release -p swarm --example fill -- memory TORRENTS PEERS_PER_TORRENT [contact|full|members] [v4|v6]
//! cargo run --release -p swarm --example fill -- speed TORRENTS PEERS_PER_TORRENT [contact|full|members] [v4|v6]
//! cargo run --release -p swarm --example fill -- expiry TORRENTS PEERS_PER_TORRENT [contact|full|members] [v4|v6]
//! cargo run --release -p swarm --example fill -- snapshot TORRENTS PEERS_PER_TORRENT [contact|full|members] [v4|v6]
//! ```
//!
//! Peers announce in random order, as on the wire. Memory is the growth of the whole process, from
//! `/proc/self/statm`.

#![expect(
    clippy::disallowed_methods,
    reason = "a program of its own, which is there to look at the clock"
)]

use bittorrent::{Event, InfoHash, PeerId};
use std::io::{self, Write};
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use swarm::{Announce, Config, Families, Identities, Peers, Swarm, UnixTime, UserId};

const NOW: UnixTime = UnixTime(1_800_000_000);
/// Announces that come together, as packets do, and how many batches of them are measured.
const BATCH: u64 = 64;
const BATCHES: u64 = 10_000;
const DRAINED_EVERY: usize = 100_000;

/// What a swarm is filled with.
#[derive(Clone, Copy)]
struct Shape {
    torrents: u64,
    peers: u64,
    identities: Identities,
    members: bool,
    v6: bool,
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let argument = |at: usize| arguments.get(at).map_or("", String::as_str);
    let number = |at: usize| argument(at).parse().expect("a number");
    let shape = Shape {
        torrents: number(1),
        peers: number(2),
        identities: match argument(3) {
            "full" => Identities::Full,
            _ => Identities::Contact,
        },
        members: argument(3) == "members",
        v6: argument(4) == "v6",
    };
    match argument(0) {
        "memory" => drop(shape.fill()),
        "speed" => shape.speed(),
        "expiry" => shape.expiry(),
        "snapshot" => shape.snapshot(),
        _ => panic!("memory, speed, expiry or snapshot"),
    }
}

impl Shape {
    fn total(self) -> u64 {
        self.torrents * self.peers
    }

    fn swarm(self) -> Swarm {
        let config = Config {
            identities: self.identities,
            ..Config::default()
        };
        Swarm::new(config, [42; 16])
    }

    fn announce(self, number: u64) -> (InfoHash, Announce) {
        let (torrent, peer) = (number % self.torrents, number / self.torrents);
        let mut hash = [0; 20];
        for (at, part) in hash.chunks_mut(8).enumerate() {
            let random = mix(torrent * 3 + at as u64).to_le_bytes();
            part.copy_from_slice(&random[..part.len()]);
        }
        let random = mix(number ^ 0x1234_5678_0000);
        let contact: SocketAddr = if self.v6 {
            let ip = (0x2001u128 << 112) | (u128::from(random) << 48) | u128::from(peer);
            (std::net::Ipv6Addr::from(ip), 6881).into()
        } else {
            // No addresses of this machine.
            let ip = (random as u32 & 0x7fff_ffff) | 0x8000_0000;
            (std::net::Ipv4Addr::from(ip), (random >> 40) as u16 | 1).into()
        };
        let mut id = *b"-qB5000-............";
        id[8..16].copy_from_slice(&random.to_le_bytes());
        let announce = Announce {
            peer_id: PeerId::from(id),
            user: self.members.then_some(UserId((random >> 32) as i64)),
            addr: contact,
            dialable: true,
            key: None,
            left: Some(u64::from(random.is_multiple_of(2))),
            event: Event::None,
        };
        (InfoHash::from(hash), announce)
    }

    /// All peers once, in an order that is as good as random.
    fn fill(self) -> Swarm {
        let before = resident();
        let swarm = self.swarm();
        let began = Instant::now();
        for (done, number) in scattered(self.total()).enumerate() {
            let (hash, announce) = self.announce(number);
            swarm.insert_or_update(hash, &announce, NOW);
            // As whoever follows the counters does every few seconds.
            if done % DRAINED_EVERY == 0 {
                swarm.drain_changed();
            }
        }
        swarm.drain_changed();
        let (grown, took) = (resident() - before, began.elapsed());
        let peers = swarm.totals().peers();
        println!(
            "{} torrents x {} peers: {:.2} B/peer ({} MB in all, {peers} peers), {:.0} ns per peer",
            self.torrents,
            self.peers,
            grown as f64 / peers as f64,
            grown >> 20,
            took.as_nanos() as f64 / self.total() as f64,
        );
        swarm
    }

    /// What an announce of a peer that is known takes, with and without choosing peers, and of one
    /// that comes new and goes again.
    fn speed(self) {
        let swarm = self.fill();
        let mut peers = Peers::default();
        let mut measure = |what: &str, limit: usize, churn: bool, ahead: bool| {
            let mut given = 0;
            let mut took: Vec<Duration> = Vec::new();
            for batch in 0..BATCHES {
                let numbers = batch * BATCH..(batch + 1) * BATCH;
                let announces: Vec<_> = numbers
                    .map(|number| mix(number.wrapping_add(salt(what))) % self.total())
                    .map(|number| self.announce(number + u64::from(churn) * self.total()))
                    .collect();
                let began = Instant::now();
                if ahead {
                    announces.iter().for_each(|(hash, _)| swarm.prefetch(*hash));
                }
                for (hash, announce) in &announces {
                    let query = announce.query(limit, Families::Both);
                    swarm.announce(*hash, announce, &query, NOW, &mut peers);
                    given += peers.v4.len() + peers.v6.len();
                    if churn {
                        let mut leaving = *announce;
                        leaving.event = Event::Stopped;
                        swarm.announce(*hash, &leaving, &query, NOW, &mut peers);
                    }
                }
                took.push(began.elapsed());
            }
            // Whatever else the machine does falls on few of them.
            took.sort_unstable();
            println!(
                "  {what}: {:.0} ns, {:.1} peers",
                took[took.len() / 2].as_nanos() as f64 / BATCH as f64,
                given as f64 / (BATCHES * BATCH) as f64
            );
        };
        measure("known, no peers wanted", 0, false, false);
        measure("the same, memory fetched ahead", 0, false, true);
        measure("known, 50 peers wanted", 50, false, false);
        measure("the same, memory fetched ahead", 50, false, true);
        measure("coming and going", 0, true, false);
    }

    /// How long the slices of an expiry take that removes everything.
    fn expiry(self) {
        let swarm = self.fill();
        for (what, now) in [("nobody", 0), ("everybody", 10_000)] {
            let (mut longest, mut removed) = (Duration::ZERO, 0);
            let began = Instant::now();
            loop {
                let slice = Instant::now();
                // No more than one lock is held for.
                let expired = swarm.expire(UnixTime(NOW.0 + now), 1024);
                longest = longest.max(slice.elapsed());
                removed += expired.peers;
                if expired.round_complete {
                    break;
                }
            }
            println!(
                "  {what} expires: {removed} removed in {:?}, longest slice {longest:?}",
                began.elapsed()
            );
        }
    }

    /// How long a snapshot and a restore take, and how long anybody else has to wait for a lock.
    fn snapshot(self) {
        let swarm = self.fill();
        let mut timed = Timed::default();
        let began = Instant::now();
        timed.last = Some(began);
        swarm.snapshot(&mut timed).expect("memory takes it");
        println!(
            "  snapshot: {} MB in {:?}, longest pause between writes {:?}",
            timed.bytes.len() >> 20,
            began.elapsed(),
            timed.longest
        );
        drop(swarm);
        let swarm = self.swarm();
        let began = Instant::now();
        let restored = swarm
            .restore(&mut &timed.bytes[..], NOW)
            .expect("it is whole");
        println!(
            "  restore: {} peers in {:?}",
            restored.peers,
            began.elapsed()
        );
    }
}

/// Notes the longest time between two writes: what was done under a lock is part of it.
#[derive(Default)]
struct Timed {
    bytes: Vec<u8>,
    last: Option<Instant>,
    longest: Duration,
}

impl Write for Timed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let pause = self.last.map_or(Duration::ZERO, |last| last.elapsed());
        self.longest = self.longest.max(pause);
        self.bytes.extend_from_slice(bytes);
        self.last = Some(Instant::now());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The numbers below `len`, each once.
fn scattered(len: u64) -> impl Iterator<Item = u64> {
    // A stride that shares no factor with the length visits everything.
    let stride = (1..)
        .map(|n| len / 2 + len / 8 + n)
        .find(|stride| gcd(*stride, len) == 1)
        .expect("some number shares no factor");
    (0..len).map(move |n| (u128::from(n) * u128::from(stride) % u128::from(len)) as u64)
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// What keeps measurements from asking for what the one before has just touched.
fn salt(text: &str) -> u64 {
    text.bytes().fold(0, |sum: u64, byte| {
        sum.wrapping_mul(31).wrapping_add(byte.into())
    })
}

fn mix(number: u64) -> u64 {
    let mut z = number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Bytes of memory this process has.
fn resident() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").expect("this is Linux");
    let pages = statm.split(' ').nth(1).and_then(|pages| pages.parse().ok());
    pages.map_or(0, |pages: u64| pages * 4096)
}

//! `load echo`, `load udp`, `load http` and `load ws`: what the system allows, and what a tracker makes of
//! it; `load members`: whether it credits what was announced.

mod dice;
mod echo;
mod http;
mod http_echo;
mod members;
mod udp;
mod usage;
mod ws;

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use clap::{Parser, ValueEnum};

#[derive(Parser)]
#[command(about = "Load generators for a tracker")]
enum Arguments {
    /// Answers announces in the right size and knows nothing: the limit of the machine
    Echo {
        /// Where to listen
        #[arg(default_value = "127.0.0.1:3000")]
        addr: SocketAddr,
        /// Over HTTP instead of UDP
        #[arg(long)]
        http: bool,
        /// Ends a connection after the first answer
        #[arg(long, requires = "http")]
        close: bool,
    },
    /// Announces over UDP as fast as answers come
    Udp {
        /// The tracker
        addr: SocketAddr,
        /// What is asked
        #[arg(long, value_enum, default_value_t = Mix::Mixed)]
        mix: Mix,
        /// Torrents; in a mix and in announces, the lower their number the larger their swarms
        #[arg(long, default_value_t = 1_000_000)]
        torrents: u64,
        /// Peers
        #[arg(long, default_value_t = 2_000_000)]
        peers: u64,
        /// Peers wanted in an answer
        #[arg(long, default_value_t = 30)]
        want: u32,
        /// Seconds; a fill takes as long as it takes
        #[arg(long, default_value_t = 10)]
        seconds: u64,
        /// Sockets
        #[arg(long, default_value_t = 8)]
        sockets: usize,
        /// Requests under way on each
        #[arg(long, default_value_t = 64)]
        window: usize,
        /// Of whom the processor time and the memory are reported
        #[arg(long)]
        server: Option<u32>,
    },
    /// Announces over HTTP as fast as answers come
    Http {
        /// The tracker
        addr: SocketAddr,
        /// Connections
        #[arg(long, default_value_t = 64)]
        connections: usize,
        /// Requests under way on each
        #[arg(long, default_value_t = 1)]
        window: usize,
        /// A connection for each request
        #[arg(long)]
        close: bool,
        /// A file of passkeys, one a line
        #[arg(long)]
        passkeys: Option<PathBuf>,
        /// A file of info-hashes in hex, one a line, where not any will do
        #[arg(long)]
        hashes: Option<PathBuf>,
        /// Torrents
        #[arg(long, default_value_t = 20_000)]
        torrents: u64,
        /// Requests, each a peer, before they begin anew
        #[arg(long, default_value_t = 40_000)]
        peers: u64,
        /// Peers wanted in an answer
        #[arg(long, default_value_t = 30)]
        want: u32,
        /// Speaks TLS and trusts this certificate
        #[arg(long, value_name = "PEM")]
        tls: Option<PathBuf>,
        /// Seconds
        #[arg(long, default_value_t = 5)]
        seconds: u64,
        /// Of whom the processor time and the memory are reported
        #[arg(long)]
        server: Option<u32>,
    },
    /// Announces for members, whatever happens to the tracker, and says what they are to be credited
    Members(members::Arguments),
    /// Browsers that announce with offers, as fast as offers are passed on
    Ws {
        /// The tracker
        addr: SocketAddr,
        /// Connections, each from an address of its own where the tracker is on this machine
        #[arg(long, default_value_t = 10_000)]
        connections: usize,
        /// Torrents, with as many of them each
        #[arg(long, default_value_t = 100)]
        torrents: usize,
        /// Offers in an announce
        #[arg(long, default_value_t = 5)]
        offers: usize,
        /// Bytes of a session description
        #[arg(long, default_value_t = 1_500)]
        sdp: usize,
        /// Offers under way at the same time
        #[arg(long, default_value_t = 500)]
        window: u64,
        /// Every so many offers one is answered
        #[arg(long, default_value_t = 5)]
        answer_every: u64,
        /// Seconds
        #[arg(long, default_value_t = 10)]
        seconds: u64,
        /// Of whom the processor time and the memory are reported
        #[arg(long)]
        server: Option<u32>,
    },
}

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Mix {
    /// Connects and announces alike, and a scrape for every fifty
    Mixed,
    /// Announces
    Announces,
    /// Every peer announced once, spread evenly over the torrents
    Fill,
}

fn main() -> Result<()> {
    match Arguments::parse() {
        Arguments::Echo {
            addr,
            http: true,
            close,
        } => http_echo::run(addr, close),
        Arguments::Echo { addr, .. } => echo::run(addr),
        Arguments::Http {
            addr,
            connections,
            window,
            close,
            passkeys,
            hashes,
            torrents,
            peers,
            want,
            tls,
            seconds,
            server,
        } => {
            let hashes = hashes.map_or(Ok(Vec::new()), |path| lines(&path))?;
            let plan = http::Plan {
                connections: connections.clamp(1, 10_000),
                window: if close { 1 } else { window.clamp(1, 1000) },
                close,
                time: Duration::from_secs(seconds),
                torrents: torrents.max(1),
                peers: peers.max(1),
                want,
                passkeys: passkeys.map_or(Ok(Vec::new()), |path| lines(&path))?,
                hashes: hashes
                    .iter()
                    .map(|hash| hex(hash).with_context(|| format!("`{hash}` is no info-hash")))
                    .collect::<Result<_>>()?,
                tls: tls.map(|path| http::tls(&path)).transpose()?,
            };
            let before = server.map(usage::of).transpose()?;
            let sum = http::run(addr, &plan)?;
            let after = server.map(usage::of).transpose()?;
            println!("{sum}");
            if let (Some(before), Some(after)) = (before, after) {
                println!("{}", after.since(&before, sum.answers));
            }
            Ok(())
        }
        Arguments::Members(arguments) => members::run(&arguments),
        Arguments::Udp {
            addr,
            mix,
            torrents,
            peers,
            want,
            seconds,
            sockets,
            window,
            server,
        } => {
            let plan = udp::Plan {
                mix,
                torrents: torrents.max(1),
                peers: peers.max(1),
                want,
                time: Duration::from_secs(seconds),
                sockets: sockets.clamp(1, 64),
                window: window.clamp(2, 4096),
            };
            let before = server.map(usage::of).transpose()?;
            let sum = udp::run(addr, &plan)?;
            let after = server.map(usage::of).transpose()?;
            println!("{sum}");
            if let (Some(before), Some(after)) = (before, after) {
                let answers = sum.answers() as f64;
                println!(
                    "cpu_us={:.3} user_us={:.3} system_us={:.3} growth_bytes_per_peer={:.1}",
                    (after.user + after.system - before.user - before.system) / answers,
                    (after.user - before.user) / answers,
                    (after.system - before.system) / answers,
                    (after.memory as f64 - before.memory as f64) / plan.peers as f64,
                );
            }
            Ok(())
        }
        Arguments::Ws {
            addr,
            connections,
            torrents,
            offers,
            sdp,
            window,
            answer_every,
            seconds,
            server,
        } => {
            let plan = ws::Plan {
                connections,
                torrents: torrents.clamp(1, connections.max(1)),
                offers,
                sdp,
                window: window.max(1),
                answer_every: answer_every.max(1),
                time: Duration::from_secs(seconds),
                server,
            };
            println!("{}", ws::run(addr, plan)?);
            Ok(())
        }
    }
}

fn lines(path: &Path) -> Result<Vec<String>> {
    let text =
        fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(text.lines().map(str::to_owned).collect())
}

fn hex(text: &str) -> Option<[u8; 20]> {
    let mut bytes = [0; 20];
    for (byte, at) in bytes.iter_mut().zip((0..).step_by(2)) {
        *byte = u8::from_str_radix(text.get(at..at + 2)?, 16).ok()?;
    }
    (text.len() == 40).then_some(bytes)
}

fn info_hash(torrent: u64) -> [u8; 20] {
    let mut hash = [0; 20];
    let mut word = torrent;
    for bytes in hash.chunks_mut(8) {
        word = dice::mix(word.wrapping_add(0x9e37_79b9_7f4a_7c15));
        bytes.copy_from_slice(&word.to_be_bytes()[..bytes.len()]);
    }
    hash
}

//! `load echo`, `load udp`, `load http` and `load ws`: what the system allows, and what a tracker makes of
//! it; `load hashes`: what it is asked for; `load members`: whether it credits what was announced.

mod dice;
mod echo;
mod http;
mod http_echo;
mod latencies;
mod members;
mod udp;
mod usage;
mod ws;

use std::fs;
use std::io::{self, BufWriter, Write};
use std::net::SocketAddr;
use std::path::Path;
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
    /// Announces over UDP, as fast as answers come or at a pace
    Udp(udp::Arguments),
    /// Announces over HTTP as fast as answers come
    Http(http::Arguments),
    /// Prints the info-hashes that are asked for, for trackers that serve no others
    Hashes {
        /// Torrents
        torrents: u64,
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
        Arguments::Udp(arguments) => udp::command(arguments),
        Arguments::Http(arguments) => http::command(arguments),
        Arguments::Hashes { torrents } => print_hashes(torrents),
        Arguments::Members(arguments) => members::run(&arguments),
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

fn print_hashes(torrents: u64) -> Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    for torrent in 0..torrents {
        for byte in info_hash(torrent) {
            write!(out, "{byte:02x}")?;
        }
        writeln!(out)?;
    }
    Ok(out.flush()?)
}

/// The lines of a file; none where there is no file.
fn lines(path: Option<&Path>) -> Result<Vec<String>> {
    let Some(path) = path else {
        return Ok(Vec::new());
    };
    let text =
        fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(text.lines().map(str::to_owned).collect())
}

/// The info-hashes of a file; none where there is no file.
fn hashes(path: Option<&Path>) -> Result<Vec<[u8; 20]>> {
    lines(path)?
        .iter()
        .map(|hash| hex(hash).with_context(|| format!("`{hash}` is no info-hash")))
        .collect()
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

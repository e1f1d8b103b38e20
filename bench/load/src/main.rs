//! `load echo`, `load udp` and `load ws`: what the system allows, and what a tracker makes of it; `load
//! members`: whether it credits what was announced.

mod dice;
mod echo;
mod members;
mod udp;
mod usage;
mod ws;

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Result;
use clap::{Parser, ValueEnum};

#[derive(Parser)]
#[command(about = "Load generators for a tracker")]
enum Arguments {
    /// Answers UDP announces in the right size and knows nothing: the limit of the machine
    Echo {
        /// Where to listen
        #[arg(default_value = "127.0.0.1:3000")]
        addr: SocketAddr,
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
        Arguments::Echo { addr } => echo::run(addr),
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

//! What taking notice of an announce costs, alone and on two threads.
//!
//! ```text
//! cargo run --release -p swarm --example heard
//! ```

#![expect(
    clippy::disallowed_methods,
    reason = "a program of its own, which is there to look at the clock"
)]

use bittorrent::{Event, InfoHash, PeerId};
use std::hint::black_box;
use std::io::{self, Write};
use std::time::Instant;
use swarm::{Activity, Answer, Heard, Protocol, UnixTime, UserId};

fn main() -> io::Result<()> {
    let served = Answer::Served {
        seeders: 1,
        leechers: 2,
        peers: 3,
    };
    let refused = Answer::Refused("unregistered");
    for (what, kept, one_in, answer) in [
        ("every announce kept", 16 << 10, 1, served),
        ("one in 64 kept", 4 << 10, 64, served),
        ("refused, few hashes", 16 << 10, 1, refused),
    ] {
        for threads in [1, 2] {
            let activity = Activity::new(kept, one_in);
            let start = Instant::now();
            std::thread::scope(|scope| {
                for _ in 0..threads {
                    scope.spawn(|| fill(&activity, answer));
                }
            });
            let each = start.elapsed().as_nanos() as f64 / ROUNDS as f64;
            writeln!(
                io::stdout(),
                "{what}, {threads} threads: {each:.1} ns per announce"
            )?;
        }
    }
    Ok(())
}

fn fill(activity: &Activity, answer: Answer) {
    let mut heard = Heard {
        at: UnixTime(1_800_000_000),
        protocol: Protocol::Udp,
        user: Some(UserId(1)),
        hash: InfoHash::from([0; 20]),
        peer_id: PeerId::from(*b"-qB4650-abcdefghijkl"),
        contact: ([203, 0, 113, 7], 6881).into(),
        event: Event::None,
        uploaded: 1,
        downloaded: 2,
        left: Some(3),
        answer,
    };
    for round in 0..ROUNDS {
        heard.hash = InfoHash::from([round as u8 & 31; 20]);
        activity.heard(black_box(&heard));
    }
}

const ROUNDS: u64 = 20_000_000;

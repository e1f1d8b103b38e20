//! Snapshots of the swarm: damaged ones leave a swarm in order, and what was restored is written so
//! that it restores the same.

use std::hash::Hasher;

use siphasher::sip::SipHasher13;
use swarm::{Config, Swarm, UnixTime};

/// The first byte decides: even, the rest is a whole snapshot; odd, it is the payload of a block,
/// which gets its frame and checksum here, since no fuzzer guesses those.
pub fn run(input: &[u8]) {
    let Some((&kind, rest)) = input.split_first() else {
        return;
    };
    let snapshot = if kind % 2 == 0 {
        rest.to_vec()
    } else {
        framed(rest)
    };
    let now = UnixTime(1_700_000_000);
    let config = Config {
        max_peers_per_torrent: 100,
        ..Config::default()
    };
    let swarm = Swarm::new(config.clone(), [7; 16]);
    let outcome = swarm.restore(&mut &snapshot[..], now);
    let totals = swarm.totals();
    if let Ok(restored) = &outcome {
        assert!(totals.peers() <= restored.peers as u64);
    }

    let mut written = Vec::new();
    swarm.snapshot(&mut written).expect("memory takes it");
    let other = Swarm::new(config, [8; 16]);
    let again = other
        .restore(&mut &written[..], now)
        .expect("our own snapshot can be read");
    // of two clients of one owner that a forged snapshot puts at one address only one stays; which,
    // depends on their order
    assert_eq!(again.peers as u64, totals.peers());
    assert!(other.totals().peers() <= totals.peers());
    assert_eq!(other.totals().torrents, totals.torrents);
}

fn framed(payload: &[u8]) -> Vec<u8> {
    let mut snapshot = b"skepswm1".to_vec();
    for (number, block) in [payload, &[]].into_iter().enumerate() {
        let mut hasher = SipHasher13::new();
        hasher.write(&(number as u64).to_le_bytes());
        hasher.write(block);
        snapshot.extend_from_slice(&(block.len() as u32).to_le_bytes());
        snapshot.extend_from_slice(block);
        snapshot.extend_from_slice(&hasher.finish().to_le_bytes());
        if block.is_empty() {
            break;
        }
    }
    snapshot
}

//! Snapshots: everything comes back, and no bytes do harm.

use super::*;
use proptest::prelude::*;
use siphasher::sip::SipHasher13;
use std::hash::Hasher;
use swarm::{Counts, Identities, Restored, SnapshotError};

fn filled() -> Swarm {
    let swarm = swarm(Config::default());
    for n in 0..=255 {
        for peer in 0..20u8 {
            let v4 = Announce {
                key: Some(9),
                ..leecher(peer, &format!("203.0.113.{peer}:6881"))
            };
            let v6 = Announce {
                addr: at(&format!("[2001:db8::{peer:x}]:6881")),
                ..v4
            };
            let announces = match peer % 4 {
                0 => vec![v4, v6],
                1 => vec![member(i64::from(peer), seeder(peer, "203.0.113.77:6881"))],
                2 => vec![seeder(peer, &format!("[2001:db8:0:{peer:x}::1]:6881"))],
                _ => vec![Announce {
                    event: Event::Paused,
                    key: None,
                    ..v4
                }],
            };
            for announce in announces {
                swarm.insert_or_update(hash(n), &announce, NOW);
            }
        }
    }
    let done = Announce {
        event: Event::Completed,
        ..seeder(100, "203.0.113.100:6881")
    };
    swarm.insert_or_update(hash(1), &leecher(100, "203.0.113.100:6881"), NOW);
    swarm.insert_or_update(hash(1), &done, NOW);
    swarm
}

fn bytes(swarm: &Swarm) -> Vec<u8> {
    let mut bytes = Vec::new();
    swarm.snapshot(&mut bytes).unwrap();
    bytes
}

#[test]
fn who_has_announced_since_is_left_alone() {
    for identities in [Identities::Full, Identities::Contact] {
        let swarm = swarm(Config {
            identities,
            ..Config::default()
        });
        let before = Swarm::new(swarm.config().clone(), [9; 16]);
        for (number, contact) in ["203.0.113.1:6881", "[2001:db8::1]:6881"]
            .iter()
            .enumerate()
        {
            before.insert_or_update(hash(number as u8), &leecher(1, contact), NOW);
            swarm.insert_or_update(hash(number as u8), &seeder(1, contact), later(600));
        }
        swarm.restore(&mut &bytes(&before)[..], later(700)).unwrap();
        for number in 0..2 {
            let counts = swarm.query_state(hash(number));
            assert_eq!((counts.seeders, counts.leechers), (1, 0));
        }
    }
}

#[test]
fn everything_comes_back() {
    let before = filled();
    let bytes = bytes(&before);
    let after = Swarm::new(Config::default(), [8; 16]);
    let restored = after.restore(&mut &bytes[..], later(60)).unwrap();
    assert_eq!(
        restored,
        Restored {
            peers: before.totals().peers() as usize,
            expired: 0
        }
    );
    assert_eq!(after.totals(), before.totals());
    for n in 0..=255 {
        assert_eq!(after.query_state(hash(n)), before.query_state(hash(n)));
        assert_eq!(everyone(&after, hash(n)), everyone(&before, hash(n)));
    }
    assert_eq!(after.query_state(hash(1)).completed, 1);
    // Who was known by an account or a key still is.
    let ip = at("203.0.113.77:1").ip();
    assert_eq!(after.account_of(hash(1), id(17), ip), Some(UserId(17)));
    let gone = Announce {
        key: Some(9),
        event: Event::Stopped,
        ..leecher(0, "[2001:db8::]:6881")
    };
    let leechers = after.query_state(hash(1)).leechers;
    after.insert_or_update(hash(1), &gone, later(60));
    assert_eq!(after.query_state(hash(1)).leechers, leechers - 1);
}

#[test]
fn a_swarm_larger_than_a_block_comes_back() {
    let before = swarm(Config::default());
    for n in 0..30_000u32 {
        let addr = SocketAddr::from((std::net::Ipv4Addr::from(0xCB00_0000 + n), 6881));
        before.insert_or_update(
            hash(1),
            &Announce {
                addr,
                ..leecher(1, "1.1.1.1:1")
            },
            NOW,
        );
    }
    let after = swarm(Config::default());
    after.restore(&mut &bytes(&before)[..], NOW).unwrap();
    assert_eq!(
        after.query_state(hash(1)),
        Counts {
            seeders: 0,
            leechers: 30_000,
            downloaders: 30_000,
            completed: 0
        }
    );
}

#[test]
fn peers_whose_time_is_over_stay_away() {
    let after = swarm(Config::default());
    let restored = after
        .restore(&mut &bytes(&filled())[..], later(3601))
        .unwrap();
    assert_eq!(restored.peers, 0);
    assert_eq!(after.totals().peers(), 0);
}

#[test]
fn a_clock_that_went_back_makes_nobody_immortal() {
    let after = swarm(Config::default());
    after
        .restore(&mut &bytes(&filled())[..], later(-100_000))
        .unwrap();
    expire_all(&after, later(-100_000 + 3601));
    assert_eq!(after.totals().peers(), 0);
}

#[test]
fn a_snapshot_cut_short_is_noticed_wherever_it_ends() {
    let before = swarm(Config::default());
    before.insert_or_update(hash(1), &leecher(1, "203.0.113.1:6881"), NOW);
    let bytes = bytes(&before);
    for len in 0..bytes.len() {
        let error = swarm(Config::default())
            .restore(&mut &bytes[..len], NOW)
            .unwrap_err();
        assert!(matches!(
            error,
            SnapshotError::Version | SnapshotError::Damaged { .. }
        ));
    }
}

#[test]
fn other_files_and_versions_are_refused() {
    for file in [&b""[..], b"skepswm2", b"#!/bin/sh\nexit 0\n"] {
        let error = swarm(Config::default())
            .restore(&mut &file[..], NOW)
            .unwrap_err();
        assert!(matches!(error, SnapshotError::Version));
    }
}

#[test]
fn the_first_version_is_still_read() {
    let mut block = hash(1).as_bytes().to_vec();
    block.extend_from_slice(&5u64.to_le_bytes());
    block.extend_from_slice(&(NOW.0 as u32).to_le_bytes());
    block.extend_from_slice(&1u32.to_le_bytes());
    block.extend_from_slice(id(7).as_bytes());
    // A seeder whose download was counted, of member 9.
    block.push(0b110);
    block.extend_from_slice(&(NOW.0 as u32).to_le_bytes());
    block.extend_from_slice(&[203, 0, 113, 1]);
    block.extend_from_slice(&6881u16.to_le_bytes());
    block.extend_from_slice(&[0; 18]);
    block.push(0);
    block.extend_from_slice(&9i64.to_le_bytes());
    let mut file = b"skepswm1".to_vec();
    for (number, block) in [&block[..], &[]].into_iter().enumerate() {
        let mut sum = SipHasher13::new();
        sum.write(&number.to_le_bytes());
        sum.write(block);
        file.extend_from_slice(&(block.len() as u32).to_le_bytes());
        file.extend_from_slice(block);
        file.extend_from_slice(&sum.finish().to_le_bytes());
    }
    let swarm = swarm(Config::default());
    swarm.restore(&mut &file[..], later(60)).unwrap();
    let counts = Counts {
        seeders: 1,
        leechers: 0,
        downloaders: 0,
        completed: 5,
    };
    assert_eq!(swarm.query_state(hash(1)), counts);
    assert_eq!(everyone(&swarm, hash(1)), [at("203.0.113.1:6881")]);
    let ip = at("203.0.113.1:1").ip();
    assert_eq!(swarm.account_of(hash(1), id(7), ip), Some(UserId(9)));
}

#[test]
fn an_absurd_length_allocates_nothing() {
    let mut bytes = b"skepswm1".to_vec();
    bytes.extend_from_slice(&u32::MAX.to_le_bytes());
    let error = swarm(Config::default())
        .restore(&mut &bytes[..], NOW)
        .unwrap_err();
    assert!(matches!(error, SnapshotError::Damaged { peers: 0 }));
}

proptest! {
    #[test]
    fn no_bytes_do_harm(mut tail in prop::collection::vec(any::<u8>(), 0..200)) {
        let mut bytes = b"skepswm3".to_vec();
        bytes.append(&mut tail);
        let _ = swarm(Config::default()).restore(&mut &bytes[..], NOW);
    }

    #[test]
    fn a_changed_byte_is_noticed(at in any::<prop::sample::Index>(), flip in 1u8..) {
        let before = swarm(Config::default());
        before.insert_or_update(hash(1), &leecher(1, "203.0.113.1:6881"), NOW);
        let mut bytes = bytes(&before);
        let at = at.index(bytes.len());
        bytes[at] ^= flip;
        prop_assert!(swarm(Config::default()).restore(&mut &bytes[..], NOW).is_err());
    }
}

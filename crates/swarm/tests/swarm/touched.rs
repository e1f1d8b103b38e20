//! What is touched is told once to whoever follows it, besides what changed.

use super::*;
use std::collections::BTreeSet;
use swarm::{Identities, Touch};

fn drain(swarm: &Swarm) -> Vec<Touch> {
    let mut all: Vec<_> = (0..swarm.parts())
        .flat_map(|part| swarm.drain_touched(part))
        .collect();
    all.sort();
    all
}

fn touch(torrent: u8, user: Option<i64>) -> Touch {
    Touch {
        hash: hash(torrent),
        user: user.map(UserId),
    }
}

#[test]
fn nothing_is_kept_unless_somebody_follows() {
    let swarm = swarm(Config::default());
    swarm.insert_or_update(hash(1), &leecher(1, "203.0.113.1:1"), NOW);
    assert_eq!(drain(&swarm), []);
    swarm.follow_touched(1000);
    swarm.insert_or_update(hash(1), &leecher(1, "203.0.113.1:1"), NOW);
    swarm.follow_touched(0);
    assert_eq!(drain(&swarm), []);
    swarm.insert_or_update(hash(1), &leecher(1, "203.0.113.1:1"), NOW);
    assert_eq!(drain(&swarm), []);
}

#[test]
fn every_announce_touches_though_nothing_is_counted_anew() {
    for identities in [Identities::Full, Identities::Contact] {
        let swarm = swarm(Config {
            identities,
            ..Config::default()
        });
        swarm.follow_touched(1000);
        let guest = leecher(1, "203.0.113.1:1");
        for _ in 0..3 {
            swarm.insert_or_update(hash(1), &guest, NOW);
        }
        assert_eq!(drain(&swarm), [touch(1, None)]);
        swarm.insert_or_update(hash(1), &guest, later(60));
        assert_eq!(drain(&swarm), [touch(1, None)]);
        let mine = member(7, seeder(2, "203.0.113.2:2"));
        swarm.insert_or_update(hash(2), &mine, NOW);
        drain(&swarm);
        swarm.insert_or_update(hash(2), &mine, later(60));
        assert_eq!(drain(&swarm), [touch(2, Some(7))]);
        // Whoever follows counters is told all the same.
        swarm.follow_touched(0);
        let changed: BTreeSet<_> = swarm.drain_changed().iter().map(|c| c.hash).collect();
        assert!(changed.contains(&hash(2)));
    }
}

#[test]
fn peers_that_go_unseen_and_torrents_that_end_touch() {
    let swarm = swarm(Config::default());
    swarm.insert_or_update(hash(1), &leecher(1, "203.0.113.1:1"), NOW);
    swarm.insert_or_update(hash(2), &leecher(1, "203.0.113.1:1"), NOW);
    swarm.follow_touched(1000);
    expire_all(&swarm, later(4000));
    swarm.remove(hash(2));
    assert_eq!(drain(&swarm), [touch(1, None), touch(2, None)]);
}

#[test]
fn touches_are_bounded() {
    let swarm = swarm(Config::default());
    swarm.follow_touched(512);
    for user in 0..10_000 {
        let announce = member(user, leecher(1, "203.0.113.1:1"));
        swarm.insert_or_update(hash(user as u8), &announce, NOW);
    }
    assert!(drain(&swarm).len() <= 512);
}

#[test]
fn all_torrents_are_gone_through_bit_by_bit() {
    let swarm = swarm(Config::default());
    for torrent in 0..=255 {
        swarm.insert_or_update(hash(torrent), &leecher(1, "203.0.113.1:1"), NOW);
    }
    let mut seen = Vec::new();
    for part in 0..swarm.parts() {
        let mut from = Some(0);
        while let Some(at) = from {
            let (hashes, next) = swarm.torrents_in(part, at, 1);
            seen.extend(hashes);
            from = next;
        }
    }
    seen.sort();
    assert_eq!(seen, (0..=255).map(hash).collect::<Vec<_>>());
    assert_eq!(swarm.torrents_in(swarm.parts(), 0, 1), (vec![], None));
    assert_eq!(swarm.drain_touched(swarm.parts()), []);
}

//! Rules, one by one.

use super::*;
use std::collections::BTreeSet;
use swarm::{Counts, Peers};

#[test]
fn both_families_of_a_client_are_one_peer() {
    let swarm = swarm(Config::default());
    for addr in ["203.0.113.1:6881", "[2001:db8::1]:6881"] {
        let announce = Announce {
            key: Some(7),
            ..leecher(1, addr)
        };
        swarm.insert_or_update(hash(1), &announce, NOW);
        swarm.insert_or_update(hash(2), &member(5, announce), NOW);
    }
    for hash in [hash(1), hash(2)] {
        assert_eq!(swarm.query_state(hash).leechers, 1);
        assert_eq!(everyone(&swarm, hash).len(), 2);
    }
}

#[test]
fn mapped_addresses_are_ipv4() {
    let swarm = swarm(Config::default());
    swarm.insert_or_update(hash(1), &leecher(1, "[::ffff:203.0.113.1]:6881"), NOW);
    assert_eq!(everyone(&swarm, hash(1)), [at("203.0.113.1:6881")]);
}

#[test]
fn a_stranger_cannot_remove_a_peer_whose_id_they_know() {
    let swarm = swarm(Config::default());
    swarm.insert_or_update(hash(1), &leecher(1, "203.0.113.1:6881"), NOW);
    swarm.insert_or_update(hash(1), &member(5, leecher(2, "203.0.113.2:6881")), NOW);
    for peer in [1, 2] {
        let stranger = Announce {
            event: Event::Stopped,
            ..leecher(peer, "198.51.100.9:6881")
        };
        swarm.insert_or_update(hash(1), &stranger, NOW);
        swarm.insert_or_update(hash(1), &member(6, stranger), NOW);
    }
    assert_eq!(swarm.query_state(hash(1)).leechers, 2);
}

#[test]
fn a_client_whose_key_changes_leaves_from_its_contact() {
    let swarm = swarm(Config::default());
    let with_key = |key, event, addr| Announce {
        key: Some(key),
        event,
        ..leecher(1, addr)
    };
    let here = "203.0.113.1:6881";
    swarm.insert_or_update(hash(1), &with_key(1, Event::Started, here), NOW);
    swarm.insert_or_update(hash(1), &with_key(2, Event::None, here), NOW);
    assert_eq!(swarm.query_state(hash(1)).leechers, 1);
    for elsewhere in ["203.0.113.1:6882", "198.51.100.9:6881"] {
        swarm.insert_or_update(hash(1), &with_key(3, Event::Stopped, elsewhere), NOW);
        assert_eq!(swarm.query_state(hash(1)).leechers, 1);
    }
    swarm.insert_or_update(hash(1), &with_key(3, Event::Stopped, here), NOW);
    assert_eq!(swarm.query_state(hash(1)).leechers, 0);
}

#[test]
fn a_client_is_known_again_without_its_passkey() {
    let swarm = swarm(Config::default());
    swarm.insert_or_update(hash(1), &member(5, leecher(1, "203.0.113.1:6881")), NOW);
    let ip = at("203.0.113.1:1").ip();
    assert_eq!(swarm.account_of(hash(1), id(1), ip), Some(UserId(5)));
    assert_eq!(swarm.account_of(hash(1), id(2), ip), None);
    assert_eq!(swarm.account_of(hash(2), id(1), ip), None);
    assert_eq!(
        swarm.account_of(hash(1), id(1), at("203.0.113.2:1").ip()),
        None
    );
    swarm.insert_or_update(hash(1), &seeder(1, "203.0.113.1:6881"), NOW);
    assert_eq!(
        swarm.query_state(hash(1)),
        Counts {
            seeders: 1,
            leechers: 0,
            downloaders: 0,
            completed: 0
        }
    );
    assert_eq!(swarm.account_of(hash(1), id(1), ip), Some(UserId(5)));
}

#[test]
fn a_client_that_shows_its_passkey_later_is_not_doubled() {
    let swarm = swarm(Config::default());
    swarm.insert_or_update(hash(1), &leecher(1, "203.0.113.1:6881"), NOW);
    swarm.insert_or_update(hash(1), &member(5, leecher(1, "203.0.113.1:6881")), NOW);
    assert_eq!(swarm.query_state(hash(1)).leechers, 1);
    let ip = at("203.0.113.1:1").ip();
    assert_eq!(swarm.account_of(hash(1), id(1), ip), Some(UserId(5)));
}

#[test]
fn completed_counts_a_download_once() {
    let swarm = swarm(Config::default());
    let done = |peer, addr| Announce {
        event: Event::Completed,
        ..seeder(peer, addr)
    };
    swarm.insert_or_update(hash(1), &leecher(1, "203.0.113.1:6881"), NOW);
    for _ in 0..3 {
        swarm.insert_or_update(hash(1), &done(1, "203.0.113.1:6881"), NOW);
    }
    // A seeder that came complete and says so later has downloaded nothing.
    swarm.insert_or_update(hash(1), &seeder(2, "203.0.113.2:6881"), NOW);
    swarm.insert_or_update(hash(1), &done(2, "203.0.113.2:6881"), NOW);
    // Nor has one that still misses something.
    let liar = Announce {
        event: Event::Completed,
        ..leecher(3, "203.0.113.3:6881")
    };
    swarm.insert_or_update(hash(1), &liar, NOW);
    assert_eq!(
        swarm.query_state(hash(1)),
        Counts {
            seeders: 2,
            leechers: 1,
            downloaders: 1,
            completed: 1
        }
    );
}

#[test]
fn partial_seeds_count_as_incomplete_and_are_not_given_to_seeders() {
    let swarm = swarm(Config::default());
    let paused = Announce {
        event: Event::Paused,
        ..leecher(1, "203.0.113.1:6881")
    };
    swarm.insert_or_update(hash(1), &paused, NOW);
    assert_eq!(
        swarm.query_state(hash(1)),
        Counts {
            seeders: 0,
            leechers: 1,
            downloaders: 0,
            completed: 0
        }
    );
    assert_eq!(contacts(&swarm, hash(1), None, None, true), []);
    assert_eq!(contacts(&swarm, hash(1), None, None, false).len(), 1);
    let counts = swarm.insert_or_update(hash(1), &leecher(1, "203.0.113.1:6881"), NOW);
    assert_eq!((counts.leechers, counts.downloaders), (1, 1));
    assert_eq!(contacts(&swarm, hash(1), None, None, true).len(), 1);
}

#[test]
fn a_member_has_a_limited_number_of_clients_and_the_newest_stay() {
    let swarm = swarm(Config {
        max_peers_per_user: 8,
        ..Config::default()
    });
    for peer in 0..20 {
        let announce = member(
            5,
            leecher(peer, &format!("203.0.113.1:{}", 7000 + u16::from(peer))),
        );
        swarm.insert_or_update(hash(1), &announce, later(peer.into()));
    }
    let ports: Vec<_> = everyone(&swarm, hash(1))
        .iter()
        .map(|at| at.port())
        .collect();
    assert_eq!(ports, (7012..7020).collect::<Vec<_>>());
}

#[test]
fn addresses_without_an_account_are_limited_by_network() {
    let swarm = swarm(Config {
        max_peers_per_address: 4,
        ..Config::default()
    });
    for peer in 0..20 {
        swarm.insert_or_update(
            hash(1),
            &leecher(peer, &format!("[2001:db8::{peer:x}]:6881")),
            NOW,
        );
        swarm.insert_or_update(
            hash(2),
            &leecher(peer, &format!("127.0.0.1:{}", 7000 + u16::from(peer))),
            NOW,
        );
    }
    assert_eq!(swarm.query_state(hash(1)).leechers, 4);
    assert_eq!(
        swarm.query_state(hash(2)).leechers,
        20,
        "this machine is no network"
    );
}

#[test]
fn a_client_that_came_back_under_a_new_id_is_not_doubled() {
    let swarm = swarm(Config::default());
    swarm.insert_or_update(hash(1), &member(5, leecher(1, "203.0.113.1:6881")), NOW);
    swarm.insert_or_update(hash(1), &member(5, leecher(2, "203.0.113.1:6881")), NOW);
    assert_eq!(swarm.query_state(hash(1)).leechers, 1);
}

#[test]
fn a_full_swarm_lets_new_peers_in_for_stale_ones() {
    let config = Config {
        max_peers_per_torrent: 100,
        ..Config::default()
    };
    let swarm = swarm(config);
    for n in 0..300u16 {
        let addr = format!("203.0.{}.{}:6881", n / 250, n % 250);
        let announce = Announce {
            peer_id: id((n % 251) as u8),
            ..leecher(0, &addr)
        };
        swarm.insert_or_update(hash(1), &announce, later(n.into()));
    }
    assert_eq!(swarm.query_state(hash(1)).leechers, 100);
    assert!(
        everyone(&swarm, hash(1)).contains(&at("203.0.1.49:6881")),
        "the newest is in"
    );
}

#[test]
fn the_asker_is_never_in_the_answer_and_the_limit_holds() {
    let swarm = swarm(Config::default());
    let mut peers = Peers::default();
    for n in 0..200u8 {
        let announce = if n % 2 == 0 { leecher } else { seeder };
        let announce = announce(n, &format!("203.0.113.{n}:6881"));
        let query = announce.query(50, Families::V4);
        swarm.announce(hash(1), &announce, &query, NOW, &mut peers);
        let others = if n % 2 == 0 { n } else { n / 2 + 1 };
        assert_eq!(peers.v4.len(), usize::from(others.min(50)));
        assert!(!peers.v4_ids.contains(&id(n)));
        assert_eq!(
            peers.v4.iter().collect::<BTreeSet<_>>().len(),
            peers.v4.len()
        );
    }
}

#[test]
fn leechers_get_seeders_however_many_leechers_there_are() {
    let swarm = swarm(Config::default());
    for n in 0..5000u16 {
        let addr = format!("203.0.{}.{}:6881", n / 250, n % 250);
        let announce = Announce {
            key: Some(u32::from(n) + 1),
            ..leecher(1, &addr)
        };
        swarm.insert_or_update(hash(1), &announce, NOW);
    }
    for n in 0..3u8 {
        swarm.insert_or_update(
            hash(1),
            &seeder(n + 2, &format!("198.51.100.{n}:6881")),
            NOW,
        );
    }
    let query = leecher(9, "192.0.2.1:6881").query(50, Families::V4);
    let peers = swarm.query_peers(hash(1), &query);
    assert_eq!(peers.v4.len(), 50);
    assert_eq!(
        peers
            .v4
            .iter()
            .filter(|at| at.ip().octets()[0] == 198)
            .count(),
        3
    );
}

#[test]
fn families_are_respected() {
    let swarm = swarm(Config::default());
    swarm.insert_or_update(hash(1), &leecher(1, "203.0.113.1:6881"), NOW);
    swarm.insert_or_update(hash(1), &leecher(2, "[2001:db8::2]:6881"), NOW);
    for (families, v4, v6) in [
        (Families::V4, 1, 0),
        (Families::V6, 0, 1),
        (Families::Both, 1, 1),
    ] {
        let peers = swarm.query_peers(hash(1), &leecher(9, "192.0.2.1:1").query(50, families));
        assert_eq!((peers.v4.len(), peers.v6.len()), (v4, v6));
    }
}

#[test]
fn expiry_goes_round_in_slices_and_forgets_empty_torrents() {
    let swarm = swarm(Config {
        peer_ttl: 100,
        ..Config::default()
    });
    for n in 0..=255 {
        for peer in 0..40 {
            let at = if peer < 30 { NOW } else { later(90) };
            let announce = leecher(peer, &format!("203.0.113.{peer}:6881"));
            swarm.insert_or_update(hash(n), &announce, at);
        }
    }
    let expired = swarm.expire(later(101), 10);
    assert!(expired.peers <= 10);
    expire_all(&swarm, later(101));
    assert_eq!(swarm.totals().peers(), 256 * 10);
    assert_eq!(swarm.query_state(hash(7)).leechers, 10);
    swarm.set_completed(hash(7), 3, NOW);
    expire_all(&swarm, later(300));
    assert_eq!((swarm.totals().peers(), swarm.totals().torrents), (0, 1));
    assert_eq!(swarm.query_state(hash(7)).completed, 3);
}

#[test]
fn how_long_peers_are_kept_can_change() {
    let swarm = swarm(Config::default());
    swarm.insert_or_update(hash(1), &leecher(1, "203.0.113.1:6881"), NOW);
    expire_all(&swarm, later(101));
    assert_eq!(swarm.totals().peers(), 1);
    swarm.set_peer_ttl(100);
    expire_all(&swarm, later(101));
    assert_eq!(swarm.totals().peers(), 0);
}

#[test]
fn changes_are_told_once() {
    let swarm = swarm(Config::default());
    assert!(swarm.drain_changed().is_empty());
    assert_eq!(swarm.generation(hash(1)), 0);
    swarm.insert_or_update(hash(1), &seeder(1, "203.0.113.1:6881"), NOW);
    let generation = swarm.generation(hash(1));
    assert_ne!(generation, 0);
    let changed = swarm.drain_changed();
    assert_eq!(changed.len(), 1);
    assert_eq!(
        (changed[0].hash, changed[0].last_seed),
        (hash(1), Some(NOW))
    );
    assert_eq!(
        changed[0].counts,
        Counts {
            seeders: 1,
            leechers: 0,
            downloaders: 0,
            completed: 0
        }
    );
    swarm.insert_or_update(hash(1), &seeder(1, "203.0.113.1:6881"), later(5));
    assert!(
        swarm.drain_changed().is_empty(),
        "the same again is no news"
    );
    assert_eq!(swarm.generation(hash(1)), generation);
    swarm.insert_or_update(hash(1), &seeder(1, "203.0.113.1:6881"), later(1800));
    assert_eq!(swarm.drain_changed()[0].last_seed, Some(later(1800)));
    swarm.remove(hash(1));
    swarm.insert_or_update(hash(1), &seeder(1, "203.0.113.1:6881"), NOW);
    assert!(swarm.generation(hash(1)) > generation);
}

#[test]
fn leaving_makes_nothing() {
    let swarm = swarm(Config::default());
    let stopped = Announce {
        event: Event::Stopped,
        ..leecher(1, "203.0.113.1:6881")
    };
    swarm.insert_or_update(hash(1), &stopped, NOW);
    assert_eq!(swarm.totals().torrents, 0);
}

#[test]
fn peers_nobody_can_reach_are_counted_and_given_to_nobody() {
    let swarm = swarm(Config::default());
    swarm.insert_or_update(hash(1), &leecher(1, "203.0.113.1:0"), NOW);
    assert_eq!(swarm.query_state(hash(1)).leechers, 1);
    assert_eq!(everyone(&swarm, hash(1)), []);
}

//! Rules of a public tracker, one by one.

use super::*;
use std::collections::{BTreeMap, BTreeSet};
use swarm::{Counts, Identities, Peers};

fn open(config: Config) -> Swarm {
    swarm(Config {
        identities: Identities::Contact,
        ..config
    })
}

#[test]
fn a_small_swarm_grows_large_and_becomes_small_again() {
    let swarm = open(Config::default());
    for n in 0..1000u16 {
        let addr = format!("203.{}.{}.1:6881", n / 250, n % 250);
        let counts = swarm.insert_or_update(hash(1), &leecher(1, &addr), later(n.into()));
        assert_eq!(counts.leechers, u32::from(n) + 1);
    }
    expire_all(&swarm, later(3600 + 990));
    assert!((5..35).contains(&swarm.query_state(hash(1)).leechers));
    assert!(everyone(&swarm, hash(1)).contains(&at("203.3.249.1:6881")));
    expire_all(&swarm, later(8000));
    assert_eq!((swarm.totals().peers(), swarm.totals().torrents), (0, 0));
}

#[test]
fn there_are_never_many_more_peers_than_allowed() {
    let swarm = open(Config {
        max_peers: Some(2000),
        ..Config::default()
    });
    for n in 0..20_000u32 {
        let contact = SocketAddr::from((std::net::Ipv4Addr::from(0x1000_0000 + n * 256), 6881));
        let announce = Announce {
            addr: contact,
            dialable: true,
            ..leecher(1, "203.0.113.1:6881")
        };
        let hash = InfoHash::from(std::array::from_fn(|at| ((n % 700) >> (at % 2 * 8)) as u8));
        swarm.insert_or_update(hash, &announce, later(i64::from(n / 10)));
    }
    let totals = swarm.totals();
    assert!((1900..2300).contains(&totals.peers()), "{totals:?}");
    assert_eq!(totals.peers() + totals.evicted, 20_000);
    // Those that were heard of last are the ones that stayed.
    let mut last = 0;
    for n in 19_300..20_000u32 {
        let hash = InfoHash::from(std::array::from_fn(|at| ((n % 700) >> (at % 2 * 8)) as u8));
        let contact = SocketAddr::from((std::net::Ipv4Addr::from(0x1000_0000 + n * 256), 6881));
        last += usize::from(everyone(&swarm, hash).contains(&contact));
    }
    assert!(last > 600, "{last}");
}

#[test]
fn a_torrent_is_followed_once_it_is_registered_or_has_a_member() {
    let swarm = open(Config::default());
    swarm.insert_or_update(hash(1), &seeder(1, "203.0.113.1:6881"), NOW);
    swarm.insert_or_update(hash(2), &seeder(1, "203.0.113.1:6881"), NOW);
    assert_eq!(swarm.drain_changed(), []);
    swarm.set_completed(hash(1), 7, NOW);
    assert_eq!(swarm.drain_changed(), []);
    swarm.insert_or_update(hash(1), &seeder(2, "203.0.113.2:6881"), later(5));
    swarm.insert_or_update(
        hash(2),
        &member(5, leecher(2, "203.0.113.2:6881")),
        later(5),
    );
    let changed: BTreeMap<_, _> = swarm
        .drain_changed()
        .iter()
        .map(|changed| (changed.hash, (changed.counts, changed.last_seed)))
        .collect();
    let counts = |seeders, leechers, completed| Counts {
        seeders,
        leechers,
        downloaders: leechers,
        completed,
    };
    let expected = [
        (hash(1), (counts(2, 0, 7), Some(later(5)))),
        (hash(2), (counts(1, 1, 0), None)),
    ];
    assert_eq!(changed, BTreeMap::from(expected));
}

#[test]
fn the_generation_tells_of_changes_of_a_torrent_nobody_follows() {
    let swarm = open(Config::default());
    assert_eq!(swarm.generation(hash(1)), 0);
    let mut seen = BTreeSet::new();
    for n in 0..200u8 {
        swarm.insert_or_update(hash(1), &leecher(1, &format!("203.0.{n}.1:6881")), NOW);
        swarm.insert_or_update(hash(1), &leecher(1, &format!("203.0.{n}.1:6881")), NOW);
        assert!(seen.insert(swarm.generation(hash(1))));
    }
}

#[test]
fn choice_is_uniform_within_a_kind_and_half_and_half_between_them() {
    for (wanting, giving) in [(15u16, 15u16), (400, 400), (3000, 100)] {
        let swarm = open(Config::default());
        for n in 0..wanting + giving {
            let addr = format!("203.{}.{}.1:6881", n / 250, n % 250);
            let announce = if n < wanting { leecher } else { seeder };
            swarm.insert_or_update(hash(1), &announce(1, &addr), NOW);
        }
        let mut counts: BTreeMap<SocketAddr, f64> = BTreeMap::new();
        let rounds = 100 * u32::from(wanting + giving) / 10;
        for _ in 0..rounds {
            let query = Query {
                asker: None,
                endpoint: None,
                seeding: false,
                limit: 20,
                families: Families::Both,
            };
            let peers = swarm.query_peers(hash(1), &query);
            assert_eq!(peers.v4.len(), 20);
            for at in peers.v4 {
                *counts.entry(at.into()).or_default() += 1.0;
            }
        }
        for (number, of) in [(0..wanting, wanting), (wanting..wanting + giving, giving)] {
            let expected = f64::from(rounds) * 10.0 / f64::from(of);
            for n in number {
                let addr = at(&format!("203.{}.{}.1:6881", n / 250, n % 250));
                let off = (counts[&addr] - expected).abs() / expected.sqrt();
                assert!(off < 5.5, "{n} of {wanting} and {giving}: {off} deviations");
            }
        }
    }
}

#[test]
fn an_answer_for_a_million_peers_is_made_as_for_a_thousand() {
    let swarm = open(Config::default());
    let mut peers = Peers::default();
    for n in 0..60_000u32 {
        let contact = SocketAddr::from((std::net::Ipv4Addr::from(0x1000_0000 + n * 256), 6881));
        let announce = Announce {
            addr: contact,
            dialable: true,
            left: Some(u64::from(n % 2)),
            ..leecher(1, "203.0.113.1:6881")
        };
        let query = announce.query(50, Families::V4);
        swarm.announce(hash(1), &announce, &query, NOW, &mut peers);
        let seeding = n % 2 == 0;
        let others = if seeding { n / 2 } else { n };
        assert_eq!(peers.v4.len() as u32, others.min(50));
        assert!(!peers.v4.iter().any(|at| SocketAddr::from(*at) == contact));
    }
}

#[test]
fn loopback_is_no_network() {
    let swarm = open(Config {
        max_peers_per_address: 3,
        max_peers_per_network: 3,
        ..Config::default()
    });
    for port in 7000..7100u16 {
        for ip in ["127.0.0.1", "[::1]"] {
            swarm.insert_or_update(hash(1), &leecher(1, &format!("{ip}:{port}")), NOW);
        }
        swarm.insert_or_update(hash(2), &leecher(1, &format!("203.0.113.1:{port}")), NOW);
    }
    assert_eq!(swarm.query_state(hash(1)).leechers, 200);
    assert_eq!(swarm.query_state(hash(2)).leechers, 3);
}

#[test]
fn a_snapshot_is_read_by_the_other_kind_of_swarm() {
    let before = open(Config::default());
    for n in 0..100u8 {
        before.insert_or_update(hash(n % 3), &leecher(n, &format!("203.0.{n}.1:6881")), NOW);
        before.insert_or_update(
            hash(n % 3),
            &seeder(n, &format!("[2001:db8:{n:x}::1]:1")),
            NOW,
        );
    }
    let mut bytes = Vec::new();
    before.snapshot(&mut bytes).unwrap();
    let site = swarm(Config::default());
    site.restore(&mut &bytes[..], NOW).unwrap();
    assert_eq!(site.totals(), before.totals());
    assert_eq!(everyone(&site, hash(1)), everyone(&before, hash(1)));
    // Whoever comes back to a contact, with an id, is not doubled.
    site.insert_or_update(hash(1), &leecher(1, "203.0.1.1:6881"), later(60));
    assert_eq!(site.totals(), before.totals());
    bytes.clear();
    site.snapshot(&mut bytes).unwrap();
    let after = open(Config::default());
    after.restore(&mut &bytes[..], NOW).unwrap();
    assert_eq!(after.totals(), before.totals());
    for n in 0..3 {
        assert_eq!(everyone(&after, hash(n)), everyone(&before, hash(n)));
    }
}

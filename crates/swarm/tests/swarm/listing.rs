//! Peers as they are seen from outside, and back.

use super::*;
use swarm::{Counts, Identities, ListedPeer};

fn contact(identities: Identities) -> Config {
    Config {
        identities,
        ..Config::default()
    }
}

/// Of both kinds, with and without an account, over both families.
fn fill(swarm: &Swarm) {
    let paused = Announce {
        event: Event::Paused,
        ..leecher(4, "203.0.113.4:4")
    };
    for announce in [
        member(7, seeder(1, "203.0.113.1:1")),
        member(7, leecher(2, "[2001:db8::2]:2")),
        seeder(3, "203.0.113.3:3"),
        paused,
        leecher(5, "[2001:db8::5]:5"),
    ] {
        swarm.insert_or_update(hash(1), &announce, NOW);
    }
}

fn listed(swarm: &Swarm, torrent: u8) -> Vec<ListedPeer> {
    let mut peers = swarm.list(hash(torrent), 200, NOW).unwrap().peers;
    peers.sort_by_key(|peer| (peer.v4, peer.v6));
    peers
}

#[test]
fn a_listing_has_all_that_is_known() {
    let swarm = swarm(Config::default());
    fill(&swarm);
    assert_eq!(swarm.list(hash(2), 200, NOW), None);
    let peers = listed(&swarm, 1);
    assert_eq!(
        peers.iter().find(|peer| peer.peer_id == Some(id(1))),
        Some(&ListedPeer {
            peer_id: Some(id(1)),
            user: Some(UserId(7)),
            v4: Some("203.0.113.1:1".parse().unwrap()),
            v6: None,
            seeding: true,
            paused: false,
            seen: NOW,
        })
    );
    assert_eq!(peers.iter().filter(|peer| peer.seeding).count(), 2);
    assert_eq!(peers.iter().filter(|peer| peer.paused).count(), 1);
}

#[test]
fn what_was_listed_can_be_put_back() {
    for identities in [Identities::Full, Identities::Contact] {
        let before = swarm(contact(identities));
        fill(&before);
        let after = swarm(contact(identities));
        for peer in listed(&before, 1) {
            assert!(after.restore_peer(hash(1), &peer, later(60)));
        }
        assert_eq!(listed(&after, 1), listed(&before, 1));
        assert_eq!(everyone(&after, hash(1)), everyone(&before, hash(1)));
        let ip = at("203.0.113.1:1").ip();
        assert_eq!(after.account_of(hash(1), id(1), ip), Some(UserId(7)));
        // Whoever announces again is taken for who was there.
        fill(&after);
        assert_eq!(after.query_state(hash(1)), before.query_state(hash(1)));
    }
}

#[test]
fn who_was_not_heard_of_for_too_long_or_is_nowhere_is_not_put_back() {
    let before = swarm(Config::default());
    fill(&before);
    let after = swarm(Config::default());
    for peer in listed(&before, 1) {
        assert!(!after.restore_peer(hash(1), &peer, later(3601)));
        let nowhere = ListedPeer {
            v4: None,
            v6: None,
            ..peer
        };
        assert!(!after.restore_peer(hash(1), &nowhere, NOW));
        // A clock that went back makes nobody immortal.
        let ahead = ListedPeer {
            seen: later(1 << 40),
            ..peer
        };
        assert!(after.restore_peer(hash(1), &ahead, NOW));
    }
    assert!(listed(&after, 1).iter().all(|peer| peer.seen == NOW));
    expire_all(&after, later(3700));
    assert_eq!(after.totals().peers(), 0);
}

#[test]
fn of_a_large_swarm_some_of_either_kind_are_listed() {
    for identities in [Identities::Full, Identities::Contact] {
        let swarm = swarm(contact(identities));
        for n in 0..3000_u32 {
            let addr = format!("203.{}.{}.1:6881", n / 256, n % 256);
            let announce = if n % 10 == 0 { seeder } else { leecher }(0, &addr);
            let announce = Announce {
                peer_id: PeerId::from(*b"-TS0001-000000000000"),
                ..announce
            };
            swarm.insert_or_update(hash(1), &announce, NOW);
        }
        let listing = swarm.list(hash(1), 200, NOW).unwrap();
        let counts = Counts {
            seeders: 300,
            leechers: 2700,
            downloaders: 2700,
            completed: 0,
        };
        assert_eq!(listing.counts, counts);
        assert_eq!(listing.peers.len(), 200);
        assert_eq!(listing.peers.iter().filter(|p| p.seeding).count(), 100);
    }
}

#[test]
fn a_few_peers_are_listed_whatever_they_are() {
    let swarm = swarm(contact(Identities::Contact));
    for n in 0..5 {
        swarm.insert_or_update(hash(1), &leecher(n, &format!("203.0.113.{n}:1")), NOW);
    }
    assert_eq!(swarm.list(hash(1), 4, NOW).unwrap().peers.len(), 2);
    assert_eq!(listed(&swarm, 1).len(), 5);
}

#[test]
fn a_members_clients_are_found() {
    let swarm = swarm(Config::default());
    fill(&swarm);
    let clients = swarm.clients_of(hash(1), UserId(7));
    assert_eq!(clients.len(), 2);
    assert!(clients.iter().all(|peer| peer.user == Some(UserId(7))));
    assert_eq!(swarm.clients_of(hash(1), UserId(8)), []);
    assert_eq!(swarm.clients_of(hash(2), UserId(7)), []);
}

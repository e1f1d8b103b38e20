//! Peers that nobody can dial: counted like others, given to nobody.

use super::*;
use proptest::prelude::*;
use swarm::{Counts, Identities};

fn both() -> [Swarm; 2] {
    [Identities::Full, Identities::Contact].map(|identities| {
        swarm(Config {
            identities,
            ..Config::default()
        })
    })
}

fn browser(peer: u8, addr: &str) -> Announce {
    Announce {
        dialable: false,
        ..leecher(peer, addr)
    }
}

fn stopped(announce: Announce) -> Announce {
    Announce {
        event: Event::Stopped,
        ..announce
    }
}

fn say(swarm: &Swarm, announce: &Announce) -> (u32, u32) {
    let counts = swarm.insert_or_update(hash(1), announce, NOW);
    (counts.seeders, counts.leechers)
}

#[test]
fn browsers_are_counted_with_the_others_and_given_to_nobody() {
    for swarm in both() {
        say(&swarm, &leecher(1, "203.0.113.1:6881"));
        say(&swarm, &browser(2, "203.0.113.2:50000"));
        let seeding = Announce {
            left: Some(0),
            ..browser(3, "[2001:db8::3]:50000")
        };
        assert_eq!(say(&swarm, &seeding), (1, 2));
        assert_eq!(everyone(&swarm, hash(1)), [at("203.0.113.1:6881")]);
        assert_eq!(swarm.totals().peers(), 3);
        assert_eq!(say(&swarm, &stopped(seeding)), (0, 2));
        assert_eq!(
            say(&swarm, &stopped(browser(2, "203.0.113.2:50000"))),
            (0, 1)
        );
        assert_eq!(
            say(&swarm, &stopped(leecher(1, "203.0.113.1:6881"))),
            (0, 0)
        );
    }
}

#[test]
fn browsers_behind_one_address_are_as_many_as_they_are() {
    for swarm in both() {
        say(&swarm, &browser(1, "203.0.113.1:50001"));
        say(&swarm, &browser(2, "203.0.113.1:50002"));
        assert_eq!(say(&swarm, &browser(1, "203.0.113.1:50001")), (0, 2));
        // two clients of one page, over one connection
        assert_eq!(say(&swarm, &browser(3, "203.0.113.1:50001")), (0, 3));
        // who listens where a browser has its connection from is somebody else
        assert_eq!(say(&swarm, &leecher(4, "203.0.113.1:50001")), (0, 4));
        assert_eq!(everyone(&swarm, hash(1)), [at("203.0.113.1:50001")]);
        assert_eq!(
            say(&swarm, &stopped(browser(1, "203.0.113.1:50001"))),
            (0, 3)
        );
        // a stranger who knows the peer id removes nobody
        assert_eq!(
            say(&swarm, &stopped(browser(2, "198.51.100.1:50002"))),
            (0, 3)
        );
    }
}

#[test]
fn an_address_has_no_more_browsers_than_other_clients() {
    for swarm in both() {
        for peer in 0..100 {
            say(
                &swarm,
                &browser(peer, &format!("203.0.113.1:{}", 50000 + u16::from(peer))),
            );
        }
        let most = swarm.config().max_peers_per_address;
        assert_eq!(swarm.query_state(hash(1)).leechers, most);
    }
}

#[test]
fn a_download_in_a_browser_is_counted_once() {
    for swarm in both() {
        let started = browser(1, "203.0.113.1:50001");
        say(&swarm, &started);
        let done = Announce {
            left: Some(0),
            event: Event::Completed,
            ..started
        };
        for _ in 0..2 {
            let counts = swarm.insert_or_update(hash(1), &done, NOW);
            let expected = Counts {
                seeders: 1,
                leechers: 0,
                downloaders: 0,
                completed: 1,
            };
            assert_eq!(counts, expected);
        }
    }
}

#[test]
fn silent_browsers_are_forgotten_and_their_swarm_becomes_small_again() {
    for swarm in both() {
        say(&swarm, &browser(1, "203.0.113.1:50001"));
        let native = leecher(2, "203.0.113.2:6881");
        swarm.insert_or_update(hash(1), &native, later(3000));
        expire_all(&swarm, later(3700));
        assert_eq!(swarm.query_state(hash(1)).leechers, 1);
        expire_all(&swarm, later(8000));
        assert_eq!(swarm.totals().peers(), 0);
        expire_all(&swarm, later(20_000));
        assert_eq!(swarm.totals().torrents, 0);
    }
}

#[test]
fn browsers_do_not_survive_the_process_their_connections_end_with() {
    for (before, after) in both().into_iter().zip(both()) {
        say(&before, &browser(1, "203.0.113.1:50001"));
        say(&before, &member(7, browser(2, "203.0.113.2:50001")));
        say(&before, &leecher(3, "203.0.113.3:6881"));
        let mut bytes = Vec::new();
        before.snapshot(&mut bytes).unwrap();
        assert_eq!(after.restore(&mut &bytes[..], NOW).unwrap().peers, 1);
        assert_eq!(everyone(&after, hash(1)), [at("203.0.113.3:6881")]);
        assert_eq!(after.totals().peers(), 1);
    }
}

#[test]
fn a_members_client_that_announces_both_ways_is_one_peer_that_can_be_dialled() {
    for swarm in both() {
        let native = member(7, leecher(1, "203.0.113.1:6881"));
        let web = member(7, browser(1, "203.0.113.1:50001"));
        assert_eq!(say(&swarm, &web), (0, 1));
        assert_eq!(say(&swarm, &native), (0, 1));
        assert_eq!(say(&swarm, &web), (0, 1));
        assert_eq!(everyone(&swarm, hash(1)), [at("203.0.113.1:6881")]);
        // closing the connection does not take away what the other way holds
        assert_eq!(say(&swarm, &stopped(web)), (0, 1));
        assert_eq!(say(&swarm, &stopped(native)), (0, 0));
    }
}

#[test]
fn a_full_swarm_makes_room_for_browsers_and_for_others() {
    for identities in [Identities::Full, Identities::Contact] {
        let swarm = swarm(Config {
            identities,
            max_peers_per_torrent: 10,
            ..Config::default()
        });
        for peer in 0..20u8 {
            say(&swarm, &browser(peer, &format!("203.0.{peer}.1:50001")));
        }
        assert_eq!(swarm.query_state(hash(1)).leechers, 10);
    }
    let swarm = swarm(Config {
        max_peers: Some(50),
        ..Config::default()
    });
    for peer in 0..200u8 {
        let web = browser(peer, &format!("203.0.{peer}.1:50001"));
        swarm.insert_or_update(hash(peer % 3), &web, NOW);
    }
    assert!(swarm.totals().peers() <= 51, "{:?}", swarm.totals());
    assert!(swarm.totals().evicted >= 149);
}

proptest! {
    /// Whoever comes and goes, the counts are those of who is there, and answers hold natives only.
    #[test]
    fn counts_and_answers_stay_true(
        steps in prop::collection::vec((any::<bool>(), 0u8..30, 0u8..4, any::<bool>()), 0..200)
    ) {
        for swarm in both() {
            let mut here = std::collections::BTreeMap::new();
            for (dialable, peer, what, seeding) in &steps {
                let addr = format!("203.0.113.{peer}:{}", if *dialable { 6881 } else { 50000 });
                let announce = Announce {
                    dialable: *dialable,
                    left: Some(if *seeding { 0 } else { 9 }),
                    ..leecher(*peer, &addr)
                };
                let key = (*dialable, *peer);
                if *what == 0 {
                    say(&swarm, &stopped(announce));
                    here.remove(&key);
                } else {
                    say(&swarm, &announce);
                    here.insert(key, *seeding);
                }
                let counts = swarm.query_state(hash(1));
                let seeders = here.values().filter(|seeding| **seeding).count() as u32;
                prop_assert_eq!((counts.seeders, counts.leechers), (seeders, here.len() as u32 - seeders));
            }
            let natives = here.keys().filter(|(dialable, _)| *dialable).count();
            let found = everyone(&swarm, hash(1));
            prop_assert_eq!(found.len(), natives);
            prop_assert!(found.iter().all(|at| at.port() == 6881));
        }
    }
}

//! Announces and scrapes over HTTP.

use crate::world::*;
use std::net::SocketAddr;
use tracker::Config;

fn loopback(port: u16) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], port))
}

#[tokio::test]
async fn an_announce_is_answered_with_the_others() {
    let world = World::new().await;
    let (torrent, ann) = (world.torrent(1).await, world.member("Ann").await);
    let tracker = world.start().await;
    let path = format!("/announce/{}", ann.passkey);
    let seeder = Say {
        left: 0,
        ..Say::peer(1, torrent)
    };
    let reply = tracker.announce(&path, &seeder).await;
    assert_eq!((reply.counts(), reply.peers()), ((1, 0), vec![]));
    assert_eq!(reply.int("interval"), Some(1800));
    assert_eq!(reply.int("min interval"), Some(60));
    assert_eq!(reply.int("downloaded"), Some(0));
    assert_eq!(reply.bytes("external ip").unwrap(), [127, 0, 0, 1]);
    let reply = tracker.announce(&path, &Say::peer(2, torrent)).await;
    assert_eq!(
        (reply.counts(), reply.peers()),
        ((1, 1), vec![loopback(7001)])
    );
    // A seeder has no use for seeders.
    let reply = tracker
        .announce(
            &path,
            &Say {
                left: 0,
                ..Say::peer(3, torrent)
            },
        )
        .await;
    assert_eq!(
        (reply.counts(), reply.peers()),
        ((2, 1), vec![loopback(7002)])
    );
    let done = Say {
        left: 0,
        ..Say::peer(2, torrent).event("completed")
    };
    assert_eq!(
        tracker.announce(&path, &done).await.int("downloaded"),
        Some(1)
    );
    let reply = tracker
        .announce(&path, &Say::peer(2, torrent).event("stopped"))
        .await;
    assert_eq!((reply.counts(), reply.peers()), ((2, 0), vec![]));
    tracker.stop().await;
}

#[tokio::test]
async fn every_address_of_the_contract_leads_here() {
    let world = World::new().await;
    let (torrent, ann) = (world.torrent(1).await, world.member("Ann").await);
    let tracker = world.start().await;
    let key = &ann.passkey;
    let say = Say::about(torrent);
    for (n, target) in [
        format!("/announce/{key}?{say}"),
        format!("/{key}/announce?{say}"),
        format!("/bt/announce.php?uk={key}&{say}"),
        format!("/announce?{say}&uk={key}"),
    ]
    .iter()
    .enumerate()
    {
        let reply = tracker.get(target).await;
        assert_eq!(reply.failure(), None, "{target}");
        assert_eq!(reply.counts(), (0, 1), "{target}");
        // What counts for the account tells that the passkey was seen.
        let say = Say::about(torrent).totals(n as u64 + 1, 0);
        let target = target.replace(&Say::about(torrent).to_string(), &say.to_string());
        assert_eq!(tracker.get(&target).await.failure(), None);
        world.wait_for_credit(&ann, (n as u64 + 1, 0)).await;
    }
    let scrape = format!("info_hash={}", escape(torrent.hash.as_bytes()));
    for target in [
        format!("/scrape/{key}?{scrape}"),
        format!("/{key}/scrape?{scrape}"),
        format!("/bt/scrape.php?uk={key}&{scrape}"),
    ] {
        let reply = tracker.get(&target).await;
        assert_eq!(reply.failure(), None, "{target}");
        let counts = reply.read(|root| {
            let file = root.get(b"files")?.get(torrent.hash.as_bytes())?;
            let count = |key: &[u8]| file.get(key)?.as_int();
            Some((
                count(b"complete")?,
                count(b"incomplete")?,
                count(b"downloaded")?,
            ))
        });
        assert_eq!(counts, Some((0, 1, 0)), "{target}");
    }
    tracker.stop().await;
}

#[tokio::test]
async fn partial_seeds_are_incomplete_and_no_downloaders() {
    let world = World::new().await;
    let torrent = world.public_torrent(1).await;
    let tracker = world.start().await;
    let paused = Say::peer(1, torrent).event("paused");
    assert_eq!(
        tracker.announce("/announce", &paused).await.counts(),
        (0, 1)
    );
    let leecher = Say::peer(2, torrent);
    tracker.announce("/announce", &leecher).await;
    let downloaders = async || {
        let target = format!("/scrape?info_hash={}", escape(torrent.hash.as_bytes()));
        tracker.get(&target).await.read(|root| {
            let file = root.get(b"files")?.get(torrent.hash.as_bytes())?;
            let count = |key: &[u8]| file.get(key)?.as_int();
            Some((count(b"incomplete")?, count(b"downloaders")?))
        })
    };
    assert_eq!(downloaders().await, Some((2, 1)));
    // It goes on downloading with the first announce that does not say otherwise.
    let going_on = Say::peer(1, torrent);
    tracker.announce("/announce", &going_on).await;
    assert_eq!(downloaders().await, Some((2, 2)));
    tracker.stop().await;
}

#[tokio::test]
async fn peers_come_as_dictionaries_when_asked() {
    let world = World::new().await;
    let (torrent, ann) = (world.torrent(1).await, world.member("Ann").await);
    let tracker = world.start().await;
    let path = format!("/announce/{}", ann.passkey);
    tracker.announce(&path, &Say::peer(1, torrent)).await;
    for (more, has_id) in [("&compact=0", true), ("&compact=0&no_peer_id=1", false)] {
        let reply = tracker
            .announce(
                &path,
                &Say {
                    more,
                    ..Say::peer(2, torrent)
                },
            )
            .await;
        reply.read(|root| {
            let peers = root.get(b"peers").unwrap();
            assert_eq!(peers.len(), 1);
            let peer = peers.items().next().unwrap();
            assert_eq!(peer.get(b"ip").unwrap().as_str(), Some("127.0.0.1"));
            assert_eq!(peer.get(b"port").unwrap().as_int(), Some(7001));
            let id = peer.get(b"peer id").and_then(|id| id.as_bytes());
            assert_eq!(id, has_id.then_some(&[1u8; 20][..]));
        });
    }
    tracker.stop().await;
}

#[tokio::test]
async fn numwant_is_kept_and_capped() {
    let world = World::new().await;
    let torrent = world.public_torrent(1).await;
    let tracker = world.start().await;
    let mut connection = Http::connect(tracker.http).await;
    for peer in 0..=250 {
        let say = Say::peer(peer, torrent);
        assert_eq!(
            connection.get(&format!("/announce?{say}")).await.failure(),
            None
        );
    }
    for (more, expected) in [
        ("", 50),
        ("&numwant=0", 0),
        ("&numwant=7", 7),
        ("&numwant=100000", 200),
    ] {
        let say = Say {
            more,
            ..Say::peer(251, torrent)
        };
        assert_eq!(
            tracker.announce("/announce", &say).await.peers().len(),
            expected,
            "{more}"
        );
    }
    tracker.stop().await;
}

#[tokio::test]
async fn the_two_hashes_of_a_hybrid_are_one_swarm() {
    let world = World::new().await;
    let (torrent, ann) = (world.hybrid(1).await, world.member("Ann").await);
    let tracker = world.start().await;
    let path = format!("/announce/{}", ann.passkey);
    let v1 = Say::peer(1, torrent).totals(100, 0);
    let v2 = Say {
        hash: torrent.second.unwrap(),
        ..v1.clone()
    };
    tracker.announce(&path, &v1).await;
    assert_eq!(tracker.announce(&path, &v2).await.counts(), (0, 1));
    world.wait_for_credit(&ann, (100, 0)).await;
    let scrape = format!(
        "/scrape/{}?info_hash={}",
        ann.passkey,
        escape(v2.hash.as_bytes())
    );
    let reply = tracker.get(&scrape).await;
    let found = reply.read(|root| {
        root.get(b"files")
            .unwrap()
            .get(v2.hash.as_bytes())
            .is_some()
    });
    assert!(found, "under the hash it was asked by");
    tracker.stop().await;
}

#[tokio::test]
async fn ipv6_peers_have_their_own_list() {
    let world = World::new().await;
    let torrent = world.public_torrent(1).await;
    let config = Config {
        http: "[::1]:0".parse().unwrap(),
        ..world.config()
    };
    let tracker = world.start_as(swarm::Policy::Registered, config).await;
    tracker.announce("/announce", &Say::peer(1, torrent)).await;
    let reply = tracker.announce("/announce", &Say::peer(2, torrent)).await;
    assert_eq!(reply.peers(), []);
    let mut expected = [0; 18];
    expected[15] = 1;
    expected[16..].copy_from_slice(&7001u16.to_be_bytes());
    assert_eq!(reply.bytes("peers6").unwrap(), expected);
    assert_eq!(reply.bytes("external ip").unwrap().len(), 16);
    tracker.stop().await;
}

#[tokio::test]
async fn an_unspecified_ipv6_address_serves_both_families() {
    let world = World::new().await;
    let torrent = world.public_torrent(1).await;
    let config = Config {
        http: "[::]:0".parse().unwrap(),
        ..world.config()
    };
    let tracker = world.start_as(swarm::Policy::Registered, config).await;
    for (peer, host) in [(1, "127.0.0.1"), (2, "::1")] {
        let addr = SocketAddr::new(host.parse().unwrap(), tracker.http.port());
        let say = Say {
            more: "&key=abcd",
            ..Say::peer(peer, torrent)
        };
        let reply = Http::connect(addr)
            .await
            .get(&format!("/announce?{say}"))
            .await;
        assert_eq!(reply.counts(), (0, i64::from(peer)));
        if peer == 2 {
            assert_eq!(
                reply.peers(),
                [loopback(7001)],
                "a mapped address is an IPv4 address"
            );
        }
    }
    tracker.stop().await;
}

/// Announces as from that address.
async fn announce_from(tracker: &Running, address: &str, say: &Say) -> Reply {
    let mut connection = Http::connect(tracker.http).await;
    let forwarded = format!("X-Forwarded-For: {address}\r\n");
    connection
        .send(format!("GET /announce?{say} HTTP/1.1\r\n{forwarded}\r\n"))
        .await;
    let reply = connection.reply().await.unwrap();
    assert_eq!(reply.failure(), None);
    reply
}

#[tokio::test]
async fn a_key_proves_who_has_moved() {
    let world = World::new().await;
    let torrent = world.public_torrent(1).await;
    let config = Config {
        trusted_proxies: vec!["127.0.0.1".parse().unwrap()],
        ..world.config()
    };
    let tracker = world.start_as(swarm::Policy::Registered, config).await;
    let say = Say {
        more: "&key=5eed",
        ..Say::peer(1, torrent)
    };
    let both = Say {
        more: "&key=5eed",
        ..say.clone()
    };
    announce_from(&tracker, "203.0.113.1", &say).await;
    assert_eq!(
        announce_from(&tracker, "203.0.113.2", &both).await.counts(),
        (0, 1)
    );
    // Over IPv6 it is still the same client, with an address of either family.
    assert_eq!(
        announce_from(&tracker, "2001:db8::1", &both).await.counts(),
        (0, 1)
    );
    let reply = announce_from(&tracker, "203.0.113.9", &Say::peer(2, torrent)).await;
    assert_eq!(reply.peers(), ["203.0.113.2:7001".parse().unwrap()]);
    assert_eq!(reply.bytes("peers6").unwrap().len(), 18);
    // Who has another key is somebody else.
    let thief = Say {
        more: "&key=bad",
        ..Say::peer(1, torrent)
    };
    announce_from(&tracker, "203.0.113.3", &thief).await;
    let reply = announce_from(&tracker, "203.0.113.9", &Say::peer(2, torrent)).await;
    assert!(reply.peers().contains(&"203.0.113.2:7001".parse().unwrap()));
    tracker.stop().await;
}

#[tokio::test]
async fn an_answer_names_the_tracker_and_whatever_is_said_of_it_is_ignored() {
    let world = World::new().await;
    let torrent = world.public_torrent(1).await;
    let tracker = world.start().await;
    for more in ["", "&trackerid=skep", "&trackerid=another%00"] {
        let say = Say {
            more,
            ..Say::about(torrent)
        };
        let reply = tracker.announce("/announce", &say).await;
        assert_eq!(reply.bytes("tracker id").unwrap(), b"skep");
    }
    tracker.stop().await;
}

#[tokio::test]
async fn addresses_are_believed_from_whom_they_should_be() {
    let world = World::new().await;
    let torrent = world.public_torrent(1).await;
    let told = "&ip=203.0.113.5";
    let forwarded = "X-Forwarded-For: 198.51.100.1, 203.0.113.9\r\n";
    let cases = [
        (Config::default(), "127.0.0.1:7001"),
        (
            Config {
                trust_ip_parameter: true,
                ..Config::default()
            },
            "203.0.113.5:7001",
        ),
        (
            Config {
                trusted_proxies: vec!["127.0.0.0/8".parse().unwrap()],
                ..Config::default()
            },
            "203.0.113.9:7001",
        ),
    ];
    for (settings, expected) in cases {
        let config = Config {
            trust_ip_parameter: settings.trust_ip_parameter,
            trusted_proxies: settings.trusted_proxies,
            snapshot_path: None,
            ..world.config()
        };
        let tracker = world.start_as(swarm::Policy::Registered, config).await;
        let say = Say {
            more: told,
            ..Say::peer(1, torrent)
        };
        let mut connection = Http::connect(tracker.http).await;
        connection
            .send(format!("GET /announce?{say} HTTP/1.1\r\n{forwarded}\r\n"))
            .await;
        assert_eq!(connection.reply().await.unwrap().failure(), None);
        let reply = tracker.announce("/announce", &Say::peer(2, torrent)).await;
        assert_eq!(reply.peers(), [expected.parse::<SocketAddr>().unwrap()]);
        tracker.stop().await;
    }
}

#[tokio::test]
async fn who_starts_is_told_what_to_know_and_not_at_every_announce() {
    let world = World::new().await;
    let (torrent, ann) = (world.public_torrent(1).await, world.member("Ann").await);
    let mine = format!("/announce/{}", ann.passkey);
    let warning = |reply: Reply| {
        let text = reply.bytes("warning message")?;
        Some(String::from_utf8(text).unwrap())
    };
    let started = Say::peer(1, torrent).event("started");
    let uncredited = "no account is credited for this torrent: \
        to count, download the .torrent from this site while logged in";
    let tracker = world.start().await;
    let told = warning(tracker.announce("/announce", &started).await);
    assert_eq!(told.as_deref(), Some(uncredited));
    for event in ["", "completed", "stopped"] {
        let say = Say::peer(1, torrent).event(event);
        assert_eq!(warning(tracker.announce("/announce", &say).await), None);
    }
    assert_eq!(warning(tracker.announce(&mine, &started).await), None);
    tracker.stop().await;

    let config = Config {
        notice: Some("Away on Sunday".to_owned()),
        ..world.config()
    };
    let tracker = world.start_as(swarm::Policy::Open, config).await;
    let told = warning(tracker.announce(&mine, &started).await);
    assert_eq!(told.as_deref(), Some("Away on Sunday"));
    let other = Say::peer(2, torrent).event("started");
    let told = warning(tracker.announce("/announce", &other).await);
    assert_eq!(told.unwrap(), format!("Away on Sunday - {uncredited}"));
    // What is not the site's is credited to nobody anyway.
    let strange = Say {
        hash: [9; 20].into(),
        ..other
    };
    let told = warning(tracker.announce("/announce", &strange).await);
    assert_eq!(told.as_deref(), Some("Away on Sunday"));
    let going_on = Say::peer(1, torrent);
    assert_eq!(warning(tracker.announce(&mine, &going_on).await), None);
    tracker.stop().await;
}

#[tokio::test]
async fn a_client_may_name_its_other_address_where_it_is_believed() {
    let world = World::new().await;
    let torrent = world.public_torrent(1).await;
    let both = |reply: &Reply| (reply.peers(), reply.bytes("peers6").unwrap_or_default());
    let v6 = |port: u16| {
        let ip: std::net::Ipv6Addr = "2001:db8::7".parse().unwrap();
        [&ip.octets()[..], &port.to_be_bytes()].concat()
    };
    let at = |text: &str| text.parse::<SocketAddr>().unwrap();
    let cases = [
        ("&ipv6=2001:db8::7", at("127.0.0.1:7001"), v6(7001)),
        ("&ipv6=%5B2001:db8::7%5D:99", at("127.0.0.1:7001"), v6(99)),
        (
            "&ipv4=203.0.113.5:98&ipv6=[2001:db8::7]:99",
            at("203.0.113.5:98"),
            v6(99),
        ),
        (
            "&ip=203.0.113.6&ipv4=203.0.113.5&ipv6=2001:db8::7",
            at("203.0.113.6:7001"),
            v6(7001),
        ),
        ("&ipv4=203.0.113.5", at("203.0.113.5:7001"), vec![]),
        (
            "&ip=2001:db8::7&ipv4=203.0.113.5:98",
            at("203.0.113.5:98"),
            v6(7001),
        ),
        ("&ipv6=::ffff:203.0.113.5", at("127.0.0.1:7001"), vec![]),
        (
            "&ip=0.0.0.0&ipv4=0.0.0.0&ipv6=::",
            at("127.0.0.1:7001"),
            vec![],
        ),
    ];
    for (policy, more) in [
        (swarm::Policy::Registered, "&key=5eed"),
        (swarm::Policy::Open, ""),
    ] {
        for (trust, (named, v4, v6)) in [(true, &cases), (false, &cases)]
            .into_iter()
            .flat_map(|(trust, cases)| cases.iter().map(move |case| (trust, case)))
        {
            let config = Config {
                trust_ip_parameter: trust,
                snapshot_path: None,
                ..world.config()
            };
            let tracker = world.start_as(policy, config).await;
            let more: &'static str = format!("{named}{more}").leak();
            let say = Say {
                more,
                ..Say::peer(1, torrent)
            };
            for _ in 0..2 {
                let reply = tracker.announce("/announce", &say).await;
                assert_eq!(both(&reply), (vec![], vec![]), "never itself: {named}");
            }
            let reply = tracker.announce("/announce", &Say::peer(2, torrent)).await;
            let expected = match trust {
                true => (vec![*v4], v6.clone()),
                false => (vec![at("127.0.0.1:7001")], vec![]),
            };
            assert_eq!(both(&reply), expected, "{named}, trusted: {trust}");
            // Under one key, or one account, it is one client.
            let peers = if more.contains("key") || !trust || v6.is_empty() {
                2
            } else {
                3
            };
            assert_eq!(reply.counts(), (0, peers), "{named}, trusted: {trust}");
            let stopped = Say {
                event: "stopped",
                ..say
            };
            assert_eq!(
                tracker.announce("/announce", &stopped).await.counts(),
                (0, 1)
            );
            tracker.stop().await;
        }
    }
}

#[tokio::test]
async fn scrapes_leave_out_what_is_not_there() {
    let world = World::new().await;
    let (known, private) = (world.public_torrent(1).await, world.torrent(2).await);
    let tracker = world.start().await;
    tracker.announce("/announce", &Say::peer(1, known)).await;
    let hashes: Vec<_> = [[1; 20], [2; 20], [3; 20]]
        .iter()
        .map(|h| format!("info_hash={}", escape(h)))
        .collect();
    let reply = tracker.get(&format!("/scrape?{}", hashes.join("&"))).await;
    let found = reply.read(|root| {
        let files = root.get(b"files").unwrap();
        files
            .entries()
            .map(|(hash, _)| hash.to_vec())
            .collect::<Vec<_>>()
    });
    assert_eq!(found, [vec![1; 20]]);
    let alone = format!("/scrape?info_hash={}", escape(private.hash.as_bytes()));
    assert!(tracker.refusal(&alone).await.contains("passkey"));
    assert!(
        tracker
            .refusal("/scrape")
            .await
            .contains("name those you ask for by info_hash")
    );
    tracker.stop().await;
}

#[tokio::test]
async fn a_connection_serves_many_requests_one_by_one_or_at_once() {
    let world = World::new().await;
    let torrent = world.public_torrent(1).await;
    let tracker = world.start().await;
    let mut connection = Http::connect(tracker.http).await;
    for peer in 1..=5 {
        let reply = connection
            .get(&format!("/announce?{}", Say::peer(peer, torrent)))
            .await;
        assert_eq!(reply.counts(), (0, i64::from(peer)));
        assert!(!reply.head.contains("close"));
    }
    let request = |peer| {
        format!(
            "GET /announce?{} HTTP/1.1\r\nHost: t\r\n\r\n",
            Say::peer(peer, torrent)
        )
    };
    let pipelined: String = (6..=30).map(request).collect();
    // In pieces that end anywhere.
    for piece in pipelined.as_bytes().chunks(1000) {
        connection.send(piece).await;
    }
    for peer in 6..=30 {
        assert_eq!(connection.reply().await.unwrap().counts(), (0, peer));
    }
    connection
        .send("GET /announce HTTP/1.1\r\nConnection: close\r\n\r\n")
        .await;
    assert!(
        connection
            .reply()
            .await
            .unwrap()
            .head
            .contains("Connection: close")
    );
    assert!(connection.reply().await.is_none());
    tracker.stop().await;
}

#[tokio::test]
async fn old_clients_close_unless_they_ask_to_stay() {
    let world = World::new().await;
    let tracker = world.start().await;
    let mut connection = Http::connect(tracker.http).await;
    connection
        .send("GET /announce HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        .await;
    assert!(
        connection
            .reply()
            .await
            .unwrap()
            .head
            .contains("Connection: keep-alive")
    );
    connection.send("GET /announce HTTP/1.0\r\n\r\n").await;
    assert!(
        connection
            .reply()
            .await
            .unwrap()
            .head
            .contains("Connection: close")
    );
    assert!(connection.reply().await.is_none());
    tracker.stop().await;
}

#[tokio::test]
async fn a_scrape_has_room_for_150_hashes() {
    let world = World::new().await;
    let (torrent, ann) = (world.public_torrent(0xf1).await, world.member("Ann").await);
    let tracker = world.start().await;
    let escaped = escape(torrent.hash.as_bytes());
    assert_eq!(escaped.len(), 60);
    let scrape = |hashes: usize| {
        let hashes = vec![format!("info_hash={escaped}"); hashes];
        format!("/scrape/{}?{}", ann.passkey.as_str(), hashes.join("&"))
    };
    let reply = tracker.get(&scrape(150)).await;
    assert_eq!((reply.status, reply.failure()), (200, None));
    let sentence = tracker.refusal(&scrape(151)).await;
    assert!(sentence.contains("150"), "{sentence}");
    tracker.stop().await;
}

//! Announces and scrapes over UDP.

use crate::udp_client::{Answer, Udp};
use crate::world::*;
use std::net::SocketAddr;
use tracker::Config;

#[tokio::test]
async fn announce_and_scrape() {
    let world = World::new().await;
    let torrent = world.public_torrent(1).await;
    let tracker = world.start().await;
    let mut client = Udp::connect(tracker.udp).await;
    let seeder = Say {
        left: 0,
        ..Say::peer(1, torrent)
    };
    let answer = client.announce(&seeder, None).await;
    assert_eq!(
        answer,
        Answer::Announce {
            interval: 1800,
            leechers: 0,
            seeders: 1,
            peers: vec![]
        }
    );
    let mut other = Udp::connect(tracker.udp).await;
    let answer = other.announce(&Say::peer(2, torrent), None).await;
    assert_eq!(answer.counts(), (1, 1));
    assert_eq!(
        answer.peers(),
        ["127.0.0.1:7001".parse::<SocketAddr>().unwrap()]
    );
    let done = Say {
        left: 0,
        ..Say::peer(2, torrent).event("completed")
    };
    other.announce(&done, None).await;
    assert_eq!(
        client.scrape(&[[9; 20], [1; 20]]).await,
        Answer::Scrape(vec![[0, 0, 0], [2, 1, 0]])
    );
    other.announce(&done.clone().event("stopped"), None).await;
    assert_eq!(
        client.scrape(&[[1; 20]]).await,
        Answer::Scrape(vec![[1, 1, 0]])
    );
    tracker.stop().await;
}

#[tokio::test]
async fn one_swarm_for_both_protocols() {
    let world = World::new().await;
    let torrent = world.public_torrent(1).await;
    let tracker = world.start().await;
    tracker.announce("/announce", &Say::peer(1, torrent)).await;
    let mut client = Udp::connect(tracker.udp).await;
    let answer = client.announce(&Say::peer(2, torrent), None).await;
    assert_eq!((answer.counts(), answer.peers().len()), ((0, 2), 1));
    tracker.stop().await;
}

#[tokio::test]
async fn ipv6_clients_get_ipv6_peers() {
    let world = World::new().await;
    let torrent = world.public_torrent(1).await;
    let config = Config {
        udp: "[::1]:0".parse().unwrap(),
        ..world.config()
    };
    let tracker = world.start_as(swarm::Policy::Registered, config).await;
    tracker.announce("/announce", &Say::peer(1, torrent)).await;
    let mut first = Udp::connect(tracker.udp).await;
    first.announce(&Say::peer(2, torrent), None).await;
    let mut second = Udp::connect(tracker.udp).await;
    let Answer::Announce {
        leechers, peers, ..
    } = second.announce(&Say::peer(3, torrent), None).await
    else {
        panic!("no answer");
    };
    assert_eq!((leechers, peers.len()), (3, 18));
    assert_eq!(peers[16..], 7002u16.to_be_bytes());
    tracker.stop().await;
}

#[tokio::test]
async fn a_passkey_in_the_url_counts_for_its_member() {
    let world = World::new().await;
    let (torrent, ann) = (world.torrent(1).await, world.member("Ann").await);
    let tracker = world.start().await;
    let key = &ann.passkey;
    let mut client = Udp::connect(tracker.udp).await;
    let urls = [
        format!("/announce/{key}"),
        format!("/{key}/announce"),
        format!("/bt/announce.php?uk={key}"),
        format!("/announce?uk={key}"),
    ];
    for (n, url) in urls.iter().enumerate() {
        let say = Say::about(torrent).totals(n as u64 + 1, 10);
        assert_eq!(
            client.announce(&say, Some(url)).await.counts(),
            (0, 1),
            "{url}"
        );
        world.wait_for_credit(&ann, (n as u64 + 1, 10)).await;
    }
    tracker.stop().await;
}

#[tokio::test]
async fn a_private_torrent_without_passkey_says_what_to_do() {
    let world = World::new().await;
    let torrent = world.torrent(1).await;
    let tracker = world.start().await;
    let mut client = Udp::connect(tracker.udp).await;
    for url in [None, Some("/announce"), Some("/"), Some("")] {
        let Answer::Error(sentence) = client.announce(&Say::about(torrent), url).await else {
            panic!("it was served");
        };
        assert!(sentence.contains("needs your passkey"), "{sentence}");
        assert!(sentence.contains("HTTP address"), "{sentence}");
    }
    let unknown = client
        .announce(&Say::about(torrent), Some("/announce/0123456789"))
        .await;
    assert!(matches!(unknown, Answer::Error(why) if why.contains("unknown")));
    let malformed = client
        .announce(&Say::about(torrent), Some("/announce/a-b"))
        .await;
    assert!(matches!(malformed, Answer::Error(why) if why.contains("passkey")));
    assert_eq!(tracker.swarm.totals().peers(), 0);
    tracker.stop().await;
}

#[tokio::test]
async fn a_client_known_from_http_keeps_its_account_over_udp() {
    let world = World::new().await;
    let torrent = world.public_torrent(1).await;
    let (ann, path) = {
        let ann = world.member("Ann").await;
        let path = format!("/announce/{}", ann.passkey);
        (ann, path)
    };
    let tracker = world.start().await;
    tracker
        .announce(&path, &Say::about(torrent).totals(10, 5).event("started"))
        .await;
    let mut client = Udp::connect(tracker.udp).await;
    let answer = client
        .announce(&Say::about(torrent).totals(30, 8), None)
        .await;
    assert_eq!(answer.counts(), (0, 1));
    world.wait_for_credit(&ann, (30, 8)).await;
    // Another client at the same address is nobody's.
    client
        .announce(&Say::peer(9, torrent).totals(1000, 1000), None)
        .await;
    tracker.stop().await;
    assert_eq!(world.credit(&ann).await, (30, 8));
}

#[tokio::test]
async fn a_wrong_connection_id_is_not_answered_and_changes_nothing() {
    let world = World::new().await;
    let torrent = world.public_torrent(1).await;
    let tracker = world.start().await;
    let mut client = Udp::connect(tracker.udp).await;
    let good = client.connection_id;
    for id in [
        0,
        1,
        u64::MAX,
        good ^ 1,
        good ^ (1 << 40),
        good.swap_bytes(),
        0x0417_2710_1980,
    ] {
        client.connection_id = id;
        let packet = client.announce_packet(&Say::about(torrent), None);
        assert_eq!(client.ask(packet).await, None, "{id:x}");
    }
    assert_eq!(tracker.swarm.totals().peers(), 0);
    client.connection_id = good;
    assert_eq!(
        client.announce(&Say::about(torrent), None).await.counts(),
        (0, 1)
    );
    // Ids are of use for two minutes.
    world
        .seconds
        .fetch_add(119, std::sync::atomic::Ordering::Relaxed);
    assert_eq!(
        client.announce(&Say::about(torrent), None).await.counts(),
        (0, 1)
    );
    world
        .seconds
        .fetch_add(120, std::sync::atomic::Ordering::Relaxed);
    let packet = client.announce_packet(&Say::about(torrent), None);
    assert_eq!(client.ask(packet).await, None);
    tracker.stop().await;
}

#[tokio::test]
async fn packets_that_are_no_requests_are_dropped() {
    let world = World::new().await;
    let torrent = world.public_torrent(1).await;
    let tracker = world.start().await;
    let mut client = Udp::connect(tracker.udp).await;
    let whole = client.announce_packet(&Say::about(torrent), None);
    for len in [0, 1, 11, 16, 20, 50, 97] {
        // Cut short it may be told so, but never taken for an announce.
        let answer = client.ask(whole[..len].to_vec()).await;
        assert!(
            matches!(answer, None | Some(Answer::Error(_))),
            "{len}: {answer:?}"
        );
    }
    assert_eq!(client.ask(vec![0xff; 1500]).await, None);
    assert_eq!(tracker.swarm.totals().peers(), 0);
    tracker.stop().await;
}

#[tokio::test]
async fn absurd_numbers_are_refused_and_change_nothing() {
    let world = World::new().await;
    let (torrent, ann) = (world.torrent(1).await, world.member("Ann").await);
    let tracker = world.start().await;
    let url = format!("/announce/{}", ann.passkey);
    let mut client = Udp::connect(tracker.udp).await;
    for say in [
        Say::about(torrent).totals(u64::MAX, 0),
        Say::about(torrent).totals(0, u64::MAX),
        Say::about(torrent).totals(1 << 61, 0),
        Say::about(torrent).totals(0, 1 << 61),
        Say {
            port: 0,
            ..Say::about(torrent)
        },
    ] {
        let answer = client.announce(&say, Some(&url)).await;
        assert!(matches!(answer, Answer::Error(_)), "{say}: {answer:?}");
    }
    assert_eq!(tracker.swarm.totals().peers(), 0);
    tracker.stop().await;
    assert_eq!(world.credit(&ann).await, (0, 0));
}

#[tokio::test]
async fn an_answer_fits_a_frame_however_many_peers_there_are() {
    let world = World::new().await;
    let torrent = world.public_torrent(1).await;
    let tracker = world.start().await;
    for peer in 0..=250 {
        let announce = swarm::Announce {
            peer_id: bittorrent::PeerId::from([peer; 20]),
            user: None,
            addr: SocketAddr::from(([203, 0, 113, peer], 6881)),
            dialable: true,
            key: None,
            left: Some(1),
            event: bittorrent::Event::None,
        };
        tracker
            .swarm
            .insert_or_update(torrent.hash, &announce, swarm::UnixTime(START));
    }
    let mut client = Udp::connect(tracker.udp).await;
    let mut packet = client.announce_packet(&Say::about(torrent), None);
    packet[92..96].copy_from_slice(&1_000_000u32.to_be_bytes());
    let Some(Answer::Announce { peers, .. }) = client.ask(packet).await else {
        panic!("no answer")
    };
    assert_eq!(peers.len(), 200 * 6);
    tracker.stop().await;
}

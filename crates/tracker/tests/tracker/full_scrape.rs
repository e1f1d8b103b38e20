//! A scrape that names no torrent.

use crate::world::*;
use bittorrent::{Event, InfoHash, PeerId};
use std::time::Duration;
use swarm::{Announce, Policy, Swarm};
use tokio::io::AsyncReadExt;
use tracker::Config;

fn listing(world: &World) -> Config {
    Config {
        http_threads: 1,
        full_scrape_path: Some(world.path().join("scrape")),
        full_scrape_every: Duration::from_millis(20),
        ..world.config()
    }
}

fn fill(swarm: &Swarm, torrents: u32) {
    for number in 0..torrents {
        let mut hash = [9; 20];
        hash[..4].copy_from_slice(&number.to_be_bytes());
        let announce = Announce {
            peer_id: PeerId::from([1; 20]),
            user: None,
            addr: "203.0.113.7:6881".parse().unwrap(),
            dialable: true,
            key: None,
            left: Some(0),
            event: Event::None,
        };
        let now = swarm::UnixTime(START);
        swarm.insert_or_update(InfoHash::from(hash), &announce, now);
    }
}

/// How many torrents are in an answer.
fn files(reply: &Reply) -> Option<usize> {
    let limits = bencode::Limits {
        items: 1 << 24,
        bytes: 1 << 30,
        ..bencode::Limits::default()
    };
    let document = bencode::Document::parse(&reply.body, bencode::Mode::Strict, &limits).unwrap();
    document.root().get(b"files").map(|files| files.len())
}

/// Asks until so many torrents are in the answer, which is written anew all the time.
async fn until_listed(tracker: &Running, torrents: usize) -> Reply {
    eventually(async || {
        let reply = tracker.get("/scrape").await;
        (files(&reply) == Some(torrents)).then_some(reply)
    })
    .await
}

#[tokio::test]
async fn it_is_refused_unless_it_is_wanted() {
    let world = World::new().await;
    let tracker = world.start().await;
    let path = format!("/scrape/{}", "0".repeat(32));
    for target in ["/scrape", "/scrape?", "/scrape?compact=1", &path] {
        let sentence = tracker.refusal(target).await;
        assert!(sentence.contains("does not list all"), "{sentence}");
    }
    tracker.stop().await;
}

#[tokio::test]
async fn all_torrents_come_in_one_answer() {
    let world = World::new().await;
    // What stands on the site is in none of them.
    let torrent = world.public_torrent(1).await;
    let tracker = world.start_as(Policy::Open, listing(&world)).await;
    tracker.announce("/announce", &Say::about(torrent)).await;
    fill(&tracker.swarm, 3);
    let reply = until_listed(&tracker, 3).await;
    assert!(
        reply.head.contains("\r\nConnection: close\r\n"),
        "{}",
        reply.head
    );
    let flags = reply.read(|root| root.get(b"flags")?.get(b"min_request_interval")?.as_int());
    assert_eq!(flags, Some(600));
    // What was asked before it on the connection is answered before it, and nothing after.
    let mut connection = Http::connect(tracker.http).await;
    let get = |target: &str| format!("GET {target} HTTP/1.1\r\n\r\n");
    let announce = get(&format!("/announce?{}", Say::about(torrent)));
    let requests = announce.clone() + &get("/scrape") + &announce;
    connection.send(requests).await;
    assert_eq!(connection.reply().await.unwrap().counts(), (0, 1));
    assert_eq!(files(&connection.reply().await.unwrap()), Some(3));
    assert!(connection.reply().await.is_none());
    tracker.stop().await;
}

/// So many that the answer is larger than what the system keeps for a connection.
const MANY: u32 = 150_000;

#[tokio::test]
async fn whoever_does_not_take_it_holds_up_nobody_and_is_let_go() {
    let world = World::new().await;
    let torrent = world.public_torrent(1).await;
    let config = Config {
        full_scrape_every: Duration::from_secs(3600),
        request_timeout: Duration::from_millis(500),
        ..listing(&world)
    };
    let deps = world.deps(Policy::Open);
    fill(&deps.swarm, MANY);
    let tracker = world.start_with(config, deps).await;
    until_listed(&tracker, MANY as usize).await;
    let slow = || {
        let refused = tracker.activity.tally().refused;
        let slow = refused.iter().filter(|(_, reason, _)| *reason == "slow");
        slow.map(|(.., count)| count).sum::<u64>()
    };
    let mut lazy = Vec::new();
    for _ in 0..SENDINGS {
        let mut connection = Http::connect(tracker.http).await;
        connection.send("GET /scrape HTTP/1.1\r\n\r\n").await;
        // It has begun.
        connection.stream.readable().await.unwrap();
        lazy.push(connection);
    }
    let sentence = tracker.refusal("/scrape").await;
    assert!(sentence.contains("others are taking"), "{sentence}");
    tracker.announce("/announce", &Say::about(torrent)).await;
    eventually(async || (slow() == SENDINGS as u64).then_some(())).await;
    for mut connection in lazy {
        let mut taken = Vec::new();
        // The end of it is missing, with or without a reset.
        let _ = connection.stream.read_to_end(&mut taken).await;
        assert!(taken.len() < 90 * MANY as usize, "{}", taken.len());
    }
    // There is room for others again.
    until_listed(&tracker, MANY as usize).await;
    tracker.stop().await;
}

#[tokio::test]
async fn whoever_takes_it_bit_by_bit_gets_it_all_and_whoever_hangs_up_leaves_nothing() {
    let world = World::new().await;
    let config = Config {
        full_scrape_every: Duration::from_secs(3600),
        ..listing(&world)
    };
    let deps = world.deps(Policy::Open);
    fill(&deps.swarm, MANY);
    let tracker = world.start_with(config, deps).await;
    let whole = until_listed(&tracker, MANY as usize).await.body;
    for _ in 0..3 * SENDINGS {
        let mut connection = Http::connect(tracker.http).await;
        connection.send("GET /scrape HTTP/1.1\r\n\r\n").await;
        let mut begun = [0; 4096];
        connection.stream.read_exact(&mut begun).await.unwrap();
        assert!(begun.starts_with(b"HTTP/1.1 200 OK"));
        drop(connection);
        // The next one would be refused if those before still had their places.
        eventually(async || (tracker.get("/scrape").await.body.len() == whole.len()).then_some(()))
            .await;
    }
    let mut connection = Http::connect(tracker.http).await;
    connection.send("GET /scrape HTTP/1.1\r\n\r\n").await;
    let (mut taken, mut bit) = (Vec::new(), [0; 3000]);
    loop {
        match connection.stream.read(&mut bit).await.unwrap() {
            0 => break,
            read => taken.extend_from_slice(&bit[..read]),
        }
        tokio::task::yield_now().await;
    }
    assert!(taken.ends_with(&whole), "{}", taken.len());
    tracker.stop().await;
}

#[tokio::test]
async fn an_address_gets_it_now_and_then() {
    let world = World::new().await;
    let config = Config {
        trusted_proxies: vec!["127.0.0.1".parse().unwrap()],
        ..listing(&world)
    };
    let tracker = world.start_as(Policy::Open, config).await;
    fill(&tracker.swarm, 3);
    until_listed(&tracker, 3).await;
    let ask = async |from: &str| {
        let mut connection = Http::connect(tracker.http).await;
        let request = format!("GET /scrape HTTP/1.1\r\nX-Forwarded-For: {from}\r\n\r\n");
        connection.send(request).await;
        connection.reply().await.unwrap()
    };
    for _ in 0..2 {
        assert_eq!(files(&ask("203.0.113.9").await), Some(3));
    }
    let reply = ask("203.0.113.9").await;
    assert!(reply.failure().unwrap().contains("a moment ago"));
    assert_eq!(reply.int("retry in"), Some(2));
    assert_eq!(files(&ask("203.0.113.10").await), Some(3));
    let minute = std::sync::atomic::Ordering::Relaxed;
    world.seconds.fetch_add(60, minute);
    assert_eq!(files(&ask("203.0.113.9").await), Some(3));
    tracker.stop().await;
}

/// How many one thread sends at the same time.
const SENDINGS: usize = 4;

//! WebSockets of those who mean no good, or are broken.

use crate::world::*;
use crate::ws_client::*;
use bittorrent::InfoHash;
use serde_json::json;
use std::time::Duration;
use swarm::Policy;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpSocket;
use tokio_tungstenite::tungstenite::Message;
use tracker::Config;

fn hash() -> InfoHash {
    InfoHash::from([1; 20])
}

async fn open_tracker(world: &World) -> Running {
    world.start_as(Policy::Open, world.config()).await
}

#[tokio::test]
async fn handshakes_that_are_none_are_declined() {
    let world = World::new().await;
    let tracker = open_tracker(&world).await;
    let good = upgrade("/announce", "");
    for (from, to, expected) in [
        ("Version: 13", "Version: 8", 426),
        ("dGhlIHNhbXBsZSBub25jZQ==", "short", 400),
        ("GET /announce", "GET /chat", 404),
        ("GET /announce", "GET /scrape", 404),
        ("GET ", "POST ", 405),
    ] {
        let bad = good.replace(from, to);
        assert_eq!(status(&tracker, &bad).await, expected, "{to}");
    }
    // Without both headers it is an announce like any other, and says too little.
    for (from, to) in [("Upgrade: WebSocket", "Upgrade: h2c"), (", Upgrade", "")] {
        let plain = good.replace(from, to);
        let mut http = Http::connect(tracker.http).await;
        http.send(&plain).await;
        let reply = http.reply().await.unwrap();
        assert_eq!(reply.failure().as_deref(), Some("info_hash is missing"));
    }
    tracker.stop().await;
}

#[tokio::test]
async fn junk_is_answered_and_the_connection_goes_on() {
    let world = World::new().await;
    let tracker = open_tracker(&world).await;
    let mut browser = Browser::open(&tracker).await;
    for (message, words) in [
        ("", "the message is no object of JSON"),
        ("hello", "the message is no object of JSON"),
        ("[]", "the message is no object of JSON"),
        ("{}", "action must be announce or scrape"),
        (r#"{"action":"announce"}"#, "info_hash is missing"),
    ] {
        browser.send(Message::text(message)).await;
        assert_eq!(browser.hear().await["failure reason"], words, "{message}");
    }
    let negative = with(announce_hash(hash(), 1, 0), json!({"uploaded": -1}));
    assert_eq!(
        browser.refusal(&negative).await,
        "uploaded must be a number and not negative"
    );
    let absurd = with(announce_hash(hash(), 1, 0), json!({"uploaded": 1e30}));
    let words = browser.refusal(&absurd).await;
    assert!(words.contains("larger than anything"), "{words}");
    // Some send text as if it were not.
    let good = announce_hash(hash(), 1, 0).to_string();
    browser.send(Message::binary(good.into_bytes())).await;
    assert_eq!(browser.hear().await["incomplete"], 1);
    tracker.stop().await;
}

#[tokio::test]
async fn what_breaks_the_protocol_is_closed_with_its_code() {
    let world = World::new().await;
    let tracker = open_tracker(&world).await;
    for (message, code) in [
        (Message::text("x".repeat(70_000)), 1009),
        (Message::binary(vec![0xff; 10]), 1007),
    ] {
        let mut browser = Browser::open(&tracker).await;
        browser.announce(&announce_hash(hash(), 1, 0)).await;
        browser.send(message).await;
        assert_eq!(browser.close_code().await, Some(code));
        eventually(async || (tracker.swarm.totals().peers() == 0).then_some(())).await;
    }
    let mut browser = Browser::open(&tracker).await;
    let unmasked = b"\x81\x02{}";
    let stream = browser.socket.get_mut();
    stream.write_all(unmasked).await.unwrap();
    assert_eq!(browser.close_code().await, Some(1002));
    tracker.stop().await;
}

#[tokio::test]
async fn a_flood_ends_the_connection() {
    let world = World::new().await;
    let tracker = open_tracker(&world).await;
    let mut browser = Browser::open(&tracker).await;
    browser.announce(&announce_hash(hash(), 1, 0)).await;
    // Whoever is thrown out may see a broken pipe first.
    let flood = async {
        for _ in 0..2_000 {
            let ping = Message::Ping(vec![].into());
            if futures_util::SinkExt::send(&mut browser.socket, ping)
                .await
                .is_err()
            {
                return None;
            }
        }
        browser.close_code().await
    };
    let code = within(PATIENCE, flood).await;
    assert!(matches!(code, None | Some(1008)), "{code:?}");
    eventually(async || (tracker.swarm.totals().peers() == 0).then_some(())).await;
    tracker.stop().await;
}

#[tokio::test]
async fn a_connection_can_be_in_so_many_swarms_and_no_more() {
    let world = World::new().await;
    let tracker = open_tracker(&world).await;
    let mut browser = Browser::open(&tracker).await;
    let torrent = |n: u16| {
        let mut bytes = [0; 20];
        bytes[..2].copy_from_slice(&n.to_be_bytes());
        announce_hash(InfoHash::from(bytes), 1, 0)
    };
    for n in 0..256 {
        browser.announce(&torrent(n)).await;
    }
    assert_eq!(
        browser.refusal(&torrent(256)).await,
        "one connection can be in at most 256 swarms"
    );
    // Those it is in go on, and one that it leaves makes room.
    browser.announce(&torrent(255)).await;
    let stopped = with(torrent(7), json!({"event": "stopped"}));
    browser.announce(&stopped).await;
    browser.announce(&torrent(256)).await;
    assert_eq!(tracker.swarm.totals().peers(), 256);
    tracker.stop().await;
}

#[tokio::test]
async fn who_does_not_read_is_given_up() {
    let world = World::new().await;
    let config = Config {
        request_timeout: Duration::from_millis(300),
        ..world.config()
    };
    let tracker = world.start_as(Policy::Open, config).await;
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let stream = socket.connect(tracker.http).await.unwrap();
    let mut deaf = Browser::over(stream, "/announce", "").await;
    // Several clients of its page, so that it gets several offers of each announce.
    for peer in 1..=4 {
        deaf.announce(&announce_hash(hash(), peer, 0)).await;
    }
    let mut talker = Browser::open(&tracker).await;
    let sdp = "x".repeat(15_000);
    let offer = json!({"offer_id": text(&[9; 20]), "offer": {"sdp": sdp}});
    let offers = json!({"offers": [offer, offer, offer, offer], "numwant": 4});
    let loud = with(announce_hash(hash(), 9, 0), offers);
    // The kernel takes some megabytes on the deaf one's behalf.
    within(PATIENCE, async {
        while talker.announce(&loud).await != (0, 1) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
    tracker.stop().await;
}

#[tokio::test]
async fn the_silent_and_the_idle_are_closed_and_the_living_are_kept() {
    let world = World::new().await;
    let config = Config {
        idle_timeout: Duration::from_millis(200),
        ..world.config()
    };
    let tracker = world.start_as(Policy::Open, config).await;
    let mut idle = Browser::open(&tracker).await;
    assert_eq!(idle.close_code().await, Some(1000));
    // It answers pings as long as it is read.
    let mut living = Browser::open(&tracker).await;
    living.announce(&announce_hash(hash(), 1, 0)).await;
    let mut dead = Browser::open(&tracker).await;
    dead.announce(&announce_hash(hash(), 2, 0)).await;
    assert_eq!(tracker.swarm.totals().peers(), 2);
    let living = tokio::spawn(async move {
        let next = living.next().await;
        panic!("{next:?}");
    });
    eventually(async || (tracker.swarm.totals().peers() == 1).then_some(())).await;
    let mut rest = Vec::new();
    let read = dead.socket.get_mut().read_to_end(&mut rest);
    assert!(within(PATIENCE, read).await.is_ok());
    assert!(!living.is_finished());
    assert_eq!(tracker.swarm.query_state(hash()).leechers, 1);
    living.abort();
    tracker.stop().await;
}

#[tokio::test]
async fn browsers_leave_places_for_others() {
    let world = World::new().await;
    let config = Config {
        max_connections: 8,
        ..world.config()
    };
    let tracker = world.start_as(Policy::Open, config).await;
    let mut browsers = Vec::new();
    for _ in 0..6 {
        browsers.push(Browser::open(&tracker).await);
    }
    assert_eq!(status(&tracker, &upgrade("/announce", "")).await, 503);
    let say = Say {
        hash: hash(),
        peer: 1,
        port: 6881,
        uploaded: 0,
        downloaded: 0,
        left: 1,
        event: "",
        more: "",
    };
    let reply = tracker.announce("/announce", &say).await;
    assert_eq!(reply.counts(), (0, 1));
    tracker.stop().await;
}

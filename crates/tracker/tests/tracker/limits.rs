//! What one client, or many, may take up.

use crate::world::*;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::io::Write;
use std::net::TcpStream;
use std::time::Duration;
use swarm::Policy;
use tracker::Config;

/// A connection that comes from `from`, as a proxy says.
async fn proxied(tracker: &Running, from: &str) -> Http {
    let mut connection = Http::connect(tracker.http).await;
    connection
        .send(format!("PROXY TCP4 {from} 192.0.2.1 4711 80\r\n"))
        .await;
    connection
}

fn behind_a_proxy(world: &World) -> Config {
    Config {
        trusted_proxies: vec!["127.0.0.1".parse().unwrap()],
        proxy_protocol: true,
        ..world.config()
    }
}

#[tokio::test]
async fn a_proxy_header_says_who_asks() {
    let world = World::new().await;
    let torrent = world.public_torrent(1).await;
    let tracker = world
        .start_as(Policy::Registered, behind_a_proxy(&world))
        .await;
    let say = Say::peer(1, torrent);
    let request = format!("GET /announce?{say} HTTP/1.1\r\n\r\n");
    let mut v2 =
        b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xcb\0\x71\x09\x7f\0\0\x01\x12\x67\0\x50".to_vec();
    v2.extend_from_slice(request.as_bytes());
    let v1 = format!("PROXY TCP6 2001:db8::7 2001:db8::1 1 2\r\n{request}");
    for (bytes, ip) in [
        (v2.as_slice(), &[203, 0, 113, 9][..]),
        (
            v1.as_bytes(),
            &[0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7],
        ),
    ] {
        let mut connection = Http::connect(tracker.http).await;
        // In two pieces, the first of which is half a header.
        let (head, rest) = bytes.split_at(14);
        connection.send(head).await;
        tokio::task::yield_now().await;
        connection.send(rest).await;
        let reply = connection.reply().await.unwrap();
        assert_eq!(reply.bytes("external ip").unwrap(), ip);
        // It holds for the whole connection.
        let reply = connection.get(&format!("/announce?{say}")).await;
        assert_eq!(reply.bytes("external ip").unwrap(), ip);
    }
    // Without one nothing is believed, not even the request.
    let mut bare = Http::connect(tracker.http).await;
    bare.send(&request).await;
    assert!(bare.reply().await.is_none());
    tracker.stop().await;
}

#[tokio::test]
async fn strangers_cannot_send_a_proxy_header() {
    let world = World::new().await;
    let torrent = world.public_torrent(1).await;
    let config = Config {
        trusted_proxies: vec!["192.0.2.1".parse().unwrap()],
        ..behind_a_proxy(&world)
    };
    let tracker = world.start_as(Policy::Registered, config).await;
    let mut stranger = proxied(&tracker, "203.0.113.9").await;
    assert_eq!(stranger.reply().await.unwrap().status, 400);
    tracker.announce("/announce", &Say::peer(1, torrent)).await;
    tracker.stop().await;
}

#[tokio::test]
async fn one_address_has_so_many_connections() {
    let world = World::new().await;
    let torrent = world.public_torrent(1).await;
    let config = Config {
        connections_per_address: 3,
        ..behind_a_proxy(&world)
    };
    let tracker = world.start_as(Policy::Registered, config).await;
    let target = format!("/announce?{}", Say::about(torrent));
    let mut open = Vec::new();
    for _ in 0..3 {
        let mut connection = proxied(&tracker, "203.0.113.9").await;
        assert_eq!(connection.get(&target).await.failure(), None);
        open.push(connection);
    }
    let mut fourth = proxied(&tracker, "203.0.113.9").await;
    assert!(fourth.reply().await.is_none());
    let mut other = proxied(&tracker, "203.0.113.10").await;
    assert_eq!(other.get(&target).await.failure(), None);
    // A place that is given up is free again.
    drop(open.pop());
    eventually(async || {
        let mut again = proxied(&tracker, "203.0.113.9").await;
        let asked = format!("GET {target} HTTP/1.1\r\n\r\n");
        let sent = tokio::io::AsyncWriteExt::write_all(&mut again.stream, asked.as_bytes()).await;
        sent.ok()?;
        again.reply().await.map(drop)
    })
    .await;
    tracker.stop().await;
}

#[tokio::test]
async fn the_longest_idle_make_room() {
    let world = World::new().await;
    let torrent = world.public_torrent(1).await;
    let config = Config {
        max_connections: 8,
        ..world.config()
    };
    let tracker = world.start_as(Policy::Registered, config).await;
    let target = format!("/announce?{}", Say::about(torrent));
    let mut idle = Vec::new();
    for _ in 0..8 {
        idle.push(Http::connect(tracker.http).await);
    }
    let reply = tracker.get(&target).await;
    assert_eq!(reply.failure(), None);
    // The first to come is the one that had to go.
    assert!(idle.remove(0).reply().await.is_none());
    tracker.stop().await;
}

#[tokio::test]
async fn where_all_are_busy_nobody_new_has_a_place() {
    let world = World::new().await;
    let torrent = world.public_torrent(1).await;
    let config = Config {
        max_connections: 2,
        ..world.config()
    };
    let tracker = world.start_as(Policy::Registered, config).await;
    let target = format!("/announce?{}", Say::about(torrent));
    let mut busy = Vec::new();
    for _ in 0..2 {
        let mut connection = Http::connect(tracker.http).await;
        // With the first answer it is clear that the rest was seen too.
        connection
            .send(format!("GET {target} HTTP/1.1\r\n\r\nGET /announce?"))
            .await;
        assert_eq!(connection.reply().await.unwrap().failure(), None);
        busy.push(connection);
    }
    assert_eq!(tracker.get(&target).await.status, 503);
    // Who is busy stays.
    for mut connection in busy {
        connection.send(" HTTP/1.1\r\n\r\n").await;
        let sentence = connection.reply().await.unwrap().failure().unwrap();
        assert!(sentence.contains("info_hash"), "{sentence}");
    }
    tracker.stop().await;
}

#[tokio::test]
async fn thousands_of_idle_connections_are_held_and_let_go() {
    let before = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: before.maximum,
        maximum: before.maximum,
    };
    setrlimit(Resource::Nofile, raised).unwrap();
    // Both ends are in this process, and other tests have files open too.
    let limit = before.maximum.unwrap_or(1 << 20).saturating_sub(1500) / 2;
    let count = limit.clamp(100, 9_000) as usize;
    let world = World::new().await;
    let torrent = world.public_torrent(1).await;
    let config = Config {
        http_threads: 2,
        max_connections: 2 * count as u32,
        idle_timeout: Duration::from_secs(120),
        ..world.config()
    };
    let tracker = world.start_as(Policy::Registered, config).await;
    let addr = tracker.http;
    let request = format!("GET /announce?{} HTTP/1.1\r\n\r\n", Say::about(torrent));
    let idle = tokio::task::spawn_blocking(move || {
        let mut idle: Vec<TcpStream> = Vec::new();
        for at in 0..count {
            let mut connection = TcpStream::connect(addr).unwrap();
            // Some have asked before.
            if at % 10 == 0 {
                connection.write_all(request.as_bytes()).unwrap();
            }
            idle.push(connection);
        }
        idle
    });
    let idle = idle.await.unwrap();
    tracker.announce("/announce", &Say::peer(2, torrent)).await;
    drop(idle);
    tracker.announce("/announce", &Say::peer(3, torrent)).await;
    within(Duration::from_secs(5), tracker.stop()).await;
}

#[tokio::test]
async fn announces_without_an_account_are_limited_by_address() {
    let world = World::new().await;
    let (torrent, ann) = (world.public_torrent(1).await, world.member("Ann").await);
    let config = Config {
        announces_per_minute: 2,
        ..behind_a_proxy(&world)
    };
    let tracker = world.start_as(Policy::Registered, config).await;
    let mut flood = proxied(&tracker, "203.0.113.9").await;
    let target = |peer| format!("/announce?{}", Say::peer(peer, torrent));
    for peer in 0..4 {
        assert_eq!(flood.get(&target(peer)).await.failure(), None);
    }
    let reply = flood.get(&target(4)).await;
    let sentence = reply.failure().unwrap();
    assert!(sentence.contains("too many announces"), "{sentence}");
    assert_eq!(reply.int("retry in"), Some(1));
    assert_eq!(tracker.swarm.totals().peers(), 4);
    // Leaving is welcome, members are, and so is everybody else.
    let leaving = Say::peer(3, torrent).event("stopped");
    let reply = flood.get(&format!("/announce?{leaving}")).await;
    assert_eq!((reply.failure(), reply.counts()), (None, (0, 3)));
    let member = format!("/announce/{}?{}", ann.passkey, Say::peer(5, torrent));
    assert_eq!(flood.get(&member).await.failure(), None);
    let mut other = proxied(&tracker, "203.0.113.10").await;
    assert_eq!(other.get(&target(6)).await.failure(), None);
    world
        .seconds
        .fetch_add(60, std::sync::atomic::Ordering::Relaxed);
    assert_eq!(flood.get(&target(7)).await.failure(), None);
    tracker.stop().await;
}

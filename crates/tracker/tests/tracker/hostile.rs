//! Whatever is sent, the answer is right and nothing changes that should not.

use crate::world::*;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tracker::Config;

#[tokio::test]
async fn bad_parameters_get_a_sentence_and_change_nothing() {
    let world = World::new().await;
    let (torrent, ann) = (world.torrent(1).await, world.member("Ann").await);
    let tracker = world.start().await;
    let good = Say::about(torrent).totals(5, 5).to_string();
    let hash = escape(torrent.hash.as_bytes());
    let drop = |name: &str| {
        let parts: Vec<_> = good
            .split('&')
            .filter(|part| !part.starts_with(&format!("{name}=")))
            .collect();
        parts.join("&")
    };
    let change = |name: &str, value: &str| format!("{}&{name}={value}", drop(name));
    let long = "9".repeat(300);
    let cases = [
        (String::new(), "info_hash"),
        (drop("info_hash"), "info_hash"),
        (drop("peer_id"), "peer_id"),
        (drop("port"), "port"),
        (format!("{good}&info_hash={hash}"), "info_hash"),
        (format!("{good}&port=1"), "port"),
        (format!("{good}&uploaded=1"), "uploaded"),
        (format!("{good}&event=started&event=stopped"), "event"),
        (change("info_hash", "abc"), "info_hash"),
        (change("info_hash", &escape(&[1; 21])), "info_hash"),
        (change("info_hash", &escape(&[1; 32])), "info_hash"),
        (change("info_hash", &"a1".repeat(20)), "info_hash"),
        (change("info_hash", "%zz"), "info_hash"),
        (change("peer_id", &escape(&[1; 19])), "peer_id"),
        (change("peer_id", &escape(&[1; 21])), "peer_id"),
        (change("port", "0"), "port"),
        (change("port", "65536"), "port"),
        (change("port", "-1"), "port"),
        (change("port", "http"), "port"),
        (change("port", ""), "port"),
        (change("uploaded", "-5"), "uploaded"),
        (change("uploaded", "1e9"), "uploaded"),
        (change("uploaded", "18446744073709551616"), "uploaded"),
        (change("uploaded", "18446744073709551615"), "uploaded"),
        (change("uploaded", "2305843009213693952"), "uploaded"),
        (
            change("downloaded", "99999999999999999999999"),
            "downloaded",
        ),
        (change("downloaded", "2305843009213693952"), "downloaded"),
        (change("left", "-2"), "left"),
        (change("left", "lots"), "left"),
        (change("event", "explode"), "event"),
        (change("uploaded", &long), "uploaded"),
        (change("numwant", "x"), "numwant"),
        (format!("{good}&numwant=1&numwant=2"), "numwant"),
        (format!("{good}&junk={}", "x".repeat(7000)), "query"),
    ];
    for (query, named) in &cases {
        let sentence = tracker
            .refusal(&format!("/announce/{}?{query}", ann.passkey))
            .await;
        assert!(sentence.contains(named), "{query}: {sentence}");
        assert!(
            sentence.len() < 200 && !sentence.contains(&ann.passkey),
            "{sentence}"
        );
    }
    for key in [
        "short",
        &"a".repeat(65),
        "with-dash-0123456789",
        "%41%41%41%41%41%41%41%41%41%41",
    ] {
        let sentence = tracker.refusal(&format!("/announce/{key}?{good}")).await;
        assert!(sentence.contains("passkey"), "{key}: {sentence}");
    }
    assert_eq!(tracker.swarm.totals().peers(), 0);
    tracker.stop().await;
    assert_eq!(world.credit(&ann).await, (0, 0));
}

#[tokio::test]
async fn what_is_not_the_trackers_is_not_found() {
    let world = World::new().await;
    let tracker = world.start().await;
    for target in ["/", "/announce.php", "/announcer", "/a/b/announce"] {
        assert_eq!(tracker.get(target).await.status, 404, "{target}");
    }
    tracker.stop().await;
}

#[tokio::test]
async fn scheme_and_host_may_stand_before_the_path() {
    let world = World::new().await;
    let torrent = world.public_torrent(1).await;
    let tracker = world.start().await;
    let say = Say::about(torrent);
    let reply = tracker
        .announce(
            &format!("http://tracker.example:{}/announce", tracker.http.port()),
            &say,
        )
        .await;
    assert_eq!((reply.status, reply.counts()), (200, (0, 1)));
    assert_eq!(tracker.get("http://tracker.example").await.status, 404);
    tracker.stop().await;
}

#[tokio::test]
async fn only_get_is_spoken() {
    let world = World::new().await;
    let tracker = world.start().await;
    for (request, status) in [
        ("POST /announce HTTP/1.1\r\nContent-Length: 0\r\n\r\n", 405),
        ("HEAD /announce HTTP/1.1\r\n\r\n", 405),
        (
            "GET /announce HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello",
            400,
        ),
        (
            "GET /announce HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            400,
        ),
        ("GET /announce\r\n\r\n", 400),
        ("GET  /announce HTTP/1.1\r\n\r\n", 400),
        ("GET /announce HTTP/9.9\r\n\r\n", 400),
        ("\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\u{0}\u{1}\r\n\r\n", 400),
        ("d8:completei0ee\r\n\r\n", 400),
    ] {
        let mut connection = Http::connect(tracker.http).await;
        connection.send(request).await;
        let reply = connection.reply().await.expect(request);
        assert_eq!(reply.status, status, "{request}");
        assert!(
            connection.reply().await.is_none(),
            "the connection is closed: {request}"
        );
    }
    tracker.stop().await;
}

#[tokio::test]
async fn a_request_that_does_not_end_is_cut_off() {
    let world = World::new().await;
    let tracker = world.start().await;
    let endless = [
        format!("GET /announce?{} HTTP/1.1\r\n\r\n", "x".repeat(20_000)),
        format!(
            "GET /announce HTTP/1.1\r\nX: {}\r\n\r\n",
            "x".repeat(20_000)
        ),
        format!("GET /announce HTTP/1.1\r\n{}\r\n", "A: b\r\n".repeat(1000)),
    ];
    for request in endless {
        let mut connection = Http::connect(tracker.http).await;
        connection.send(request).await;
        let sentence = connection.reply().await.unwrap().failure().unwrap();
        assert!(sentence.contains("16 KiB"), "{sentence}");
        assert!(connection.reply().await.is_none());
    }
    tracker.stop().await;
}

#[tokio::test]
async fn slow_and_silent_connections_end() {
    let world = World::new().await;
    let torrent = world.public_torrent(1).await;
    let config = Config {
        idle_timeout: Duration::from_millis(100),
        request_timeout: Duration::from_millis(100),
        ..world.config()
    };
    let tracker = world.start_as(swarm::Policy::Registered, config).await;
    // One that never says anything.
    let mut silent = Http::connect(tracker.http).await;
    // One that stops in the middle.
    let mut half = Http::connect(tracker.http).await;
    half.send("GET /announce?info_ha").await;
    // One that never stops beginning.
    let mut dripping = Http::connect(tracker.http).await;
    let drip = tokio::spawn(async move {
        let mut sent = 0;
        while dripping.stream.write_all(b"G").await.is_ok() && sent < 1_000_000 {
            sent += 1;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    // One that closes its side after asking still gets its answer.
    let mut closing = Http::connect(tracker.http).await;
    closing
        .send(format!(
            "GET /announce?{} HTTP/1.1\r\n\r\n",
            Say::about(torrent)
        ))
        .await;
    closing.stream.shutdown().await.unwrap();
    assert_eq!(closing.reply().await.unwrap().counts(), (0, 1));
    assert!(silent.reply().await.is_none());
    assert!(half.reply().await.is_none());
    within(PATIENCE, drip).await.unwrap();
    assert_eq!(
        tracker
            .get(&format!("/announce?{}", Say::about(torrent)))
            .await
            .failure(),
        None
    );
    tracker.stop().await;
}

#[tokio::test]
async fn who_never_reads_gives_up_their_place() {
    let world = World::new().await;
    let torrent = world.public_torrent(1).await;
    let config = Config {
        max_connections: 1,
        request_timeout: Duration::from_millis(100),
        ..world.config()
    };
    let tracker = world.start_as(swarm::Policy::Registered, config).await;
    let mut greedy = Http::connect(tracker.http).await;
    let request = "GET /announce HTTP/1.1\r\nHost: tracker\r\n\r\n".repeat(1000);
    // Until it is hung up on: by then more answers are waiting than any buffer takes.
    let asking = async { while greedy.stream.write_all(request.as_bytes()).await.is_ok() {} };
    within(PATIENCE, asking).await;
    let target = format!("/announce?{}", Say::about(torrent));
    assert_eq!(tracker.get(&target).await.failure(), None);
    tracker.stop().await;
}

#[tokio::test]
async fn too_many_connections_wait_and_are_served() {
    let world = World::new().await;
    let torrent = world.public_torrent(1).await;
    let config = Config {
        max_connections: 4,
        idle_timeout: Duration::from_millis(200),
        ..world.config()
    };
    let tracker = world.start_as(swarm::Policy::Registered, config).await;
    let mut idle = Vec::new();
    for _ in 0..20 {
        idle.push(Http::connect(tracker.http).await);
    }
    assert_eq!(
        tracker
            .get(&format!("/announce?{}", Say::about(torrent)))
            .await
            .failure(),
        None
    );
    tracker.stop().await;
}

#[tokio::test]
async fn stopping_does_not_wait_for_idle_clients() {
    let world = World::new().await;
    let torrent = world.public_torrent(1).await;
    let tracker = world.start().await;
    let mut idle = Http::connect(tracker.http).await;
    idle.get(&format!("/announce?{}", Say::about(torrent)))
        .await;
    within(Duration::from_secs(3), tracker.stop()).await;
    assert!(idle.reply().await.is_none());
}

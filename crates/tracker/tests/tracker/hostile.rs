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

#[tokio::test]
async fn every_parameter_may_be_anything() {
    let world = World::new().await;
    let torrent = world.public_torrent(1).await;
    let tracker = world.start().await;
    let good = format!(
        "{}&event=started&numwant=5&compact=1&no_peer_id=1&key=abcd&ip=192.0.2.7&ipv4=192.0.2.8:1&\
         ipv6=%5B::1%5D:2&supportcrypto=1&trackerid=skep&corrupt=0&redundant=0",
        Say::about(torrent)
    );
    let huge = "9".repeat(120);
    let values = [
        "",
        "0",
        "1",
        "-1",
        "-0",
        "+1",
        " 1",
        "1.5",
        "1e9",
        "0x10",
        "65535",
        "65536",
        "2147483648",
        "4294967296",
        "18446744073709551616",
        &huge,
        "%",
        "%2",
        "%zz",
        "%00",
        "%ff%fe",
        "abc",
        "\u{e9}",
        "=",
        "true",
        "[::1]:99999",
    ];
    let mut connection = Http::connect(tracker.http).await;
    let mut served = 0;
    let names: Vec<&str> = good
        .split('&')
        .filter_map(|part| part.split('=').next())
        .collect();
    for name in &names {
        let without: Vec<_> = good
            .split('&')
            .filter(|part| !part.starts_with(&format!("{name}=")))
            .collect();
        let without = without.join("&");
        let mut cases = vec![
            without.clone(),
            format!("{without}&{name}"),
            format!("{good}&{good}"),
        ];
        for value in values {
            cases.push(format!("{without}&{name}={value}"));
            cases.push(format!("{good}&{name}={value}"));
        }
        for case in cases {
            let reply = connection
                .get(&format!("/announce?{}", case.replace(' ', "+")))
                .await;
            assert_eq!(reply.status, 200, "{case}");
            match reply.failure() {
                None => served += 1,
                Some(sentence) => assert!(!sentence.is_empty() && sentence.len() < 200, "{case}"),
            }
        }
    }
    assert!(served > names.len() * 10, "only {served} were served");
    // Wherever they said they are, it is where they asked from.
    let reply = connection
        .get(&format!("/announce?{}", Say::peer(9, torrent)))
        .await;
    assert!(reply.peers().iter().all(|peer| peer.ip().is_loopback()));
    assert_eq!(reply.bytes("peers6"), None);
    tracker.stop().await;
}

#[tokio::test]
async fn events_may_come_in_any_order() {
    let world = World::new().await;
    let torrent = world.public_torrent(1).await;
    let tracker = world.start().await;
    let mut connection = Http::connect(tracker.http).await;
    let mut downloaded = 0;
    for (event, left, counts) in [
        ("stopped", 5, (0, 0)),
        ("completed", 0, (1, 0)),
        ("started", 5, (0, 1)),
        ("started", 5, (0, 1)),
        ("completed", 0, (1, 0)),
        ("completed", 0, (1, 0)),
        ("paused", 5, (0, 1)),
        ("", 5, (0, 1)),
        ("stopped", 0, (0, 0)),
        ("stopped", 0, (0, 0)),
        ("", 0, (1, 0)),
    ] {
        let say = Say {
            left,
            ..Say::about(torrent).event(event)
        };
        let reply = connection.get(&format!("/announce?{say}")).await;
        assert_eq!(reply.failure(), None);
        assert_eq!(reply.counts(), counts, "{event} with {left} left");
        let before = downloaded;
        downloaded = reply.int("downloaded").unwrap();
        let counted = downloaded - before;
        assert!(counted == 0 || counted == 1 && event == "completed");
    }
    assert_eq!(
        downloaded, 1,
        "however often it is said, it is one download"
    );
    tracker.stop().await;
}

#[tokio::test]
async fn garbage_behind_a_request_does_not_take_its_answer() {
    let world = World::new().await;
    let torrent = world.public_torrent(1).await;
    let tracker = world.start().await;
    let good = format!("GET /announce?{} HTTP/1.1\r\n\r\n", Say::about(torrent));
    for garbage in [
        "\0\0\0\0\r\n\r\n",
        "hello GET / HTTP/1.1\r\n\r\n",
        "GET /announce HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /scrape HTTP/1.1\r\n\r\n",
        "GET /announce HTTP/1.1\r\nContent-Length: 30\r\n\r\nGET /scrape HTTP/1.1\r\n\r\n",
        "GET /announce HTTP/1.1\r\nContent-Length: 0\r\nContent-Length: 30\r\n\r\nGET /scrape HTTP/1.1\r\n\r\n",
        "GET /announce HTTP/1.1\r\nA: b\n\nGET /scrape HTTP/1.1\r\n\r\n",
        "GET /announce HTTP/1.1\r\n Content-Length: 30\r\n\r\nGET /scrape HTTP/1.1\r\n\r\n",
    ] {
        let mut connection = Http::connect(tracker.http).await;
        connection.send(format!("{good}{garbage}{good}")).await;
        assert_eq!(connection.reply().await.unwrap().failure(), None);
        assert_eq!(connection.reply().await.unwrap().status, 400, "{garbage}");
        assert!(connection.reply().await.is_none(), "{garbage}");
    }
    tracker.stop().await;
}

#[tokio::test]
async fn thousands_of_hashes_are_scraped_request_by_request() {
    let world = World::new().await;
    let torrent = world.public_torrent(1).await;
    let tracker = world.start().await;
    tracker.announce("/announce", &Say::about(torrent)).await;
    let hash = format!("info_hash={}", escape(torrent.hash.as_bytes()));
    let others = (0..149_u8).map(|n| format!("&info_hash={}", escape(&[n ^ 0xa5; 20])));
    let request = format!(
        "GET /scrape?{hash}{} HTTP/1.1\r\n\r\n",
        others.collect::<String>()
    );
    let mut connection = Http::connect(tracker.http).await;
    let (mut reader, mut writer) = (Vec::new(), request.repeat(40).into_bytes());
    writer.extend_from_slice(b"GET /scrape HTTP/1.1\r\nConnection: close\r\n\r\n");
    let (mut from, mut to) = connection.stream.split();
    let reading = tokio::io::AsyncReadExt::read_to_end(&mut from, &mut reader);
    let (read, written) = tokio::join!(reading, to.write_all(&writer));
    assert!(read.is_ok() && written.is_ok());
    let text = reader.escape_ascii().to_string();
    assert_eq!(text.matches("10:incompletei1e").count(), 40);
    assert!(text.ends_with("by info_hash8:retry in5:nevere"), "{text}");
    tracker.stop().await;
}

#[tokio::test]
async fn a_request_may_come_byte_by_byte() {
    let world = World::new().await;
    let torrent = world.public_torrent(1).await;
    let tracker = world.start().await;
    let mut connection = Http::connect(tracker.http).await;
    connection.stream.set_nodelay(true).unwrap();
    let request = format!(
        "GET /announce?{} HTTP/1.1\r\nHost: t\r\n\r\n",
        Say::about(torrent)
    );
    for byte in request.as_bytes() {
        connection.send([*byte]).await;
        tokio::task::yield_now().await;
    }
    assert_eq!(connection.reply().await.unwrap().counts(), (0, 1));
    tracker.stop().await;
}

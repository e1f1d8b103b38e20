//! The swarm over restarts and crashes.

use crate::udp_client::Udp;
use crate::world::*;
use socket2::{Domain, Socket, Type};
use std::fs;
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::sync::atomic::Ordering;
use std::time::Duration;
use swarm::Policy;
use tokio_util::sync::CancellationToken;
use tracker::{Config, Sockets};

#[tokio::test]
async fn a_restart_keeps_the_swarm() {
    let world = World::new().await;
    let torrent = world.public_torrent(1).await;
    let tracker = world.start().await;
    for peer in 1..=5 {
        tracker
            .announce("/announce", &Say::peer(peer, torrent))
            .await;
    }
    tracker.stop().await;
    let tracker = world.start().await;
    let reply = tracker.announce("/announce", &Say::peer(9, torrent)).await;
    assert_eq!((reply.counts(), reply.peers().len()), ((0, 6), 5));
    tracker.stop().await;
    // Those not heard of for too long are not brought back.
    world.seconds.fetch_add(2 * 1800 + 61, Ordering::Relaxed);
    let tracker = world.start().await;
    assert_eq!(tracker.swarm.totals().peers(), 0);
    tracker.stop().await;
}

#[tokio::test]
async fn a_crash_costs_the_swarm_since_the_last_snapshot_only() {
    let world = World::new().await;
    let torrent = world.public_torrent(1).await;
    let config = Config {
        snapshot_every: Duration::ZERO,
        ..world.config()
    };
    let tracker = world.start_as(Policy::Registered, config).await;
    tracker.announce("/announce", &Say::peer(1, torrent)).await;
    // The snapshot after this one has the peer.
    let path = world.path().join("swarm.snapshot");
    let written = || fs::metadata(&path).and_then(|file| file.modified()).ok();
    let first = written();
    let second = eventually(async || written().filter(|at| Some(*at) != first)).await;
    eventually(async || written().filter(|at| *at != second)).await;
    tracker.kill().await;
    let tracker = world.start().await;
    assert_eq!(tracker.swarm.totals().peers(), 1);
    tracker.stop().await;
}

#[tokio::test]
async fn a_damaged_snapshot_does_not_keep_the_tracker_from_starting() {
    let world = World::new().await;
    let torrent = world.public_torrent(1).await;
    fs::write(
        world.path().join("swarm.snapshot"),
        b"skepswm1\xff\xff\xff\xff",
    )
    .unwrap();
    let tracker = world.start().await;
    tracker.announce("/announce", &Say::about(torrent)).await;
    tracker.stop().await;
}

#[tokio::test]
async fn a_used_port_is_told_in_one_line() {
    let world = World::new().await;
    let tracker = world.start().await;
    for (config, used) in [
        (
            Config {
                http: tracker.http,
                ..world.config()
            },
            tracker.http,
        ),
        (
            Config {
                udp: tracker.udp,
                ..world.config()
            },
            tracker.udp,
        ),
        (
            Config {
                udp: tracker.udp,
                udp_threads: 1,
                ..world.config()
            },
            tracker.udp,
        ),
    ] {
        let error = tracker::bind(config, world.deps(Policy::Open))
            .await
            .err()
            .unwrap();
        let line = format!("{error:#}");
        assert!(
            line.contains(&used.to_string()) && !line.contains('\n'),
            "{line}"
        );
    }
    let config = Config {
        journal_dir: world.path().join("journal"),
        ..world.config()
    };
    let error = tracker::bind(config, world.deps(Policy::Open))
        .await
        .err()
        .unwrap();
    assert!(format!("{error:#}").contains("another process"));
    tracker.stop().await;
}

#[tokio::test]
async fn completed_downloads_are_remembered_by_the_store() {
    let world = World::new().await;
    let torrent = world.public_torrent(1).await;
    let tracker = world.start().await;
    tracker.announce("/announce", &Say::about(torrent)).await;
    let done = Say {
        left: 0,
        ..Say::about(torrent).event("completed")
    };
    tracker.announce("/announce", &done).await;
    tracker.stop().await;
    fs::remove_file(world.path().join("swarm.snapshot")).unwrap();
    let tracker = world.start().await;
    assert_eq!(tracker.swarm.query_state(torrent.hash).completed, 1);
    tracker.stop().await;
}

/// Several sockets on one port, as systemd opens them with `ReusePort=`.
fn shared(kind: Type) -> (SocketAddr, Vec<Socket>) {
    let mut at: SocketAddr = "127.0.0.1:0".parse().unwrap();
    let open = |at: &mut SocketAddr| {
        let socket = Socket::new(Domain::IPV4, kind, None).unwrap();
        socket.set_reuse_port(true).unwrap();
        socket.bind(&(*at).into()).unwrap();
        if kind == Type::STREAM {
            socket.listen(8).unwrap();
        }
        *at = socket.local_addr().unwrap().as_socket().unwrap();
        socket
    };
    let sockets = (0..3).map(|_| open(&mut at)).collect();
    (at, sockets)
}

#[tokio::test]
async fn sockets_of_somebody_else_are_served_all_of_them_and_outlive_a_tracker() {
    let world = World::new().await;
    let torrent = world.public_torrent(1).await;
    let (http, listeners) = shared(Type::STREAM);
    let (udp, sockets) = shared(Type::DGRAM);
    let copies = |sockets: &[Socket]| sockets.iter().map(|one| one.try_clone().unwrap()).collect();
    let start = async |key: u8, threads: usize| {
        let config = Config {
            http,
            udp,
            http_threads: threads,
            udp_threads: threads,
            udp_connection_key: Some([key; 16]),
            ..world.config()
        };
        let (listeners, sockets): (Vec<Socket>, Vec<Socket>) =
            (copies(&listeners), copies(&sockets));
        let sockets = Sockets {
            http: listeners.into_iter().map(TcpListener::from).collect(),
            udp: sockets.into_iter().map(UdpSocket::from).collect(),
        };
        let deps = world.deps(Policy::Registered);
        let tracker = tracker::bind_on(config, deps, sockets).await.unwrap();
        assert_eq!((tracker.http_addr(), tracker.udp_addr()), (http, udp));
        let stop = CancellationToken::new();
        (tokio::spawn(tracker.run(stop.clone())), stop)
    };
    let target = format!("/announce?{}", Say::about(torrent));
    // Fewer threads than sockets, and more.
    let mut clients = Vec::new();
    for threads in [1, 7] {
        let (running, stop) = start(1, threads).await;
        for _ in 0..20 {
            clients.push(Udp::connect(udp).await);
            let reply = Http::connect(http).await.get(&target).await;
            assert_eq!(reply.failure(), None);
        }
        // Those from before too: their numbers hold, whichever socket they come to.
        for client in &mut clients {
            client.announce(&Say::about(torrent), None).await.counts();
        }
        stop.cancel();
        running.await.unwrap().unwrap();
    }
    // What comes in between waits for the next one.
    let between = tokio::spawn(async move { Http::connect(http).await.get(&target).await });
    let (running, stop) = start(1, 2).await;
    assert_eq!(between.await.unwrap().failure(), None);
    stop.cancel();
    running.await.unwrap().unwrap();
}

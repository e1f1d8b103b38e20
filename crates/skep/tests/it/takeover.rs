//! A restart on sockets that somebody else keeps open, as systemd does.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rustix::io::{FdFlags, fcntl_dupfd_cloexec, fcntl_setfd};

use crate::world::{Serve, World, one_line};

/// Opened once and held while processes come and go.
struct Sockets {
    http: Vec<TcpListener>,
    udp: Vec<UdpSocket>,
}

impl Sockets {
    fn open() -> Self {
        Self {
            http: vec![TcpListener::bind("127.0.0.1:0").unwrap()],
            udp: vec![UdpSocket::bind("127.0.0.1:0").unwrap()],
        }
    }

    fn addresses(&self) -> (SocketAddr, SocketAddr) {
        let (http, udp) = (self.http[0].local_addr(), self.udp[0].local_addr());
        (http.unwrap(), udp.unwrap())
    }

    /// Copies for a child, in a row from some number on, and that number; for one child at a time.
    fn for_child(&self) -> (Vec<OwnedFd>, i32) {
        let sockets = self.http.iter().map(AsFd::as_fd);
        let sockets = sockets.chain(self.udp.iter().map(AsFd::as_fd));
        let mut copies: Vec<OwnedFd> = Vec::new();
        for socket in sockets {
            let from = copies.last().map_or(FIRST, |last| last.as_raw_fd() + 1);
            let copy = fcntl_dupfd_cloexec(socket, from).unwrap();
            assert!(copies.is_empty() || copy.as_raw_fd() == from, "a row");
            fcntl_setfd(&copy, FdFlags::empty()).unwrap();
            copies.push(copy);
        }
        let first = copies[0].as_raw_fd();
        (copies, first)
    }

    /// An open tracker on them.
    fn serve(&self, world: &World) -> Serve {
        let (http, udp) = self.addresses();
        let (http, udp) = (http.to_string(), udp.to_string());
        let arguments = [
            "serve",
            "--roles",
            "tracker",
            "--tracker-http",
            &http,
            "--tracker-udp",
            &udp,
        ];
        let mut command = world.skep(&arguments);
        let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        let (copies, first) = self.for_child();
        command
            .env("SKEP_TRACKER__ACCESS", "open")
            .env("LISTEN_FDS", copies.len().to_string())
            .env("LISTEN_FDS_FIRST_FD", first.to_string());
        let serve = Serve::start(command);
        assert_eq!(serve.address("tracker-udp"), format!("udp://{udp}"));
        serve
    }
}

/// Announces over UDP, with a number from before: how long the answer took.
struct Client {
    socket: UdpSocket,
    connection: [u8; 8],
}

impl Client {
    fn connect(to: SocketAddr) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.connect(to).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut packet = 0x0417_2710_1980_u64.to_be_bytes().to_vec();
        packet.extend_from_slice(&[0; 8]);
        socket.send(&packet).unwrap();
        let mut answer = [0; 16];
        assert_eq!(socket.recv(&mut answer).unwrap(), 16);
        let connection = answer[8..].try_into().unwrap();
        Self { socket, connection }
    }

    fn announce(&self) -> Duration {
        let mut packet = self.connection.to_vec();
        packet.extend_from_slice(&1_u32.to_be_bytes());
        packet.extend_from_slice(&7_u32.to_be_bytes());
        packet.extend_from_slice(&[9; 20]);
        packet.extend_from_slice(b"-TS0001-000000000000");
        packet.extend_from_slice(&[0; 24]);
        packet.extend_from_slice(&[0; 4 + 4 + 4]);
        packet.extend_from_slice(&u32::MAX.to_be_bytes());
        packet.extend_from_slice(&6881_u16.to_be_bytes());
        let sent = Instant::now();
        self.socket.send(&packet).unwrap();
        let mut answer = [0; 2048];
        let length = self
            .socket
            .recv(&mut answer)
            .expect("an answer, and not lost");
        assert_eq!(answer[..4], 1_u32.to_be_bytes(), "{:?}", &answer[..length]);
        sent.elapsed()
    }
}

/// The same over HTTP, each on a connection of its own.
fn announce(to: SocketAddr) -> Duration {
    let hash = "%09".repeat(20);
    let sent = Instant::now();
    let mut stream = TcpStream::connect(to).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let head = "HTTP/1.1\r\nConnection: close\r\n\r\n";
    let query = format!("info_hash={hash}&peer_id=-TS0002-000000000000&port=6882&left=0");
    write!(stream, "GET /announce?{query} {head}").unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let answer = answer.escape_ascii().to_string();
    assert!(answer.contains("8:interval"), "{answer}");
    sent.elapsed()
}

#[test]
fn no_announce_is_lost_or_refused_while_a_process_follows_another() {
    let (world, mut sockets) = (World::new(), Sockets::open());
    for _ in 0..2 {
        // More than one of a kind: a thread for each, or threads that share one.
        let serve = sockets.serve(&world);
        let (http, udp) = sockets.addresses();
        let client = Client::connect(udp);
        client.announce();
        announce(http);
        let done = AtomicBool::new(false);
        let (over_udp, over_http) = thread::scope(|scope| {
            let until_done = |announce: &dyn Fn() -> Duration| {
                let (mut longest, mut count) = (Duration::ZERO, 0);
                while !done.load(Ordering::Relaxed) {
                    longest = longest.max(announce());
                    count += 1;
                }
                (longest, count)
            };
            let over_udp = scope.spawn(move || until_done(&|| client.announce()));
            let over_http = scope.spawn(move || until_done(&|| announce(http)));
            serve.stop();
            let after = sockets.serve(&world);
            // Both have got through to the new one.
            announce(http);
            Client::connect(udp).announce();
            done.store(true, Ordering::Relaxed);
            let longest = (over_udp.join().unwrap(), over_http.join().unwrap());
            after.stop();
            longest
        });
        eprintln!("longest wait over UDP and HTTP, and announces: {over_udp:?} {over_http:?}");
        assert!(over_udp.0.max(over_http.0) < SOON);
        let copies = (sockets.http[0].try_clone(), sockets.udp[0].try_clone());
        sockets.http.push(copies.0.unwrap());
        sockets.udp.push(copies.1.unwrap());
    }
}

#[test]
fn a_socket_that_nothing_listens_on_is_refused() {
    let (world, sockets) = (World::new(), Sockets::open());
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let (copies, first) = sockets.for_child();
    let mut command = world.skep(&["serve"]);
    command
        .env("LISTEN_FDS", "1")
        .env("LISTEN_FDS_FIRST_FD", first.to_string());
    let refusal = one_line(&command.output().unwrap());
    assert!(
        refusal.contains("nothing that is configured listens on tcp"),
        "{refusal}"
    );
    assert!(!world.data().exists());
    drop(copies);
}

/// The numbers of the copies are those of all tests here.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
/// Far above what others have open.
const FIRST: i32 = 300;
/// A second, and what a busy machine adds.
const SOON: Duration = Duration::from_secs(3);
const PATIENCE: Duration = Duration::from_secs(20);

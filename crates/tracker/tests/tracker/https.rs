//! Announces over HTTPS, on the port of HTTP.

use crate::world::*;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{
    ClientConfig, ClientConnection, HandshakeKind, RootCertStore, StreamOwned,
    SupportedProtocolVersion,
};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use swarm::Policy;
use tokio::task::spawn_blocking;
use tracker::{Config, TlsFiles};

type Stream = StreamOwned<ClientConnection, TcpStream>;

fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/tls")
        .join(name)
}

fn files(certificate: &str, key: &str) -> Option<TlsFiles> {
    Some(TlsFiles {
        certificate: file(certificate),
        key: file(key),
    })
}

fn trusting(versions: &[&'static SupportedProtocolVersion]) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    let authority = CertificateDer::from_pem_file(file("authority.pem")).unwrap();
    roots.add(authority).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    Arc::new(config)
}

fn connect(addr: SocketAddr, config: &Arc<ClientConfig>) -> Stream {
    let socket = TcpStream::connect(addr).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    StreamOwned::new(ClientConnection::new(config.clone(), name).unwrap(), socket)
}

/// Everything until the other side says that it ends.
fn to_the_end(mut stream: Stream) -> String {
    let mut text = Vec::new();
    stream.read_to_end(&mut text).unwrap();
    text.escape_ascii().to_string()
}

fn request(peer: u8, torrent: Torrent, headers: &str) -> String {
    let say = Say::peer(peer, torrent);
    format!("GET /announce?{say} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n")
}

#[tokio::test]
async fn one_port_speaks_http_and_https() {
    let world = World::new().await;
    let torrent = world.public_torrent(1).await;
    let config = Config {
        tls: files("first.pem", "first-key.pem"),
        ..world.config()
    };
    let tracker = world.start_as(Policy::Registered, config).await;
    tracker.announce("/announce", &Say::peer(1, torrent)).await;
    let addr = tracker.http;
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let text = spawn_blocking(move || {
            let mut stream = connect(addr, &trusting(&[version]));
            // One at a time, in pieces, and several at once.
            let first = request(2, torrent, "");
            for piece in first.as_bytes().chunks(50) {
                stream.write_all(piece).unwrap();
            }
            let mut start = [0; 15];
            stream.read_exact(&mut start).unwrap();
            assert_eq!(&start, b"HTTP/1.1 200 OK");
            let pipelined: String = (3..40).map(|peer| request(peer, torrent, "")).collect();
            let last = request(40, torrent, "Connection: close\r\n");
            write!(stream, "{pipelined}{last}").unwrap();
            to_the_end(stream)
        });
        let text = text.await.unwrap();
        assert_eq!(text.matches("HTTP/1.1 200 OK").count(), 38, "{text}");
        assert!(text.contains("10:incompletei40e"), "{text}");
        assert!(
            text.contains("11:external ip4:\\x7f\\x00\\x00\\x01"),
            "{text}"
        );
    }
    tracker.stop().await;
}

#[tokio::test]
async fn a_session_is_taken_up_again() {
    let world = World::new().await;
    let torrent = world.public_torrent(1).await;
    let config = Config {
        http_threads: 2,
        tls: files("first.pem", "first-key.pem"),
        ..world.config()
    };
    let tracker = world.start_as(Policy::Registered, config).await;
    let addr = tracker.http;
    let kinds = spawn_blocking(move || {
        let config = trusting(&[&rustls::version::TLS13]);
        let kinds = (0..8).map(|peer| {
            let mut stream = connect(addr, &config);
            let request = request(peer, torrent, "Connection: close\r\n");
            stream.write_all(request.as_bytes()).unwrap();
            let mut text = Vec::new();
            stream.read_to_end(&mut text).unwrap();
            stream.conn.handshake_kind().unwrap()
        });
        kinds.collect::<Vec<_>>()
    });
    let kinds = kinds.await.unwrap();
    assert_eq!(kinds[0], HandshakeKind::Full);
    assert_eq!(kinds[1..], [HandshakeKind::Resumed; 7]);
    tracker.stop().await;
}

#[tokio::test]
async fn broken_tls_ends_the_connection_and_nothing_else() {
    let world = World::new().await;
    let torrent = world.public_torrent(1).await;
    let config = Config {
        tls: files("first.pem", "first-key.pem"),
        request_timeout: Duration::from_millis(100),
        ..world.config()
    };
    let tracker = world.start_as(Policy::Registered, config).await;
    let hello = [0x16, 3, 1, 0, 5, 1, 0, 0, 1, 0];
    let broken: [&[u8]; 4] = [
        &[0x16; 600],
        // Half a record, and then silence.
        &hello[..7],
        &hello,
        &[0x16, 3, 1, 0xff, 0xff],
    ];
    for bytes in broken {
        let mut connection = Http::connect(tracker.http).await;
        connection.send(bytes).await;
        let mut rest = Vec::new();
        let end = tokio::io::AsyncReadExt::read_to_end(&mut connection.stream, &mut rest);
        let _ = within(PATIENCE, end).await;
        assert!(rest.first().is_none_or(|first| *first == 0x15), "{rest:?}");
    }
    tracker.announce("/announce", &Say::peer(1, torrent)).await;
    tracker.stop().await;
}

#[tokio::test]
async fn a_certificate_that_cannot_be_used_is_named() {
    let world = World::new().await;
    for (certificate, key, named) in [
        ("missing.pem", "first-key.pem", "missing.pem"),
        ("first.pem", "missing.pem", "missing.pem"),
        ("first-key.pem", "first-key.pem", "no certificate in"),
        ("first.pem", "first.pem", "no private key in"),
        ("first.pem", "second-key.pem", "second-key.pem"),
    ] {
        let config = Config {
            tls: files(certificate, key),
            ..world.config()
        };
        let bound = tracker::bind(config, world.deps(Policy::Registered)).await;
        let error = format!("{:#}", bound.err().expect(named));
        assert!(error.contains(named) && !error.contains('\n'), "{error}");
    }
}

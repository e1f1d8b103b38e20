use super::seats::Seat;
use rustls::ServerConnection;
use std::io::{self, Read, Write};
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// A connection whose client wants to go on in another protocol, with its request still unanswered.
pub(crate) struct Upgraded {
    pub(super) socket: std::net::TcpStream,
    pub(super) tls: Option<Box<ServerConnection>>,
    pub(super) seat: Option<Seat>,
    /// Who the client is, as far as proxies that are trusted say.
    pub(super) from: IpAddr,
    /// The request, as it came, with the empty line at its end.
    pub(crate) head: Vec<u8>,
    /// What has come after it already.
    pub(super) rest: Vec<u8>,
}

impl Upgraded {
    /// The client, with the port of the connection.
    pub(crate) fn client(&self) -> SocketAddr {
        let port = self.socket.peer_addr().map_or(0, |peer| peer.port());
        SocketAddr::new(self.from, port)
    }

    /// The connection, for tasks; it begins with what came after the request.
    ///
    /// # Errors
    /// As the system has them. To be called where a tokio runtime is.
    pub(crate) fn into_stream(self) -> io::Result<UpgradedStream> {
        Ok(UpgradedStream {
            socket: TcpStream::from_std(self.socket)?,
            tls: self.tls,
            input: self.rest,
            taken: 0,
            output: Vec::new(),
            _seat: self.seat,
        })
    }
}

/// The bytes of an upgraded connection, without TLS where there was any.
pub(crate) struct UpgradedStream {
    socket: TcpStream,
    tls: Option<Box<ServerConnection>>,
    /// What has come and was not read yet, from `taken` on.
    input: Vec<u8>,
    taken: usize,
    /// What TLS has made of what was written and the socket has yet to take.
    output: Vec<u8>,
    _seat: Option<Seat>,
}

impl AsyncRead for UpgradedStream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        loop {
            let waiting = this.input.get(this.taken..).unwrap_or_default();
            if !waiting.is_empty() {
                let taken = waiting.len().min(buf.remaining());
                buf.put_slice(&waiting[..taken]);
                this.taken += taken;
                return Poll::Ready(Ok(()));
            }
            (this.input, this.taken) = (Vec::new(), 0);
            let Some(tls) = &mut this.tls else {
                return Pin::new(&mut this.socket).poll_read(cx, buf);
            };
            let mut chunk = [0; 4096];
            let mut chunk = ReadBuf::new(&mut chunk);
            ready!(Pin::new(&mut this.socket).poll_read(cx, &mut chunk))?;
            let mut raw = chunk.filled();
            if raw.is_empty() {
                return Poll::Ready(Ok(()));
            }
            if decrypt(tls, &mut raw, &mut this.input)? {
                return Poll::Ready(Ok(()));
            }
            // News of the session, such as other keys, goes out when something is written.
            tls.write_tls(&mut this.output)?;
        }
    }
}

impl AsyncWrite for UpgradedStream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if this.tls.is_none() {
            return Pin::new(&mut this.socket).poll_write(cx, buf);
        }
        // What is written is taken only when all before it is gone: one piece is kept at most.
        ready!(this.poll_sent(cx))?;
        let Some(tls) = &mut this.tls else {
            return Poll::Ready(Ok(0));
        };
        let written = tls.writer().write(&buf[..buf.len().min(PIECE)])?;
        while tls.wants_write() {
            tls.write_tls(&mut this.output)?;
        }
        if let Poll::Ready(sent) = this.poll_sent(cx) {
            sent?;
        }
        Poll::Ready(Ok(written))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_sent(cx))?;
        Pin::new(&mut this.socket).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if let Some(tls) = &mut this.tls {
            tls.send_close_notify();
            while tls.wants_write() {
                tls.write_tls(&mut this.output)?;
            }
        }
        ready!(this.poll_sent(cx))?;
        Pin::new(&mut this.socket).poll_shutdown(cx)
    }
}

impl UpgradedStream {
    fn poll_sent(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.output.is_empty() {
            let sent = ready!(Pin::new(&mut self.socket).poll_write(cx, &self.output))?;
            if sent == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.output.drain(..sent);
        }
        Poll::Ready(Ok(()))
    }
}

/// Takes in what came over a TLS connection and appends what it says. Returns whether that was all
/// there will be.
///
/// # Errors
/// When the other side does not speak TLS as it should.
pub(super) fn decrypt(
    tls: &mut ServerConnection,
    raw: &mut &[u8],
    plain: &mut Vec<u8>,
) -> io::Result<bool> {
    loop {
        if !raw.is_empty() && tls.read_tls(raw)? == 0 {
            return Ok(true);
        }
        let state = tls
            .process_new_packets()
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
        let more = state.plaintext_bytes_to_read();
        let before = plain.len();
        plain.resize(before + more, 0);
        tls.reader().read_exact(&mut plain[before..])?;
        if state.peer_has_closed() {
            return Ok(true);
        }
        if raw.is_empty() {
            return Ok(false);
        }
    }
}

const PIECE: usize = 16 << 10;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::announce::Desk;
    use crate::config::{Config, TlsFiles};
    use crate::http::{Certificates, Parts, listen, serve};
    use crate::metering::Metering;
    use crate::pace::Pace;
    use crate::throttle::Throttle;
    use domain::Clock;
    use rustls::pki_types::pem::PemObject;
    use rustls::pki_types::{CertificateDer, ServerName};
    use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
    use std::path::PathBuf;
    use std::sync::Arc;
    use swarm::{Access, Policy, Swarm};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::sync::mpsc;
    use tokio_util::sync::CancellationToken;

    fn file(name: &str) -> PathBuf {
        PathBuf::from(env!("CARGO_MANIFEST_DIR"))
            .join("tests/tls")
            .join(name)
    }

    fn parts(upgrades: mpsc::Sender<Upgraded>) -> Parts {
        let files = TlsFiles {
            certificate: file("first.pem"),
            key: file("first-key.pem"),
        };
        let activity = Arc::new(swarm::Activity::new(1, 1));
        Parts {
            metering: Metering::new(&activity),
            desk: Arc::new(Desk {
                activity,
                rates: Arc::default(),
                swarm: Arc::new(Swarm::new(swarm::Config::default(), [1; 16])),
                access: Arc::new(Access::new(Policy::Open, [1; 16])),
                accounting: None,
                clock: Clock::new(|| domain::UnixTime(1_800_000_000)),
                pace: Arc::new(Pace::new(1800, 60)),
                throttle: Throttle::new(0, Vec::new(), [1; 16]),
            }),
            config: Arc::new(Config::default()),
            certificates: Some(Arc::new(Certificates::open(&files).unwrap())),
            upgrades: Some(upgrades),
            full_scrape: None,
        }
    }

    fn over_tls(socket: std::net::TcpStream) -> StreamOwned<ClientConnection, std::net::TcpStream> {
        let mut roots = RootCertStore::empty();
        let authority = CertificateDer::from_pem_file(file("authority.pem")).unwrap();
        roots.add(authority).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = ServerName::try_from("localhost").unwrap();
        StreamOwned::new(
            ClientConnection::new(Arc::new(config), name).unwrap(),
            socket,
        )
    }

    /// An announce, then the wish for WebSocket, and bytes behind it, all at once; then megabytes.
    fn talk(mut stream: impl Read + Write) {
        let announce = "GET /announce HTTP/1.1\r\n\r\n";
        let wish = "GET /announce HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
        write!(stream, "{announce}{wish}early ").unwrap();
        stream.flush().unwrap();
        let mut read = |wanted: &[u8]| {
            let mut found = vec![0; wanted.len()];
            stream.read_exact(&mut found).unwrap();
            assert_eq!(
                found.escape_ascii().to_string(),
                wanted.escape_ascii().to_string()
            );
        };
        read(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 42\r\n\r\n");
        read(b"d14:failure reason20:info_hash is missinge");
        read(wish.as_bytes());
        read(b"early ");
        let long: Vec<u8> = (0..1 << 18).map(|at: u32| (at % 251) as u8).collect();
        for piece in long.chunks(40_000) {
            stream.write_all(piece).unwrap();
            let mut found = vec![0; piece.len()];
            stream.read_exact(&mut found).unwrap();
            assert!(found == piece);
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_connection_goes_on_in_another_protocol_with_all_its_bytes() {
        let (sender, mut upgrades) = mpsc::channel::<Upgraded>(4);
        let listeners = listen("127.0.0.1:0".parse().unwrap(), 1).unwrap();
        let addr = listeners[0].local_addr().unwrap();
        let stop = CancellationToken::new();
        let served = tokio::spawn(serve(listeners, parts(sender), stop.clone()));
        tokio::spawn(async move {
            while let Some(upgraded) = upgrades.recv().await {
                tokio::spawn(async move {
                    assert_eq!(upgraded.from, addr.ip());
                    let head = upgraded.head.clone();
                    let mut stream = upgraded.into_stream().unwrap();
                    stream.write_all(&head).await.unwrap();
                    let mut chunk = [0; 9000];
                    while let Ok(read @ 1..) = stream.read(&mut chunk).await {
                        stream.write_all(&chunk[..read]).await.unwrap();
                        stream.flush().await.unwrap();
                    }
                    stream.shutdown().await
                });
            }
        });
        let clients = [false, true].map(|tls| {
            tokio::task::spawn_blocking(move || {
                let socket = std::net::TcpStream::connect(addr).unwrap();
                match tls {
                    true => talk(over_tls(socket)),
                    false => talk(socket),
                }
            })
        });
        for client in clients {
            client.await.unwrap();
        }
        stop.cancel();
        served.await.unwrap().unwrap();
    }
}

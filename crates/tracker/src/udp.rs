use crate::announce::{Desk, Refusal, Request, wire_count};
use crate::metering::Metering;
use anyhow::{Context, Result};
use bittorrent::wire::http::{Endpoint, EndpointError};
use bittorrent::wire::udp::{self, AnnounceAnswer, AnnounceRequest, RequestError, ScrapeCounts};
use socket2::{Domain, Protocol, Socket, Type};
use std::io::{self, ErrorKind};
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::time::Duration;
use swarm::{ConnectionIds, Families, Peers};
use tokio_util::sync::CancellationToken;

/// Opens `count` sockets on one port; the kernel spreads clients over them.
pub(crate) fn listen(addr: SocketAddr, count: usize) -> io::Result<Vec<UdpSocket>> {
    let mut addr = addr;
    let mut sockets = Vec::with_capacity(count);
    if count > 1 && addr.port() != 0 {
        // Sockets that share a port would share it with another process too: better to be told.
        bind(addr, false)?;
    }
    for _ in 0..count {
        let socket = bind(addr, count > 1)?;
        // With port 0 the first socket decides.
        addr.set_port(socket.local_addr()?.port());
        sockets.push(socket);
    }
    Ok(sockets)
}

fn bind(addr: SocketAddr, shared: bool) -> io::Result<UdpSocket> {
    let socket = Socket::new(Domain::for_address(addr), Type::DGRAM, Some(Protocol::UDP))?;
    if addr.is_ipv6() {
        socket.set_only_v6(!addr.ip().is_unspecified())?;
    }
    socket.set_reuse_port(shared)?;
    // As large as the system lets us: bursts wait here.
    socket.set_recv_buffer_size(RECEIVE_BUFFER)?;
    socket.set_read_timeout(Some(WAKE_EVERY))?;
    socket.bind(&addr.into())?;
    Ok(UdpSocket::from(socket))
}

/// One thread's worth of UDP service.
pub(crate) struct Server {
    pub(crate) socket: UdpSocket,
    pub(crate) desk: Arc<Desk>,
    pub(crate) ids: ConnectionIds,
    pub(crate) metering: Metering,
}

/// Runs a server on a thread of its own until `stop` is cancelled.
pub(crate) async fn serve(server: Server, stop: CancellationToken) -> Result<()> {
    let (done, ended) = tokio::sync::oneshot::channel();
    std::thread::Builder::new()
        .name("tracker-udp".into())
        .spawn(move || {
            // The other end may be gone already: then nobody waits.
            let _ = done.send(server.run(&stop));
        })
        .context("cannot start a thread for announces over UDP")?;
    ended
        .await
        .context("a thread for announces over UDP failed")?
}

impl Server {
    fn run(self, stop: &CancellationToken) -> Result<()> {
        let mut packet = [0; PACKET];
        let mut answer = Vec::with_capacity(PACKET);
        let mut peers = Peers::default();
        let mut failures = 0;
        while !stop.is_cancelled() {
            let (len, from) = match self.socket.recv_from(&mut packet) {
                Ok(received) => received,
                Err(error) => {
                    match error.kind() {
                        ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted => {}
                        // News of an answer that could not be delivered.
                        ErrorKind::ConnectionRefused | ErrorKind::ConnectionReset => {}
                        // Memory is short, or the network is down: it may come back.
                        _ if failures < FAILURES_MAX => {
                            failures += 1;
                            std::thread::sleep(WAKE_EVERY);
                        }
                        _ => return Err(error).context("cannot receive announces over UDP"),
                    }
                    continue;
                }
            };
            failures = 0;
            answer.clear();
            self.answer(&packet[..len], from, &mut peers, &mut answer);
            if answer.is_empty() {
                self.metering.udp_dropped.increment(1);
            } else if self.socket.send_to(&answer, from).is_err() {
                // The way back is closed or full: the client will ask again.
                self.metering.udp_dropped.increment(1);
            }
        }
        Ok(())
    }

    /// Writes the answer to a packet; nothing when it deserves none.
    fn answer(&self, packet: &[u8], from: SocketAddr, peers: &mut Peers, out: &mut Vec<u8>) {
        let from = SocketAddr::new(from.ip().to_canonical(), from.port());
        let now = self.desk.now();
        match udp::Request::parse(packet) {
            Ok(udp::Request::Connect { transaction_id }) => {
                udp::write_connect(out, transaction_id, self.ids.issue(from.ip(), now));
            }
            Ok(udp::Request::Announce(request)) => {
                if !self.ids.check(from.ip(), request.connection_id, now) {
                    return;
                }
                self.metering.udp.announces.increment(1);
                if let Err(refusal) = self.announce(&request, from, peers, out) {
                    self.metering.udp.refused(refusal.name());
                    udp::write_error(out, request.transaction_id, &refusal.to_string());
                }
            }
            Ok(udp::Request::Scrape(request)) => {
                if !self.ids.check(from.ip(), request.connection_id, now) {
                    return;
                }
                self.metering.udp.scrapes.increment(1);
                let counts = request.info_hashes().map(|hash| self.scrape(hash));
                udp::write_scrape(out, request.transaction_id, counts);
            }
            Err(RequestError::Refuse {
                connection_id,
                transaction_id,
                message,
            }) => {
                if self.ids.check(from.ip(), connection_id, now) {
                    self.metering.udp.refused("malformed");
                    udp::write_error(out, transaction_id, message);
                }
            }
            Err(RequestError::Drop(_)) => {}
        }
    }

    fn announce(
        &self,
        request: &AnnounceRequest<'_>,
        from: SocketAddr,
        peers: &mut Peers,
        out: &mut Vec<u8>,
    ) -> Result<(), UdpRefusal> {
        let url_data = request.url_data();
        let passkey = match Endpoint::parse_url_data(&url_data) {
            Ok(endpoint) => endpoint.passkey,
            // Whatever path the URL has over UDP, the announce came to the right place.
            Err(EndpointError::NotFound) => None,
            Err(error @ EndpointError::BadPasskey) => return Err(UdpRefusal::Url(error)),
        };
        let (families, cap) = match from.ip() {
            IpAddr::V4(_) => (Families::V4, ANSWER / 6),
            IpAddr::V6(_) => (Families::V6, ANSWER / 18),
        };
        let wanted = self.desk.swarm.config().numwant(request.numwant);
        let counts = self.desk.announce(
            &Request {
                info_hash: request.info_hash,
                passkey,
                peer_id: request.peer_id,
                contact: SocketAddr::new(from.ip(), request.port),
                key: Some(request.key),
                uploaded: request.uploaded,
                downloaded: request.downloaded,
                left: request.left,
                event: request.event,
                limit: wanted.min(cap),
                families,
            },
            peers,
        )?;
        let answer = AnnounceAnswer {
            transaction_id: request.transaction_id,
            interval: self.desk.pace.interval(),
            leechers: counts.leechers,
            seeders: counts.seeders,
        };
        match families {
            Families::V6 => udp::write_announce_v6(out, &answer, &peers.v6),
            Families::V4 | Families::Both => udp::write_announce_v4(out, &answer, &peers.v4),
        }
        Ok(())
    }

    /// A torrent that may not be asked for looks like one that nobody has.
    fn scrape(&self, hash: bittorrent::InfoHash) -> ScrapeCounts {
        let counts = self.desk.scrape(hash, None).unwrap_or_default();
        ScrapeCounts {
            seeders: counts.seeders,
            completed: wire_count(counts.completed),
            leechers: counts.leechers,
        }
    }
}

#[derive(Debug, thiserror::Error)]
enum UdpRefusal {
    #[error("{0}")]
    Refused(#[from] Refusal),
    #[error("{0}")]
    Url(EndpointError),
}

impl UdpRefusal {
    fn name(&self) -> &'static str {
        match self {
            Self::Refused(refusal) => refusal.name(),
            Self::Url(_) => "url",
        }
    }
}

/// Announces have 98 bytes and a URL; scrapes are cut off at 74 hashes by the protocol.
const PACKET: usize = 2048;
/// Peers fill at most this many bytes, so that an answer is one frame on any path.
const ANSWER: usize = 1200;
const RECEIVE_BUFFER: usize = 8 << 20;
const WAKE_EVERY: Duration = Duration::from_millis(250);
/// A minute of nothing but failures.
const FAILURES_MAX: u32 = 240;

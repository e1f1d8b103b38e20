//! Announces over UDP (BEP 15, BEP 41): threads with a socket each, many packets at a time.

use crate::announce::{Desk, Refusal, Request, wire_count};
use crate::metering::Metering;
use anyhow::{Context, Result};
use bittorrent::wire::http::{Endpoint, EndpointError};
use bittorrent::wire::udp::{self, AnnounceAnswer, AnnounceRequest, RequestError, ScrapeCounts};
use datagrams::{Inbox, Outbox};
use socket2::{Domain, Protocol, Socket, Type};
use std::io::{self, ErrorKind};
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::time::Duration;
use swarm::{ConnectionIds, Families, Peers, UnixTime};
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

/// Makes at least `count` of these, which are bound already. Their buffers stay as they are: whoever
/// opened them may have been allowed larger ones.
pub(crate) fn adopt(given: &[UdpSocket], count: usize) -> io::Result<Vec<UdpSocket>> {
    for socket in given {
        socket.set_nonblocking(false)?;
        socket.set_read_timeout(Some(WAKE_EVERY))?;
    }
    let all = given.iter().cycle().take(count.max(given.len()));
    all.map(UdpSocket::try_clone).collect()
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
        let (mut inbox, mut outbox) = (Inbox::new(), Outbox::new());
        let mut peers = Peers::default();
        let mut failures = 0;
        while !stop.is_cancelled() {
            if let Err(error) = inbox.receive(&self.socket) {
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
            failures = 0;
            let now = self.desk.now();
            let mut tally = Tally::default();
            for (packet, _) in inbox.packets() {
                if let Some(hash) = udp::peek_info_hash(packet) {
                    self.desk.swarm.prefetch(hash);
                }
            }
            for (packet, sender) in inbox.packets() {
                let round = Round {
                    server: &self,
                    from: sender.canonical(),
                    now,
                };
                outbox.write(sender, |answer| {
                    round.answer(packet, &mut peers, answer, &mut tally);
                });
            }
            let unanswered = inbox.packets().len() - outbox.send(&self.socket);
            self.metering.udp.announces.increment(tally.announces);
            self.metering.udp.scrapes.increment(tally.scrapes);
            self.metering.udp_dropped.increment(unanswered as u64);
        }
        Ok(())
    }
}

/// What was asked in one round, counted all at once.
#[derive(Default)]
struct Tally {
    announces: u64,
    scrapes: u64,
}

/// The circumstances of one packet.
struct Round<'s> {
    server: &'s Server,
    from: SocketAddr,
    now: UnixTime,
}

impl Round<'_> {
    /// Writes the answer to a packet; nothing when it deserves none.
    fn answer(&self, packet: &[u8], peers: &mut Peers, out: &mut Vec<u8>, tally: &mut Tally) {
        match udp::Request::parse(packet) {
            Ok(udp::Request::Connect { transaction_id }) => {
                let id = self.server.ids.issue(self.from.ip(), self.now);
                udp::write_connect(out, transaction_id, id);
            }
            Ok(udp::Request::Announce(request)) => {
                if !self.knows(request.connection_id) {
                    return;
                }
                tally.announces += 1;
                if let Err(refusal) = self.announce(&request, peers, out) {
                    self.server.metering.udp.refused(refusal.name());
                    udp::write_error(out, request.transaction_id, &refusal.to_string());
                }
            }
            Ok(udp::Request::Scrape(request)) => {
                if !self.knows(request.connection_id) {
                    return;
                }
                tally.scrapes += 1;
                let counts = request.info_hashes().map(|hash| self.scrape(hash));
                udp::write_scrape(out, request.transaction_id, counts);
            }
            Err(RequestError::Refuse {
                connection_id,
                transaction_id,
                message,
            }) => {
                if self.knows(connection_id) {
                    self.server.metering.udp.refused("malformed");
                    udp::write_error(out, transaction_id, message);
                }
            }
            Err(RequestError::Drop(_)) => {}
        }
    }

    /// Whether the sender proves to receive what is sent to its address.
    fn knows(&self, connection_id: u64) -> bool {
        self.server
            .ids
            .check(self.from.ip(), connection_id, self.now)
    }

    fn announce(
        &self,
        request: &AnnounceRequest<'_>,
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
        let (families, cap) = match self.from.ip() {
            IpAddr::V4(_) => (Families::V4, ANSWER / 6),
            IpAddr::V6(_) => (Families::V6, ANSWER / 18),
        };
        let desk = &self.server.desk;
        let wanted = desk.swarm.config().numwant(request.numwant);
        let served = desk.announce(
            &Request {
                protocol: swarm::Protocol::Udp,
                info_hash: request.info_hash,
                passkey,
                peer_id: request.peer_id,
                from: self.from.ip(),
                contact: SocketAddr::new(self.from.ip(), request.port),
                also: None,
                dialable: true,
                key: Some(request.key),
                uploaded: request.uploaded,
                downloaded: request.downloaded,
                left: request.left,
                event: request.event,
                limit: wanted.min(cap),
                families,
                now: self.now,
            },
            peers,
        )?;
        let answer = AnnounceAnswer {
            transaction_id: request.transaction_id,
            interval: desk.pace.interval(),
            leechers: served.counts.leechers,
            seeders: served.counts.seeders,
        };
        match families {
            Families::V6 => udp::write_announce_v6(out, &answer, &peers.v6),
            Families::V4 | Families::Both => udp::write_announce_v4(out, &answer, &peers.v4),
        }
        Ok(())
    }

    /// A torrent that may not be asked for looks like one that nobody has.
    fn scrape(&self, hash: bittorrent::InfoHash) -> ScrapeCounts {
        let counts = self.server.desk.scrape(hash, None).unwrap_or_default();
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

/// Peers fill at most this many bytes, so that an answer is one frame on any path.
const ANSWER: usize = 1200;
const RECEIVE_BUFFER: usize = 8 << 20;
const WAKE_EVERY: Duration = Duration::from_millis(250);
/// A minute of nothing but failures.
const FAILURES_MAX: u32 = 240;

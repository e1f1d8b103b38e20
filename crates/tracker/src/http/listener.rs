use super::answer::Responder;
use super::connection::Bench;
use super::seats::Seats;
use super::tls::Certificates;
use super::upgraded::Upgraded;
use super::worker::Worker;
use crate::announce::Desk;
use crate::config::Config;
use crate::full_scrape::FullScrape;
use crate::metering::Metering;
use anyhow::{Context, Result};
use socket2::{Domain, Protocol, SockRef, Socket, Type};
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Opens `count` sockets on one port; the kernel spreads connections over them.
pub(crate) fn listen(addr: SocketAddr, count: usize) -> io::Result<Vec<TcpListener>> {
    let mut addr = addr;
    let mut listeners = Vec::with_capacity(count);
    if count > 1 && addr.port() != 0 {
        // Sockets that share a port would share it with another process too: better to be told.
        bind(addr, false)?.listen(1)?;
    }
    for _ in 0..count {
        let socket = bind(addr, count > 1)?;
        socket.listen(BACKLOG)?;
        let listener = TcpListener::from(socket);
        // With port 0 the first socket decides.
        addr.set_port(listener.local_addr()?.port());
        listeners.push(listener);
    }
    Ok(listeners)
}

/// Makes at least `count` of these, which listen already.
pub(crate) fn adopt(given: &[TcpListener], count: usize) -> io::Result<Vec<TcpListener>> {
    for listener in given {
        let socket = SockRef::from(listener);
        socket.set_nonblocking(true)?;
        socket.set_tcp_nodelay(true)?;
        // Whoever opened it did not know how many may come at once.
        socket.listen(BACKLOG)?;
    }
    let all = given.iter().cycle().take(count.max(given.len()));
    all.map(TcpListener::try_clone).collect()
}

fn bind(addr: SocketAddr, shared: bool) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(addr), Type::STREAM, Some(Protocol::TCP))?;
    if addr.is_ipv6() {
        socket.set_only_v6(!addr.ip().is_unspecified())?;
    }
    // A restart must not wait for the last run's connections to be forgotten.
    socket.set_reuse_address(true)?;
    socket.set_reuse_port(shared)?;
    socket.set_nonblocking(true)?;
    // Connections inherit it. Answers are written whole: waiting for more to send helps nobody.
    socket.set_tcp_nodelay(true)?;
    socket.bind(&addr.into())?;
    Ok(socket)
}

/// What every worker gets.
#[derive(Clone)]
pub(crate) struct Parts {
    pub(crate) desk: Arc<Desk>,
    pub(crate) config: Arc<Config>,
    pub(crate) metering: Metering,
    pub(crate) certificates: Option<Arc<Certificates>>,
    /// Where connections go that want to go on in WebSocket; without it they are answered in HTTP.
    pub(crate) upgrades: Option<mpsc::Sender<Upgraded>>,
    /// The scrape of everything; without it there is none.
    pub(crate) full_scrape: Option<Arc<FullScrape>>,
}

/// Serves connections, each listener's on a thread of its own, until `stop` is cancelled; then
/// finishes those in hand.
pub(crate) async fn serve(
    listeners: Vec<TcpListener>,
    parts: Parts,
    stop: CancellationToken,
) -> Result<()> {
    let config = &parts.config;
    let capacity = (config.max_connections as usize).div_ceil(listeners.len().max(1));
    let uncounted = config.neighbours.clone();
    let seats = Arc::new(Seats::new(config.connections_per_address, uncounted));
    let mut ends = JoinSet::new();
    for listener in listeners {
        let responder = Responder::new(&parts);
        let bench = Bench::new(
            responder,
            parts.certificates.clone(),
            seats.clone(),
            parts.upgrades.is_some(),
        );
        let worker = Worker::new(listener, parts.clone(), bench, capacity)?;
        let (done, ended) = oneshot::channel();
        let stop = stop.clone();
        std::thread::Builder::new()
            .name("tracker-http".into())
            .spawn(move || {
                // The other end may be gone already: then nobody waits.
                let _ = done.send(worker.run(&stop));
            })
            .context("cannot start a thread for announces over HTTP")?;
        ends.spawn(ended);
    }
    while let Some(ended) = ends.join_next().await {
        ended
            .context("a thread for announces over HTTP failed")?
            .context("a thread for announces over HTTP failed")??;
    }
    Ok(())
}

const BACKLOG: i32 = 4096;

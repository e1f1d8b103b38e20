use super::connection::Connection;
use crate::announce::Desk;
use crate::config::Config;
use crate::metering::Metering;
use crate::ws;
use anyhow::Result;
use socket2::{Domain, Protocol, Socket, Type};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

/// Opens the listening socket.
pub(crate) fn listen(addr: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(addr), Type::STREAM, Some(Protocol::TCP))?;
    if addr.is_ipv6() {
        socket.set_only_v6(!addr.ip().is_unspecified())?;
    }
    // A restart must not wait for the last run's connections to be forgotten.
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&addr.into())?;
    socket.listen(BACKLOG)?;
    TcpListener::from_std(socket.into())
}

/// Serves connections until `stop` is cancelled, then finishes those in hand.
pub(crate) async fn serve(
    listener: TcpListener,
    desk: Arc<Desk>,
    config: Arc<Config>,
    metering: Metering,
    ws: Arc<ws::Server>,
    stop: CancellationToken,
) -> Result<()> {
    let count = config.max_connections.clamp(1, CONNECTIONS_MAX);
    let places = Arc::new(Semaphore::new(count as usize));
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            accepted = async {
                // Who finds no place waits in the kernel's queue, not in our memory.
                let place = places.clone().acquire_owned().await;
                (place, listener.accept().await)
            } => accepted,
        };
        let (Ok(place), Ok((stream, from))) = accepted else {
            // Out of file descriptors, most likely: give connections time to end.
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        // With few places left, nobody keeps one between requests.
        let crowded = places.available_permits() < count as usize / 4;
        let connection = Connection {
            stream,
            from: SocketAddr::new(from.ip().to_canonical(), from.port()),
            desk: desk.clone(),
            config: config.clone(),
            metering: metering.clone(),
            ws: ws.clone(),
            keep_alive: !crowded,
        };
        let stop = stop.clone();
        metering.http_connections.increment(1.0);
        let open = metering.http_connections.clone();
        tokio::spawn(async move {
            connection.serve(stop).await;
            open.decrement(1.0);
            drop(place);
        });
    }
    // Every place free again means every connection done.
    let _ = places.acquire_many(count).await;
    Ok(())
}

const BACKLOG: i32 = 1024;
const CONNECTIONS_MAX: u32 = 1 << 20;
const PAUSE: Duration = Duration::from_millis(50);

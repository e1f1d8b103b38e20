use super::connection::Connection;
use super::guests::Guests;
use super::handshake::{Declined, Handshake};
use super::relay::Relay;
use super::session::Session;
use crate::announce::Desk;
use crate::config::Config;
use crate::http::Upgraded;
use crate::metering::Metering;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// Everything that serves announces over WebSocket.
pub(crate) struct Server {
    pub(crate) desk: Arc<Desk>,
    pub(crate) config: Arc<Config>,
    pub(crate) metering: Metering,
    pub(crate) relay: Relay,
    guests: Arc<Guests>,
    stop: CancellationToken,
}

impl Server {
    /// `seed` drives the choice of who gets an offer; `stop` ends all connections.
    pub(crate) fn new(
        desk: Arc<Desk>,
        config: Arc<Config>,
        metering: Metering,
        seed: u64,
        stop: CancellationToken,
    ) -> Self {
        // They stay for hours: whoever comes to announce over HTTP must still find a place.
        let most = config.max_connections as usize / 4 * 3;
        let guests = Arc::new(Guests::new(most.max(1), config.ws_per_address));
        Self {
            desk,
            config,
            metering,
            relay: Relay::new(seed),
            guests,
            stop,
        }
    }

    /// Takes over whatever connections come along, until nobody sends any more and all have ended.
    pub(crate) async fn take_over(
        self: Arc<Self>,
        mut upgrades: mpsc::Receiver<Upgraded>,
    ) -> anyhow::Result<()> {
        let mut browsers = JoinSet::new();
        loop {
            let upgraded = tokio::select! {
                upgraded = upgrades.recv() => upgraded,
                Some(_) = browsers.join_next() => continue,
            };
            let Some(upgraded) = upgraded else { break };
            let (from, handshake) = (upgraded.client(), Handshake::read(&upgraded.head));
            if let (Some(handshake), Ok(stream)) = (handshake, upgraded.into_stream()) {
                browsers.spawn(self.clone().serve(stream, from, handshake));
            }
        }
        while browsers.join_next().await.is_some() {}
        Ok(())
    }

    /// Takes over a stream on which a handshake was read, answers that and serves until either side is
    /// done. `from` is the client, as proxies that are trusted say, with the port of the connection.
    pub(crate) async fn serve<S>(
        self: Arc<Self>,
        mut stream: S,
        from: SocketAddr,
        handshake: Handshake,
    ) where
        S: AsyncRead + AsyncWrite + Unpin + Send,
    {
        let place = match &handshake.asked {
            Ok(_) => self.guests.admit(from.ip()).ok_or(Declined::Full),
            Err(declined) => Err(*declined),
        };
        let patience = self.config.request_timeout;
        match (handshake.asked, place) {
            (Ok(asked), Ok(_place)) => {
                self.metering.ws_connections.increment(1.0);
                let open = Open(&self.metering);
                let answer = asked.answer();
                let answered = timeout(patience, write(&mut stream, answer.as_bytes())).await;
                if matches!(answered, Ok(Ok(()))) {
                    let session = Session::new(self.clone(), from, asked.passkey);
                    let connection = Connection::new(stream, session);
                    connection.serve(&self.stop).await;
                }
                drop(open);
            }
            (_, Err(declined)) | (Err(declined), _) => {
                self.metering.ws.refused(match declined {
                    Declined::Full => "full",
                    _ => "handshake",
                });
                let answer = declined.answer();
                let _ = timeout(patience, write(&mut stream, answer.as_bytes())).await;
                let _ = stream.shutdown().await;
            }
        }
    }
}

/// Counted as open until dropped.
struct Open<'m>(&'m Metering);

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.0.ws_connections.decrement(1.0);
    }
}

/// Streams that encrypt hold bytes back until they are flushed.
pub(super) async fn write<S>(stream: &mut S, bytes: &[u8]) -> std::io::Result<()>
where
    S: AsyncWrite + Unpin,
{
    stream.write_all(bytes).await?;
    stream.flush().await
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::TcpStream;

    fn size<F>(_: impl FnOnce(Arc<Server>, TcpStream, SocketAddr, Handshake) -> F) -> usize {
        size_of::<F>()
    }

    /// It is there as long as the connection, however little happens.
    #[test]
    fn the_task_of_a_connection_is_small() {
        let size = size(|server, stream, from, handshake| server.serve(stream, from, handshake));
        assert!(size <= 2560, "{size} bytes");
    }
}

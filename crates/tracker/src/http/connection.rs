use super::answer::{Responder, write_page};
use super::forwarded;
use super::request::{self, Parsed};
use crate::announce::Desk;
use crate::config::Config;
use crate::metering::Metering;
use crate::ws::{self, Handshake};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_util::sync::CancellationToken;

/// One client's connection: requests in, answers out in the same order, pipelined or not.
pub(crate) struct Connection {
    pub(crate) stream: TcpStream,
    pub(crate) from: SocketAddr,
    pub(crate) desk: Arc<Desk>,
    pub(crate) config: Arc<Config>,
    pub(crate) metering: Metering,
    pub(crate) ws: Arc<ws::Server>,
    /// Whether the connection may be used again at all.
    pub(crate) keep_alive: bool,
}

impl Connection {
    /// Serves until either side is done. Errors are the client's business: it will come again.
    pub(crate) async fn serve(mut self, stop: CancellationToken) {
        // Answers are written whole, so waiting for more to send helps nobody.
        let _ = self.stream.set_nodelay(true);
        let closed = self.exchange(&stop).await;
        if let Ok(Close::Upgrade(from, handshake)) = closed {
            self.ws.serve(self.stream, from, handshake).await;
        } else if let Ok(Close::Lingering) = closed {
            // Bytes left unread would turn the end into a reset, and the answer might be lost.
            let _ = self.stream.shutdown().await;
            let mut rest = [0; 1024];
            let drain = async {
                for _ in 0..DRAIN_READS {
                    if !matches!(self.stream.read(&mut rest).await, Ok(n) if n > 0) {
                        break;
                    }
                }
            };
            let _ = timeout(DRAIN, drain).await;
        }
    }

    async fn exchange(&mut self, stop: &CancellationToken) -> io::Result<Close> {
        let mut input = Vec::with_capacity(1024);
        let mut output = Vec::with_capacity(1024);
        let mut responder = Responder::new(
            self.from,
            self.desk.clone(),
            self.config.clone(),
            self.metering.clone(),
        );
        let mut keep_alive = self.keep_alive;
        loop {
            let mut used = 0;
            let mut lingering = false;
            while keep_alive || used == 0 {
                match request::parse(&input[used..]) {
                    Parsed::Partial => break,
                    Parsed::Request(request) => {
                        used += request.len;
                        if let Some(upgrade) = &request.upgrade
                            && output.is_empty()
                        {
                            let trusted = &self.config.trusted_proxies;
                            let ip = forwarded::client(self.from.ip(), &request.forwarded, trusted);
                            let from = SocketAddr::new(ip, self.from.port());
                            let handshake = Handshake::new(request.target, upgrade, &input[used..]);
                            return Ok(Close::Upgrade(from, handshake));
                        }
                        keep_alive &= request.keep_alive && !stop.is_cancelled();
                        responder.answer(&request, keep_alive, &mut output);
                    }
                    Parsed::TooLong => {
                        (keep_alive, lingering, used) = (false, true, input.len());
                        responder.too_long(&mut output);
                    }
                    Parsed::Bad(status) => {
                        (keep_alive, lingering, used) = (false, true, input.len());
                        write_page(&mut output, status, false);
                    }
                }
                if output.len() >= OUTPUT {
                    break;
                }
            }
            if !output.is_empty() {
                timeout(self.config.request_timeout, self.stream.write_all(&output)).await??;
                output.clear();
                if !keep_alive {
                    lingering |= used < input.len();
                    return Ok(if lingering {
                        Close::Lingering
                    } else {
                        Close::Done
                    });
                }
                input.drain(..used);
                continue;
            }
            // Nothing whole is waiting. Silence is limited, and slowness too.
            if input.is_empty() {
                let first = timeout(self.config.idle_timeout, self.stream.read_buf(&mut input));
                let first = tokio::select! {
                    () = stop.cancelled() => return Ok(Close::Done),
                    first = first => first??,
                };
                if first == 0 {
                    return Ok(Close::Done);
                }
            }
            let deadline = Instant::now() + self.config.request_timeout;
            while matches!(request::parse(&input), Parsed::Partial) {
                if timeout_at(deadline, self.stream.read_buf(&mut input)).await?? == 0 {
                    return Ok(Close::Done);
                }
            }
        }
    }
}

enum Close {
    Done,
    /// The connection becomes a WebSocket, of this client.
    Upgrade(SocketAddr, Handshake),
    /// The client may have more to say that nobody will read.
    Lingering,
}

/// Answers to pipelined requests are sent together up to this size.
const OUTPUT: usize = 16 << 10;
const DRAIN: std::time::Duration = std::time::Duration::from_millis(500);
const DRAIN_READS: usize = 64;

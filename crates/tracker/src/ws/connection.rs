use super::frames::{Broken, Inbox, Incoming};
use super::server::write;
use super::session::{Flood, Session};
use std::pin::pin;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;
use tungstenite::protocol::frame::coding::{CloseCode, Control};

/// One browser's connection: messages in, whatever waits for it out.
pub(crate) struct Connection<S> {
    stream: S,
    session: Session,
    inbox: Inbox,
}

/// Why a connection ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// It is closed or broken already.
    Gone,
    /// It says that it closes.
    Closed,
    Broken(Broken),
    Flood,
    /// It does not read what it is sent.
    Slow,
    /// It does not answer.
    Silent,
    /// It announces nothing.
    Idle,
    /// The tracker stops.
    Away,
}

impl<S> Connection<S>
where
    S: AsyncRead + AsyncWrite + Unpin + Send,
{
    pub(crate) fn new(stream: S, session: Session) -> Self {
        Self {
            stream,
            session,
            inbox: Inbox::new(),
        }
    }

    /// Serves until either side is done. Then the browser has left all its swarms.
    pub(crate) async fn serve(mut self, stop: &CancellationToken) {
        let end = self.exchange(stop).await;
        self.session.leave_all();
        let Self {
            mut stream,
            session,
            ..
        } = self;
        session.metering().ws_ended(end.name());
        if let Some(code) = end.code() {
            let link = session.link();
            link.control(Control::Close, &u16::from(code).to_be_bytes());
            // What the client still sends would turn the end into a reset, and the reason might be lost.
            let farewell = async {
                if write(&mut stream, &link.take()).await.is_ok() {
                    let _ = stream.shutdown().await;
                    let mut rest = Vec::with_capacity(1024);
                    while matches!(stream.read_buf(&mut rest).await, Ok(n) if n > 0) {
                        rest.clear();
                    }
                }
            };
            let _ = timeout(FAREWELL, farewell).await;
        }
    }

    async fn exchange(&mut self, stop: &CancellationToken) -> End {
        let Self {
            stream,
            session,
            inbox,
        } = self;
        let config = session.config().clone();
        let link = session.link().clone();
        let mut heard = Heard::now();
        let mut check = pin!(sleep(config.idle_timeout));
        loop {
            let waiting = link.take();
            if !waiting.is_empty() {
                match timeout(config.request_timeout, write(stream, &waiting)).await {
                    Ok(Ok(())) => {}
                    Ok(Err(_)) => return End::Gone,
                    Err(_) => return End::Slow,
                }
            }
            if link.is_full() {
                return End::Slow;
            }
            match inbox.next() {
                Ok(Some(Incoming::Message(message))) => {
                    heard = Heard::now();
                    match session.take(message) {
                        Ok(()) => continue,
                        Err(Flood) => return End::Flood,
                    }
                }
                Ok(Some(Incoming::Ping(payload))) => {
                    heard.anything = Instant::now();
                    if session.spend().is_err() {
                        return End::Flood;
                    }
                    link.control(Control::Pong, payload);
                    continue;
                }
                Ok(Some(Incoming::Pong)) => {
                    heard.anything = Instant::now();
                    if session.spend().is_err() {
                        return End::Flood;
                    }
                    continue;
                }
                Ok(Some(Incoming::Close)) => return End::Closed,
                Ok(None) => {}
                Err(broken) => return End::Broken(broken),
            }
            tokio::select! {
                biased;
                () = stop.cancelled() => return End::Away,
                () = link.woken() => {}
                read = stream.read_buf(inbox.room()) => match read {
                    Ok(0) | Err(_) => return End::Gone,
                    Ok(_) => {}
                },
                () = &mut check => {
                    let now = Instant::now();
                    // A ping has been sent meanwhile, unless there was something to hear.
                    if now - heard.anything > config.idle_timeout * 2 {
                        return End::Silent;
                    }
                    let limit = match session.is_empty() {
                        true => config.idle_timeout,
                        false => session.patience(),
                    };
                    if now - heard.message > limit {
                        return End::Idle;
                    }
                    link.control(Control::Ping, b"");
                    check.as_mut().reset(now + config.idle_timeout);
                }
            }
        }
    }
}

/// When the client was last heard of.
struct Heard {
    message: Instant,
    anything: Instant,
}

impl Heard {
    fn now() -> Self {
        let now = Instant::now();
        Self {
            message: now,
            anything: now,
        }
    }
}

impl End {
    /// What the client is told, if it can still be told anything (RFC 6455 section 7.4).
    fn code(self) -> Option<CloseCode> {
        Some(match self {
            Self::Gone | Self::Silent | Self::Slow => return None,
            Self::Closed | Self::Idle => CloseCode::Normal,
            Self::Broken(Broken::Protocol) => CloseCode::Protocol,
            Self::Broken(Broken::TooLong) => CloseCode::Size,
            Self::Broken(Broken::NotText) => CloseCode::Invalid,
            Self::Flood => CloseCode::Policy,
            Self::Away => CloseCode::Away,
        })
    }

    /// A short constant name, for counting.
    fn name(self) -> &'static str {
        match self {
            Self::Gone | Self::Closed => "closed",
            Self::Broken(_) => "malformed",
            Self::Flood => "flood",
            Self::Slow => "slow",
            Self::Silent => "silent",
            Self::Idle => "idle",
            Self::Away => "stop",
        }
    }
}

const FAREWELL: Duration = Duration::from_millis(500);

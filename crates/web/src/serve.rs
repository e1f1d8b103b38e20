//! Listening and stopping.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context as _;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::connections::{self, PATIENCE};
use crate::router::router;
use crate::state::{App, Deps};

/// The web role with its socket open; nothing is answered before [`Web::run`].
pub struct Web {
    listener: TcpListener,
    addr: SocketAddr,
    app: App,
}

/// Opens the socket.
///
/// # Errors
/// When the address cannot be listened on.
pub async fn bind(config: Config, mut deps: Deps) -> anyhow::Result<Web> {
    let wanted = config.addr;
    let listener = match deps.listener.take() {
        Some(listener) => listener
            .set_nonblocking(true)
            .and_then(|()| TcpListener::from_std(listener)),
        None => TcpListener::bind(wanted).await,
    };
    let listener = listener.with_context(|| format!("the web role cannot listen on {wanted}"))?;
    let addr = listener
        .local_addr()
        .context("the web role's socket has no address")?;
    Ok(Web {
        listener,
        addr,
        app: App::new(config, deps),
    })
}

impl Web {
    /// The address listened on, with the port that port 0 became.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Serves until `shutdown`, then finishes the requests in hand.
    ///
    /// # Errors
    /// When the socket breaks.
    pub async fn run(self, shutdown: CancellationToken) -> anyhow::Result<()> {
        let stop = self.app.stop.clone();
        let app = self.app.clone();
        let counting = tokio::spawn(async move { app.tally.keep(&app.store, &app.stop).await });
        let app = self.app.clone();
        let cleaning = tokio::spawn(async move { clean(&app).await });
        connections::serve(self.listener, router(self.app), PATIENCE, shutdown, stop).await;
        counting.await.context("the counting of page views broke")?;
        cleaning
            .await
            .context("the cleaning up of old sessions broke")
    }
}

/// Removes what has run out, now and every hour until the role stops.
async fn clean(app: &App) {
    loop {
        match app.store.purge_sessions(app.now()).await {
            Ok(0) => {}
            Ok(sessions) => tracing::debug!(sessions, "sessions that had ended were removed"),
            Err(error) => tracing::warn!(%error, "sessions that have ended were not removed"),
        }
        let pause = tokio::time::sleep(CLEAN_EVERY);
        if app.stop.run_until_cancelled(pause).await.is_none() {
            return;
        }
    }
}

const CLEAN_EVERY: Duration = Duration::from_secs(3600);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Site;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpStream;

    #[tokio::test]
    async fn it_answers_on_a_free_port_and_stops_when_told() {
        let site = Site::new().await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let web = Web {
            listener,
            addr,
            app: site.app.clone(),
        };
        assert_ne!(web.addr().port(), 0);
        let stop = CancellationToken::new();
        let running = tokio::spawn(web.run(stop.clone()));
        let mut peer = TcpStream::connect(addr).await.unwrap();
        peer.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            .await
            .unwrap();
        let mut start = [0; 15];
        peer.read_exact(&mut start).await.unwrap();
        assert_eq!(&start, b"HTTP/1.1 200 OK");
        stop.cancel();
        running.await.unwrap().unwrap();
    }
}

//! Listening and stopping.

use std::net::SocketAddr;

use anyhow::Context as _;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::config::Config;
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
pub async fn bind(config: Config, deps: Deps) -> anyhow::Result<Web> {
    let wanted = config.addr;
    let listener = TcpListener::bind(wanted)
        .await
        .with_context(|| format!("the web role cannot listen on {wanted}"))?;
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
        let service = router(self.app).into_make_service_with_connect_info::<SocketAddr>();
        axum::serve(self.listener, service)
            .with_graceful_shutdown(async move {
                shutdown.cancelled().await;
                stop.cancel();
            })
            .await
            .context("the web role stopped serving")?;
        counting.await.context("the counting of page views broke")
    }
}

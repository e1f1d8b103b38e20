//! `/healthz`, `/readyz` and `/metrics` on an address of their own, for processes without the site.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::health::Health;

/// The socket, open.
pub struct Probes {
    listener: TcpListener,
    addr: SocketAddr,
}

impl Probes {
    /// Takes a socket that listens.
    pub fn on(listener: std::net::TcpListener) -> Result<Self> {
        let unusable = "cannot use the socket of telemetry.listen";
        listener.set_nonblocking(true).context(unusable)?;
        let listener = TcpListener::from_std(listener).context(unusable)?;
        let addr = listener.local_addr().context(unusable)?;
        Ok(Self { listener, addr })
    }

    /// The address listened on.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Answers until `stop`. What is in hand then is dropped: nobody's work hangs on it.
    pub async fn run(self, health: Health, metrics: PrometheusHandle, stop: CancellationToken) {
        let places = Arc::new(Semaphore::new(CONNECTIONS));
        let mut open = JoinSet::new();
        loop {
            let accepted = tokio::select! {
                () = stop.cancelled() => return,
                accepted = async {
                    let place = places.clone().acquire_owned().await;
                    (place, self.listener.accept().await)
                } => accepted,
            };
            // those that have ended
            while open.try_join_next().is_some() {}
            let (Ok(place), Ok((stream, _))) = accepted else {
                // out of file descriptors, most likely
                sleep(PAUSE).await;
                continue;
            };
            let (health, metrics) = (health.clone(), metrics.clone());
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEAD)
                .keep_alive(false)
                .serve_connection(
                    TokioIo::new(stream),
                    service_fn(move |request| {
                        let (health, metrics) = (health.clone(), metrics.clone());
                        async move { Ok::<_, Infallible>(answer(&request, &health, &metrics).await) }
                    }),
                );
            open.spawn(async move {
                // errors are the asker's business: it will come again
                timeout(WHOLE, connection).await.ok();
                drop(place);
            });
        }
    }
}

async fn answer(
    request: &Request<Incoming>,
    health: &Health,
    metrics: &PrometheusHandle,
) -> Response<String> {
    let mut kind = "text/plain; charset=utf-8";
    let (status, text) = match (request.method(), request.uri().path()) {
        (&Method::GET | &Method::HEAD, "/healthz") => (StatusCode::OK, "ok\n".to_owned()),
        (&Method::GET | &Method::HEAD, "/readyz") => {
            let missing = health.asked().await;
            match missing.is_empty() {
                true => (StatusCode::OK, "ready\n".to_owned()),
                false => (StatusCode::SERVICE_UNAVAILABLE, missing.join("\n") + "\n"),
            }
        }
        (&Method::GET | &Method::HEAD, "/metrics") => {
            kind = "text/plain; version=0.0.4; charset=utf-8";
            (StatusCode::OK, metrics.render())
        }
        (&Method::GET | &Method::HEAD, _) => (
            StatusCode::NOT_FOUND,
            "here are /healthz, /readyz and /metrics\n".to_owned(),
        ),
        _ => (StatusCode::METHOD_NOT_ALLOWED, "only GET\n".to_owned()),
    };
    let mut response = Response::new(text);
    *response.status_mut() = status;
    let kind = HeaderValue::from_static(kind);
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}

/// Connections at a time; who finds no place waits in the kernel's queue.
const CONNECTIONS: usize = 64;
/// For a request to be there.
const HEAD: Duration = Duration::from_secs(5);
/// For all of a connection.
const WHOLE: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(50);

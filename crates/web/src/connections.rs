//! Connections: how many there may be, and how long each may keep us waiting.
//!
//! Without limits a visitor who opens connections and says nothing takes every file descriptor of the
//! process, and with them the tracker's, the store's and the journal's.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;
use tower_http::timeout::TimeoutBody;

use crate::leftover::{Ended, Watched};

/// What clients are allowed.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// Open connections at a time. Who finds no place waits in the kernel's queue, not in our memory.
    pub connections: usize,
    /// For a request's head to be there whole, counted from the end of the request before.
    pub head: Duration,
    /// Between two pieces of a request's body.
    pub body: Duration,
}

/// What holds for a site.
pub const PATIENCE: Patience = Patience {
    connections: 4096,
    head: Duration::from_secs(30),
    body: Duration::from_secs(30),
};

/// Serves until `shutdown`, then cancels `stopping` for the answers that would go on and on, and
/// finishes the requests in hand.
pub async fn serve(
    listener: TcpListener,
    site: Router,
    patience: Patience,
    shutdown: CancellationToken,
    stopping: CancellationToken,
) {
    let places = Arc::new(Semaphore::new(patience.connections));
    let open = GracefulShutdown::new();
    loop {
        let accepted = tokio::select! {
            () = shutdown.cancelled() => break,
            accepted = async {
                let place = places.clone().acquire_owned().await;
                (place, listener.accept().await)
            } => accepted,
        };
        let (Ok(place), Ok((stream, from))) = accepted else {
            // Out of file descriptors, most likely: give connections time to end.
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        // Answers are written whole, so waiting for more to send helps nobody.
        let _ = stream.set_nodelay(true);
        let site = site.clone();
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(patience.head)
            .serve_connection(
                TokioIo::new(stream),
                service_fn(move |request| {
                    let (request, ended) = dressed(request, from, patience);
                    let answering = site.clone().oneshot(request);
                    async move {
                        let mut response = answering.await?;
                        ended.mark(&mut response);
                        Ok::<_, Infallible>(response)
                    }
                }),
            );
        let connection = open.watch(connection);
        tokio::spawn(async move {
            // Errors are the client's business: it will come again.
            let _ = connection.await;
            drop(place);
        });
    }
    stopping.cancel();
    drop(listener);
    open.shutdown().await;
}

/// The request as handlers expect it, and whether its body was read.
fn dressed(
    request: Request<Incoming>,
    from: SocketAddr,
    patience: Patience,
) -> (Request<Body>, Ended) {
    let (parts, body) = request.into_parts();
    let (body, ended) = Watched::new(body);
    let body = Body::new(TimeoutBody::new(patience.body, body));
    let mut request = Request::from_parts(parts, body);
    request.extensions_mut().insert(ConnectInfo(from));
    (request, ended)
}

const PAUSE: Duration = Duration::from_millis(50);

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;
    use axum::routing::{get, post};
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpStream;

    use super::*;

    const QUICK: Patience = Patience {
        connections: 2,
        head: Duration::from_millis(200),
        body: Duration::from_millis(200),
    };

    /// A site that gives bodies back and tells addresses.
    async fn site() -> (SocketAddr, CancellationToken, tokio::task::JoinHandle<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let stop = CancellationToken::new();
        let site = Router::new()
            .route("/", post(|body: String| async { body }))
            .route("/unread", post(|| async { StatusCode::FORBIDDEN }))
            .route(
                "/read",
                post(|_: String| async { StatusCode::UNPROCESSABLE_ENTITY }),
            )
            .route(
                "/from",
                get(|ConnectInfo(from): ConnectInfo<SocketAddr>| async move { from.to_string() }),
            );
        let serving = serve(
            listener,
            site,
            QUICK,
            stop.clone(),
            CancellationToken::new(),
        );
        (addr, stop, tokio::spawn(serving))
    }

    /// Says `words` and listens until the other side is done.
    async fn talk(addr: SocketAddr, words: &str) -> String {
        let mut peer = TcpStream::connect(addr).await.unwrap();
        peer.write_all(words.as_bytes()).await.unwrap();
        let mut heard = Vec::new();
        let listening = peer.read_to_end(&mut heard);
        tokio::time::timeout(Duration::from_secs(10), listening)
            .await
            .expect("the connection ends")
            .unwrap();
        String::from_utf8(heard).unwrap()
    }

    #[tokio::test]
    async fn silence_and_slowness_end_a_connection() {
        let (addr, ..) = site().await;
        assert_eq!(talk(addr, "").await, "");
        talk(addr, "GET /from HTTP/1.1\r\nHost: x\r\nX: ").await;
        let heard = talk(addr, "GET /from HTTP/1.1\r\nHost: x\r\n\r\n").await;
        assert!(heard.contains("127.0.0.1:"), "{heard}");
        let heard = talk(
            addr,
            "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nx",
        )
        .await;
        assert!(heard.starts_with("HTTP/1.1 4"), "{heard}");
    }

    #[tokio::test]
    async fn a_refusal_before_the_end_of_a_body_ends_the_connection() {
        let (addr, ..) = site().await;
        let ask = |path: &str, length: u32, body: &str| {
            format!("POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n{body}")
        };
        for (asked, closes) in [
            (ask("/unread", 9, "x"), true),
            (ask("/unread", 0, ""), false),
            (ask("/read", 3, "abc"), false),
            (ask("/", 3, "abc"), false),
        ] {
            let heard = talk(addr, &asked).await;
            assert_eq!(
                heard.contains("connection: close"),
                closes,
                "{asked}{heard}"
            );
        }
    }

    #[tokio::test]
    async fn beyond_its_places_nobody_is_served_before_one_is_free() {
        let (addr, stop, serving) = site().await;
        let silent = [
            TcpStream::connect(addr).await.unwrap(),
            TcpStream::connect(addr).await.unwrap(),
        ];
        let heard = talk(
            addr,
            "GET /from HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        )
        .await;
        assert!(heard.starts_with("HTTP/1.1 200"), "{heard}");
        drop(silent);
        stop.cancel();
        serving.await.unwrap();
    }
}

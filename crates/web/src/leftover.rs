//! Knowing whether the body of a request was read to its end.
//!
//! Who is refused before that goes on sending what nobody reads. Such an answer says that the
//! connection ends with it, so that the next request is not written into the middle of the body.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};

use axum::http::{HeaderValue, Response, header};
use hyper::body::{Body, Frame, SizeHint};

/// A body that tells when it has ended.
pub struct Watched<B> {
    body: B,
    ended: Arc<AtomicBool>,
}

/// Told when a [`Watched`] body has ended.
pub struct Ended(Arc<AtomicBool>);

impl<B: Body> Watched<B> {
    /// The body, and who is told.
    pub fn new(body: B) -> (Self, Ended) {
        let ended = Arc::new(AtomicBool::new(body.is_end_stream()));
        let told = Ended(ended.clone());
        (Watched { body, ended }, told)
    }
}

impl Ended {
    /// Announces the end of the connection in a refusal that left some of the body unread.
    pub fn mark<B>(&self, response: &mut Response<B>) {
        let refused = response.status().is_client_error() || response.status().is_server_error();
        if refused && !self.0.load(Ordering::Relaxed) {
            let close = HeaderValue::from_static("close");
            response.headers_mut().insert(header::CONNECTION, close);
        }
    }
}

impl<B: Body + Unpin> Body for Watched<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        if frame.is_none() || self.body.is_end_stream() {
            self.ended.store(true, Ordering::Relaxed);
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

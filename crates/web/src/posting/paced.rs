//! A body handed to the multipart parser in small pieces, and no more of it than the parser can use.
//!
//! The parser keeps and searches again whatever it can make nothing of yet: a preamble, the headers of a
//! part. Left alone it would do so with a body of any length, and take time with its square.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use axum::body::{Body, BodyDataStream};
use axum::extract::Request;
use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};

/// Told whenever the parser gave something back.
#[derive(Clone, Debug, Default)]
pub(super) struct Progress {
    /// Bytes handed over since.
    unused: Arc<AtomicUsize>,
}

impl Progress {
    /// A part began, or some of its content came.
    pub fn made(&self) {
        self.unused.store(0, Ordering::Relaxed);
    }
}

/// The request with its body paced.
pub(super) fn paced(request: Request) -> (Request, Progress) {
    let progress = Progress::default();
    let request = request.map(|body| {
        Body::from_stream(Paced {
            body: body.into_data_stream(),
            rest: Bytes::new(),
            paused: true,
            progress: progress.clone(),
        })
    });
    (request, progress)
}

struct Paced {
    body: BodyDataStream,
    /// What came of the body and was not handed over yet.
    rest: Bytes,
    /// Whether the parser had a look at the last piece.
    paused: bool,
    progress: Progress,
}

impl Stream for Paced {
    type Item = Result<Bytes, axum::BoxError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        // The parser takes in all there is before it looks at any of it, unless it is made to wait.
        if !std::mem::replace(&mut self.paused, true) {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        while self.rest.is_empty() {
            match std::task::ready!(self.body.poll_next_unpin(cx)) {
                Some(Ok(chunk)) => self.rest = chunk,
                Some(Err(error)) => return Poll::Ready(Some(Err(error.into()))),
                None => return Poll::Ready(None),
            }
        }
        let length = self.rest.len().min(PIECE_BYTES);
        let unused = &self.progress.unused;
        if unused.fetch_add(length, Ordering::Relaxed) + length > UNUSED_BYTES {
            return Poll::Ready(Some(Err("the headers of a part are too long".into())));
        }
        self.paused = false;
        Poll::Ready(Some(Ok(self.rest.split_to(length))))
    }
}

const PIECE_BYTES: usize = 8 << 10;
const UNUSED_BYTES: usize = 32 << 10;

//! Announces and scrapes over HTTP and HTTPS: threads with a listener and an epoll instance each.
//!
//! - `listener` opens the sockets and starts a thread for each.
//! - `worker` is such a thread: it waits for the system and does what connections want next.
//! - `connection` is one client: bytes in, requests, answers, bytes out.
//! - `answer` decides what a request is answered with.

mod answer;
mod connection;
mod deadlines;
mod forwarded;
mod listener;
mod seats;
mod table;
mod tls;
mod upgraded;
mod worker;

pub(crate) use listener::{Parts, adopt, listen, serve};
pub(crate) use tls::Certificates;
pub(crate) use upgraded::Upgraded;

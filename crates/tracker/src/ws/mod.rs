//! Announces over WebSocket (WebTorrent): browsers cannot be dialled, so the tracker also carries the
//! offers and answers by which they connect to each other.
//!
//! - [`Handshake`]: whether a request may become a WebSocket, made by the HTTP listener.
//! - [`Server::serve`]: the door; takes over any stream on which such a request came.
//! - `session`: what a message does; `relay`: who is in which swarm; `connection`: bytes and time.

mod connection;
mod frames;
mod guests;
mod handshake;
mod link;
mod relay;
mod server;
mod session;

pub(crate) use handshake::{Handshake, Upgrade};
pub(crate) use server::Server;

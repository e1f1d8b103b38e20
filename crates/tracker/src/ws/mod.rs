//! Announces over WebSocket (WebTorrent): browsers cannot be dialled, so the tracker also carries the
//! offers and answers by which they connect to each other.
//!
//! - [`Server::take_over`]: the door; takes over the connections on which the HTTP listener was asked for it.
//! - `handshake`: whether a request may become a WebSocket.
//! - `session`: what a message does; `relay`: who is in which swarm; `connection`: bytes and time.

mod connection;
mod frames;
mod guests;
mod handshake;
mod link;
mod relay;
mod server;
mod session;

pub(crate) use server::Server;

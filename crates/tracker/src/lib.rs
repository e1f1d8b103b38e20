//! The tracker role: HTTP, UDP and WebSocket listeners over one swarm, and the accounts behind them.
//!
//! - [`bind`] opens the sockets, puts back what the last run knew and loads who may announce what;
//!   [`Tracker::run`] serves until it is told to stop.
//! - An announce is decided and answered from memory. What it reports of an account is first written
//!   to a journal on disk, so that killing the process loses nothing, and credited in batches.
//! - What the tracker knows is published to a shared cache, behind the announces.
//!
//! Never here: SQL, waiting for the store on the announce path, a line of log per announce, a
//! passkey in a log.

mod access_feed;
mod accounting;
mod announce;
mod completions;
mod config;
mod full_scrape;
mod http;
mod inspect;
mod journal;
mod metering;
mod network;
mod pace;
mod publish;
mod rates;
mod snapshot;
#[cfg(test)]
mod tests;
mod throttle;
mod tracker;
mod udp;
mod upkeep;
mod ws;

pub use config::{Config, Deps, TlsFiles};
pub use inspect::{JournalContents, inspect_journal};
pub use network::{Network, NetworkError};
pub use tracker::{Sockets, Tracker, bind, bind_on};

//! Announces and scrapes over HTTP.

mod answer;
mod connection;
mod forwarded;
mod listener;
mod request;

pub(crate) use listener::{listen, serve};

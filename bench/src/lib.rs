//! A site filled by the handful or the million, and how fast it is then.
//!
//! - [`seed`]: fills an empty store with a site that looks lived in, the same for the same seed.
//! - [`pages`]: how long its pages take, asked for by several connections at once.
//! - [`accounting`]: what it costs to credit what clients report.

pub mod accounting;
mod client;
mod dice;
mod forums;
mod latency;
pub mod pages;
mod seed;
mod words;

pub use client::Client;
pub use dice::Dice;
pub use latency::Latency;
pub use seed::{Seed, SeedSize, seed};

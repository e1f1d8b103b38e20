//! What several processes share and may forget: in memory, or in Redis.
//!
//! - [`Cache`]: small values under text keys, each with a time to live.
//! - [`Write`], [`Cursor`]: what is written at once, and how keys are gone through.
//!
//! Never here: what the values mean, and anything that must not be lost. This crate knows no other
//! adapter.

mod cache;
mod error;
mod memory;
mod remote;
#[cfg(feature = "testing")]
pub mod testing;

pub use cache::{Cache, Cursor, Write};
pub use error::CacheError;

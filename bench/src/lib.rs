//! A site filled by the handful or the million, and how fast it is then.
//!
//! - [`seed`]: fills an empty store with a site that looks lived in, the same for the same seed.

mod dice;
mod seed;
mod words;

pub use dice::Dice;
pub use seed::{Seed, SeedSize, seed};

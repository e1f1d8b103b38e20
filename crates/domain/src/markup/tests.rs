//! What BBCode becomes: examples, and what holds for every text.

mod examples;
mod linear;
mod properties;
mod sound;

//! The crate from outside: hostile queries, every refusal of a `.torrent` file, and files that
//! other programs made.

mod fixtures;
mod query;
mod refusals;
mod torrents;

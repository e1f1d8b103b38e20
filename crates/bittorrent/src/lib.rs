//! BitTorrent's own nouns and formats: hashes, magnets, metainfo, wire messages. No I/O.
//!
//! - [`InfoHash`], [`InfoHashV2`], [`InfoHashes`], [`PeerId`]: the identifiers.
//! - [`Metainfo`]: a `.torrent` file (BEP 3, 47, 52) that broke no rule, hashed over its raw bytes;
//!   [`Rewrite`] makes the file that is handed out, [`Builder`] makes new ones.
//! - [`Magnet`]: a magnet link (BEP 9, 53), both ways.
//! - [`text`]: which characters do not show, and which rearrange the others.
//! - [`wire`]: what trackers and clients say to each other.
//!
//! Everything that comes from outside is parsed under limits into types that need no further
//! checking; what is refused is refused with a sentence that names the field and the rule.

mod builder;
mod client;
mod event;
mod hash;
mod magnet;
mod merkle;
mod metainfo;
mod peer_id;
pub mod text;
pub mod wire;

pub use builder::{BuildError, Builder};
pub use client::Client;
pub use event::Event;
pub use hash::{HashError, InfoHash, InfoHashV2, InfoHashes, Version};
pub use magnet::{Magnet, MagnetError};
pub use metainfo::{
    File, Metainfo, MetainfoError, MetainfoLimits, MetainfoRule, NameRule, Rewrite,
};
pub use peer_id::PeerId;

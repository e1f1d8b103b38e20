//! Where people come in: the index, all torrents, and old addresses.

pub mod home;
pub mod legacy;
pub mod torrents;

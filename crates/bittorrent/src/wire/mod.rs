//! What trackers and clients say to each other.

pub mod http;
pub mod udp;
pub mod ws;

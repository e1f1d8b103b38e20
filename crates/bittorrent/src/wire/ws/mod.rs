//! The WebSocket tracker protocol of browsers (WebTorrent): JSON messages, by which peers that
//! cannot dial each other exchange offers and answers of WebRTC connections through the tracker.
//!
//! There is no BEP for it; the form is that of the `bittorrent-tracker` package. Twenty bytes (a hash,
//! a peer id, the id of an offer) are a string of twenty characters from U+0000 to U+00FF.

mod answer;
mod request;
mod text;

pub use answer::{
    AnnounceAnswer, ScrapeEntry, write_announce, write_answer, write_failure, write_offer,
    write_scrape,
};
pub use request::{
    Action, Announce, Answer, MESSAGE_MAX, Offer, OfferId, Problem, Request, RequestError,
    SESSION_MAX,
};

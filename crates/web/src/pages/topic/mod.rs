//! A topic: its posts, its torrent, the torrent's live counters.

pub mod counts;
pub mod live;
pub mod moderate;
pub mod post;
pub mod prose;
pub mod show;
pub mod tree;

/// How many posts a page has.
pub const POSTS: u32 = 20;

//! The HTTP tracker protocol (BEP 3, 7, 21, 23, 24, 31, 48).

mod answer;
mod endpoint;
mod query;

pub use answer::{AnnounceAnswer, PeerList, RetryIn, ScrapeEntry, write_failure, write_scrape};
pub use endpoint::{Endpoint, EndpointError, EndpointKind};
pub use query::{AnnounceQuery, QueryError, ScrapeQuery};

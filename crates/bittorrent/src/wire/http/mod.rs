//! The HTTP tracker protocol (BEP 3, 7, 21, 23, 24, 31, 48).

mod answer;
mod endpoint;
mod proxy;
mod query;
mod request;

pub use answer::{
    AnnounceAnswer, PeerList, RetryIn, ScrapeEntry, write_failure, write_scrape, write_scrape_end,
    write_scrape_entry, write_scrape_start,
};
pub use endpoint::{Endpoint, EndpointError, EndpointKind};
pub use proxy::{ProxyError, ProxyHeader};
pub use query::{AnnounceQuery, QueryError, ScrapeQuery};
pub use request::{Request, RequestError};

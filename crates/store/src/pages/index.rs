//! `/`: categories, forums, the newest releases, who is here.

use domain::{CategoryId, UnixTime, Viewer};

use super::shared::{ForumSummary, MemberLink, TopicRow};
use crate::{Result, Store};

/// What `/` shows.
#[derive(Debug, Clone)]
pub struct IndexPage {
    /// The categories in which the viewer sees a forum, in order.
    pub categories: Vec<IndexCategory>,
    /// The newest topics with a torrent, the newest first, at most 10.
    pub latest: Vec<TopicRow>,
    /// Members seen in the last 15 minutes, the latest first, at most 100.
    pub online: Vec<MemberLink>,
    /// Numbers of the whole site.
    pub totals: SiteTotals,
}

/// A category on the index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexCategory {
    /// The category.
    pub id: CategoryId,
    /// Its title.
    pub title: String,
    /// The forums directly below it that the viewer sees, in order.
    pub forums: Vec<ForumSummary>,
}

/// Numbers of the whole site, hidden forums included.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SiteTotals {
    /// Accounts.
    pub users: u64,
    /// Topics.
    pub topics: u64,
    /// Posts.
    pub posts: u64,
    /// Registered torrents.
    pub torrents: u64,
    /// Bytes of all registered torrents.
    pub total_size: u64,
    /// The newest account.
    pub newest: Option<MemberLink>,
}

impl Store {
    /// The index. 4 statements.
    pub async fn index_page(&self, viewer: &Viewer, now: UnixTime) -> Result<IndexPage> {
        let _ = (viewer, now);
        Err(super::write::later())
    }

    /// Numbers of the whole site, for dashboards and metrics.
    pub async fn totals(&self) -> Result<SiteTotals> {
        Err(super::write::later())
    }
}

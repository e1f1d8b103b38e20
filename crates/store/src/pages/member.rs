//! `/members/{id}`: a member.

use domain::{UnixTime, UserId, Viewer};

use super::shared::TopicRow;
use crate::site::GroupNode;
use crate::{Ban, Result, Store};

/// What `/members/{id}` shows.
#[derive(Debug, Clone)]
pub struct MemberPage {
    /// The account.
    pub id: UserId,
    /// Its name.
    pub name: String,
    /// Whether it administers the site.
    pub admin: bool,
    /// Set when banned.
    pub ban: Option<Ban>,
    /// When it was made.
    pub joined_at: UnixTime,
    /// When it was last seen on the site.
    pub last_seen_at: Option<UnixTime>,
    /// Posts written.
    pub posts: u64,
    /// Bytes uploaded.
    pub uploaded: u64,
    /// Bytes downloaded.
    pub downloaded: u64,
    /// The groups it belongs to.
    pub groups: Vec<GroupNode>,
    /// Topics begun in forums the viewer may read.
    pub topics: u64,
    /// The newest of them, the newest first, at most 20.
    pub latest: Vec<TopicRow>,
}

impl Store {
    /// A member. 3 statements.
    ///
    /// # Errors
    /// `NotFound(User)`.
    pub async fn member_page(&self, viewer: &Viewer, user: UserId) -> Result<MemberPage> {
        let _ = (viewer, user);
        Err(super::write::later())
    }
}

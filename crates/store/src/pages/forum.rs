//! `/forums/{id}`: a forum's topics.

use domain::{ForumId, Page, Viewer};

use super::shared::{ForumHead, ForumSummary, TopicRow};
use crate::{Result, Store};

/// What `/forums/{id}` shows.
#[derive(Debug, Clone)]
pub struct ForumPage {
    /// The forum.
    pub forum: ForumHead,
    /// The forums directly below it that the viewer sees.
    pub subforums: Vec<ForumSummary>,
    /// The topics of this page: pinned ones first, then by their newest post. Empty when the viewer
    /// sees the forum but may not read it.
    pub topics: Vec<TopicRow>,
    /// How many topics the forum has.
    pub total: u64,
    /// The page that is shown: the last one when a later one was asked for.
    pub page: Page,
}

/// The order of a forum's topics; pinned ones always stand first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TopicSort {
    /// By the newest post.
    #[default]
    LastPost,
    /// By seeders; topics without a torrent last.
    Seeders,
    /// By bytes; topics without a torrent last.
    Size,
    /// By when they were begun.
    Added,
}

impl Store {
    /// A forum's topics. 2 statements.
    ///
    /// # Errors
    /// `NotFound(Forum)` also when the viewer may not see it.
    pub async fn forum_page(
        &self,
        viewer: &Viewer,
        forum: ForumId,
        sort: TopicSort,
        page: Page,
    ) -> Result<ForumPage> {
        let _ = (viewer, forum, sort, page);
        Err(super::write::later())
    }

    /// A forum's head, from memory alone.
    ///
    /// # Errors
    /// `NotFound(Forum)` also when the viewer may not see it.
    pub fn forum_head(&self, viewer: &Viewer, forum: ForumId) -> Result<ForumHead> {
        let _ = (viewer, forum);
        Err(super::write::later())
    }
}

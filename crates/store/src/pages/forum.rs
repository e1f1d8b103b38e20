//! `/forums/{id}`: a forum's topics.

use domain::{ForumId, Page, Right, Viewer};
use sqlx::AssertSqlSafe;

use super::rows::{ListRow, Slice, topic_rows};
use super::shared::{ForumHead, ForumSummary, TopicRow};
use crate::db::rows;
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
        let site = self.site();
        let node = site.visible(viewer, forum)?;
        let stats = self.forum_stats(Some(&site.family(forum))).await?;
        let total = stats.of(forum).topics;
        let page = page.clamped(total);
        let subforums = site
            .children(forum)
            .filter(|child| site.may(viewer, child.id, Right::See))
            .map(|child| stats.summary(&site, viewer, child))
            .collect();
        let topics = if site.may(viewer, forum, Right::Read) {
            self.topics_of(forum, sort, page, total).await?
        } else {
            Vec::new()
        };
        Ok(ForumPage {
            forum: ForumHead::new(&site, node),
            subforums,
            topics,
            total,
            page,
        })
    }

    /// A forum's head, from memory alone.
    ///
    /// # Errors
    /// `NotFound(Forum)` also when the viewer may not see it.
    pub fn forum_head(&self, viewer: &Viewer, forum: ForumId) -> Result<ForumHead> {
        let site = self.site();
        site.visible(viewer, forum)
            .map(|node| ForumHead::new(&site, node))
    }
}

impl Store {
    async fn topics_of(
        &self,
        forum: ForumId,
        sort: TopicSort,
        page: Page,
        total: u64,
    ) -> Result<Vec<TopicRow>> {
        let slice = Slice::new(page, total);
        let direction = if slice.from_end { "asc" } else { "desc" };
        // Only the orders by torrent have to look beside the index.
        let torrents = match sort {
            TopicSort::LastPost | TopicSort::Added => "",
            TopicSort::Seeders | TopicSort::Size => {
                "left join torrents r on r.topic_id = t.id and r.forum_id = $1"
            }
        };
        let inner = format!(
            "select t.id as topic from topics t {torrents} where t.forum_id = $1
             order by {} limit $2 offset $3",
            sort.order(direction)
        );
        let rows: Vec<ListRow> = rows!(
            self.db(),
            AssertSqlSafe(topic_rows!(inner, sort.order("desc"))),
            forum.0,
            slice.limit,
            slice.offset,
        )?;
        rows.into_iter().map(TopicRow::try_from).collect()
    }
}

impl TopicSort {
    fn order(self, direction: &str) -> String {
        let column = match self {
            Self::LastPost => return format!("t.pinned {direction}, t.last_post_id {direction}"),
            Self::Added => return format!("t.pinned {direction}, t.id {direction}"),
            Self::Seeders => "r.seeders",
            Self::Size => "r.total_size",
        };
        format!("t.pinned {direction}, coalesce({column}, -1) {direction}, t.id {direction}")
    }
}

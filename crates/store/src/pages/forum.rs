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
    /// A forum's topics. 2 statements; 3 in an order by torrent.
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
        let order = match sort {
            TopicSort::LastPost => ["t.pinned", "t.last_post_id"],
            TopicSort::Added => ["t.pinned", "t.id"],
            TopicSort::Seeders | TopicSort::Size => {
                return super::by_torrent::topics(self, forum, sort, page, total).await;
            }
        };
        let slice = Slice::new(page, total);
        let direction = if slice.from_end { "asc" } else { "desc" };
        let [first, second] = order;
        let sql = |cut: &str| {
            let inner = format!(
                "select t.id as topic from topics t where t.forum_id = $1
                 order by {first} {direction}, {second} {direction} {cut}"
            );
            topic_rows!(inner, format!("{first} desc, {second} desc"))
        };
        let rows: Vec<ListRow> = if page.offset() == 0 {
            // PostgreSQL keeps a plan only when it sees how few rows the page has; making one anew
            // costs as much as running it
            let sql = sql(&format!("limit {}", page.limit()));
            rows!(self.db(), AssertSqlSafe(sql), forum.0)?
        } else {
            let sql = sql("limit $2 offset $3");
            rows!(
                self.db(),
                AssertSqlSafe(sql),
                forum.0,
                slice.limit,
                slice.offset
            )?
        };
        rows.into_iter().map(TopicRow::try_from).collect()
    }
}

//! `/`: categories, forums, the newest releases, who is here.

use domain::{CategoryId, Right, UnixTime, UserId, Viewer};
use sqlx::AssertSqlSafe;

use super::readable::ReadableForums;
use super::rows::{ListRow, topic_rows};
use super::shared::{ForumSummary, MemberLink, TopicRow};
use super::stats::Stats;
use crate::db::rows;
use crate::row::unsigned;
use crate::site::Site;
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
    /// Numbers of the site, without the forums that the viewer does not see.
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

/// Numbers of the site.
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
        let site = self.site();
        let stats = self.forum_stats(None).await?;
        let users: Vec<(i64, i64, Option<String>)> = rows!(
            self.db(),
            "select t.value, coalesce(u.id, 0), u.name from totals t
             left join users u on u.id = (select max(id) from users where foreign_id is null)
             where t.name = 'users'",
        )?;
        let online: Vec<(i64, String)> = rows!(
            self.db(),
            "select id, name from users where last_seen_at > $1
             order by last_seen_at desc limit 100",
            now.plus(-ONLINE_SECONDS).0,
        )?;
        let latest = self.newest_torrents(&site, viewer).await?;
        let categories = site
            .categories
            .iter()
            .map(|category| IndexCategory {
                id: category.id,
                title: category.title.clone(),
                forums: site
                    .forums
                    .iter()
                    .filter(|f| f.category == category.id && f.parent.is_none())
                    .filter(|f| site.may(viewer, f.id, Right::See))
                    .map(|forum| stats.summary(&site, viewer, forum))
                    .collect(),
            })
            .filter(|category| !category.forums.is_empty())
            .collect();
        Ok(IndexPage {
            categories,
            latest,
            online: online
                .into_iter()
                .map(|(id, name)| MemberLink {
                    id: UserId(id),
                    name,
                })
                .collect(),
            totals: SiteTotals::new(
                stats.of_those(|forum| site.may(viewer, forum, Right::See)),
                users,
            ),
        })
    }

    /// Numbers of the whole site, hidden forums included: for dashboards and metrics.
    pub async fn totals(&self) -> Result<SiteTotals> {
        let stats = self.forum_stats(None).await?;
        let users: Vec<(i64, i64, Option<String>)> = rows!(
            self.db(),
            "select t.value, coalesce(u.id, 0), u.name from totals t
             left join users u on u.id = (select max(id) from users where foreign_id is null)
             where t.name = 'users'",
        )?;
        Ok(SiteTotals::new(stats.of_those(|_| true), users))
    }
}

/// How long a member counts as here.
const ONLINE_SECONDS: i64 = 15 * 60;

impl Store {
    async fn newest_torrents(&self, site: &Site, viewer: &Viewer) -> Result<Vec<TopicRow>> {
        let forums = ReadableForums::new(site, viewer, None);
        let rows: Vec<ListRow> = rows!(
            self.db(),
            AssertSqlSafe(topic_rows!(
                format!(
                    "select topic_id as topic from torrents
                     where topic_id is not null and {} order by topic_id desc limit 10",
                    forums.condition(self.engine(), "forum_id", 1)
                ),
                "t.id desc"
            )),
            &forums.list,
        )?;
        rows.into_iter().map(TopicRow::try_from).collect()
    }
}

impl SiteTotals {
    fn new<'s>(
        forums: impl Iterator<Item = &'s Stats>,
        users: Vec<(i64, i64, Option<String>)>,
    ) -> Self {
        let mut totals = Self::default();
        for forum in forums {
            totals.topics += forum.topics;
            totals.posts += forum.posts;
            totals.torrents += forum.torrents;
            totals.total_size = totals.total_size.saturating_add(forum.torrents_size);
        }
        if let Some((number, newest, name)) = users.into_iter().next() {
            totals.users = unsigned(number);
            totals.newest = MemberLink::from_columns(Some(newest), name);
        }
        totals
    }
}

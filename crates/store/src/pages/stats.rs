//! Forums in lists: their numbers and newest posts.

use std::collections::HashMap;

use domain::{ForumId, PostId, Right, TopicId, UnixTime, Viewer};
use sqlx::AssertSqlSafe;

use super::shared::{ForumHead, ForumLink, ForumSummary, LastPost, MemberLink};
use crate::db::rows;
use crate::row::{id_list, unsigned};
use crate::site::{ForumNode, Site};
use crate::{Result, Store, dialect};

/// The stored numbers of forums, without those below them.
#[derive(Default)]
pub(super) struct ForumStats(HashMap<ForumId, Stats>);

#[derive(Default, Clone)]
pub(super) struct Stats {
    pub(super) topics: u64,
    pub(super) posts: u64,
    pub(super) torrents: u64,
    pub(super) torrents_size: u64,
    last: Option<LastPost>,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    topics: i64,
    posts: i64,
    torrents: i64,
    torrents_size: i64,
    topic: Option<i64>,
    title: Option<String>,
    last_post_id: Option<i64>,
    last_post_at: Option<i64>,
    user_id: Option<i64>,
    user_name: Option<String>,
}

impl Store {
    /// The numbers of all forums, or of some. 1 statement.
    pub(super) async fn forum_stats(&self, some: Option<&[ForumId]>) -> Result<ForumStats> {
        let some_list = some.map(|ids| id_list(ids.iter().map(|id| id.0)));
        let condition = match some {
            Some(_) => dialect::one_of(self.engine(), "f.id", 1),
            None => "$1 = ''".to_owned(),
        };
        let rows: Vec<Row> = rows!(
            self.db(),
            AssertSqlSafe(format!(
                "select f.id, f.topics, f.posts, f.torrents, f.torrents_size, t.id as topic,
                    t.title, t.last_post_id, t.last_post_at, u.id as user_id, u.name as user_name
                 from forums f
                 left join topics t on t.id = f.last_topic_id
                 left join users u on u.id = t.last_poster_id
                 where {condition}"
            )),
            some_list.clone().unwrap_or_default(),
        )?;
        Ok(ForumStats(rows.into_iter().map(Row::stats).collect()))
    }
}

impl Row {
    fn stats(self) -> (ForumId, Stats) {
        let last = match (self.topic, self.title, self.last_post_id, self.last_post_at) {
            (Some(topic), Some(title), Some(post), Some(at)) => {
                MemberLink::from_columns(self.user_id, self.user_name).map(|by| LastPost {
                    topic: TopicId(topic),
                    title,
                    post: PostId(post),
                    at: UnixTime(at),
                    by,
                })
            }
            _ => None,
        };
        let stats = Stats {
            topics: unsigned(self.topics),
            posts: unsigned(self.posts),
            torrents: unsigned(self.torrents),
            torrents_size: unsigned(self.torrents_size),
            last,
        };
        (ForumId(self.id), stats)
    }
}

impl ForumStats {
    pub(super) fn of(&self, forum: ForumId) -> Stats {
        self.0.get(&forum).cloned().unwrap_or_default()
    }

    /// The numbers of the forums that are wanted.
    pub(super) fn of_those(
        &self,
        wanted: impl Fn(ForumId) -> bool,
    ) -> impl Iterator<Item = &Stats> {
        self.0
            .iter()
            .filter(move |(forum, _)| wanted(**forum))
            .map(|(_, stats)| stats)
    }

    /// A forum in a list, with the numbers of those below it that the viewer sees.
    pub(super) fn summary(&self, site: &Site, viewer: &Viewer, forum: &ForumNode) -> ForumSummary {
        let mut summary = ForumSummary {
            id: forum.id,
            title: forum.title.clone(),
            description: forum.description.clone(),
            subforums: site
                .children(forum.id)
                .filter(|child| site.may(viewer, child.id, Right::See))
                .map(ForumLink::from)
                .collect(),
            topics: 0,
            posts: 0,
            last: None,
        };
        for id in site.family(forum.id) {
            if !site.may(viewer, id, Right::See) {
                continue;
            }
            let Some(stats) = self.0.get(&id) else {
                continue;
            };
            summary.topics += stats.topics;
            summary.posts += stats.posts;
            let newer = |last: &&LastPost| {
                summary
                    .last
                    .as_ref()
                    .is_none_or(|newest| newest.post < last.post)
            };
            if let Some(last) = stats.last.as_ref().filter(newer)
                && site.may(viewer, id, Right::Read)
            {
                summary.last = Some(last.clone());
            }
        }
        summary
    }
}

impl From<&ForumNode> for ForumLink {
    fn from(forum: &ForumNode) -> Self {
        Self {
            id: forum.id,
            title: forum.title.clone(),
        }
    }
}

impl ForumHead {
    pub(super) fn new(site: &Site, forum: &ForumNode) -> Self {
        Self {
            id: forum.id,
            title: forum.title.clone(),
            description: forum.description.clone(),
            category: forum.category,
            category_title: site
                .category(forum.category)
                .map_or_else(String::new, |c| c.title.clone()),
            parents: site
                .ancestors(forum.id)
                .into_iter()
                .map(ForumLink::from)
                .collect(),
            rights: forum.rights,
            policy: forum.policy,
        }
    }
}

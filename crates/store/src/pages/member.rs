//! `/members/{id}`: a member.

use domain::{UnixTime, UserId, Viewer};
use sqlx::AssertSqlSafe;

use super::readable::ReadableForums;
use super::rows::{ListRow, topic_rows};
use super::shared::TopicRow;
use crate::db::{rows, value};
use crate::row::unsigned;
use crate::site::GroupNode;
use crate::{Ban, Result, Store, StoreError, What};

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
        let site = self.site();
        let account = self.account(user).await?;
        if account.foreign {
            return Err(StoreError::NotFound(What::User));
        }
        let forums = ReadableForums::new(&site, viewer, None);
        let condition = forums.condition(self.engine(), "t.forum_id", 2);
        let topics: i64 = value!(
            self.db(),
            AssertSqlSafe(format!(
                "select count(*) from topics t where t.author_id = $1 and {condition}"
            )),
            user.0,
            &forums.list,
        )?;
        let rows: Vec<ListRow> = rows!(
            self.db(),
            AssertSqlSafe(topic_rows!(
                format!(
                    "select t.id as topic from topics t where t.author_id = $1 and {condition}
                     order by t.id desc limit 20"
                ),
                "t.id desc"
            )),
            user.0,
            &forums.list,
        )?;
        Ok(MemberPage {
            id: user,
            name: account.name,
            admin: account.admin,
            ban: account.ban,
            joined_at: account.created_at,
            last_seen_at: account.last_seen_at,
            posts: account.posts,
            uploaded: account.uploaded,
            downloaded: account.downloaded,
            groups: site
                .groups
                .iter()
                .filter(|group| account.groups.contains(&group.id))
                .cloned()
                .collect(),
            topics: unsigned(topics),
            latest: rows
                .into_iter()
                .map(TopicRow::try_from)
                .collect::<Result<_>>()?,
        })
    }
}

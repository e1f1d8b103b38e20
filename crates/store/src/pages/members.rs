//! `/members`: who is here.

use domain::{Page, UnixTime, UserId};

use crate::db::{rows, value};
use crate::row::unsigned;
use crate::{Result, Store};

/// What `/members` shows.
#[derive(Debug, Clone)]
pub struct MembersPage {
    /// The members of this page, by id.
    pub members: Vec<MemberRow>,
    /// How many there are.
    pub total: u64,
    /// The page that is shown.
    pub page: Page,
}

/// A member in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberRow {
    /// The account.
    pub id: UserId,
    /// Its name.
    pub name: String,
    /// Whether it administers the site.
    pub admin: bool,
    /// Whether it is banned.
    pub banned: bool,
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
}

impl Store {
    /// Members in the order they came. 2 statements.
    pub async fn members_page(&self, page: Page) -> Result<MembersPage> {
        let total: i64 = value!(self.db(), "select value from totals where name = 'users'")?;
        let page = page.clamped(unsigned(total));
        let rows: Vec<Row> = rows!(
            self.db(),
            "select id, name, admin, banned_at, created_at, last_seen_at, posts, uploaded,
                downloaded
             from users where id in (select id from users where foreign_id is null order by id limit $1 offset $2)
             order by id",
            page.limit(),
            page.offset(),
        )?;
        let members = rows.into_iter().map(MemberRow::from).collect();
        Ok(MembersPage {
            members,
            total: unsigned(total),
            page,
        })
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    name: String,
    admin: bool,
    banned_at: Option<i64>,
    created_at: i64,
    last_seen_at: Option<i64>,
    posts: i64,
    uploaded: i64,
    downloaded: i64,
}

impl From<Row> for MemberRow {
    fn from(row: Row) -> Self {
        Self {
            id: UserId(row.id),
            name: row.name,
            admin: row.admin,
            banned: row.banned_at.is_some(),
            joined_at: UnixTime(row.created_at),
            last_seen_at: row.last_seen_at.map(UnixTime),
            posts: unsigned(row.posts),
            uploaded: unsigned(row.uploaded),
            downloaded: unsigned(row.downloaded),
        }
    }
}

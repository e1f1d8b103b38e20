//! `/members`: who is here.

use domain::{Page, UnixTime, UserId};

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
        let _ = page;
        Err(super::write::later())
    }
}

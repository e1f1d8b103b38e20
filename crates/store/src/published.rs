//! What the tracker tells others about members and torrents, besides what it knows itself.

use domain::{TorrentId, UserId};
use sqlx::AssertSqlSafe;

use crate::db::rows;
use crate::row::{id_list, unsigned};
use crate::{Result, Store, dialect};

/// What a member has been credited so far, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemberTotals {
    /// The member.
    pub user: UserId,
    /// Uploaded.
    pub uploaded: u64,
    /// Downloaded.
    pub downloaded: u64,
}

impl Store {
    /// The sums of these members, by id; those that are gone are left out.
    pub async fn member_totals(&self, users: &[UserId]) -> Result<Vec<MemberTotals>> {
        let sql = format!(
            "select id, uploaded, downloaded from users where {} order by id",
            dialect::one_of(self.engine(), "id", 1)
        );
        let ids = id_list(users.iter().map(|user| user.0));
        let rows: Vec<(i64, i64, i64)> = rows!(self.db(), AssertSqlSafe(sql.clone()), &ids)?;
        let totals = |(id, uploaded, downloaded)| MemberTotals {
            user: UserId(id),
            uploaded: unsigned(uploaded),
            downloaded: unsigned(downloaded),
        };
        Ok(rows.into_iter().map(totals).collect())
    }

    /// Who has posted these torrents, by the torrent's id; those that are gone, or were posted by
    /// nobody who is known, are left out.
    pub async fn torrent_authors(
        &self,
        torrents: &[TorrentId],
    ) -> Result<Vec<(TorrentId, UserId)>> {
        let sql = format!(
            "select id, author_id from torrents where author_id is not null and {} order by id",
            dialect::one_of(self.engine(), "id", 1)
        );
        let ids = id_list(torrents.iter().map(|torrent| torrent.0));
        let rows: Vec<(i64, i64)> = rows!(self.db(), AssertSqlSafe(sql.clone()), &ids)?;
        let author = |(torrent, author)| (TorrentId(torrent), UserId(author));
        Ok(rows.into_iter().map(author).collect())
    }
}

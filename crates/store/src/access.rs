//! Who and what may announce, as the tracker keeps it in memory.

use std::collections::{BTreeSet, HashMap};

use bittorrent::InfoHashes;
use domain::{Audience, ForumId, GroupId, Passkey, TorrentId, TorrentState, UnixTime, UserId};

use sqlx::AssertSqlSafe;

use crate::changes::Subject;
use crate::db::rows;
use crate::row::{corrupt, group_ids, hashes, id_list, parsed, unsigned};
use crate::site::read_settings;
use crate::{Result, Store, StoreError, dialect};

/// The whole table, and the change up to which it is true.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessSnapshot {
    /// Continue with [`Store::access_after`] from here.
    pub seq: i64,
    /// What concerns all of it.
    pub site: AccessSite,
    /// All accounts.
    pub users: Vec<AccessUser>,
    /// All registered torrents.
    pub torrents: Vec<AccessTorrent>,
    /// All that were deleted, the last ones last; some may be registered anew.
    pub deleted: Vec<AccessDeletion>,
}

/// An account as the tracker needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessUser {
    /// The account.
    pub user: UserId,
    /// The key of its announce URL.
    pub passkey: Passkey,
    /// Why it may not announce, when banned; may be empty.
    pub banned: Option<String>,
    /// Whether it administers the site.
    pub admin: bool,
    /// The groups it is in, ascending.
    pub groups: Vec<GroupId>,
    /// Whether it may download, and not only seed.
    pub may_download: bool,
}

/// The site as the tracker needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessSite {
    /// After how many seconds clients are to announce again.
    pub announce_interval: u32,
    /// Until when no download counts.
    pub freeleech_until: Option<UnixTime>,
    /// Uploads faster than this, in bytes a second, are not believed; 0 believes any.
    pub upload_speed_limit: u64,
    /// All forums there are.
    pub forums: Vec<AccessForum>,
}

/// A forum as the tracker needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessForum {
    /// The forum.
    pub forum: ForumId,
    /// Whoever may read it is in all of these: those who see it, those who see each forum above it,
    /// and those who read it.
    pub know: Vec<Audience>,
    /// Who may download from it, of those who may read it.
    pub download: Audience,
}

/// A registration as the tracker needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessTorrent {
    /// The torrent.
    pub torrent: TorrentId,
    /// The forum it stands in, if it stands in one.
    pub forum: Option<ForumId>,
    /// Its hashes.
    pub hashes: InfoHashes,
    /// Whether a passkey is needed.
    pub private: bool,
    /// Its state, which says whether it is frozen.
    pub state: TorrentState,
    /// Why it has it; may be empty.
    pub reason: String,
    /// How much of an upload counts, in percent.
    pub upload_percent: u16,
    /// How much of a download counts, in percent.
    pub download_percent: u16,
    /// How many have completed it, to begin counting from.
    pub completed: u64,
}

/// A torrent that was deleted, as the tracker needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessDeletion {
    /// The number it had.
    pub torrent: TorrentId,
    /// The forum it stood in, if it stood in one.
    pub forum: Option<ForumId>,
    /// Its hashes.
    pub hashes: InfoHashes,
    /// Why it was deleted; may be empty.
    pub reason: String,
}

/// What to do to the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccessChange {
    /// What happened is not known in detail: this is everything there is now.
    All(AccessSnapshot),
    /// The site has changed, in this or in what the tracker does not need.
    Site(AccessSite),
    /// Add it or put it in the place of the old one; an old passkey goes.
    User(AccessUser),
    /// The account is gone.
    UserGone(UserId),
    /// Add it or put it in the place of the old one.
    Torrent(AccessTorrent),
    /// The torrent is gone.
    TorrentGone(TorrentId),
    /// The torrent is gone, and whoever announces it is told so.
    TorrentDeleted(AccessDeletion),
}

macro_rules! user_sql {
    ($end:literal) => {
        concat!(
            "select u.id, u.passkey, u.banned_at, u.ban_reason, u.admin, u.may_download,
                (select string_agg(cast(m.group_id as text), ',') from group_members m
                 where m.user_id = u.id) as group_ids
             from users u ",
            $end
        )
    };
}

macro_rules! torrent_sql {
    ($end:literal) => {
        concat!(
            "select id, forum_id, info_hash, info_hash_v2, private, state, state_reason,
                upload_percent, download_percent, completed
             from torrents ",
            $end
        )
    };
}

macro_rules! deletion_sql {
    ($end:literal) => {
        concat!(
            "select torrent_id, forum_id, info_hash, info_hash_v2, reason from deleted_torrents ",
            $end
        )
    };
}

impl Store {
    /// Everything the tracker needs to begin.
    pub async fn access_snapshot(&self) -> Result<AccessSnapshot> {
        // Read first: what changes while the rest is read is told again afterwards.
        let seq = self.last_change().await?;
        let site = self.access_site().await?;
        let users: Vec<UserRow> = rows!(self.db(), user_sql!("order by u.id"))?;
        let torrents: Vec<TorrentRow> = rows!(self.db(), torrent_sql!("order by id"))?;
        let deleted: Vec<DeletionRow> =
            rows!(self.db(), deletion_sql!("order by deleted_at, torrent_id"))?;
        Ok(AccessSnapshot {
            seq,
            site,
            users: users
                .into_iter()
                .map(AccessUser::try_from)
                .collect::<Result<_>>()?,
            torrents: torrents
                .into_iter()
                .map(AccessTorrent::try_from)
                .collect::<Result<_>>()?,
            deleted: deleted.into_iter().map(deletion).collect::<Result<_>>()?,
        })
    }

    /// What happened after `seq`, as the present state of what changed, and the `seq` to continue
    /// from. Call again while the `seq` grows. What is said of the site comes first, so that a torrent
    /// never meets the rights its forum had before.
    pub async fn access_after(&self, seq: i64) -> Result<(i64, Vec<AccessChange>)> {
        if self.forgot_after(seq).await? {
            let all = self.access_snapshot().await?;
            return Ok((all.seq, vec![AccessChange::All(all)]));
        }
        let changes = self.changes_after(seq).await?;
        let Some(last) = changes.last() else {
            return Ok((seq, Vec::new()));
        };
        let (mut users, mut torrents) = (BTreeSet::new(), BTreeSet::new());
        let mut site = false;
        for change in &changes {
            match change.subject {
                Subject::User(id) => drop(users.insert(id)),
                Subject::Torrent(id) => drop(torrents.insert(id)),
                Subject::Site => site = true,
            }
        }
        let mut news = Vec::with_capacity(users.len() + torrents.len() + 1);
        if site {
            news.push(AccessChange::Site(self.access_site().await?));
        }
        if !users.is_empty() {
            let sql = format!(
                user_sql!("where {}"),
                dialect::one_of(self.engine(), "u.id", 1)
            );
            let found: Vec<UserRow> = rows!(
                self.db(),
                AssertSqlSafe(sql.clone()),
                id_list(users.iter().map(|u| u.0))
            )?;
            for row in found {
                users.remove(&UserId(row.0));
                news.push(AccessChange::User(row.try_into()?));
            }
            news.extend(users.into_iter().map(AccessChange::UserGone));
        }
        if !torrents.is_empty() {
            let sql = format!(
                torrent_sql!("where {}"),
                dialect::one_of(self.engine(), "id", 1)
            );
            let ids = id_list(torrents.iter().map(|t| t.0));
            let found: Vec<TorrentRow> = rows!(self.db(), AssertSqlSafe(sql.clone()), &ids)?;
            for row in found {
                torrents.remove(&TorrentId(row.id));
                news.push(AccessChange::Torrent(row.try_into()?));
            }
            let sql = format!(
                deletion_sql!("where {}"),
                dialect::one_of(self.engine(), "torrent_id", 1)
            );
            let gone = match torrents.is_empty() {
                true => Vec::new(),
                false => {
                    let ids = id_list(torrents.iter().map(|t| t.0));
                    rows!(self.db(), AssertSqlSafe(sql.clone()), &ids)?
                }
            };
            for row in gone {
                let deletion = deletion(row)?;
                torrents.remove(&deletion.torrent);
                news.push(AccessChange::TorrentDeleted(deletion));
            }
            news.extend(torrents.into_iter().map(AccessChange::TorrentGone));
        }
        Ok((last.seq, news))
    }

    async fn access_site(&self) -> Result<AccessSite> {
        let settings: Vec<(String, String)> = rows!(self.db(), "select key, value from settings")?;
        let settings = read_settings(settings);
        Ok(AccessSite {
            announce_interval: settings.announce_interval,
            freeleech_until: settings.freeleech_until,
            upload_speed_limit: settings.upload_speed_limit,
            forums: self.access_forums().await?,
        })
    }

    async fn access_forums(&self) -> Result<Vec<AccessForum>> {
        let rows: Vec<ForumRow> = rows!(
            self.db(),
            "select id, parent_id, right_see, right_read, right_download from forums"
        )?;
        let forums: HashMap<i64, &ForumRow> = rows.iter().map(|row| (row.0, row)).collect();
        rows.iter()
            .map(|&(id, mut parent, see, read, download)| {
                let mut know = vec![see, read];
                // The store keeps the tree free of circles; a damaged one must not hold us up.
                for _ in 0..forums.len() {
                    let Some(&&(_, above, see, ..)) = parent.and_then(|id| forums.get(&id)) else {
                        break;
                    };
                    know.push(see);
                    parent = above;
                }
                Ok(AccessForum {
                    forum: ForumId(id),
                    know: know.into_iter().map(audience).collect::<Result<_>>()?,
                    download: audience(download)?,
                })
            })
            .collect()
    }
}

fn audience(code: i64) -> Result<Audience> {
    Audience::try_from(code).map_err(|why| corrupt("forums.right", why))
}

/// id, parent_id, right_see, right_read, right_download
type ForumRow = (i64, Option<i64>, i64, i64, i64);

/// torrent_id, forum_id, info_hash, info_hash_v2, reason
type DeletionRow = (i64, Option<i64>, Option<Vec<u8>>, Option<Vec<u8>>, String);

fn deletion((torrent, forum, v1, v2, reason): DeletionRow) -> Result<AccessDeletion> {
    Ok(AccessDeletion {
        torrent: TorrentId(torrent),
        forum: forum.map(ForumId),
        hashes: hashes(v1.as_deref(), v2.as_deref())?,
        reason,
    })
}

/// id, passkey, banned_at, ban_reason, admin, may_download, group_ids
type UserRow = (i64, String, Option<i64>, String, bool, bool, Option<String>);

impl TryFrom<UserRow> for AccessUser {
    type Error = StoreError;

    fn try_from(
        (id, passkey, banned_at, reason, admin, may_download, groups): UserRow,
    ) -> Result<Self> {
        Ok(Self {
            user: UserId(id),
            passkey: parsed("users.passkey", &passkey)?,
            banned: banned_at.map(|_| reason),
            admin,
            groups: group_ids(groups.as_deref())?,
            may_download,
        })
    }
}

#[derive(sqlx::FromRow)]
struct TorrentRow {
    id: i64,
    forum_id: Option<i64>,
    info_hash: Option<Vec<u8>>,
    info_hash_v2: Option<Vec<u8>>,
    private: bool,
    state: i64,
    state_reason: String,
    upload_percent: i64,
    download_percent: i64,
    completed: i64,
}

impl TryFrom<TorrentRow> for AccessTorrent {
    type Error = StoreError;

    fn try_from(row: TorrentRow) -> Result<Self> {
        Ok(Self {
            torrent: TorrentId(row.id),
            forum: row.forum_id.map(ForumId),
            hashes: hashes(row.info_hash.as_deref(), row.info_hash_v2.as_deref())?,
            private: row.private,
            state: row
                .state
                .try_into()
                .map_err(|why| corrupt("torrents.state", why))?,
            reason: row.state_reason,
            upload_percent: u16::try_from(row.upload_percent).unwrap_or(u16::MAX),
            download_percent: u16::try_from(row.download_percent).unwrap_or(u16::MAX),
            completed: unsigned(row.completed),
        })
    }
}

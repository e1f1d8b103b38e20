//! Users as the tracker and its API see them: members of this site, and the users of foreign front
//! ends, who have an account only here.

use bittorrent::InfoHashes;
use domain::{Passkey, TopicId, TorrentId, UnixTime, UserId};

use crate::accounts::{found, taken};
use crate::changes::Subject;
use crate::db::{exec, row, rows, value};
use crate::row::{hashes, parsed, signed, storable, unsigned};
use crate::shares::{self, share_columns};
use crate::{Ban, Result, ShareTotals, Store, StoreError, What};

/// A user of the tracker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrackerUser {
    /// The account.
    pub user: UserId,
    /// The number its front end knows it by; `None` for a member of this site.
    pub foreign: Option<u64>,
    /// Its name, on this site.
    pub name: String,
    /// The key of its announce addresses.
    pub passkey: Passkey,
    /// Set when banned.
    pub ban: Option<Ban>,
    /// Whether it may download, and not only seed.
    pub may_download: bool,
    /// Bytes credited as uploaded.
    pub uploaded: u64,
    /// Bytes credited as downloaded.
    pub downloaded: u64,
    /// When the account was made.
    pub created_at: UnixTime,
    /// When it last announced anything.
    pub last_announce: Option<UnixTime>,
}

/// What is changed of a foreign front end's user; what is `None` stays.
#[derive(Debug, Clone, Default)]
pub struct ForeignChange {
    /// A new key; the old one is refused from the next announce on.
    pub passkey: Option<Passkey>,
    /// Banned for this reason, or not banned any more.
    pub ban: Option<Option<String>>,
    /// Whether it may download, and not only seed.
    pub may_download: Option<bool>,
}

/// One torrent of a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserShare {
    /// The torrent.
    pub torrent: TorrentId,
    /// Its hashes.
    pub hashes: InfoHashes,
    /// Its name, empty when only its hash is known.
    pub name: String,
    /// The topic it stands in, if it does.
    pub topic: Option<TopicId>,
    /// What was transferred.
    pub share: ShareTotals,
}

/// One user of a torrent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TorrentShare {
    /// The account.
    pub user: UserId,
    /// The number its front end knows it by; `None` for a member of this site.
    pub foreign: Option<u64>,
    /// Its name, on this site.
    pub name: String,
    /// What was transferred.
    pub share: ShareTotals,
}

/// Everything of a user; a condition follows.
macro_rules! user_sql {
    ($end:literal) => {
        concat!(
            "select u.id, u.foreign_id, u.name, u.passkey, u.banned_at, u.ban_reason,
                u.may_download, u.uploaded, u.downloaded, u.created_at,
                (select max(d.announced_at) from downloads d where d.user_id = u.id)
                    as last_announce
             from users u ",
            $end
        )
    };
}

/// A user's shares with their torrents; a condition follows.
macro_rules! shares_of_user_sql {
    ($end:literal) => {
        concat!(
            "select r.id, r.info_hash, r.info_hash_v2, r.name, r.topic_id, ",
            share_columns!(),
            " from downloads d join torrents r on r.id = d.torrent_id where d.user_id = $1 and ",
            $end
        )
    };
}

impl Store {
    /// Makes an account for a foreign front end's user. It is no member of this site: it has no
    /// password, and no list of members shows it. When there is one already it is left as it is; the
    /// second value is whether it is new.
    ///
    /// # Errors
    /// `Duplicate::Passkey`.
    pub async fn add_foreign_user(
        &self,
        foreign: u64,
        passkey: &Passkey,
        now: UnixTime,
    ) -> Result<(TrackerUser, bool)> {
        let mut tx = self.db().begin().await?;
        // No name of a member begins with this sign.
        let name = format!("#{foreign}");
        let made = exec!(
            tx,
            "insert into users (name, name_key, password_hash, passkey, foreign_id, created_at)
             values ($1, $1, '', $2, $3, $4) on conflict (foreign_id) do nothing",
            name,
            passkey.as_str(),
            signed(foreign),
            now.0,
        )
        .map_err(taken)?;
        if made == 0 {
            drop(tx);
        } else {
            let user: i64 = value!(
                tx,
                "select id from users where foreign_id = $1",
                signed(foreign)
            )?;
            self.commit(tx, &[Subject::User(UserId(user))]).await?;
        }
        Ok((self.foreign_user(foreign).await?, made > 0))
    }

    /// A foreign front end's user, by the number it is known by there.
    pub async fn foreign_user(&self, foreign: u64) -> Result<TrackerUser> {
        let row: Option<UserRow> = row!(
            self.db(),
            user_sql!("where u.foreign_id = $1"),
            signed(foreign)
        )?;
        row.ok_or(StoreError::NotFound(What::User))?.try_into()
    }

    /// A user of either kind, by account.
    pub async fn tracker_user(&self, user: UserId) -> Result<TrackerUser> {
        let row: Option<UserRow> = row!(self.db(), user_sql!("where u.id = $1"), user.0)?;
        row.ok_or(StoreError::NotFound(What::User))?.try_into()
    }

    /// Users of foreign front ends with a number above `after`, ascending, at most `limit`.
    pub async fn foreign_users_after(&self, after: u64, limit: u32) -> Result<Vec<TrackerUser>> {
        let rows: Vec<UserRow> = rows!(
            self.db(),
            user_sql!("where u.foreign_id > $1 order by u.foreign_id limit $2"),
            signed(after),
            i64::from(limit),
        )?;
        rows.into_iter().map(TrackerUser::try_from).collect()
    }

    /// Changes a foreign front end's user, all at once; the tracker follows at the next announce.
    ///
    /// # Errors
    /// `NotFound(User)`, for members of this site too; `Duplicate::Passkey`.
    pub async fn change_foreign_user(
        &self,
        foreign: u64,
        change: &ForeignChange,
        now: UnixTime,
    ) -> Result<()> {
        let mut tx = self.db().begin().await?;
        let user: Option<(i64,)> = row!(
            tx,
            "select id from users where foreign_id = $1",
            signed(foreign)
        )?;
        let (user,) = user.ok_or(StoreError::NotFound(What::User))?;
        if let Some(passkey) = &change.passkey {
            exec!(
                tx,
                "update users set passkey = $2 where id = $1",
                user,
                passkey.as_str()
            )
            .map_err(taken)?;
        }
        if let Some(ban) = &change.ban {
            exec!(
                tx,
                "update users set banned_at = $2, ban_reason = $3 where id = $1",
                user,
                ban.as_ref().map(|_| now.0),
                storable(ban.as_deref().unwrap_or_default()),
            )?;
        }
        if let Some(may) = change.may_download {
            exec!(
                tx,
                "update users set may_download = $2 where id = $1",
                user,
                may
            )?;
        }
        self.commit(tx, &[Subject::User(UserId(user))]).await
    }

    /// Removes a foreign front end's user with what it transferred; the torrents it registered stay.
    ///
    /// # Errors
    /// `NotFound(User)`, for members of this site too.
    pub async fn remove_foreign_user(&self, foreign: u64) -> Result<()> {
        let mut tx = self.db().begin().await?;
        let user: Option<(i64,)> = row!(
            tx,
            "select id from users where foreign_id = $1",
            signed(foreign)
        )?;
        let (user,) = user.ok_or(StoreError::NotFound(What::User))?;
        exec!(
            tx,
            "update torrents set author_id = null where author_id = $1",
            user
        )?;
        exec!(tx, "delete from downloads where user_id = $1", user)?;
        found(exec!(tx, "delete from users where id = $1", user)?)?;
        self.commit(tx, &[Subject::User(UserId(user))]).await
    }

    /// What a user transferred, by torrent, with numbers above `after`, ascending, at most `limit`.
    pub async fn shares_of_user(
        &self,
        user: UserId,
        after: TorrentId,
        limit: u32,
    ) -> Result<Vec<UserShare>> {
        let rows: Vec<UserShareRow> = rows!(
            self.db(),
            shares_of_user_sql!("d.torrent_id > $2 order by d.torrent_id limit $3"),
            user.0,
            after.0,
            i64::from(limit),
        )?;
        rows.into_iter().map(UserShare::try_from).collect()
    }

    /// The same for the torrents announced after `since`, the latest first.
    pub async fn active_shares_of_user(
        &self,
        user: UserId,
        since: UnixTime,
        limit: u32,
    ) -> Result<Vec<UserShare>> {
        let rows: Vec<UserShareRow> = rows!(
            self.db(),
            shares_of_user_sql!(
                "d.announced_at > $2
             order by d.announced_at desc, d.torrent_id limit $3"
            ),
            user.0,
            since.0,
            i64::from(limit),
        )?;
        rows.into_iter().map(UserShare::try_from).collect()
    }

    /// What was transferred of a torrent, by account, with numbers above `after`, ascending, at most
    /// `limit`.
    pub async fn shares_of_torrent(
        &self,
        torrent: TorrentId,
        after: UserId,
        limit: u32,
    ) -> Result<Vec<TorrentShare>> {
        let rows: Vec<TorrentShareRow> = rows!(
            self.db(),
            concat!(
                "select u.id, u.foreign_id, u.name, ",
                share_columns!(),
                " from downloads d join users u on u.id = d.user_id
             where d.torrent_id = $1 and d.user_id > $2 order by d.user_id limit $3"
            ),
            torrent.0,
            after.0,
            i64::from(limit),
        )?;
        rows.into_iter().map(TorrentShare::try_from).collect()
    }
}

impl TrackerUser {
    /// The number it is known by: where it comes from, or here.
    pub fn number(&self) -> u64 {
        self.foreign.unwrap_or_else(|| unsigned(self.user.0))
    }
}

#[derive(sqlx::FromRow)]
struct UserRow {
    id: i64,
    foreign_id: Option<i64>,
    name: String,
    passkey: String,
    banned_at: Option<i64>,
    ban_reason: String,
    may_download: bool,
    uploaded: i64,
    downloaded: i64,
    created_at: i64,
    last_announce: Option<i64>,
}

impl TryFrom<UserRow> for TrackerUser {
    type Error = StoreError;

    fn try_from(row: UserRow) -> Result<Self> {
        Ok(Self {
            user: UserId(row.id),
            foreign: row.foreign_id.map(unsigned),
            name: row.name,
            passkey: parsed("users.passkey", &row.passkey)?,
            ban: Ban::from_columns(row.banned_at, row.ban_reason),
            may_download: row.may_download,
            uploaded: unsigned(row.uploaded),
            downloaded: unsigned(row.downloaded),
            created_at: UnixTime(row.created_at),
            last_announce: row.last_announce.map(UnixTime),
        })
    }
}

#[derive(sqlx::FromRow)]
struct UserShareRow {
    id: i64,
    info_hash: Option<Vec<u8>>,
    info_hash_v2: Option<Vec<u8>>,
    name: String,
    topic_id: Option<i64>,
    #[sqlx(flatten)]
    share: shares::Row,
}

impl TryFrom<UserShareRow> for UserShare {
    type Error = StoreError;

    fn try_from(row: UserShareRow) -> Result<Self> {
        Ok(Self {
            torrent: TorrentId(row.id),
            hashes: hashes(row.info_hash.as_deref(), row.info_hash_v2.as_deref())?,
            name: row.name,
            topic: row.topic_id.map(TopicId),
            share: row.share.try_into()?,
        })
    }
}

#[derive(sqlx::FromRow)]
struct TorrentShareRow {
    id: i64,
    foreign_id: Option<i64>,
    name: String,
    #[sqlx(flatten)]
    share: shares::Row,
}

impl TryFrom<TorrentShareRow> for TorrentShare {
    type Error = StoreError;

    fn try_from(row: TorrentShareRow) -> Result<Self> {
        Ok(Self {
            user: UserId(row.id),
            foreign: row.foreign_id.map(unsigned),
            name: row.name,
            share: row.share.try_into()?,
        })
    }
}

//! Torrents as the tracker's API sees them: with a topic or, from foreign front ends, without one.

use bittorrent::{InfoHash, InfoHashV2, InfoHashes};
use domain::{ForumId, TopicId, TorrentId, TorrentState, UnixTime, UserId};

use crate::changes::Subject;
use crate::db::{Tx, bulk_rows, exec, row, rows, value};
use crate::editing::keep_totals;
use crate::posting::HashColumns;
use crate::row::{corrupt, hashes, storable, unsigned};
use crate::{Duplicate, Result, Store, StoreError, What, dialect};

/// A torrent to register without a topic; only its hashes are known.
#[derive(Debug, Clone)]
pub struct NewRegistration {
    /// Its hashes.
    pub hashes: InfoHashes,
    /// Whether clients need a passkey.
    pub private: bool,
    /// Whose it is.
    pub by: UserId,
    /// When.
    pub now: UnixTime,
}

/// A registered torrent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registration {
    /// The torrent.
    pub torrent: TorrentId,
    /// Its hashes.
    pub hashes: InfoHashes,
    /// Its name, empty when only its hash is known.
    pub name: String,
    /// Bytes of its files, 0 when only its hash is known.
    pub total_size: u64,
    /// The topic it stands in, if it does.
    pub topic: Option<TopicId>,
    /// The forum of that topic.
    pub forum: Option<ForumId>,
    /// Whose it is, unless they are gone.
    pub by: Option<RegisteredBy>,
    /// Whether clients need a passkey.
    pub private: bool,
    /// What moderators say about it.
    pub state: TorrentState,
    /// Why; may be empty.
    pub state_reason: String,
    /// Peers that have all of it, as last counted.
    pub seeders: u64,
    /// Peers that do not, as last counted.
    pub leechers: u64,
    /// How many have completed it.
    pub completed: u64,
    /// When it was registered.
    pub registered_at: UnixTime,
}

/// Whose a registration is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisteredBy {
    /// The account.
    pub user: UserId,
    /// The number its front end knows it by; `None` for a member of this site.
    pub foreign: Option<u64>,
    /// Its name, on this site.
    pub name: String,
}

/// Who deletes something, and why.
#[derive(Debug, Clone)]
pub struct Deletion {
    /// Who.
    pub by: UserId,
    /// What those are told who still announce it; may be empty.
    pub reason: String,
    /// When.
    pub now: UnixTime,
}

/// Everything of a registration; a condition follows.
macro_rules! registration_sql {
    ($end:literal) => {
        concat!(
            "select r.id, r.info_hash, r.info_hash_v2, r.name, r.total_size, r.topic_id, r.forum_id,
                r.author_id, u.foreign_id, u.name as author_name, r.private, r.state,
                r.state_reason, r.seeders, r.leechers, r.completed, r.inserted_at
             from torrents r left join users u on u.id = r.author_id ",
            $end
        )
    };
}

impl Store {
    /// Registers a torrent without a topic. When the same user has registered it already nothing
    /// changes; the second value is whether it is new.
    ///
    /// # Errors
    /// `Duplicate::Torrent` when it has a topic, is somebody else's, or has other hashes beside.
    pub async fn register_torrent(
        &self,
        new: &NewRegistration,
    ) -> Result<(Registration, bool), StoreError> {
        let HashColumns { v1, short, v2 } = HashColumns::new(&new.hashes);
        let mut made = false;
        if self.find_duplicate(&new.hashes).await?.is_none() {
            let mut tx = self.db().begin().await?;
            let inserted: sqlx::Result<i64> = value!(
                tx,
                "insert into torrents (author_id, info_hash, info_hash_v2, info_hash_v2_short, name,
                    total_size, piece_length, num_pieces, file_count, private, collected_at,
                    inserted_at, state)
                 values ($1, $2, $3, $4, '', 0, 0, 0, 0, $5, $6, $6, $7) returning id",
                new.by.0,
                v1.as_deref(),
                v2.as_deref(),
                short.as_deref(),
                new.private,
                new.now.0,
                TorrentState::NotApproved.id(),
            );
            match inserted {
                Ok(torrent) => {
                    self.commit(tx, &[Subject::Torrent(TorrentId(torrent))])
                        .await?;
                    made = true;
                }
                Err(error) if dialect::is_missing_parent(&error) => {
                    return Err(StoreError::NotFound(What::User));
                }
                // Somebody registered it at the same moment: then that is what there is.
                Err(error) if dialect::unique_violation(&error).is_some() => {}
                Err(error) => return Err(error.into()),
            }
        }
        let existing = self.find_duplicate(&new.hashes).await?;
        let existing = existing.ok_or(StoreError::NotFound(What::Torrent))?;
        let found = self.registration(existing.info_hash).await?;
        let same = found.topic.is_none()
            && found.hashes == new.hashes
            && found.by.as_ref().is_some_and(|by| by.user == new.by);
        if same {
            Ok((found, made))
        } else {
            Err(Duplicate::Torrent(existing).into())
        }
    }

    /// A torrent by its v1 hash or its truncated v2 hash.
    pub async fn registration(&self, hash: InfoHash) -> Result<Registration> {
        let row: Option<Row> = row!(
            self.db(),
            registration_sql!("where r.info_hash = $1 or r.info_hash_v2_short = $1"),
            hash.as_bytes().to_vec()
        )?;
        row.ok_or(StoreError::NotFound(What::Torrent))?.try_into()
    }

    /// A torrent by its whole v2 hash.
    pub async fn registration_v2(&self, hash: InfoHashV2) -> Result<Registration> {
        let row: Option<Row> = row!(
            self.db(),
            registration_sql!("where r.info_hash_v2 = $1"),
            hash.as_bytes().to_vec()
        )?;
        row.ok_or(StoreError::NotFound(What::Torrent))?.try_into()
    }

    /// The torrents that have any of these hashes as v1 or truncated v2 hash, in no order. 1 statement.
    pub async fn registrations_with(&self, hashes: &[InfoHash]) -> Result<Vec<Registration>> {
        let rows: Vec<Row> = bulk_rows!(
            self.db(),
            concat!(registration_sql!(""), "cross join ("),
            hashes,
            1,
            |row, hash| {
                row.push_bind(hash.as_bytes().to_vec());
            },
            ") as v where r.info_hash = v.column1 or r.info_hash_v2_short = v.column1",
        );
        rows.into_iter().map(Registration::try_from).collect()
    }

    /// Torrents with a number above `after`, ascending, at most `limit`.
    pub async fn registrations_after(
        &self,
        after: TorrentId,
        limit: u32,
    ) -> Result<Vec<Registration>> {
        let rows: Vec<Row> = rows!(
            self.db(),
            registration_sql!("where r.id > $1 order by r.id limit $2"),
            after.0,
            i64::from(limit),
        )?;
        rows.into_iter().map(Registration::try_from).collect()
    }

    /// Deletes a registration without a topic; what was transferred stays with the users. The tracker
    /// tells whoever goes on announcing it.
    ///
    /// # Errors
    /// `NotFound(Torrent)`, also for one with a topic: see [`Store::delete_topic`].
    pub async fn delete_registration(&self, torrent: TorrentId, why: &Deletion) -> Result<()> {
        let mut tx = self.db().begin().await?;
        bury(&mut tx, torrent.0, why).await?;
        let deleted = exec!(
            tx,
            "delete from torrents where id = $1 and topic_id is null",
            torrent.0
        )?;
        if deleted == 0 {
            return Err(StoreError::NotFound(What::Torrent));
        }
        keep_totals(&mut tx, torrent.0).await?;
        self.commit(tx, &[Subject::Torrent(torrent)]).await
    }
}

/// Writes down what those are told who announce a torrent that is about to be deleted.
pub(crate) async fn bury(tx: &mut Tx<'_>, torrent: i64, why: &Deletion) -> Result<()> {
    exec!(
        tx,
        "insert into deleted_torrents (torrent_id, forum_id, info_hash, info_hash_v2, reason,
            deleted_by, deleted_at)
         select id, forum_id, info_hash, info_hash_v2, $2, $3, $4 from torrents where id = $1",
        torrent,
        storable(why.reason.trim()),
        why.by.0,
        why.now.0,
    )?;
    Ok(())
}

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    info_hash: Option<Vec<u8>>,
    info_hash_v2: Option<Vec<u8>>,
    name: String,
    total_size: i64,
    topic_id: Option<i64>,
    forum_id: Option<i64>,
    author_id: Option<i64>,
    foreign_id: Option<i64>,
    author_name: Option<String>,
    private: bool,
    state: i64,
    state_reason: String,
    seeders: i64,
    leechers: i64,
    completed: i64,
    inserted_at: i64,
}

impl TryFrom<Row> for Registration {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            torrent: TorrentId(row.id),
            hashes: hashes(row.info_hash.as_deref(), row.info_hash_v2.as_deref())?,
            name: row.name,
            total_size: unsigned(row.total_size),
            topic: row.topic_id.map(TopicId),
            forum: row.forum_id.map(ForumId),
            by: row.author_id.map(|user| RegisteredBy {
                user: UserId(user),
                foreign: row.foreign_id.map(unsigned),
                name: row.author_name.unwrap_or_default(),
            }),
            private: row.private,
            state: row
                .state
                .try_into()
                .map_err(|why| corrupt("torrents.state", why))?,
            state_reason: row.state_reason,
            seeders: unsigned(row.seeders),
            leechers: unsigned(row.leechers),
            completed: unsigned(row.completed),
            registered_at: UnixTime(row.inserted_at),
        })
    }
}

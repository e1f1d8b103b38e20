//! Posting: a topic with its torrent, a reply. Each is one transaction.

use bittorrent::InfoHashes;
use domain::{
    ForumId, PostId, PostText, TopicId, TopicTitle, TorrentId, TorrentState, UnixTime, UserId,
};

use sqlx::AssertSqlSafe;

use crate::changes::Subject;
use crate::db::{Tx, bulk, exec, row, value};
use crate::dialect::capped_sum;
use crate::row::{bytes, signed, storable};
use crate::{Conflict, Duplicate, DuplicateTorrent, Result, Store, StoreError, What, dialect};

/// A topic that is posted.
#[derive(Debug, Clone)]
pub struct NewTopic {
    /// Where.
    pub forum: ForumId,
    /// By whom.
    pub author: UserId,
    /// Its title.
    pub title: TopicTitle,
    /// Its first post, in BBCode.
    pub text: PostText,
    /// When.
    pub now: UnixTime,
    /// Its torrent, if it has one.
    pub torrent: Option<NewTorrent>,
}

/// A torrent that is registered with a topic.
#[derive(Debug, Clone)]
pub struct NewTorrent {
    /// Its hashes.
    pub hashes: InfoHashes,
    /// `info.name`.
    pub name: String,
    /// Bytes of all files, padding not counted.
    pub total_size: u64,
    /// `info.piece length`.
    pub piece_length: u64,
    /// How many pieces.
    pub piece_count: u64,
    /// Whether `info.private` is set.
    pub private: bool,
    /// `comment` of the upload.
    pub comment: Option<String>,
    /// `creation date` of the upload.
    pub creation_date: Option<UnixTime>,
    /// Its files, padding left out.
    pub files: Vec<NewTorrentFile>,
    /// The name of the uploaded file.
    pub filename: String,
    /// Key of the stored `.torrent` that is served.
    pub blob: String,
    /// Key of the file exactly as uploaded, for its author.
    pub original_blob: String,
    /// The state it begins in.
    pub state: TorrentState,
}

/// A file of a torrent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTorrentFile {
    /// Its path, parts joined with `/`.
    pub path: String,
    /// Bytes.
    pub length: u64,
    /// The v2 root of its pieces (BEP 52).
    pub pieces_root: Option<[u8; 32]>,
}

/// A reply to a topic.
#[derive(Debug, Clone)]
pub struct NewReply {
    /// To which topic.
    pub topic: TopicId,
    /// By whom.
    pub author: UserId,
    /// Its text, in BBCode.
    pub text: PostText,
    /// When.
    pub now: UnixTime,
    /// Whether a locked topic takes it nevertheless.
    pub ignore_lock: bool,
}

/// What was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Posted {
    /// The topic.
    pub topic: TopicId,
    /// The post.
    pub post: PostId,
    /// The torrent, when one was registered.
    pub torrent: Option<TorrentId>,
}

/// Any row that has any of the hashes in any place: $1 v1, $2 truncated v2, $3 full v2.
macro_rules! duplicate_sql {
    () => {
        "select r.topic_id, r.forum_id, coalesce(t.title, r.name) as title,
            coalesce(r.info_hash, r.info_hash_v2_short) as info_hash
         from torrents r left join topics t on t.id = r.topic_id
         where r.info_hash = $1 or r.info_hash = $2
            or r.info_hash_v2_short = $1 or r.info_hash_v2_short = $2 or r.info_hash_v2 = $3
         limit 1"
    };
}

impl Store {
    /// Writes topic, post, text, attachment, registration, files, counters and change in one
    /// transaction. Rights and the forum's policy are the caller's business.
    ///
    /// # Errors
    /// `Duplicate::Torrent` naming the existing topic, also when two upload it at the same moment;
    /// `NotFound` for the forum or the author.
    pub async fn post_torrent_topic(&self, topic: &NewTopic) -> Result<Posted> {
        // When another upload of the same torrent wins, it is found on the next round.
        for _ in 0..3 {
            match self.try_post(topic).await {
                Err(Attempt::Lost) => {
                    if let Some(torrent) = &topic.torrent
                        && let Some(existing) = self.find_duplicate(&torrent.hashes).await?
                    {
                        return Err(Duplicate::Torrent(existing).into());
                    }
                }
                Err(Attempt::Failed(error)) => return Err(error),
                Ok(posted) => return Ok(posted),
            }
        }
        Err(StoreError::Unavailable(
            "this torrent is being registered and removed".to_owned(),
        ))
    }

    /// Writes a reply and the counters.
    ///
    /// # Errors
    /// `NotFound(Topic)`, `Conflict::TopicLocked`.
    pub async fn reply(&self, reply: &NewReply) -> Result<Posted> {
        let mut tx = self.db().begin().await?;
        let lock = dialect::for_update(tx.engine());
        let topic: Option<(i64, bool)> = row!(
            tx,
            AssertSqlSafe(format!(
                "select forum_id, locked from topics where id = $1{lock}"
            )),
            reply.topic.0,
        )?;
        let (forum, locked) = topic.ok_or(StoreError::NotFound(What::Topic))?;
        if locked && !reply.ignore_lock {
            return Err(Conflict::TopicLocked.into());
        }
        lock_forum(&mut tx, forum).await?;
        let post =
            insert_post(&mut tx, reply.topic.0, reply.author, &reply.text, reply.now).await?;
        exec!(
            tx,
            "update topics set replies = replies + 1, last_post_id = $2, last_post_at = $3,
                last_poster_id = $4
             where id = $1",
            reply.topic.0,
            post,
            reply.now.0,
            reply.author.0,
        )?;
        exec!(
            tx,
            "update forums set posts = posts + 1, last_topic_id = $2 where id = $1",
            forum,
            reply.topic.0,
        )?;
        count_post(&mut tx, reply.author).await?;
        tx.commit().await?;
        Ok(Posted {
            topic: reply.topic,
            post: PostId(post),
            torrent: None,
        })
    }

    /// The registration that has any of these hashes, in whatever place. What of it may be shown
    /// depends on who asks: check [`DuplicateTorrent::forum`](crate::DuplicateTorrent).
    pub async fn find_duplicate(&self, hashes: &InfoHashes) -> Result<Option<DuplicateTorrent>> {
        let HashColumns { v1, short, v2 } = HashColumns::new(hashes);
        let row: Option<DuplicateRow> = row!(
            self.db(),
            duplicate_sql!(),
            v1.as_deref(),
            short.as_deref(),
            v2.as_deref()
        )?;
        row.map(DuplicateTorrent::try_from).transpose()
    }
}

/// Why a topic was not posted.
enum Attempt {
    /// Somebody registered one of the hashes at the same moment.
    Lost,
    Failed(StoreError),
}

impl<E: Into<StoreError>> From<E> for Attempt {
    fn from(error: E) -> Self {
        Attempt::Failed(error.into())
    }
}

impl Store {
    async fn try_post(&self, topic: &NewTopic) -> Result<Posted, Attempt> {
        let mut tx = self.db().begin().await?;
        if let Some(torrent) = &topic.torrent {
            let HashColumns { v1, short, v2 } = HashColumns::new(&torrent.hashes);
            let existing: Option<DuplicateRow> = row!(
                tx,
                duplicate_sql!(),
                v1.as_deref(),
                short.as_deref(),
                v2.as_deref()
            )?;
            if let Some(existing) = existing {
                return Err(StoreError::from(Duplicate::Torrent(existing.try_into()?)).into());
            }
        }
        // Locked first: posts of one forum then get their ids in the order they become visible.
        lock_forum(&mut tx, topic.forum.0).await?;
        let id: i64 = value!(
            tx,
            "insert into topics (forum_id, author_id, title, created_at, last_post_at,
                last_poster_id)
             values ($1, $2, $3, $4, $4, $2) returning id",
            topic.forum.0,
            topic.author.0,
            topic.title.as_str(),
            topic.now.0,
        )
        .map_err(missing_author)?;
        let post = insert_post(&mut tx, id, topic.author, &topic.text, topic.now).await?;
        exec!(
            tx,
            "update topics set first_post_id = $2, last_post_id = $2 where id = $1",
            id,
            post
        )?;
        let mut registered = None;
        if let Some(torrent) = &topic.torrent {
            registered = Some(insert_torrent(&mut tx, id, post, topic, torrent).await?);
        }
        let size = topic
            .torrent
            .as_ref()
            .map_or(0, |torrent| signed(torrent.total_size));
        exec!(
            tx,
            concat!(
                "update forums set topics = topics + 1, posts = posts + 1,
                    torrents = torrents + $3, last_topic_id = $2, torrents_size = ",
                capped_sum!("torrents_size", "$4"),
                " where id = $1"
            ),
            topic.forum.0,
            id,
            i64::from(registered.is_some()),
            size,
        )?;
        count_post(&mut tx, topic.author).await?;
        let changes: Vec<_> = registered.map(Subject::Torrent).into_iter().collect();
        self.commit(tx, &changes).await?;
        Ok(Posted {
            topic: TopicId(id),
            post: PostId(post),
            torrent: registered,
        })
    }
}

/// Keeps others from posting in the forum until the transaction ends.
pub(crate) async fn lock_forum(tx: &mut Tx<'_>, forum: i64) -> Result<()> {
    let lock = dialect::for_update(tx.engine());
    let found: Option<(i64,)> = row!(
        tx,
        AssertSqlSafe(format!("select id from forums where id = $1{lock}")),
        forum,
    )?;
    found.map(drop).ok_or(StoreError::NotFound(What::Forum))
}

async fn insert_post(
    tx: &mut Tx<'_>,
    topic: i64,
    author: UserId,
    text: &PostText,
    now: UnixTime,
) -> Result<i64> {
    let post: i64 = value!(
        tx,
        "insert into posts (topic_id, author_id, created_at) values ($1, $2, $3) returning id",
        topic,
        author.0,
        now.0,
    )
    .map_err(missing_author)?;
    exec!(
        tx,
        "insert into post_texts (post_id, text) values ($1, $2)",
        post,
        text.as_str()
    )?;
    Ok(post)
}

async fn count_post(tx: &mut Tx<'_>, author: UserId) -> Result<()> {
    exec!(
        tx,
        "update users set posts = posts + 1 where id = $1",
        author.0
    )?;
    Ok(())
}

async fn insert_torrent(
    tx: &mut Tx<'_>,
    topic_id: i64,
    post: i64,
    topic: &NewTopic,
    torrent: &NewTorrent,
) -> Result<TorrentId, Attempt> {
    let attachment: i64 = value!(
        tx,
        "insert into attachments (post_id, filename, blob, original_blob, created_at)
         values ($1, $2, $3, $4, $5) returning id",
        post,
        storable(&torrent.filename),
        &torrent.blob,
        &torrent.original_blob,
        topic.now.0,
    )?;
    let HashColumns { v1, short, v2 } = HashColumns::new(&torrent.hashes);
    let inserted: sqlx::Result<i64> = value!(
        tx,
        "insert into torrents (topic_id, forum_id, author_id, attachment_id, info_hash,
            info_hash_v2, info_hash_v2_short, name, total_size, piece_length, num_pieces,
            file_count, private, comment, created_date, collected_at, inserted_at, state)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $16, $17)
         returning id",
        topic_id,
        topic.forum.0,
        topic.author.0,
        attachment,
        v1.as_deref(),
        v2.as_deref(),
        short.as_deref(),
        storable(&torrent.name),
        signed(torrent.total_size),
        signed(torrent.piece_length),
        signed(torrent.piece_count),
        signed(torrent.files.len() as u64),
        torrent.private,
        torrent.comment.as_deref().map(storable),
        torrent.creation_date.map(i64::from),
        topic.now.0,
        torrent.state.id(),
    );
    let id = inserted.map_err(|error| match dialect::unique_violation(&error) {
        Some(index) if index.starts_with("torrents_info_hash") => Attempt::Lost,
        _ => Attempt::Failed(error.into()),
    })?;
    let files: Vec<_> = (0_i64..).zip(&torrent.files).collect();
    bulk!(
        tx,
        "insert into torrent_files (torrent_id, position, path, size, pieces_root)",
        files,
        5,
        |row, (position, file)| {
            row.push_bind(id)
                .push_bind(*position)
                .push_bind(storable(&file.path))
                .push_bind(signed(file.length))
                .push_bind(file.pieces_root.map(Vec::from));
        },
        "",
    );
    Ok(TorrentId(id))
}

fn missing_author(error: sqlx::Error) -> StoreError {
    if dialect::is_missing_parent(&error) {
        StoreError::NotFound(What::User)
    } else {
        error.into()
    }
}

/// A torrent's hashes as columns.
pub(crate) struct HashColumns {
    pub(crate) v1: Option<Vec<u8>>,
    pub(crate) short: Option<Vec<u8>>,
    pub(crate) v2: Option<Vec<u8>>,
}

impl HashColumns {
    pub(crate) fn new(hashes: &InfoHashes) -> Self {
        Self {
            v1: hashes.v1().map(|hash| hash.as_bytes().to_vec()),
            short: hashes.v2().map(|hash| hash.truncated().as_bytes().to_vec()),
            v2: hashes.v2().map(|hash| hash.as_bytes().to_vec()),
        }
    }
}

#[derive(sqlx::FromRow)]
struct DuplicateRow {
    topic_id: Option<i64>,
    forum_id: Option<i64>,
    title: String,
    info_hash: Vec<u8>,
}

impl TryFrom<DuplicateRow> for DuplicateTorrent {
    type Error = StoreError;

    fn try_from(row: DuplicateRow) -> Result<Self> {
        Ok(Self {
            topic: row.topic_id.map(TopicId),
            forum: row.forum_id.map(ForumId),
            title: row.title,
            info_hash: bytes::<20>("torrents.info_hash", &row.info_hash)?.into(),
        })
    }
}

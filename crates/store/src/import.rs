//! Writing many rows at once, with ids given by the caller: for importers and generators.
//!
//! Rows go in in the order users, topics, posts, torrents; [`Store::recount`] then works out every
//! denormalised number from them. Until it has run, pages show numbers that are wrong.

use bittorrent::InfoHashes;
use domain::{
    Email, ForumId, Passkey, PostId, TopicId, TopicTitle, TorrentId, TorrentState, UnixTime,
    UserId, UserName,
};
use sqlx::AssertSqlSafe;

use crate::db::{Tx, bulk, exec, value};
use crate::posting::{HashColumns, NewTorrentFile};
use crate::row::{signed, storable};
use crate::{Result, Store, TorrentCounters, dialect};

/// An account from elsewhere.
#[derive(Debug, Clone)]
pub struct ImportUser {
    /// Its id here.
    pub id: UserId,
    /// Its name.
    pub name: UserName,
    /// Its address.
    pub email: Option<Email>,
    /// Its password as an argon2id PHC string.
    pub password_hash: String,
    /// Its tracker key.
    pub passkey: Passkey,
    /// Whether it administers the site.
    pub admin: bool,
    /// When it was made.
    pub created_at: UnixTime,
    /// When it was last seen.
    pub last_seen_at: Option<UnixTime>,
    /// Bytes uploaded elsewhere.
    pub uploaded: u64,
    /// Bytes downloaded elsewhere.
    pub downloaded: u64,
}

/// A topic from elsewhere. It needs at least one post.
#[derive(Debug, Clone)]
pub struct ImportTopic {
    /// Its id here.
    pub id: TopicId,
    /// The forum it stands in.
    pub forum: ForumId,
    /// Who began it.
    pub author: UserId,
    /// Its title.
    pub title: TopicTitle,
    /// When it was begun.
    pub created_at: UnixTime,
    /// Times it was opened.
    pub views: u64,
    /// Whether it stands above the others of its forum.
    pub pinned: bool,
    /// Whether it takes no replies.
    pub locked: bool,
}

/// A post from elsewhere. Topics are ordered by the ids of their posts: later posts need higher ids.
#[derive(Debug, Clone)]
pub struct ImportPost {
    /// Its id here.
    pub id: PostId,
    /// Its topic.
    pub topic: TopicId,
    /// Who wrote it.
    pub author: UserId,
    /// When.
    pub created_at: UnixTime,
    /// Its text, in BBCode.
    pub text: String,
}

/// A torrent from elsewhere.
#[derive(Debug, Clone)]
pub struct ImportTorrent {
    /// Its id here, for its attachment too.
    pub id: TorrentId,
    /// Its topic.
    pub topic: TopicId,
    /// The post it is attached to: the topic's first.
    pub post: PostId,
    /// The topic's forum.
    pub forum: ForumId,
    /// The topic's author.
    pub author: UserId,
    /// Its hashes.
    pub hashes: InfoHashes,
    /// `info.name`.
    pub name: String,
    /// Bytes of all files.
    pub total_size: u64,
    /// `info.piece length`.
    pub piece_length: u64,
    /// How many pieces.
    pub piece_count: u64,
    /// Whether `info.private` is set.
    pub private: bool,
    /// Its files.
    pub files: Vec<NewTorrentFile>,
    /// The name of the uploaded file.
    pub filename: String,
    /// Key of the stored `.torrent` that is served.
    pub blob: String,
    /// Key of the file exactly as uploaded.
    pub original_blob: String,
    /// What moderators have said about it.
    pub state: TorrentState,
    /// When it was registered.
    pub registered_at: UnixTime,
    /// Its counters; the id in them is not looked at.
    pub counters: TorrentCounters,
}

impl Store {
    /// Writes accounts, all or none.
    ///
    /// # Errors
    /// `Database` when an id or a unique value is taken.
    pub async fn import_users(&self, users: &[ImportUser]) -> Result<()> {
        let mut tx = self.db().begin().await?;
        bulk!(
            tx,
            "insert into users (id, name, name_key, email, email_key, password_hash, passkey,
                admin, created_at, last_seen_at, uploaded, downloaded, uploaded_base,
                downloaded_base)",
            users,
            14,
            |row, user| {
                row.push_bind(user.id.0)
                    .push_bind(user.name.as_str())
                    .push_bind(user.name.key())
                    .push_bind(user.email.as_ref().map(Email::as_str))
                    .push_bind(user.email.as_ref().map(Email::key))
                    .push_bind(&user.password_hash)
                    .push_bind(user.passkey.as_str())
                    .push_bind(user.admin)
                    .push_bind(user.created_at.0)
                    .push_bind(user.last_seen_at.map(i64::from))
                    .push_bind(signed(user.uploaded))
                    .push_bind(signed(user.downloaded))
                    .push_bind(signed(user.uploaded))
                    .push_bind(signed(user.downloaded));
            },
            "",
        );
        tx.commit().await
    }

    /// Writes topics, all or none.
    ///
    /// # Errors
    /// `Database` when an id is taken or a forum or author is missing.
    pub async fn import_topics(&self, topics: &[ImportTopic]) -> Result<()> {
        let mut tx = self.db().begin().await?;
        bulk!(
            tx,
            "insert into topics (id, forum_id, author_id, title, created_at, locked, pinned, views,
                last_post_at, last_poster_id)",
            topics,
            10,
            |row, topic| {
                row.push_bind(topic.id.0)
                    .push_bind(topic.forum.0)
                    .push_bind(topic.author.0)
                    .push_bind(topic.title.as_str())
                    .push_bind(topic.created_at.0)
                    .push_bind(topic.locked)
                    .push_bind(i64::from(topic.pinned))
                    .push_bind(signed(topic.views))
                    .push_bind(topic.created_at.0)
                    .push_bind(topic.author.0);
            },
            "",
        );
        tx.commit().await
    }

    /// Writes posts with their texts, all or none.
    ///
    /// # Errors
    /// `Database` when an id is taken or a topic or author is missing.
    pub async fn import_posts(&self, posts: &[ImportPost]) -> Result<()> {
        let mut tx = self.db().begin().await?;
        bulk!(
            tx,
            "insert into posts (id, topic_id, author_id, created_at)",
            posts,
            4,
            |row, post| {
                row.push_bind(post.id.0)
                    .push_bind(post.topic.0)
                    .push_bind(post.author.0)
                    .push_bind(post.created_at.0);
            },
            "",
        );
        bulk!(
            tx,
            "insert into post_texts (post_id, text)",
            posts,
            2,
            |row, post| {
                row.push_bind(post.id.0).push_bind(storable(&post.text));
            },
            "",
        );
        tx.commit().await
    }

    /// Writes torrents with their attachments and files, all or none. The tracker learns of them
    /// when it starts, not before.
    ///
    /// # Errors
    /// `Database` when an id or hash is taken or a topic or post is missing.
    pub async fn import_torrents(&self, torrents: &[ImportTorrent]) -> Result<()> {
        let mut tx = self.db().begin().await?;
        insert_attachments(&mut tx, torrents).await?;
        insert_torrents(&mut tx, torrents).await?;
        let files: Vec<_> = torrents
            .iter()
            .flat_map(|torrent| {
                (0_i64..)
                    .zip(&torrent.files)
                    .map(|(n, file)| (torrent.id, n, file))
            })
            .collect();
        bulk!(
            tx,
            "insert into torrent_files (torrent_id, position, path, size, pieces_root)",
            files,
            5,
            |row, (torrent, position, file)| {
                row.push_bind(torrent.0)
                    .push_bind(*position)
                    .push_bind(storable(&file.path))
                    .push_bind(signed(file.length))
                    .push_bind(file.pieces_root.map(Vec::from));
            },
            "",
        );
        tx.commit().await
    }

    /// Works out every denormalised number from the rows it stands for, in one transaction, and
    /// makes new rows get ids above all present ones.
    pub async fn recount(&self) -> Result<()> {
        let mut tx = self.db().begin().await?;
        for sql in RECOUNT {
            exec!(tx, *sql)?;
        }
        for table in ["users", "topics", "posts", "attachments", "torrents"] {
            if let Some(sql) = dialect::continue_ids(tx.engine(), table) {
                let _: i64 = value!(tx, AssertSqlSafe(sql.clone()))?;
            }
        }
        tx.commit().await
    }

    /// Refreshes the statistics that the engine plans its statements by. Worth doing after a large
    /// change; otherwise the engines look after themselves.
    pub async fn optimize(&self) -> Result<()> {
        // PostgreSQL does not do this inside a transaction, SQLite not on a reading connection.
        self.db()
            .outside_transactions(dialect::optimize(self.engine()))
            .await
    }
}

async fn insert_attachments(tx: &mut Tx<'_>, torrents: &[ImportTorrent]) -> Result<()> {
    bulk!(
        tx,
        "insert into attachments (id, post_id, filename, blob, original_blob, created_at)",
        torrents,
        6,
        |row, torrent| {
            row.push_bind(torrent.id.0)
                .push_bind(torrent.post.0)
                .push_bind(storable(&torrent.filename))
                .push_bind(&torrent.blob)
                .push_bind(&torrent.original_blob)
                .push_bind(torrent.registered_at.0);
        },
        "",
    );
    Ok(())
}

async fn insert_torrents(tx: &mut Tx<'_>, torrents: &[ImportTorrent]) -> Result<()> {
    bulk!(
        tx,
        "insert into torrents (id, topic_id, forum_id, author_id, attachment_id, info_hash,
            info_hash_v2, info_hash_v2_short, name, total_size, piece_length, num_pieces,
            file_count, private, collected_at, inserted_at, state, seeders, leechers, completed,
            last_seed_at)",
        torrents,
        21,
        |row, torrent| {
            let HashColumns { v1, short, v2 } = HashColumns::new(&torrent.hashes);
            row.push_bind(torrent.id.0)
                .push_bind(torrent.topic.0)
                .push_bind(torrent.forum.0)
                .push_bind(torrent.author.0)
                .push_bind(torrent.id.0)
                .push_bind(v1)
                .push_bind(v2)
                .push_bind(short)
                .push_bind(storable(&torrent.name))
                .push_bind(signed(torrent.total_size))
                .push_bind(signed(torrent.piece_length))
                .push_bind(signed(torrent.piece_count))
                .push_bind(signed(torrent.files.len() as u64))
                .push_bind(torrent.private)
                .push_bind(torrent.registered_at.0)
                .push_bind(torrent.registered_at.0)
                .push_bind(torrent.state.id())
                .push_bind(signed(torrent.counters.seeders))
                .push_bind(signed(torrent.counters.leechers))
                .push_bind(signed(torrent.counters.completed))
                .push_bind(torrent.counters.last_seed_at.map(i64::from));
        },
        "",
    );
    Ok(())
}

/// In an order in which each needs only what stands before it.
const RECOUNT: &[&str] = &[
    "update topics set replies = c.number - 1, first_post_id = c.first, last_post_id = c.last
     from (select topic_id, count(*) as number, min(id) as first, max(id) as last
           from posts group by topic_id) as c
     where topics.id = c.topic_id",
    "update topics set last_post_at = p.created_at, last_poster_id = p.author_id
     from posts p where p.id = topics.last_post_id",
    "update users set posts = (select count(*) from posts p where p.author_id = users.id)",
    "update users set
        uploaded = uploaded_base + coalesce(
            (select cast(sum(d.uploaded) as bigint) from downloads d where d.user_id = users.id), 0),
        downloaded = downloaded_base + coalesce(
            (select cast(sum(d.downloaded) as bigint) from downloads d where d.user_id = users.id),
            0)",
    "update forums set
        topics = (select count(*) from topics t where t.forum_id = forums.id),
        posts = coalesce((select cast(sum(t.replies + 1) as bigint) from topics t
            where t.forum_id = forums.id), 0),
        torrents = (select count(*) from torrents r where r.forum_id = forums.id),
        torrents_size = coalesce((select cast(sum(r.total_size) as bigint) from torrents r
            where r.forum_id = forums.id), 0),
        last_topic_id = (select t.id from topics t where t.forum_id = forums.id
            order by t.last_post_id desc limit 1)",
    "update totals set value = (select count(*) from users where foreign_id is null)
     where name = 'users'",
];

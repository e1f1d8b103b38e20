//! `/topics/{id}`: posts and the torrent box.

use bittorrent::{InfoHashes, Version};
use domain::{
    ForumId, Page, PostId, Right, TopicId, TorrentId, TorrentState, UnixTime, UserId, Viewer,
};
use sqlx::AssertSqlSafe;

use super::rows::{PlaceRow, Slice, places};
use super::shared::{ForumHead, MemberLink, TopicHead};
use crate::db::{row, rows};
use crate::row::unsigned;
use crate::site::Site;
use crate::{Result, Store, StoreError, What};

/// What `/topics/{id}` shows.
#[derive(Debug, Clone)]
pub struct TopicPage {
    /// The topic.
    pub topic: TopicHead,
    /// The forum it stands in.
    pub forum: ForumHead,
    /// Its torrent, if it has one.
    pub torrent: Option<TorrentBox>,
    /// The posts of this page, in order.
    pub posts: Vec<PostView>,
    /// How many posts the topic has.
    pub total: u64,
    /// The page that is shown: the last one when a later one was asked for.
    pub page: Page,
}

/// A topic's torrent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TorrentBox {
    /// The torrent.
    pub id: TorrentId,
    /// Its hashes.
    pub hashes: InfoHashes,
    /// v1, hybrid or v2.
    pub version: Version,
    /// `info.name`.
    pub name: String,
    /// Bytes of all files.
    pub total_size: u64,
    /// Bytes of a piece.
    pub piece_length: u64,
    /// How many pieces.
    pub piece_count: u64,
    /// How many files.
    pub file_count: u64,
    /// Whether it is private (BEP 27).
    pub private: bool,
    /// Name of the uploaded `.torrent` file.
    pub filename: String,
    /// When it was registered.
    pub registered_at: UnixTime,
    /// Who registered it.
    pub author: UserId,
    /// What moderators have said about it.
    pub state: TorrentState,
    /// Why; may be empty.
    pub state_reason: String,
    /// Who said so, and when.
    pub state_by: Option<(MemberLink, UnixTime)>,
    /// Peers that have all of it, as last counted; the live number is in the swarm.
    pub seeders: u64,
    /// Peers that do not, as last counted.
    pub leechers: u64,
    /// How many have completed it.
    pub completed: u64,
    /// When a seeder was last seen.
    pub last_seed_at: Option<UnixTime>,
    /// How often the `.torrent` was downloaded.
    pub downloads: u64,
}

/// A post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostView {
    /// The post.
    pub id: PostId,
    /// Its place in the topic, from 1.
    pub number: u64,
    /// Who wrote it.
    pub author: PostAuthor,
    /// When.
    pub created_at: UnixTime,
    /// Its text, in BBCode.
    pub text: String,
    /// How often it was edited.
    pub edits: u64,
    /// Who edited it last, and when.
    pub edited: Option<(MemberLink, UnixTime)>,
}

/// A post's author, beside the post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostAuthor {
    /// The account.
    pub id: UserId,
    /// Its name.
    pub name: String,
    /// Whether it administers the site.
    pub admin: bool,
    /// Whether it is banned.
    pub banned: bool,
    /// Posts written.
    pub posts: u64,
    /// Bytes uploaded.
    pub uploaded: u64,
    /// Bytes downloaded.
    pub downloaded: u64,
    /// When the account was made.
    pub joined_at: UnixTime,
}

impl Store {
    /// A topic's posts. 2 statements.
    ///
    /// # Errors
    /// `NotFound(Topic)` also when the viewer may not read its forum.
    pub async fn topic_page(
        &self,
        viewer: &Viewer,
        topic: TopicId,
        page: Page,
    ) -> Result<TopicPage> {
        let site = self.site();
        let place = self.place(&site, viewer, topic).await?;
        let forum = site.visible(viewer, place.forum())?;
        let head = TopicHead::from(place.head);
        let total = head.replies + 1;
        let page = page.clamped(total);
        Ok(TopicPage {
            forum: ForumHead::new(&site, forum),
            torrent: place.torrent.torrent()?,
            posts: self.posts_of(topic, page, total).await?,
            topic: head,
            total,
            page,
        })
    }

    /// The topic a post stands in and the number of posts before it, to find its page. 1 statement.
    ///
    /// # Errors
    /// `NotFound(Post)` also when the viewer may not read its forum.
    pub async fn post_place(&self, viewer: &Viewer, post: PostId) -> Result<(TopicId, u64)> {
        let row: Option<(i64, i64, i64)> = row!(
            self.db(),
            "select t.id, t.forum_id,
                (select count(*) from posts b where b.topic_id = p.topic_id and b.id < p.id)
             from posts p join topics t on t.id = p.topic_id where p.id = $1",
            post.0,
        )?;
        match row {
            Some((topic, forum, before))
                if self.site().may(viewer, ForumId(forum), Right::Read) =>
            {
                Ok((TopicId(topic), unsigned(before)))
            }
            _ => Err(StoreError::NotFound(What::Post)),
        }
    }

    /// The forum a topic stands in, whoever asks: to tell somebody who sees the forum but may not
    /// read it what to do. 1 statement.
    pub async fn forum_of_topic(&self, topic: TopicId) -> Result<Option<ForumId>> {
        let row: Option<(i64,)> = row!(
            self.db(),
            "select forum_id from topics where id = $1",
            topic.0
        )?;
        Ok(row.map(|(forum,)| ForumId(forum)))
    }

    /// A topic's head alone, to decide what may be done with it. 1 statement.
    ///
    /// # Errors
    /// `NotFound(Topic)` also when the viewer may not read its forum.
    pub async fn topic_head(&self, viewer: &Viewer, topic: TopicId) -> Result<TopicHead> {
        Ok(self.place(&self.site(), viewer, topic).await?.head.into())
    }
}

impl Store {
    /// A topic with its torrent, if the viewer may read its forum. 1 statement.
    pub(super) async fn place(
        &self,
        site: &Site,
        viewer: &Viewer,
        topic: TopicId,
    ) -> Result<PlaceRow> {
        let row: Option<PlaceRow> =
            row!(self.db(), concat!(places!(), "where t.id = $1"), topic.0)?;
        row.filter(|place| site.may(viewer, place.forum(), Right::Read))
            .ok_or(StoreError::NotFound(What::Topic))
    }

    async fn posts_of(&self, topic: TopicId, page: Page, total: u64) -> Result<Vec<PostView>> {
        let slice = Slice::new(page, total);
        let direction = if slice.from_end { "desc" } else { "asc" };
        let rows: Vec<PostRow> = rows!(
            self.db(),
            AssertSqlSafe(format!(
                "select p.id, p.created_at, p.edits, p.edited_at, e.id as editor_id,
                    e.name as editor_name, x.text, u.id as author_id, u.name, u.admin,
                    u.banned_at, u.posts, u.uploaded, u.downloaded, u.created_at as joined_at
                 from (select id as post from posts where topic_id = $1
                       order by id {direction} limit $2 offset $3) as page
                 join posts p on p.id = page.post
                 join post_texts x on x.post_id = p.id
                 join users u on u.id = p.author_id
                 left join users e on e.id = p.edited_by
                 order by p.id"
            )),
            topic.0,
            slice.limit,
            slice.offset,
        )?;
        let first = unsigned(page.offset()) + 1;
        Ok((first..)
            .zip(rows)
            .map(|(number, row)| row.view(number))
            .collect())
    }
}

#[derive(sqlx::FromRow)]
struct PostRow {
    id: i64,
    created_at: i64,
    edits: i64,
    edited_at: Option<i64>,
    editor_id: Option<i64>,
    editor_name: Option<String>,
    text: String,
    author_id: i64,
    name: String,
    admin: bool,
    banned_at: Option<i64>,
    posts: i64,
    uploaded: i64,
    downloaded: i64,
    joined_at: i64,
}

impl PostRow {
    fn view(self, number: u64) -> PostView {
        PostView {
            id: PostId(self.id),
            number,
            author: PostAuthor {
                id: UserId(self.author_id),
                name: self.name,
                admin: self.admin,
                banned: self.banned_at.is_some(),
                posts: unsigned(self.posts),
                uploaded: unsigned(self.uploaded),
                downloaded: unsigned(self.downloaded),
                joined_at: UnixTime(self.joined_at),
            },
            created_at: UnixTime(self.created_at),
            text: self.text,
            edits: unsigned(self.edits),
            edited: MemberLink::from_columns(self.editor_id, self.editor_name)
                .zip(self.edited_at.map(UnixTime)),
        }
    }
}

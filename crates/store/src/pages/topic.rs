//! `/topics/{id}`: posts and the torrent box.

use bittorrent::{InfoHashes, Version};
use domain::{ForumId, Page, PostId, TopicId, TorrentId, TorrentState, UnixTime, UserId, Viewer};

use super::shared::{ForumHead, MemberLink, TopicHead};
use crate::{Result, Store};

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
        let _ = (viewer, topic, page);
        Err(super::write::later())
    }

    /// The topic a post stands in and the number of posts before it, to find its page. 1 statement.
    ///
    /// # Errors
    /// `NotFound(Post)` also when the viewer may not read its forum.
    pub async fn post_place(&self, viewer: &Viewer, post: PostId) -> Result<(TopicId, u64)> {
        let _ = (viewer, post);
        Err(super::write::later())
    }

    /// The forum a topic stands in, whoever asks: to tell somebody who sees the forum but may not
    /// read it what to do. 1 statement.
    pub async fn forum_of_topic(&self, topic: TopicId) -> Result<Option<ForumId>> {
        let _ = topic;
        Err(super::write::later())
    }

    /// A topic's head alone, to decide what may be done with it. 1 statement.
    ///
    /// # Errors
    /// `NotFound(Topic)` also when the viewer may not read its forum.
    pub async fn topic_head(&self, viewer: &Viewer, topic: TopicId) -> Result<TopicHead> {
        let _ = (viewer, topic);
        Err(super::write::later())
    }
}

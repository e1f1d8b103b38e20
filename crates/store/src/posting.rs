//! Posting: a topic with its torrent, a reply. Each is one transaction.

use bittorrent::InfoHashes;
use domain::{
    ForumId, PostId, PostText, TopicId, TopicTitle, TorrentId, TorrentState, UnixTime, UserId,
};

use crate::{Result, Store};

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

impl Store {
    /// Writes topic, post, text, attachment, registration, files, counters and change in one
    /// transaction. Rights and the forum's policy are the caller's business.
    ///
    /// # Errors
    /// `Duplicate::Torrent` naming the existing topic, also when two upload it at the same moment;
    /// `NotFound` for the forum or the author.
    pub async fn post_torrent_topic(&self, topic: &NewTopic) -> Result<Posted> {
        let _ = topic;
        Err(later())
    }

    /// Writes a reply and the counters.
    ///
    /// # Errors
    /// `NotFound(Topic)`, `Conflict::TopicLocked`.
    pub async fn reply(&self, reply: &NewReply) -> Result<Posted> {
        let _ = reply;
        Err(later())
    }

    /// The registration that has any of these hashes, in whatever place. What of it may be shown
    /// depends on who asks: check [`DuplicateTorrent::forum`](crate::DuplicateTorrent).
    pub async fn find_duplicate(
        &self,
        hashes: &InfoHashes,
    ) -> Result<Option<crate::DuplicateTorrent>> {
        let _ = hashes;
        Err(later())
    }
}

fn later() -> crate::StoreError {
    crate::StoreError::Unavailable("not written yet".to_owned())
}

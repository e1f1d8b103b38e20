//! Pieces that several pages show.

use bittorrent::InfoHash;
use domain::{
    CategoryId, ForumId, ForumPolicy, ForumRights, PostId, TopicId, TorrentId, TorrentState,
    UnixTime, UserId,
};

/// A name that links to its member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberLink {
    /// The account.
    pub id: UserId,
    /// Its name.
    pub name: String,
}

impl MemberLink {
    pub(crate) fn from_columns(id: Option<i64>, name: Option<String>) -> Option<Self> {
        Some(Self {
            id: UserId(id?),
            name: name?,
        })
    }
}

/// A title that links to its forum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForumLink {
    /// The forum.
    pub id: ForumId,
    /// Its title.
    pub title: String,
}

/// A forum as the head of a page, with the way to it.
#[derive(Debug, Clone, PartialEq)]
pub struct ForumHead {
    /// The forum.
    pub id: ForumId,
    /// Its title.
    pub title: String,
    /// Its description; may be empty.
    pub description: String,
    /// The category it stands in.
    pub category: CategoryId,
    /// That category's title.
    pub category_title: String,
    /// The forums above it, the outermost first.
    pub parents: Vec<ForumLink>,
    /// Who may do what in it; ask [`Site::may`](crate::Site::may), which knows the forums above too.
    pub rights: ForumRights,
    /// Which torrents it takes.
    pub policy: ForumPolicy,
}

/// A forum in a list of forums. The numbers include the subforums the viewer sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForumSummary {
    /// The forum.
    pub id: ForumId,
    /// Its title.
    pub title: String,
    /// Its description; may be empty.
    pub description: String,
    /// The forums directly below it that the viewer sees.
    pub subforums: Vec<ForumLink>,
    /// Topics.
    pub topics: u64,
    /// Posts.
    pub posts: u64,
    /// The newest post, if there is one that the viewer may read.
    pub last: Option<LastPost>,
}

/// The newest post of a forum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastPost {
    /// The topic.
    pub topic: TopicId,
    /// Its title.
    pub title: String,
    /// The post.
    pub post: PostId,
    /// When it was written.
    pub at: UnixTime,
    /// By whom.
    pub by: MemberLink,
}

/// A topic as the head of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicHead {
    /// The topic.
    pub id: TopicId,
    /// Its title.
    pub title: String,
    /// The forum it stands in.
    pub forum: ForumId,
    /// Who began it.
    pub author: MemberLink,
    /// When it was begun.
    pub created_at: UnixTime,
    /// Its first post.
    pub first_post: PostId,
    /// Replies: posts without the first.
    pub replies: u64,
    /// Times it was opened.
    pub views: u64,
    /// Whether it takes no replies.
    pub locked: bool,
    /// Whether it stands above the others of its forum.
    pub pinned: bool,
    /// When its newest post was written.
    pub last_at: UnixTime,
}

/// A topic in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicRow {
    /// The topic.
    pub id: TopicId,
    /// Its title.
    pub title: String,
    /// The forum it stands in.
    pub forum: ForumId,
    /// Who began it.
    pub author: MemberLink,
    /// When it was begun.
    pub created_at: UnixTime,
    /// Replies: posts without the first.
    pub replies: u64,
    /// Times it was opened.
    pub views: u64,
    /// Whether it takes no replies.
    pub locked: bool,
    /// Whether it stands above the others of its forum.
    pub pinned: bool,
    /// Its newest post.
    pub last_post: PostId,
    /// When that was written.
    pub last_at: UnixTime,
    /// By whom.
    pub last_by: MemberLink,
    /// Its torrent, if it has one.
    pub torrent: Option<TopicRowTorrent>,
}

/// A topic's torrent in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicRowTorrent {
    /// The torrent.
    pub id: TorrentId,
    /// Its canonical hash: v1, or the truncated v2 hash where there is no v1.
    pub info_hash: InfoHash,
    /// What moderators have said about it.
    pub state: TorrentState,
    /// Bytes of all files.
    pub total_size: u64,
    /// Peers that have all of it, as last counted.
    pub seeders: u64,
    /// Peers that do not, as last counted.
    pub leechers: u64,
    /// How many have completed it.
    pub completed: u64,
}

//! Read models: one per page, each filled by one method in a constant number of statements.
//!
//! Every method takes the viewer and leaves out what the viewer may not see; a page about something
//! hidden answers exactly like a page about nothing.

mod by_torrent;
mod download;
mod files;
mod forum;
mod index;
mod member;
mod members;
mod readable;
mod rows;
mod shared;
mod stats;
mod topic;
mod torrents;
mod write;

pub use download::DownloadInfo;
pub use files::{FileRow, FilesPage};
pub use forum::{ForumPage, TopicSort};
pub use index::{IndexCategory, IndexPage, SiteTotals};
pub use member::MemberPage;
pub use members::{MemberRow, MembersPage};
pub use shared::{
    ForumHead, ForumLink, ForumSummary, LastPost, MemberLink, TopicHead, TopicRow, TopicRowTorrent,
};
pub use topic::{PostAuthor, PostView, TopicPage, TorrentBox};
pub use torrents::{TorrentFilter, TorrentPlace, TorrentRow, TorrentSort, TorrentsPage};
pub use write::{PostForEdit, QuoteSource};

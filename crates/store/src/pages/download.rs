//! `/dl/{topic}`: what is needed to serve a `.torrent`.

use bittorrent::InfoHashes;
use domain::{ForumId, TopicId, TorrentId, TorrentState, UserId, Viewer};

use crate::{Result, Store};

/// What `/dl/{topic}` needs. Whether the viewer may download is `Right::Download` in
/// [`DownloadInfo::forum`] and what the state allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DownloadInfo {
    /// The topic.
    pub topic: TopicId,
    /// Its title.
    pub title: String,
    /// The forum it stands in.
    pub forum: ForumId,
    /// Who registered the torrent.
    pub author: UserId,
    /// The torrent.
    pub torrent: TorrentId,
    /// Its hashes.
    pub hashes: InfoHashes,
    /// `info.name`.
    pub name: String,
    /// Name of the uploaded file.
    pub filename: String,
    /// Bytes of all files, for the magnet.
    pub total_size: u64,
    /// Whether it is private.
    pub private: bool,
    /// What moderators have said about it.
    pub state: TorrentState,
    /// Key of the stored file that is served.
    pub blob: String,
    /// Key of the file exactly as uploaded.
    pub original_blob: String,
}

impl Store {
    /// What is needed to serve a topic's `.torrent` or magnet. 1 statement.
    ///
    /// # Errors
    /// `NotFound(Topic)` also when the viewer may not read its forum; `NotFound(Torrent)`.
    pub async fn download_info(&self, viewer: &Viewer, topic: TopicId) -> Result<DownloadInfo> {
        let _ = (viewer, topic);
        Err(super::write::later())
    }
}

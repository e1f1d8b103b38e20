//! `/dl/{topic}`: what is needed to serve a `.torrent`.

use bittorrent::InfoHashes;
use domain::{ForumId, Right, TopicId, TorrentId, TorrentState, UserId, Viewer};

use crate::db::row;
use crate::row::{corrupt, hashes, unsigned};
use crate::{Result, Store, StoreError, What};

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
        let row: Option<Row> = row!(
            self.db(),
            "select t.title, t.forum_id, r.author_id, r.id as torrent_id, r.info_hash,
                r.info_hash_v2, r.name, r.total_size, r.private, r.state, x.filename, x.blob,
                x.original_blob
             from topics t
             left join torrents r on r.topic_id = t.id
             left join attachments x on x.id = r.attachment_id
             where t.id = $1",
            topic.0,
        )?;
        let row = row
            .filter(|row| self.site().may(viewer, ForumId(row.forum_id), Right::Read))
            .ok_or(StoreError::NotFound(What::Topic))?;
        row.info(topic)
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    title: String,
    forum_id: i64,
    author_id: Option<i64>,
    torrent_id: Option<i64>,
    info_hash: Option<Vec<u8>>,
    info_hash_v2: Option<Vec<u8>>,
    name: Option<String>,
    total_size: Option<i64>,
    private: Option<bool>,
    state: Option<i64>,
    filename: Option<String>,
    blob: Option<String>,
    original_blob: Option<String>,
}

impl Row {
    fn info(self, topic: TopicId) -> Result<DownloadInfo> {
        let missing = StoreError::NotFound(What::Torrent);
        let (Some(torrent), Some(filename), Some(blob), Some(original_blob)) = (
            self.torrent_id,
            self.filename,
            self.blob,
            self.original_blob,
        ) else {
            return Err(missing);
        };
        let state = self.state.unwrap_or(0);
        Ok(DownloadInfo {
            topic,
            title: self.title,
            forum: ForumId(self.forum_id),
            author: UserId(self.author_id.unwrap_or(0)),
            torrent: TorrentId(torrent),
            hashes: hashes(self.info_hash.as_deref(), self.info_hash_v2.as_deref())?,
            name: self.name.unwrap_or_default(),
            filename,
            total_size: unsigned(self.total_size.unwrap_or(0)),
            private: self.private.unwrap_or(true),
            state: state
                .try_into()
                .map_err(|why| corrupt("torrents.state", why))?,
            blob,
            original_blob,
        })
    }
}

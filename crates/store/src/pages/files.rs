//! `/dl/{topic}/files`: a torrent's files.

use domain::{TopicId, TorrentId, Viewer};

use super::shared::{ForumHead, TopicHead};
use super::topic::TorrentBox;
use crate::{Result, Store};

/// What `/dl/{topic}/files` shows.
#[derive(Debug, Clone)]
pub struct FilesPage {
    /// The topic.
    pub topic: TopicHead,
    /// The forum it stands in.
    pub forum: ForumHead,
    /// The torrent.
    pub torrent: TorrentBox,
    /// Its files in the order of the torrent, padding left out.
    pub files: Vec<FileRow>,
}

/// A file of a torrent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileRow {
    /// Its path, parts joined with `/`.
    pub path: String,
    /// Bytes.
    pub size: u64,
    /// The v2 root of its pieces (BEP 52).
    pub pieces_root: Option<[u8; 32]>,
}

impl Store {
    /// The first files of a torrent, at most `limit`, in the order of the torrent. 1 statement.
    pub async fn first_files(&self, torrent: TorrentId, limit: u32) -> Result<Vec<FileRow>> {
        let _ = (torrent, limit);
        Err(super::write::later())
    }

    /// A torrent's files. 2 statements.
    ///
    /// # Errors
    /// `NotFound(Topic)` also when the viewer may not read its forum; `NotFound(Torrent)`.
    pub async fn files_page(&self, viewer: &Viewer, topic: TopicId) -> Result<FilesPage> {
        let _ = (viewer, topic);
        Err(super::write::later())
    }
}

//! `/dl/{topic}/files`: a torrent's files.

use domain::{TopicId, Viewer};

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
    /// A torrent's files. 2 statements.
    ///
    /// # Errors
    /// `NotFound(Topic)` also when the viewer may not read its forum; `NotFound(Torrent)`.
    pub async fn files_page(&self, viewer: &Viewer, topic: TopicId) -> Result<FilesPage> {
        let _ = (viewer, topic);
        Err(super::write::later())
    }
}

//! `/dl/{topic}/files`: a torrent's files.

use domain::{TopicId, TorrentId, Viewer};

use super::shared::{ForumHead, TopicHead};
use super::topic::TorrentBox;
use crate::db::rows;
use crate::row::{bytes, unsigned};
use crate::{Result, Store, StoreError, What};

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
        let rows: Vec<Row> = rows!(
            self.db(),
            "select path, size, pieces_root from torrent_files
             where torrent_id = $1 order by position limit $2",
            torrent.0,
            i64::from(limit),
        )?;
        rows.into_iter().map(file).collect()
    }

    /// A torrent's files. 2 statements.
    ///
    /// # Errors
    /// `NotFound(Topic)` also when the viewer may not read its forum; `NotFound(Torrent)`.
    pub async fn files_page(&self, viewer: &Viewer, topic: TopicId) -> Result<FilesPage> {
        let site = self.site();
        let place = self.place(&site, viewer, topic).await?;
        let forum = site.visible(viewer, place.forum())?;
        let torrent = place
            .torrent
            .torrent()?
            .ok_or(StoreError::NotFound(What::Torrent))?;
        let rows: Vec<Row> = rows!(
            self.db(),
            "select path, size, pieces_root from torrent_files
             where torrent_id = $1 order by position",
            torrent.id.0,
        )?;
        let files = rows.into_iter().map(file).collect::<Result<_>>()?;
        Ok(FilesPage {
            topic: place.head.into(),
            forum: ForumHead::new(&site, forum),
            torrent,
            files,
        })
    }
}

/// path, size, pieces_root
type Row = (String, i64, Option<Vec<u8>>);

fn file((path, size, root): Row) -> Result<FileRow> {
    let root = root
        .map(|root| bytes("torrent_files.pieces_root", &root))
        .transpose()?;
    Ok(FileRow {
        path,
        size: unsigned(size),
        pieces_root: root,
    })
}

//! `/torrents`: every registered torrent the viewer may read of.

use bittorrent::{InfoHash, InfoHashV2};
use domain::{ForumId, Page, TopicId, UserId, Viewer};

use super::shared::{ForumLink, TopicHead, TopicRow};
use super::topic::TorrentBox;
use crate::{Result, Store};

/// What `/torrents` shows.
#[derive(Debug, Clone)]
pub struct TorrentsPage {
    /// The torrents of this page.
    pub rows: Vec<TorrentRow>,
    /// How many there are.
    pub total: u64,
    /// The page that is shown: the last one when a later one was asked for.
    pub page: Page,
}

/// A torrent in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TorrentRow {
    /// Its topic; `topic.torrent` is always there.
    pub topic: TopicRow,
    /// The forum it stands in.
    pub forum: ForumLink,
}

/// Which torrents `/torrents` shows, and in which order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TorrentFilter {
    /// Only of this forum and those below it.
    pub forum: Option<ForumId>,
    /// Only by this author.
    pub author: Option<UserId>,
    /// The order.
    pub sort: TorrentSort,
    /// The other way round.
    pub reverse: bool,
}

/// The order of torrents, the largest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TorrentSort {
    /// By when they were registered.
    #[default]
    Added,
    /// By bytes.
    Size,
    /// By seeders.
    Seeders,
    /// By leechers.
    Leechers,
    /// By how many have completed them.
    Completed,
}

/// A torrent found by its hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TorrentPlace {
    /// Its topic.
    pub topic: TopicHead,
    /// The torrent.
    pub torrent: TorrentBox,
}

impl Store {
    /// Torrents of all forums the viewer may read. 2 statements.
    pub async fn torrents_page(
        &self,
        viewer: &Viewer,
        filter: &TorrentFilter,
        page: Page,
    ) -> Result<TorrentsPage> {
        let _ = (viewer, filter, page);
        Err(super::write::later())
    }

    /// The torrent with this hash on the wire: v1, or truncated v2. 1 statement.
    ///
    /// # Errors
    /// `NotFound(Torrent)` also when the viewer may not read its forum.
    pub async fn torrent_by_hash(&self, viewer: &Viewer, hash: InfoHash) -> Result<TorrentPlace> {
        let _ = (viewer, hash);
        Err(super::write::later())
    }

    /// The torrent with this full v2 hash. 1 statement.
    ///
    /// # Errors
    /// `NotFound(Torrent)` also when the viewer may not read its forum.
    pub async fn torrent_by_v2_hash(
        &self,
        viewer: &Viewer,
        hash: InfoHashV2,
    ) -> Result<TorrentPlace> {
        let _ = (viewer, hash);
        Err(super::write::later())
    }

    /// The topic's torrent with its head. 1 statement.
    ///
    /// # Errors
    /// `NotFound(Topic)` also when the viewer may not read its forum; `NotFound(Torrent)`.
    pub async fn torrent_of_topic(&self, viewer: &Viewer, topic: TopicId) -> Result<TorrentPlace> {
        let _ = (viewer, topic);
        Err(super::write::later())
    }
}
